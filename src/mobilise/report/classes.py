"""Five classes for a map: round limits near the quantiles, every value in exactly one."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

CLASSES = 5
_STEPS = (60.0, 30.0, 20.0, 15.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1)


def class_breaks(
    values: ArrayLike, classes: int = CLASSES, steps: tuple[float, ...] = _STEPS
) -> tuple[float, ...]:
    """Return the limits between classes, rounded to the coarsest step that keeps them apart.

    Parameters
    ----------
    values
        In minutes, or any unit; missing ones are left out.
    classes
        How many classes; fewer come back where ties leave no room.
    steps
        What may be rounded to, coarsest first; those of clocks unless said otherwise.

    Returns
    -------
    tuple of float
        Strictly rising; a value equal to a limit belongs to the class below it. No class
        is empty.

    Examples
    --------
    >>> class_breaks([3, 6, 8, 9, 11, 12, 14, 18, 22, 31])
    (8.0, 10.0, 12.0, 18.0)
    """
    known = np.asarray(values, dtype=float)
    known = np.unique(known[np.isfinite(known)])
    everything = np.asarray(values, dtype=float)
    if len(known) < 2:
        return ()
    quantiles = np.quantile(everything[np.isfinite(everything)], np.arange(1, classes) / classes)
    for step in steps:
        breaks = np.round(np.round(quantiles / step) * step, 12)
        if len(np.unique(breaks)) == classes - 1 and not _has_empty(known, breaks):
            return tuple(float(b) for b in breaks)
    return _between_values(known, quantiles)


def breaks_above_none(values: ArrayLike) -> tuple[float, ...]:
    """Return the limits between classes where the lowest class is "none at all", if any is.

    Parameters
    ----------
    values
        Zero or more, in any unit; missing ones are left out.

    Examples
    --------
    >>> breaks_above_none([0, 0, 0, 3, 11, 18, 26, 34, 41, 52, 230])
    (0.0, 20.0, 30.0, 40.0)
    """
    known = np.asarray(values, dtype=float)
    known = known[np.isfinite(known)]
    some = known[known > 0]
    if len(some) == 0:
        return ()
    if len(some) == len(known):
        return class_breaks(known, CLASSES, _round_steps(known))
    return (0.0, *class_breaks(some, CLASSES - 1, _round_steps(some)))


def class_of(values: ArrayLike, breaks: tuple[float, ...]) -> NDArray[np.int64]:
    """Return the class of each value, 0 the lowest, -1 where the value is missing.

    Parameters
    ----------
    values
        In the unit of `breaks`.
    breaks
        As :func:`class_breaks` gives them.

    Examples
    --------
    >>> class_of([5.0, 5.1, float("nan")], (5.0, 10.0)).tolist()
    [0, 1, -1]
    """
    numbers = np.asarray(values, dtype=float)
    classes = np.searchsorted(np.asarray(breaks, dtype=float), numbers, side="left")
    return np.where(np.isfinite(numbers), classes, -1).astype(np.int64)


def class_labels(breaks: tuple[float, ...], unit: str = "minutes") -> list[str]:
    """Return each class in words.

    Examples
    --------
    >>> class_labels((5.0, 10.0))
    ['Up to 5 minutes', 'Over 5, up to 10 minutes', 'Over 10 minutes']
    """
    if not breaks:
        return [f"All areas alike, in {unit}"]
    middle = [
        f"Over {_plain(low)}, up to {_plain(high)} {unit}"
        for low, high in itertools.pairwise(breaks)
    ]
    lowest = f"Up to {_plain(breaks[0])} {unit}" if breaks[0] else "None within reach"
    return [lowest, *middle, f"Over {_plain(breaks[-1])} {unit}"]


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 1e5 else f"{value:,g}"


def _round_steps(values: NDArray[np.float64]) -> tuple[float, ...]:
    """Return 5, 2 and 1 times powers of ten, from the largest value down to its thousandth."""
    top = math.floor(math.log10(values.max()))
    return tuple(float(f"{m}e{top - k}") for k in range(4) for m in (5, 2, 1))


def _has_empty(known: NDArray[np.float64], breaks: NDArray[np.float64]) -> bool:
    used = np.unique(np.searchsorted(breaks, known, side="left"))
    return len(used) <= len(breaks)


def _between_values(
    known: NDArray[np.float64], quantiles: NDArray[np.float64]
) -> tuple[float, ...]:
    """Return limits that are themselves values, where rounding would make classes run together."""
    lows = known[:-1]
    at = np.clip(np.searchsorted(lows, quantiles, side="right") - 1, 0, len(lows) - 1)
    return tuple(float(b) for b in np.unique(lows[at]))
