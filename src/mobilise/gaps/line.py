"""The weighted line through values ranked by deprivation, and the errors of its two ends.

Arrays hold groups or areas on their last axis, so one call fits one place or many.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from mobilise.gaps.checks import Floats


@dataclass(frozen=True)
class Line:
    """A fitted line by its two ends: the most (rank 0) and the least deprived (rank 1).

    Parameters
    ----------
    most, least
        Fitted values at the ends.
    var_most, var_least, covariance
        Their sampling variances and covariance.
    """

    most: Floats
    least: Floats
    var_most: Floats
    var_least: Floats
    covariance: Floats

    @property
    def slope(self) -> Floats:
        """Least deprived minus most deprived."""
        return self.least - self.most

    @property
    def middle(self) -> Floats:
        """The fitted value halfway."""
        return (self.least + self.most) / 2

    @property
    def slope_se(self) -> Floats:
        """Standard error of the slope."""
        variance = self.var_most + self.var_least - 2 * self.covariance
        return np.sqrt(np.maximum(variance, 0.0))


def end_weights(ranks: Floats, people: Floats) -> tuple[Floats, Floats]:
    """Return what each value adds to the fitted line's most and least deprived end.

    Parameters
    ----------
    ranks, people
        Mid-ranks and population, shape (..., k), k at least 2 distinct ranks.

    Returns
    -------
    tuple of arrays
        Shape (..., k) each: the end is the sum of weight times value.
    """
    share = people / people.sum(axis=-1, keepdims=True)
    centred = ranks - (share * ranks).sum(axis=-1, keepdims=True)
    slope = share * centred / (share * centred**2).sum(axis=-1, keepdims=True)
    middle = share + slope * (0.5 - (share * ranks).sum(axis=-1, keepdims=True))
    return middle - slope / 2, middle + slope / 2


def line_from_errors(values: Floats, ranks: Floats, people: Floats, errors: Floats) -> Line:
    """Fit where each value has a known standard error, independent of the others."""
    most, least = end_weights(ranks, people)
    variance = errors**2
    return Line(
        (most * values).sum(-1),
        (least * values).sum(-1),
        (most**2 * variance).sum(-1),
        (least**2 * variance).sum(-1),
        (most * least * variance).sum(-1),
    )


def line_from_scatter(values: Floats, ranks: Floats, people: Floats) -> Line:
    """Fit where errors are read off the scatter about the line (HC3, MacKinnon & White 1985)."""
    most, least = end_weights(ranks, people)
    start, end = (most * values).sum(-1), (least * values).sum(-1)
    residual = values - (start[..., None] * (1 - ranks) + end[..., None] * ranks)
    leverage = most * (1 - ranks) + least * ranks
    jackknifed = residual / np.maximum(1 - leverage, 1e-12)
    return line_from_errors(values, ranks, people, jackknifed)


def fieller(line: Line, critical: float) -> tuple[Floats, Floats]:
    """Return the limits of least over most, exact where both ends are normal.

    Both are NaN where the most deprived end is not clearly above zero: the limits
    would then be unbounded (Fieller 1954, doi:10.1111/j.2517-6161.1954.tb00159.x).
    """
    squared = critical**2
    a = line.most**2 - squared * line.var_most
    b = line.most * line.least - squared * line.covariance
    c = line.least**2 - squared * line.var_least
    bounded = (a > 0) & (line.most > 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        spread = np.sqrt(np.maximum(b**2 - a * c, 0.0))
        low, high = (b - spread) / a, (b + spread) / a
    return np.where(bounded, low, np.nan), np.where(bounded, high, np.nan)
