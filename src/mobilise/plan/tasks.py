"""What is asked of a plan: what may be opened and closed, within which minutes, or why not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import InputError, suggestion
from mobilise.plan.covers import Cover, Flags, Floats, Integers, Limits, cover_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.plan.problems import Problem


@dataclass(frozen=True)
class Asked:
    """How many sites, and which.

    Parameters
    ----------
    add
        New sites; None where a budget says how many.
    close
        Sites open today that are to close.
    budget
        What the new sites may cost together.
    per_district
        New sites in one district at most.
    must, forbidden
        Ids of sites to be opened, and of those that must not be; ids of sites open today
        under `must` stay open.
    closing
        Ids of sites open today that close in any case.
    """

    add: int | None = None
    close: int = 0
    budget: float | None = None
    per_district: int | None = None
    must: Sequence[str] = ()
    forbidden: Sequence[str] = ()
    closing: Sequence[str] = ()


@dataclass(frozen=True)
class Task:
    """The choice itself: which sites are fixed open, and which are free under what limits."""

    problem: Problem
    minutes: float
    today: Flags
    fixed: Flags
    free: Integers
    limits: Limits

    def within(self) -> Flags:
        """Return which pairs are within the limit: a time equal to it is."""
        return self.problem.minutes <= self.minutes

    def reached(self, is_open: Flags) -> Flags:
        """Return which areas are within the limit of an open site."""
        near = self.within() & is_open[self.problem.site]
        flags = np.zeros(len(self.problem.areas), bool)
        flags[self.problem.area[near]] = True
        return flags

    def cover(self, weight: Floats, second: float = 0.0) -> Cover:
        """Return who the free sites would newly reach, and what that is worth."""
        near = self.within()
        times = np.bincount(
            self.problem.area[near & self.fixed[self.problem.site]], minlength=len(weight)
        )
        first = np.where(
            times == 0, (1 - second) * weight, np.where(times == 1, second * weight, 0.0)
        )
        again = np.where(times == 0, second * weight, 0.0)
        number = self.numbers()[self.problem.site]
        useful = (
            near & (number >= 0) & ((times == 0) | ((times == 1) & (second > 0)))[self.problem.area]
        )
        return cover_of(self.problem.area[useful], number[useful], len(self.free), first, again)

    def numbers(self) -> Integers:
        """Return each site's number among the free ones, -1 for others."""
        number = np.full(len(self.problem.sites), -1)
        number[self.free] = np.arange(len(self.free))
        return number

    def opened(self, choice: Flags) -> Flags:
        """Return which of all sites are open under a choice of the free ones."""
        is_open = self.fixed.copy()
        is_open[self.free[choice]] = True
        return is_open


def task_of(problem: Problem, asked: Asked, minutes: float) -> Task:
    """Check what is asked against what there is.

    Raises
    ------
    InputError
        It cannot be had; the sentence says why.
    """
    if not 0 < minutes < 1000:
        raise InputError(f"minutes = {minutes:g}: the limit must be between 0 and 1,000 minutes.")
    today = problem.with_status("existing")
    must = problem.with_status("must") | _named(problem, asked.must, "must")
    barred = problem.with_status("forbidden") | _named(problem, asked.forbidden, "forbidden")
    leaving = _named(problem, asked.closing, "closing")
    ids = problem.sites["site_id"].to_numpy()
    if (must & (barred | leaving)).any():
        both = ids[must & (barred | leaving)][0]
        raise InputError(f"Site '{both}' is both a must and forbidden (or closing): take one away.")
    if (leaving & ~today).any():
        raise InputError(f"Site '{ids[leaving & ~today][0]}' is to close, but is not open today.")
    new = must & ~today
    candidates = np.flatnonzero(~(today | must | barred))
    costs = _costs(problem, asked)
    add = _how_many(asked, int(new.sum()), len(candidates))
    budget = _what_is_left(asked, costs, new, candidates)
    closable = np.flatnonzero(today & ~leaving & ~must) if asked.close else np.empty(0, np.int64)
    if not 0 <= asked.close <= (len(closable) if asked.close else 0):
        raise InputError(
            f"close = {asked.close}: {len(closable)} sites are open today and may be closed."
        )
    free = np.sort(np.concatenate([candidates, closable])).astype(np.int64)
    fixed = new | (today & ~leaving)
    fixed[closable] = False
    per_district, district = _districts(problem, asked, new)
    limits = Limits(
        today[free].astype(np.int64),
        np.array([add, len(closable) - asked.close], dtype=np.int64),
        district[free] if len(free) else np.zeros(1, np.int64),
        per_district,
        np.where(today[free], 0.0, costs[free]),
        budget,
    )
    if len(free) == 0:
        limits = limits._replace(district=np.zeros(1, np.int64))
    return Task(problem, float(minutes), today, fixed, free, limits)


def _named(problem: Problem, ids: Sequence[str], what: str) -> Flags:
    known = problem.sites["site_id"].to_numpy()
    for one in ids:
        if one not in set(known):
            raise InputError(f"{what}: there is no site '{one}'{suggestion(str(one), known)}")
    return np.isin(known, list(ids))


def _costs(problem: Problem, asked: Asked) -> Floats:
    costs = problem.sites["cost"].to_numpy(float)
    if asked.budget is None:
        return np.zeros(len(costs))
    unknown = np.isnan(costs) & ~problem.with_status("existing")
    if unknown.any():
        some = problem.sites["site_id"].to_numpy()[unknown][0]
        raise InputError(
            f"A budget needs the cost of every candidate: {int(unknown.sum())} have none "
            f"(the first is '{some}')."
        )
    known: Floats = np.nan_to_num(costs)
    return known


def _how_many(asked: Asked, new: int, candidates: int) -> int:
    if asked.add is None:
        if asked.budget is None and not asked.close and not asked.closing and not new:
            raise InputError("Say how many sites to add (add), or what they may cost (budget).")
        return candidates if asked.budget is not None else 0
    if asked.add < 0:
        raise InputError(f"add = {asked.add}: it must be 0 or more.")
    if asked.add > candidates + new:
        raise InputError(f"add = {asked.add}, but there are only {candidates + new} candidates.")
    if asked.add < new:
        raise InputError(f"add = {asked.add}, but {new} sites must be opened.")
    return asked.add - new


def _what_is_left(asked: Asked, costs: Floats, new: Flags, candidates: Integers) -> float:
    if asked.budget is None:
        return float(np.inf)
    given, needed = f"budget = {asked.budget:g}", float(costs[new].sum())
    left = asked.budget - needed
    if left < 0:
        raise InputError(f"{given}, but the sites that must be opened cost {needed:g}.")
    least = float(costs[candidates].min(initial=np.inf))
    if not new.any() and np.isfinite(least) and least > left:
        raise InputError(f"{given}, but the cheapest candidate costs {least:g}.")
    return float(left)


def _districts(problem: Problem, asked: Asked, new: Flags) -> tuple[int, Any]:
    if asked.per_district is None:
        return 1 << 40, np.zeros(len(problem.sites), np.int64)
    names = problem.sites["district"]
    if names.isna().any():
        raise InputError("per_district needs the column 'district' of every site.")
    codes, known = pd.factorize(names, sort=True)
    counts = np.bincount(codes[new], minlength=len(known))
    if (counts > asked.per_district).any():
        raise InputError(
            f"per_district = {asked.per_district}, but {counts.max()} sites must be opened in "
            f"{known[int(counts.argmax())]}."
        )
    if counts.any():
        raise InputError(
            "per_district does not go with sites that must be opened: count these as existing."
        )
    return asked.per_district, codes.astype(np.int64)
