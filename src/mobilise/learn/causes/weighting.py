"""Weighted comparison: people are weighted so that both groups look alike at the start."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import statsmodels.api as sm
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured, numbers, same_length
from mobilise.learn.estimates import Estimate, estimated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

Estimand: TypeAlias = Literal["ATE", "ATT"]
NO_UNMEASURED = (
    "Everything that sways both who takes part and the outcome is among the features "
    "(no unmeasured confounding): this cannot be tested."
)
WITHOUT = "than it would be without it"
OVERLAP = "Everybody had some chance to take part and some chance not to (overlap)."
_APART = 0.1  # standardised differences above are said


@dataclass(frozen=True)
class Weighted:
    """A weighted comparison, and how well it balances.

    Parameters
    ----------
    estimate
        The effect.
    scores
        Shape (n,): each one's chance to take part.
    weights
        Shape (n,).
    ess_treated, ess_control
        Effective sample sizes: how many equally weighted people they are worth.
    before, after
        Standardised mean difference of each feature, raw and weighted.
    """

    estimate: Estimate
    scores: Floats
    weights: Floats
    ess_treated: float
    ess_control: float
    before: tuple[float, ...]
    after: tuple[float, ...]


def propensity(treated: ArrayLike, features: ArrayLike) -> Floats:
    """Return each one's chance to be treated, by logistic regression.

    Parameters
    ----------
    treated
        Shape (n,), 0 or 1.
    features
        Shape (n, m): what was known before.

    Raises
    ------
    InputError
        The features tell who was treated without fail, or a value is missing.
    """
    a, X = groups_and_features(treated, features)
    scores, _ = logistic(a, np.column_stack([np.ones(len(a)), X]))
    return scores


def logistic(a: Floats, X: Floats) -> tuple[Floats, Floats]:
    """Return fitted chances and the covariance of coefficients of a logistic regression.

    Raises
    ------
    InputError
        The columns tell the groups apart without fail, or one is a sum of others.
    """
    scaled = X / np.maximum(np.abs(X).max(axis=0), 1e-300)
    if np.linalg.matrix_rank(scaled) < X.shape[1]:
        raise InputError("A feature is a sum of others, or the same for everybody: leave it out.")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PerfectSeparationWarning)  # told below, in our words
        model = sm.GLM(a, X, family=sm.families.Binomial()).fit(tol=1e-12, maxiter=100)
    chances = np.asarray(model.fittedvalues, dtype=float)
    if not np.isfinite(chances).all() or chances.min() < 1e-8 or chances.max() > 1 - 1e-8:
        raise InputError(
            "The features tell without fail who took part: there is nobody alike to compare with."
        )
    return chances, np.asarray(model.cov_params(), dtype=float)


def inverse_probability_weighting(
    outcome: ArrayLike,
    treated: ArrayLike,
    features: ArrayLike,
    *,
    estimand: Estimand = "ATE",
    names: Sequence[str] | None = None,
    confidence: float = 0.95,
    of: str = "the outcome",
    unit: str = "",
    higher: str = "better",
) -> Weighted:
    """Return the effect with each one weighted by the inverse of the chance of their group.

    Parameters
    ----------
    outcome
        Shape (n,): for example the change from before to after.
    treated
        Shape (n,), 1 = took part.
    features
        Shape (n, m): what was known before; none may be missing.
    estimand
        ``ATE``: on everybody; ``ATT``: on those who took part.
    names
        Of the features.
    confidence, of, unit, higher
        As in :class:`~mobilise.gaps.Gap`.

    Returns
    -------
    Weighted

    Raises
    ------
    InputError
        The input is wrong, or there is nobody to compare with.

    Notes
    -----
    Austin (2011, 10.1080/00273171.2011.568786). Errors by linearisation with the weights
    taken as known, which is cautious for ``ATE``.
    """
    about = measured(of, unit, higher, confidence)
    y = numbers(outcome, "outcome")
    a, X = groups_and_features(treated, features)
    same_length(y, "outcome", len(a))
    if np.isnan(y).any():
        raise InputError("'outcome' is missing in some rows: leave them out, and say how many.")
    scores = propensity(a, X)
    on_everybody = np.where(a == 1, 1 / scores, 1 / (1 - scores))
    w = on_everybody if estimand == "ATE" else np.where(a == 1, 1.0, scores / (1 - scores))
    value, se = weighted_difference(y, a, w)
    before, after = (standardised_differences(X, a, v) for v in (np.ones(len(a)), w))
    worth = [float(v.sum() ** 2 / (v @ v)) for v in (w[a == 1], w[a == 0])]
    whom = "everybody" if estimand == "ATE" else "those who took part"
    estimate = estimated(
        f"weighted_difference_{estimand.lower()}", value, se, about, n=len(y), df=float(len(y) - 2),
        method=(
            f"Inverse-probability weighting, effect on {whom}; {int(a.sum())} took part (worth "
            f"{worth[0]:.0f}), {int((1 - a).sum())} did not (worth {worth[1]:.0f}). "
            f"{balance_words(after, names)}"
        ),
        assumptions=(NO_UNMEASURED, OVERLAP, "The model of who takes part is right."), than=WITHOUT,
    )  # fmt: skip
    return Weighted(estimate, scores, w, worth[0], worth[1], before, after)


def weighted_difference(y: Floats, a: Floats, w: Floats) -> tuple[float, float]:
    """Return the difference of weighted means and its linearised standard error."""
    n, value, variance = len(y), 0.0, 0.0
    for sign, group in ((1, a == 1), (-1, a == 0)):
        mean = float(w[group] @ y[group] / w[group].sum())
        value += sign * mean
        influence = w[group] * (y[group] - mean) / w[group].sum()
        variance += float(influence @ influence)
    return value, float(np.sqrt(variance * n / (n - 1)))


def standardised_differences(X: Floats, a: Floats, w: Floats) -> tuple[float, ...]:
    """Return mean differences of features over the unweighted pooled standard deviation."""
    pooled = np.sqrt((X[a == 1].var(axis=0, ddof=1) + X[a == 0].var(axis=0, ddof=1)) / 2)
    one, other = (np.average(X[a == g], axis=0, weights=w[a == g]) for g in (1, 0))
    with np.errstate(invalid="ignore", divide="ignore"):
        return tuple(float(v) for v in np.where(pooled > 0, (one - other) / pooled, 0.0))


def balance_words(differences: Sequence[float], names: Sequence[str] | None) -> str:
    """Say whether the groups look alike, feature by feature."""
    labels = names or [f"feature {i}" for i in range(1, len(differences) + 1)]
    apart = [f"{n} ({d:.2f})" for n, d in zip(labels, differences, strict=True) if abs(d) > _APART]
    if not apart:
        return f"Every feature is balanced to {_APART:g} standard deviations."
    return f"Still apart by more than {_APART:g} standard deviations: {', '.join(apart)}."


def groups_and_features(treated: ArrayLike, features: ArrayLike) -> tuple[Floats, Floats]:
    """Return who was treated and the features as columns, checked.

    Raises
    ------
    InputError
        A value is missing, or one group has fewer than two people.
    """
    a = numbers(treated, "treated")
    X = np.asarray(features, dtype=float)
    X = X[:, None] if X.ndim == 1 else X
    if len(X) != len(a):
        raise InputError(f"'features' has {len(X)} rows for {len(a)}: give one a person.")
    if not np.isin(a, [0.0, 1.0]).all():
        raise InputError("'treated' must be 1 (took part) or 0 in every row.")
    if not np.isfinite(X).all():
        raise InputError("A feature is missing in some rows: leave them out, and say how many.")
    if min(a.sum(), (1 - a).sum()) < 2:
        raise InputError(
            "A comparison needs two people or more who took part, and two who did not."
        )
    return a, X
