"""How well each area can get to the assets of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.notes import Note
from mobilise.reach.bystreets import ByStreets
from mobilise.reach.bytable import by_table
from mobilise.reach.points import access_of, origins_of
from mobilise.reach.question import Question
from mobilise.reach.straight import StraightLine
from mobilise.reach.travel import Pace
from mobilise.tables import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mobilise.reach.decay import Decay
    from mobilise.reach.points import Access, Floats, Origins
    from mobilise.reach.streets import Streets

_COLUMNS = ("area_id", "kind", "measure", "limit", "value", "unit", "group")


@dataclass(frozen=True)
class Reached:
    """The table `reach` (without `edge`, which only a place knows), and notes on it."""

    table: pd.DataFrame
    notes: list[Note]


def measure(
    origins: Any,
    assets: Any,
    *,
    kinds: Sequence[str | Sequence[str]] | None = None,
    measures: Sequence[str] = ("nearest", "count"),
    minutes: Sequence[float] = (15,),
    groups: Sequence[str | None] = (None,),
    decay: Decay | Callable[[float], Decay] | None = None,
    streets: Streets | None = None,
    times: pd.DataFrame | None = None,
    speed_kmh: float = 4.8,
    detour: float = 1.3,
    snap_metres: float = 500.0,
) -> Reached:
    """Return how well each area can get to the assets of each kind.

    Parameters
    ----------
    origins
        A frame with ``area_id`` and ``x``, ``y`` (or ``origin_x``, ``origin_y``, or a
        geometry; polygons set out from a point inside), in projected metres; or an array
        of two columns. ``population`` where a measure weighs supply against people.
    assets
        A frame with ``asset_id``, ``kind`` and ``x``, ``y`` (or point geometries), in the
        same metres, and ``capacity`` if known. An asset with several rows is entered at
        each of them: it counts once, at its nearest entrance.
    kinds
        Each a kind, or several to be taken as one set (reported as "library+museum").
        None: every kind that the assets have.
    measures
        Of :data:`mobilise.reach.question.MEASURES`; docs/reach.md has their formulas,
        sources and uses.
    minutes
        Limits; a time equal to the limit is within it.
    groups
        For measures of supply against demand: columns of `origins` that count people
        (older people, children); None is everyone, the column ``population``.
    decay
        How weights fall with time, for gravity and the measures of demand but 2sfca: a
        :class:`~mobilise.reach.decay.Decay`, or a function from the limit to one. None:
        1, 0.68 and 0.22 by thirds of the limit; for gravity halving at half the limit.
    streets
        From :func:`mobilise.reach.build_streets`. None: straight lines times `detour`.
    times
        Instead of both: a table of ``from_id``, ``to_id``, ``minutes`` from any other
        router (r5r, OpenTripPlanner, ...). Coordinates are not needed then.
    speed_kmh
        Walking speed.
    detour
        How much longer a walk is than the straight line; unused with streets.
    snap_metres
        A point further than this from any street cannot be reached and reaches nothing.
        There is no falling back on a straight line: two rulers in one table mislead.

    Returns
    -------
    Reached
        ``table`` has one row for each area, kind, measure, limit and group: area_id, kind,
        measure, limit (minutes; null for ``nearest``), value, unit, group. ``nearest`` is
        the true time whatever the limits, null where none can be reached at all; the other
        measures are 0 there.

    Raises
    ------
    InputError, MissingColumn
        Something in the input cannot be used; the sentence says what.

    Examples
    --------
    >>> import pandas as pd
    >>> from mobilise import reach
    >>> homes = pd.DataFrame({"area_id": ["A", "B"], "x": [0.0, 3000.0], "y": [0.0, 0.0]})
    >>> libraries = pd.DataFrame({"asset_id": ["L"], "kind": "library", "x": [800.0], "y": [0.0]})
    >>> table = reach.measure(homes, libraries, minutes=[15]).table
    >>> table[["area_id", "measure", "value"]].to_string(index=False, header=False).split()
    ['A', 'nearest', '13.00', 'B', 'nearest', '35.75', 'A', 'count', '1.00', 'B', 'count', '0.00']
    """
    crs = None if streets is None else streets.crs
    people = origins_of(origins, crs, placed=times is None)
    access = access_of(assets, crs, placed=times is None)
    question = question_of(kinds, measures, minutes, groups, decay, access)
    walk = Walk(speed_kmh, detour, snap_metres)
    travel = (
        walk.along(people, access, streets) if times is None else by_table(times, people, access)
    )
    answers = question.answers(people, access, travel, question.supplies(access))
    return Reached(table_of(answers, people), [*travel.notes, *question.notes(access)])


def travel_times(
    origins: Any,
    assets: Any,
    *,
    minutes: float,
    streets: Streets | None = None,
    speed_kmh: float = 4.8,
    detour: float = 1.3,
    snap_metres: float = 500.0,
) -> pd.DataFrame:
    """Return the minutes between each origin and each asset within a limit.

    Parameters are those of :func:`measure`.

    Returns
    -------
    DataFrame
        from_id, to_id, minutes; one row a pair, sorted by the ids. What :func:`measure`
        takes as `times`.
    """
    Question((), (), (minutes,))
    crs = None if streets is None else streets.crs
    people, access = origins_of(origins, crs), access_of(assets, crs)
    travel = Walk(speed_kmh, detour, snap_metres).along(people, access, streets)
    pairs = travel.pairs(np.arange(len(access.asset_id)), minutes)
    table = pd.DataFrame(
        {
            "from_id": people.area_id[pairs.origin],
            "to_id": access.asset_id[pairs.asset()],
            "minutes": pairs.minutes[pairs.cost],
        }
    )
    return table.sort_values(["from_id", "to_id"], ignore_index=True)


def question_of(
    kinds: Sequence[str | Sequence[str]] | None,
    measures: Sequence[str],
    minutes: Sequence[float],
    groups: Sequence[str | None],
    decay: Decay | Callable[[float], Decay] | None,
    access: Access,
) -> Question:
    """Return the question that :func:`measure` is asked, each kind and limit once."""
    if kinds is None:
        kinds = sorted(set(access.kind))
    sets = [(kind,) if isinstance(kind, str) else tuple(kind) for kind in kinds]
    limits = tuple(sorted(set(minutes)))
    unique = tuple(dict.fromkeys(sets))
    return Question(unique, tuple(measures), limits, tuple(groups) or (None,), decay)


@dataclass(frozen=True)
class Walk:
    """How people walk; see :func:`measure`."""

    speed_kmh: float
    detour: float
    snap_metres: float

    def along(
        self, origins: Origins, access: Access, streets: Streets | None, inside: Any = None
    ) -> ByStreets | StraightLine:
        """Return travel along streets, or in straight lines where there are none.

        `inside` marks the segments that lie where everything is known; None: all do.
        """
        pace = Pace(self.speed_kmh)
        if streets is not None:
            return ByStreets(origins, access, streets, pace, self.snap_metres, inside)
        if not 1 <= self.detour <= 5:
            raise InputError(
                f"detour = {self.detour:g}; a walk is 1 to 5 times the straight line (1.3)."
            )
        says = (
            "There is no street network: times are of straight lines made "
            f"{self.detour:g} times longer."
        )
        warning = Note("reach", "network", says, 0, (), True)
        return StraightLine(origins, access, pace, self.detour, [warning])


def table_of(answers: Iterable[tuple[dict[str, Any], Floats]], origins: Origins) -> pd.DataFrame:
    """Return the rows of :class:`Reached` of columns of values, one an origin."""
    rows = [
        pd.DataFrame({"area_id": origins.area_id, "value": values, **told})
        for told, values in answers
    ]
    table = pd.concat(rows, ignore_index=True) if rows else empty("reach")
    return table[list(_COLUMNS)]
