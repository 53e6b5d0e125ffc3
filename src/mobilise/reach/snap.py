"""Where a point meets the streets: the nearest spot on the nearest segment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.reach.compiled import compiled

if TYPE_CHECKING:
    from mobilise.reach.streets import Streets

NOWHERE = -1
"""The segment, or node, of a point that is too far from any street."""

_CELL_METRES = 100.0
_CELLS_A_SEGMENT = 4


def nearest_spot(streets: Streets, x: Any, y: Any, snap_metres: float) -> tuple[Any, Any, Any]:
    """Return each point's nearest segment, how far along it, and how far away.

    Parameters
    ----------
    streets
        The network.
    x, y
        The points, in metres.
    snap_metres
        A point further than this from any segment is :data:`NOWHERE`.

    Returns
    -------
    segment, offset, gap
        Of segments at the same distance the first in the network is taken. `offset` (from
        its tail) and `gap` are in whole decimetres. A segment without length still has two
        ends: there the offset 1 stands for the far one.
    """
    ends = (
        streets.x[streets.tail],
        streets.y[streets.tail],
        streets.x[streets.head],
        streets.y[streets.head],
    )
    layout = _layout(streets.x, streets.y)
    start, listed = _segments_by_cell(*ends, layout)
    segment, along, metres = _nearest(x, y, snap_metres, ends, layout, start, listed)
    there = segment != NOWHERE
    length = np.where(there, streets.length[segment], 0)
    offset = np.where((length == 0) & (along >= 0.5), 1, np.rint(along * length))
    gap = np.rint(10 * np.where(there, metres, 0.0))
    return segment, np.where(there, offset, 0).astype(np.int32), gap.astype(np.int32)


def _layout(x: Any, y: Any) -> tuple[float, float, float, int, int]:
    """Return corner, cell, rows and columns of a grid with not too many cells for the streets."""
    wide, high = float(np.ptp(x)), float(np.ptp(y))
    cell = max(_CELL_METRES, np.sqrt(wide * high / (_CELLS_A_SEGMENT * len(x) + 1024)))
    cell = max(cell, max(wide, high) / 30_000)
    return float(x.min()), float(y.min()), cell, int(high / cell) + 1, int(wide / cell) + 1


@compiled
def _segments_by_cell(x0: Any, y0: Any, x1: Any, y1: Any, layout: Any) -> tuple[Any, Any]:
    """Return compressed rows: the segments that run through each cell, in their order."""
    left, bottom, cell, rows, columns = layout
    start = np.zeros(rows * columns + 1, np.int64)
    listed = np.empty(0, np.int32)
    at = start
    for turn in range(2):  # count, then write
        if turn == 1:
            for c in range(rows * columns):
                start[c + 1] += start[c]
            listed, at = np.empty(start[-1], np.int32), start[:-1].copy()
        for s in range(len(x0)):
            low, high = min(y0[s], y1[s]), max(y0[s], y1[s])
            for row in range(int((low - bottom) / cell), int((high - bottom) / cell) + 1):
                first, last = _columns_in_row(
                    x0[s] - left, y0[s] - bottom, x1[s] - left, y1[s] - bottom, row, cell
                )
                for column in range(max(first, 0), min(last, columns - 1) + 1):
                    c = min(row, rows - 1) * columns + column
                    if turn == 0:
                        start[c + 1] += 1
                    else:
                        listed[at[c]] = s
                        at[c] += 1
    return start, listed


@compiled
def _columns_in_row(
    ax: float, ay: float, bx: float, by: float, row: int, cell: float
) -> tuple[int, int]:
    """Return the first and last cell of a row that a segment runs through (a hair wider)."""
    low, high = min(ax, bx), max(ax, bx)
    if ay != by:
        slope = (bx - ax) / (by - ay)
        one = ax + (row * cell - ay) * slope
        other = ax + ((row + 1) * cell - ay) * slope
        low, high = max(low, min(one, other)), min(high, max(one, other))
    hair = 1e-6
    return int(np.floor((low - hair) / cell)), int(np.floor((high + hair) / cell))


@compiled
def _nearest(
    x: Any, y: Any, limit: float, ends: Any, layout: Any, start: Any, listed: Any
) -> tuple[Any, Any, Any]:
    """Search rings of cells outwards until no segment in the next could be nearer."""
    left, bottom, cell, rows, columns = layout
    segment = np.full(len(x), NOWHERE, np.int64)
    along, metres = np.zeros(len(x)), np.zeros(len(x))
    for p in range(len(x)):
        row, column = int(np.floor((y[p] - bottom) / cell)), int(np.floor((x[p] - left) / cell))
        across, up = x[p] - left - column * cell, y[p] - bottom - row * cell
        margin = min(across, cell - across, up, cell - up)
        best, ring = limit * limit, 0
        while True:
            for r in range(max(row - ring, 0), min(row + ring, rows - 1) + 1):
                inside = ring > 0 and abs(r - row) < ring
                for c in range(column - ring, column + ring + 1, 2 * ring if inside else 1):
                    if c < 0 or c >= columns:
                        continue
                    for k in range(start[r * columns + c], start[r * columns + c + 1]):
                        s = listed[k]
                        share, square = _to_segment(x[p], y[p], ends, s)
                        first = segment[p] == NOWHERE or s < segment[p]
                        if square < best or (square == best and first):
                            best, segment[p], along[p] = square, s, share
            known = margin + ring * cell
            if known * known > best:
                break
            ring += 1
        metres[p] = np.sqrt(best)
    return segment, along, metres


@compiled
def _to_segment(px: float, py: float, ends: Any, s: int) -> tuple[float, float]:
    """Return how far along a segment its nearest spot is (0 to 1), and the squared distance."""
    ax, ay = ends[0][s], ends[1][s]
    dx, dy = ends[2][s] - ax, ends[3][s] - ay
    square = dx * dx + dy * dy
    share = 0.0
    if square > 0:
        share = min(max(((px - ax) * dx + (py - ay) * dy) / square, 0.0), 1.0)
    return share, (px - ax - share * dx) ** 2 + (py - ay - share * dy) ** 2
