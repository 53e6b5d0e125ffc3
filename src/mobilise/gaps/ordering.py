"""Quantiles of areas, such as deciles of deprivation, within each place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.errors import InputError
from mobilise.gaps.checks import numbers, same_length

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def quantiles(
    values: ArrayLike, number: int, *, within: ArrayLike | None = None, highest_first: bool = True
) -> pd.Series:
    """Return the quantile of each area, 1 to `number`.

    Parameters
    ----------
    values
        One an area, as a deprivation score; missing values have no quantile.
    number
        5 for fifths, 10 for tenths.
    within
        The place of each area; quantiles are counted within it.
    highest_first
        Quantile 1 holds the highest values (a deprivation score), or the lowest (a rank).

    Returns
    -------
    Series of Int64
        Equal values share the lowest of their quantiles, so the quantiles may differ in
        size. Missing where a place has fewer areas than quantiles.

    Raises
    ------
    InputError
        `number` is below 2.

    Notes
    -----
    As PHEindicatormethods has it: areas count, not people.

    Examples
    --------
    >>> quantiles([46.9, 12.0, 30.5, 8.1], 2).tolist()
    [1, 2, 1, 2]
    """
    if number < 2:
        raise InputError(f"'number' is {number}: give 2 quantiles or more.")
    y = pd.Series(numbers(values, "values"))
    place = np.zeros(len(y)) if within is None else np.asarray(within)
    if within is not None:
        same_length(place, "within", len(y))
    by = y.groupby(place)
    rank = by.rank(method="min", ascending=not highest_first).to_numpy(float)
    areas = by.transform("count").to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        quantile = np.floor((rank - 1) * number / areas) + 1
    return pd.Series(np.where(areas >= number, quantile, np.nan)).astype("Int64")
