"""Limits by simulation, where a statistic of values with errors has no formula."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mobilise.gaps.checks import Floats
    from mobilise.gaps.records import Limits

DRAWS = 10_000

# Numbers held at once: the draws are streamed in blocks of about this many.
_CELLS = 2_000_000


def simulated_limits(
    statistic: Callable[[Floats], Floats],
    values: Floats,
    errors: Floats,
    *,
    bounds: tuple[float, float],
    confidence: float,
    seed: int,
    draws: int = DRAWS,
) -> Limits:
    """Return percentile limits of a statistic of normal values that stay within bounds.

    Parameters
    ----------
    statistic
        From values of shape (draws, k) to one number a draw.
    values, errors
        Means and standard errors, shape (k,).
    bounds
        The least and the greatest a value can be; draws beyond are drawn again
        (that is, the normal is truncated).
    confidence
        Of the interval.
    seed
        Of the generator. The same seed gives the same limits, whatever the block size.
    draws
        How many.

    Returns
    -------
    tuple of two floats
        Lower and upper limit.

    Notes
    -----
    Ahn et al. 2019, doi:10.1371/journal.pone.0219542.
    """
    results = [statistic(block) for block in _truncated(values, errors, bounds, seed, draws)]
    tail = (1 - confidence) / 2
    low, high = np.quantile(np.concatenate(results), [tail, 1 - tail])
    return float(low), float(high)


def simulated_ends(
    values: Floats,
    errors: Floats,
    ends: tuple[Floats, Floats],
    *,
    back: Callable[[Floats], Floats],
    seed: int,
    draws: int,
) -> tuple[Floats, Floats]:
    """Return draws of both ends of a line through values that are normal on another scale.

    Parameters
    ----------
    values, errors
        Means and standard errors on the scale where they are normal, shape (k,).
    ends
        What each value adds to the most and the least deprived end, shape (k,) each.
    back
        From that scale to the one that the line is fitted on.
    seed, draws
        Of the generator, and how many. The same seed gives the same draws, whatever the
        block size.

    Returns
    -------
    tuple of arrays
        Shape (draws,) each, a pair a draw.
    """
    enough(draws)
    random = np.random.Generator(np.random.PCG64(seed))
    step = max(1, _CELLS // max(1, len(values)))
    both = np.column_stack(ends)
    blocks = [
        back(values + errors * random.standard_normal((min(step, draws - start), len(values))))
        @ both
        for start in range(0, draws, step)
    ]
    drawn = np.concatenate(blocks)
    return drawn[:, 0], drawn[:, 1]


def enough(draws: int) -> None:
    """Demand enough draws for limits."""
    if draws < 100:
        raise InputError(f"'draws' is {draws}: give 100 or more.")


def _truncated(
    values: Floats, errors: Floats, bounds: tuple[float, float], seed: int, draws: int
) -> Iterator[Floats]:
    enough(draws)
    random = np.random.Generator(np.random.PCG64(seed))
    spread = np.where(errors > 0, errors, 1.0)
    low, high = (special.ndtr((bound - values) / spread) for bound in bounds)
    step = max(1, _CELLS // max(1, len(values)))
    for start in range(0, draws, step):
        uniform = random.random((min(step, draws - start), len(values)))
        normal = values + spread * special.ndtri(low + uniform * (high - low))
        yield np.where(errors > 0, np.clip(normal, *bounds), values)
