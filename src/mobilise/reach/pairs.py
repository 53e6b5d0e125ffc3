"""Pairs of assets and origins within a limit, and sums over them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.reach.compiled import compiled
from mobilise.reach.decay import HAIR

if TYPE_CHECKING:
    from mobilise.reach.decay import Decay
    from mobilise.reach.points import Floats, Integers


@dataclass(frozen=True)
class Pairs:
    """Origins within a limit of each asset; no pair is there twice.

    Parameters
    ----------
    row
        The asset of each row, by its position among those asked for: rows lie in the order
        in which they were searched.
    first
        Where each row's pairs begin; one more than there are rows.
    origin
        The origins' positions.
    cost
        A code for the cost: the position of its minutes in `minutes`.
    minutes
        The minutes of each code. With walks this is every decimetre up to the limit, so a
        pair takes six bytes and a weight is looked up, not computed.
    n_origins
        How many origins there are in all.
    """

    row: Integers
    first: Integers
    origin: np.ndarray[Any, np.dtype[np.int32]]
    cost: np.ndarray[Any, Any]
    minutes: Floats
    n_origins: int

    def asset(self) -> Integers:
        """Return the position of each pair's asset among those asked for."""
        return np.repeat(self.row, np.diff(self.first))

    def field(self, decay: Decay, limit_minutes: float) -> PairField:
        """Return the weights of `decay` up to a limit, inclusive."""
        inside = self.minutes <= limit_minutes + HAIR
        return PairField(self, np.where(inside, decay.weight(self.minutes), 0.0))


@dataclass(frozen=True)
class PairField:
    """A field over stored pairs; `weight` holds one value for each code of cost."""

    pairs: Pairs
    weight: Floats

    def spread(self, values: Floats) -> Floats:
        """Return for each asset the weighted sum over its origins."""
        pairs = self.pairs
        sums = np.zeros(len(pairs.row))
        _spread(pairs.row, pairs.first, pairs.origin, pairs.cost, self.weight, values, sums)
        return sums

    def gather(self, values: Floats) -> Floats:
        """Return for each origin the weighted sum over its assets."""
        pairs = self.pairs
        sums = np.zeros(pairs.n_origins)
        _gather(pairs.row, pairs.first, pairs.origin, pairs.cost, self.weight, values, sums)
        return sums

    def squared(self) -> PairField:
        """Return the field of squared weights."""
        return PairField(self.pairs, self.weight**2)


@compiled
def _spread(
    row: Any, first: Any, origin: Any, cost: Any, weight: Any, values: Any, sums: Any
) -> None:
    for r in range(len(row)):
        total = 0.0
        for k in range(first[r], first[r + 1]):
            total += values[np.uint32(origin[k])] * weight[np.uint32(cost[k])]
        sums[row[r]] = total


@compiled
def _gather(
    row: Any, first: Any, origin: Any, cost: Any, weight: Any, values: Any, sums: Any
) -> None:
    for r in range(len(row)):
        value = values[row[r]]
        for k in range(first[r], first[r + 1]):
            sums[np.uint32(origin[k])] += value * weight[np.uint32(cost[k])]
