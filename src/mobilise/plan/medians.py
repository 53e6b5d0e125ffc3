"""Choosing sites that make walks short: swaps of sites, and prices on areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mobilise.plan.compiled import compiled, draw_below, grouped_order
from mobilise.plan.covers import Floats, Integers, starts
from mobilise.plan.prices import KEPT, collected
from mobilise.plan.swaps import allowed, count_in

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


class Walks(NamedTuple):
    """Minutes between areas and sites: from each area nearest first, to each site in any order.

    ``most`` is what an area counts with when none of its sites is open.
    """

    weight: Floats
    most: Floats
    area_start: Integers
    area_site: NDArray[np.int32]
    area_minutes: Floats
    site_start: Integers
    site_area: NDArray[np.int32]
    site_minutes: Floats


def walks_of(
    area: ArrayLike,
    site: ArrayLike,
    minutes: ArrayLike,
    *,
    sites: int,
    weight: Floats,
    most: Floats,
) -> Walks:
    """Pack pairs that are shorter than what their area counts with anyway."""
    rows, columns = np.asarray(area, dtype=np.int64), np.asarray(site, dtype=np.int64)
    long = np.asarray(minutes, dtype=np.float64)
    useful = (long < most[rows]) & (weight[rows] > 0)
    rows, columns, long = rows[useful], columns[useful], long[useful]
    area_start, site_start = starts(rows, len(weight)), starts(columns, sites)
    by_site = grouped_order(columns, site_start)
    short = by_site[np.argsort(long[by_site], kind="stable")]
    by_area = short[grouped_order(rows[short], area_start)]
    return Walks(
        np.ascontiguousarray(weight, dtype=np.float64),
        np.ascontiguousarray(most, dtype=np.float64),
        area_start,
        columns[by_area].astype(np.int32),
        long[by_area],
        site_start,
        rows[by_site].astype(np.int32),
        long[by_site],
    )


@compiled
def serve(i: Any, walks: Any, is_open: Any, near: Any, next_near: Any, server: Any) -> None:
    """Find the nearest open site of area `i`, and how far the next one is."""
    near[i], next_near[i], server[i] = walks.most[i], walks.most[i], -1
    for k in range(walks.area_start[i], walks.area_start[i + 1]):
        j = walks.area_site[k]
        if is_open[j]:
            if server[i] < 0:
                near[i], server[i] = walks.area_minutes[k], j
            else:
                next_near[i] = walks.area_minutes[k]
                return


@compiled
def serve_again(
    j: Any, walks: Any, is_open: Any, near: Any, next_near: Any, server: Any, loss: Any
) -> Any:
    """Serve the areas of site `j` anew after it was opened or closed; return what that saves."""
    saved = 0.0
    for k in range(walks.site_start[j], walks.site_start[j + 1]):
        i = walks.site_area[k]
        if walks.site_minutes[k] > next_near[i]:
            continue
        before, weight = near[i], walks.weight[i]
        if server[i] >= 0:
            loss[server[i]] -= weight * (next_near[i] - near[i])
        serve(i, walks, is_open, near, next_near, server)
        if server[i] >= 0:
            loss[server[i]] += weight * (next_near[i] - near[i])
        saved += weight * (before - near[i])
    return saved


@compiled
def gain_of(s: Any, walks: Any, near: Any, next_near: Any, server: Any, eased: Any) -> Any:
    """Return what opening `s` saves; fill how much less each open site would then be missed."""
    gain = 0.0
    for k in range(walks.site_start[s], walks.site_start[s + 1]):
        i, minutes = walks.site_area[k], walks.site_minutes[k]
        if minutes < near[i]:
            gain += walks.weight[i] * (near[i] - minutes)
        if minutes < next_near[i] and server[i] >= 0:
            eased[server[i]] += walks.weight[i] * (next_near[i] - max(minutes, near[i]))
    return gain


@compiled
def shorten(walks: Any, limits: Any, start: Any, kicks: Any, state: Any) -> Any:
    """Fill `start` greedily, swap while a swap shortens the walks, kick, and swap again.

    Whitaker's fast interchange (1983, doi:10.1080/03155986.1983.11731889; Resende & Werneck
    2007, doi:10.1016/j.ejor.2005.05.050): what every open site would be missed by is kept up
    to date, so that all swaps with one newcomer are judged in one pass over its areas.

    Returns
    -------
    tuple
        Person-minutes in all, and whether each site is open.
    """
    n, m = len(walks.weight), len(walks.site_start) - 1
    near, next_near = walks.most.copy(), walks.most.copy()
    server, loss = np.full(n, -1), np.zeros(m)
    is_open, eased, at_most = np.zeros(m, np.bool_), np.zeros(m), np.empty(m)
    used, in_district = np.zeros(2, np.int64), np.zeros(limits.district.max() + 1, np.int64)
    total, spent = (walks.weight * walks.most).sum(), 0.0
    for j in range(m):
        if start[j]:
            is_open[j] = True
            spent += count_in(j, 1, used, in_district, limits)
            total -= serve_again(j, walks, is_open, near, next_near, server, loss)
    best, best_open, tiny = np.inf, is_open.copy(), 1e-10 * max(total, 1e-300)
    for kick in range(kicks + 1):
        if kick > 0:
            for _ in range(2 + draw_below(state, 3)):
                s, r = draw_below(state, m), draw_below(state, m)
                if is_open[s] or not is_open[r]:
                    continue
                is_open[r] = False
                spent += count_in(r, -1, used, in_district, limits)
                j = s if allowed(s, is_open, used, in_district, spent, limits) else r
                total -= serve_again(r, walks, is_open, near, next_near, server, loss)
                is_open[j] = True
                spent += count_in(j, 1, used, in_district, limits)
                total -= serve_again(j, walks, is_open, near, next_near, server, loss)
        # Greedy first. What a site saves only falls as others open: old values are upper limits.
        at_most[:] = np.inf
        while True:
            s, most, sure = -1, tiny, False
            for j in range(m):
                if at_most[j] > most and allowed(j, is_open, used, in_district, spent, limits):
                    s, most = j, at_most[j]
            if s < 0:
                break
            at_most[s] = gain_of(s, walks, near, next_near, server, eased)
            sure = at_most[s] > tiny
            for j in range(m):
                if at_most[j] > at_most[s]:
                    sure = sure and not allowed(j, is_open, used, in_district, spent, limits)
            if not sure:
                continue
            is_open[s] = True
            spent += count_in(s, 1, used, in_district, limits)
            total -= serve_again(s, walks, is_open, near, next_near, server, loss)
        idle, s = 0, draw_below(state, m)
        while idle < m:
            s = (s + 1) % m
            idle += 1
            if is_open[s]:
                continue
            eased[:] = 0.0
            gain = gain_of(s, walks, near, next_near, server, eased)
            r, most = -1, tiny
            for j in range(m):
                if is_open[j] and gain - loss[j] + eased[j] > most:
                    if may_swap(j, s, is_open, used, in_district, spent, limits):
                        r, most = j, gain - loss[j] + eased[j]
            if r < 0:
                continue
            is_open[r] = False
            spent += count_in(r, -1, used, in_district, limits)
            total -= serve_again(r, walks, is_open, near, next_near, server, loss)
            is_open[s] = True
            spent += count_in(s, 1, used, in_district, limits)
            total -= serve_again(s, walks, is_open, near, next_near, server, loss)
            idle = 0
        if total < best - tiny:
            best = total
            best_open[:] = is_open
        elif kick > 0:  # back to the best
            for j in range(m):
                if is_open[j] and not best_open[j]:
                    is_open[j] = False
                    spent += count_in(j, -1, used, in_district, limits)
                    total -= serve_again(j, walks, is_open, near, next_near, server, loss)
            for j in range(m):
                if best_open[j] and not is_open[j]:
                    is_open[j] = True
                    spent += count_in(j, 1, used, in_district, limits)
                    total -= serve_again(j, walks, is_open, near, next_near, server, loss)
    return best, best_open


@compiled
def may_swap(
    r: Any, s: Any, is_open: Any, used: Any, in_district: Any, spent: Any, limits: Any
) -> Any:
    """Return whether `s` may be opened once `r` is closed."""
    cost = count_in(r, -1, used, in_district, limits)
    fits = allowed(s, is_open, used, in_district, spent + cost, limits)
    count_in(r, 1, used, in_district, limits)
    return fits


@compiled
def raise_the_bound(
    walks: Any, limits: Any, plain: Any, reached: Any, rounds: Any, patience: Any, price: Any,
    often: Any, length: Any,
) -> Any:  # fmt: skip
    """Improve the `price` that each area pays to be served, towards a known plan's cost.

    A site collects what its areas pay above the walk to it. Payments less what the best
    permitted sites collect is at most what any plan costs (Cornuéjols, Fisher & Nemhauser
    1977, doi:10.1287/mnsc.23.8.789).

    Returns
    -------
    tuple
        The highest bound, and the length of the last step (0 when it cannot get higher).
    """
    n, m = len(walks.weight), len(walks.site_start) - 1
    slope, way, taken, score = np.zeros(n), np.zeros(n), np.zeros(m), np.zeros(m)
    best, best_price, stale = -np.inf, price.copy(), 0
    for _ in range(rounds):
        score[:] = 0.0
        paid = 0.0
        for i in range(n):
            paid += price[i]
            for k in range(walks.area_start[i], walks.area_start[i + 1]):
                over = price[i] - walks.weight[i] * walks.area_minutes[k]
                if over <= 0:
                    break
                score[walks.area_site[k]] += over
        bound = paid - collected(score, limits, plain, taken)
        often[:] = 0.95 * often + 0.05 * taken
        stale = 0 if bound > best * (1 + 1e-5) else stale + 1
        if bound > best:
            best = bound
            best_price[:] = price
        if best >= reached * (1 - 1e-9):
            length = 0.0
            break
        if stale >= patience:
            stale, length = 0, 0.7 * length
            price[:] = best_price
            if length < 1e-3:
                length = 0.0
                break
        norm = 0.0
        for i in range(n):
            slope[i] = 1.0
            for k in range(walks.area_start[i], walks.area_start[i + 1]):
                if price[i] <= walks.weight[i] * walks.area_minutes[k]:
                    break
                slope[i] -= taken[walks.area_site[k]]
            way[i] = (1 - KEPT) * slope[i] + KEPT * way[i]
            top = walks.weight[i] * walks.most[i]
            stuck = (price[i] >= top and way[i] > 0) or (price[i] <= 0 and way[i] < 0)
            norm += 0.0 if stuck else way[i] * way[i]
        if norm <= 0:
            way[:] = 0.0
            continue
        size = length * (reached - bound) / norm
        for i in range(n):
            top = walks.weight[i] * walks.most[i]
            price[i] = max(0.0, min(top, price[i] + size * way[i]))
    price[:] = best_price
    return best, length
