"""A graph to search: the streets with people's origins and the assets' entrances put in.

A point is led to the nearest spot on the nearest segment, not to the nearest node: on a
long rural segment those are hundreds of metres apart. The segment is cut there, and the
walk to it is charged in a straight line.
"""

from __future__ import annotations

import hashlib
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.reach.contract import contracted
from mobilise.reach.snap import NOWHERE, nearest_spot
from mobilise.reach.streets import CLOSED

if TYPE_CHECKING:
    from mobilise.reach.streets import Streets


@dataclass(frozen=True)
class Graph:
    """Compressed rows of the reversed graph: row v lists each u and the cost from u to v.

    `edges` has two columns, u and the cost. `node` and `cost_to_node` belong to the points
    that were put in, in their order. Costs are whole decimetres of level walking. `border`
    holds the nodes beyond which there may be streets and points that are not in the graph.
    """

    start: np.ndarray[Any, np.dtype[np.int64]]
    edges: np.ndarray[Any, np.dtype[np.int32]]
    node: np.ndarray[Any, np.dtype[np.int32]]
    cost_to_node: np.ndarray[Any, np.dtype[np.int32]]
    border: np.ndarray[Any, np.dtype[np.int32]]

    def __len__(self) -> int:
        """Return the number of nodes."""
        return len(self.start) - 1


_last: tuple[weakref.ref[Streets], bytes, Graph] | None = None


def remembered_graph(streets: Streets, x: Any, y: Any, snap_metres: float) -> Graph:
    """Return :func:`graph_with_points`; the last one again for the same streets and points.

    A recipe asks several questions of one place: other measures, slower walkers.
    """
    global _last  # noqa: PLW0603 - one graph is kept, and only while its streets are
    points = np.ascontiguousarray([x, y]).tobytes() + np.float64(snap_metres).tobytes()
    key = hashlib.sha256(points).digest()
    if _last is None or _last[0]() is not streets or _last[1] != key:
        graph = graph_with_points(streets, x, y, snap_metres)
        _last = (weakref.ref(streets, _forget), key, graph)
        return graph
    return _last[2]


def _forget(gone: weakref.ref[Streets]) -> None:
    global _last  # noqa: PLW0603
    if _last is not None and _last[0] is gone:
        _last = None


def graph_with_points(
    streets: Streets, x: Any, y: Any, snap_metres: float, inside: Any = None
) -> Graph:
    """Return the graph of `streets` with points put in where they meet it.

    Parameters
    ----------
    streets
        The network.
    x, y
        The points, in metres of the network's CRS.
    snap_metres
        Points further than this from any segment are put :data:`NOWHERE`.
    inside
        Which segments are where everything is known; None: all.
    """
    segment, offset, gap = nearest_spot(streets, x, y, snap_metres)
    node, ends, costs, n = _cut(streets, segment, offset)
    there = node != NOWHERE
    keep = np.zeros(n, dtype=bool)
    keep[node[there]] = True
    border = _border(streets, segment, node, inside)
    keep[border] = True
    at = np.zeros((2, n))
    at[0, : len(streets.x)], at[1, : len(streets.y)] = streets.x, streets.y
    at[0, node[there]], at[1, node[there]] = x[there], y[there]
    start, edges, number = contracted(ends, costs, at[0], at[1], keep)
    node[there] = number[node[there]]
    return Graph(start, edges, node, gap, number[border])


def _border(streets: Streets, segment: Any, node: Any, inside: Any) -> Any:
    """Return the nodes where segments inside meet others, and the points on those others.

    Whoever walks from a point inside to anything unknown passes one of these first.
    """
    if inside is None:
        return np.empty(0, np.int32)
    ends = np.zeros((2, len(streets.x)), dtype=bool)
    for half, some in zip(ends, (inside, ~inside), strict=True):
        half[streets.tail[some]] = half[streets.head[some]] = True
    there = np.flatnonzero(node != NOWHERE)
    beyond = node[there[~inside[segment[there]]]]
    return np.unique(np.concatenate([np.flatnonzero(ends[0] & ends[1]), beyond]))


def _cut(
    streets: Streets, segment: Any, offset: Any
) -> tuple[Any, tuple[Any, Any], tuple[Any, Any], int]:
    """Cut segments at the points on them.

    Returns the points' nodes, the segments' ends and costs, and the number of nodes.
    """
    there = np.flatnonzero(segment >= 0)
    key = (segment[there] << 32) | offset[there]
    spots, spot = np.unique(key, return_inverse=True)
    on, along = spots >> 32, (spots & 0xFFFFFFFF).astype(np.int32)
    whole = streets.length[on]
    inside = (along > 0) & (along < whole)
    n = len(streets.x)
    spot_node = np.where(along == 0, streets.tail[on], streets.head[on]).astype(np.int32)
    spot_node[inside] = n + np.arange(inside.sum(), dtype=np.int32)
    node = np.full(len(segment), NOWHERE, dtype=np.int32)
    node[there] = spot_node[spot]

    on, along, middle = on[inside], along[inside], spot_node[inside]
    first = np.ones(len(on), dtype=bool)
    first[1:] = on[1:] != on[:-1]
    last = np.roll(first, -1) if len(on) else first
    cut_at = {
        way: _share(getattr(streets, way)[on], along, streets.length[on])
        for way in ("forward", "backward")
    }
    before = np.where(first, streets.tail[on], np.roll(middle, 1))
    kept = np.ones(len(streets.tail), dtype=bool)
    kept[on] = False
    columns = [
        (streets.tail[kept], before, middle[last]),
        (streets.head[kept], middle, streets.head[on[last]]),
    ]
    for way in ("forward", "backward"):
        cost, part = getattr(streets, way), cut_at[way]
        so_far = part - np.where(first, 0, np.roll(part, 1))
        closed = cost[on] == CLOSED
        columns.append(
            (
                cost[kept],
                np.where(closed, CLOSED, so_far),
                np.where(closed, CLOSED, cost[on] - part)[last],
            )
        )
    tail, head, forward, backward = (np.concatenate(c).astype(np.int32) for c in columns)
    return node, (tail, head), (forward, backward), n + len(middle)


def _share(cost: Any, along: Any, length: Any) -> Any:
    """Return the cost of the first `along` of `length`, rounded to the decimetre."""
    return np.rint(cost * (along / np.maximum(length, 1))).astype(np.int32)
