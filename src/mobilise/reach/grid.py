"""Sums over points within a distance, on a sorted grid: no pair is ever written out.

Points are sorted by square cell, row by row, so that the cells of one row that a circle
touches are one unbroken run of memory. Positions in a run are unsigned: without a check
for negative ones the compiler sums several points at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.reach.compiled import compiled, compiled_sum

if TYPE_CHECKING:
    from mobilise.reach.points import Floats, Integers

STEPS = 3
"""Staircases of up to this many steps are summed without a table."""

_FAR = np.int32(2**31 - 1)


@dataclass(frozen=True)
class Grid:
    """Points sorted by cell: `order` gives their old positions, `start` where cells begin."""

    x: Floats
    y: Floats
    order: Integers
    start: Integers
    corner: tuple[float, float]
    cell: float
    shape: tuple[int, int]

    def layout(self) -> tuple[Any, ...]:
        """Return what the kernels need to find a cell."""
        return self.start, self.corner[0], self.corner[1], self.cell, *self.shape


def grid_of(x: Floats, y: Floats, cell: float) -> Grid:
    """Return points sorted into square cells of about `cell` metres.

    Cells are made larger where the points are so far apart that most would be empty.
    """
    if not len(x):
        return Grid(x, y, np.zeros(0, np.int64), np.zeros(2, np.int64), (0.0, 0.0), cell, (1, 1))
    corner = (float(x.min()), float(y.min()))
    wide, high = float(x.max()) - corner[0], float(y.max()) - corner[1]
    cell = max(cell, np.sqrt(wide * high / (4.0 * len(x) + 1024)), max(wide, high) / 30_000)
    shape = int(high / cell) + 1, int(wide / cell) + 1
    order, start = _sorted(x, y, corner[0], corner[1], cell, shape[0], shape[1])
    return Grid(x[order], y[order], order, start, corner, cell, shape)


@compiled
def _sorted(
    x: Any, y: Any, left: float, bottom: float, cell: float, rows: int, columns: int
) -> tuple[Any, Any]:
    """Sort by counting; within a cell the old order stays."""
    of_point = np.empty(len(x), np.int64)
    start = np.zeros(rows * columns + 1, np.int64)
    for k in range(len(x)):
        of_point[k] = int((y[k] - bottom) / cell) * columns + int((x[k] - left) / cell)
        start[of_point[k] + 1] += 1
    for c in range(rows * columns):
        start[c + 1] += start[c]
    at = start[:-1].copy()
    order = np.empty(len(x), np.int64)
    for k in range(len(x)):
        order[at[of_point[k]]] = k
        at[of_point[k]] += 1
    return order, start


@compiled_sum
def sums_by_steps(at: Any, grid: Any, points: Any, falls: Any) -> Any:
    """Return for each place the sum over points of value times a staircase of distance.

    Parameters
    ----------
    at
        x and y of the places.
    grid
        :meth:`Grid.layout` of the points.
    points
        x, y and value of the points, in the grid's order.
    falls
        Two rows of :data:`STEPS`: the squared distances up to which a step reaches, farthest
        first (negative: no such step), and by how much the weight falls there.
    """
    start, left, bottom, cell, rows, columns = grid
    x, y, values = points
    upto0, upto1, upto2 = falls[0]
    sums = np.zeros(len(at[0]))
    for q in range(len(sums)):
        here_x, here_y = at[0][q], at[1][q]
        sum0, sum1, sum2 = 0.0, 0.0, 0.0
        first_row, last_row = _span(here_y - bottom, upto0, cell, rows)
        for row in range(first_row, last_row + 1):
            a, b = _run(here_x - left, here_y - bottom, row, upto0, cell, columns, start)
            for k in range(np.uint64(a), np.uint64(b)):
                square = (x[k] - here_x) ** 2 + (y[k] - here_y) ** 2
                value = values[k]
                sum0 += value if square <= upto0 else 0.0
                sum1 += value if square <= upto1 else 0.0
                sum2 += value if square <= upto2 else 0.0
        sums[q] = sum0 * falls[1, 0] + sum1 * falls[1, 1] + sum2 * falls[1, 2]
    return sums


@compiled_sum
def sums_by_table(at: Any, grid: Any, points: Any, per_metre: float, weight: Any) -> Any:
    """Return for each place the sum over points of value times a weight from a table.

    As :func:`sums_by_steps`, but `weight` holds one for each whole unit of cost (`per_metre`
    of them in a metre), and a last one of 0 for whatever is beyond.
    """
    start, left, bottom, cell, rows, columns = grid
    x, y, values = points
    beyond = np.uint32(len(weight) - 1)
    square_limit = ((len(weight) - 1.5) / per_metre) ** 2
    sums = np.zeros(len(at[0]))
    for q in range(len(sums)):
        here_x, here_y = at[0][q], at[1][q]
        total = 0.0
        first_row, last_row = _span(here_y - bottom, square_limit, cell, rows)
        for row in range(first_row, last_row + 1):
            a, b = _run(here_x - left, here_y - bottom, row, square_limit, cell, columns, start)
            for k in range(np.uint64(a), np.uint64(b)):
                metres = np.sqrt((x[k] - here_x) ** 2 + (y[k] - here_y) ** 2)
                cost = min(np.uint32(metres * per_metre + 0.5), beyond)
                total += values[k] * weight[cost]
        sums[q] = total
    return sums


@compiled
def pairs_near(
    doors: Any, grid: Any, points: Any, per_metre: float, limit: int, of_cost: Any
) -> tuple[Any, Any, Any]:
    """Return every point within `limit` of each asset, and the cost from its nearest door.

    Parameters
    ----------
    doors
        start, x, y: each asset's entrances.
    grid, points
        Layout of the points; their x, y and old positions.
    per_metre, limit
        Units of cost in a metre, and the greatest cost, inclusive.
    of_cost
        An empty array of the integers to keep costs in.
    """
    door_start, door_x, door_y = doors
    start, left, bottom, cell, rows, columns = grid
    x, y, order = points
    square_limit = ((limit + 0.5) / per_metre) ** 2
    best = np.full(len(x), _FAR, np.int32)
    first = np.zeros(len(door_start), np.int64)
    out_point, out_cost = np.empty(4096, np.int32), np.empty(4096, of_cost.dtype)
    found = 0
    for asset in range(len(door_start) - 1):
        for door in range(door_start[asset], door_start[asset + 1]):
            here_x, here_y = door_x[door], door_y[door]
            first_row, last_row = _span(here_y - bottom, square_limit, cell, rows)
            for row in range(first_row, last_row + 1):
                a, b = _run(here_x - left, here_y - bottom, row, square_limit, cell, columns, start)
                for k in range(np.uint64(a), np.uint64(b)):
                    metres = np.sqrt((x[k] - here_x) ** 2 + (y[k] - here_y) ** 2)
                    cost = np.int32(metres * per_metre + 0.5)
                    if cost <= limit and cost < best[k]:
                        if best[k] == _FAR:
                            if found == len(out_point):
                                out_point, out_cost = longer(out_point), longer(out_cost)
                            out_point[found] = k
                            found += 1
                        best[k] = cost
        for pair in range(first[asset], found):
            k = out_point[pair]
            out_cost[pair], out_point[pair] = best[k], order[k]
            best[k] = _FAR
        first[asset + 1] = found
    return first, out_point[:found].copy(), out_cost[:found].copy()


@compiled
def longer(items: Any) -> Any:
    """Return the items in an array with room for as many again."""
    twice = np.empty(2 * len(items), items.dtype)
    twice[: len(items)] = items
    return twice


@compiled
def _span(height: float, square_limit: float, cell: float, rows: int) -> tuple[int, int]:
    """Return the first and last row of cells that a circle at `height` touches."""
    reach = np.sqrt(max(square_limit, 0.0))
    first = max(int(np.floor((height - reach) / cell)), 0)
    return first, min(int(np.floor((height + reach) / cell)), rows - 1)


@compiled
def _run(
    across: float,
    height: float,
    row: int,
    square_limit: float,
    cell: float,
    columns: int,
    start: Any,
) -> tuple[int, int]:
    """Return the run of points in the cells of `row` that the circle touches."""
    away = max(row * cell - height, height - (row + 1) * cell, 0.0)
    half = np.sqrt(max(square_limit - away * away, 0.0))
    first = int(np.floor((across - half) / cell))
    last = int(np.floor((across + half) / cell))
    if last < 0 or first >= columns:
        return 0, 0
    base = row * columns
    return start[base + max(first, 0)], start[base + min(last, columns - 1) + 1]
