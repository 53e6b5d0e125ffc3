"""Concentration indices: among whom, from most to least deprived, something is concentrated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import Floats, Grouped, grouped, measured, numbers, z_of
from mobilise.gaps.ranks import order_of, ranks_of
from mobilise.gaps.records import Gap, defined, undefined
from mobilise.gaps.survey import Survey, sandwich

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Index: TypeAlias = Literal["relative", "absolute", "erreygers", "wagstaff"]
Errors: TypeAlias = Literal[
    "delta", "delta-robust", "convenience", "convenience-robust", "kakwani", "grouped"
]

_NAMES = {
    "relative": ("relative_concentration_index", "concentration index"),
    "absolute": ("absolute_concentration_index", "absolute concentration index"),
    "erreygers": ("erreygers_index", "Erreygers index"),
    "wagstaff": ("wagstaff_index", "Wagstaff index"),
}
_SAID = {
    "delta": "regression on ranks, delta method",
    "delta-robust": "regression on ranks, delta method, robust errors (HC1)",
    "convenience": "convenience regression: the error of the mean is left out",
    "convenience-robust": "convenience regression, robust errors (HC1): the mean's error left out",
    "kakwani": "Kakwani, Wagstaff & van Doorslaer's formula",
    "grouped": "convenience regression over groups",
}


def concentration_index(
    values: ArrayLike,
    *,
    deprivation: ArrayLike,
    population: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    index: Index = "relative",
    bounds: tuple[float, float] | None = None,
    errors: Errors = "delta-robust",
    survey: Survey | None = None,
    confidence: float = 0.95,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return a concentration index: positive where the less deprived have more.

    Parameters
    ----------
    values
        One an area, group or person; missing ones are left out, counted in ``method``.
    deprivation, deprivation_higher
        What ranks them; see :func:`mobilise.gaps.mid_ranks`. Ties have mid-ranks.
    population
        People, or a person's survey weight.
    higher
        What a higher value means for people: ``better`` or ``worse``.
    index
        ``relative`` (within -1 and 1), ``absolute`` (generalised; in the values' unit), or
        for values within `bounds` ``erreygers`` or ``wagstaff``.
    bounds
        The least and the greatest value there could be (not those observed), which the
        two corrected indices need.
    errors
        ``delta`` (regression of values on ranks, allowing for the error of the mean;
        individuals or many areas), ``convenience`` (without), each also ``-robust``
        (HC1); ``kakwani``; ``grouped`` (a few groups: convenience regression with k - 2
        degrees of freedom, as the World Health Organization has it).
    survey
        Strata and clusters of a survey; then errors are linearised and `errors` unused.
    confidence
        Of the interval, which is normal.
    of, unit
        What was measured, and its unit.

    Returns
    -------
    Gap
        ``value`` None where there are fewer than three values, all share one rank, or the
        mean that divides is zero.

    Raises
    ------
    InputError
        An argument is out of its range, or values lie outside `bounds`.

    Notes
    -----
    Kakwani, Wagstaff & van Doorslaer 1997, doi:10.1016/S0304-4076(96)01807-6; Erreygers
    2009, doi:10.1016/j.jhealeco.2008.02.003; Wagstaff 2005, doi:10.1002/hec.953; O'Donnell
    et al. 2008, Analyzing Health Equity, chapter 8.
    """
    about = measured(of, unit, higher, confidence)
    y = numbers(values, "values")
    order = order_of(deprivation, deprivation_higher, len(y))
    kept = grouped(np.where(np.isnan(order), np.nan, y), population)
    _within(kept.y, index, bounds)
    statistic, name = _NAMES[index]
    how = "errors linearised over strata and clusters" if survey else _SAID[errors]
    method = f"{name[0].upper()}{name[1:]}; {how}.{kept.said}"
    in_unit = unit if index == "absolute" else ""
    why = _why_not(kept, order[kept.kept], index, bounds)
    if why:
        sentence = sentences.undefined_sentence(f"The {name} of", about, why)
        return undefined(
            statistic, about, n=kept.n, method=method, why=why, sentence=sentence, unit=in_unit
        )
    ranks = ranks_of(order[kept.kept], kept.people)
    factor = index_factor(index, kept.mean, bounds)
    value = absolute_index(kept.y, ranks, kept.share) * factor
    if survey is None:
        se = factor * _absolute_se(kept, ranks, errors)
    else:
        se = factor * _survey_se(kept, ranks, survey.rows(kept.kept))
    half = z_of(confidence) * se
    interval = (value - half, value + half)
    return defined(
        statistic,
        value,
        about,
        n=kept.n,
        method=method,
        sentence=sentences.concentration_sentence(value, interval, about, name),
        se=se,
        limits=interval,
        unit=in_unit,
    )


def absolute_index(values: Floats, ranks: Floats, share: Floats) -> float:
    """Return the absolute concentration index of checked arrays: 2 cov(value, rank)."""
    return float(2 * (share * (values - share @ values)) @ (ranks - 0.5))


def _within(values: Floats, index: Index, bounds: tuple[float, float] | None) -> None:
    if index not in {"erreygers", "wagstaff"}:
        return
    if bounds is None:
        raise InputError(
            f"The {index} index needs 'bounds': the least and greatest possible value."
        )
    low, high = bounds
    if not low < high:
        raise InputError(f"'bounds' are {low:g} and {high:g}: give the lower first.")
    outside = (values < low) | (values > high)
    if outside.any():
        raise InputError(
            f"A value is {values[outside][0]:g}, outside 'bounds' {low:g} to {high:g}."
        )


def _why_not(kept: Grouped, order: Floats, index: Index, bounds: tuple[float, float] | None) -> str:
    if kept.n < 3:
        return "fewer than three values"
    if len(np.unique(order)) < 2:
        return "all have the same deprivation"
    if index == "relative" and kept.mean == 0:
        return "the mean is zero"
    if index == "wagstaff" and bounds is not None and kept.mean in bounds:
        return "every value is at a bound"
    return ""


def index_factor(index: Index, mean: float, bounds: tuple[float, float] | None) -> float:
    """Return what turns the absolute index into the one asked for, given the mean."""
    if index == "absolute":
        return 1.0
    if index == "relative" or bounds is None:
        return 1 / mean
    low, high = bounds
    if index == "erreygers":
        return 4 / (high - low)
    return (high - low) / ((high - mean) * (mean - low))


def _absolute_se(kept: Grouped, ranks: Floats, errors: Errors) -> float:
    """Return the error of the absolute index (of the relative one, times the mean)."""
    if errors == "kakwani":
        return _kakwani_se(kept, ranks)
    y, w, n = kept.y, kept.people, kept.n
    spread = float(kept.share @ (ranks - 0.5) ** 2)
    design = np.column_stack([np.ones(n), ranks])
    scores = np.linalg.inv((design.T * w) @ design)
    a, b = scores @ ((design.T * w) @ y)
    residual = y - a - b * ranks
    if errors.endswith("-robust"):
        meat = (design.T * (w * residual) ** 2) @ design * n / (n - 2)
        covariance = scores @ meat @ scores
    else:
        covariance = scores * float(w @ residual**2) / (n - 2)
    if errors == "grouped":
        return 2 * spread * _root(covariance[1, 1])
    # Of individuals the ranks' variance is a sample's: n / (n - 1) where weights are equal.
    spread /= 1 - float(kept.share @ kept.share)
    mean = a + b / 2
    if errors.startswith("convenience") or mean == 0:
        return 2 * spread * _root(covariance[1, 1])
    gradient = 2 * spread * np.array([-b, a]) / mean**2
    return float(abs(mean)) * _root(gradient @ covariance @ gradient)


def _kakwani_se(kept: Grouped, ranks: Floats) -> float:
    order = np.argsort(ranks, kind="stable")
    y, share, rank = kept.y[order], kept.share[order], ranks[order]
    index = absolute_index(y, rank, share) / kept.mean
    held = np.cumsum(share * y) / kept.mean
    before = np.concatenate([[0.0], held[:-1]])
    a = y / kept.mean * (2 * rank - 1 - index) + 2 - before - held
    variance = (share @ a**2 - (1 + index) ** 2) / kept.n
    return abs(kept.mean) * _root(variance)


def _survey_se(kept: Grouped, ranks: Floats, survey: Survey) -> float:
    """Return the error that a survey's design gives the convenience regression."""
    w = kept.people
    spread = float(kept.share @ (ranks - 0.5) ** 2)
    design = np.column_stack([np.ones(kept.n), ranks])
    bread = np.linalg.inv((design.T * w) @ design)
    residual = kept.y - design @ (bread @ ((design.T * w) @ kept.y))
    scores = np.asarray(design * (w * residual)[:, None], dtype=np.float64)
    covariance = sandwich(scores, np.asarray(bread), survey)
    return 2 * spread * _root(covariance[1, 1])


def _root(variance: float) -> float:
    """Return the square root of what rounding may have put just below zero."""
    return float(np.sqrt(max(variance, 0.0)))
