"""The ends of the distribution: the least deprived tenth, and those with too little."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import Floats, measured, numbers
from mobilise.gaps.disproportion import at_least_zero, no_value, why_no_share
from mobilise.gaps.ranks import order_of
from mobilise.gaps.records import Gap, defined

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def palma_ratio(
    values: ArrayLike,
    *,
    deprivation: ArrayLike,
    population: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    of: str = "the value",
) -> Gap:
    """Return the mean of the least deprived tenth of people over that of the most deprived 40%.

    Parameters
    ----------
    values, population, higher, of
        As for :func:`mobilise.gaps.theil`.
    deprivation, deprivation_higher
        What ranks the areas; see :func:`mobilise.gaps.mid_ranks`.

    Returns
    -------
    Gap
        A ratio of means, not of totals; None where a group is empty or has none of it.

    Raises
    ------
    InputError
        A value is negative.
    """
    about = measured(of, "", higher)
    y = numbers(values, "values")
    order = order_of(deprivation, deprivation_higher, len(y))
    kept = at_least_zero(np.where(np.isnan(order), np.nan, y), population)
    order = order[kept.kept]
    why = why_no_share(kept)
    if not why:
        most = order <= weighted_quantile(order, kept.people, 0.4)
        least = order > weighted_quantile(order, kept.people, 0.9)
        why = "" if least.any() else "no area is in the least deprived tenth"
    if not why and not float(kept.people[most] @ kept.y[most]) > 0:
        why = "the most deprived 40% have none of it"
    if why:
        return no_value("palma_ratio", "Palma ratio", about, kept, why)
    rich, poor = (float(np.average(kept.y[g], weights=kept.people[g])) for g in (least, most))
    sentence = (
        f"In the least deprived tenth {of} is {sentences.number(rich / poor, 2)} times what it is "
        "in the most deprived 40%."
    )
    method = f"Palma ratio of population-weighted means.{kept.said}"
    return defined(
        "palma_ratio", rich / poor, about, n=kept.n, method=method, sentence=sentence, unit="ratio"
    )


def shortfall(values: ArrayLike, *, population: ArrayLike, line: float) -> tuple[float, ...]:
    """Return the Foster-Greer-Thorbecke measures of falling short of a line.

    Parameters
    ----------
    values, population
        As for :func:`mobilise.gaps.theil`.
    line
        What counts as enough, above 0.

    Returns
    -------
    tuple of three floats
        The share of people below the line, their mean shortfall as a share of the line
        (0 for the rest), and its mean square, which counts the deepest most.

    Raises
    ------
    InputError
        `line` is not above 0, or a value is negative.

    Notes
    -----
    Foster, Greer & Thorbecke 1984, doi:10.2307/1913475.
    """
    if not line > 0:
        raise InputError(f"'line' is {line:g}: give a value above 0.")
    kept = at_least_zero(values, population)
    short = np.where(kept.y < line, (line - kept.y) / line, 0.0)
    below = (kept.y < line).astype(float)
    return tuple(float(kept.share @ part) for part in (below, short, short**2))


def weighted_quantile(order: Floats, people: Floats, share: float) -> float:
    """Return the value below which `share` of the people lie, each counted once."""
    by = np.argsort(order, kind="stable")
    counted, ranked = np.cumsum(people[by]), order[by]
    place = 1 + (counted[-1] - 1) * share
    low = max(np.floor(place), 1.0)
    ends = [
        ranked[min(np.searchsorted(counted, at), len(ranked) - 1)]
        for at in (low, min(low + 1, counted[-1]))
    ]
    return float(ends[0] + (place % 1) * (ends[1] - ends[0]))
