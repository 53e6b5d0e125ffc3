"""Pool the estimates of several studies into one, with how far a new project may differ."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from scipy import stats

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured
from mobilise.gaps.sentences import interval_of, places_for
from mobilise.learn.estimates import Estimate, effect_sentence, estimated, t_of
from mobilise.learn.meta.heterogeneity import (
    Method,
    between_study_variance,
    generalised_q,
    studies,
    trace_of_projection,
    variance_interval,
)

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mobilise.gaps.records import Measured

Test: TypeAlias = Literal["z", "hartung-knapp"]

_NAMES = {
    "FE": "common effect", "DL": "DerSimonian-Laird", "HE": "Hedges", "PM": "Paule-Mandel",
    "SJ": "Sidik-Jonkman", "EB": "empirical Bayes", "ML": "maximum likelihood",
    "REML": "restricted maximum likelihood",
}  # fmt: skip


@dataclass(frozen=True)
class Pooled:
    """Studies pooled.

    Parameters
    ----------
    estimate
        The pooled effect; `n` counts studies.
    tau2, tau2_se, tau2_limits
        Variance of true effects between studies, its error, its Q-profile limits.
    i2, h2
        Share of the variance that is between studies (%), and total over within variance.
    q, q_p
        Cochran's Q and its p value.
    prediction
        Limits within which the effect of a new, like project would lie; None for ``FE``.
    weights
        Shape (k,): each study's weight, in per cent.
    """

    estimate: Estimate
    tau2: float
    tau2_se: float | None
    tau2_limits: tuple[float, float] | None
    i2: float
    h2: float
    q: float
    q_p: float
    prediction: tuple[float, float] | None
    weights: tuple[float, ...]


def pool(
    effects: ArrayLike,
    variances: ArrayLike,
    *,
    method: Method = "REML",
    test: Test = "hartung-knapp",
    confidence: float = 0.95,
    of: str = "the effect",
    unit: str = "",
    higher: str = "better",
    tolerance: float = 1e-12,
) -> Pooled:
    """Return the effect of several studies taken together.

    Parameters
    ----------
    effects, variances
        Shape (k,): each study's effect and its squared standard error, in one unit.
    method
        How the variance between studies is estimated; ``FE`` takes them to share one effect.
    test
        ``hartung-knapp`` (Student's t with k - 1 degrees of freedom) or ``z``.
    confidence
        Of the intervals.
    of, unit, higher
        What the effect is on, its unit and direction.
    tolerance
        Of the iterations.

    Returns
    -------
    Pooled

    Raises
    ------
    InputError
        The input is wrong, or there is one study only.

    Notes
    -----
    Hartung & Knapp (2001, 10.1002/sim.1009), without a floor on their factor: where the
    studies agree better than chance the interval may be narrower than with z. Prediction
    interval after Higgins et al. (2009, 10.1111/j.1467-985X.2008.00552.x), with k - 1
    degrees of freedom, or normal with z. Figures equal those of metafor (10.18637/jss.v036.i03).

    Examples
    --------
    >>> found = pool([0.1, 0.9, 0.5], [0.04, 0.05, 0.02], method="DL", test="z")
    >>> round(found.estimate.value, 3), round(found.i2, 1)
    (0.491, 72.1)
    """
    about = measured(of, unit, higher, confidence)
    y, v, X = studies(effects, variances)
    if len(y) < 2:
        raise InputError("One study cannot be pooled: give two or more.")
    if test not in {"z", "hartung-knapp"}:
        raise InputError(f"There is no test '{test}': choose z or hartung-knapp.")
    tau2, tau2_se = between_study_variance(y, v, method=method, tolerance=tolerance)
    value, se, df = _pooled(y, v, tau2, test)
    half = t_of(confidence, df) * float(np.hypot(np.sqrt(tau2), se))
    random = method != "FE"
    prediction = (value - half, value + half) if random else None
    q = generalised_q(0.0, y, v, X)
    i2, h2 = _shares(q, tau2, v, X, random)
    estimate = estimated(
        "pooled_effect", value, se, about, n=len(y), df=df,
        method=_method(method, test, len(y)), assumptions=_assumptions(random, len(y)),
        sentence=_sentence(value, se, df, about, prediction, len(y), i2),
    )  # fmt: skip
    weights = 1 / (v + tau2)
    return Pooled(
        estimate, tau2, tau2_se,
        variance_interval(y, v, confidence=confidence) if random else None,
        i2, h2, q, float(stats.chi2.sf(q, len(y) - 1)), prediction,
        tuple(float(w) for w in 100 * weights / weights.sum()),
    )  # fmt: skip


def _pooled(y: Floats, v: Floats, tau2: float, test: Test) -> tuple[float, float, float]:
    w = 1 / (v + tau2)
    value = float(w @ y / w.sum())
    if test == "z":
        return value, float(w.sum() ** -0.5), float("inf")
    spread = float(w @ (y - value) ** 2) / (len(y) - 1)
    return value, float(np.sqrt(spread / w.sum())), float(len(y) - 1)


def _shares(q: float, tau2: float, v: Floats, X: Floats, random: bool) -> tuple[float, float]:
    """Return I2 (%) and H2, from tau2 and the typical variance within (from Q for FE)."""
    df = len(v) - X.shape[1]
    if not random:
        return max(0.0, 100 * (q - df) / q) if q > 0 else 0.0, q / df
    within = df / trace_of_projection(1 / v, X)
    return 100 * tau2 / (within + tau2), tau2 / within + 1


def _method(method: Method, test: Test, k: int) -> str:
    how = "normal" if test == "z" else f"Hartung-Knapp, t with {k - 1} degrees of freedom"
    if method == "FE":
        return f"Inverse-variance weighted mean of {k} studies; common effect; interval {how}."
    return (
        f"Inverse-variance weighted mean of {k} studies; random effects, variance between studies "
        f"by {_NAMES[method]}; interval {how}."
    )


def _assumptions(random: bool, k: int) -> tuple[str, ...]:
    said = [
        "The studies are independent of each other, and their standard errors are right.",
        "The studies found are those that were done: none is missing because of its result.",
    ]
    if random:
        said.append("The true effects of the studies scatter about their mean as a normal curve.")
    else:
        said.append("All studies have the same true effect.")
    if k < 5 and random:
        said.append(f"With {k} studies the variance between them is hardly known.")
    return tuple(said)


def _sentence(
    value: float, se: float, df: float, about: Measured,
    prediction: tuple[float, float] | None, k: int, i2: float,
) -> str:  # fmt: skip
    half = t_of(about.confidence, df) * se
    said = effect_sentence(value, (value - half, value + half), about, about.unit)
    said = f"Over {k} studies: {said[:1].lower()}{said[1:]}"
    if prediction is None:
        return said
    shown = interval_of(prediction, about.confidence, places_for(value, *prediction))
    shown = shown.replace("interval", "prediction interval")
    return (
        f"{said} {i2:.0f}% of the variance is between the studies; in a new project like these "
        f"the effect would lie within the {shown}."
    )
