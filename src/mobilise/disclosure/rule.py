"""The rule: which counts are shown, which are kept back, and how those shown are rounded."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

from mobilise.errors import InputError

Bounds: TypeAlias = tuple[float, float]
Figure: TypeAlias = int | None  # as it is shown; None: kept back


@dataclass(frozen=True)
class Rule:
    """What a count must be to be shown.

    Parameters
    ----------
    least
        The smallest count that is shown; 1 to one less are kept back. People count too: a
        count that fewer people than this stand behind is kept back, however large it is.
    base
        Counts shown are rounded to the nearest multiple (halves upwards).
    mean_least
        The fewest people whose mean is shown.
    zeros
        Whether 0 is shown; kept back like a small count otherwise.

    Examples
    --------
    >>> rule = Rule()
    >>> [rule.figure(count) for count in (0, 3, 8, 12, 13)]
    [0, None, 10, 10, 15]
    >>> rule.bounds(10), rule.bounds(None)
    ((8, 12), (1, inf))
    """

    least: int = 8
    base: int = 5
    mean_least: int = 8
    zeros: bool = True

    def __post_init__(self) -> None:
        if min(self.least, self.base, self.mean_least) < 1:
            raise InputError("A rule's least count, base and least mean are 1 or more.")

    @property
    def low(self) -> int:
        """The least that a count kept back can be."""
        return 1 if self.zeros else 0

    @property
    def high(self) -> int:
        """The most that a small count can be."""
        return self.least - 1

    def is_small(self, count: int, people: int) -> bool:
        """Return whether a count must be kept back for its own sake."""
        if count == 0:
            return not self.zeros
        return count < self.least or people < self.least

    def figure(self, count: int, people: int | None = None) -> Figure:
        """Return a count as it is shown, or None where it is kept back."""
        if self.is_small(count, count if people is None else people):
            return None
        nearest = (count + self.base // 2) // self.base * self.base
        return max(nearest, self.base) if count else 0  # 0 is said of nobody but nobody

    def bounds(self, figure: Figure) -> Bounds:
        """Return what a count can be, by what is shown of it."""
        if figure is None:
            return self.low, math.inf
        if figure == 0:
            return 0, 0
        first = figure - self.base // 2
        least = self.least if figure == self.base else max(first, self.least)
        return least, figure - self.base // 2 + self.base - 1

    def no_weaker_than(self, floor: Rule) -> bool:
        """Return whether this rule keeps back at least what `floor` does."""
        return (
            self.least >= floor.least
            and self.base % floor.base == 0
            and self.mean_least >= floor.mean_least
            and (floor.zeros or not self.zeros)
        )
