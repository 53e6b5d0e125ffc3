"""Choosing sites that reach most: greedy, drop-and-add with a memory, annealing by swaps."""

from __future__ import annotations

from typing import Any

import numpy as np

from mobilise.plan.compiled import compiled, draw, draw_below


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
def first_gains(cover: Any, gain: Any) -> None:
    """Fill what each site would reach alone."""
    for j in range(len(gain)):
        gain[j] = 0.0
        for k in range(cover.site_start[j], cover.site_start[j + 1]):
            gain[j] += cover.weight[cover.site_area[k]]


@compiled
def count_in(j: Any, by: Any, used: Any, in_district: Any, limits: Any) -> Any:
    """Count site `j` in (`by` = 1) or out (-1); return its cost with that sign."""
    kind = limits.kind[j]
    used[kind] += by
    if kind == 0:
        in_district[limits.district[j]] += by
    return by * limits.cost[j]


@compiled
def enter(j: Any, cover: Any, times: Any, owner: Any, gain: Any, loss: Any) -> None:
    """Open site `j`: `owner` adds up the sites that reach an area, so it names a single one."""
    for k in range(cover.site_start[j], cover.site_start[j + 1]):
        i = cover.site_area[k]
        if times[i] == 0:
            for q in range(cover.area_start[i], cover.area_start[i + 1]):
                gain[cover.area_site[q]] -= cover.weight[i]
            loss[j] += cover.weight[i]
        elif times[i] == 1:
            loss[owner[i]] -= cover.weight[i]
        times[i] += 1
        owner[i] += j


@compiled
def leave(j: Any, cover: Any, times: Any, owner: Any, gain: Any, loss: Any) -> None:
    """Close site `j`."""
    for k in range(cover.site_start[j], cover.site_start[j + 1]):
        i = cover.site_area[k]
        times[i] -= 1
        owner[i] -= j
        if times[i] == 0:
            for q in range(cover.area_start[i], cover.area_start[i + 1]):
                gain[cover.area_site[q]] += cover.weight[i]
        elif times[i] == 1:
            loss[owner[i]] += cover.weight[i]
    loss[j] = 0.0


@compiled
def drop_and_add(
    cover: Any, limits: Any, start: Any, moves: Any, tenure: Any, per_cost: Any, state: Any
) -> Any:
    """Fill `start` greedily, then drop the site least missed and add the best, `moves` times.

    A site just dropped stays out for a while, and one just added stays in (tabu search,
    Glover 1989, doi:10.1287/ijoc.1.3.190), unless the result is the best so far.

    Returns
    -------
    tuple
        What the best choice reaches, and whether each site is in it.
    """
    n, m = len(cover.weight), len(cover.site_start) - 1
    times, owner = np.zeros(n, np.int64), np.zeros(n, np.int64)
    gain, loss = np.empty(m), np.zeros(m)
    is_open, barred, bound = np.zeros(m, np.bool_), np.zeros(m, np.int64), np.zeros(m, np.int64)
    used, in_district = np.zeros(2, np.int64), np.zeros(limits.district.max() + 1, np.int64)
    first_gains(cover, gain)
    total, spent = 0.0, 0.0
    for j in range(m):
        if start[j]:
            total += gain[j]
            spent += count_in(j, 1, used, in_district, limits)
            enter(j, cover, times, owner, gain, loss)
            is_open[j] = True
    best, best_open = -1.0, is_open.copy()
    for move in range(moves + 1):
        while True:
            s, most = -1, -1.0
            for j in range(m):
                worth = gain[j] / limits.cost[j] if per_cost and limits.cost[j] > 0 else gain[j]
                free = barred[j] <= move or total + gain[j] > best * (1 + 1e-12)
                if free and worth > most and allowed(j, is_open, used, in_district, spent, limits):
                    s, most = j, worth
            if s < 0:
                break
            total += gain[s]
            spent += count_in(s, 1, used, in_district, limits)
            enter(s, cover, times, owner, gain, loss)
            is_open[s] = True
            bound[s] = move + tenure // 2 + draw_below(state, tenure)
        if total > best * (1 + 1e-12):
            best = total
            best_open[:] = is_open
        r, least = -1, np.inf
        for j in range(m):
            if is_open[j] and bound[j] <= move and loss[j] < least:
                r, least = j, loss[j]
        if r < 0:
            continue
        total -= loss[r]
        spent += count_in(r, -1, used, in_district, limits)
        leave(r, cover, times, owner, gain, loss)
        is_open[r] = False
        barred[r] = move + tenure + draw_below(state, tenure)
    return best, best_open


@compiled
def step(cover: Any, j: Any, by: Any, times: Any) -> Any:
    """Open (`by` = 1) or close (-1) site `j`; return what that adds."""
    change = 0.0
    for k in range(cover.site_start[j], cover.site_start[j + 1]):
        i = cover.site_area[k]
        level = times[i] if by > 0 else times[i] - 1
        if level == 0:
            change += cover.weight[i]
        elif level == 1:
            change += cover.second[i]
        times[i] += by
    return by * change


@compiled
def proposal(cover: Any, r: Any, times: Any, far: Any, state: Any) -> Any:
    """Return a site that might replace `r`: one that shares an area with it, or any that helps."""
    i = -1
    if draw(state) < far:
        if len(times) == 0:
            return -1
        i = draw_below(state, len(times))
        if times[i] > 1:
            return -1
    else:
        size = cover.site_start[r + 1] - cover.site_start[r]
        if size > 0:
            i = cover.site_area[cover.site_start[r] + draw_below(state, size)]
    if i < 0:
        return -1
    size = cover.area_start[i + 1] - cover.area_start[i]
    return cover.area_site[cover.area_start[i] + draw_below(state, size)] if size > 0 else -1


@compiled
def anneal(  # noqa: PLR0912, PLR0915 - one loop: each swap is judged and undone in place
    cover: Any, limits: Any, start: Any, moves: Any, hot: Any, cold: Any, state: Any
) -> Any:
    """Swap sites at random, worse swaps ever more rarely, from `start`.

    Kirkpatrick, Gelatt & Vecchi 1983, doi:10.1126/science.220.4598.671. Under a budget,
    sites are also added and dropped.

    Returns
    -------
    tuple
        What the best choice reaches, and whether each site is in it.
    """
    n, m = len(cover.weight), len(cover.site_start) - 1
    times, is_open = np.zeros(n, np.int64), np.zeros(m, np.bool_)
    used, in_district = np.zeros(2, np.int64), np.zeros(limits.district.max() + 1, np.int64)
    chosen, held = np.empty(m, np.int64), 0
    total, spent = 0.0, 0.0
    for j in range(m):
        if start[j]:
            total += step(cover, j, 1, times)
            spent += count_in(j, 1, used, in_district, limits)
            is_open[j], chosen[held] = True, j
            held += 1
    best, best_open, heat = total, is_open.copy(), hot
    cooling = (cold / hot) ** (1.0 / max(1, moves))
    for _ in range(moves):
        heat *= cooling
        if held == 0:
            break
        q = draw_below(state, held)
        r = chosen[q]
        s = proposal(cover, r, times, 0.2, state)
        dropping = True
        if limits.budget < np.inf and draw(state) < 0.3:
            dropping = s >= 0 and draw(state) < 0.5
            if dropping:
                s = -1
        elif s < 0:
            continue
        if not dropping and s < 0:
            continue
        change, cost = 0.0, 0.0
        if dropping:
            cost += count_in(r, -1, used, in_district, limits)
            is_open[r] = False
        fits = s < 0 or (s != r and allowed(s, is_open, used, in_district, spent + cost, limits))
        if fits:
            if dropping:
                change += step(cover, r, -1, times)
            if s >= 0:
                change += step(cover, s, 1, times)
                cost += count_in(s, 1, used, in_district, limits)
            if change >= 0 or draw(state) < np.exp(change / heat):
                total += change
                spent += cost
                if s >= 0:
                    is_open[s] = True
                if dropping and s >= 0:
                    chosen[q] = s
                elif dropping:
                    held -= 1
                    chosen[q] = chosen[held]
                else:
                    chosen[held] = s
                    held += 1
                if total > best * (1 + 1e-12):
                    best = total
                    best_open[:] = is_open
                continue
            if s >= 0:
                step(cover, s, -1, times)
                count_in(s, -1, used, in_district, limits)
            if dropping:
                step(cover, r, 1, times)
        if dropping:
            count_in(r, 1, used, in_district, limits)
            is_open[r] = True
    return best, best_open
