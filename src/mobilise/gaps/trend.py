"""Through time: trends in rates, and whether a gap is narrowing or widening."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import statsmodels.api as sm
from scipy import special
from statsmodels.stats.multitest import multipletests

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured, numbers, same_length, z_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from mobilise.gaps.records import Gap, Limits

Change: TypeAlias = Literal["narrowing", "widening", "no clear change"]
Adjustment: TypeAlias = Literal["benjamini-hochberg", "holm", "bonferroni"]

_NAMES = {"benjamini-hochberg": "fdr_bh", "holm": "holm", "bonferroni": "bonferroni"}


@dataclass(frozen=True)
class Trend:
    """A change a period, with its test.

    Parameters
    ----------
    slope, se, lower, upper, confidence
        Change a period, in the unit that `method` names.
    p
        Two-sided p value of no change, adjusted where `method` says so.
    periods
        How many there are.
    change
        For gaps: ``narrowing``, ``widening`` or ``no clear change``; None for rates.
    method, sentence
        How it was computed, and the finding in words.
    """

    slope: float
    se: float
    lower: float
    upper: float
    confidence: float
    p: float
    periods: int
    change: Change | None
    method: str
    sentence: str


def gap_trend(
    gaps: Sequence[Gap], periods: ArrayLike, *, of: str, confidence: float = 0.95
) -> Trend:
    """Return whether a gap narrows or widens, from its values and errors in each period.

    Parameters
    ----------
    gaps
        The same signed statistic, slope index or difference, once a period.
    periods
        When each was measured, as numbers (years).
    of
        What was measured.
    confidence
        Of the interval and the test.

    Returns
    -------
    Trend
        Change a period of the gap's size: negative = narrowing.

    Raises
    ------
    InputError
        Fewer than three periods have a value and an error, statistics or directions are
        mixed, or the gap changes sides (then it neither narrows nor widens).

    Notes
    -----
    Least squares weighted by the inverse of the squared errors, which are taken as known
    and independent from period to period.
    """
    measured("", "", "better", confidence)
    when = numbers(periods, "periods")
    same_length(when, "periods", len(gaps))
    if len({(gap.statistic, gap.higher, gap.unit) for gap in gaps}) > 1:
        raise InputError("The gaps mix statistics, units or directions: compare like with like.")
    pairs = [(gap.disadvantage, gap.se) for gap in gaps]
    known = np.array([None not in pair and pair[1] != 0 for pair in pairs], dtype=bool)
    if known.sum() < 3:
        raise InputError("A trend needs three periods or more with a value and an error.")
    y = np.array([pair[0] for pair in pairs if None not in pair and pair[1] != 0], dtype=float)
    errors = np.array([pair[1] for pair in pairs if None not in pair and pair[1] != 0], dtype=float)
    side = np.sign(y @ errors**-2)
    if (np.sign(y) == -side).any() and not _unclear(y, errors, side, confidence):
        raise InputError(f"The gap in {of} changes sides: show its values, not a trend.")
    slope, se = _weighted_slope(side * y, when[known], errors)
    p = float(2 * special.ndtr(-abs(slope / se)))
    trend = _trend(slope, se, p, int(known.sum()), confidence, "weighted least squares on periods")
    return _judged(trend, of, confidence)


def adjust_for_many(
    trends: Sequence[Trend],
    of: Sequence[str],
    *,
    method: Adjustment = "benjamini-hochberg",
    confidence: float = 0.95,
) -> list[Trend]:
    """Return the trends with p values adjusted for how many were tested, judged anew.

    Parameters
    ----------
    trends
        From :func:`gap_trend`.
    of
        What each is about.
    method
        ``benjamini-hochberg`` (share of false findings), ``holm`` or ``bonferroni``.
    confidence
        1 minus the error rate held.

    Returns
    -------
    list of Trend
        In the same order; ``method`` says what was done.

    Raises
    ------
    InputError
        There are not as many names as trends.
    """
    if len(of) != len(trends):
        raise InputError(f"{len(of)} names for {len(trends)} trends: give one each.")
    adjusted = adjusted_p([trend.p for trend in trends], method=method)
    said = f"; p adjusted for {len(trends)} tests ({method})"
    return [
        _judged(replace(trend, p=float(p), method=f"{trend.method}{said}"), name, confidence)
        for trend, p, name in zip(trends, adjusted, of, strict=True)
    ]


def adjusted_p(p: ArrayLike, *, method: Adjustment = "benjamini-hochberg") -> Floats:
    """Return p values adjusted for how many there are.

    Parameters
    ----------
    p
        Between 0 and 1.
    method
        As for :func:`adjust_for_many`.

    Returns
    -------
    array
        In the same order.

    Raises
    ------
    InputError
        A value is missing or not between 0 and 1.

    Notes
    -----
    Benjamini & Hochberg 1995, doi:10.1111/j.2517-6161.1995.tb02031.x; Holm 1979.

    Examples
    --------
    >>> adjusted_p([0.01, 0.04, 0.03])
    array([0.03, 0.04, 0.04])
    """
    values = numbers(p, "p")
    if not ((values >= 0) & (values <= 1)).all():
        raise InputError("'p' must be between 0 and 1 in every row.")
    if not len(values):
        return values
    return np.asarray(multipletests(values, method=_NAMES[method])[1], dtype=np.float64)


def cochran_armitage(
    count: ArrayLike, total: ArrayLike, *, scores: ArrayLike | None = None
) -> tuple[float, float]:
    """Return the chi-square and p value of a linear trend in proportions.

    Parameters
    ----------
    count, total
        Those with the condition, of those asked, in each period.
    scores
        The periods; 1, 2, 3, ... when not given.

    Returns
    -------
    tuple of two floats
        Chi-square on one degree of freedom, and p. NaN where all or none have it.

    Raises
    ------
    InputError
        Fewer than two periods, a count above its total, or a total that is not above 0.

    Notes
    -----
    Armitage 1955, doi:10.2307/3001775; with n, not n - 1, as R's ``prop.trend.test``.
    """
    x, n, t = _periods(count, total, scores)
    if (x > n).any():
        raise InputError("A count exceeds its total.")
    p = x.sum() / n.sum()
    middle = (n @ t) / n.sum()
    spread = p * (1 - p) * (n @ (t - middle) ** 2)
    if spread == 0:
        return float("nan"), float("nan")
    chi_square = float((x @ (t - middle)) ** 2 / spread)
    return chi_square, float(special.chdtrc(1, chi_square))


def proportion_trend(
    count: ArrayLike,
    total: ArrayLike,
    *,
    periods: ArrayLike | None = None,
    confidence: float = 0.95,
    of: str = "the proportion",
) -> Trend:
    """Return the trend of a proportion: change of its log odds a period (logistic model).

    Parameters
    ----------
    count, total
        Those with the condition, of those asked, in each period.
    periods
        When; 1, 2, 3, ... when not given.
    confidence
        Of the interval.
    of
        What was measured.

    Returns
    -------
    Trend
        ``change`` is None.

    Raises
    ------
    InputError
        As for :func:`cochran_armitage`.
    """
    x, n, t = _periods(count, total, periods)
    if (x > n).any() or not 0 < x.sum() < n.sum():
        raise InputError("A count exceeds its total, or all or none have the condition.")
    model = sm.GLM(np.column_stack([x, n - x]), sm.add_constant(t), family=sm.families.Binomial())
    return _model_trend(model, "log odds a period, logistic model", of, len(t), confidence)


def rate_trend(
    count: ArrayLike,
    population: ArrayLike,
    *,
    periods: ArrayLike | None = None,
    confidence: float = 0.95,
    of: str = "the rate",
) -> Trend:
    """Return the trend of a rate: change of its logarithm a period (Poisson model).

    Parameters
    ----------
    count, population
        Events, and people at risk, in each period.
    periods, confidence, of
        As for :func:`proportion_trend`.

    Returns
    -------
    Trend
        ``change`` is None.

    Raises
    ------
    InputError
        Fewer than two periods, a negative count, nobody at risk, or no events at all.
    """
    x, n, t = _periods(count, population, periods)
    if not x.sum() > 0:
        raise InputError("There are no events: their rate has no trend.")
    model = sm.GLM(x, sm.add_constant(t), family=sm.families.Poisson(), offset=np.log(n))
    return _model_trend(model, "logarithm a period, Poisson model", of, len(t), confidence)


def _unclear(y: Floats, errors: Floats, side: float, confidence: float) -> bool:
    """Whether no period lies clearly on the other side."""
    return bool((side * y + z_of(confidence) * errors > 0).all())


def _weighted_slope(y: Floats, t: Floats, errors: Floats) -> tuple[float, float]:
    w = errors**-2
    centred = t - (w @ t) / w.sum()
    spread = float(w @ centred**2)
    if spread == 0:
        raise InputError("'periods' are all the same: there is no time to change in.")
    return float((w * centred) @ y / spread), float(spread**-0.5)


def _periods(
    count: ArrayLike, total: ArrayLike, periods: ArrayLike | None
) -> tuple[Floats, Floats, Floats]:
    x, n = numbers(count, "count"), numbers(total, "total")
    t = np.arange(1.0, len(x) + 1) if periods is None else numbers(periods, "periods")
    same_length(n, "total", len(x))
    same_length(t, "periods", len(x))
    if len(np.unique(t)) < 2 or np.isnan(t).any():
        raise InputError("A trend needs two periods or more.")
    if not (x >= 0).all() or not (n > 0).all():
        raise InputError("Counts must be 0 or more and totals above 0 in every period.")
    return x, n, t


def _model_trend(model: sm.GLM, method: str, of: str, periods: int, confidence: float) -> Trend:
    measured("", "", "better", confidence)
    fit = model.fit(tol=1e-12)
    slope, se = float(fit.params[1]), float(fit.bse[1])
    trend = _trend(slope, se, float(fit.pvalues[1]), periods, confidence, method)
    way = "rising" if slope > 0 else "falling"
    clear = trend.p < 1 - confidence
    return replace(
        trend, sentence=f"There is no clear trend in {of}." if not clear else f"{of} is {way}."
    )


def _trend(
    slope: float, se: float, p: float, periods: int, confidence: float, method: str
) -> Trend:
    low, high = _around(slope, se, confidence)
    return Trend(slope, se, low, high, confidence, p, periods, None, method, "")


def _around(value: float, se: float, confidence: float) -> Limits:
    half = z_of(confidence) * se
    return value - half, value + half


def _judged(trend: Trend, of: str, confidence: float) -> Trend:
    change: Change = "no clear change"
    if trend.p < 1 - confidence:
        change = "narrowing" if trend.slope < 0 else "widening"
    sentence = (
        f"There is no clear change in the gap in {of} over {trend.periods} periods."
        if change == "no clear change"
        else f"The gap in {of} is {change} over {trend.periods} periods."
    )
    return replace(trend, change=change, sentence=sentence)
