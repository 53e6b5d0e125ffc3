"""The event study: the effect before and after the start, so that earlier trends show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured
from mobilise.learn.causes.differences import PARALLEL, UNTOUCHED, WITHOUT
from mobilise.learn.causes.leastsquares import Errors, contrast_test, covariance, least_squares
from mobilise.learn.causes.panels import dummies, panel_of, starts
from mobilise.learn.estimates import Estimate, estimated

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Course:
    """Effects by time since the start.

    Parameters
    ----------
    effects
        One a period, earliest first; the period compared with is not among them.
    times
        Of each, since the start (0 = the first period with it).
    reference
        The period that all are compared with.
    pre_f, pre_p, pre_periods
        Joint test that there was no difference before: F (Wald's over its number of periods,
        judged with units less one degrees of freedom), its p value, how many periods.
    sentence
        What the periods before the start say.
    """

    effects: tuple[Estimate, ...]
    times: tuple[float, ...]
    reference: float
    pre_f: float | None
    pre_p: float | None
    pre_periods: int
    sentence: str


def event_study(
    table: pd.DataFrame,
    *,
    unit: str = "area_id",
    time: str = "time",
    outcome: str = "outcome",
    treated: str = "treated",
    reference: float = -1.0,
    errors: Errors = "CR2",
    confidence: float = 0.95,
    of: str = "the outcome",
    unit_of_outcome: str = "",
    higher: str = "better",
) -> Course:
    """Return effects before and after a start that all treated units share.

    Parameters
    ----------
    table, unit, time, outcome, treated
        As for :func:`mobilise.learn.causes.difference_in_differences`.
    reference
        The period compared with, counted from the start.
    errors
        ``CR2`` by default; the joint test of earlier periods uses the same covariance.
    confidence, of, unit_of_outcome, higher
        As there.

    Returns
    -------
    Course

    Raises
    ------
    InputError
        Units start at several times (then use ``group_time_effects``), or there is no such
        period.
    """
    about = measured(of, unit_of_outcome, higher, confidence)
    panel = panel_of(table, unit=unit, time=time, outcome=outcome, treated=treated)
    began = starts(panel)
    begun = ~np.isnan(began)
    distinct = len(set(began[begun]))
    if distinct != 1:
        raise InputError(
            f"It began at {distinct} different times: use the staggered design for these."
        )
    since = panel.column("time") - float(began[begun][0])
    if reference not in set(since):
        raise InputError(f"No row is {reference:g} from the start: choose another reference.")
    ever = begun[panel.codes]
    times = tuple(float(t) for t in np.unique(since) if t != reference)
    names = tuple(f"since {t:g}" for t in times)
    leads = np.column_stack([(since == t) & ever for t in times]).astype(float)
    when, when_names = dummies(panel.frame["time"], "time ")
    X = np.column_stack([leads, when])
    units = panel.codes
    fit = least_squares(panel.column("y"), X, names=(*names, *when_names), absorb=units)
    effects = []
    for name, t in zip(names, times, strict=True):
        found = contrast_test(fit, name, errors=errors, clusters=units)
        effects.append(
            estimated(
                "event_study", found.value, found.se, about, n=panel.units, df=found.df,
                method=f"Two-way fixed effects by period, compared with {reference:g}; {errors}.",
                assumptions=(PARALLEL, UNTOUCHED), than=WITHOUT,
            ).at("periods since start", f"{t:g}")
        )  # fmt: skip
    before = [i for i, t in enumerate(times) if t < 0]
    V = covariance(fit, errors, units)[np.ix_(before, before)]
    pre = joint_test(fit.coefficients[before], V, panel.units - 1)
    return Course(tuple(effects), times, reference, *pre, len(before), trend_words(pre[1]))


def joint_test(values: Floats, V: Floats, df: float) -> tuple[float | None, float | None]:
    """Return F and p of all `values` being zero; None where there is none, or too little to."""
    m = len(values)
    if m == 0 or m > df or np.linalg.matrix_rank(V) < m:
        return None, None
    f = float(values @ np.linalg.pinv(V) @ values) / m
    return f, float(stats.f.sf(f, m, df))


def trend_words(p: float | None) -> str:
    """Say what the periods before the start say of the comparison."""
    if p is None:
        return "No period before the start can be tested: whether trends were alike is not known."
    if p < 0.05:
        return (
            f"Before the start the places already moved apart (joint test p = {p:.2g}): "
            "the effect shown may be an earlier trend."
        )
    return (
        f"Before the start there is no clear difference in trend (joint test p = {p:.2g}); "
        "that does not prove that there was none."
    )
