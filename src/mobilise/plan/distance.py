"""The sites that make walks shortest on average (p-median), and the longest walk (p-centre).

Hakimi 1964, doi:10.1287/opre.12.3.450; ReVelle & Swain 1970,
doi:10.1111/j.1538-4632.1970.tb00142.x.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from mobilise.plan.compiled import seeded
from mobilise.plan.coverage import Found, best_cover, most_often
from mobilise.plan.covers import Cover, cover_of, owners
from mobilise.plan.exact import Model, add_limits
from mobilise.plan.medians import raise_the_bound, shorten, smooth_the_bound

if TYPE_CHECKING:
    from mobilise.plan.covers import Flags, Floats, Integers, Limits
    from mobilise.plan.medians import Walks

CLOSE_ENOUGH = 1e-9
TURNS, ROUNDS = 4, 60
PATIENCE = (5, 15)  # of coarse prices, and of fine ones where more than the number is limited
ABOVE = 1.005  # of the known plan: what the bound is steered at, so that it does not fall short
MODEL_PAIRS = 30_000


def shortest_walks(
    walks: Walks,
    limits: Limits,
    *,
    seed: int = 1,
    time_limit_seconds: float = 10.0,
    enough: float = CLOSE_ENOUGH,
) -> Found:
    """Return the sites with the fewest person-minutes in all.

    Parameters
    ----------
    walks, limits, seed, time_limit_seconds, enough
        As for :func:`mobilise.plan.coverage.best_cover`.

    Returns
    -------
    Found
        ``value`` and ``bound`` in weighted minutes; no choice has fewer than the bound.
    """
    m = len(walks.site_start) - 1
    state = seeded(seed)
    many = int(min(200, 30 + 1_000_000 // max(1, len(walks.area_site))))
    total, is_open = shorten(walks, limits, np.zeros(m, bool), 0, state)
    bound, price, often = 0.0, _between(walks, is_open), np.zeros(m)
    for kicks, lower in ((0, _coarse), (many, _fine)):
        bound = max(bound, lower(walks, limits, total, price, often))
        starts = [(most_often(often, limits), 0), *([(is_open, kicks)] if kicks else [])]
        for start, times in starts:
            if total - bound > enough * total:
                fewer, choice = shorten(walks, limits, start, times, state)
                if fewer < total:
                    total, is_open = fewer, choice
        if total - bound <= enough * total:
            break
    found = Found(
        is_open, minutes_in_all(walks, is_open), bound, "prices on areas (Lagrangian bound)"
    )
    small = time_limit_seconds > 0 and 0 < len(walks.area_site) <= MODEL_PAIRS
    if small and found.value - bound > enough * found.value:
        return _proven(walks, limits, found, time_limit_seconds)
    return Found(is_open, found.value, min(bound, found.value), found.how)


def _coarse(walks: Walks, limits: Limits, total: float, price: Floats, often: Floats) -> float:
    """Raise the bound by steps along its slope: soon near, late there."""
    return _stepped(walks, limits, total, price, often, 0.3, PATIENCE[0], TURNS)


def _fine(walks: Walks, limits: Limits, total: float, price: Floats, often: Floats) -> float:
    """Raise the bound to that of the linear programme, nearly."""
    many = min(len(often), int(limits.need[0]))
    if limits.plain and 0 < many < len(often):
        higher: float = smooth_the_bound(walks, many, 3 * ROUNDS, 0.03, 0.002, price, often)
        return higher
    return _stepped(walks, limits, total, price, often, 0.1, PATIENCE[1], 6 * TURNS)


def _stepped(
    walks: Walks, limits: Limits, total: float, price: Floats, often: Floats, length: float,
    patience: int, turns: int,
) -> float:  # fmt: skip
    bound, stop = 0.0, total * (1 - CLOSE_ENOUGH)
    for _ in range(turns):
        higher, length = raise_the_bound(
            walks, limits, limits.plain, ABOVE * total, stop, ROUNDS, patience, price, often, length
        )
        bound = max(bound, higher)
        if length <= 0:
            break
    return bound


def minutes_in_all(walks: Walks, is_open: Flags) -> float:
    """Return the weighted minutes of a choice, added up anew."""
    return float((walks.weight * nearest_walks(walks, is_open)).sum())


def nearest_walks(walks: Walks, is_open: Flags) -> Floats:
    """Return each area's walk to its nearest open site."""
    near: Floats = walks.most.copy()
    rows, minutes, is_first = _served(walks, is_open)
    near[rows[is_first]] = minutes[is_first]
    return near


def _served(walks: Walks, is_open: Flags) -> tuple[Integers, Floats, Flags]:
    """Return areas and minutes of the walks to open sites, and which is its area's nearest."""
    served = np.flatnonzero(is_open[walks.area_site])
    rows = owners(walks.area_start)[served]
    return rows, walks.area_minutes[served], np.diff(rows, prepend=-1) > 0


def _between(walks: Walks, is_open: Flags) -> Floats:
    """Return prices to start from: midway between each area's nearest and next open site."""
    rows, minutes, is_first = _served(walks, is_open)
    near: Floats = walks.most.copy()
    far: Floats = walks.most.copy()
    near[rows[is_first]] = minutes[is_first]
    is_next = ~is_first & np.append(False, is_first[:-1])
    far[rows[is_next]] = minutes[is_next]
    return walks.weight * (far + near) / 2


def longest_as_today(walks: Walks, unserved: float) -> float:
    """Return the longest walk of areas that what is open anyway serves, and no other site can."""
    settled = (np.diff(walks.area_start) == 0) & (walks.weight > 0) & (walks.most < unserved)
    return float(walks.most[settled].max(initial=0.0))


def _proven(walks: Walks, limits: Limits, found: Found, time_limit_seconds: float) -> Found:
    m, n, k = len(walks.site_start) - 1, len(walks.weight), len(walks.area_site)
    owner = owners(walks.area_start)
    worth = np.concatenate(
        [np.zeros(m), walks.weight[owner] * (walks.most[owner] - walks.area_minutes)]
    )
    whole = np.zeros(m + k, bool)
    whole[:m] = True
    model = Model(worth, whole, np.zeros(m + k), np.ones(m + k))
    rows = np.arange(k)
    used = sparse.csr_matrix((np.ones(k), (rows, m + rows)), shape=(k, m + k))
    only_open = sparse.csr_matrix((-np.ones(k), (rows, walks.area_site)), shape=(k, m + k))
    model.rows(used + only_open, -np.inf, 0)
    model.rows(sparse.csr_matrix((np.ones(k), (owner, m + rows)), shape=(n, m + k)), -np.inf, 1)
    add_limits(model, limits)
    start = np.zeros(m + k)
    start[:m] = found.is_open
    served = np.flatnonzero(found.is_open[walks.area_site])
    _, first = np.unique(owner[served], return_index=True)
    start[m + served[first]] = 1
    solved = model.maximise(time_limit_seconds, start)
    if solved.point is None:
        return found
    choice = solved.point[:m] > 0.5
    value = minutes_in_all(walks, choice)
    if value > found.value:
        choice, value = found.is_open, found.value
    if solved.status == "proven":
        return Found(choice, value, value, "branch and bound (HiGHS)")
    most = float((walks.weight * walks.most).sum())
    bound = min(max(found.bound, most - solved.bound), value)
    return Found(choice, value, bound, f"{found.how}; HiGHS stopped by its time limit")


def shortest_longest_walk(
    walks: Walks,
    limits: Limits,
    unserved: float,
    *,
    seed: int = 1,
    time_limit_seconds: float = 10.0,
) -> Found:
    """Return the sites whose longest walk is shortest, by halving the limit to be covered.

    Areas that no site can serve, and that count with `unserved` minutes, are left out: no plan
    helps them. Minieka 1970, doi:10.1137/1012016.
    """
    m, owner = len(walks.site_start) - 1, owners(walks.area_start)
    people = (np.diff(walks.area_start) > 0) & (walks.weight > 0)
    fixed = longest_as_today(walks, unserved)
    # An area may also stay with what serves it today.
    steps = np.unique(np.concatenate([walks.area_minutes, walks.most[people]]))
    low, high, best, sure = 0, len(steps) - 1, np.zeros(m, bool), True
    while low < high:
        middle = (low + high) // 2
        todo = people & (walks.most > steps[middle])
        near = todo[owner] & (walks.area_minutes <= steps[middle])
        cover: Cover = cover_of(owner[near], walks.area_site[near], m, todo.astype(float))
        found = best_cover(cover, limits, seed=seed, time_limit_seconds=time_limit_seconds)
        if found.value >= todo.sum() - 0.5:
            high, best = middle, found.is_open
        else:
            sure = sure and found.bound < todo.sum() - 1e-6
            low = middle + 1
    value = float(nearest_walks(walks, best)[people].max(initial=fixed))
    how = "halving the longest walk, each step a covering problem"
    return Found(best, value, value if sure else 0.0, how)
