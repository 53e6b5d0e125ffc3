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
        Groups with fewer people are withheld; where only one is, the next smallest is too,
        so that it cannot be had by subtraction.

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


def _label(value: object) -> str:
    if value is None or value != value:  # noqa: PLR0124  (a missing number is not itself)
        return "not known"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _withheld(sizes: dict[str, int], smallest: int) -> set[str]:
    small = {name for name, n in sizes.items() if n < smallest}
    others = sorted((n, name) for name, n in sizes.items() if name not in small)
    if len(small) == 1 and others:
        small.add(others[0][1])
    return small


def _hidden(estimate: Estimate, smallest: int) -> Estimate:
    said = f"Withheld: fewer than {smallest} people, or needed to hide a group that small."
    return replace(
        estimate, value=None, se=None, lower=None, upper=None, confidence=None, n=0, p=None,
        df=None, method=said, assumptions=(), sentence=said,
    )  # fmt: skip
