"""Where each area stands on the scale of deprivation, from 0 (most) to 1 (least)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps.checks import Floats, direction, numbers, same_length, weights

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def mid_ranks(deprivation: ArrayLike, *, population: ArrayLike, higher: str = "worse") -> Floats:
    """Return each area's population-weighted mid-rank, most deprived first.

    Parameters
    ----------
    deprivation
        One value an area; only its order counts. Areas with the same value share the
        middle of their common band, so the order of rows never matters.
    population
        People in each area, 0 or more.
    higher
        ``worse`` when a higher value is more deprived (a score), ``better`` when it is
        less deprived (a rank or decile with 1 = most deprived, or an income).

    Returns
    -------
    array
        Between 0 (most deprived) and 1 (least); the population-weighted mean is 1/2.

    Raises
    ------
    InputError
        A value is missing or infinite, or the lengths differ.

    Examples
    --------
    >>> mid_ranks([40.0, 25.0, 10.0], population=[100, 100, 200])
    array([0.125, 0.375, 0.75 ])
    """
    order = order_of(deprivation, higher)
    people = weights(population, len(order))
    if np.isnan(order).any():
        row = int(np.isnan(order).argmax()) + 1
        raise InputError(f"'deprivation' is missing in row {row}: leave out areas without it.")
    return ranks_of(order, people)


def order_of(deprivation: ArrayLike, higher: str, count: int | None = None) -> Floats:
    """Return `deprivation` turned so that the lowest value is the most deprived."""
    order = numbers(deprivation, "deprivation")
    if count is not None:
        same_length(order, "deprivation", count)
    return -order if direction(higher) == "worse" else order


def ranks_of(order: Floats, people: Floats) -> Floats:
    """Return weighted mid-ranks of a checked `order`, lowest first, ties in the middle."""
    _, band = np.unique(order, return_inverse=True)
    held = np.bincount(band, weights=people)
    share = held / held.sum()
    middle: Floats = np.cumsum(share) - share / 2
    return middle[band]
