"""Standardised rates: what an area's rate would be if it had the standard's ages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from scipy import special

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, measured, numbers, table
from mobilise.gaps.rates import FEW_EVENTS, poisson_limits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def directly_standardised_rate(
    count: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike,
    *,
    per: float = 100_000,
    confidence: float = 0.95,
    method: Literal["byar", "exact", "gamma"] = "byar",
    events_a_person: ArrayLike | None = None,
) -> pd.DataFrame:
    """Return the directly standardised rate of each area.

    Parameters
    ----------
    count
        Events, shape (areas, bands); or, with `events_a_person`, the people with so many
        events, shape (areas, bands, len(events_a_person)). 0 where there were none.
    population
        At risk, shape (areas, bands).
    standard
        The standard population of each band, shape (bands,) or (areas, bands).
    per
        The rate's multiplier.
    confidence
        Of the interval.
    method
        Dobson's limits around ``byar`` or ``exact`` limits of the count, or the
        ``gamma`` limits of Fay & Feuer.
    events_a_person
        Where events cluster in persons (admissions): how many events the people in each
        last column of `count` had; the variance allows for it.

    Returns
    -------
    DataFrame
        One row an area: ``value, lower, upper`` per `per`, ``events, population``, and
        ``reason`` where there is no rate: fewer than 10 events, or a band with nobody in it.

    Raises
    ------
    InputError
        Shapes differ, or a count or population is negative or missing.

    Notes
    -----
    Dobson et al. 1991, doi:10.1002/sim.4780100317; Fay & Feuer 1997, Stat Med 16:791;
    as PHEindicatormethods has them.

    Examples
    --------
    >>> directly_standardised_rate([[10, 30]], [[1000, 1000]], [3, 1])[["value"]]
        value
    0  1500.0
    """
    measured("", "", "worse", confidence)
    people = _complete(table(population, "population"), "population")
    each, events = _events(count, people.shape, events_a_person)
    weight = _weights(standard, people)
    total = events.sum(axis=1)
    rate = (weight * events).sum(axis=1)
    variance = (weight**2 * each).sum(axis=1)
    if method == "gamma":
        low, high = _gamma(rate, variance, np.nanmax(weight, axis=1), confidence)
    else:
        limits = poisson_limits(total, confidence=confidence, method=method)
        with np.errstate(divide="ignore", invalid="ignore"):
            low, high = (rate + np.sqrt(variance / total) * (side - total) for side in limits)
    empty, few = (people == 0).any(axis=1), total < FEW_EVENTS
    shown = np.where(empty | few, np.nan, per)
    reason = np.select([empty, few], ["a band has nobody in it", "fewer than 10 events"], "")
    return pd.DataFrame(
        {
            "value": rate * shown,
            "lower": low * shown,
            "upper": high * shown,
            "events": total,
            "population": people.sum(axis=1),
            "reason": pd.Series(reason, dtype="str"),
        }
    )


def indirectly_standardised_ratio(
    count: ArrayLike,
    population: ArrayLike,
    reference_rate: ArrayLike,
    *,
    per: float = 100,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the ratio of observed to expected events of each area.

    Parameters
    ----------
    count, population
        Shape (areas, bands).
    reference_rate
        Events a person of the reference, shape (bands,) or (areas, bands).
    per
        What the reference is set to, usually 100; for the indirectly standardised rate
        give the reference's crude rate with its multiplier.
    confidence
        Of the interval.

    Returns
    -------
    DataFrame
        One row an area: ``value, lower, upper, observed, expected``, and ``reason``
        where nothing is expected.

    Raises
    ------
    InputError
        Shapes differ, or a count, population or rate is negative or missing.

    Notes
    -----
    Limits of the count (exact below 10 events, else Byar) over the expected events.
    """
    people = _complete(table(population, "population"), "population")
    events = _complete(table(count, "count", people.shape), "count")
    rate = np.broadcast_to(np.asarray(reference_rate, dtype=np.float64), people.shape)
    rate = _complete(table(rate, "reference_rate"), "reference_rate")
    observed, expected = events.sum(axis=1), (people * rate).sum(axis=1)
    low, high = poisson_limits(observed, confidence=confidence)
    over = np.where(expected > 0, expected, np.nan)
    return pd.DataFrame(
        {
            "value": observed / over * per,
            "lower": low / over * per,
            "upper": high / over * per,
            "observed": observed,
            "expected": expected,
            "reason": pd.Series(np.where(expected > 0, "", "no events are expected"), dtype="str"),
        }
    )


def _complete(array: Floats, name: str) -> Floats:
    if (missing := np.isnan(array)).any():
        row = int(np.argwhere(missing)[0][0])
        raise InputError(f"'{name}' is missing in row {row + 1}: give 0 where there is none.")
    return array


def _events(
    count: ArrayLike, shape: tuple[int, ...], events_a_person: ArrayLike | None
) -> tuple[Floats, Floats]:
    """Return the sum of squared events, which is the variance, and the events of each band."""
    if events_a_person is None:
        events = _complete(table(count, "count", shape), "count")
        return events, events
    times = numbers(events_a_person, "events_a_person")
    people = _complete(table(count, "count", (*shape, len(times))), "count")
    return people @ times**2, people @ times


def _weights(standard: ArrayLike, people: Floats) -> Floats:
    ages = np.asarray(standard, dtype=np.float64)
    if ages.shape[-1:] != people.shape[1:]:
        raise InputError(
            f"'standard' has {ages.shape[-1:]} bands and 'population' {people.shape[1:]}: "
            "give one weight a band."
        )
    ages = _complete(table(np.broadcast_to(ages, people.shape), "standard"), "standard")
    held = np.where(people > 0, people, np.nan)
    weight: Floats = ages / ages.sum(axis=1, keepdims=True) / held
    return weight


def _gamma(
    rate: Floats, variance: Floats, largest: Floats, confidence: float
) -> tuple[Floats, Floats]:
    tail = (1 - confidence) / 2
    some = np.where(rate > 0, rate, np.nan)
    low = special.gammaincinv(some**2 / variance, tail) * variance / some
    more, spread = rate + largest, variance + largest**2
    return low, special.gammainccinv(more**2 / spread, tail) * spread / more
