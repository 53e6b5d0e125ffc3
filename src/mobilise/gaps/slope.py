"""Slope and relative index of inequality: the whole gradient in one number each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from scipy import special, stats

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import (
    Floats,
    direction,
    level_of_confidence,
    limits,
    numbers,
    same_length,
    weights,
)
from mobilise.gaps.line import Line, fieller, line_from_errors, line_from_scatter
from mobilise.gaps.ranks import ranks_of
from mobilise.gaps.records import Gap

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Fit: TypeAlias = Literal["linear", "log", "logit"]

# Published limits are taken to be 95% limits whatever confidence is asked for.
_Z95 = float(stats.norm.ppf(0.975))


@dataclass(frozen=True)
class _Fitted:
    """A line on the fitted scale, or why there is none."""

    line: Line | None
    critical: float
    n: int
    method: str
    fit: Fit
    why: str = ""


def slope_index(
    values: ArrayLike,
    *,
    deprivation: ArrayLike,
    population: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    fit: Fit = "linear",
    confidence: float = 0.95,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return the slope index of inequality: least deprived minus most deprived.

    The population-weighted least-squares line of the values on the population-weighted
    mid-ranks (most deprived = 0, least = 1), read at both ends.

    Parameters
    ----------
    values
        One an area or group, in `unit`; missing values are left out, and counted in
        ``method``.
    deprivation
        One an area; see :func:`mobilise.gaps.mid_ranks`.
    population
        People in each; areas where nobody lives carry no weight and are not counted.
    higher
        What a higher value means for people: ``better`` or ``worse``.
    deprivation_higher
        ``worse`` (a score) or ``better`` (a rank or decile with 1 = most deprived).
    lower, upper
        Published 95% limits of each value. With them the error of the index is that of
        the values (public-health method; exact, because a sum of normal errors is
        normal). Without them it is read off the scatter of areas about the line: HC3
        errors, t on n - 2 degrees of freedom.
    fit
        ``linear``, or fitted on the ``log`` (rates) or ``logit`` scale (proportions
        between 0 and 1) and read on the natural scale.
    confidence
        Of the interval asked for.
    of
        What was measured, a noun phrase that can stand before "is".
    unit
        Unit of the values.

    Returns
    -------
    Gap
        ``statistic`` is ``slope_index``; ``value`` None where fewer than two ranks have
        a value (``method`` says so).

    Raises
    ------
    InputError
        An argument is out of its range, or limits are not around their value.

    Notes
    -----
    As the Office for Health Improvement and Disparities has it (PHEindicatormethods);
    Low & Low 2004, doi:10.1093/pubmed/fdh175. Neighbouring areas are alike, so an
    interval read off the scatter is somewhat too narrow.

    Examples
    --------
    >>> gap = slope_index(
    ...     [70.0, 74.0, 78.0], lower=[69, 73, 77], upper=[71, 75, 79],
    ...     deprivation=[1, 2, 3], deprivation_higher="better", population=[10, 10, 10],
    ...     of="life expectancy", unit="years", higher="better",
    ... )
    >>> gap.sentence  # doctest: +NORMALIZE_WHITESPACE
    'In the most deprived areas life expectancy is 12.0 years shorter than in the least
    deprived (95% interval 9.9 to 14.1): worse for people there.'
    """
    better = direction(higher)
    fitted = _fitted(
        values, deprivation, population, deprivation_higher, lower, upper, fit, confidence
    )
    say = {"of": of, "unit": unit, "higher": better, "confidence": confidence}
    method = f"Slope index of inequality: {fitted.method}"
    if fitted.line is None:
        sentence = sentences.slope_sentence(None, None, why=fitted.why, **say)  # type: ignore[arg-type]
        return _undefined("slope_index", fitted, unit, better, method, sentence)
    ends = _ends(fitted.line, fit)
    value = float(ends[1] - ends[0])
    interval = None
    if np.isfinite(fitted.critical):
        low, high = (_ends(fitted.line, fit, side * fitted.critical) for side in (-1, 1))
        interval = (float(low[1] - low[0]), float(high[1] - high[0]))
    sentence = sentences.slope_sentence(value, interval, **say)  # type: ignore[arg-type]
    se = float(fitted.line.slope_se) if fit == "linear" and interval else None
    return _record(
        "slope_index", value, se, interval, confidence, fitted, unit, better, method, sentence
    )


def relative_index(
    values: ArrayLike,
    *,
    deprivation: ArrayLike,
    population: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    lower: ArrayLike | None = None,
    upper: ArrayLike | None = None,
    fit: Fit = "linear",
    confidence: float = 0.95,
    of: str = "the value",
) -> Gap:
    """Return the relative index of inequality: least deprived over most deprived.

    The ratio of the ends of the line of :func:`slope_index`; limits by Fieller's method
    on a linear fit (where the errors are normal, the limits that a simulation tends to),
    and from the limits of the slope, turned on the fitted middle, on the other scales.

    Parameters
    ----------
    values, deprivation, population, higher, deprivation_higher, lower, upper, fit, confidence, of
        As for :func:`slope_index`.

    Returns
    -------
    Gap
        ``statistic`` is ``relative_index``, ``unit`` ``ratio``. ``value`` is None where
        the line meets zero between the ends; limits are None where they are unbounded.

    Raises
    ------
    InputError
        As for :func:`slope_index`.

    Notes
    -----
    Kunst & Mackenbach 1997, doi:10.1016/S0277-9536(96)00073-1.
    """
    better = direction(higher)
    fitted = _fitted(
        values, deprivation, population, deprivation_higher, lower, upper, fit, confidence
    )
    method = f"Relative index of inequality: {fitted.method}"
    say = {"of": of, "higher": better, "confidence": confidence}
    why, ends = fitted.why, (0.0, 0.0)
    if fitted.line is not None:
        ends = _ends(fitted.line, fit)
        if min(ends) <= 0:
            why = "the fitted line meets zero between the most and the least deprived"
            method = f"{method} Not defined: {why}."
    if fitted.line is None or min(ends) <= 0:
        sentence = sentences.ratio_sentence(None, None, why=why, **say)  # type: ignore[arg-type]
        return _undefined("relative_index", fitted, "ratio", better, method, sentence)
    value = float(ends[1] / ends[0])
    interval = _ratio_limits(fitted)
    sentence = sentences.ratio_sentence(value, interval, **say)  # type: ignore[arg-type]
    return _record(
        "relative_index",
        value,
        None,
        interval,
        confidence,
        fitted,
        "ratio",
        better,
        method,
        sentence,
    )


def _fitted(
    values: ArrayLike,
    deprivation: ArrayLike,
    population: ArrayLike,
    deprivation_higher: str,
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    fit: Fit,
    confidence: float,
) -> _Fitted:
    level = level_of_confidence(confidence)
    y = numbers(values, "values")
    people = weights(population, len(y))
    order = numbers(deprivation, "deprivation")
    same_length(order, "deprivation", len(y))
    order = -order if direction(deprivation_higher) == "worse" else order
    around = limits(y, lower, upper)
    known = ~np.isnan(y) & ~np.isnan(order) & (people > 0)
    if around is not None:
        known &= ~np.isnan(around[0]) & ~np.isnan(around[1])
    left_out = int((people > 0).sum() - known.sum())
    said = f" {left_out} of {len(y)} without a value left out." if left_out else ""
    n = int(known.sum())
    if len(np.unique(order[known])) < 2:
        why = "fewer than two levels of deprivation have a value"
        return _Fitted(None, np.nan, n, f"Not defined: {why}.{said}", fit, why)
    y, people, ranks = y[known], people[known], ranks_of(order[known], people[known])
    if around is not None:
        low, high = (_to_scale(side[known], fit) for side in around)
        errors = (high - low) / (2 * _Z95)
        line = line_from_errors(_to_scale(y, fit), ranks, people, errors)
        critical = float(stats.norm.ppf((1 + level) / 2))
        method = "errors from the published 95% limits, in closed form."
    elif n > 2:
        line = line_from_scatter(_to_scale(y, fit), ranks, people)
        critical = float(stats.t.ppf((1 + level) / 2, n - 2))
        method = f"errors from the scatter about the line (HC3, t on {n - 2} degrees of freedom)."
    else:
        line = line_from_scatter(_to_scale(y, fit), ranks, people)
        critical = np.nan
        method = "no interval from two values."
    scale = "" if fit == "linear" else f" on the {fit} scale"
    method = f"population-weighted least squares on mid-ranks{scale}; {method}{said}"
    return _Fitted(line, critical, n, method, fit)


def _to_scale(values: Floats, fit: Fit) -> Floats:
    if fit == "linear":
        return values
    outside = (values <= 0) | ((values >= 1) if fit == "logit" else False)
    if outside.any():
        inside = "above 0" if fit == "log" else "strictly between 0 and 1"
        raise InputError(
            f"A {fit} fit needs values and limits {inside}; {values[outside][0]:g} is not: "
            "use fit='linear', or a proportion with events in every group."
        )
    scaled: Floats = np.log(values) if fit == "log" else special.logit(values)
    return scaled


def _from_scale(values: Floats, fit: Fit) -> Floats:
    back: Floats = {"linear": np.asarray, "log": np.exp, "logit": special.expit}[fit](values)
    return back


def _ends(line: Line, fit: Fit, critical: float = 0.0) -> tuple[Floats, Floats]:
    """Return the ends on the natural scale, the slope moved by `critical` errors about the middle."""
    half = (line.slope + critical * line.slope_se) / 2
    return _from_scale(line.middle - half, fit), _from_scale(line.middle + half, fit)


def _ratio_limits(fitted: _Fitted) -> tuple[float, float] | None:
    assert fitted.line is not None
    if not np.isfinite(fitted.critical):
        return None
    if fitted.fit == "linear":
        low, high = fieller(fitted.line, fitted.critical)
    else:
        low, high = (
            np.divide(*reversed(_ends(fitted.line, fitted.fit, side * fitted.critical)))
            for side in (-1, 1)
        )
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else None


def _record(
    statistic: str,
    value: float,
    se: float | None,
    interval: tuple[float, float] | None,
    confidence: float,
    fitted: _Fitted,
    unit: str,
    higher: str,
    method: str,
    sentence: str,
) -> Gap:
    low, high = interval or (None, None)
    return Gap(
        statistic,
        value,
        se,
        low,
        high,
        confidence if interval else None,
        fitted.n,
        unit,
        direction(higher),
        method,
        sentence,
    )


def _undefined(
    statistic: str, fitted: _Fitted, unit: str, higher: str, method: str, sentence: str
) -> Gap:
    return Gap(
        statistic, None, None, None, None, None, fitted.n, unit, direction(higher), method, sentence
    )
