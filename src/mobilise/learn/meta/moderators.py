"""What parts the studies: meta-regression on their features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured
from mobilise.learn.estimates import Estimate, estimated
from mobilise.learn.meta.heterogeneity import (
    Method,
    between_study_variance,
    generalised_q,
    studies,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from mobilise.learn.meta.pooling import Test

_INTERCEPT = "The effect where every feature is 0."
_ASSUMPTIONS = (
    "Studies did not get their features by chance: what goes with one need not be its doing.",
    "The effect changes in a straight line with each feature.",
)


@dataclass(frozen=True)
class Regression:
    """A meta-regression.

    Parameters
    ----------
    coefficients
        The intercept first, then one a moderator: change of the effect a unit of it.
    tau2
        Variance of true effects that the moderators leave.
    moderator_q, moderator_p
        Test that no moderator matters: F with Hartung-Knapp, chi-square with z.
    r2
        Share of the variance between studies that they explain, in per cent.
    """

    coefficients: tuple[Estimate, ...]
    tau2: float
    moderator_q: float
    moderator_p: float
    r2: float


def meta_regression(
    effects: ArrayLike,
    variances: ArrayLike,
    moderators: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    method: Method = "REML",
    test: Test = "hartung-knapp",
    confidence: float = 0.95,
    of: str = "the effect",
    unit: str = "",
    higher: str = "better",
    tolerance: float = 1e-12,
) -> Regression:
    """Return how the effects of studies go with their features.

    Parameters
    ----------
    effects, variances
        Shape (k,).
    moderators
        Shape (k,) or (k, m).
    names
        Of the moderators, for the sentences.
    method, test, confidence, of, unit, higher, tolerance
        As for :func:`mobilise.learn.meta.pool`.

    Returns
    -------
    Regression

    Raises
    ------
    InputError
        The input is wrong, or there are no more studies than coefficients.

    Notes
    -----
    Knapp & Hartung (2003, 10.1002/sim.1482).
    """
    about = measured(of, unit, higher, confidence)
    y, v, X = studies(effects, variances, moderators)
    k, p = X.shape
    if k <= p:
        raise InputError(f"There are {k} studies for {p} coefficients: give more studies.")
    tau2, _ = between_study_variance(y, v, method=method, moderators=X[:, 1:], tolerance=tolerance)
    value, covariance = _fit(y, v + tau2, X)
    df = float("inf")
    if test == "hartung-knapp":
        covariance = covariance * generalised_q(tau2, y, v, X) / (k - p)
        df = float(k - p)
    q, q_p = _moderators(value, covariance, df)
    alone, _ = between_study_variance(y, v, method=method, tolerance=tolerance)
    labels = ["intercept", *(names or [f"moderator {i}" for i in range(1, p)])]
    coefficients = tuple(
        estimated(  # a moderator's sentence is that of a difference between studies
            "intercept" if i == 0 else "moderator", value[i], float(np.sqrt(covariance[i, i])),
            about, n=k, df=df, method=f"Meta-regression of {k} studies ({method}, {test}).",
            assumptions=_ASSUMPTIONS, sentence=_INTERCEPT if i == 0 else "",
        ).at("moderator", labels[i])
        for i in range(p)
    )  # fmt: skip
    r2 = max(0.0, 100 * (alone - tau2) / alone) if alone > 0 else 0.0
    return Regression(coefficients, tau2, q, q_p, r2)


def _fit(y: Floats, variance: Floats, X: Floats) -> tuple[Floats, Floats]:
    WX = X / variance[:, None]
    covariance = np.linalg.inv(X.T @ WX)
    value: Floats = covariance @ (WX.T @ y)
    return value, np.asarray(covariance, dtype=float)


def _moderators(value: Floats, covariance: Floats, df: float) -> tuple[float, float]:
    b, V = value[1:], covariance[1:, 1:]
    q = float(b @ np.linalg.solve(V, b))
    if np.isinf(df):
        return q, float(stats.chi2.sf(q, len(b)))
    return q / len(b), float(stats.f.sf(q / len(b), len(b), df))
