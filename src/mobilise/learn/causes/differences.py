"""Differences in differences: the change where it came, less the change where it did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps.checks import measured
from mobilise.learn.causes.leastsquares import (
    Errors,
    Fit,
    contrast_test,
    least_squares,
    within,
)
from mobilise.learn.causes.panels import Panel, dummies, panel_of, starts
from mobilise.learn.estimates import Estimate, estimated

if TYPE_CHECKING:
    import pandas as pd

EFFECT = "effect"
WITHOUT = "than it would have been without it"
PARALLEL = (
    "Without it, the outcome would have changed alike in places with and without it "
    "(parallel trends): earlier periods and the placebo test can speak against this, not prove it."
)
ONE_EFFECT = (
    "It began at different times: this figure holds only if the effect is the same for all and "
    "does not grow; prefer the staggered estimate."
)
UNTOUCHED = "Places without it were not touched by it, and nobody acted on it before it began."


def difference_in_differences(
    table: pd.DataFrame,
    *,
    unit: str = "area_id",
    time: str = "time",
    outcome: str = "outcome",
    treated: str = "treated",
    covariates: tuple[str, ...] = (),
    weight: str | None = None,
    cluster: str | None = None,
    errors: Errors = "CR2",
    confidence: float = 0.95,
    of: str = "the outcome",
    unit_of_outcome: str = "",
    higher: str = "better",
) -> Estimate:
    """Return the effect by two-way fixed effects: a level for each unit and for each time.

    Parameters
    ----------
    table
        One row a unit and time.
    unit, time, outcome, treated
        Columns; `treated` is 1 where and when it was in place.
    covariates
        Columns that are held equal.
    weight
        Column of weights (people).
    cluster
        Column of clusters; the unit where None.
    errors
        See :func:`mobilise.learn.causes.covariance`.
    confidence
        Of the interval.
    of, unit_of_outcome, higher
        What was measured, its unit and direction.

    Returns
    -------
    Estimate
        ``difference_in_differences``; `n` counts units.

    Raises
    ------
    InputError
        The table is wrong, nothing is treated, or everything is.

    Notes
    -----
    Where units start at different times and effects grow, two-way fixed effects compare
    late with early starters and can even turn the sign (Goodman-Bacon 2021,
    10.1016/j.jeconom.2021.03.014): the method then says so, and
    :func:`mobilise.learn.causes.group_time_effects` is the one to use.
    """
    about = measured(of, unit_of_outcome, higher, confidence)
    panel = panel_of(
        table, unit=unit, time=time, outcome=outcome, treated=treated, covariates=covariates,
        weight=weight,
    )  # fmt: skip
    _demand_comparison(panel)
    fit = two_way(panel, errors)
    clusters = _clusters(panel, table, unit, cluster)
    found = contrast_test(fit, EFFECT, errors=errors, clusters=clusters)
    several = panel_starts(panel) > 1
    assumptions = [PARALLEL, UNTOUCHED, f"{cluster or 'Areas'} are independent of each other."]
    if several:
        assumptions.append(ONE_EFFECT)
    groups = len(np.unique(clusters))
    return estimated(
        "difference_in_differences", found.value, found.se, about, n=panel.units, df=found.df,
        method=(
            f"Two-way fixed effects, {len(panel.frame):,} rows of {panel.units} areas; "
            f"{errors} errors in {groups} clusters, t with {found.df:.1f} degrees of freedom."
            f"{panel.said}"
        ),
        assumptions=assumptions, than=WITHOUT,
    )  # fmt: skip


def two_way(panel: Panel, errors: Errors) -> Fit:
    """Return the fit with levels of units and times, absorbed where that is exact."""
    names = (EFFECT, *panel.covariates)
    X = np.column_stack([panel.column("treated"), *(panel.column(c) for c in panel.covariates)])
    y, weighted, exact = panel.column("y"), "weight" in panel.frame, errors in {"CR2", "HC3"}
    if panel.balanced and not weighted and not exact:
        times = np.unique(panel.column("time"), return_inverse=True)[1]
        one = np.ones(len(y))
        return least_squares(
            within(y, times, one), within(X, times, one), names=names, absorb=panel.codes,
            further_levels=int(times.max()),
        )  # fmt: skip
    when, time_names = dummies(panel.frame["time"], "time ")
    X, names = np.column_stack([X, when]), (*names, *time_names)
    weights = panel.column("weight") if weighted else None
    if not (weighted and exact):
        return least_squares(y, X, names=names, weights=weights, absorb=panel.codes)
    units, unit_names = dummies(panel.frame["unit"], "unit ")
    X = np.column_stack([X, np.ones(len(y)), units])
    return least_squares(y, X, names=(*names, "intercept", *unit_names), weights=weights)


def panel_starts(panel: Panel) -> int:
    """Return at how many different times treatment starts; 1 where it also ends."""
    try:
        return len(set(starts(panel)[~np.isnan(starts(panel))]))
    except InputError:
        return 1


def _clusters(panel: Panel, table: pd.DataFrame, unit: str, cluster: str | None) -> np.ndarray:
    if cluster is None:
        return panel.codes
    if cluster not in table.columns:
        raise InputError(f"There is no column '{cluster}' for clusters.")
    of_unit = table.groupby(table[unit].astype(str))[cluster].agg(["first", "nunique"])
    if (of_unit["nunique"] > 1).any():
        raise InputError(f"A unit lies in several clusters of '{cluster}': it must lie in one.")
    return of_unit["first"].astype(str).loc[list(panel.names)].to_numpy()[panel.codes]


def _demand_comparison(panel: Panel) -> None:
    mean = panel.frame["treated"].mean()
    if mean in {0.0, 1.0}:
        what = "nowhere" if mean == 0 else "everywhere, always"
        raise InputError(f"'treated' is {mean:g} in every row: it was in place {what}.")
