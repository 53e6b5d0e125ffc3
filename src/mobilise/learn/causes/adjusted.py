"""Adjusted change: outcome after on group and outcome before; and how fragile a finding is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps.checks import measured, numbers, same_length
from mobilise.learn.causes.leastsquares import Errors, contrast_test, least_squares
from mobilise.learn.causes.weighting import NO_UNMEASURED, WITHOUT, groups_and_features
from mobilise.learn.estimates import Estimate, estimated

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def adjusted_change(
    before: ArrayLike,
    after: ArrayLike,
    treated: ArrayLike,
    *,
    features: ArrayLike | None = None,
    errors: Errors = "HC3",
    confidence: float = 0.95,
    of: str = "the outcome",
    unit: str = "",
    higher: str = "better",
) -> Estimate:
    """Return the difference after, people of the same value before compared (ANCOVA).

    Parameters
    ----------
    before, after
        Shape (n,).
    treated
        Shape (n,), 1 = took part.
    features
        Shape (n, m): what else is held equal.
    errors
        ``classical``, ``HC1`` or ``HC3``.
    confidence, of, unit, higher
        As in :class:`~mobilise.gaps.Gap`.

    Notes
    -----
    Vickers & Altman (2001, 10.1136/bmj.323.7321.1123).
    """
    about = measured(of, unit, higher, confidence)
    start, end = numbers(before, "before"), numbers(after, "after")
    same_length(end, "after", len(start))
    columns = [start] if features is None else [start, np.asarray(features, dtype=float)]
    a, X = groups_and_features(treated, np.column_stack(columns))
    if np.isnan(end).any():
        raise InputError("'after' is missing in some rows: leave them out, and say how many.")
    design = np.column_stack([a, X, np.ones(len(a))])
    names = ("effect", "before", *(f"feature {i}" for i in range(1, X.shape[1])), "intercept")
    found = contrast_test(least_squares(end, design, names=names), "effect", errors=errors)
    return estimated(
        "adjusted_difference", found.value, found.se, about, n=len(a), df=found.df,
        method=f"Regression on group and value before; {errors} errors.",
        assumptions=(NO_UNMEASURED, "After goes with before in a straight line, alike in both."),
        than=WITHOUT,
    )  # fmt: skip


def e_value(effect: Estimate, standard_deviation: float) -> float:
    """Return how strong an unmeasured cause would have to be to explain the effect away.

    Parameters
    ----------
    effect
        A difference of means.
    standard_deviation
        Of the outcome among people.

    Returns
    -------
    float
        The risk ratio that it would need with both taking part and the outcome; 1 = none.

    Notes
    -----
    VanderWeele & Ding (2017, 10.7326/M16-2607): the risk ratio is taken as
    exp(0.91 d), d the standardised difference.
    """
    if not standard_deviation > 0:
        raise InputError("'standard_deviation' must be above 0.")
    if effect.value is None:
        raise InputError("The effect has no value.")
    ratio = math.exp(0.91 * abs(effect.value) / standard_deviation)
    return ratio + math.sqrt(ratio * (ratio - 1))
