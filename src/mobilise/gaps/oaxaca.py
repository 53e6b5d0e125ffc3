"""Why two groups of areas differ: the Oaxaca-Blinder decomposition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import Floats, Grouped, grouped, measured, numbers, same_length
from mobilise.gaps.explain import ECOLOGICAL
from mobilise.gaps.records import Gap, Limits, Measured, defined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import ArrayLike

PARTS = ("endowments", "coefficients", "interaction", "explained", "unexplained")


@dataclass(frozen=True)
class Decomposition:
    """The difference between two groups of areas, split.

    Parameters
    ----------
    difference
        Mean of the first group minus that of the second.
    endowments, coefficients, interaction
        Three-fold: from the determinants' levels, from what goes along with them, from
        both together. They sum to the difference.
    explained, unexplained
        Two-fold, at the coefficients of all areas together. They sum to the difference.
    by_determinant
        What each determinant adds to ``explained``.
    warning
        What it must not be taken for.
    """

    difference: Gap
    endowments: Gap
    coefficients: Gap
    interaction: Gap
    explained: Gap
    unexplained: Gap
    by_determinant: dict[str, float]
    warning: str = ECOLOGICAL


def decompose_difference(
    values: ArrayLike,
    determinants: Mapping[str, ArrayLike],
    *,
    first: ArrayLike,
    population: ArrayLike,
    higher: str,
    names: tuple[str, str] = ("the first areas", "the other areas"),
    confidence: float = 0.95,
    replicates: int = 1_000,
    seed: int = 1,
    of: str = "the value",
    unit: str = "",
) -> Decomposition:
    """Split the difference between two groups of areas by what they have and what it goes with.

    Parameters
    ----------
    values
        The outcome of each area.
    determinants
        Their names, and their values in each area. An area lacking any is left out.
    first
        True for areas of the first group.
    population
        People in each area: the weights.
    higher
        What a higher value means for people.
    names
        What the groups are called.
    confidence
        Of the intervals.
    replicates, seed
        Of the bootstrap over areas within groups; 0 replicates for no intervals.
    of, unit
        What was measured, and its unit.

    Returns
    -------
    Decomposition
        Records whose parts sum to the difference.

    Raises
    ------
    InputError
        A group has too few areas for the determinants.

    Notes
    -----
    Oaxaca 1973, doi:10.2307/2525981; Blinder 1973, doi:10.2307/144855. The two-fold
    split is at coefficients pooled over both groups, with a term for the group (Jann 2008,
    Stata J 8:453; as statsmodels has it, but weighted).
    """
    about = measured(of, unit, higher, confidence)
    y = numbers(values, "values")
    columns = [numbers(column, name) for name, column in determinants.items()]
    member = numbers(first, "first")
    for column, name in zip([*columns, member], [*determinants, "first"], strict=True):
        same_length(column, name, len(y))
    x = np.column_stack([np.ones(len(y)), *columns])
    usable = ~np.isnan(np.column_stack([x, member])).any(axis=1)
    kept = grouped(np.where(usable, y, np.nan), population)
    x, is_first = x[kept.kept], member[kept.kept] != 0
    _enough(x, is_first, names)
    parts, detail = _split(kept.y, x, kept.people[None, :], is_first)
    spread = _bootstrap(kept, x, is_first, replicates, seed)
    how = f"{replicates:,} bootstrap samples, seed {seed}" if replicates else "no intervals"
    method = f"Oaxaca-Blinder decomposition, population-weighted; {how}.{kept.said}"
    limits: list[Limits | None] = [None] * 6
    if replicates:
        tail = (1 - confidence) / 2
        ends = np.quantile(spread, [tail, 1 - tail], axis=0)
        limits = [(float(low), float(high)) for low, high in ends.T]
    whole, *rest = (
        _record(kind, float(parts[0, k]), limits[k], about, names, n=kept.n, method=method)
        for k, kind in enumerate(("difference_of_groups", *PARTS))
    )
    by = dict(zip(determinants, (float(part) for part in detail[0, 1:]), strict=True))
    endowments, coefficients, interaction, explained, unexplained = rest
    return Decomposition(
        whole, endowments, coefficients, interaction, explained, unexplained, by_determinant=by
    )


def _enough(x: Floats, is_first: np.ndarray, names: tuple[str, str]) -> None:
    for chosen, name in zip((is_first, ~is_first), names, strict=True):
        rank = np.linalg.matrix_rank(x[chosen]) if chosen.any() else 0
        if chosen.sum() < x.shape[1] + 1 or rank < x.shape[1]:
            raise InputError(
                f"Of {name}, {int(chosen.sum())} have a value and every determinant: too few, or "
                f"too alike, to tell {x.shape[1] - 1} determinants apart."
            )


def _split(y: Floats, x: Floats, people: Floats, is_first: np.ndarray) -> tuple[Floats, Floats]:
    """Return, for each row of weights, the difference and its five parts, and the detail."""
    one, other = people * is_first, people * ~is_first
    mean_one, mean_other = ((w @ x) / w.sum(axis=1, keepdims=True) for w in (one, other))
    beta_one, beta_other = _solve(y, x, one), _solve(y, x, other)
    both = np.column_stack([x, is_first])
    pooled = _solve(y, both, people)[:, :-1]
    apart, steeper = mean_one - mean_other, beta_one - beta_other
    endowments = (apart * beta_other).sum(axis=1)
    coefficients = (mean_other * steeper).sum(axis=1)
    interaction = (apart * steeper).sum(axis=1)
    detail = apart * pooled
    explained = detail.sum(axis=1)
    whole = endowments + coefficients + interaction
    parts = (whole, endowments, coefficients, interaction, explained, whole - explained)
    return np.column_stack(parts), detail


def _solve(y: Floats, x: Floats, people: Floats) -> Floats:
    n, k = x.shape
    squares = (x[:, :, None] * x[:, None, :]).reshape(n, -1)
    normal = (people @ squares).reshape(-1, k, k)
    solved: Floats = np.linalg.pinv(normal, hermitian=True) @ (people @ (x * y[:, None]))[..., None]
    return solved[..., 0]


def _bootstrap(
    kept: Grouped, x: Floats, is_first: np.ndarray, replicates: int, seed: int
) -> Floats:
    random = np.random.Generator(np.random.PCG64(seed))
    block = max(1, 2_000_000 // kept.n)
    results = [np.empty((0, 6))]
    for start in range(0, replicates, block):
        times = np.zeros((min(block, replicates - start), kept.n))
        for chosen in (is_first, ~is_first):
            size = int(chosen.sum())
            times[:, chosen] = random.multinomial(size, np.full(size, 1 / size), size=len(times))
        results.append(_split(kept.y, x, times * kept.people, is_first)[0])
    return np.concatenate(results)


def _record(
    kind: str,
    value: float,
    limits: Limits | None,
    about: Measured,
    names: tuple[str, str],
    *,
    n: int,
    method: str,
) -> Gap:
    if kind == "difference_of_groups":
        sentence = sentences.pair_sentence(value, 0.0, limits, about, names)
    else:
        size = sentences.quantity(value, about.unit)
        says = {
            "endowments": "goes along with different levels of the determinants",
            "coefficients": "goes along with what the same levels mean in the two groups",
            "interaction": "goes along with both at once",
            "explained": "goes along with the determinants",
            "unexplained": "does not go along with the determinants",
        }[kind]
        sentence = f"Of the difference in {about.of}, {size} {says}."
    return defined(kind, value, about, n=n, method=method, sentence=sentence, limits=limits)
