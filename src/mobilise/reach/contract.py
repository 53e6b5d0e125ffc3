"""Making a street graph small without changing a single distance between its points.

Dead ends that lead to no point are dropped, chains of nodes with two neighbours become one
edge of exactly their length, parallel edges are reduced to the cheapest, and what is left is
numbered along a Hilbert curve, so that neighbours in the street are neighbours in memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mobilise.reach.compiled import compiled
from mobilise.reach.streets import CLOSED

GONE = -1
"""The number of a node that is not in the graph any more."""

_LEVELS = 16


def contracted(
    ends: tuple[Any, Any], costs: tuple[Any, Any], x: Any, y: Any, keep: Any
) -> tuple[Any, Any, Any]:
    """Return the reversed graph among the nodes that matter.

    Parameters
    ----------
    ends
        Tail and head of each segment.
    costs
        From tail to head, and back (:data:`~mobilise.reach.streets.CLOSED`: not allowed).
    x, y
        Of the nodes.
    keep
        Which nodes must stay, because a point is there.

    Returns
    -------
    start, edges, number
        Row v of the graph holds, in `edges`, each u with the cost from u to v, cheapest first;
        `number` is each old node's new number (-1: gone).
    """
    start, other, inward = _adjacency(*ends, *costs, len(keep))
    degree = _without_dead_ends(start, other, keep)
    old = np.flatnonzero(keep | (degree > 2))
    old = old[np.argsort(_hilbert(x[old], y[old]), kind="stable")]
    number = np.full(len(keep), GONE, dtype=np.int32)
    number[old] = np.arange(len(old), dtype=np.int32)
    new_start, edges = _chains((start, other, inward), old, number, degree)
    return new_start, edges, number


def _hilbert(x: Any, y: Any) -> Any:
    """Return the place of each point along a Hilbert curve over their bounding square."""
    if not len(x):
        return np.zeros(0, dtype=np.int64)
    side = 1 << _LEVELS
    extent = max(float(np.ptp(x)), float(np.ptp(y)), 1e-9)
    column = np.minimum((x - x.min()) / extent * side, side - 1).astype(np.int64)
    row = np.minimum((y - y.min()) / extent * side, side - 1).astype(np.int64)
    place = np.zeros(len(x), dtype=np.int64)
    square = side >> 1
    while square:
        right, upper = (column & square) > 0, (row & square) > 0
        place += square * square * ((3 * right) ^ upper)
        flip = ~upper & right
        column = np.where(flip, side - 1 - column, column)
        row = np.where(flip, side - 1 - row, row)
        column, row = np.where(upper, column, row), np.where(upper, row, column)
        square >>= 1
    return place


@compiled
def _adjacency(tail: Any, head: Any, forward: Any, backward: Any, n: int) -> Any:
    """Return compressed rows: every neighbour of a node, and the cost from there to here."""
    start = np.zeros(n + 1, np.int64)
    for k in range(len(tail)):
        if tail[k] != head[k]:
            start[tail[k] + 1] += 1
            start[head[k] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    at = start[:n].copy()
    other = np.empty(start[n], np.int32)
    inward = np.empty(start[n], np.int32)
    for k in range(len(tail)):
        t, h = tail[k], head[k]
        if t != h:
            other[at[t]], inward[at[t]] = h, backward[k]
            other[at[h]], inward[at[h]] = t, forward[k]
            at[t] += 1
            at[h] += 1
    return start, other, inward


@compiled
def _without_dead_ends(start: Any, other: Any, keep: Any) -> Any:
    """Return each node's degree once dead ends without a point are cut back (0: cut away)."""
    degree = np.diff(start).astype(np.int32)
    for v in range(len(keep)):
        node = v
        while degree[node] == 1 and not keep[node]:
            degree[node] = 0
            for k in range(start[node], start[node + 1]):
                if degree[other[k]] > 0:
                    node = other[k]
                    degree[node] -= 1
                    break
    return degree


@compiled
def _chains(rows: Any, old: Any, number: Any, degree: Any) -> Any:
    """Return the rows of the nodes that stay: chains walked to their ends and added up."""
    start, other, inward = rows
    new_start = np.zeros(len(old) + 1, np.int64)
    edges = np.empty((start[-1], 2), np.int32)
    filled = 0
    for v in range(len(old)):
        here = old[v]
        for k in range(start[here], start[here + 1]):
            before, node, cost = here, other[k], inward[k]
            if degree[node] == 0:
                continue
            while number[node] < 0:
                step = start[node]
                for e in range(start[node], start[node + 1]):
                    if degree[other[e]] > 0:
                        step = e
                        if other[e] != before:
                            break
                before, node = node, other[step]
                cost = CLOSED if cost < 0 or inward[step] < 0 else cost + inward[step]
            if node != here and cost >= 0:
                filled = _put(edges, new_start[v], filled, number[node], cost)
        new_start[v + 1] = filled
    return new_start, edges[:filled].copy()


@compiled
def _put(edges: Any, first: int, end: int, node: int, cost: int) -> int:
    """Put an edge in its place in a row sorted by cost; of parallel ones the cheapest stays."""
    for k in range(first, end):
        if edges[k, 0] == node:
            if edges[k, 1] <= cost:
                return end
            for j in range(k, end - 1):
                edges[j, 0], edges[j, 1] = edges[j + 1, 0], edges[j + 1, 1]
            end -= 1
            break
    k = end
    while k > first and edges[k - 1, 1] > cost:
        edges[k, 0], edges[k, 1] = edges[k - 1, 0], edges[k - 1, 1]
        k -= 1
    edges[k, 0], edges[k, 1] = node, cost
    return end + 1
