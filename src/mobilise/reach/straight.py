"""Straight lines, made longer by a detour factor."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial import cKDTree

from mobilise.reach.decay import HAIR
from mobilise.reach.grid import STEPS, grid_of, pairs_near, sums_by_steps, sums_by_table
from mobilise.reach.pairs import Pairs
from mobilise.reach.travel import doors_of, integers_up_to

if TYPE_CHECKING:
    from mobilise.notes import Note
    from mobilise.reach.catchments import Field
    from mobilise.reach.decay import Decay
    from mobilise.reach.grid import Grid
    from mobilise.reach.points import Access, Floats, Integers, Origins
    from mobilise.reach.travel import Pace

_CELLS_IN_A_RADIUS = 0.8


@dataclass
class StraightLine:
    """Travel in straight lines times `detour`."""

    origins: Origins
    access: Access
    pace: Pace
    detour: float
    notes: list[Note] = field(default_factory=list)

    def minutes_to_nearest(self, assets: Integers, rank: int = 1) -> Floats:
        """Return each origin's minutes to the nearest (2nd, ...) of `assets`."""
        doors, start = doors_of(self.access, assets)
        found = np.full(len(self.origins.x), np.nan)
        if len(assets) < rank:
            return found
        owner = np.repeat(np.arange(len(assets)), np.diff(start))
        tree = cKDTree(np.stack([self.access.x[doors], self.access.y[doors]], axis=1))
        homes = np.stack([self.origins.x, self.origins.y], axis=1)
        open_, many = np.arange(len(homes)), rank
        while len(open_):
            many = min(many, len(doors))
            metres: Any
            metres, door = tree.query(homes[open_], k=np.arange(1, many + 1))
            at = _of_distinct(owner[door], rank)
            known = at < many
            found[open_[known]] = metres[known, at[known]]
            open_, many = open_[~known], many * 4
        return self.pace.minutes(np.floor(10 * self.detour * found + 0.5))

    def near(self, assets: Integers, minutes: float) -> Pairs | NearStraight:
        """Return what is within `minutes`; pairs are written out only for several entrances."""
        doors, _ = doors_of(self.access, assets)
        if len(doors) > len(assets):
            return self.pairs(assets, minutes)
        metres = self.pace.limit(minutes) / (10 * self.detour)
        cell = metres / _CELLS_IN_A_RADIUS
        return NearStraight(
            grid_of(self.origins.x, self.origins.y, cell),
            grid_of(self.access.x[doors], self.access.y[doors], cell),
            self.pace,
            self.detour,
        )

    def pairs(self, assets: Integers, minutes: float) -> Pairs:
        """Return the pairs within `minutes`, asset by asset."""
        doors, start = doors_of(self.access, assets)
        limit = self.pace.limit(minutes)
        grid = grid_of(self.origins.x, self.origins.y, limit / (10 * self.detour))
        first, origin, cost = pairs_near(
            (start, self.access.x[doors], self.access.y[doors]),
            grid.layout(),
            (grid.x, grid.y, grid.order),
            10 * self.detour,
            limit,
            integers_up_to(limit),
        )
        minutes_of_cost = self.pace.all_minutes(minutes)
        return Pairs(
            np.arange(len(assets)), first, origin, cost, minutes_of_cost, len(self.origins.x)
        )


@dataclass(frozen=True)
class NearStraight:
    """Origins and assets of one entrance each, both sorted on a grid."""

    origins: Grid
    assets: Grid
    pace: Pace
    detour: float

    def field(self, decay: Decay, limit_minutes: float) -> Field:
        """Return the weights of `decay` up to a limit, inclusive."""
        steps = _within(decay.steps, limit_minutes)
        if 0 < len(steps) <= STEPS:
            return StraightField(self, falls=self._falls(steps))
        minutes = self.pace.all_minutes(limit_minutes)
        return StraightField(self, table=np.append(decay.weight(minutes), 0.0))

    def _falls(self, steps: list[tuple[float, float]]) -> Floats:
        """Return where a staircase falls, as squared metres, and by how much."""
        falls = np.zeros((2, STEPS))
        falls[0] = -1.0
        weights = [weight for _, weight in steps] + [0.0]
        for k, (minutes, weight) in enumerate(steps):
            square = _largest_square(self.pace.limit(minutes + HAIR), 10 * self.detour)
            at = len(steps) - 1 - k
            falls[:, at] = square, weight - weights[k + 1]
        return falls


@dataclass(frozen=True)
class StraightField:
    """A field of straight lines: a staircase (`falls`) or a table of weights."""

    near: NearStraight
    falls: Floats | None = None
    table: Floats | None = None

    def spread(self, values: Floats) -> Floats:
        """Return for each asset the weighted sum over its origins."""
        return self._sums(self.near.assets, self.near.origins, values)

    def gather(self, values: Floats) -> Floats:
        """Return for each origin the weighted sum over its assets."""
        return self._sums(self.near.origins, self.near.assets, values)

    @cached_property
    def _squares(self) -> StraightField:
        if self.table is not None:
            return StraightField(self.near, table=self.table**2)
        assert self.falls is not None
        # Walking in from the farthest step the falls add up to the weights.
        weights = np.cumsum(self.falls[1])
        falls = np.stack([self.falls[0], np.diff(weights**2, prepend=0.0)])
        return StraightField(self.near, falls=falls)

    def squared(self) -> StraightField:
        """Return the field of squared weights."""
        return self._squares

    def _sums(self, places: Grid, points: Grid, values: Floats) -> Floats:
        at, layout = (places.x, places.y), points.layout()
        columns = (points.x, points.y, values[points.order])
        if self.table is not None:
            sums = sums_by_table(at, layout, columns, 10 * self.near.detour, self.table)
        else:
            sums = sums_by_steps(at, layout, columns, self.falls)
        unsorted = np.empty(len(sums))
        unsorted[places.order] = sums
        return unsorted


def _largest_square(limit: int, per_metre: float) -> float:
    """Return the greatest squared distance whose cost, rounded as elsewhere, is within `limit`."""
    square = ((limit + 0.5) / per_metre) ** 2
    while int(np.sqrt(square) * per_metre + 0.5) > limit:
        square = float(np.nextafter(square, 0.0))
    return square


def _of_distinct(owner: Any, rank: int) -> Any:
    """Return the column in which the `rank`-th different owner of each row first comes.

    The number of columns if there are not so many.
    """
    rows, columns = owner.shape
    if rank == 1:
        return np.zeros(rows, dtype=np.int64)
    new = np.ones_like(owner, dtype=bool)
    for k in range(1, columns):
        new[:, k] = (owner[:, :k] != owner[:, k, None]).all(axis=1)
    reached = np.cumsum(new, axis=1) >= rank
    return np.where(reached.any(axis=1), reached.argmax(axis=1), columns)


def _within(
    steps: tuple[tuple[float, float], ...], limit_minutes: float
) -> list[tuple[float, float]]:
    """Return the steps up to a limit, the last one cut off there."""
    kept = []
    for minutes, weight in steps:
        kept.append((min(minutes, limit_minutes), weight))
        if minutes >= limit_minutes - HAIR:
            break
    return kept
