"""What a directory's state remembers: which services fit a filter, and where the sites are.

The same filters are asked page after page, and words again and again: what fits them is looked
up once a state of the directory, and each change of it begins anew. What is kept is numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.nearby import METRES_A_DEGREE, Point
from mobilise.directory.store import state_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Seqs = NDArray[np.int64]

LARGE = 200  # services that fit: such filters are slow to look up
MOST_LARGE, MOST_SMALL = 300, 3000  # filters are remembered, the latest
FEW = 4000  # numbers: so many are looked for one by one sooner than by a table of all
_known: dict[str, Remembered] = {}  # a cache by database: forget() clears it


@dataclass(frozen=True)
class Sites:
    """All sites in the order of their `seq`, shape (sites,); coordinates nan where not known."""

    seq: Seqs
    service_seq: Seqs
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]

    def square_from(self, point: Point) -> NDArray[np.float64]:
        """Return the squares of the distances from a point, in m², on a local plane."""
        north = (self.latitude - point[0]) * METRES_A_DEGREE
        east = (self.longitude - point[1]) * METRES_A_DEGREE * np.cos(np.radians(point[0]))
        square: NDArray[np.float64] = north * north + east * east
        return square


@dataclass(frozen=True)
class Slots:
    """When services are open on one day of the week, in minutes from midnight; shape (slots,)."""

    service_seq: Seqs
    opens: Seqs
    closes: Seqs


@dataclass
class Remembered:
    """What is known of one state of a directory."""

    state: str
    filters: dict[str, Seqs] = field(default_factory=dict)
    small: dict[str, Seqs] = field(default_factory=dict)  # apart: they push no large one out
    sites: Sites | None = None
    slots: dict[int, Slots] = field(default_factory=dict)


def remembered(connection: sa.Connection) -> Remembered:
    """Return what is remembered of a directory's state: nothing, when it has just changed."""
    database, (state, changed) = str(connection.engine.url), state_of(connection)
    known = _known.get(database)
    if known is None or known.state != f"{state} {changed}":
        known = Remembered(f"{state} {changed}")
        _known[database] = known
    return known


def matching(
    connection: sa.Connection,
    known: Remembered,
    key: str,
    query: sa.Select[Any],
    *,
    within: Seqs | None = None,
) -> Seqs:
    """Return the numbers that a query gives, each once, in rising order; asked once a state.

    Parameters
    ----------
    connection
        To the directory.
    known
        What is remembered of its state, as :func:`remembered` returns it.
    key
        What tells this filter from any other.
    query
        Selects one column of numbers.
    within
        In rising order, what alone counts; None = all.
    """
    found = known.filters.get(key)
    if found is None:
        found = known.small.get(key)
    if found is None:
        rows = connection.execute(query).scalars().all()
        found = np.unique(np.fromiter(rows, dtype=np.int64, count=len(rows)))
        found = found if within is None else found[is_among(found, within)]
        large = len(found) >= LARGE
        kept, most = (known.filters, MOST_LARGE) if large else (known.small, MOST_SMALL)
        for old in list(kept)[: max(0, len(kept) + 1 - most)]:  # the earliest
            kept.pop(old, None)
        kept[key] = found
    return found


def is_among(numbers: Seqs, among: Seqs) -> NDArray[np.bool_]:
    """Return which numbers are in another array, whose numbers are in rising order."""
    if not len(among):
        return np.zeros(len(numbers), dtype=bool)
    if len(numbers) > FEW:
        return np.isin(numbers, among, kind="table")
    at = np.searchsorted(among, numbers)
    found: NDArray[np.bool_] = among[np.minimum(at, len(among) - 1)] == numbers
    return found


def sites_of(connection: sa.Connection, known: Remembered) -> Sites:
    """Return where all sites are; read once a state."""
    if known.sites is None:
        at = schema.sites.c
        query = sa.select(at.seq, at.service_seq, at.latitude, at.longitude).order_by(at.seq)
        rows = [tuple(row) for row in connection.execute(query)]
        table = np.array(rows, dtype=float).reshape(-1, 4)
        known.sites = Sites(
            table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2], table[:, 3]
        )
    return known.sites


def slots_of(connection: sa.Connection, known: Remembered, day: int) -> Slots:
    """Return when services are open on a day (Monday = 0); read once a state."""
    if day not in known.slots:
        at = schema.slots.c
        query = sa.select(at.service_seq, at.opens, at.closes).where(at.day == day)
        rows = [tuple(row) for row in connection.execute(query)]
        table = np.array(rows, dtype=np.int64).reshape(-1, 3)
        known.slots[day] = Slots(table[:, 0], table[:, 1], table[:, 2])
    return known.slots[day]


def forget() -> None:
    """Forget everything."""
    _known.clear()
