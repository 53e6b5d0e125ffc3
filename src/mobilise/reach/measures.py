"""How well each area can get to the assets of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError, suggestion
from mobilise.notes import Note
from mobilise.reach import catchments
from mobilise.reach.bystreets import ByStreets
from mobilise.reach.bytable import by_table
from mobilise.reach.decay import Decay, binary, half_life, thirds
from mobilise.reach.points import access_of, origins_of
from mobilise.reach.straight import StraightLine
from mobilise.reach.travel import Pace
from mobilise.tables import empty

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from mobilise.reach.points import Access, Floats, Integers, Origins
    from mobilise.reach.streets import Streets
    from mobilise.reach.travel import Travel

PER_PEOPLE = 10_000
_NEAREST = {"nearest": 1, "nearest2": 2, "nearest3": 3}
_OF_DEMAND: dict[str, Callable[..., Floats]] = {
    "2sfca": catchments.two_step,
    "e2sfca": catchments.two_step,
    "3sfca": catchments.three_step,
    "m2sfca": catchments.modified_two_step,
    "bfca": catchments.balanced,
    "spatial_availability": catchments.spatial_availability,
}
MEASURES = (*_NEAREST, "count", "choice", "gravity", *_OF_DEMAND)
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
        Of :data:`MEASURES`; docs/reach.md has their formulas, sources and uses.
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
    _check(measures, minutes)
    crs = None if streets is None else streets.crs
    people = origins_of(origins, crs, placed=times is None)
    access = access_of(assets, crs, placed=times is None)
    travel = _travel(people, access, streets, times, (speed_kmh, detour, snap_metres))
    rows, notes = [], list(travel.notes)
    for kind in _kind_sets(kinds, access):
        asked = _Asked(people, access, travel, kind, decay, tuple(groups) or (None,))
        for told, values in asked.values(measures, sorted(set(minutes))):
            told["kind"] = "+".join(kind)
            rows.append(pd.DataFrame({"area_id": people.area_id, "value": values, **told}))
        notes += asked.notes(set(measures))
    table = pd.concat(rows, ignore_index=True) if rows else empty("reach")
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
        from_id, to_id, minutes; one row a pair, sorted by the ids. What :func:`measure`
        takes as `times`.
    """
    _check((), [minutes])
    crs = None if streets is None else streets.crs
    people, access = origins_of(origins, crs), access_of(assets, crs)
    travel = _travel(people, access, streets, None, (speed_kmh, detour, snap_metres))
    pairs = travel.pairs(np.arange(len(access.asset_id)), minutes)
    table = pd.DataFrame(
        {
            "from_id": people.area_id[pairs.origin],
            "to_id": access.asset_id[pairs.asset()],
            "minutes": pairs.minutes[pairs.cost],
        }
    )
    return table.sort_values(["from_id", "to_id"], ignore_index=True)


def _check(measures: Sequence[str], minutes: Sequence[float]) -> None:
    for name in measures:
        if name not in MEASURES:
            raise InputError(f"There is no measure '{name}'{suggestion(name, MEASURES)}")
    if not minutes or not all(0 < limit < 1000 for limit in minutes):
        raise InputError(f"minutes = {list(minutes)}: limits must be between 0 and 1,000 minutes.")


def _travel(
    origins: Origins,
    access: Access,
    streets: Streets | None,
    times: pd.DataFrame | None,
    walk: tuple[float, float, float],
) -> Travel:
    speed_kmh, detour, snap_metres = walk
    if times is not None:
        return by_table(times, origins, access)
    pace = Pace(speed_kmh)
    if streets is not None:
        return ByStreets(origins, access, streets, pace, snap_metres)
    if not 1 <= detour <= 5:
        raise InputError(f"detour = {detour:g}; a walk is 1 to 5 times the straight line (1.3).")
    says = f"There is no street network: times are of straight lines made {detour:g} times longer."
    return StraightLine(
        origins, access, pace, detour, [Note("reach", "network", says, 0, (), True)]
    )


def _kind_sets(
    kinds: Sequence[str | Sequence[str]] | None, access: Access
) -> list[tuple[str, ...]]:
    if kinds is None:
        return [(kind,) for kind in sorted(set(access.kind))]
    sets = [(kind,) if isinstance(kind, str) else tuple(kind) for kind in kinds]
    return list(dict.fromkeys(sets))


@dataclass
class _Asked:
    """One kind, or set of kinds, of assets to be measured."""

    origins: Origins
    access: Access
    travel: Travel
    kind: tuple[str, ...]
    decay: Decay | Callable[[float], Decay] | None
    groups: tuple[str | None, ...]

    def values(
        self, measures: Sequence[str], limits: list[float]
    ) -> Iterator[tuple[dict[str, Any], Floats]]:
        """Yield what each column of values is, and the values, one an origin."""
        assets = self._assets(self.kind)
        for name in (name for name in _NEAREST if name in measures):
            told = {"measure": name, "limit": np.nan, "unit": "minutes", "group": None}
            yield told, self.travel.minutes_to_nearest(assets, _NEAREST[name])
        others = [name for name in MEASURES if name in measures and name not in _NEAREST]
        if not others:
            return
        near = self.travel.near(assets, max(limits))
        for name in others:
            for limit in limits:
                told = {"measure": name, "limit": limit, "group": None}
                if name in _OF_DEMAND:
                    yield from self._of_demand(told, near)
                elif name == "count":
                    within = near.field(binary(), limit)
                    yield told | {"unit": "assets"}, within.gather(np.ones(len(assets)))
                elif name == "choice":
                    yield told | {"unit": "kinds"}, self._choice(limit)
                else:
                    field = near.field(self._decay(limit, half_life(limit / 2)), limit)
                    supply, unit = self._supply()
                    yield told | {"unit": f"{unit}, weighted"}, field.gather(supply)

    def notes(self, measures: set[str]) -> list[Note]:
        """Return what people should know about this kind's figures."""
        assets = self._assets(self.kind)
        name = " or ".join(self.kind)
        if not len(assets):
            return [Note("reach", "assets", f"There is no asset of kind {name}.", 0, (), True)]
        unknown = int(np.isnan(self.access.capacity[assets]).sum())
        if not unknown or not measures & {"gravity", *_OF_DEMAND}:
            return []
        if unknown == len(assets):
            says = f"No capacity is known for {name}: each asset counts as one."
        else:
            says = (
                f"{unknown} of {len(assets)} assets of kind {name} have no known capacity: "
                "they count with the median of the others."
            )
        return [Note("reach", "assets", says, unknown, (), unknown < len(assets))]

    def _assets(self, kind: tuple[str, ...]) -> Integers:
        return np.flatnonzero(np.isin(self.access.kind, kind))

    def _choice(self, limit: float) -> Floats:
        """Return how many of the kinds are within the limit."""
        kinds = np.zeros(len(self.origins.area_id))
        for kind in self.kind:
            assets = self._assets((kind,))
            if len(assets):
                within = self.travel.near(assets, limit).field(binary(), limit)
                kinds += within.gather(np.ones(len(assets))) > 0
        return kinds

    def _of_demand(
        self, told: dict[str, Any], near: Any
    ) -> Iterator[tuple[dict[str, Any], Floats]]:
        name, limit = told["measure"], told["limit"]
        fall = binary() if name == "2sfca" else self._decay(limit, thirds(limit))
        field = near.field(fall, limit)
        supply, unit = self._supply()
        for group in self.groups:
            values = _OF_DEMAND[name](field, self.origins.demand(group), supply)
            if name == "spatial_availability":
                yield told | {"unit": unit, "group": group}, values
            else:
                per = f"{unit} per {PER_PEOPLE:,} people"
                yield told | {"unit": per, "group": group}, PER_PEOPLE * values

    def _decay(self, limit: float, usual: Decay) -> Decay:
        if self.decay is None:
            return usual
        return self.decay if isinstance(self.decay, Decay) else self.decay(limit)

    def _supply(self) -> tuple[Floats, str]:
        """Return each asset's capacity, and the unit: "assets" where none is known."""
        capacity = self.access.capacity[self._assets(self.kind)]
        known = ~np.isnan(capacity)
        if not known.any():
            return np.ones(len(capacity)), "assets"
        return np.where(known, capacity, np.median(capacity[known])), "capacity"
