"""What lies behind a concentration index: its decomposition by determinants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import Floats, Grouped, grouped, numbers, same_length
from mobilise.gaps.concentration import (
    Index,
    concentration_index,
    index_factor,
)
from mobilise.gaps.ranks import order_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

    from mobilise.gaps.records import Gap

ECOLOGICAL = (
    "These are associations between areas. They do not show what causes the inequality, and what "
    "holds for areas need not hold for the people in them (the ecological fallacy)."
)

# Numbers held at once by the bootstrap.
_CELLS = 2_000_000


@dataclass(frozen=True)
class Contribution:
    """What one determinant adds to a concentration index.

    Parameters
    ----------
    determinant
        Its name.
    coefficient
        Of the regression of the outcome on all determinants together.
    mean
        Its population-weighted mean.
    concentration
        Its own relative concentration index; None where its mean is zero.
    contribution, lower, upper
        In the index's unit, with its bootstrap interval.
    percent
        Of the whole index; None where that is zero.
    sentence
        In words.
    """

    determinant: str
    coefficient: float
    mean: float
    concentration: float | None
    contribution: float
    lower: float | None
    upper: float | None
    percent: float | None
    sentence: str


@dataclass(frozen=True)
class Explanation:
    """A concentration index, split.

    Parameters
    ----------
    index
        The index itself.
    contributions
        One a determinant, in the order given.
    residual
        What they do not account for.
    method, warning
        How it was computed, and what it must not be taken for.
    """

    index: Gap
    contributions: tuple[Contribution, ...]
    residual: float
    method: str
    warning: str = ECOLOGICAL


def explain_concentration(
    values: ArrayLike,
    determinants: Mapping[str, ArrayLike],
    *,
    deprivation: ArrayLike,
    population: ArrayLike,
    higher: str,
    deprivation_higher: str = "worse",
    index: Index = "relative",
    bounds: tuple[float, float] | None = None,
    confidence: float = 0.95,
    replicates: int = 1_000,
    seed: int = 1,
    of: str = "the value",
) -> Explanation:
    """Split a concentration index into the contributions of determinants.

    The outcome is regressed on all determinants (population-weighted least squares); each
    adds its coefficient times its own concentration.

    Parameters
    ----------
    values
        The outcome of each area.
    determinants
        Their names, and their values in each area. An area lacking any is left out.
    deprivation, deprivation_higher, population, higher, index, bounds, confidence, of
        As for :func:`mobilise.gaps.concentration_index`.
    replicates
        Of the bootstrap over areas; 0 for no intervals.
    seed
        Of the bootstrap.

    Returns
    -------
    Explanation
        Contributions and residual sum to the index.

    Raises
    ------
    InputError
        Too few areas, determinants that are combinations of one another, or an index that
        is not defined.

    Notes
    -----
    Wagstaff, van Doorslaer & Watanabe 2003, doi:10.1016/S0304-4076(02)00161-6. With a
    corrected index the contributions are scaled as the whole is (rineq rescales each
    determinant as if it were itself between 0 and 1).
    """
    if not determinants:
        raise InputError("Give at least one determinant.")
    y, order = numbers(values, "values"), order_of(deprivation, deprivation_higher)
    same_length(order, "deprivation", len(y))
    columns = _columns(determinants, len(y))
    usable = ~np.isnan(np.column_stack([columns, order])).any(axis=1)
    kept = grouped(np.where(usable, y, np.nan), population)
    x, order = columns[kept.kept], order[kept.kept]
    _solvable(x, list(determinants))
    whole = concentration_index(
        kept.y, deprivation=order, deprivation_higher="better", population=kept.people,
        higher=higher, index=index, bounds=bounds, confidence=confidence, of=of,
    )  # fmt: skip
    if whole.value is None:
        raise InputError(f"There is nothing to explain: {whole.method}")
    factor = index_factor(index, kept.mean, bounds)
    one = _pieces(kept.y, x, order, kept.people[None, :])
    parts = one.coefficients[0] * one.absolute[0] * factor
    spread = _bootstrap(kept, x, order, replicates=replicates, seed=seed, index=(index, bounds))
    tail = (1 - confidence) / 2
    limits = np.quantile(spread, [tail, 1 - tail], axis=0) if replicates else None
    means = kept.share @ x
    contributions = tuple(
        _contribution(
            name, one, k, part=float(parts[k]), whole=whole.value, mean=float(means[k]),
            limits=None if limits is None else (float(limits[0, k]), float(limits[1, k])),
        )
        for k, name in enumerate(determinants)
    )  # fmt: skip
    how = f"intervals from {replicates:,} bootstrap samples of areas, seed {seed}"
    method = (
        f"Wagstaff decomposition by weighted least squares; {how if replicates else 'no intervals'}"
        f".{kept.said}"
    )
    return Explanation(whole, contributions, float(whole.value - parts.sum()), method)


@dataclass(frozen=True)
class _Pieces:
    """Of each replicate: coefficients, absolute indices of the determinants, and the mean."""

    coefficients: Floats
    absolute: Floats
    mean: Floats


def _columns(determinants: Mapping[str, ArrayLike], count: int) -> Floats:
    columns = []
    for name, values in determinants.items():
        column = numbers(values, name)
        same_length(column, name, count)
        columns.append(column)
    return np.column_stack(columns)


def _solvable(x: Floats, names: list[str]) -> None:
    if len(x) < x.shape[1] + 3:
        raise InputError(
            f"{len(x)} areas have a value and every determinant: too few to tell "
            f"{x.shape[1]} determinants apart."
        )
    for k, name in enumerate(names):
        design = np.column_stack([np.ones(len(x)), x[:, : k + 1]])
        scale = np.where((norm := np.linalg.norm(design, axis=0)) > 0, norm, 1.0)
        if np.linalg.matrix_rank(design / scale) < k + 2:
            raise InputError(
                f"The determinant '{name}' is the same everywhere, or a combination of those "
                "before it: leave it out."
            )


def _pieces(y: Floats, x: Floats, order: Floats, people: Floats) -> _Pieces:
    """Return the pieces for each row of weights, shape (replicates, areas)."""
    n, k = x.shape
    design = np.column_stack([np.ones(n), x])
    squares = (design[:, :, None] * design[:, None, :]).reshape(n, -1)
    normal = (people @ squares).reshape(-1, k + 1, k + 1)
    right = people @ (design * y[:, None])
    solved = np.linalg.pinv(normal, hermitian=True) @ right[:, :, None]
    share = people / people.sum(axis=1, keepdims=True)
    means = share @ x
    ranks = _ranks(order, share)
    absolute = 2 * ((share * ranks) @ x - 0.5 * means)
    return _Pieces(solved[:, 1:, 0], absolute, share @ y)


def _ranks(order: Floats, share: Floats) -> Floats:
    """Return mid-ranks of each replicate, shape (replicates, areas)."""
    by = np.argsort(order, kind="stable")
    starts = np.flatnonzero(np.diff(order[by], prepend=-np.inf) > 0)
    held = np.add.reduceat(share[:, by], starts, axis=1)
    middle = np.cumsum(held, axis=1) - held / 2
    ranks: Floats = middle[:, np.unique(order, return_inverse=True)[1]]
    return ranks


def _bootstrap(
    kept: Grouped,
    x: Floats,
    order: Floats,
    *,
    replicates: int,
    seed: int,
    index: tuple[Index, tuple[float, float] | None],
) -> Floats:
    """Return the contributions of each bootstrap sample, shape (replicates, determinants)."""
    random = np.random.Generator(np.random.PCG64(seed))
    block = max(1, _CELLS // kept.n)
    results = [np.empty((0, x.shape[1]))]
    for start in range(0, replicates, block):
        times = random.multinomial(
            kept.n, np.full(kept.n, 1 / kept.n), size=min(block, replicates - start)
        )
        pieces = _pieces(kept.y, x, order, times * kept.people)
        factors = np.array([index_factor(index[0], mean, index[1]) for mean in pieces.mean])
        results.append(pieces.coefficients * pieces.absolute * factors[:, None])
    return np.concatenate(results)


def _contribution(
    name: str,
    pieces: _Pieces,
    k: int,
    *,
    part: float,
    whole: float,
    mean: float,
    limits: tuple[float, float] | None,
) -> Contribution:
    percent = 100 * float(part) / whole if whole else None
    own = float(pieces.absolute[0, k] / mean) if mean else None
    clear = limits is not None and not limits[0] <= 0 <= limits[1]
    sentence = f"No clear part of the inequality goes along with {name}."
    if percent is not None and (clear or limits is None):
        size = sentences.quantity(abs(percent), "%", 0)
        sentence = f"{size} of the inequality goes along with {name}."
        if percent < 0:
            sentence = f"Without the differences in {name} the inequality would be {size} greater."
    low, high = limits or (None, None)
    return Contribution(
        name, float(pieces.coefficients[0, k]), mean, own, float(part), low, high, percent, sentence
    )
