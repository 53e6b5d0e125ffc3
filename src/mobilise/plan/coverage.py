"""The sites that reach most people (maximal covering), with a bound on what any plan can reach.

Church & ReVelle 1974, doi:10.1007/BF01942293.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.plan.compiled import seeded
from mobilise.plan.cores import MODEL_PAIRS, core_of, proved, settled
from mobilise.plan.covers import merged
from mobilise.plan.prices import lower_the_bound, smooth_the_bound
from mobilise.plan.swaps import heat_bath

if TYPE_CHECKING:
    from mobilise.plan.covers import Cover, Flags, Floats, Limits

CLOSE_ENOUGH = 1e-9
NOTHING = "no choice: nothing is to be opened"
NARROWED = "prices on areas, and a linear programme with odd sets of areas (HiGHS)"
HAIR = 1e-4
BELOW = 0.995  # of the known plan: what the bound is steered at, so that it does not fall short
QUICK = 20  # times that each site of a plan is drawn anew, where it is made without a bound
SWEEPS = 300  # the same, where it is made with one
LONG = 1_000  # the same, before HiGHS is asked
ROUNDS, TURNS, PATIENCE = 60, 3, 5  # of coarse prices
FINE, LONGER = 300, 40  # rounds of fine prices; turns where other limits forbid them
HOT, COLD = 0.05, 0.003  # heat of the draws, in what one site of a plan is worth


@dataclass(frozen=True)
class Found:
    """A choice of sites, what it is worth, and what any choice can be worth at most.

    ``proven`` says that it is best although value and bound do not meet: where what is nearly
    equal counts as equal.
    """

    is_open: Flags
    value: float
    bound: float
    how: str
    proven: bool = False


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
        return Found(np.zeros(cover.sites, bool), 0.0, 0.0, "no choice: nothing is in reach")
    if not limits.need.any():
        return Found(np.zeros(cover.sites, bool), 0.0, 0.0, NOTHING)
    found, price = _by_prices(small, limits, seed, enough)
    if time_limit_seconds > 0 and _gap(found) > enough and len(small.area_site) <= MODEL_PAIRS:
        choice = _drawn(small, limits, np.zeros(small.sites, bool), LONG, seeded(seed))
        found = _better(small, found, choice)
    if _gap(found) > enough and time_limit_seconds > 0:
        found = _proven(small, limits, found, price, time_limit_seconds, enough)
    return found


def quick_cover(cover: Cover, limits: Limits, *, seed: int = 1) -> Flags:
    """Return a good choice without a bound."""
    return _drawn(cover, limits, np.zeros(cover.sites, bool), QUICK, seeded(seed))


def _gap(found: Found) -> float:
    return (found.bound - found.value) / max(abs(found.bound), 1e-300)


def _by_prices(cover: Cover, limits: Limits, seed: int, enough: float) -> tuple[Found, Floats]:
    """Lower the bound and draw plans in turns, until they meet nearly; return the prices too."""
    state, nobody = seeded(seed), np.zeros(cover.sites, bool)
    price, often = 0.5 * np.maximum(cover.weight, 0), np.zeros(cover.sites)
    choice = _drawn(cover, limits, nobody, QUICK, state)
    found = Found(choice, worth(cover, choice), np.inf, "prices on areas (Lagrangian bound)")
    found = _bounded(cover, found, _coarse(cover, limits, found.value, price, often))
    if _gap(found) > enough:
        found = _better(cover, found, _drawn(cover, limits, nobody, SWEEPS, state))
    if _gap(found) > enough:
        found = _bounded(cover, found, _fine(cover, limits, found.value, price, often))
    return found, price


def _bounded(cover: Cover, found: Found, bound: float) -> Found:
    if _whole(cover):  # a plan worth more is worth one more at least
        bound = float(np.floor(bound + HAIR))
    return replace(found, bound=max(found.value, min(bound, found.bound)))


def _whole(cover: Cover) -> bool:
    return not (cover.weight % 1).any() and not (cover.second % 1).any()


def _better(cover: Cover, found: Found, choice: Flags) -> Found:
    value = worth(cover, choice)
    if value <= found.value:
        return found
    return replace(found, is_open=choice, value=value, bound=max(found.bound, value))


def _coarse(cover: Cover, limits: Limits, value: float, price: Floats, often: Floats) -> float:
    """Lower the bound by steps along its slope: soon near, late there."""
    turns = TURNS if limits.plain else LONGER
    return _stepped(cover, limits, value, price, often, 0.3, PATIENCE, turns)


def _fine(cover: Cover, limits: Limits, value: float, price: Floats, often: Floats) -> float:
    """Lower the bound to that of the linear programme, nearly."""
    many = min(cover.sites, int(limits.need[0]))
    if limits.plain and 0 < many < cover.sites and value < np.inf:
        lower: float = smooth_the_bound(cover, many, FINE, 0.02, 0.002, price, often)
        return lower
    return _stepped(cover, limits, value, price, often, 0.05, 4 * PATIENCE, LONGER)


def _stepped(
    cover: Cover, limits: Limits, value: float, price: Floats, often: Floats, length: float,
    patience: int, turns: int,
) -> float:  # fmt: skip
    bound, stop, aim = np.inf, _stop(cover, value), BELOW * value
    for _ in range(turns):
        lower, length = lower_the_bound(
            cover, limits, limits.plain, aim, stop, ROUNDS, patience, price, often, length
        )
        bound = min(bound, lower)
        if length <= 0:
            break
    return bound


def _stop(cover: Cover, value: float) -> float:
    """Return a bound that is low enough to prove a value."""
    return value + 1 - HAIR if _whole(cover) else value * (1 + CLOSE_ENOUGH)


def _drawn(cover: Cover, limits: Limits, start: Flags, sweeps: int, state: Any) -> Flags:
    """Return the best choice of so many draws for each site, from `start` filled greedily."""
    tried = [
        heat_bath(cover, limits, limits.plain, start, 0, 1.0, 1.0, per_cost, state)
        for per_cost in ((False, True) if limits.budget < np.inf else (False,))
    ]
    best, choice = max(tried, key=lambda one: one[0])
    many = int(choice.sum())
    if best > 0 and sweeps * many > 0:
        hot, cold = HOT * best / many, COLD * best / many
        tried.append(
            heat_bath(cover, limits, limits.plain, choice, sweeps * many, hot, cold, False, state)
        )
    found: Flags = max(tried, key=lambda one: one[0])[1]
    return found


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
    times = cover.times(is_open)
    return float(cover.weight[times > 0].sum() + cover.second[times > 1].sum())


def _proven(
    cover: Cover, limits: Limits, found: Found, price: Floats, time_limit_seconds: float,
    enough: float,
) -> Found:  # fmt: skip
    """Let HiGHS decide what the prices leave open, where that is little enough."""
    inside, outside = settled(cover, limits, price, _stop(cover, found.value))
    core, rest, free = core_of(cover, limits, inside, outside)
    ours = found.is_open
    start = ours[free] if not (inside & ~ours).any() and not (outside & ours).any() else None
    base = worth(cover, inside)
    low_enough = max(_stop(cover, found.value), found.value / (1 - enough)) - base
    solved = proved(core, rest, start, time_limit_seconds, low_enough)
    if solved is None:
        return found
    # A better plan has the settled sites; if there is none, ours is best.
    bound = max(found.value, min(found.bound, base + solved.bound))
    if solved.point is not None:
        choice = inside.copy()
        choice[free] = solved.point[: core.sites] > 0.5
        found = _better(cover, found, choice)
    if solved.status == "bounded":
        return _bounded(cover, replace(found, how=NARROWED), bound)
    if solved.status in {"proven", "impossible"}:
        return replace(found, bound=found.value, how="branch and bound (HiGHS)")
    how = f"{found.how if bound >= found.bound else NARROWED}; HiGHS stopped by its time limit"
    return replace(found, bound=max(bound, found.value), how=how)
