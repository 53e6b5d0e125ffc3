"""Slope and relative index of inequality: the whole gradient in one number each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from scipy import special

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import (
    Z95,
    Floats,
    Grouped,
    grouped,
    limits,
    measured,
    numbers,
    same_length,
    z_of,
)
from mobilise.gaps.line import (
    Line,
    end_weights,
    fieller,
    line_from_errors,
    line_from_scatter,
)
from mobilise.gaps.ranks import order_of, ranks_of
from mobilise.gaps.records import Gap, Limits, defined, undefined
from mobilise.gaps.simulate import simulated_ends

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Fit: TypeAlias = Literal["linear", "log", "logit"]


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
    errors: Fit | None = None,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = 100_000,
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
        One an area; see :func:`mobilise.gaps.mid_ranks`. Areas without it are left out.
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
    errors
        The scale on which the published limits are even about their value; that of the
        fit when not given. For a linear fit to rates give ``log``, to proportions
        ``logit``: the interval is then simulated.
    confidence
        Of the interval asked for.
    seed, draws
        Of the simulation, where there is one.
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
    'At the most deprived end life expectancy is 12.0 years shorter than at the least
    deprived end (95% interval 9.9 to 14.1): worse for people there.'
    """
    about = measured(of, unit, higher, confidence)
    fitted = _fitted(
        values, population, order_of(deprivation, deprivation_higher), lower, upper,
        fit=fit, errors=errors or fit, confidence=confidence, simulation=(seed, draws),
    )  # fmt: skip
    method = f"Slope index of inequality: {fitted.method}"
    if fitted.line is None:
        what = "The gap between the most and the least deprived areas in"
        sentence = sentences.undefined_sentence(what, about, fitted.why)
        return undefined(
            "slope_index", about, n=fitted.n, method=method, why=fitted.why, sentence=sentence
        )
    ends = _ends(fitted.line, fit)
    value = float(ends[1] - ends[0])
    interval, se = None, None
    if fitted.drawn is not None:
        interval = _percentiles(fitted.drawn[1] - fitted.drawn[0], confidence)
    elif np.isfinite(fitted.critical):
        low, high = (_ends(fitted.line, fit, side * fitted.critical) for side in (-1, 1))
        interval = (float(low[1] - low[0]), float(high[1] - high[0]))
        se = float(fitted.line.slope_se) if fit == "linear" else None
    return defined(
        "slope_index",
        value,
        about,
        n=fitted.n,
        method=f"{method} {_ends_said(ends, unit)}",
        sentence=sentences.slope_sentence(value, interval, about),
        se=se,
        limits=interval,
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
    errors: Fit | None = None,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = 100_000,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return the relative index of inequality: least deprived over most deprived.

    The ratio of the ends of the line of :func:`slope_index`; limits by Fieller's method
    on a linear fit (where the errors are normal, the limits that a simulation tends to),
    and from the limits of the slope, turned on the fitted middle, on the other scales.

    Parameters
    ----------
    values, deprivation, population, higher, deprivation_higher, lower, upper
        As for :func:`slope_index`.
    fit, errors, confidence, seed, draws, of, unit
        As for :func:`slope_index`.

    Returns
    -------
    Gap
        ``statistic`` is ``relative_index``, ``unit`` ``ratio``. Limits are None where
        they are unbounded. Where the line falls below zero at one end the ratio means
        little, and ``method`` warns of it.

    Raises
    ------
    InputError
        As for :func:`slope_index`.

    Notes
    -----
    Kunst & Mackenbach 1997, doi:10.1016/S0277-9536(96)00073-1; limits: Fieller 1954,
    doi:10.1111/j.2517-6161.1954.tb00159.x.
    """
    about = measured(of, unit, higher, confidence)
    fitted = _fitted(
        values, population, order_of(deprivation, deprivation_higher), lower, upper,
        fit=fit, errors=errors or fit, confidence=confidence, simulation=(seed, draws),
    )  # fmt: skip
    method = f"Relative index of inequality: {fitted.method}"
    ends = (np.zeros(()), np.zeros(())) if fitted.line is None else _ends(fitted.line, fit)
    if ends[0] == 0:
        why = fitted.why or "the fitted value of the most deprived is zero"
        what = "The ratio between the most and the least deprived areas of"
        sentence = sentences.undefined_sentence(what, about, why)
        return undefined(
            "relative_index", about, n=fitted.n, method=method, why=why, sentence=sentence,
            unit="ratio",
        )  # fmt: skip
    value = float(ends[1] / ends[0])
    interval = _ratio_limits(fitted, fit, confidence)
    return defined(
        "relative_index",
        value,
        about,
        n=fitted.n,
        method=f"{method} {_ends_said(ends, unit)}{_below_zero(ends)}",
        sentence=sentences.ratio_sentence(value, interval, about),
        limits=interval,
        unit="ratio",
    )


@dataclass(frozen=True)
class _Fitted:
    """A line on the fitted scale, or why there is none."""

    line: Line | None
    critical: float
    n: int
    method: str
    drawn: tuple[Floats, Floats] | None = None
    why: str = ""


def _fitted(
    values: ArrayLike,
    population: ArrayLike,
    order: Floats,
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    *,
    fit: Fit,
    errors: Fit,
    confidence: float,
    simulation: tuple[int, int],
) -> _Fitted:
    y = numbers(values, "values")
    same_length(order, "deprivation", len(y))
    around = limits(y, lower, upper)
    if errors != fit and (fit != "linear" or around is None):
        raise InputError("'errors' on another scale need published limits and a linear fit.")
    spread = None
    if around is not None:
        low, high = (to_scale(side, errors) for side in around)
        spread = (high - low) / (2 * Z95)
    kept = grouped(np.where(np.isnan(order), np.nan, y), population, spread)
    scale = "" if fit == "linear" else f" on the {fit} scale"
    method = f"population-weighted least squares on mid-ranks{scale}"
    if len(np.unique(order[kept.kept])) < 2:
        why = "fewer than two levels of deprivation have a value"
        return _Fitted(None, np.nan, kept.n, f"{method}.{kept.said}", why=why)
    ranks = ranks_of(order[kept.kept], kept.people)
    if errors != fit:
        return _simulated(kept, ranks, method, errors=errors, simulation=simulation)
    scaled = to_scale(kept.y, fit)
    if kept.errors is not None:
        line = line_from_errors(scaled, ranks, kept.people, kept.errors)
        critical = z_of(confidence)
        how = "errors from the published 95% limits, in closed form."
    elif kept.n > 2:
        line = line_from_scatter(scaled, ranks, kept.people)
        critical = float(special.stdtrit(kept.n - 2, (1 + confidence) / 2))
        how = f"errors from the scatter about the line (HC3, t on {kept.n - 2} degrees of freedom)."
    else:
        line, critical = line_from_scatter(scaled, ranks, kept.people), np.nan
        how = "no interval from two values."
    return _Fitted(line, critical, kept.n, f"{method}; {how}{kept.said}")


def _simulated(
    kept: Grouped, ranks: Floats, method: str, *, errors: Fit, simulation: tuple[int, int]
) -> _Fitted:
    assert kept.errors is not None
    seed, draws = simulation
    line = line_from_errors(kept.y, ranks, kept.people, np.zeros(kept.n))
    drawn = simulated_ends(
        to_scale(kept.y, errors), kept.errors, end_weights(ranks, kept.people),
        back=partial(from_scale, fit=errors), seed=seed, draws=draws,
    )  # fmt: skip
    how = f"limits from {draws:,} draws, normal on the {errors} scale, seed {seed}."
    return _Fitted(line, np.nan, kept.n, f"{method}; {how}{kept.said}", drawn=drawn)


def to_scale(values: Floats, fit: Fit) -> Floats:
    """Return values on the scale of the fit; those that it cannot hold are errors."""
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


def from_scale(values: Floats, fit: Fit) -> Floats:
    """Return values of the fitted scale on the natural scale."""
    if fit == "linear":
        return values
    back: Floats = np.exp(values) if fit == "log" else special.expit(values)
    return back


def _ends(line: Line, fit: Fit, critical: float = 0.0) -> tuple[Floats, Floats]:
    """Return both ends, natural scale, the slope moved by `critical` errors about the middle."""
    half = (line.slope + critical * line.slope_se) / 2
    return from_scale(line.middle - half, fit), from_scale(line.middle + half, fit)


def _percentiles(drawn: Floats, confidence: float) -> Limits:
    tail = (1 - confidence) / 2
    low, high = np.quantile(drawn, [tail, 1 - tail])
    return float(low), float(high)


def _ratio_limits(fitted: _Fitted, fit: Fit, confidence: float) -> Limits | None:
    if fitted.drawn is not None:
        return _percentiles(fitted.drawn[1] / fitted.drawn[0], confidence)
    if fitted.line is None or not np.isfinite(fitted.critical):
        return None
    if fit == "linear":
        low, high = fieller(fitted.line, fitted.critical)
    else:
        below, above = (_ends(fitted.line, fit, side * fitted.critical) for side in (-1, 1))
        low, high = below[1] / below[0], above[1] / above[0]
    return (float(low), float(high)) if np.isfinite(low) and np.isfinite(high) else None


def _ends_said(ends: tuple[Floats, Floats], unit: str) -> str:
    most, least = (sentences.quantity(float(end), unit) for end in ends)
    return f"Fitted: {most} in the most deprived, {least} in the least."


def _below_zero(ends: tuple[Floats, Floats]) -> str:
    if min(ends) > 0:
        return ""
    return " The line falls below zero at one end: read the slope index rather than this ratio."
