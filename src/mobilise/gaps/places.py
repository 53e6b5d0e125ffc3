"""The slope and relative index of many places at once, in closed form."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.gaps.checks import Z95, Floats, measured, z_of
from mobilise.gaps.line import Line, fieller, line_from_errors
from mobilise.gaps.slope import Fit, from_scale, to_scale

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def slope_indices(
    values: ArrayLike,
    *,
    population: ArrayLike,
    lower: ArrayLike,
    upper: ArrayLike,
    fit: Fit = "linear",
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Return the public-health slope and relative index of each place.

    Parameters
    ----------
    values
        Shape (places, groups): one a group of each place, most deprived first.
    population
        People in each, above 0.
    lower, upper
        Published 95% limits of each value.
    fit
        As for :func:`mobilise.gaps.slope_index`.
    confidence
        Of the intervals.

    Returns
    -------
    DataFrame
        One row a place: ``slope_index, slope_lower, slope_upper, relative_index,
        relative_lower, relative_upper``. Places with a missing value have none.

    Raises
    ------
    InputError
        Shapes differ, nobody is in a group, or limits are not around their value.

    Notes
    -----
    What the simulation of :func:`mobilise.gaps.slope_index` tends to, without simulating.
    """
    measured("", "", "better", confidence)
    y, people, low, high = (
        np.asarray(array, dtype=np.float64) for array in (values, population, lower, upper)
    )
    if y.ndim != 2 or not y.shape == people.shape == low.shape == high.shape or y.shape[1] < 2:
        raise InputError("Give places by groups, all four alike, with two groups or more.")
    if not (people > 0).all():
        raise InputError("'population' must be above 0 in every group.")
    if ((low > y) | (high < y)).any():
        row = int(np.argwhere((low > y) | (high < y))[0][0])
        raise InputError(f"Place {row + 1}: a value is not within its limits.")
    share = people / people.sum(axis=1, keepdims=True)
    ranks = np.cumsum(share, axis=1) - share / 2
    errors = (to_scale(high, fit) - to_scale(low, fit)) / (2 * Z95)
    line = line_from_errors(to_scale(y, fit), ranks, people, errors)
    z = z_of(confidence)
    ends = {step: _ends(line, fit, step) for step in (-z, 0.0, z)}
    if fit == "linear":
        ratio_low, ratio_high = fieller(line, z)
    else:
        ratio_low, ratio_high = (ends[step][1] / ends[step][0] for step in (-z, z))
    most, least = ends[0.0]
    return pd.DataFrame(
        {
            "slope_index": least - most,
            "slope_lower": ends[-z][1] - ends[-z][0],
            "slope_upper": ends[z][1] - ends[z][0],
            "relative_index": np.divide(least, most, out=np.full(len(y), np.nan), where=most != 0),
            "relative_lower": ratio_low,
            "relative_upper": ratio_high,
        }
    )


def _ends(line: Line, fit: Fit, step: float) -> tuple[Floats, Floats]:
    half = (line.slope + step * line.slope_se) / 2
    return from_scale(line.middle - half, fit), from_scale(line.middle + half, fit)
