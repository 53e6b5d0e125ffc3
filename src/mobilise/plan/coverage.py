"""The sites that reach most people (maximal covering), with a bound on what any plan can reach.

Church & ReVelle 1974, doi:10.1007/BF01942293.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobilise.plan.compiled import seeded
from mobilise.plan.covers import merged
from mobilise.plan.exact import cover_model
from mobilise.plan.prices import lower_the_bound
from mobilise.plan.swaps import anneal, drop_and_add

if TYPE_CHECKING:
    from mobilise.plan.covers import Cover, Flags, Floats, Limits

CLOSE_ENOUGH = 1e-9
HAIR = 1e-4
ROUNDS, LONGEST = 60, 30  # of prices between two plans made from them; how many such turns
SWAPS = 20  # drops and adds of each plan
MODEL_PAIRS = 60_000  # HiGHS is asked to prove models of at most so many pairs


@dataclass(frozen=True)
class Found:
    """A choice of sites, what it is worth, and what any choice can be worth at most."""

    is_open: Flags
    value: float
    bound: float
    how: str


def best_cover(
    cover: Cover,
    limits: Limits,
    *,
    seed: int = 1,
    time_limit_seconds: float = 10.0,
    enough: float = CLOSE_ENOUGH,
) -> Found:
    """Return the sites that are worth most.

    Parameters
    ----------
    cover, limits
        Who reaches what; how many sites may be had.
    seed
        Of the random swaps.
    time_limit_seconds
        Of the proof by HiGHS, tried where the bound leaves a gap and the model is small.
    enough
        The gap at which to stop, as a share of the bound.

    Returns
    -------
    Found
        The bound holds for every choice within the limits.
    """
    small, _ = merged(cover, np.empty((cover.areas, 0)))
    if small.areas == 0:
        return Found(np.zeros(cover.sites, bool), 0.0, 0.0, "nothing is in reach")
    if not limits.need.any():
        return Found(np.zeros(cover.sites, bool), 0.0, 0.0, "nothing is to be opened")
    found = _by_prices(small, limits, seed, enough)
    if _gap(found) > enough:
        found = _annealed(small, limits, found, seed, enough)
    if _gap(found) > enough and len(small.area_site) <= MODEL_PAIRS and time_limit_seconds > 0:
        found = _proven(small, limits, found, time_limit_seconds)
    return found


def quick_cover(cover: Cover, limits: Limits, *, seed: int = 1) -> Flags:
    """Return a good choice without a bound: greedy, dropped and added."""
    many = int(limits.need.sum())
    tenure = max(2, min(many, cover.sites) // 10)
    nobody = np.zeros(cover.sites, bool)
    tried = [
        drop_and_add(cover, limits, nobody, SWAPS, tenure, per_cost, seeded(seed))
        for per_cost in ((False, True) if limits.budget < np.inf else (False,))
    ]
    choice: Flags = max(tried, key=lambda one: one[0])[1]
    return choice


def _gap(found: Found) -> float:
    return (found.bound - found.value) / max(abs(found.bound), 1e-300)


def _by_prices(cover: Cover, limits: Limits, seed: int, enough: float) -> Found:
    """Lower the bound in turns; after each, make a plan of the sites that collect most."""
    state, tenure = seeded(seed), max(2, min(int(limits.need.sum()), cover.sites) // 10)
    best_open = quick_cover(cover, limits, seed=seed)
    best = worth(cover, best_open)
    bound, length = np.inf, 1.0
    # Whole people: a plan worth more is worth one more at least.
    whole = not (cover.weight % 1).any() and not (cover.second % 1).any()
    price, often = 0.5 * np.maximum(cover.weight, 0), np.zeros(cover.sites)
    for _ in range(LONGEST):
        stop = best + 1 - HAIR if whole else best * (1 + CLOSE_ENOUGH)
        lower, length = lower_the_bound(
            cover, limits, limits.plain, best, stop, ROUNDS, 20, price, often, length
        )
        bound = min(bound, np.floor(lower + HAIR) if whole else lower)
        start = most_often(often, limits)
        _, choice = drop_and_add(cover, limits, start, SWAPS, tenure, False, state)
        value = worth(cover, choice)
        if value > best:
            best, best_open = value, choice
        if length <= 0 or bound - best <= enough * bound:
            break
    return Found(best_open, best, max(bound, best), "prices on areas (Lagrangian bound)")


def most_often(often: Floats, limits: Limits) -> Flags:
    """Return a permitted set of the sites that were most often among the best."""
    start = np.zeros(len(often), bool)
    used, spent, in_district = [0, 0], 0.0, np.zeros(int(limits.district.max()) + 1, int)
    for j in np.argsort(-often, kind="stable"):
        kind, district = limits.kind[j], limits.district[j]
        if used[kind] >= limits.need[kind] or spent + limits.cost[j] > limits.budget:
            continue
        if kind == 0 and in_district[district] >= limits.per_district:
            continue
        if often[j] < 0.5:
            break
        start[j] = True
        used[kind] += 1
        spent += limits.cost[j]
        in_district[district] += kind == 0
    return start


def worth(cover: Cover, is_open: Flags) -> float:
    """Return what a choice is worth, added up anew."""
    site = np.repeat(np.arange(cover.sites), np.diff(cover.site_start))
    times = np.bincount(cover.site_area[is_open[site]], minlength=cover.areas)
    return float(cover.weight[times > 0].sum() + cover.second[times > 1].sum())


def _annealed(cover: Cover, limits: Limits, found: Found, seed: int, enough: float) -> Found:
    """Swap at random: from the plan at hand, gently; and from a greedy one, hotter."""
    each = found.value / max(1, int(found.is_open.sum()))
    moves = int(min(2_000_000, 20_000 + 400 * cover.sites))
    state = seeded(seed + 1)
    for start, hot in ((found.is_open, 0.01), (quick_cover(cover, limits, seed=seed), 0.05)):
        if each <= 0 or _gap(found) <= enough:
            break
        _, choice = anneal(cover, limits, start, moves, hot * each, hot * each / 20, state)
        value = worth(cover, choice)
        if value > found.value:
            found = Found(choice, value, max(found.bound, value), f"{found.how}, annealed swaps")
    return found


def _proven(cover: Cover, limits: Limits, found: Found, time_limit_seconds: float) -> Found:
    model = cover_model(cover, limits)
    start = np.zeros(len(model.worth))
    start[: cover.sites] = found.is_open
    site = np.repeat(np.arange(cover.sites), np.diff(cover.site_start))
    times = np.bincount(cover.site_area[found.is_open[site]], minlength=cover.areas)
    start[cover.sites : cover.sites + cover.areas] = times > 0
    if len(start) > cover.sites + cover.areas:
        start[cover.sites + cover.areas :] = times > 1
    solved = model.maximise(time_limit_seconds, start)
    bound = max(min(found.bound, solved.bound), found.value)
    if solved.point is None:
        return Found(found.is_open, found.value, bound, found.how)
    choice = solved.point[: cover.sites] > 0.5
    value = worth(cover, choice)
    if value < found.value:
        choice, value = found.is_open, found.value
    if solved.status == "proven":
        return Found(choice, value, value, "branch and bound (HiGHS)")
    return Found(choice, value, max(bound, value), f"{found.how}; HiGHS stopped by its time limit")
