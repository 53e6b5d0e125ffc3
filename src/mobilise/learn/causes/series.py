"""Interrupted time series: where the line would have gone, and where it went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import statsmodels.api as sm
from scipy import optimize
from statsmodels.stats.stattools import durbin_watson

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured, numbers, same_length
from mobilise.gaps.records import Measured
from mobilise.learn.estimates import Estimate, estimated

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Model: TypeAlias = Literal["newey-west", "ar1"]
TERMS = ("intercept", "trend", "level_change", "slope_change")
_ASSUMPTIONS = (
    "Without it, the line from before would have gone on.",
    "Nothing else that matters began at the same time.",
    "What was measured, and how, did not change.",
)
_NARROW = ("With fewer than 50 periods these errors are too narrow: read the AR(1) model too.",)
_APART = ("Periods are independent of each other about their lines; seasons are alike.",)
LINE = "than the line from before"
_FEW = 50  # periods below which Newey-West errors are known to be too narrow


@dataclass(frozen=True)
class Interrupted:
    """An interrupted time series.

    Parameters
    ----------
    level, slope
        Jump where the two lines meet, at the last period before; and change of slope, a
        period, which the first period with it already has once.
    coefficients, errors
        Of all terms: intercept, trend, level change, slope change, then seasons.
    fitted, without
        Shape (n,): the fitted line, and the line from before carried on.
    rho
        First-order autocorrelation of the errors (``ar1``).
    durbin_watson
        About 2 where errors are independent.
    dispersion, deviance
        Of the model of counts.
    """

    level: Estimate
    slope: Estimate
    coefficients: Floats
    errors: Floats
    fitted: Floats
    without: Floats
    rho: float | None = None
    durbin_watson: float | None = None
    dispersion: float | None = None
    deviance: float | None = None


def interrupted_series(
    outcome: ArrayLike,
    start: int,
    *,
    model: Model = "newey-west",
    lag: int | None = None,
    confidence: float = 0.95,
    of: str = "the outcome",
    unit: str = "",
    higher: str = "better",
) -> Interrupted:
    """Return what changed in level and slope when it began.

    Parameters
    ----------
    outcome
        Shape (n,): one value a period, evenly spaced, none missing.
    start
        Index of the first period with it (from 0); two periods or more on each side.
    model
        ``newey-west`` (least squares, errors that allow for autocorrelation) or ``ar1``
        (generalised least squares, first-order autocorrelation by REML).
    lag
        Of Newey-West; by default the whole part of the cube root of n.
    confidence, of, unit, higher
        As in :class:`~mobilise.gaps.Gap`.

    Returns
    -------
    Interrupted

    Raises
    ------
    InputError
        There are too few periods, or one is missing.

    Notes
    -----
    Bernal et al. (2017, 10.1093/ije/dyw098); Newey & West (1987, 10.2307/1913610).
    """
    about = measured(of, unit, higher, confidence)
    y = numbers(outcome, "outcome")
    X = _segments(y, start)
    n, p = X.shape
    residuals = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    statistic, rho = float(durbin_watson(residuals)), None
    if model == "ar1":
        if residuals @ residuals < 1e-18 * (y @ y):
            raise InputError("The series lies on its lines without any error: check the values.")
        values, errors, rho = _ar1(y, X)
        how = f"Segmented regression, AR(1) errors by REML (autocorrelation {rho:.2f})"
    else:
        lag = int(n ** (1 / 3)) if lag is None else lag
        settings = {"maxlags": lag, "use_correction": False}
        robust = sm.OLS(y, X).fit(cov_type="HAC", cov_kwds=settings)
        values, errors = np.asarray(robust.params), np.asarray(robust.bse)
        how = f"Segmented regression, Newey-West errors with lag {lag}"
    level, slope = (
        _change(values[i], errors[i], about, n, how, df=float(n - p), slope=i == 3) for i in (2, 3)
    )
    before = X.copy()
    before[:, 2:4] = 0
    return Interrupted(
        level, slope, values, errors, X @ values, before @ values, rho=rho, durbin_watson=statistic
    )


def interrupted_counts(
    count: ArrayLike,
    people: ArrayLike,
    start: int,
    *,
    period: int | None = None,
    errors: Literal["model", "quasi", "HC0"] = "quasi",
    confidence: float = 0.95,
    of: str = "the rate",
    higher: str = "worse",
) -> Interrupted:
    """Return what changed in a rate, by Poisson regression with people as offset.

    Parameters
    ----------
    count, people
        Shape (n,): events and people a period.
    start
        Index of the first period with it.
    period
        How many periods a year has: then a sine and a cosine of the year are added.
    errors
        ``model`` (Poisson), ``quasi`` (scaled by the dispersion) or ``HC0``.
    confidence, of, higher
        As in :class:`~mobilise.gaps.Gap`.

    Returns
    -------
    Interrupted
        Changes are of the natural logarithm of the rate.
    """
    about = measured(of, "log rate", higher, confidence)
    events, population = numbers(count, "count"), numbers(people, "people")
    same_length(population, "people", len(events))
    if (events < 0).any() or not (population > 0).all():
        raise InputError("Counts must be 0 or more, and people above 0, in every period.")
    X = _segments(events, start)
    t = X[:, 1]
    if period is not None:
        X = np.column_stack([X, np.sin(2 * np.pi * t / period), np.cos(2 * np.pi * t / period)])
    model = sm.GLM(events, X, family=sm.families.Poisson(), offset=np.log(population))
    fit = model.fit(tol=1e-14, maxiter=100)
    n, p = X.shape
    dispersion = float(fit.pearson_chi2 / (n - p))
    if errors == "HC0":
        se = np.asarray(model.fit(tol=1e-14, maxiter=100, cov_type="HC0").bse)
    else:
        se = np.asarray(fit.bse) * (np.sqrt(dispersion) if errors == "quasi" else 1.0)
    values = np.asarray(fit.params)
    how = f"Poisson regression with people as offset, {errors} errors, dispersion {dispersion:.2f}"
    level, slope = (
        _change(values[i], se[i], about, n, how, df=float(n - p), slope=i == 3, ratio=True)
        for i in (2, 3)
    )
    before = X.copy()
    before[:, 2:4] = 0
    fitted, without = (population * np.exp(design @ values) for design in (X, before))
    return Interrupted(
        level, slope, values, se, fitted, without, dispersion=dispersion, deviance=fit.deviance
    )


def _segments(y: Floats, start: int) -> Floats:
    n = len(y)
    if np.isnan(y).any():
        missing = int(np.isnan(y).argmax()) + 1
        raise InputError(f"Period {missing} has no value: a time series must have every period.")
    if start < 2 or n - start < 2 or n < 6:
        raise InputError(f"{start} periods before and {n - start} after are too few: two of each.")
    t = np.arange(1.0, n + 1)
    after = (np.arange(n) >= start).astype(float)
    return np.column_stack([np.ones(n), t, after, after * np.maximum(0, t - start)])


def _ar1(y: Floats, X: Floats) -> tuple[Floats, Floats, float]:
    """Fit by restricted maximum likelihood over the autocorrelation, all else profiled out."""
    products, n, p = _products(np.column_stack([X, y])), len(y), X.shape[1]
    found = optimize.minimize_scalar(
        lambda z: _criterion(float(np.tanh(z)), products, n), bounds=(-3, 3), method="bounded",
        options={"xatol": 1e-8},
    )  # fmt: skip
    rho = float(np.tanh(found.x))
    G = _whitened(rho, products)
    inverse = np.linalg.inv(G[:p, :p])
    values = inverse @ G[:p, p]
    rss = float(G[p, p] - values @ G[:p, p])
    return values, np.sqrt(np.diag(inverse) * rss / (n - p)), rho


def _products(Z: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Return what the whitened products are made of, whatever the autocorrelation."""
    later, earlier = Z[1:], Z[:-1]
    cross = later.T @ earlier
    return np.outer(Z[0], Z[0]), later.T @ later, cross + cross.T, earlier.T @ earlier


def _whitened(rho: float, products: tuple[Floats, Floats, Floats, Floats]) -> Floats:
    first, later, cross, earlier = products
    out: Floats = first + (later - rho * cross + rho**2 * earlier) / (1 - rho**2)
    return out


def _criterion(rho: float, products: tuple[Floats, Floats, Floats, Floats], n: int) -> float:
    """Return minus the restricted log-likelihood; its parts are a Cholesky factor's diagonal."""
    root = np.diag(np.linalg.cholesky(_whitened(rho, products)))
    p = len(root) - 1
    determinants = 0.5 * (n - 1) * np.log(1 - rho**2) + np.log(root[:p]).sum()
    return float(determinants + (n - p) * np.log(root[p]))


def _change(
    value: float, se: float, about: Measured, n: int, how: str, *, df: float, slope: bool,
    ratio: bool = False,
) -> Estimate:  # fmt: skip
    what = "slope" if slope else "level"
    unit = f"{about.unit} a period".strip() if slope else about.unit
    named = Measured(f"the {what} of {about.of}", unit, about.higher, about.confidence)
    said = f" The rate was multiplied by {np.exp(value):.3g}." if ratio else ""
    return estimated(
        f"{what}_change", float(value), float(se), named, n=n, df=df, than=LINE,
        method=f"{how}; {n} periods.{said}",
        assumptions=(
            *_ASSUMPTIONS,
            *(_NARROW if n < _FEW and "Newey" in how else ()),
            *(_APART if ratio else ()),
        ),
    )  # fmt: skip
