"""One group against its comparison: a change, and each unit's influence on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.learn.causes.weighting import logistic

if TYPE_CHECKING:
    from mobilise.gaps.checks import Floats


def compare(change: Floats, inside: Floats, X: Floats) -> tuple[float, Floats]:
    """Return the mean change inside less that outside, and each unit's influence on it.

    Parameters
    ----------
    change
        Shape (n,): from the last period before to the period compared.
    inside
        Shape (n,): 1 = of the group.
    X
        Shape (n, p): an intercept, then covariates; with none it is a plain difference,
        otherwise doubly robust.
    """
    if X.shape[1] == 1:
        return _plain(change, inside)
    return _doubly_robust(change, inside, X)


def _plain(change: Floats, inside: Floats) -> tuple[float, Floats]:
    outside, n = 1 - inside, len(change)
    one, other = (float(g @ change / g.sum()) for g in (inside, outside))
    influence = n * (
        inside * (change - one) / inside.sum() - outside * (change - other) / outside.sum()
    )
    return one - other, influence


def _doubly_robust(change: Floats, inside: Floats, X: Floats) -> tuple[float, Floats]:
    n, outside = len(change), 1 - inside
    if outside.sum() <= X.shape[1] or inside.sum() < 2:
        raise InputError("A group or its comparison has too few units for these covariates.")
    chance, spread = logistic(inside, X)
    inner = X.T @ (outside[:, None] * X)
    beta = np.linalg.solve(inner, X.T @ (outside * change))
    left = change - X @ beta
    w1, w0 = inside, outside * chance / (1 - chance)
    one, other = float(w1 @ left / w1.sum()), float(w0 @ left / w0.sum())
    by_outcome = (outside * left)[:, None] * X @ np.linalg.inv(inner / n)
    by_chance = (inside - chance)[:, None] * X @ (spread * n)
    treated = (w1 * (left - one) - by_outcome @ (w1 @ X / n)) / w1.mean()
    m2 = (w0 * (left - other)) @ X / n
    control = (w0 * (left - other) + by_chance @ m2 - by_outcome @ (w0 @ X / n)) / w0.mean()
    return one - other, treated - control
