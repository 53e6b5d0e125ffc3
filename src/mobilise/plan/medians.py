"""Choosing sites that make walks short: swaps of sites, and prices on areas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mobilise.plan.compiled import compiled, draw_below, grouped_order
from mobilise.plan.covers import Floats, Integers, starts
from mobilise.plan.prices import KEPT, collected, shares_of
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
    by_area = by_site[grouped_order(rows[by_site], area_start)]
    by_area = by_area[nearest_first(area_start, long[by_area])]
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
def nearest_first(begins: Any, minutes: Any) -> Any:
    """Return the order that puts each area's walks nearest first, alike ones as they were."""
    order = np.arange(len(minutes))
    longest = np.diff(begins).max() if len(begins) > 1 else 0
    group, filled = np.empty(longest, np.int64), np.empty(longest + 1, np.int64)
    for i in range(len(begins) - 1):
        first, end = begins[i], begins[i + 1]
        if end - first > 1:
            spread_out(minutes[first:end], group, filled, order[first:end])
            order[first:end] += first
    return order


@compiled
def spread_out(minutes: Any, group: Any, filled: Any, order: Any) -> None:
    """Fill `order` with the stable order of `minutes`: into as many groups, then past neighbours.

    Walks lie about evenly between nothing and the longest, so that a group holds one or two;
    where they do not, a sort that minds nothing takes over.
    """
    many = len(minutes)
    scale = many / max(minutes.max(), 1e-300) * (1 - 1e-12)
    filled[: many + 1] = 0
    for k in range(many):
        group[k] = int(minutes[k] * scale)
        filled[group[k] + 1] += 1
    if filled[: many + 1].max() > 16:
        order[:] = np.argsort(minutes, kind="mergesort")
        return
    for g in range(many):
        filled[g + 1] += filled[g]
    for k in range(many):
        order[filled[group[k]]] = k
        filled[group[k]] += 1
    for at in range(1, many):
        mine, to = order[at], at
        while to > 0 and minutes[order[to - 1]] > minutes[mine]:
            order[to] = order[to - 1]
            to -= 1
        order[to] = mine


class State(NamedTuple):
    """Who is served by which open site, and what each open site would be missed by.

    ``sums`` holds person-minutes in all, and what the open sites cost.
    """

    is_open: Any
    used: Any
    in_district: Any
    near: Any
    next_near: Any
    server: Any
    loss: Any
    eased: Any
    sums: Any


@compiled
def serve(i: Any, walks: Any, state: Any) -> None:
    """Find the nearest open site of area `i`, and how far the next one is."""
    state.near[i], state.next_near[i], state.server[i] = walks.most[i], walks.most[i], -1
    for k in range(walks.area_start[i], walks.area_start[i + 1]):
        j = walks.area_site[k]
        if state.is_open[j]:
            if state.server[i] < 0:
                state.near[i], state.server[i] = walks.area_minutes[k], j
            else:
                state.next_near[i] = walks.area_minutes[k]
                return


@compiled
def turn(j: Any, to: Any, walks: Any, limits: Any, state: Any) -> None:
    """Open (`to` true) or close site `j`, and serve its areas anew."""
    state.is_open[j] = to
    state.sums[1] += count_in(j, 1 if to else -1, state.used, state.in_district, limits)
    for k in range(walks.site_start[j], walks.site_start[j + 1]):
        i = walks.site_area[k]
        if walks.site_minutes[k] > state.next_near[i]:
            continue
        before, weight = state.near[i], walks.weight[i]
        if state.server[i] >= 0:
            state.loss[state.server[i]] -= weight * (state.next_near[i] - state.near[i])
        serve(i, walks, state)
        if state.server[i] >= 0:
            state.loss[state.server[i]] += weight * (state.next_near[i] - state.near[i])
        state.sums[0] -= weight * (before - state.near[i])


@compiled
def gain_of(s: Any, walks: Any, state: Any) -> Any:
    """Return what opening `s` saves; fill how much less each open site would then be missed."""
    state.eased[:] = 0.0
    gain = 0.0
    for k in range(walks.site_start[s], walks.site_start[s + 1]):
        i, minutes = walks.site_area[k], walks.site_minutes[k]
        if minutes < state.near[i]:
            gain += walks.weight[i] * (state.near[i] - minutes)
        if minutes < state.next_near[i] and state.server[i] >= 0:
            less = state.next_near[i] - max(minutes, state.near[i])
            state.eased[state.server[i]] += walks.weight[i] * less
    return gain


@compiled
def may_open(j: Any, limits: Any, state: Any) -> Any:
    """Return whether `j` may be opened beside those that are."""
    return allowed(j, state.is_open, state.used, state.in_district, state.sums[1], limits)


@compiled
def may_swap(r: Any, s: Any, limits: Any, state: Any) -> Any:
    """Return whether `s` may be opened once `r` is closed."""
    cost = count_in(r, -1, state.used, state.in_district, limits)
    spent = state.sums[1] + cost
    fits = allowed(s, state.is_open, state.used, state.in_district, spent, limits)
    count_in(r, 1, state.used, state.in_district, limits)
    return fits


@compiled
def fill(walks: Any, limits: Any, state: Any, tiny: Any) -> None:
    """Add what saves most while anything may be added.

    What a site saves only falls as others open, so old values are upper limits (Minoux 1978,
    doi:10.1007/BFb0006528).
    """
    m = len(state.is_open)
    at_most = np.full(m, np.inf)
    while True:
        s, most, other = -1, tiny, tiny
        for j in range(m):
            if at_most[j] > other and may_open(j, limits, state):
                if at_most[j] > most:
                    s, most, other = j, at_most[j], most
                else:
                    other = at_most[j]
        if s < 0:
            return
        at_most[s] = gain_of(s, walks, state)
        if at_most[s] >= other and at_most[s] > tiny:
            turn(s, True, walks, limits, state)


@compiled
def swap(walks: Any, limits: Any, state: Any, tiny: Any, first: Any) -> None:
    """Swap while a swap shortens the walks, trying newcomers in turn from `first`."""
    m = len(state.is_open)
    idle, s = 0, first
    while idle < m:
        s = (s + 1) % m
        idle += 1
        if state.is_open[s]:
            continue
        gain = gain_of(s, walks, state)
        r, most = -1, tiny
        for j in range(m):
            worth = gain - state.loss[j] + state.eased[j]
            if state.is_open[j] and worth > most and may_swap(j, s, limits, state):
                r, most = j, worth
        if r >= 0:
            turn(r, False, walks, limits, state)
            turn(s, True, walks, limits, state)
            idle = 0


@compiled
def kick(walks: Any, limits: Any, state: Any, random: Any) -> None:
    """Swap a few sites at random."""
    m = len(state.is_open)
    for _ in range(2 + draw_below(random, 3)):
        s = next_site(draw_below(random, m), False, state)
        r = next_site(draw_below(random, m), True, state)
        if s >= 0 and r >= 0 and may_swap(r, s, limits, state):
            turn(r, False, walks, limits, state)
            turn(s, True, walks, limits, state)


@compiled
def next_site(first: Any, is_open: Any, state: Any) -> Any:
    """Return the next site from `first` on that is open, or is not; -1 if none."""
    m = len(state.is_open)
    for k in range(m):
        j = (first + k) % m
        if state.is_open[j] == is_open:
            return j
    return -1


@compiled
def shorten(walks: Any, limits: Any, start: Any, kicks: Any, random: Any) -> Any:
    """Fill `start` greedily, swap while a swap shortens the walks, kick, and swap again.

    Whitaker's fast interchange (1983, doi:10.1080/03155986.1983.11731889; Resende & Werneck
    2007, doi:10.1007/s10479-006-0154-0): what every open site would be missed by is kept up
    to date, so that all swaps with one newcomer are judged in one pass over its areas.

    Returns
    -------
    tuple
        Person-minutes in all, and whether each site is open.
    """
    n, m = len(walks.weight), len(walks.site_start) - 1
    state = State(
        np.zeros(m, np.bool_), np.zeros(2, np.int64),
        np.zeros(limits.district.max() + 1, np.int64), walks.most.copy(), walks.most.copy(),
        np.full(n, -1), np.zeros(m), np.zeros(m), np.zeros(2),
    )  # fmt: skip
    state.sums[0] = (walks.weight * walks.most).sum()
    for j in range(m):
        if start[j]:
            turn(j, True, walks, limits, state)
    best, best_open = np.inf, state.is_open.copy()
    tiny = 1e-10 * max(state.sums[0], 1e-300)
    for time in range(kicks + 1):
        if time > 0:
            kick(walks, limits, state, random)
        fill(walks, limits, state, tiny)
        if m > 0:
            swap(walks, limits, state, tiny, draw_below(random, m))
        if state.sums[0] < best - tiny:
            best = state.sums[0]
            best_open[:] = state.is_open
            continue
        for to in (False, True):  # back to the best
            for j in range(m):
                if state.is_open[j] != best_open[j] and best_open[j] == to:
                    turn(j, to, walks, limits, state)
    return best, best_open


@compiled
def raise_the_bound(  # noqa: PLR0912 - one loop
    walks: Any, limits: Any, plain: Any, reached: Any, stop: Any, rounds: Any, patience: Any,
    price: Any, often: Any, length: Any,
) -> Any:  # fmt: skip
    """Improve the `price` that each area pays to be served, towards what a plan has `reached`.

    A bound of `stop` is high enough.

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
        if best >= stop:
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


@compiled
def smooth_the_bound(
    walks: Any, many: Any, rounds: Any, hot: Any, cold: Any, price: Any, often: Any
) -> Any:
    """Improve `price` in place where only the number of sites is limited, to `many`.

    As :func:`mobilise.plan.prices.smooth_the_bound`; returns the highest bound.
    """
    n, m = len(walks.weight), len(walks.site_start) - 1
    score, share, size = np.zeros(m), np.zeros(m), np.zeros(m)
    last, best, best_price, speed, theta = price.copy(), -np.inf, price.copy(), 1.0, -1.0
    for round_ in range(rounds):
        score[:], size[:] = 0.0, 0.0
        for i in range(n):
            for k in range(walks.area_start[i], walks.area_start[i + 1]):
                over = price[i] - walks.weight[i] * walks.area_minutes[k]
                if over <= 0:
                    break
                score[walks.area_site[k]] += over
                size[walks.area_site[k]] += 1.0
        ordered = np.partition(score, m - many)
        edge = ordered[m - many]
        bound = price.sum() - ordered[m - many :].sum()
        if bound > best:
            best = bound
            best_price[:] = price
        relative = hot * (cold / hot) ** (round_ / rounds)
        heat = max(relative * edge, 1e-12 * max(ordered[m - 1], 1e-300))
        theta = shares_of(score, many, heat, edge if theta < 0 else theta, share)
        often[:] = 0.95 * often + 0.05 * share
        faster = 0.5 * (1 + np.sqrt(1 + 4 * speed * speed))
        onwards, downhill = min(0.98, (speed - 1) / faster), 0.0
        for i in range(n):
            slope, bend, top = 1.0, 0.0, walks.weight[i] * walks.most[i]
            for k in range(walks.area_start[i], walks.area_start[i + 1]):
                if price[i] <= walks.weight[i] * walks.area_minutes[k]:
                    break
                j = walks.area_site[k]
                slope -= share[j]
                bend += share[j] * (1.0 - share[j]) / heat * size[j]
            furthest = 0.3 * relative * top
            step = max(-furthest, min(furthest, slope / (bend + 1e-300)))
            new = max(0.0, min(top, price[i] + step))
            downhill += slope * (new - last[i])
            price[i] = max(0.0, min(top, new + onwards * (new - last[i])))
            last[i] = new
        speed = 1.0 if downhill < 0 else faster
    price[:] = best_price
    return best
