"""For whom: the same figure for each group, those too small to show withheld."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import ArrayLike

    from mobilise.learn.estimates import Estimate

_CLOSE = 1e-9
SMALLEST = 8  # the wall's own number


def by_group(
    groups: ArrayLike,
    estimate: Callable[[np.ndarray], Estimate],
    *,
    by: str,
    smallest: int = SMALLEST,
) -> list[Estimate]:
    """Return an estimate of each group, in order of its name.

    Parameters
    ----------
    groups
        Shape (n,): each person's group; missing are a group called "not known".
    estimate
        From a mask of rows to an estimate of them.
    by
        What the groups are.
    smallest
        Groups with fewer people are withheld, and the next smallest with them until those
        withheld are as many together: nothing smaller can be had by subtraction.

    Raises
    ------
    InputError
        `smallest` is below 1.
    """
    if smallest < 1:
        raise InputError(f"'smallest' is {smallest}: give 1 or more.")
    labels = pd.Series(np.asarray(groups, dtype=object)).map(_label).to_numpy()
    names = sorted(set(labels))
    found = {name: estimate(labels == name) for name in names}
    withheld = _withheld({name: e.n for name, e in found.items()}, smallest)
    return [
        (hidden(found[name], smallest) if name in withheld else found[name]).at(by, name)
        for name in names
    ]


def cuts_shown(changes: ArrayLike, cuts: Sequence[float], smallest: int = SMALLEST) -> list[bool]:
    """Return whether each cut may be shown with how many people changed that far or further.

    Parameters
    ----------
    changes
        Shape (n,), positive = better; missing ones are left out.
    cuts
        In order of importance: above 0 "better by so much", below 0 "worse by so much".
    smallest
        Between two cuts that are shown, and beyond the last ones, are as many people or none:
        two shares never differ by a few.

    Examples
    --------
    >>> cuts_shown([*[0] * 20, *[1] * 20, *[3] * 2], [1, 3], 8)
    [True, False]
    """
    known = np.asarray(changes, dtype=float)
    known = known[~np.isnan(known)]
    shown: list[float] = []
    told = []
    for cut in cuts:
        trial = sorted([*shown, cut - _CLOSE if cut > 0 else cut + _CLOSE])
        parts = np.bincount(np.searchsorted(trial, known), minlength=len(trial) + 1)
        told.append(bool(((parts == 0) | (parts >= smallest)).all()))
        shown = trial if told[-1] else shown
    return told


def _named(estimate: Estimate) -> str:
    name = estimate.statistic.replace("_", " ")
    return f"The {name} of {estimate.of}{' or of the rest' if estimate.unit == '%' else ''}"


def _label(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124  (a missing number is not itself)
        return "not known"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _withheld(sizes: dict[str, int], smallest: int) -> set[str]:
    """Return the groups too small, and more until those kept back are enough together."""
    small = {name for name, n in sizes.items() if n < smallest}
    others = sorted((name for name in sizes if name not in small), key=lambda name: -sizes[name])
    while small and others and sum(sizes[name] for name in small) < smallest:
        small.add(others.pop())
    return small


def hidden(estimate: Estimate, smallest: int = SMALLEST) -> Estimate:
    """Return an estimate withheld: it is of too few people, or would give a few away."""
    why = f"fewer than {smallest} people, or needed to hide a group that small."
    said, sentence = f"Withheld: {why}", f"{_named(estimate)} is withheld: {why}"
    return replace(
        estimate, value=None, se=None, lower=None, upper=None, confidence=None, n=0, p=None,
        df=None, method=said, assumptions=(), sentence=sentence,
    )  # fmt: skip
