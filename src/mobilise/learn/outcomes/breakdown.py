"""For whom: the same figure for each group, those too small to show withheld."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from mobilise.learn.estimates import Estimate

SMALLEST = 10


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
        (_hidden(found[name], smallest) if name in withheld else found[name]).at(by, name)
        for name in names
    ]


def _named(estimate: Estimate) -> str:
    name = estimate.statistic.replace("_", " ")
    return f"The {name} of {estimate.of}{' or of the rest' if estimate.unit == '%' else ''}"


def few_hidden(share: Estimate, smallest: int = SMALLEST) -> Estimate:
    """Return a share, withheld where it, or the rest, is of some people but too few."""
    if share.value is None:
        return share
    count = round(share.value * share.n / 100)
    few = 0 < count < smallest or 0 < share.n - count < smallest
    return _hidden(share, smallest) if few else share


def _label(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124  (a missing number is not itself)
        return "not known"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _withheld(sizes: dict[str, int], smallest: int) -> set[str]:
    """Return the groups too small, and more until those kept back are enough together."""
    small = {name for name, n in sizes.items() if n < smallest}
    others = sorted((n, name) for name, n in sizes.items() if name not in small)
    while small and others and sum(sizes[name] for name in small) < smallest:
        small.add(others.pop(0)[1])
    return small


def _hidden(estimate: Estimate, smallest: int) -> Estimate:
    why = f"fewer than {smallest} people, or needed to hide a group that small."
    said, sentence = f"Withheld: {why}", f"{_named(estimate)} is withheld: {why}"
    return replace(
        estimate, value=None, se=None, lower=None, upper=None, confidence=None, n=0, p=None,
        df=None, method=said, assumptions=(), sentence=sentence,
    )  # fmt: skip
