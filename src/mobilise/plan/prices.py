"""How many people any plan could reach at most: prices on areas, made as low as they go.

Reaching an area once is priced at λ. A plan cannot be worth more than what areas are worth
above their prices plus what the best permitted sites collect in prices, whatever the
prices: a bound that holds for every plan. Deflected subgradient steps with Polyak's length
drive it down, to the bound of the linear programme (Held, Wolfe & Crowder 1974,
doi:10.1007/BF01580223; for covering, Galvão & ReVelle 1996,
doi:10.1016/0377-2217(94)00159-6).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mobilise.plan.compiled import compiled

KEPT = 0.9  # of the direction of the step before
FADING = 0.95  # of how often each site was in the best sets


@compiled
def collected(score: Any, limits: Any, plain: Any, taken: Any) -> Any:
    """Mark the sites that collect most within the limits; return what they collect at most.

    Under a budget the last site is taken in part, and districts and the number of new sites
    are not looked at: the sum is then an upper limit of what a permitted set can collect.
    """
    m = len(score)
    taken[:] = 0.0
    total = 0.0
    if plain:
        many = min(m, limits.need[0])
        if many == m:
            taken[:] = 1.0
            return score.sum()
        for j in np.argpartition(score, m - many)[m - many :]:
            taken[j] = 1.0
            total += score[j]
        return total
    used, in_district = np.zeros(2, np.int64), np.zeros(limits.district.max() + 1, np.int64)
    tight = limits.budget < np.inf
    spent = 0.0
    worth = score / np.maximum(limits.cost, 1e-12) if tight else score
    for j in np.argsort(-worth, kind="mergesort"):
        kind = limits.kind[j]
        if used[kind] >= limits.need[kind] and not (tight and kind == 0):
            continue
        if not tight and kind == 0 and in_district[limits.district[j]] >= limits.per_district:
            continue
        share = 1.0
        if limits.cost[j] > 0:
            share = min(1.0, max(0.0, (limits.budget - spent) / limits.cost[j]))
        if share <= 0.0:
            continue
        used[kind] += 1 if share >= 1.0 else 0
        if kind == 0:
            in_district[limits.district[j]] += 1
        spent += share * limits.cost[j]
        taken[j] = share
        total += share * score[j]
    return total


@compiled
def scores(cover: Any, price: Any) -> Any:
    """Return what each site would collect; four sums at a time, which the processor overlaps."""
    score = np.zeros(len(cover.site_start) - 1)
    at = cover.site_area
    for j in range(len(score)):
        k, end = cover.site_start[j], cover.site_start[j + 1]
        a, b, c, d = 0.0, 0.0, 0.0, 0.0
        while k + 3 < end:
            a += price[at[k]]
            b += price[at[k + 1]]
            c += price[at[k + 2]]
            d += price[at[k + 3]]
            k += 4
        while k < end:
            a += price[at[k]]
            k += 1
        score[j] = (a + b) + (c + d)
    return score


@compiled
def bound_at(cover: Any, limits: Any, plain: Any, price: Any, taken: Any, slope: Any) -> Any:
    """Return the bound at these prices; fill the sites taken and the slope of the bound."""
    n, m = len(cover.weight), len(cover.site_start) - 1
    total = collected(scores(cover, price), limits, plain, taken)
    for i in range(n):
        slope[i] = 0.0
        if cover.weight[i] > 0:
            total += max(0.0, cover.weight[i] - price[i]) + max(0.0, cover.second[i] - price[i])
            slope[i] = -1.0
            if price[i] < cover.second[i]:
                slope[i] = -2.0
    for j in range(m):
        if taken[j] > 0:
            for k in range(cover.site_start[j], cover.site_start[j + 1]):
                slope[cover.site_area[k]] += taken[j]
    return total


@compiled
def lower_the_bound(
    cover: Any, limits: Any, plain: Any, reached: Any, stop: Any, rounds: Any, patience: Any,
    price: Any, often: Any, length: Any,
) -> Any:  # fmt: skip
    """Improve `price` in place for `rounds` steps towards what a known plan has `reached`.

    A bound of `stop` or less is low enough.

    Returns
    -------
    tuple
        The lowest bound, and the length of the last step (0 when it cannot get lower).
    """
    n, m = len(cover.weight), len(cover.site_start) - 1
    slope, way, taken = np.zeros(n), np.zeros(n), np.zeros(m)
    best, best_price, stale = np.inf, price.copy(), 0
    for _ in range(rounds):
        bound = bound_at(cover, limits, plain, price, taken, slope)
        often[:] = FADING * often + (1 - FADING) * taken
        stale = 0 if bound < best * (1 - 2e-5) else stale + 1
        if bound < best:
            best = bound
            best_price[:] = price
        if best <= stop:
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
            way[i] = (1 - KEPT) * slope[i] + KEPT * way[i]
            stuck = (price[i] <= 0 and way[i] > 0) or (price[i] >= cover.weight[i] and way[i] < 0)
            norm += 0.0 if stuck else way[i] * way[i]
        if norm <= 0:
            way[:] = 0.0
            continue
        size = length * (bound - reached) / norm
        for i in range(n):
            price[i] = max(0.0, min(cover.weight[i], price[i] - size * way[i]))
    price[:] = best_price
    return best, length


@compiled
def shares_of(score: Any, many: Any, heat: Any, theta: Any, share: Any) -> Any:
    """Fill how far each site is among the best `many`, rounded off by `heat`; return the edge.

    Newton's steps, kept between limits, find the edge at which the shares add up to `many`.
    """
    low, high = score.min() - 50 * heat, score.max() + 50 * heat
    theta = min(max(theta, low), high)
    for _ in range(60):
        total, falls = -float(many), 0.0
        for j in range(len(score)):
            share[j] = 1.0 / (1.0 + np.exp((theta - score[j]) / heat))
            total += share[j]
            falls += share[j] * (1.0 - share[j]) / heat
        if abs(total) < 1e-6 * many:
            break
        if total > 0:
            low = theta
        else:
            high = theta
        theta = theta + total / falls if falls > 0 else low
        if not low < theta < high:
            theta = 0.5 * (low + high)
    return theta


@compiled
def smooth_the_bound(
    cover: Any, many: Any, rounds: Any, hot: Any, cold: Any, price: Any, often: Any
) -> Any:
    """Improve `price` in place where only the number of sites is limited, to `many`.

    "The best sites" are rounded off by a heat that falls from `hot` to `cold` (shares of what
    the last of them collects), so that the bound has a slope everywhere: accelerated steps go
    down it (Nesterov 2005, doi:10.1007/s10107-004-0552-5), each area's by its own curvature.

    Returns
    -------
    float
        The lowest bound, itself not rounded off.
    """
    n, m = len(cover.weight), len(cover.site_start) - 1
    share, slope, bend = np.zeros(m), np.zeros(n), np.zeros(n)
    last, best, best_price, speed, theta = price.copy(), np.inf, price.copy(), 1.0, -1.0
    for turn in range(rounds):
        score = scores(cover, price)
        ordered = np.partition(score, m - many)
        edge, bound = ordered[m - many], ordered[m - many :].sum()
        for i in range(n):
            bound += max(0.0, cover.weight[i] - price[i]) + max(0.0, cover.second[i] - price[i])
        if bound < best:
            best = bound
            best_price[:] = price
        relative = hot * (cold / hot) ** (turn / rounds)
        heat = max(relative * edge, 1e-12 * max(ordered[m - 1], 1e-300))
        theta = shares_of(score, many, heat, edge if theta < 0 else theta, share)
        often[:] = FADING * often + (1 - FADING) * share
        for i in range(n):
            slope[i] = -2.0 if price[i] < cover.second[i] else -1.0
            bend[i] = 0.0
        for j in range(m):
            if share[j] > 1e-5:
                size = cover.site_start[j + 1] - cover.site_start[j]
                curved = share[j] * (1.0 - share[j]) / heat * size
                for k in range(cover.site_start[j], cover.site_start[j + 1]):
                    slope[cover.site_area[k]] += share[j]
                    bend[cover.site_area[k]] += curved
        faster = 0.5 * (1 + np.sqrt(1 + 4 * speed * speed))
        onwards, uphill = min(0.98, (speed - 1) / faster), 0.0
        for i in range(n):
            furthest = 0.3 * relative * cover.weight[i]
            size = max(-furthest, min(furthest, slope[i] / (bend[i] + 1e-300)))
            new = max(0.0, min(cover.weight[i], price[i] - size))
            uphill += slope[i] * (new - last[i])
            price[i] = max(0.0, min(cover.weight[i], new + onwards * (new - last[i])))
            last[i] = new
        speed = 1.0 if uphill > 0 else faster
    price[:] = best_price
    return best
