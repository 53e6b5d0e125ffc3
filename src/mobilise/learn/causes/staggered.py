"""Staggered adoption: it began at different times in different places.

Each group of places that began together is compared with places that had not begun (or
never did), and the effects are then averaged: no early starter ever serves as a comparison
for a late one (Callaway & Sant'Anna 2021, 10.1016/j.jeconom.2020.12.001). With covariates
the comparison is doubly robust (Sant'Anna & Zhao 2020, 10.1016/j.jeconom.2020.06.003).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured
from mobilise.learn.causes.comparisons import compare
from mobilise.learn.causes.differences import PARALLEL, UNTOUCHED, WITHOUT
from mobilise.learn.causes.eventstudy import joint_test, trend_words
from mobilise.learn.causes.panels import grid, panel_of, starts
from mobilise.learn.estimates import Estimate, estimated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from mobilise.gaps.records import Measured

Control: TypeAlias = Literal["not-yet", "never"]
_DRAWS = 2000
_CONTROLS = {"not-yet": "areas that had not begun yet", "never": "areas that never began"}


@dataclass(frozen=True)
class Staggered:
    """Effects where starts are staggered.

    Parameters
    ----------
    overall
        The mean effect over the units that ever began, each counted once, over its periods.
    by_start
        One a group of units that began together.
    by_time
        One a period since the start (negative: before it).
    cells
        Columns ``start, time, effect, se, units, controls``: each group in each period.
    band
        The multiple of the error that holds all of `by_time` at once (instead of 1.96).
    pre_f, pre_p
        Joint test that there was no difference before.
    sentence
        What the periods before the start say.
    """

    overall: Estimate
    by_start: tuple[Estimate, ...]
    by_time: tuple[Estimate, ...]
    cells: pd.DataFrame
    band: float
    pre_f: float | None
    pre_p: float | None
    sentence: str


@dataclass(frozen=True)
class _Cells:
    """Effects of groups in periods, with each unit's influence on each."""

    start: Floats
    time: Floats
    effect: Floats
    influence: Floats  # (units, cells)
    units: Floats
    controls: Floats


def group_time_effects(
    table: pd.DataFrame,
    *,
    unit: str = "area_id",
    time: str = "time",
    outcome: str = "outcome",
    treated: str = "treated",
    covariates: tuple[str, ...] = (),
    control: Control = "not-yet",
    confidence: float = 0.95,
    of: str = "the outcome",
    unit_of_outcome: str = "",
    higher: str = "better",
    seed: int = 2026,
) -> Staggered:
    """Return effects of something that began at different times and then stayed.

    Parameters
    ----------
    table
        One row a unit and time; every unit at every time.
    unit, time, outcome, treated
        Columns; `treated` is 1 where and when it was in place.
    covariates
        Columns held equal, as they were in the last period before the start.
    control
        ``not-yet`` (all that have not begun by the period) or ``never``.
    confidence
        Of the intervals, which are for one period at a time; `band` for all at once.
    of, unit_of_outcome, higher
        What was measured, its unit and direction.
    seed
        Of the draws behind `band`.

    Returns
    -------
    Staggered

    Raises
    ------
    InputError
        The table is wrong, a unit lacks a time, or there is nobody to compare with.

    Notes
    -----
    Every period is compared with the last before the start. Errors by influence functions,
    independent from unit to unit; Student's t with units less one degrees of freedom.
    """
    about = measured(of, unit_of_outcome, higher, confidence)
    panel = panel_of(
        table, unit=unit, time=time, outcome=outcome, treated=treated, covariates=covariates
    )
    start = starts(panel)
    values = grid(panel, "y")
    features = [grid(panel, name) for name in panel.covariates]
    times = np.unique(panel.column("time"))
    cells, dropped = _cells(values, features, start, times, control)
    n = len(start)
    method = (
        f"Callaway and Sant'Anna, compared with {_CONTROLS[control]}; {n} areas, of which "
        f"{int(np.isfinite(start).sum())} began at {len(np.unique(cells.start))} times."
        f"{dropped}{panel.said}"
    )
    say = _Sayer(about, method, n, start)
    groups = np.unique(cells.start)
    parts = [say.group(cells, g) for g in groups]
    overall = say.weighted(
        [p[0] for p in parts], [p[1] for p in parts], groups, "average_effect_on_treated"
    )
    since = np.searchsorted(times, cells.time) - np.searchsorted(times, cells.start)
    periods = np.unique(since[since != -1])
    by_time = [say.period(cells, since, e) for e in periods]
    influence = np.stack([w for _, w in by_time], axis=1)
    pre = periods < 0
    V = influence[:, pre].T @ influence[:, pre] / n**2
    test = joint_test(np.array([e.value for e, _ in by_time])[pre], V, float(n - 1))
    pairs = zip(by_time, periods, strict=True)
    return Staggered(
        overall[0],
        tuple(e for e, _ in (say.named(p, "start", g) for p, g in zip(parts, groups, strict=True))),
        tuple(e.at("periods since start", f"{t:g}") for (e, _), t in pairs),
        pd.DataFrame(
            {"start": cells.start, "time": cells.time, "effect": cells.effect,
             "se": np.sqrt((cells.influence**2).sum(axis=0)) / n, "units": cells.units,
             "controls": cells.controls}
        ),
        _band(influence, confidence, seed), *test, trend_words(test[1]),
    )  # fmt: skip


def _cells(
    values: Floats, features: Sequence[Floats], start: Floats, times: Floats, control: Control
) -> tuple[_Cells, str]:
    """Return the effect of each group in each period but the last before its start."""
    n, rows = len(start), []
    too_early = alone = 0
    for g in np.unique(start[np.isfinite(start)]):
        first = int(np.searchsorted(times, g))
        if first == 0:
            too_early += int((start == g).sum())
            continue
        base = first - 1
        inside = start == g
        for t in range(len(times)):
            if t == base:
                continue
            never = ~np.isfinite(start)
            latest = times[max(t, base)]
            free = never if control == "never" else never | (start > latest)
            free = free & ~inside
            if not free.any():
                alone += t >= first
                continue
            change = values[:, t] - values[:, base]
            X = np.column_stack([np.ones(n), *(f[:, base] for f in features)])
            kept = inside | free
            effect, part = compare(change[kept], inside[kept].astype(float), X[kept])
            influence = np.zeros(n)
            influence[kept] = part * n / kept.sum()
            rows.append((g, times[t], effect, influence, inside.sum(), free.sum()))
    if not rows:
        raise InputError("There is no period in which units with it can be compared with others.")
    said = f" {too_early} areas began in the first period and cannot be used." if too_early else ""
    if alone:
        said += (
            f" {alone} effects of a group in a period have no comparison left, and are not in it."
        )
    start_, time_, effect_, units_, controls_ = (
        np.array([row[i] for row in rows], dtype=float) for i in (0, 1, 2, 4, 5)
    )
    influences = np.stack([row[3] for row in rows], axis=1)
    return _Cells(start_, time_, effect_, influences, units_, controls_), said


@dataclass(frozen=True)
class _Sayer:
    """Turns averages of cells into estimates, with the influence of each unit."""

    about: Measured
    method: str
    n: int
    start: Floats

    def weighted(
        self, effects: Sequence[float], influences: Sequence[Floats], groups: Floats, name: str
    ) -> tuple[Estimate, Floats]:
        """Average over groups by how many units each has; that share is itself estimated."""
        member = (self.start[:, None] == groups[None, :]).astype(float)
        share = member.mean(axis=0)
        w, values = share / share.sum(), np.array(effects)
        centred = member - share
        weights = centred / share.sum() - centred.sum(axis=1)[:, None] * share / share.sum() ** 2
        influence = np.stack(influences, axis=1) @ w + weights @ values
        return self.estimate(name, float(w @ values), influence)

    def group(self, cells: _Cells, g: float) -> tuple[float, Floats]:
        """Average the periods of a group since its start."""
        mine = (cells.start == g) & (cells.time >= g)
        if not mine.any():
            raise InputError(f"Units that began at {g:g} have no later period to compare.")
        return float(cells.effect[mine].mean()), cells.influence[:, mine].mean(axis=1)

    def named(self, part: tuple[float, Floats], by: str, g: float) -> tuple[Estimate, Floats]:
        """Return a group's part as an estimate."""
        estimate, influence = self.estimate("group_effect", *part)
        return estimate.at(by, f"{g:g}"), influence

    def period(self, cells: _Cells, since: NDArray[np.intp], e: float) -> tuple[Estimate, Floats]:
        """Average over groups at one distance from the start."""
        mine = np.flatnonzero(since == e)
        return self.weighted(
            list(cells.effect[mine]), list(cells.influence[:, mine].T), cells.start[mine],
            "event_study",
        )  # fmt: skip

    def estimate(self, name: str, value: float, influence: Floats) -> tuple[Estimate, Floats]:
        """Return the record, and the influence that its error comes from."""
        se = float(np.sqrt((influence**2).sum()) / self.n)
        found = estimated(
            name, value, se, self.about, n=self.n, df=float(self.n - 1), method=self.method,
            assumptions=(PARALLEL, UNTOUCHED, "Once begun it stays; areas are independent."),
            than=WITHOUT,
        )  # fmt: skip
        if self.n < 30:
            few = f"With {self.n} areas the errors are rough."
            found = replace(found, assumptions=(*found.assumptions, few))
        return found, influence


def _band(influence: Floats, confidence: float, seed: int) -> float:
    """Return the multiple of errors that holds all at once (multiplier bootstrap)."""
    n = len(influence)
    se = np.sqrt((influence**2).sum(axis=0)) / n
    kept = se > 0
    if not kept.any():
        return 0.0
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], size=(_DRAWS, n))
    draws = np.abs(signs @ influence[:, kept] / n / se[kept]).max(axis=1)
    return float(np.quantile(draws, confidence))
