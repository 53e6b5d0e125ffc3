"""Funnel plots: how far from the average an area of its size may be by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.gaps.checks import Flags, Floats, numbers, same_length, z_of
from mobilise.gaps.rates import poisson_limits

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

CONFIDENCES = (0.95, 0.998)

Statistic: TypeAlias = Literal["proportion", "ratio"]


def proportion_funnel(average: float, population: ArrayLike, *, per: float = 100) -> pd.DataFrame:
    """Return the 95% and 99.8% limits of a proportion for places of given sizes.

    Parameters
    ----------
    average
        The average proportion, between 0 and 1.
    population
        Sizes, above 0.
    per
        100 for percent.

    Returns
    -------
    DataFrame
        ``population, lower_95, upper_95, lower_998, upper_998, average``; limits stay
        within 0 and `per`.

    Raises
    ------
    InputError
        The average or a size is out of its range.

    Notes
    -----
    Spiegelhalter 2005, doi:10.1002/sim.1970, on Wilson's score limits: the proportions
    whose Wilson interval just touches the average.
    """
    if not 0 <= average <= 1:
        raise InputError(f"'average' is {average:g}: give a proportion between 0 and 1.")
    size = numbers(population, "population")
    if not (size > 0).all():
        raise InputError("'population' must be above 0 in every row.")
    frame = pd.DataFrame({"population": size})
    for name, confidence in zip(("95", "998"), CONFIDENCES, strict=True):
        low, high = _score_limits(average, size, z_of(confidence))
        frame[f"lower_{name}"] = np.maximum(low, 0.0) * per
        frame[f"upper_{name}"] = np.minimum(high, 1.0) * per
    return frame.assign(average=average * per)


def ratio_funnel(observed: ArrayLike) -> pd.DataFrame:
    """Return, for numbers of observed events, the expected events at which they stand out.

    Parameters
    ----------
    observed
        Events, 1 or more.

    Returns
    -------
    DataFrame
        ``observed``; for each of ``95`` and ``998``: ``expected_low_95`` (so many expected
        that the observed are just low), ``ratio_low_95`` (observed over these, less 1),
        ``expected_high_95``, ``ratio_high_95``.

    Raises
    ------
    InputError
        A count is negative.
    """
    events = numbers(observed, "observed")
    frame = pd.DataFrame({"observed": events})
    for name, confidence in zip(("95", "998"), CONFIDENCES, strict=True):
        low, high = poisson_limits(events, confidence=confidence, method="exact")
        frame[f"expected_low_{name}"], frame[f"ratio_low_{name}"] = high, events / high - 1
        frame[f"expected_high_{name}"], frame[f"ratio_high_{name}"] = low, events / low - 1
    return frame


def funnel_position(
    count: ArrayLike, denominator: ArrayLike, *, statistic: Statistic = "proportion"
) -> pd.Series:
    """Say where each area lies in the funnel around the average.

    Parameters
    ----------
    count
        Events in each area.
    denominator
        People asked (``proportion``) or events expected (``ratio``), above 0.
    statistic
        ``proportion``: against all areas together; ``ratio``: observed against expected.

    Returns
    -------
    Series of text
        ``low 99.8%``, ``low 95%``, ``within``, ``high 95%`` or ``high 99.8%``.

    Raises
    ------
    InputError
        A count is negative, above its denominator (proportion), or a denominator is not
        above 0.
    """
    events, size = numbers(count, "count"), numbers(denominator, "denominator")
    same_length(size, "denominator", len(events))
    if not (size > 0).all() or not (events >= 0).all():
        raise InputError("'denominator' must be above 0 and 'count' 0 or more in every row.")
    if statistic == "proportion" and (events > size).any():
        row = int((events > size).argmax())
        raise InputError(f"Row {row + 1}: {events[row]:g} of {size[row]:g} is more than all.")
    below: list[Flags] = []
    above: list[Flags] = []
    for confidence in CONFIDENCES:
        if statistic == "proportion":
            low, high = _score_limits(float(events.sum() / size.sum()), size, z_of(confidence))
            below.append(events / size < low)
            above.append(events / size > high)
        else:
            low, high = poisson_limits(events, confidence=confidence, method="exact")
            below.append(high < size)
            above.append(low > size)
    chosen = np.select(
        [below[1], below[0], above[1], above[0]],
        ["low 99.8%", "low 95%", "high 99.8%", "high 95%"],
        default="within",
    )
    return pd.Series(chosen, dtype="str")


def _score_limits(average: float, size: Floats, z: float) -> tuple[Floats, Floats]:
    """Return the proportions whose Wilson interval just touches the average."""
    half = z * np.sqrt(average * (1 - average) / size)
    return average - half, average + half
