"""Most people while each fifth of deprivation is reached at least so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.plan import shapes
from mobilise.plan.coverage import Found, best_cover
from mobilise.plan.covers import merged, reweighted
from mobilise.plan.exact import cover_model
from mobilise.plan.fairness import FIFTHS, HAIR, Shape, aim_of, full_point, search, shape_of

if TYPE_CHECKING:
    from mobilise.plan.covers import Flags, Floats
    from mobilise.plan.tasks import Task


def with_floors(
    task: Task, weight: Floats, floors: dict[int, float], *, seed: int, time_limit_seconds: float
) -> Found:
    """Return the sites that are worth most while each fifth in `floors` is reached so far.

    Raises
    ------
    InputError
        A floor cannot be met: the sentence says which, and by how much.
    """
    shape = shape_of(task)
    floor = _floors(task, floors)
    cover = task.cover(weight)
    free = best_cover(cover, task.limits, seed=seed, time_limit_seconds=time_limit_seconds)
    if _short(shape, free.is_open, floor) <= HAIR:
        return free
    _each_floor(shape, floor, floors, seed, time_limit_seconds)
    joined, columns = merged(cover, shape_columns(shape))
    whole = max(weight.sum(), 1e-300)
    columns[:, shapes.PEOPLE] = joined.weight / whole
    worth_shape = Shape(task, joined, columns, shape.today)
    choice = search(worth_shape, aim_of(shape, people=1.0, floor=floor), seed)
    value = _worth_of(worth_shape, choice)
    met = _short(worth_shape, choice, floor) <= HAIR
    if time_limit_seconds <= 0 or not worth_shape.provable:
        if not met:
            raise InputError("No plan was found that meets the floors together: lower one of them.")
        return Found(choice, value, max(free.bound, value), "annealed swaps under floors")
    known = choice if met else None
    return _proven(worth_shape, choice, known, floor, free.bound, time_limit_seconds)


STOPPED = "annealed swaps under floors; HiGHS stopped by its time limit"


def _proven(
    shape: Shape, choice: Flags, known: Flags | None, floor: Floats, at_most: float, seconds: float
) -> Found:
    """Let HiGHS look for better than `choice`, which is `known` to meet the floors, or not."""
    cover = shape.cover
    model = cover_model(cover, shape.task.limits)
    areas = np.arange(cover.sites, cover.sites + cover.areas)
    for q in np.flatnonzero(floor):
        least = floor[q] - shape.today[q + 1] - HAIR
        model.row(areas, shape.columns[:, q + 1], least, np.inf)
    start = None if known is None else full_point(shape, known, 0)
    solved = model.maximise(seconds, start)
    if solved.status == "impossible":
        gap = _short(shape, choice, floor)
        raise InputError(
            f"The floors cannot be met together: the nearest plan found is {100 * gap:.1f} "
            "percentage points short in all. Lower one of them, or add more sites."
        )
    if solved.point is not None and (known is None or solved.value > _worth_of(shape, known)):
        known = solved.point[: cover.sites] > 0.5
    if known is None:
        raise InputError("No plan was found in time that meets the floors: give more seconds.")
    value, proven = _worth_of(shape, known), solved.status == "proven"
    bound = value if proven else max(value, min(at_most, solved.bound))
    return Found(known, value, bound, "branch and bound (HiGHS)" if proven else STOPPED)


def shape_columns(shape: Shape) -> Floats:
    """Return the columns of all areas before they were joined."""
    weight, quintile = shape.task.problem.weight, shape.task.problem.quintile
    columns = np.zeros((len(weight), len(shape.today)))
    column = shapes.FIFTHS
    for fifth in range(1, FIFTHS + 1):
        of = np.where(quintile == fifth, weight, 0.0)
        if of.any():
            columns[:, column] = of / of.sum()
            column += 1
    return columns


def _worth_of(shape: Shape, choice: Flags) -> float:
    return float(shape.cover.weight[shape.cover.times(choice) > 0].sum())


def _floors(task: Task, floors: dict[int, float]) -> Floats:
    """Return the floors by column: of all people (0, none here), then of each fifth present."""
    weight, quintile = task.problem.weight, task.problem.quintile
    present = [q for q in range(1, FIFTHS + 1) if (weight[quintile == q] > 0).any()]
    floor = np.zeros(1 + len(present))
    for fifth, share in floors.items():
        if fifth not in present:
            raise InputError(f"floors: nobody lives in fifth {fifth}; there are {present}.")
        if not 0 <= share <= 1:
            raise InputError(f"floors: {share:g} for fifth {fifth} must be a share from 0 to 1.")
        floor[1 + present.index(fifth)] = share
    return floor


def _short(shape: Shape, choice: Flags, floor: Floats) -> float:
    return float(np.maximum(0.0, floor - np.delete(shape.sums(choice), shapes.SLOPE)).sum())


def _each_floor(
    shape: Shape, floor: Floats, floors: dict[int, float], seed: int, seconds: float
) -> None:
    for q, (fifth, share) in zip(
        np.flatnonzero(floor), sorted((f, s) for f, s in floors.items() if s > 0), strict=True
    ):
        one = reweighted(shape.cover, shape.columns[:, q + 1])
        best = best_cover(one, shape.task.limits, seed=seed, time_limit_seconds=seconds)
        most = best.bound + shape.today[q + 1]
        if most < share - 1e-7:
            raise InputError(
                f"floors: {share:.1%} of fifth {fifth} cannot be reached: at most {most:.1%} can "
                f"({100 * (share - most):.1f} percentage points short)."
            )
