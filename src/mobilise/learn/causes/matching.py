"""Matched comparison: each who took part beside the one who looks most like them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from mobilise.gaps.checks import Floats, measured, numbers, same_length
from mobilise.learn.causes.weighting import (
    NO_UNMEASURED,
    OVERLAP,
    WITHOUT,
    balance_words,
    groups_and_features,
    propensity,
    standardised_differences,
)
from mobilise.learn.estimates import Estimate, demand, estimated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class Matched:
    """A matched comparison.

    Parameters
    ----------
    estimate
        The effect on those who took part.
    pairs
        Shape (treated, 2): rows of each who took part and of their match.
    used
        How many different people serve as a match.
    before, after
        Standardised mean difference of each feature, raw and matched.
    """

    estimate: Estimate
    pairs: NDArray[np.intp]
    used: int
    before: tuple[float, ...]
    after: tuple[float, ...]


def nearest_neighbour(
    outcome: ArrayLike,
    treated: ArrayLike,
    features: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    confidence: float = 0.95,
    of: str = "the outcome",
    unit: str = "",
    higher: str = "better",
) -> Matched:
    """Return the effect on those who took part, each matched with the nearest who did not.

    Parameters
    ----------
    outcome, treated, features, names, confidence, of, unit, higher
        As for :func:`mobilise.learn.causes.inverse_probability_weighting`.

    Returns
    -------
    Matched

    Notes
    -----
    One neighbour, with replacement, on the logistic propensity score; ties go to the first
    row. Errors after Abadie & Imbens (2006, 10.1111/j.1468-0262.2006.00655.x), which count
    how often one person serves as a match; that the score is estimated is not counted.
    """
    about = measured(of, unit, higher, confidence)
    y = numbers(outcome, "outcome")
    a, X = groups_and_features(treated, features)
    same_length(y, "outcome", len(a))
    demand(not np.isnan(y).any(), "'outcome' is missing in some rows: leave them out first.")
    scores = propensity(a, X)
    one, other = np.flatnonzero(a == 1), np.flatnonzero(a == 0)
    pairs = np.column_stack([one, other[_nearest(scores[other], scores[one])]])
    gaps = y[pairs[:, 0]] - y[pairs[:, 1]]
    value = float(gaps.mean())
    se = _error(
        gaps, value, y[other], scores[other], np.bincount(pairs[:, 1], minlength=len(y))[other]
    )
    weights = a + np.bincount(pairs[:, 1], minlength=len(y))
    used = len(np.unique(pairs[:, 1]))
    before, after = (standardised_differences(X, a, w) for w in (np.ones(len(a)), weights))
    estimate = estimated(
        "matched_difference_att", value, se, about, n=len(one) + used,
        method=(
            f"Nearest neighbour on the propensity score, with replacement: {len(one)} who took "
            f"part, {used} of {len(other)} who did not. {balance_words(after, names)}"
        ),
        assumptions=(NO_UNMEASURED, OVERLAP, "The model of who takes part is right."), than=WITHOUT,
    )  # fmt: skip
    return Matched(estimate, pairs, used, before, after)


def _nearest(pool: Floats, wanted: Floats) -> NDArray[np.intp]:
    """Return, for each wanted score, the nearest of the pool; the first where several are."""
    order = np.argsort(pool, kind="stable")
    ranked = pool[order]
    right = np.clip(np.searchsorted(ranked, wanted), 1, max(1, len(pool) - 1))
    left = right - 1
    right = np.minimum(right, len(pool) - 1)
    pick = np.where(np.abs(ranked[right] - wanted) < np.abs(ranked[left] - wanted), right, left)
    first: NDArray[np.intp] = order[np.searchsorted(ranked, ranked[pick])]
    return first


def _error(gaps: Floats, value: float, y: Floats, scores: Floats, times: NDArray[np.intp]) -> float:
    """Return the standard error, the spread of a match's outcome taken from its own nearest."""
    _, neighbour = cKDTree(scores[:, None]).query(scores[:, None], k=2)
    neighbour = np.asarray(neighbour)
    twin = np.where(neighbour[:, 0] == np.arange(len(y)), neighbour[:, 1], neighbour[:, 0])
    spread = (y - y[twin]) ** 2 / 2
    total = float(((gaps - value) ** 2).sum() + (times * (times - 1) * spread).sum())
    return float(np.sqrt(total) / len(gaps))
