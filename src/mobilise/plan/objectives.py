"""What a plan may aim at, and who solves it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError, suggestion
from mobilise.plan import capacity, distance, fairness, floors, worst
from mobilise.plan.cores import MODEL_PAIRS
from mobilise.plan.coverage import Found, best_cover
from mobilise.plan.medians import Walks, walks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.plan.covers import Floats
    from mobilise.plan.tasks import Task

FIFTH_COUNTS = {1: 5.0, 2: 4.0, 3: 3.0, 4: 2.0, 5: 1.0}
UNKNOWN_COUNTS = 3.0
SECOND = 0.5  # what a second site in reach counts, for backup
LARGE_ENOUGH = 2e-3  # the gap at which the search of a large problem stops
STATISTICS = ("slope_index", "concentration_index")


@dataclass(frozen=True)
class Wanted:
    """The finer wishes of :func:`mobilise.plan.solve`."""

    floors: dict[int, float]
    statistic: str
    at_least: float
    capacity_per_person: float | None
    enough: float
    time_limit_seconds: float
    seed: int


@dataclass(frozen=True)
class Objective:
    """One aim: who solves it, in which unit, and which way is better."""

    solve: Callable[[Task, Wanted], Found]
    unit: str
    says: str
    higher: str = "better"
    absolute: bool = False
    by_minutes: bool = False
    needs_unreached: bool = True


def _coverage(task: Task, wanted: Wanted) -> Found:
    return _cover(task, wanted, task.problem.weight)


def _equity(task: Task, wanted: Wanted) -> Found:
    return _cover(task, wanted, equity_weight(task))


def equity_weight(task: Task) -> Floats:
    """Return what each area's people count: five in the most deprived fifth, one in the least."""
    quintile = task.problem.quintile
    if np.isnan(quintile).all():
        raise InputError("The objective equity needs the deprivation of the areas.")
    counts = np.full(len(quintile), UNKNOWN_COUNTS)
    for fifth, many in FIFTH_COUNTS.items():
        counts[quintile == fifth] = many
    weights: Floats = task.problem.weight * counts
    return weights


def _cover(task: Task, wanted: Wanted, weight: Floats) -> Found:
    base = float(weight[task.reached(task.fixed)].sum())
    if wanted.floors:
        found = floors.with_floors(
            task, weight, wanted.floors, seed=wanted.seed,
            time_limit_seconds=wanted.time_limit_seconds,
        )  # fmt: skip
    else:
        found = best_cover(
            task.cover(weight), task.limits, seed=wanted.seed,
            time_limit_seconds=wanted.time_limit_seconds, enough=_enough(task, wanted),
        )  # fmt: skip
    return replace(found, value=base + found.value, bound=base + found.bound)


def _enough(task: Task, wanted: Wanted) -> float:
    large = int(task.within().sum()) > 4 * MODEL_PAIRS
    return max(wanted.enough, LARGE_ENOUGH if large else 1e-9)


def _backup(task: Task, wanted: Wanted) -> Found:
    weight = task.problem.weight
    near = task.within() & task.fixed[task.problem.site]
    times = np.bincount(task.problem.area[near], minlength=len(weight))
    base = float((weight * (SECOND * (times > 1) + (1 - SECOND) * (times > 0))).sum())
    found = best_cover(
        task.cover(weight, SECOND), task.limits, seed=wanted.seed,
        time_limit_seconds=wanted.time_limit_seconds, enough=_enough(task, wanted),
    )  # fmt: skip
    return replace(found, value=base + found.value, bound=base + found.bound)


def walks_for(task: Task, minutes: Floats, most: float) -> Walks:
    """Return the walks to the free sites, given what the fixed ones already save."""
    problem = task.problem
    today = np.full(len(problem.areas), float(most))
    fixed = task.fixed[problem.site]
    np.minimum.at(today, problem.area[fixed], minutes[fixed])
    number = task.numbers()[problem.site]
    free = number >= 0
    return walks_of(
        problem.area[free], number[free], minutes[free],
        sites=len(task.free), weight=problem.weight, most=today,
    )  # fmt: skip


def _distance(task: Task, wanted: Wanted) -> Found:
    walks = walks_for(task, task.problem.minutes, task.minutes)
    found = distance.shortest_walks(
        walks, task.limits, seed=wanted.seed,
        time_limit_seconds=wanted.time_limit_seconds, enough=_enough(task, wanted),
    )  # fmt: skip
    people = float(task.problem.weight.sum())
    return replace(found, value=found.value / people, bound=found.bound / people)


def _decay(task: Task, wanted: Wanted) -> Found:
    lost = np.minimum(1.0, task.problem.minutes / task.minutes)
    walks = walks_for(task, lost, 1.0)
    found = distance.shortest_walks(
        walks, task.limits, seed=wanted.seed,
        time_limit_seconds=wanted.time_limit_seconds, enough=_enough(task, wanted),
    )  # fmt: skip
    people = float(task.problem.weight.sum())
    return replace(found, value=people - found.value, bound=people - found.bound)


def _centre(task: Task, wanted: Wanted) -> Found:
    walks = walks_for(task, task.problem.minutes, task.minutes)
    return distance.shortest_longest_walk(
        walks, task.limits, task.minutes,
        seed=wanted.seed, time_limit_seconds=wanted.time_limit_seconds,
    )  # fmt: skip


def _least_inequality(task: Task, wanted: Wanted) -> Found:
    if wanted.statistic not in STATISTICS:
        raise InputError(
            f"There is no statistic '{wanted.statistic}'{suggestion(wanted.statistic, STATISTICS)}"
        )
    if not 0 <= wanted.at_least <= 1:
        raise InputError(f"at_least = {wanted.at_least:g}: it must be a share from 0 to 1.")
    return fairness.least_inequality(
        task, statistic=wanted.statistic, at_least=wanted.at_least, seed=wanted.seed,
        time_limit_seconds=wanted.time_limit_seconds,
    )  # fmt: skip


def _worst_first(task: Task, wanted: Wanted) -> Found:
    return worst.worst_first(task, seed=wanted.seed, time_limit_seconds=wanted.time_limit_seconds)


def _worst_area_first(task: Task, wanted: Wanted) -> Found:
    walks = walks_for(task, task.problem.minutes, task.minutes)
    return worst.worst_area_first(
        walks, task.limits, task.minutes,
        seed=wanted.seed, time_limit_seconds=wanted.time_limit_seconds,
    )  # fmt: skip


def _capacity(task: Task, wanted: Wanted) -> Found:
    return capacity.shared_out(
        task, per_person=wanted.capacity_per_person, seed=wanted.seed,
        time_limit_seconds=wanted.time_limit_seconds,
    )  # fmt: skip


OBJECTIVES = {
    "coverage": Objective(_coverage, "people", "Most people within the limit."),
    "backup": Objective(
        _backup, "people", "Half for a first site within the limit, half for a second.",
        needs_unreached=False,
    ),
    "decay": Objective(
        _decay, "people, fading with the walk", "Reach fades evenly to nothing at the limit.",
        needs_unreached=False,
    ),
    "distance": Objective(
        _distance, "minutes on average", "The shortest mean walk; longer walks than the limit "
        "count as the limit.", higher="worse", by_minutes=True, needs_unreached=False,
    ),
    "centre": Objective(
        _centre, "minutes at most", "The shortest longest walk, of areas that a site can reach.",
        higher="worse", by_minutes=True, needs_unreached=False,
    ),
    "capacity": Objective(
        _capacity, "people with their share", "Most people with their share of capacity.",
        needs_unreached=False,
    ),
    "equity": Objective(
        _equity, "people, counted five (most deprived fifth) to one (least)",
        "Most people within the limit, the more deprived counting more.",
    ),
    "least-inequality": Objective(
        _least_inequality, "as a share (0 = equal)", "The least inequality of the share of "
        "people within the limit.", higher="worse", absolute=True, needs_unreached=False,
    ),
    "worst-first": Objective(
        _worst_first, "of the least-reached fifth, as a share",
        "The least-reached fifth first, then the next.", needs_unreached=False,
    ),
    "worst-area-first": Objective(
        _worst_area_first, "minutes at most", "The area with the longest walk first, then the "
        "next, in whole minutes; longer walks than the limit count as the limit.",
        higher="worse", by_minutes=True, needs_unreached=False,
    ),
}  # fmt: skip
