"""Choosing sites that reach most: greedily, then one after another drawn anew (a heat bath)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mobilise.plan.compiled import compiled, draw, draw_below

BARELY = 12.0  # what is worth so many degrees of heat less than the best is not drawn


@compiled
def allowed(j: Any, is_open: Any, used: Any, in_district: Any, spent: Any, limits: Any) -> Any:
    """Return whether site `j` may be opened beside those that are."""
    kind = limits.kind[j]
    if is_open[j] or used[kind] >= limits.need[kind]:
        return False
    if kind == 0 and in_district[limits.district[j]] >= limits.per_district:
        return False
    return spent + limits.cost[j] <= limits.budget


@compiled
def count_in(j: Any, by: Any, used: Any, in_district: Any, limits: Any) -> Any:
    """Count site `j` in (`by` = 1) or out (-1); return its cost with that sign."""
    kind = limits.kind[j]
    used[kind] += by
    if kind == 0:
        in_district[limits.district[j]] += by
    return by * limits.cost[j]


class Held(NamedTuple):
    """What is open, and what each site would add to it.

    ``chosen[:size[0]]`` are the open sites; ``sums`` holds what they are worth and cost.
    """

    is_open: Any
    times: Any
    gain: Any
    used: Any
    in_district: Any
    chosen: Any
    size: Any
    sums: Any


@compiled
def nothing_held(cover: Any, limits: Any) -> Any:
    """Return that no site is open."""
    n, m = len(cover.weight), len(cover.site_start) - 1
    gain = np.zeros(m)
    for j in range(m):
        for k in range(cover.site_start[j], cover.site_start[j + 1]):
            i = cover.site_area[k]
            gain[j] += cover.weight[i]
    return Held(
        np.zeros(m, np.bool_), np.zeros(n, np.int32), gain, np.zeros(2, np.int64),
        np.zeros(limits.district.max() + 1, np.int64), np.empty(m, np.int64),
        np.zeros(1, np.int64), np.zeros(2),
    )  # fmt: skip


@compiled
def enter(j: Any, cover: Any, limits: Any, held: Any) -> None:
    """Open site `j`."""
    for k in range(cover.site_start[j], cover.site_start[j + 1]):
        i = cover.site_area[k]
        less = 0.0
        if held.times[i] == 0:
            less = cover.weight[i] - cover.second[i]
            held.sums[0] += cover.weight[i]
        elif held.times[i] == 1:
            less = cover.second[i]
            held.sums[0] += less
        held.times[i] += 1
        if less != 0.0:
            for q in range(cover.area_start[i], cover.area_start[i + 1]):
                held.gain[cover.area_site[q]] -= less
    held.sums[1] += count_in(j, 1, held.used, held.in_district, limits)
    held.is_open[j] = True
    held.chosen[held.size[0]] = j
    held.size[0] += 1


@compiled
def leave(place: Any, cover: Any, limits: Any, held: Any) -> None:
    """Close the site that is at `place` among the chosen."""
    j = held.chosen[place]
    for k in range(cover.site_start[j], cover.site_start[j + 1]):
        i = cover.site_area[k]
        held.times[i] -= 1
        more = 0.0
        if held.times[i] == 0:
            more = cover.weight[i] - cover.second[i]
            held.sums[0] -= cover.weight[i]
        elif held.times[i] == 1:
            more = cover.second[i]
            held.sums[0] -= more
        if more != 0.0:
            for q in range(cover.area_start[i], cover.area_start[i + 1]):
                held.gain[cover.area_site[q]] += more
    held.sums[1] += count_in(j, -1, held.used, held.in_district, limits)
    held.is_open[j] = False
    held.size[0] -= 1
    held.chosen[place] = held.chosen[held.size[0]]


@compiled
def draw_site(
    limits: Any, plain: Any, held: Any, heat: Any, per_cost: Any, odds: Any, state: Any
) -> Any:
    """Return a site that may be opened, -1 if none: the likelier the more it adds."""
    m = len(held.gain)
    tight = limits.budget < np.inf
    best, top = -1, -np.inf
    for j in range(m):
        odds[j] = -np.inf
        if held.is_open[j] or (
            not plain
            and not allowed(j, held.is_open, held.used, held.in_district, held.sums[1], limits)
        ):
            continue
        worth = held.gain[j]
        if tight and worth <= 0 and limits.cost[j] > 0:
            continue
        if per_cost and limits.cost[j] > 0:
            worth /= limits.cost[j]
        odds[j] = worth
        if worth > top:
            best, top = j, worth
    if heat <= 0 or best < 0:
        return best
    lowest, total = top - BARELY * heat, 0.0
    for j in range(m):
        if odds[j] > lowest:
            total += np.exp((odds[j] - top) / heat)
    left = draw(state) * total
    for j in range(m):
        if odds[j] > lowest:
            left -= np.exp((odds[j] - top) / heat)
            if left <= 0:
                return j
    return best


@compiled
def fill(
    cover: Any, limits: Any, plain: Any, held: Any, heat: Any, per_cost: Any, odds: Any, state: Any
) -> None:
    """Open sites while any may be."""
    while not plain or held.used[0] < min(limits.need[0], len(held.gain)):
        j = draw_site(limits, plain, held, heat, per_cost, odds, state)
        if j < 0:
            return
        enter(j, cover, limits, held)


@compiled
def heat_bath(
    cover: Any, limits: Any, plain: Any, start: Any, steps: Any, hot: Any, cold: Any,
    per_cost: Any, state: Any,
) -> Any:  # fmt: skip
    """Fill `start` greedily; then close a site and draw another, `steps` times, ever cooler.

    What every site would add is kept up to date, so that each draw is from all of them
    (Geman & Geman 1984, doi:10.1109/TPAMI.1984.4767596; cooled as by Kirkpatrick, Gelatt &
    Vecchi 1983, doi:10.1126/science.220.4598.671).

    Parameters
    ----------
    cover, limits, plain
        Who reaches what; how many sites may be had, and whether only their number is limited.
    start
        Sites that are open at the start.
    steps
        How many sites are closed in all; under a budget often two at a time.
    hot, cold
        The heat at the start and the end, in what sites are worth.
    per_cost
        Whether to judge sites by what they add for their cost when filling.
    state
        Of the random numbers.

    Returns
    -------
    tuple
        What the best choice is worth, and whether each site is in it.
    """
    held = nothing_held(cover, limits)
    m = len(held.gain)
    odds = np.empty(m)
    for j in range(m):
        if start[j]:
            enter(j, cover, limits, held)
    fill(cover, limits, plain, held, 0.0, per_cost, odds, state)
    best, best_open = held.sums[0], held.is_open.copy()
    tight = limits.budget < np.inf
    cooling, heat = (cold / hot) ** (1.0 / max(1, steps)), hot
    mean_cost = max(1e-300, limits.cost.sum() / max(1, m))
    for _ in range(steps):
        if held.size[0] == 0:
            break
        heat *= cooling
        leave(draw_below(state, held.size[0]), cover, limits, held)
        by_cost = tight and draw(state) < 0.5
        if tight and held.size[0] > 0 and draw(state) < 0.5:
            leave(draw_below(state, held.size[0]), cover, limits, held)
        fill(
            cover, limits, plain, held, heat / mean_cost if by_cost else heat, by_cost, odds, state
        )
        if held.sums[0] > best * (1 + 1e-12):
            best = held.sums[0]
            best_open[:] = held.is_open
    return best, best_open
