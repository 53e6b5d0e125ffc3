"""How groups vary about their mean: variance, standard deviation, coefficient of variation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.gaps import sentences
from mobilise.gaps.checks import Floats, grouped, measured, z_of
from mobilise.gaps.records import Gap, Limits, Measured, defined, undefined
from mobilise.gaps.simulate import DRAWS, simulated_limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from mobilise.gaps.checks import Grouped

EVERY = (0.0, float("inf"))


def between_group_variance(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    se: ArrayLike | None = None,
    confidence: float = 0.95,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return the population-weighted variance of groups about their mean.

    Parameters
    ----------
    values
        One a group.
    population
        People in each.
    higher
        What a higher value means for people.
    se
        Standard errors of the values, for an interval (Ahn et al. 2018,
        doi:10.1200/CCI.18.00031).
    confidence
        Of the interval.
    of, unit
        What was measured, and its unit; the variance is in its square.

    Returns
    -------
    Gap
        0 or more.

    Raises
    ------
    InputError
        An argument is out of its range.
    """
    about = measured(of, unit, higher, confidence)
    kept = grouped(values, population, se)
    squared = f"{unit} squared".strip()
    statistic, name = "between_group_variance", "between-group variance"
    if not kept.n:
        return _no_values(statistic, name, about, kept, squared)
    w, apart = kept.share, kept.y - kept.mean
    value, error, interval = float(w @ apart**2), None, None
    if kept.errors is not None:
        s = kept.errors
        first = ((w * s * apart) ** 2).sum()
        second = ((w * s) ** 2).sum() ** 2 - ((w * s) ** 4).sum()
        third = (w**2 * (1 - w) ** 2 * s**4).sum()
        error = float(np.sqrt(4 * first + 2 * (second + third)))
        interval = _around(value, error, confidence)
    return _spread(statistic, name, value, interval, about, kept, unit=squared, se=error)


def between_group_standard_deviation(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    se: ArrayLike | None = None,
    bounds: tuple[float, float] = EVERY,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = DRAWS,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return the population-weighted standard deviation of groups about their mean.

    Parameters
    ----------
    values, population, higher
        As for :func:`between_group_variance`.
    se
        Standard errors of the values; the interval is then simulated
        (:func:`mobilise.gaps.simulate.simulated_limits`).
    bounds
        The least and the greatest a value can be.
    confidence, seed, draws
        Of the simulated interval.
    of, unit
        What was measured, and its unit.

    Returns
    -------
    Gap
        0 or more.

    Raises
    ------
    InputError
        An argument is out of its range.
    """
    return simulated_record(
        "between_group_standard_deviation", "between-group standard deviation", _deviation,
        grouped(values, population, se), measured(of, unit, higher, confidence),
        bounds=bounds, seed=seed, draws=draws,
    )  # fmt: skip


def coefficient_of_variation(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    se: ArrayLike | None = None,
    bounds: tuple[float, float] = EVERY,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = DRAWS,
    of: str = "the value",
) -> Gap:
    """Return the between-group standard deviation in percent of the mean.

    Parameters
    ----------
    values, population, higher, se, bounds, confidence, seed, draws, of
        As for :func:`between_group_standard_deviation`.

    Returns
    -------
    Gap
        In percent; None where the mean is zero.

    Raises
    ------
    InputError
        An argument is out of its range.
    """
    return simulated_record(
        "coefficient_of_variation", "coefficient of variation",
        lambda y, w: 100 * _deviation(y, w) / (y @ w),
        grouped(values, population, se), measured(of, "%", higher, confidence),
        bounds=bounds, seed=seed, draws=draws,
    )  # fmt: skip


def _deviation(y: Floats, w: Floats) -> Floats:
    apart: Floats = np.sqrt((y - (y @ w)[..., None]) ** 2 @ w)
    return apart


def _around(value: float, se: float, confidence: float) -> Limits:
    half = z_of(confidence) * se
    return float(value - half), float(value + half)


def _no_values(statistic: str, name: str, about: Measured, kept: Grouped, unit: str) -> Gap:
    why = "the mean is zero" if kept.n else "there are no values"
    sentence = sentences.undefined_sentence(f"The {name} of", about, why)
    method = f"{name[0].upper()}{name[1:]}.{kept.said}"
    return undefined(
        statistic, about, n=kept.n, method=method, why=why, sentence=sentence, unit=unit
    )


def simulated_record(
    statistic: str,
    name: str,
    measure: Callable[[Floats, Floats], Floats],
    kept: Grouped,
    about: Measured,
    *,
    bounds: tuple[float, float],
    seed: int,
    draws: int,
) -> Gap:
    """Return the record of a measure of values and shares, its limits simulated."""
    if not kept.n or (about.unit == "%" and kept.mean == 0):
        return _no_values(statistic, name, about, kept, about.unit)
    share = kept.share
    value, interval, how = float(measure(kept.y, share)), None, ""
    if kept.errors is not None:
        interval = simulated_limits(
            lambda drawn: measure(drawn, share), kept.y, kept.errors,
            bounds=bounds, confidence=about.confidence, seed=seed, draws=draws,
        )  # fmt: skip
        how = f"percentiles of {draws:,} draws, seed {seed}"
    return _spread(statistic, name, value, interval, about, kept, unit=about.unit, how=how)


def _spread(
    statistic: str,
    name: str,
    value: float,
    interval: Limits | None,
    about: Measured,
    kept: Grouped,
    *,
    unit: str,
    se: float | None = None,
    how: str = "",
) -> Gap:
    how = how or ("error by formula" if interval else "no interval")
    alike = "0 means that every group has the same"
    return defined(
        statistic, value, about, n=kept.n,
        method=f"{name[0].upper()}{name[1:]}; {how}.{kept.said}",
        sentence=sentences.spread_sentence(
            value, interval, about, name=name, scale=alike, unit=unit
        ),
        se=se, limits=interval, unit=unit,
    )  # fmt: skip
