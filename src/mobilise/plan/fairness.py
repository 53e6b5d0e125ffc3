"""Plans that are fair: least inequality of reach.

Ogryczak 2000, European Journal of Operational Research 122, 374-391.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.plan import shapes
from mobilise.plan.compiled import seeded
from mobilise.plan.cores import MODEL_PAIRS
from mobilise.plan.coverage import Found, quick_cover
from mobilise.plan.covers import merged, reweighted
from mobilise.plan.exact import cover_model
from mobilise.plan.words import ALIKE

if TYPE_CHECKING:
    from mobilise.plan.covers import Cover, Flags, Floats, Integers
    from mobilise.plan.exact import Model, Solved
    from mobilise.plan.tasks import Task

FIFTHS = 5
HAIR = 1e-9
TRIES = 4  # searches for most people among plans that are as fair
LEVEL, SMALL = 1e-5, 5_000  # a slope as good as none, where the model has more pairs than this
SWAPS = "annealed swaps; no slope is below nothing"
SOMEBODY = 1e-7  # the least share of people that is not nobody


@dataclass(frozen=True)
class Shape:
    """Reach as a few sums: people, slope and fifths, for every joined area and as of today."""

    task: Task
    cover: Cover
    columns: Floats
    today: Floats

    def sums(self, choice: Flags) -> Floats:
        """Return the sums under a choice of the free sites."""
        reached = self.cover.times(choice) > 0
        total: Floats = self.today + self.columns[reached].sum(axis=0)
        return total

    @property
    def provable(self) -> bool:
        """Return whether the model is small enough for HiGHS."""
        return len(self.cover.area_site) <= MODEL_PAIRS


def shape_of(task: Task, *, ranked_only: bool = False) -> Shape:
    """Return what each area adds to the sums; people count by their weight.

    Parameters
    ----------
    task
        The choice.
    ranked_only
        Whether the share of people is of those whose deprivation is known.
    """
    weight, quintile, rank = task.problem.weight, task.problem.quintile, task.problem.rank
    ranked = ~np.isnan(rank) & (weight > 0)
    if not ranked.any() or np.ptp(rank[ranked]) == 0:
        raise InputError(
            "A fair plan needs areas of different deprivation: give 'deprivation' of the areas."
        )
    columns = np.zeros((len(weight), shapes.FIFTHS + FIFTHS))
    whole = np.where(ranked, weight, 0.0) if ranked_only else weight
    columns[:, shapes.PEOPLE] = whole / whole.sum()
    share = np.where(ranked, weight, 0.0) / weight[ranked].sum()
    off = np.where(ranked, rank, 0.0) - (share[ranked] * rank[ranked]).sum()
    columns[:, shapes.SLOPE] = share * off / (share * off**2).sum()
    for fifth in range(1, FIFTHS + 1):
        of = np.where(quintile == fifth, weight, 0.0)
        columns[:, shapes.FIFTHS + fifth - 1] = of / of.sum() if of.any() else 0.0
    present = np.array([(weight[quintile == q] > 0).any() for q in range(1, FIFTHS + 1)])
    columns = columns[:, np.concatenate([[True, True], present])]
    reached = task.reached(task.fixed)
    cover, sums = merged(task.cover(weight), columns)
    return Shape(task, cover, sums, columns[reached].sum(axis=0))


def aim_of(shape: Shape, **wanted: float | bool | Floats) -> shapes.Aim:
    """Return an aim of which only `wanted` is not zero."""
    usual: dict[str, float | bool | Floats] = {
        "today": shape.today, "people": 0.0, "slope": 0.0, "relative": False, "within": 0.0,
        "worst_first": 0.0, "floor": np.zeros(len(shape.today) - 1),
    }  # fmt: skip
    return shapes.Aim(**{**usual, **wanted})  # type: ignore[arg-type]


def search(shape: Shape, aim: shapes.Aim, seed: int, starts: list[Flags] | None = None) -> Flags:
    """Return the best choice that swaps find, from each of `starts`."""
    limits, state = shape.task.limits, seeded(seed)
    if shape.cover.sites == 0:
        return np.zeros(0, bool)
    begin = starts or [quick_cover(reweighted(shape.cover, shape.columns[:, 0]), limits, seed=seed)]
    moves = int(min(400_000, 5_000 + 60 * shape.cover.sites))
    found = [
        shapes.anneal_shape(
            shape.cover, shape.columns, aim, limits, one, moves, hot, hot / 200, state
        )
        for one in begin
        for hot in (0.02, 0.002)
    ]
    choice: Flags = max(found, key=lambda one: one[0])[1]
    return choice


def least_inequality(
    task: Task, *, statistic: str, at_least: float, seed: int, time_limit_seconds: float
) -> Found:
    """Return the plan whose reach differs least along deprivation, either way round.

    Parameters
    ----------
    task
        The choice; exactly as many sites are opened as asked.
    statistic
        ``slope_index`` (of the share reached) or ``concentration_index`` (relative).
    at_least
        The share of people that must be reached.
    seed, time_limit_seconds
        Of swaps and of the proof.

    Returns
    -------
    Found
        ``value`` and ``bound``: the statistic without its sign, at most and at least. Of the plans
        within 0.05 percentage points of the least, the one for most people.
    """
    relative = statistic == "concentration_index"
    at_least = max(at_least, SOMEBODY) if relative else at_least
    shape = shape_of(task, ranked_only=relative)
    scale = _scale(task) if relative else 1.0
    alike = ALIKE / scale
    choice, best = _flat(shape, relative, at_least, (1e-6, 0.0), seed)
    how, bound = SWAPS, 0.0
    proving = time_limit_seconds > 0 and shape.provable
    if proving and (best > LEVEL or len(shape.cover.area_site) <= SMALL):
        choice, best, bound, how = _flattest(
            shape, relative, at_least, (choice, best), time_limit_seconds
        )
    if best == np.inf:
        raise InputError(f"No such plan reaches {at_least:.1%} of people: ask for fewer.")
    level = (bound if best <= bound + alike else best) + alike
    for turn in range(TRIES):
        again, steep = _flat(
            shape, relative, at_least, (1.0, level), seed + turn, [choice] if turn % 2 else None
        )
        if steep <= level and shape.sums(again)[0] > shape.sums(choice)[0]:
            choice = again
    sure = False
    if proving:
        choice, sure = _more_people(shape, choice, level, relative, at_least, time_limit_seconds)
    best = _steepness(shape, choice, relative)
    proven = sure and level <= bound + alike
    how = "annealed swaps, and branch and bound (HiGHS)" if proven else how
    return Found(choice, scale * best, scale * min(bound, best), how, proven)


def _flat(
    shape: Shape, relative: bool, at_least: float, wish: tuple[float, float], seed: int,
    starts: list[Flags] | None = None,
) -> tuple[Flags, float]:  # fmt: skip
    """Search for a flat plan; `wish` is what people count, and the slope that is let pass."""
    floor = np.zeros(len(shape.today) - 1)
    floor[0] = at_least
    people, within = wish
    slope = 1.0 if people < 1 else 10.0
    aim = aim_of(shape, people=people, slope=slope, relative=relative, within=within, floor=floor)
    choice = search(shape, aim, seed, starts)
    best = _steepness(shape, choice, relative)
    met = shape.sums(choice)[0] >= at_least - HAIR and best < shapes.UNDEFINED
    return choice, best if met else np.inf


def _more_people(
    shape: Shape, choice: Flags, level: float, relative: bool, at_least: float, seconds: float
) -> tuple[Flags, bool]:
    """Return the plan for most people whose slope is at most `level`, and whether it is proven."""
    solved = most_people(
        shape, level, relative=relative, at_least=at_least, seconds=seconds, start=choice
    )
    if solved.point is None:
        return choice, False
    new = solved.point[: shape.cover.sites] > 0.5
    flat = _steepness(shape, new, relative) <= level + 10 * HAIR
    more = shape.sums(new)[0] > shape.sums(choice)[0] + HAIR
    return (new if flat and more else choice), solved.status == "proven" and flat


def _scale(task: Task) -> float:
    """Return what turns a slope over a mean into the relative concentration index."""
    weight, rank = task.problem.weight, task.problem.rank
    known = ~np.isnan(rank) & (weight > 0)
    share = weight[known] / weight[known].sum()
    return float(2 * (share * (rank[known] - 0.5) ** 2).sum())


def _steepness(shape: Shape, choice: Flags, relative: bool) -> float:
    return float(shapes.steepness(shape.sums(choice), relative))


def _flattest(
    shape: Shape, relative: bool, at_least: float, known: tuple[Flags, float], seconds: float
) -> tuple[Flags, float, float, str]:
    """Prove the flattest plan; a ratio by Dinkelbach's steps (1967, doi:10.1287/mnsc.13.7.492)."""
    choice, best = known
    bound = 0.0
    for _ in range(20 if relative else 1):
        ratio = best if relative and best < np.inf else 0.0
        solved = _least_slope(shape, ratio, at_least, seconds, choice if best < np.inf else None)
        if solved.status == "impossible":
            return choice, np.inf, 0.0, "no plan"
        if solved.point is None:
            return choice, best, bound, f"{SWAPS}; HiGHS stopped by its time limit"
        new = solved.point[: shape.cover.sites] > 0.5
        value = _steepness(shape, new, relative)
        better = value < best - 1e-12
        proven = solved.status == "proven"
        if better:
            choice, best = new, value
        if not relative:
            bound = best if proven else max(0.0, -solved.bound)
        elif not better:
            bound = best if proven else 0.0
        if not proven or (relative and not better):
            break
    how = "annealed swaps, and branch and bound (HiGHS)"
    how += "" if bound >= best - HAIR else ", which its time limit stopped"
    return choice, best, bound, how


def _slope_model(shape: Shape, more: int) -> Model:
    blank = reweighted(shape.cover, np.zeros(shape.cover.areas))
    return cover_model(blank, shape.task.limits, more=more, held=True, exactly=True)


def _least_slope(
    shape: Shape, ratio: float, at_least: float, seconds: float, start: Flags | None
) -> Solved:
    """Minimise the slope less `ratio` times the share of people."""
    model = _slope_model(shape, 1)
    m, n = shape.cover.sites, shape.cover.areas
    areas, last = np.arange(m, m + n), m + n
    model.lower[last] = 0.0
    model.worth[last] = -1.0
    model.worth[areas] = ratio * shape.columns[:, shapes.PEOPLE]
    slope = shape.columns[:, shapes.SLOPE]
    for side in (1.0, -1.0):
        limit = -side * shape.today[shapes.SLOPE]
        model.row(np.append(areas, last), np.append(side * slope, -1.0), -np.inf, limit)
    _people_row(model, shape, areas, at_least)
    return model.maximise(seconds, full_point(shape, start, 1) if start is not None else None)


def _people_row(model: Model, shape: Shape, areas: Integers, at_least: float) -> None:
    if at_least > 0:
        people = shape.columns[:, shapes.PEOPLE]
        model.row(areas, people, at_least - shape.today[shapes.PEOPLE] - HAIR, np.inf)


def full_point(shape: Shape, choice: Flags, more: int) -> Floats:
    """Return a choice as a point of the model."""
    sums = shape.sums(choice)
    reached = shape.cover.times(choice) > 0
    return np.concatenate([choice, reached, np.full(more, abs(sums[shapes.SLOPE]))])


def most_people(
    shape: Shape,
    slope: float,
    *,
    relative: bool,
    at_least: float,
    seconds: float,
    start: Flags | None,
) -> Solved:
    """Reach most people while the slope is at most `slope`, either way round."""
    model = _slope_model(shape, 0)
    m, n = shape.cover.sites, shape.cover.areas
    areas = np.arange(m, m + n)
    people = shape.columns[:, shapes.PEOPLE]
    model.worth[areas] = people
    for side in (1.0, -1.0):
        row = side * shape.columns[:, shapes.SLOPE]
        limit = -side * shape.today[shapes.SLOPE] + HAIR
        if relative:
            row = row - slope * people
            limit += slope * shape.today[shapes.PEOPLE]
        else:
            limit += slope
        model.row(areas, row, -np.inf, limit)
    _people_row(model, shape, areas, at_least)
    return model.maximise(seconds, None if start is None else full_point(shape, start, 0))
