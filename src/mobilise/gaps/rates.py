"""Rates, proportions and means of many areas at once, with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd
from scipy import special
from statsmodels.stats.proportion import proportion_confint

from mobilise.errors import InputError
from mobilise.gaps.checks import Flags, Floats, measured, numbers, same_length, z_of

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

PoissonMethod: TypeAlias = Literal["byar", "exact", "public-health"]

# Fewer events than this: exact limits, and no standardised rate (public-health practice).
FEW_EVENTS = 10


def poisson_limits(
    count: ArrayLike, *, confidence: float = 0.95, method: PoissonMethod = "public-health"
) -> tuple[Floats, Floats]:
    """Return the limits of counts of events.

    Parameters
    ----------
    count
        Events, 0 or more; need not be whole. Missing counts have missing limits.
    confidence
        Of the interval.
    method
        ``byar`` (Breslow & Day 1987): lower limit missing at 0, where it is not defined;
        ``exact`` (chi-square, 0 at 0); ``public-health``: exact below 10 events, else Byar.

    Returns
    -------
    tuple of arrays
        Lower and upper limits, in events.

    Raises
    ------
    InputError
        A count is negative, or `confidence` is out of its range.

    Examples
    --------
    >>> low, high = poisson_limits([0, 25])
    >>> low.round(2), high.round(2)
    (array([ 0.  , 16.17]), array([ 3.69, 36.91]))
    """
    measured("", "", "worse", confidence)
    events = _counts(count, "count")
    if method == "byar":
        return _byar(events, confidence)
    exact = _exact(events, confidence)
    if method == "exact":
        return exact
    byar = _byar(events, confidence)
    few = events < FEW_EVENTS
    return np.where(few, exact[0], byar[0]), np.where(few, exact[1], byar[1])


def crude_rate(
    count: ArrayLike, population: ArrayLike, *, per: float = 100_000, confidence: float = 0.95
) -> pd.DataFrame:
    """Return the crude rate of each area with public-health limits.

    Parameters
    ----------
    count
        Events in each area.
    population
        Person-years or people at risk.
    per
        The rate's multiplier.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        ``value, lower, upper`` per `per` people, and ``reason`` where there is no rate
        (nobody at risk, or no count).

    Raises
    ------
    InputError
        A count or population is negative.
    """
    events, people = _counts(count, "count"), _counts(population, "population")
    same_length(people, "population", len(events))
    low, high = poisson_limits(events, confidence=confidence)
    at_risk = np.where(people > 0, people, np.nan)
    return _table(
        events / at_risk * per, low / at_risk * per, high / at_risk * per,
        {"the count is missing": np.isnan(events), "nobody is at risk": ~(people > 0)},
    )  # fmt: skip


def proportion(
    count: ArrayLike,
    total: ArrayLike,
    *,
    per: float = 100,
    confidence: float = 0.95,
    method: Literal["wilson", "exact"] = "wilson",
) -> pd.DataFrame:
    """Return the proportion of each area with Wilson or exact (Clopper-Pearson) limits.

    Parameters
    ----------
    count, total
        Those with the condition, of those asked.
    per
        100 for percent.
    confidence
        Of the interval.
    method
        ``wilson`` (Wilson 1927, doi:10.1080/01621459.1927.10502953) or ``exact``.

    Returns
    -------
    DataFrame
        ``value, lower, upper`` per `per`, and ``reason`` where there is none.

    Raises
    ------
    InputError
        A count is negative or above its total.
    """
    measured("", "", "worse", confidence)
    events, asked = _counts(count, "count"), _counts(total, "total")
    same_length(asked, "total", len(events))
    if (above := events > asked).any():
        row = int(above.argmax())
        raise InputError(
            f"Row {row + 1}: {events[row]:g} of {asked[row]:g} is more than all: "
            "the numerator of a proportion cannot exceed its denominator."
        )
    known = (asked > 0) & ~np.isnan(events)
    low, high = np.full(len(events), np.nan), np.full(len(events), np.nan)
    low[known], high[known] = proportion_confint(
        events[known],
        asked[known],
        alpha=1 - confidence,
        method="wilson" if method == "wilson" else "beta",
    )
    value = np.divide(events, asked, out=np.full(len(events), np.nan), where=known)
    return _table(
        value * per, low * per, high * per,
        {"the count is missing": np.isnan(events), "nobody was asked": ~(asked > 0)},
    )  # fmt: skip


def mean(values: ArrayLike, group: ArrayLike, *, confidence: float = 0.95) -> pd.DataFrame:
    """Return the mean of each group of measurements with Student's limits.

    Parameters
    ----------
    values
        Measurements; missing ones are left out.
    group
        The group of each.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        Index: the groups in order. ``value, lower, upper, sd, n`` and ``reason``: one
        measurement has no interval.
    """
    measured("", "", "worse", confidence)
    by = pd.Series(numbers(values, "values")).groupby(np.asarray(group))
    value, sd = (np.asarray(part.to_numpy(), np.float64) for part in (by.mean(), by.std()))
    n = by.count()
    size = n.to_numpy()
    critical = special.stdtrit(np.maximum(size - 1, 1), (1 + confidence) / 2)
    half: Floats = np.where(size > 1, critical * sd / np.sqrt(np.maximum(size, 1)), np.nan)
    why = {"no measurement": size == 0, "one measurement has no interval": size == 1}
    frame = _table(value, value - half, value + half, why)
    return frame.assign(sd=sd, n=size).set_index(n.index)


def _counts(values: ArrayLike, name: str) -> Floats:
    array = numbers(values, name)
    if (array < 0).any():
        row = int((array < 0).argmax())
        raise InputError(f"'{name}' is {array[row]:g} in row {row + 1}: give 0 or more.")
    return array


def _byar(events: Floats, confidence: float) -> tuple[Floats, Floats]:
    z = z_of(confidence)
    with np.errstate(divide="ignore", invalid="ignore"):
        low = events * (1 - 1 / (9 * events) - z / (3 * np.sqrt(events))) ** 3
    more = events + 1
    high = more * (1 - 1 / (9 * more) + z / (3 * np.sqrt(more))) ** 3
    return np.where(low >= 0, low, np.nan), high


def _exact(events: Floats, confidence: float) -> tuple[Floats, Floats]:
    tail = (1 - confidence) / 2
    # Poisson tails are incomplete gamma functions: half the chi-square quantiles.
    low = special.gammaincinv(np.where(events > 0, events, 1.0), tail)
    high: Floats = np.asarray(special.gammainccinv(events + 1, tail), dtype=np.float64)
    return np.where(events > 0, low, events * 0.0), high


def _table(value: Floats, low: Floats, high: Floats, why: dict[str, Flags]) -> pd.DataFrame:
    """Put the columns side by side; the first reason that holds, or "", says why not."""
    reason = pd.Series(np.select(list(why.values()), list(why), default=""), dtype="str")
    return pd.DataFrame({"value": value, "lower": low, "upper": high, "reason": reason})
