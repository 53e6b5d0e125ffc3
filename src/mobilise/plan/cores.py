"""What is left to decide once prices have settled most sites, handed to HiGHS for a proof."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np

from mobilise.plan.covers import cover_of, owners
from mobilise.plan.cuts import broken_sets, row_of
from mobilise.plan.exact import Solved, cover_model
from mobilise.plan.prices import scores

if TYPE_CHECKING:
    from mobilise.plan.covers import Cover, Flags, Floats, Integers, Limits
    from mobilise.plan.exact import Model

MODEL_PAIRS = 60_000  # HiGHS is asked to prove models of at most so many pairs
NARROWING = 0.5  # of the time limit, for odd sets
AT_ONCE = 400  # odd sets added before the next solution
LITTLE = 0.02  # of what is left of the gap: not worth another turn


def settled(cover: Cover, limits: Limits, price: Floats, better: float) -> tuple[Flags, Flags]:
    """Return the sites that every plan worth `better` has, and those that none has.

    To open a site that collects little, or to close one that collects much, lowers the bound by
    the difference to the last of the best: below `better`, no such plan is left.
    """
    inside, outside = np.zeros(cover.sites, bool), np.zeros(cover.sites, bool)
    many = int(limits.need[0])
    if not limits.plain or not 0 < many < cover.sites:
        return inside, outside
    score = scores(cover, price)
    order = np.argsort(-score, kind="stable")
    last, following = score[order[many - 1]], score[order[many]]
    above = np.maximum(0.0, cover.weight - price) + np.maximum(0.0, cover.second - price)
    bound = float(above.sum() + score[order[:many]].sum())
    best = order[:many]
    inside[best] = bound - (score[best] - following) < better
    outside[order[many:]] = bound - (last - score[order[many:]]) < better
    return inside, outside


def core_of(
    cover: Cover, limits: Limits, inside: Flags, outside: Flags
) -> tuple[Cover, Limits, Flags]:
    """Return the cover and limits of the sites left, given those settled, and which they are."""
    free = ~(inside | outside)
    site, times = owners(cover.site_start), cover.times(inside)
    first = np.where(times == 0, cover.weight, np.where(times == 1, cover.second, 0.0))
    again = np.where(times == 0, cover.second, 0.0)
    number = np.cumsum(free) - 1
    pairs = free[site] & (first > 0)[cover.site_area]
    core = cover_of(cover.site_area[pairs], number[site[pairs]], int(free.sum()), first, again)
    need = limits.need - np.bincount(limits.kind[inside], minlength=2)
    rest = limits._replace(
        kind=limits.kind[free], need=need, district=limits.district[free], cost=limits.cost[free]
    )
    return core, rest, free


def proved(
    core: Cover,
    limits: Limits,
    start: Flags | None,
    time_limit_seconds: float,
    enough: float,
) -> Solved | None:
    """Return what HiGHS makes of a core; None where it is too large.

    The linear programme is narrowed by odd sets of areas before branches are tried.

    Parameters
    ----------
    core, limits
        What is left to decide.
    start
        A known choice, if any.
    time_limit_seconds
        By the clock.
    enough
        A bound that is low enough.
    """
    if len(core.area_site) > MODEL_PAIRS:
        return None
    begun = monotonic()
    model = cover_model(core, limits)
    bound = narrowed(core, model, enough, NARROWING * time_limit_seconds)
    if bound <= enough:
        return Solved("bounded", None, -np.inf, bound)
    left = time_limit_seconds - (monotonic() - begun)
    point = None if start is None else _point(core, start, model)
    solved = model.maximise(max(left, 0.0), point)
    return replace(solved, bound=min(solved.bound, bound))


def narrowed(core: Cover, model: Model, enough: float, seconds: float) -> float:
    """Return a bound by the linear programme and odd sets of areas, in turns.

    Parameters
    ----------
    core, model
        What is to be decided, and its model: the sets that bind in the end are added to it.
    enough
        A bound that is low enough.
    seconds
        By the clock; a solution that takes longer gives no bound (infinite, if it is the first).
    """
    relaxed, until, bound = model.relaxed(), monotonic() + seconds, np.inf
    rows: dict[tuple[int, ...], tuple[Integers, Floats, float]] = {}
    first = sum(block.shape[0] for block in model.blocks)
    while True:
        solved = relaxed.maximise(until - monotonic())
        if solved.status != "proven" or solved.point is None:
            break
        gained, bound = bound - solved.bound, min(bound, solved.bound)
        if bound <= enough or gained < LITTLE * (bound - enough):
            break
        new = [one for one in broken_sets(core, solved.point[: core.sites]) if one not in rows]
        if not new:
            break
        for areas in new[:AT_ONCE]:
            rows[areas] = row_of(core, areas)
            relaxed.row(*rows[areas])
    if rows and solved.point is not None:
        tight = relaxed.slack()[first:] < 1e-6
        for (columns, values, at_most), binds in zip(rows.values(), tight, strict=True):
            if binds:
                model.row(columns, values, -np.inf, at_most)
    return bound


def _point(cover: Cover, is_open: Flags, model: Model) -> Floats:
    point = np.zeros(len(model.worth))
    point[: cover.sites] = is_open
    times = cover.times(is_open)
    point[cover.sites : cover.sites + cover.areas] = times > 0
    if len(point) > cover.sites + cover.areas:
        point[cover.sites + cover.areas :] = times > 1
    return point
