"""Capacity: the sites that give most people their share of what sites can hold.

People share themselves out evenly over the open sites in reach, as in the first step of the
balanced floating catchment areas (Paez, Higgins & Vivona 2019,
doi:10.1371/journal.pone.0218773): nobody is counted twice. A site's level of service is its
capacity over the people who come; an area's is the mean of those it goes to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from mobilise.errors import InputError
from mobilise.plan.coverage import Found, best_cover, quick_cover

if TYPE_CHECKING:
    from mobilise.plan.covers import Flags, Floats
    from mobilise.plan.tasks import Task

SWEEPS = 20


def shared_out(
    task: Task, *, per_person: float | None, seed: int, time_limit_seconds: float
) -> Found:
    """Return the sites under which most people have their share.

    Parameters
    ----------
    task
        The choice. Sites without a known capacity count with the median of the others, or
        as one where none is known.
    per_person
        One person's share. None: what there would be for each if the largest sites were
        chosen.
    seed, time_limit_seconds
        Of the bound.

    Returns
    -------
    Found
        ``value``: people, each counted by how much of a share they have, one at most. The
        bound is what all capacity serves, or all whom a plan could reach, if fewer.
    """
    weight = task.problem.weight
    sites = task.problem.sites
    bare = (sites["extends"] >= 0) & sites["capacity"].isna()
    if bare.any():
        name = sites["site_id"][bare].iloc[0]
        raise InputError(f"Site '{name}' extends another: give the capacity that it adds.")
    supply = capacities(task)
    top = _largest(task, supply)
    share = top / weight.sum() if per_person is None else per_person
    if not share > 0:
        raise InputError(f"capacity_per_person = {share:g}: it must be more than 0.")
    cover = task.cover(weight)
    base = float(weight[task.reached(task.fixed)].sum())
    reach = best_cover(cover, task.limits, seed=seed, time_limit_seconds=time_limit_seconds)
    near = _near(task)
    choices = [
        reach.is_open,
        quick_cover(cover, task.limits, seed=seed),
        _of_most_capacity(task, supply),
    ]
    tried = [_swapped(task, near, supply, share, choice) for choice in choices]
    value, choice = max(tried, key=lambda one: one[0])
    bound = max(value, min(base + reach.bound, top / share))
    return Found(choice, value, bound, "swaps; the bound is what all capacity could serve")


def capacities(task: Task) -> Floats:
    """Return every site's capacity, or what it extends by; unknown: the median of the others."""
    held: Floats = task.problem.sites["capacity"].to_numpy(float)
    known = ~np.isnan(held)
    return np.where(known, held, np.median(held[known]) if known.any() else 1.0)


def served(task: Task, near: Any, supply: Floats, share: float, choice: Flags) -> float:
    """Return how many people have their share, each counted by how much of it they have."""
    weight, is_open = task.problem.weight, task.opened(choice)
    extends = task.problem.sites["extends"].to_numpy()
    more = is_open & (extends >= 0)
    held = supply.copy()
    np.add.at(held, extends[more], supply[more])
    level = service(near, weight, held, is_open & (extends < 0))
    return float((weight * np.minimum(1.0, level / share)).sum())


def service(near: Any, weight: Floats, supply: Floats, is_open: Flags) -> Floats:
    """Return the capacity per person that each area's people meet on average."""
    used = near[:, np.flatnonzero(is_open)]
    choices = np.asarray(used.sum(axis=1)).ravel()
    each = np.divide(1.0, choices, out=np.zeros(len(choices)), where=choices > 0)
    come = used.T @ (weight * each)
    level = np.divide(supply[is_open], come, out=np.zeros(len(come)), where=come > 0)
    result: Floats = (used @ level) * each
    return result


def _near(task: Task) -> Any:
    within = task.within()
    area, site = task.problem.area[within], task.problem.site[within]
    shape = (len(task.problem.areas), len(task.problem.sites))
    return sparse.csc_matrix((np.ones(len(area)), (area, site)), shape=shape)


def _largest(task: Task, supply: Floats) -> float:
    """Return the most capacity that a permitted plan can have."""
    total = float(supply[task.fixed].sum())
    for kind in (0, 1):
        free = np.sort(supply[task.free[task.limits.kind == kind]])[::-1]
        total += float(free[: task.limits.need[kind]].sum())
    return total


def _of_most_capacity(task: Task, supply: Floats) -> Flags:
    """Return a permitted choice, the largest sites first."""
    choice = np.zeros(len(task.free), bool)
    for j in np.argsort(-supply[task.free], kind="stable"):
        choice[j] = True
        choice[j] = permitted(task, choice)
    return choice


def _swapped(
    task: Task, near: Any, supply: Floats, share: float, choice: Flags
) -> tuple[float, Flags]:
    """Add and swap single sites while that helps."""
    best = choice.copy()
    value = served(task, near, supply, share, best)
    for _ in range(SWEEPS):
        before = value
        for s in np.flatnonzero(~best):
            for r in [s, *np.flatnonzero(best)]:  # s itself: added, nothing taken away
                new = best.copy()
                new[r], new[s] = False, True
                if best[s] or not permitted(task, new):
                    continue
                worth = served(task, near, supply, share, new)
                if worth > value * (1 + 1e-12):
                    best, value = new, worth
                    break
        if value <= before * (1 + 1e-12):
            break
    return value, best


def permitted(task: Task, choice: Flags) -> bool:
    """Return whether a choice keeps within the limits."""
    limits = task.limits
    chosen = np.flatnonzero(choice)
    new = chosen[limits.kind[chosen] == 0]
    per_district = np.bincount(limits.district[new]) if len(new) else np.zeros(1, int)
    return bool(
        len(new) <= limits.need[0]
        and len(chosen) - len(new) <= limits.need[1]
        and limits.cost[chosen].sum() <= limits.budget
        and per_district.max() <= limits.per_district
    )
