"""The plan itself: the sites chosen for an objective, and how far from the best they can be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError, suggestion
from mobilise.notes import Note
from mobilise.plan.impact import slope_of
from mobilise.plan.objectives import OBJECTIVES, Objective, Wanted
from mobilise.plan.tasks import Asked, Task, task_of
from mobilise.plan.words import certified, certified_fair, chosen_in_words, gap_in_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mobilise.plan.covers import Flags, Floats, Integers
    from mobilise.plan.problems import Problem


@dataclass(frozen=True)
class Plan:
    """Sites to open (and close), what they are worth, and what any plan could be worth.

    Parameters
    ----------
    objective, minutes
        What was asked for, and the limit of reach.
    table
        The new sites, those that help most first: order, site_id, name, x, y, source, gain,
        total, bound. `gain` and `total` are people within the limit; for ``distance``, minutes of
        the mean walk saved, and the mean walk.
    closed
        Ids of the sites that close.
    is_open, was_open
        Which of the problem's sites are open under the plan, and which are today.
    value, bound, unit
        What the plan is worth to the objective; no permitted plan is better than `bound`.
    higher
        Whether a higher value is ``better`` or ``worse``.
    gap
        How far from the best the plan can be at most, as a share of the bound (for the
        inequality statistics: in their own unit).
    proven
        Whether it is the best.
    certificate, method, sentence
        The same in words: how sure, how found, what it does.
    """

    objective: str
    minutes: float
    table: pd.DataFrame
    closed: tuple[str, ...]
    is_open: Flags
    was_open: Flags
    value: float
    bound: float
    unit: str
    higher: str
    gap: float
    proven: bool
    certificate: str
    method: str
    sentence: str
    notes: tuple[Note, ...] = field(default=())

    @property
    def site_ids(self) -> tuple[str, ...]:
        """Return the ids of the new sites, those that help most first."""
        return tuple(self.table["site_id"])

    def rows(self, scenario: str) -> pd.DataFrame:
        """Return the rows of the table ``plan`` under the name of a scenario."""
        return self.table.assign(
            scenario=scenario, objective=self.objective, value=self.value, unit=self.unit
        )[["scenario", *self.table.columns, "objective", "value", "unit"]]


def solve(
    problem: Problem,
    *,
    minutes: float,
    objective: str = "coverage",
    add: int | None = None,
    budget: float | None = None,
    close: int = 0,
    closing: Sequence[str] = (),
    must: Sequence[str] = (),
    forbidden: Sequence[str] = (),
    per_district: int | None = None,
    floors: Mapping[int, float] | None = None,
    statistic: str = "slope_index",
    at_least: float = 0.0,
    capacity_per_person: float | None = None,
    enough: float = 0.0,
    time_limit_seconds: float = 10.0,
    seed: int = 1,
) -> Plan:
    """Choose sites.

    Parameters
    ----------
    problem
        From :func:`mobilise.plan.problem`.
    minutes
        The limit: a walk of exactly so many minutes is within it. For ``distance`` and
        ``centre``, what an area without a site in reach counts with.
    objective
        ``coverage`` (most people within the limit), ``backup`` (half for a first site, half
        for a second one), ``decay`` (reach fades to nothing at the limit), ``distance``
        (shortest mean walk), ``centre`` (shortest longest walk), ``capacity`` (most people
        with their share of capacity), ``equity`` (people of the most deprived fifth count five,
        of the least one), ``least-inequality``, ``worst-first`` (the least-reached fifth of
        deprivation first, then the next), ``worst-area-first`` (the area that walks furthest
        first, then the next).
    add
        How many new sites; None with a `budget` or closures alone.
    budget
        What the new sites may cost.
    close
        How many of today's sites to close, those least missed. With `add`: to move them.
    closing
        Ids of today's sites that close in any case.
    must, forbidden
        Ids of sites to open (or keep), and not to open.
    per_district
        New sites in one district at most.
    floors
        For ``coverage`` and ``equity``: the share of a fifth that must be reached, by fifth:
        ``{1: 0.8}`` is at least 80% of the most deprived fifth.
    statistic
        For ``least-inequality``: ``slope_index`` or ``concentration_index`` of the share of
        people within the limit.
    at_least
        For ``least-inequality``: the share of people that must be reached.
    capacity_per_person
        For ``capacity``: what one person's share is.
    enough
        Stop when the plan is certified within this share of the best.
    time_limit_seconds
        Of the proof; 0 for none. A proof that it cuts short may leave another plan on
        another machine; everything before it is the same everywhere.
    seed
        Of random swaps: the same seed, the same plan.

    Raises
    ------
    InputError
        What is asked cannot be had; the sentence says why.

    Notes
    -----
    docs/plan.md has the formulas and sources.

    Examples
    --------
    >>> import pandas as pd
    >>> from mobilise import plan
    >>> homes = pd.DataFrame({"area_id": ["A", "B", "C"], "population": [100, 200, 150]})
    >>> halls = pd.DataFrame({"site_id": ["h", "k"], "name": ["Town hall", "Kiln"]})
    >>> walks = pd.DataFrame({"from_id": ["A", "B", "C"], "to_id": ["h", "h", "k"], "minutes": 9.0})
    >>> best = plan.solve(plan.problem(homes, halls, walks), add=1, minutes=15)
    >>> best.sentence
    'Opening Town hall brings 300 more people within 15 minutes: 300 of 450 (66.7%, was 0.0%).'
    """
    kind = _objective(objective)
    asked = Asked(add, close, budget, per_district, tuple(must), tuple(forbidden), tuple(closing))
    task = task_of(problem, asked, minutes)
    if floors and objective not in {"coverage", "equity"}:
        raise InputError(
            f"floors go with the objectives coverage and equity, not with {objective}."
        )
    if objective != "capacity" and (problem.sites["extends"] >= 0).any():
        raise InputError(f"Extending sites goes with the objective capacity, not with {objective}.")
    wanted = Wanted(
        dict(floors or {}),
        statistic,
        at_least,
        capacity_per_person,
        enough,
        time_limit_seconds,
        seed,
    )
    _worth_asking(task, kind)
    found = kind.solve(task, wanted)
    return _plan(task, objective, kind, wanted, found)


def _objective(name: str) -> Objective:
    if name not in OBJECTIVES:
        raise InputError(f"There is no objective '{name}'{suggestion(name, OBJECTIVES)}")
    return OBJECTIVES[name]


def _worth_asking(task: Task, kind: Objective) -> None:
    weight = task.problem.weight
    if weight.sum() <= 0:
        raise InputError("Nobody lives in the areas: there is nobody to plan for.")
    if not kind.needs_unreached or not (task.limits.kind == 0).any() or task.limits.need[0] == 0:
        return
    if not task.cover(weight).weight[_reachable(task)].sum() > 0:
        reached = task.reached(task.fixed)
        whom = (
            "Everybody" if reached[weight > 0].all() else "Everybody whom a candidate could reach"
        )
        raise InputError(
            f"{whom} is already within {task.minutes:g} minutes: no new site adds anyone. "
            "Ask for fewer minutes, another objective, or more candidates."
        )


def _reachable(task: Task) -> Flags:
    free = np.zeros(len(task.problem.sites), bool)
    free[task.free[task.limits.kind == 0]] = True
    return task.reached(free) & ~task.reached(task.fixed)


def _plan(task: Task, objective: str, kind: Objective, wanted: Wanted, found: Any) -> Plan:
    problem = task.problem
    is_open = task.opened(found.is_open)
    table = _in_order(task, is_open, kind, found.bound)
    gone = problem.sites["site_id"].to_numpy()[task.today & ~is_open]
    gap = abs(found.bound - found.value)
    unit = kind.unit
    if not kind.absolute:
        gap = gap / abs(found.bound) if found.bound else gap
    proven = bool(found.proven or gap <= 1e-7)
    sure = (
        certified_fair(found.value, found.bound, wanted.statistic, proven)
        if kind.absolute
        else certified(found.value, found.bound, unit, kind.higher, gap, proven)
    )
    before, after = (
        float(problem.population[task.reached(o)].sum()) for o in (task.today, is_open)
    )
    names = problem.sites["name"].to_numpy()
    said = chosen_in_words(
        list(table["name"]), list(names[task.today & ~is_open]), task.minutes,
        before, after, float(problem.population.sum()),
    )  # fmt: skip
    return Plan(
        objective, task.minutes, table, tuple(gone), is_open, task.today, float(found.value),
        float(found.bound), unit, kind.higher, float(gap), proven,
        sure,
        f"{kind.says} Found by {found.how}; seed {wanted.seed}.", said,
        problem.notes + _warnings(task, objective),
    )  # fmt: skip


def _warnings(task: Task, objective: str) -> tuple[Note, ...]:
    """Say so where the least inequality means sites for the better-off."""
    if objective != "least-inequality":
        return ()
    reached: Floats = np.where(task.reached(task.today), 100.0, 0.0)
    gap = slope_of(task.problem, reached)
    if gap is None or gap.value is None or gap.value >= 0:
        return ()
    says = (
        f"Today there is {gap_in_words(gap.value)}: least inequality then puts sites among the "
        "better-off. Equity or worst-first do not."
    )
    return (Note("plan", "sites", says, warning=True),)


def _in_order(task: Task, is_open: Flags, kind: Objective, bound: float) -> pd.DataFrame:
    """Return the new sites, each time the one that adds most to those before."""
    problem = task.problem
    new: list[int] = np.flatnonzero(is_open & ~task.today).tolist()
    near = nearest(task, is_open & task.today)
    reached = task.reached(is_open & task.today)
    people = problem.weight / problem.weight.sum() if kind.by_minutes else problem.population
    areas = {j: _pairs_of(task, j) for j in new}
    now = float(people @ near) if kind.by_minutes else float(people[reached].sum())
    rows: list[tuple[Any, ...]] = []
    left = new.copy()
    while left:
        gains = [
            float(people[i] @ np.maximum(0.0, near[i] - minutes))
            if kind.by_minutes
            else float(people[i] @ ((minutes <= task.minutes) & ~reached[i]))
            for i, minutes in (areas[j] for j in left)
        ]
        best = int(np.argmax(gains))
        i, minutes = areas[left[best]]
        near[i] = np.minimum(near[i], minutes)
        reached[i] |= minutes <= task.minutes
        now += -gains[best] if kind.by_minutes else gains[best]
        site = problem.sites.iloc[left.pop(best)]
        place = (site["site_id"], site["name"], site["x"], site["y"], site["source"])
        rows.append((len(rows) + 1, *place, gains[best], now))
    columns = ["order", "site_id", "name", "x", "y", "source", "gain", "total"]
    return pd.DataFrame(rows, columns=columns).assign(bound=float(bound))


def _pairs_of(task: Task, site: int) -> tuple[Integers, Floats]:
    pairs = task.problem.site == site
    return task.problem.area[pairs], task.problem.minutes[pairs]


def nearest(task: Task, is_open: Flags) -> Floats:
    """Return each area's minutes to its nearest open site, the limit at most."""
    problem = task.problem
    near: Floats = np.full(len(problem.areas), task.minutes)
    used = is_open[problem.site]
    np.minimum.at(near, problem.area[used], problem.minutes[used])
    return near
