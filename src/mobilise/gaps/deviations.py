"""How far groups stand apart: from their mean, from the best of them, from a chosen one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from mobilise.gaps.checks import Floats, grouped, measured, row_of
from mobilise.gaps.simulate import DRAWS
from mobilise.gaps.variation import EVERY, simulated_record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mobilise.gaps.records import Gap, Measured


def mean_difference_from_mean(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    weighted: bool = True,
    se: ArrayLike | None = None,
    bounds: tuple[float, float] = EVERY,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = DRAWS,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return how far groups are from the population mean, on average.

    Parameters
    ----------
    values, population, higher, se, bounds, confidence, seed, draws, of, unit
        As for :func:`mobilise.gaps.between_group_standard_deviation`.
    weighted
        Groups count by their people, or each alike.

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
        "mean_difference_from_mean", "mean difference from the mean",
        partial(_from_mean, weighted=weighted),
        grouped(values, population, se), measured(of, unit, higher, confidence),
        bounds=bounds, seed=seed, draws=draws,
    )  # fmt: skip


def index_of_disparity(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    weighted: bool = True,
    se: ArrayLike | None = None,
    bounds: tuple[float, float] = EVERY,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = DRAWS,
    of: str = "the value",
) -> Gap:
    """Return the mean difference from the mean, in percent of the mean.

    Each draw of the simulation is set against its own mean (healthequal's weighted
    variant sets it against the observed one, and so has other limits).

    Parameters
    ----------
    values, population, higher, weighted, se, bounds, confidence, seed, draws, of
        As for :func:`mean_difference_from_mean`.

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
        "index_of_disparity", "index of disparity",
        lambda y, w: 100 * _from_mean(y, w, weighted=weighted) / (y @ w),
        grouped(values, population, se), measured(of, "%", higher, confidence),
        bounds=bounds, seed=seed, draws=draws,
    )  # fmt: skip


def mean_difference_from_best(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    weighted: bool = True,
    se: ArrayLike | None = None,
    bounds: tuple[float, float] = EVERY,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = DRAWS,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return how far groups are from the group that does best, on average.

    Parameters
    ----------
    values, population, higher, weighted, se, bounds, confidence, seed, draws, of, unit
        As for :func:`mean_difference_from_mean`.

    Returns
    -------
    Gap
        0 or more. Best is highest where higher is better, lowest where it is worse; each
        draw of the simulation has its own best.

    Raises
    ------
    InputError
        An argument is out of its range.
    """
    about = measured(of, unit, higher, confidence)
    kept = grouped(values, population, se)
    return simulated_record(
        "mean_difference_from_best", "mean difference from the best group",
        partial(_from_best, about=about, weighted=weighted), kept, about,
        bounds=bounds, seed=seed, draws=draws,
    )  # fmt: skip


def mean_difference_from_reference(
    values: ArrayLike,
    *,
    population: ArrayLike,
    reference: int,
    higher: str,
    weighted: bool = True,
    se: ArrayLike | None = None,
    bounds: tuple[float, float] = EVERY,
    confidence: float = 0.95,
    seed: int = 1,
    draws: int = DRAWS,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return how far groups are from a chosen one, on average.

    Parameters
    ----------
    values, population, higher, weighted, se, bounds, confidence, seed, draws, of, unit
        As for :func:`mean_difference_from_mean`.
    reference
        The row of the chosen group.

    Returns
    -------
    Gap
        0 or more.

    Raises
    ------
    InputError
        The chosen group has no value or nobody in it.
    """
    about = measured(of, unit, higher, confidence)
    kept = grouped(values, population, se)
    return simulated_record(
        "mean_difference_from_reference", "mean difference from the reference group",
        partial(_from_row, row=row_of(kept, reference), weighted=weighted), kept, about,
        bounds=bounds, seed=seed, draws=draws,
    )  # fmt: skip


def _from_mean(y: Floats, w: Floats, *, weighted: bool) -> Floats:
    by = w if weighted else np.full(len(w), 1 / len(w))
    apart: Floats = np.abs(y - (y @ w)[..., None]) @ by
    return apart


def _from_best(y: Floats, w: Floats, *, about: Measured, weighted: bool) -> Floats:
    by = w if weighted else np.full(len(w), 1 / len(w))
    best = y.max(axis=-1) if about.higher == "better" else y.min(axis=-1)
    apart: Floats = np.abs(y - best[..., None]) @ by
    return apart


def _from_row(y: Floats, w: Floats, *, row: int, weighted: bool) -> Floats:
    by = w if weighted else np.full(len(w), 1 / len(w))
    apart: Floats = np.abs(y - y[..., row, None]) @ by
    return apart
