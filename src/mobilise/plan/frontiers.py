"""Most people against fairest: every plan for which neither can be had without the other.

The ε-constraint method (Haimes, Lasdon & Wismer 1971, doi:10.1109/TSMC.1971.4308298): most
people while inequality is at most ε, for ε from that of the most people down to the least.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.plan import shapes
from mobilise.plan.coverage import best_cover
from mobilise.plan.covers import reweighted
from mobilise.plan.fairness import (
    HAIR,
    Shape,
    aim_of,
    least_inequality,
    most_people,
    search,
    shape_of,
)
from mobilise.plan.tasks import Asked, task_of
from mobilise.plan.words import ALIKE, gap_in_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.plan.covers import Flags, Floats
    from mobilise.plan.plans import Plan
    from mobilise.plan.problems import Problem
    from mobilise.plan.tasks import Task

LEAST_SECONDS = 0.02  # of a proof: with less there is none
TRADES = 15  # rates at which people are traded for fairness in the bounds


@dataclass(frozen=True)
class Frontier:
    """Plans from most people to fairest.

    Parameters
    ----------
    table
        One row a plan, most people first: ``point, people, share`` (of people, in percent),
        ``slope`` (percentage points, signed as the slope index: positive where the less
        deprived have more), ``inequality`` (the same without its sign), ``bound`` (people: no
        plan as fair reaches more), ``gap``, ``sites`` (ids).
    choices
        Which of the problem's sites are open under each.
    sentences
        What fairness costs, in words.
    """

    table: pd.DataFrame
    choices: tuple[Flags, ...]
    sentences: tuple[str, ...]


def frontier(
    problem: Problem,
    *,
    minutes: float,
    add: int | None = None,
    budget: float | None = None,
    close: int = 0,
    closing: Sequence[str] = (),
    must: Sequence[str] = (),
    forbidden: Sequence[str] = (),
    per_district: int | None = None,
    points: int = 20,
    plans: Sequence[Plan] = (),
    time_limit_seconds: float = 2.0,
    seed: int = 1,
) -> Frontier:
    """Return plans between the one for most people and the one with least inequality.

    Parameters
    ----------
    problem, minutes, add, budget, close, closing, must, forbidden, per_district, seed
        As for :func:`mobilise.plan.solve`.
    points
        How many levels of inequality to ask for, evenly spaced; there are fewer plans where
        several levels have the same one.
    plans
        What :func:`mobilise.plan.solve` made of the same question, with more time than there is
        here: the frontier goes through them, or through what is better.
    time_limit_seconds
        Of the proofs by HiGHS, of all points together; 0 for none.

    Returns
    -------
    Frontier
        No plan in it is both less fair and for fewer people than another, or than one of
        `plans`.

    Raises
    ------
    InputError
        As for :func:`mobilise.plan.solve`; deprivation is not known; one of `plans` is not
        permitted by what is asked.
    """
    if not 2 <= points <= 200:
        raise InputError(f"points = {points}: ask for 2 to 200.")
    asked = Asked(add, close, budget, per_district, tuple(must), tuple(forbidden), tuple(closing))
    task = task_of(problem, asked, minutes)
    shape = shape_of(task)
    pool = _ends(shape, seed, time_limit_seconds / 3)
    trades = _trades(shape, pool[0], seed)
    pool += [choice for _, _, choice in trades]
    pool += [_choice(task, one) for one in plans]
    steep = [abs(shape.sums(choice)[shapes.SLOPE]) for choice in pool]
    levels = np.linspace(steep[0], max(ALIKE, min(steep)), points)[1:]
    for level in levels:
        near = sorted(pool, key=lambda one: _distance(shape, one, level))[:2]
        aim = aim_of(shape, people=1.0, slope=10.0, within=float(level))
        pool.append(search(shape, aim, seed, near))
        pool = _undominated(shape, pool)
    proved: list[tuple[float, float]] = []
    if time_limit_seconds > 0 and shape.provable:
        pool, proved = _proved(shape, pool, levels, 2 * time_limit_seconds / 3)
    pool = _undominated(shape, pool)
    slopes = np.array([abs(shape.sums(one)[shapes.SLOPE]) for one in pool])
    bounds = np.full(len(pool), np.inf)
    for rate, most, _ in trades:
        bounds = np.minimum(bounds, most + rate * slopes)
    for level, most in proved:
        bounds = np.where(slopes <= level + HAIR, np.minimum(bounds, most), bounds)
    return _frontier(shape, pool, bounds)


def _proved(
    shape: Shape, pool: list[Flags], levels: Floats, seconds: float
) -> tuple[list[Flags], list[tuple[float, float]]]:
    """Let HiGHS look for most people at each level, from the best plan known.

    Returns
    -------
    tuple
        The plans, and for each level the share of people that no plan as fair exceeds.
    """
    plans, proved, until = list(pool), [], monotonic() + seconds
    for number, level in enumerate(levels):
        left = (until - monotonic()) / (len(levels) - number)
        if left < LEAST_SECONDS:
            continue
        fair = [one for one in plans if abs(shape.sums(one)[shapes.SLOPE]) <= level]
        start = max(fair, key=lambda one: shape.sums(one)[shapes.PEOPLE]) if fair else None
        solved = most_people(
            shape, float(level), relative=False, at_least=0.0, seconds=left, start=start
        )
        if solved.point is not None:
            plans.append(solved.point[: shape.cover.sites] > 0.5)
        proved.append((float(level), float(shape.today[shapes.PEOPLE] + solved.bound)))
    return plans, proved


def _ends(shape: Shape, seed: int, seconds: float) -> list[Flags]:
    """Return the plan for most people, and a fairest one."""
    people = reweighted(shape.cover, shape.columns[:, shapes.PEOPLE])
    most = best_cover(people, shape.task.limits, seed=seed, time_limit_seconds=1.0).is_open
    fair = aim_of(shape, people=1e-3, slope=1.0)
    least = least_inequality(
        shape.task, statistic="slope_index", at_least=0.0, seed=seed, time_limit_seconds=seconds
    )
    return [most, search(shape, fair, seed, [most]), least.is_open]


def _choice(task: Task, made: Plan) -> Flags:
    """Return a plan as a choice of the task's free sites."""
    limits = task.limits
    if len(made.is_open) == len(task.today):
        choice: Flags = made.is_open[task.free]
        many = np.bincount(limits.kind[choice], minlength=2)
        in_district = np.bincount(limits.district[choice & (limits.kind == 0)])
        if (
            np.array_equal(task.opened(choice), made.is_open)
            and (many <= limits.need).all()
            and limits.cost[choice].sum() <= limits.budget + HAIR
            and in_district.max(initial=0) <= limits.per_district
        ):
            return choice
    raise InputError(
        f"plans: the one for {made.objective} answers another question than the frontier's."
    )


def _distance(shape: Shape, choice: Flags, level: float) -> float:
    """Return how badly a plan suits as a start: over the level, and with few people."""
    sums = shape.sums(choice)
    return float(10 * max(0.0, abs(sums[shapes.SLOPE]) - level) - sums[shapes.PEOPLE])


def _undominated(shape: Shape, pool: list[Flags]) -> list[Flags]:
    """Return the plans that no other is at least as good as in both ways, most people first."""
    sums = [shape.sums(choice) for choice in pool]
    order = sorted(
        range(len(pool)),
        key=lambda k: (-round(sums[k][0], 12), round(abs(sums[k][1]), 12), pool[k].tobytes()),
    )
    kept: list[Flags] = []
    fairest = np.inf
    for k in order:
        if abs(sums[k][shapes.SLOPE]) < fairest - ALIKE:
            kept.append(pool[k])
            fairest = abs(sums[k][shapes.SLOPE])
    return kept


def _trades(shape: Shape, most: Flags, seed: int) -> list[tuple[float, float, Flags]]:
    """Return rates at which people are traded for fairness, and what they lead to.

    A slope of at most ε is priced at μ on the side where that of the plan for `most` people
    lies: most of (people - μ slope) plus μ ε is an upper limit of the people that a plan with
    that slope reaches, for every μ.

    Returns
    -------
    list
        Each rate μ, the most of (people - μ slope) there can be, and a plan that has nearly it.
    """
    people, slope = shape.columns[:, shapes.PEOPLE], shape.columns[:, shapes.SLOPE]
    steep = max(float(np.abs(slope).sum()), 1e-12)
    rates = np.concatenate([[0.0], np.geomspace(1e-2, 3.0, TRADES) * people.sum() / steep])
    side = np.sign(shape.sums(most)[shapes.SLOPE]) or 1.0
    found = []
    for rate in rates.tolist():
        traded = reweighted(shape.cover, people - side * rate * slope)
        best = best_cover(
            traded, shape.task.limits, seed=seed, time_limit_seconds=0 if rate else 1.0,
            enough=1e-3,
        )  # fmt: skip
        today = shape.today[shapes.PEOPLE] - side * rate * shape.today[shapes.SLOPE]
        found.append((rate, float(today + best.bound), best.is_open))
    return found


def _frontier(shape: Shape, pool: list[Flags], bounds: Floats) -> Frontier:
    task, total = shape.task, float(shape.task.problem.weight.sum())
    ids = task.problem.sites["site_id"].to_numpy()
    rows = []
    for number, choice in enumerate(pool):
        sums = shape.sums(choice)
        bound = max(float(bounds[number]), float(sums[shapes.PEOPLE]))
        new = task.opened(choice) & ~task.today
        rows.append(
            {
                "point": number + 1,
                "people": sums[shapes.PEOPLE] * total,
                "share": 100 * sums[shapes.PEOPLE],
                "slope": 100 * sums[shapes.SLOPE],
                "inequality": 100 * abs(sums[shapes.SLOPE]),
                "bound": bound * total,
                "gap": 1 - sums[shapes.PEOPLE] / bound if bound else 0.0,
                "sites": "; ".join(ids[new]),
            }
        )
    table = pd.DataFrame(rows)
    choices = tuple(task.opened(choice) for choice in pool)
    return Frontier(table, choices, tuple(_said(table, task)))


def _said(table: pd.DataFrame, task: Task) -> list[str]:
    first, last = table.iloc[0], table.iloc[-1]
    if len(table) == 1:
        return ["The plan for most people is also the fairest one found."]
    most = (
        f"The plan for most people reaches {first['people']:,.0f} within {task.minutes:g} "
        f"minutes, with {gap_in_words(first['slope'])} (slope index)."
    )
    fairest = (
        f"The fairest plan found reaches {last['people']:,.0f}, with "
        f"{gap_in_words(last['slope'])}: {first['people'] - last['people']:,.0f} fewer people, "
        f"and a gap that is {first['inequality'] - last['inequality']:.1f} percentage points "
        "narrower."
    )
    return [most, fairest]
