"""How well each area can get to the assets of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError, suggestion
from mobilise.notes import Note
from mobilise.reach.points import access_of, origins_of
from mobilise.reach.travel import ByStreets, StraightLine, walking_pace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mobilise.reach.points import Access, Integers, Origins
    from mobilise.reach.streets import Streets
    from mobilise.reach.travel import Travel

MEASURES = ("nearest", "count")
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
    measures: Sequence[str] = MEASURES,
    minutes: Sequence[float] = (15,),
    streets: Streets | None = None,
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
        of two columns.
    assets
        A frame with ``asset_id``, ``kind`` and ``x``, ``y`` (or point geometries), in the
        same metres. An asset with several rows is entered at each of them: it counts once,
        at its nearest entrance.
    kinds
        Each a kind, or several to be taken as one set (reported as "library+museum").
        None: every kind that the assets have.
    measures
        Of :data:`MEASURES`.
    minutes
        Limits; a time equal to the limit is within it.
    streets
        From :func:`mobilise.reach.build_streets`. None: straight lines times `detour`.
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
        ``table`` has one row for each area, kind, measure and limit: area_id, kind, measure,
        limit (minutes; null for ``nearest``), value, unit, group. ``nearest`` is the
        true time whatever the limits, null where none can be reached at all.

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
    _check(measures, MEASURES, "measure")
    _check_limits(minutes)
    crs = None if streets is None else streets.crs
    people, access = origins_of(origins, crs), access_of(assets, crs)
    travel = _travel(people, access, streets, (speed_kmh, detour, snap_metres))
    rows, notes = [], list(travel.notes)
    for kind in _kind_sets(kinds, access):
        chosen = np.flatnonzero(np.isin(access.kind, kind))
        if not len(chosen):
            says = f"There is no asset of kind {' or '.join(kind)}."
            notes.append(Note("reach", "assets", says, 0, (), True))
        for name, limit, values, unit in _measured(
            travel, chosen, len(people.x), measures, minutes
        ):
            told = {"kind": "+".join(kind), "measure": name, "limit": limit, "unit": unit}
            rows.append(pd.DataFrame({"area_id": people.area_id, "value": values, **told}))
    table = pd.concat(rows, ignore_index=True).assign(group=None)
    return Reached(table[list(_COLUMNS)], notes)


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
        from_id, to_id, minutes; one row a pair, sorted by the ids.
    """
    _check_limits([minutes])
    crs = None if streets is None else streets.crs
    people, access = origins_of(origins, crs), access_of(assets, crs)
    travel = _travel(people, access, streets, (speed_kmh, detour, snap_metres))
    pairs = travel.pairs(np.arange(len(access.asset_id)), minutes)
    table = pd.DataFrame(
        {
            "from_id": people.area_id[pairs.origin],
            "to_id": access.asset_id[pairs.asset()],
            "minutes": travel.pace.minutes_of(pairs.cost),
        }
    )
    return table.sort_values(["from_id", "to_id"], ignore_index=True)


def _travel(
    origins: Origins, access: Access, streets: Streets | None, walk: tuple[float, float, float]
) -> Travel:
    speed_kmh, detour, snap_metres = walk
    pace = walking_pace(speed_kmh)
    if streets is not None:
        return ByStreets(origins, access, streets, pace, snap_metres)
    if not 1 <= detour <= 5:
        raise InputError(f"detour = {detour:g}; a walk is 1 to 5 times the straight line (1.3).")
    says = f"There is no street network: times are of straight lines made {detour:g} times longer."
    return StraightLine(
        origins, access, pace, detour, [Note("reach", "network", says, 0, (), True)]
    )


def _measured(
    travel: Travel,
    chosen: Integers,
    n_origins: int,
    measures: Sequence[str],
    minutes: Sequence[float],
) -> Iterable[tuple[str, float, Any, str]]:
    """Yield name, limit, values and unit of each measure of one choice of assets."""
    if "nearest" in measures:
        yield "nearest", np.nan, travel.minutes_to_nearest(chosen), "minutes"
    if "count" in measures:
        pairs = travel.pairs(chosen, max(minutes))
        for limit in sorted(set(minutes)):
            within = pairs.origin[pairs.cost <= travel.pace.cost_of(limit)]
            yield "count", limit, np.bincount(within, minlength=n_origins).astype(float), "assets"


def _kind_sets(
    kinds: Sequence[str | Sequence[str]] | None, access: Access
) -> list[tuple[str, ...]]:
    if kinds is None:
        return [(kind,) for kind in sorted(set(access.kind))]
    sets = [(kind,) if isinstance(kind, str) else tuple(kind) for kind in kinds]
    return list(dict.fromkeys(sets))


def _check(given: Sequence[str], known: Sequence[str], what: str) -> None:
    for name in given:
        if name not in known:
            raise InputError(f"There is no {what} '{name}'{suggestion(name, known)}.")


def _check_limits(minutes: Sequence[float]) -> None:
    if not minutes or not all(0 < limit < 1000 for limit in minutes):
        raise InputError(f"minutes = {list(minutes)}: limits must be between 0 and 1,000 minutes.")
