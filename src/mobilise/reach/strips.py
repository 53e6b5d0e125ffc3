"""A country in strips: each answered by itself, with as much around it as its answers rest on.

Around its own areas a strip holds a halo. How far each area's surroundings are whole is then
measured, on streets by the way from the area to the halo's border: an answer that might rest
on something beyond is not *proven*, and its areas are asked again in a strip with twice the
halo, until nothing is beyond. So the halo's width decides how fast the answer comes, and
never what it is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.reach.bystreets import ByStreets, notes_on_unsnapped
from mobilise.reach.decay import binary
from mobilise.reach.measures import Reached, Walk, question_of, table_of
from mobilise.reach.points import Access, Origins, access_of, origins_of
from mobilise.reach.question import NEAREST, Question, Supply, walks_deep
from mobilise.reach.snap import NOWHERE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mobilise.reach.points import Floats, Integers
    from mobilise.reach.streets import Streets

AREAS_IN_A_STRIP = 8_000
"""About this many; their number depends on the place alone, not on who does the work."""

_LEAST_WALKS = 2  # walks within the limit that a halo is wide, where no measure needs more
_ONE_DECIMETRE = 0.1

Key = tuple[str, str, float, str | None]


@dataclass(frozen=True)
class Strip:
    """What one task is sent: all that it needs, and nothing else.

    `areas` and `doors` are the strip's own, by their position in the whole place; in `origins`
    and `access` they are where `is_own` and `is_own_door` say. `known` is the band, along
    the axis, in which everything is there, `inside` the segments in it; `doors_of_each` counts
    the entrances of each asset, here or not.
    """

    question: Question
    walk: Walk
    areas: Integers
    doors: Integers
    halo: float
    known: tuple[float, float]
    axis: int
    origins: Origins
    access: Access
    supplies: dict[tuple[str, ...], Supply]
    is_own: Any
    is_own_door: Any
    doors_of_each: Integers
    streets: Streets | None
    inside: Any


@dataclass(frozen=True)
class Answer:
    """What a task sends back: columns of values for the strip's own areas, and what is proven."""

    areas: Integers
    doors: Integers
    halo: float
    columns: list[tuple[dict[str, Any], Floats, Any]]
    nowhere: Any
    door_nowhere: Any


@dataclass(frozen=True)
class Whole:
    """The whole place, cut along `axis` (0: x, 1: y)."""

    question: Question
    walk: Walk
    origins: Origins
    access: Access
    supplies: dict[tuple[str, ...], Supply]
    streets: Streets | None
    axis: int


def measure_in_strips(
    run: Callable[[Iterable[Strip]], Iterable[Answer]],
    origins: Any,
    assets: Any,
    *,
    kinds: Any = None,
    measures: Any = ("nearest", "count"),
    minutes: Any = (15,),
    groups: Any = (None,),
    decay: Any = None,
    streets: Streets | None = None,
    speed_kmh: float = 4.8,
    detour: float = 1.3,
    snap_metres: float = 500.0,
    strips: int | None = None,
) -> Reached:
    """Return what :func:`mobilise.reach.measure` returns, computed strip by strip.

    Parameters
    ----------
    run
        Answers strips with :func:`answer`, anywhere and in any order.
    strips
        How many; None: one for about every 8,000 areas. Other parameters as of ``measure``.

    Returns
    -------
    Reached
        `nearest`, `count` and `choice` are those of ``measure`` to the last bit, the others
        to 1 in 10¹²: their sums are added up in another order.
    """
    crs = None if streets is None else streets.crs
    people, access = origins_of(origins, crs), access_of(assets, crs)
    question = question_of(kinds, measures, minutes, groups, decay, access)
    walk = Walk(speed_kmh, detour, snap_metres)
    people = replace(people, frame=question.people(people))
    axis = int(np.ptp(people.y) > np.ptp(people.x)) if len(people.x) else 0
    whole = Whole(question, walk, people, access, question.supplies(access), streets, axis)
    many = strips or max(1, round(len(people.x) / AREAS_IN_A_STRIP))
    columns, nowhere, door_nowhere = _gathered(run, whole, many)
    if streets is None:
        notes = walk.along(people, access, None).notes
    else:
        notes = notes_on_unsnapped(people, access, nowhere, door_nowhere, snap_metres)
    return Reached(table_of(columns, people), [*notes, *question.notes(access)])


def _gathered(
    run: Callable[[Iterable[Strip]], Iterable[Answer]], whole: Whole, many: int
) -> tuple[list[tuple[dict[str, Any], Floats]], Any, Any]:
    """Return the columns of values in the question's order, and which points are nowhere."""
    told: dict[Key, dict[str, Any]] = {}
    values: dict[Key, Floats] = {}
    nowhere = np.zeros(len(whole.origins.x), dtype=bool)
    door_nowhere = np.zeros(len(whole.access.x), dtype=bool)
    todo = _first_cut(whole, many)
    while todo:
        again = []
        for found in run(_strip(whole, *part) for part in todo):
            nowhere[found.areas] = found.nowhere
            door_nowhere[found.doors] = found.door_nowhere
            unproven: dict[str, Any] = {}
            for what, column, proven in found.columns:
                key = (what["kind"], what["measure"], what["limit"], what["group"])
                key = (*key[:2], -1.0 if np.isnan(key[2]) else key[2], key[3])
                told.setdefault(key, what)
                values.setdefault(key, np.full(len(nowhere), np.nan))[found.areas] = column
                if not proven.all():
                    so_far = unproven.get(what["measure"], False)
                    unproven[what["measure"]] = so_far | ~proven
            again += _grown(found, unproven)
        todo = again
    return [(told[key], values[key]) for key in told], nowhere, door_nowhere


Part = tuple["Integers", "Integers", float, tuple[str, ...] | None]


def _first_cut(whole: Whole, many: int) -> list[Part]:
    """Return the areas and doors of each strip, as many areas in each."""
    area_at, door_at = _along(whole.origins, whole.axis), _along(whole.access, whole.axis)
    order = np.argsort(area_at, kind="stable")
    parts = [part for part in np.array_split(order, many) if len(part)] or [order]
    cuts = [area_at[part[0]] for part in parts[1:]]
    strip_of_door = np.searchsorted(cuts, door_at, side="right")
    deepest = max((walks_deep(name) for name in whole.question.measures), default=0)
    metres = max(whole.question.limits) * whole.walk.speed_kmh * 1000 / 60
    halo = max(deepest, _LEAST_WALKS) * metres
    return [
        (np.sort(part), np.flatnonzero(strip_of_door == k), halo, None)
        for k, part in enumerate(parts)
    ]


def _grown(found: Answer, unproven: dict[str, Any]) -> list[Part]:
    """Return what must be asked again with twice the halo."""
    if not unproven:
        return []
    some = np.logical_or.reduce(list(unproven.values()))
    return [(found.areas[some], np.empty(0, np.int64), 2 * found.halo, tuple(unproven))]


def _along(points: Any, axis: int) -> Floats:
    at: Floats = points.y if axis else points.x
    return at


def _strip(
    whole: Whole, areas: Integers, doors: Integers, halo: float, measures: tuple[str, ...] | None
) -> Strip:
    """Cut a strip out of the whole: its own areas and doors, and everything within the halo.

    Points are taken from further out by the distance at which they may still meet a street of
    the band, and streets by as much again, so that each of those points meets the right one.
    """
    streets, snap = whole.streets, whole.walk.snap_metres if whole.streets is not None else 0.0
    area_at, door_at = _along(whole.origins, whole.axis), _along(whole.access, whole.axis)
    own = np.concatenate([area_at[areas], door_at[doors]])
    low, high = (own.min() - halo, own.max() + halo) if len(own) else (-np.inf, np.inf)
    ends = [area_at, door_at]
    if streets is not None:
        ends.append(streets.y if whole.axis else streets.x)
    low = -np.inf if all((at >= low).all() for at in ends) else low
    high = np.inf if all((at <= high).all() for at in ends) else high
    some = np.flatnonzero((area_at >= low - snap) & (area_at <= high + snap))
    some_doors = np.flatnonzero((door_at >= low - snap) & (door_at <= high + snap))
    access, kept = _some_access(whole.access, some_doors)
    supplies = {k: replace(s, each=s.each[kept]) for k, s in whole.supplies.items()}
    near, inside = (None, None) if streets is None else _cut(streets, whole.axis, low, high, snap)
    asked = replace(whole.question, measures=measures) if measures else whole.question
    return Strip(
        asked,
        whole.walk,
        areas,
        doors,
        halo,
        (low, high),
        whole.axis,
        _some(whole.origins, some),
        access,
        supplies,
        np.searchsorted(some, areas),
        np.searchsorted(some_doors, doors),
        np.bincount(whole.access.asset, minlength=len(whole.access.asset_id))[kept],
        near,
        inside,
    )


def _some(origins: Origins, some: Any) -> Origins:
    x, y = origins.x[some], origins.y[some]
    return Origins(origins.area_id[some], x, y, origins.frame.iloc[some])


def _some_access(access: Access, doors: Integers) -> tuple[Access, Integers]:
    """Return the assets that have one of `doors`, and their positions in the whole."""
    kept, asset = np.unique(access.asset[doors], return_inverse=True)
    some = Access(
        access.asset_id[kept],
        access.kind[kept],
        access.capacity[kept],
        asset,
        access.x[doors],
        access.y[doors],
    )
    return some, kept


def _cut(
    streets: Streets, axis: int, low: float, high: float, snap_metres: float
) -> tuple[Streets, Any]:
    """Return the streets that touch the band or may draw a point near it, and which lie in it."""
    at = streets.y if axis else streets.x
    one, other = at[streets.tail], at[streets.head]
    least, most = np.minimum(one, other), np.maximum(one, other)
    kept = (most >= low - 2 * snap_metres) & (least <= high + 2 * snap_metres)
    inside = (least[kept] >= low) & (most[kept] <= high)
    used = np.zeros(len(streets.x), dtype=bool)
    used[streets.tail[kept]] = used[streets.head[kept]] = True
    number = np.cumsum(used, dtype=np.int32) - np.int32(1)
    some = replace(
        streets,
        x=streets.x[used],
        y=streets.y[used],
        tail=number[streets.tail[kept]],
        head=number[streets.head[kept]],
        length=streets.length[kept],
        forward=streets.forward[kept],
        backward=streets.backward[kept],
        notes=[],
    )
    return some, inside


def answer(strip: Strip) -> Answer:
    """Answer a strip's question for its own areas; say which answers are proven."""
    travel = strip.walk.along(strip.origins, strip.access, strip.streets, strip.inside)
    known, known_at_doors = _minutes_known(strip, travel)
    known = known[strip.is_own]
    columns = []
    asked = strip.question.answers(strip.origins, strip.access, travel, strip.supplies)
    for told, whole_column in asked:
        column = whole_column[strip.is_own]
        if told["measure"] in NEAREST:
            proven = np.where(np.isnan(column), np.isinf(known), column <= known)
        else:
            deep, limit = walks_deep(told["measure"]), told["limit"] + _hair(strip)
            proven = known > deep * limit
            if deep > 1:
                proven &= ~_near_doubt(strip, travel, known_at_doors <= (deep - 1) * limit, limit)
        columns.append((told, column, proven))
    nowhere, door_nowhere = np.zeros(len(strip.areas), bool), np.zeros(len(strip.doors), bool)
    if isinstance(travel, ByStreets):
        nowhere = travel.origin_node[strip.is_own] == NOWHERE
        door_nowhere = travel.door_node[strip.is_own_door] == NOWHERE
    return Answer(strip.areas, strip.doors, strip.halo, columns, nowhere, door_nowhere)


def _hair(strip: Strip) -> float:
    """Return the minutes that a decimetre takes: rounding to the nearest is less."""
    return _ONE_DECIMETRE * 60 / (strip.walk.speed_kmh * 1000)


def _minutes_known(strip: Strip, travel: Any) -> tuple[Floats, Floats]:
    """Return for how many minutes around each origin, and door, everything is in the strip."""
    if isinstance(travel, ByStreets):
        return travel.minutes_known()

    def known(points: Any) -> Floats:
        at = _along(points, strip.axis)
        metres = np.minimum(at - strip.known[0], strip.known[1] - at)
        minutes: Floats = travel.pace.minutes(10 * strip.walk.detour * metres - 1)
        return minutes

    return known(strip.origins), known(strip.access)


def _near_doubt(strip: Strip, travel: Any, doubtful: Any, limit: float) -> Any:
    """Tell which own areas are near an asset that may serve people who are not all known.

    Whoever enters a park at one gate meets people who came in by another, from further
    away than any walk of theirs would tell.
    """
    access, several = strip.access, strip.doors_of_each > 1
    here = np.bincount(access.asset, minlength=len(several))
    doubt = np.bincount(access.asset, doubtful, minlength=len(several)) > 0
    assets = np.flatnonzero(several & (doubt | (here < strip.doors_of_each)))
    if not len(assets):
        return np.zeros(len(strip.areas), dtype=bool)
    near = travel.near(assets, limit).field(binary(), limit)
    return near.gather(np.ones(len(assets)))[strip.is_own] > 0
