"""How much the true effects of studies differ: tau squared by eight estimators.

All of them share the generalised Q statistic: with weights W = diag(1 / (v + tau2)) and
P = W - W X (X'W X)^-1 X'W, the weighted residual sum of squares is y'Py.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np
from scipy import optimize, stats

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, numbers, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Method: TypeAlias = Literal["FE", "DL", "HE", "PM", "SJ", "EB", "ML", "REML"]
METHODS: tuple[Method, ...] = get_args(Method)
_TOLERANCE = 1e-12
_MOST_STEPS = 1000
_PLAIN = 20  # steps before swings are damped


def studies(
    effects: ArrayLike, variances: ArrayLike, moderators: ArrayLike | None = None
) -> tuple[Floats, Floats, Floats]:
    """Return effects, variances and the design (intercept first) of studies, checked.

    Raises
    ------
    InputError
        A value is missing, a variance is not positive, or there are too few studies.
    """
    y, v = _floats(effects, "effects"), _floats(variances, "variances")
    same_length(v, "variances", len(y))
    bad = np.isnan(y) | np.isnan(v) | ~(v > 0)
    if bad.any():
        row = int(bad.argmax())
        raise InputError(
            f"Study {row + 1}: its effect is {y[row]:g} and its variance {v[row]:g}; "
            "give a number and a variance above 0, or leave the study out."
        )
    columns = [np.ones(len(y))]
    if moderators is not None:
        given = np.asarray(moderators, dtype=float)
        columns += list(np.atleast_2d(given.T if given.ndim > 1 else given))
    X = np.column_stack(columns)
    if not np.isfinite(X).all():
        raise InputError("'moderators' must be known for every study.")
    if X.shape[1] > 1 and np.linalg.matrix_rank(X) < X.shape[1]:
        raise InputError(
            "A moderator is the same in every study, or a sum of others: leave it out."
        )
    if len(y) < X.shape[1]:
        raise InputError(f"There are {len(y)} studies for {X.shape[1]} coefficients: too few.")
    return y, v, X


def _floats(values: ArrayLike, name: str) -> Floats:
    if isinstance(values, np.ndarray) and values.dtype == np.float64 and values.ndim == 1:
        if np.isinf(values).any():
            raise InputError(f"'{name}' is infinite for a study: leave it out.")
        return values
    return numbers(values, name)


def between_study_variance(
    effects: ArrayLike,
    variances: ArrayLike,
    *,
    method: Method = "REML",
    moderators: ArrayLike | None = None,
    tolerance: float = _TOLERANCE,
) -> tuple[float, float | None]:
    """Return tau squared, the variance of true effects between studies, and its standard error.

    Parameters
    ----------
    effects, variances
        Shape (k,): each study's estimate and its squared standard error.
    method
        ``FE`` (0 by definition), ``DL`` (DerSimonian-Laird), ``HE`` (Hedges), ``PM``
        (Paule-Mandel), ``SJ`` (Sidik-Jonkman), ``EB`` (empirical Bayes), ``ML`` or ``REML``.
    moderators
        Shape (k,) or (k, m): what explains a part of the differences.
    tolerance
        ML, REML and EB are iterated until a step is smaller than this.

    Returns
    -------
    tuple of float
        Both in squared units of the effects; the error is None for ``FE``.

    Raises
    ------
    InputError
        The input is wrong, or there is no such method.

    Notes
    -----
    Viechtbauer (2005, 10.3102/10769986030003261) compares the estimators. A negative
    moment estimate is set to 0. Fisher scoring follows Viechtbauer (2010,
    10.18637/jss.v036.i03), PM solves y'Py = k - p to machine precision.

    Examples
    --------
    >>> tau2, se = between_study_variance([0.1, 0.9, 0.5], [0.04, 0.05, 0.02], method="DL")
    >>> round(tau2, 4), round(se, 4)
    (0.0891, 0.1255)
    """
    if method not in METHODS:
        raise InputError(f"There is no method '{method}': choose one of {', '.join(METHODS)}.")
    y, v, X = studies(effects, variances, moderators)
    if method == "FE":
        return 0.0, None
    if len(y) <= X.shape[1]:
        return 0.0, None
    if method in {"ML", "REML", "EB"}:
        tau2 = _scored(y, v, X, method, tolerance)
    elif method == "PM":
        tau2 = _paule_mandel(y, v, X)
    elif method == "SJ":
        return _sidik_jonkman(y, v, X)
    else:
        tau2 = _moments(y, v, X, method)
    return tau2, _error(tau2, v, X, method)


def variance_interval(
    effects: ArrayLike,
    variances: ArrayLike,
    *,
    moderators: ArrayLike | None = None,
    confidence: float = 0.95,
) -> tuple[float, float]:
    """Return the Q-profile limits of tau squared (Viechtbauer 2007, 10.1002/sim.2514).

    Parameters
    ----------
    effects, variances, moderators
        As for :func:`between_study_variance`.
    confidence
        Of the interval.
    """
    y, v, X = studies(effects, variances, moderators)
    df = len(y) - X.shape[1]
    if df < 1:
        return 0.0, float("nan")
    tails = ((1 + confidence) / 2, (1 - confidence) / 2)
    low, high = (_where_q_is(stats.chi2.ppf(tail, df), y, v, X) for tail in tails)
    return low, high


@dataclass(frozen=True)
class _Projection:
    """P at some weights, as its traces and its product with y: never as a k by k matrix."""

    weights: Floats
    Q: Floats  # (k, p): an orthonormal basis of the weighted design

    @property
    def trace(self) -> float:
        """Return tr P."""
        return float(self.weights.sum() - self._with(self.weights))

    def traced(self, A: Floats, B: Floats) -> float:
        """Return tr(P diag(A) P diag(B)) for two diagonals."""
        a, b = self.weights * A, self.weights * B
        inner = (self.Q.T * a) @ self.Q
        other = inner if A is B else (self.Q.T * b) @ self.Q
        return float(a @ b - 2 * self._with(a * b) + (inner * other).sum())

    def diagonal(self, A: Floats) -> float:
        """Return tr(P diag(A))."""
        return float(self.weights @ A - self._with(self.weights * A))

    def times(self, y: Floats) -> Floats:
        """Return Py."""
        root = np.sqrt(self.weights)
        left = root * y
        out: Floats = root * (left - self.Q @ (self.Q.T @ left))
        return out

    def _with(self, diagonal: Floats) -> float:
        return float(diagonal @ (self.Q * self.Q).sum(axis=1))


def trace_of_projection(weights: Floats, X: Floats) -> float:
    """Return the trace of P at `weights`."""
    return _projection(weights, X).trace


def _projection(weights: Floats, X: Floats) -> _Projection:
    root = np.sqrt(weights)
    if X.shape[1] == 1:
        column = root * X[:, 0]
        return _Projection(weights, (column / np.sqrt(column @ column))[:, None])
    return _Projection(weights, np.linalg.qr(root[:, None] * X)[0])


def generalised_q(tau2: float, y: Floats, v: Floats, X: Floats) -> float:
    """Return y'Py at `tau2`: the weighted residual sum of squares."""
    root = np.sqrt(1 / (v + tau2))
    left = root * y
    Q = _projection(root * root, X).Q
    residual = left - Q @ (Q.T @ left)
    return float(residual @ residual)


def _where_q_is(target: float, y: Floats, v: Floats, X: Floats) -> float:
    """Return the tau2 at which Q, which falls with tau2, is `target`; 0 where it starts below."""
    if generalised_q(0.0, y, v, X) <= target:
        return 0.0
    top = float(max(v.max(), y.var(), 1e-12))
    while generalised_q(top, y, v, X) > target:
        top *= 4
    return float(
        optimize.brentq(
            lambda t: generalised_q(t, y, v, X) - target, 0.0, top, xtol=1e-15, rtol=1e-14
        )
    )


def _paule_mandel(y: Floats, v: Floats, X: Floats) -> float:
    return _where_q_is(float(len(y) - X.shape[1]), y, v, X)


def _moments(y: Floats, v: Floats, X: Floats, method: Method) -> float:
    P = _projection(1 / v if method == "DL" else np.ones(len(y)), X)
    return max(0.0, float((y @ P.times(y) - P.diagonal(v)) / P.trace))


def _sidik_jonkman(y: Floats, v: Floats, X: Floats) -> tuple[float, float]:
    start, one = float(y.var()), np.ones(len(y))
    P, df = _projection(1 / (v + start), X), len(y) - X.shape[1]
    tau2 = start * float(y @ P.times(y)) / df
    spread = 2 * P.traced(v, v) + 4 * tau2 * P.traced(v, one) + 2 * tau2**2 * P.traced(one, one)
    return tau2, float(np.sqrt(start**2 / df**2 * spread))


def _scored(y: Floats, v: Floats, X: Floats, method: Method, tolerance: float) -> float:
    """Iterate Fisher scoring from the Hedges estimate; a step never leads below zero."""
    (k, p), one = X.shape, np.ones(len(y))
    tau2 = _moments(y, v, X, "HE")
    previous = 0.0
    for count in range(_MOST_STEPS):
        w = 1 / (v + tau2)
        P = _projection(w, X)
        Py = P.times(y)
        if method == "ML":
            step = (Py @ Py - w.sum()) / (w @ w)
        elif method == "REML":
            step = (Py @ Py - P.trace) / (P.traced(one, one) or np.nan)
        else:
            step = (y @ Py * k / (k - p) - k) / w.sum()
        if not np.isfinite(step):
            break
        if count > _PLAIN and step * previous < 0:
            step /= 1 + abs(step / previous)  # it swings about the solution: aim between
        while tau2 + step < 0:
            step = 0.0 if abs(step) < tolerance / 4 else step / 2
        tau2, previous = tau2 + float(step), float(step)
        if abs(step) <= tolerance:
            return tau2
    raise InputError(
        f"{method} does not converge on these studies, whose variances may lie too far apart: "
        "choose DL or PM."
    )


def _error(tau2: float, v: Floats, X: Floats, method: Method) -> float:
    (k, p), one, w = X.shape, np.ones(len(v)), 1 / (v + tau2)
    if method == "ML":
        return float(np.sqrt(2 / (w @ w)))
    if method == "REML":
        return float(np.sqrt(2 / _projection(w, X).traced(one, one)))
    if method in {"EB", "PM"}:
        return float(np.sqrt(2 * k**2 / (k - p)) / w.sum())
    P = _projection(1 / v if method == "DL" else one, X)
    if method == "DL":
        spread = 2 * (k - p) + 4 * tau2 * P.trace + 2 * tau2**2 * P.traced(one, one)
        return float(np.sqrt(spread) / P.trace)
    spread = 2 * P.traced(v, v) + 4 * tau2 * P.diagonal(v) + 2 * tau2**2 * (k - p)
    return float(np.sqrt(spread) / (k - p))
