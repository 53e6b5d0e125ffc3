"""Searches over a graph, compiled: from assets outwards, along the reversed streets.

Costs are whole decimetres. A heap entry is one integer, cost and node side by side, so
that ties are settled by the node's number and no result depends on chance.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mobilise.reach.compiled import compiled

FAR = np.int32(2**31 - 1)
"""The cost of a node that cannot be reached."""


@compiled
def cost_to_nearest(start: Any, neighbour: Any, cost: Any, source: Any, source_cost: Any) -> Any:
    """Return for each node the cost of walking from it to the nearest source (Dijkstra 1959).

    Parameters
    ----------
    start, neighbour, cost
        Compressed rows of the reversed graph.
    source, source_cost
        Nodes to reach, and the cost from each node on to the asset itself.
    """
    best = np.full(len(start) - 1, FAR, np.int32)
    heap = np.empty(max(16, len(source)), np.int64)
    size = 0
    for k in range(len(source)):
        if source_cost[k] < best[source[k]]:
            best[source[k]] = source_cost[k]
            heap, size = _push(heap, size, source_cost[k], source[k])
    while size > 0:
        top, size = _pop(heap, size)
        here, node = top >> 32, top & 0xFFFFFFFF
        if here > best[node]:
            continue
        for edge in range(start[node], start[node + 1]):
            there = here + cost[edge]
            if there < best[neighbour[edge]]:
                best[neighbour[edge]] = there
                heap, size = _push(heap, size, there, neighbour[edge])
    return best


@compiled
def pairs_within(
    start: Any,
    neighbour: Any,
    cost: Any,
    asset_start: Any,
    source: Any,
    source_cost: Any,
    at_node: Any,
    origin: Any,
    origin_cost: Any,
    limit: int,
) -> tuple[Any, Any, Any]:
    """Return every origin within `limit` of each asset, and the cost between them.

    Parameters
    ----------
    start, neighbour, cost
        Compressed rows of the reversed graph.
    asset_start, source, source_cost
        Each asset's entrances: a node, and the cost from it to the entrance.
    at_node, origin, origin_cost
        Compressed rows: the origins at each node, and what they walk to get there.
    limit
        In decimetres, inclusive.

    Returns
    -------
    first, origin, cost
        Where each asset's pairs begin; the pairs, by the order in which they are reached.
    """
    best = np.full(len(start) - 1, FAR, np.int32)
    touched = np.empty(1024, np.int32)
    heap = np.empty(1024, np.int64)
    first = np.zeros(len(asset_start), np.int64)
    out_origin = np.empty(4096, np.int32)
    out_cost = np.empty(4096, np.int32)
    found = 0
    for asset in range(len(asset_start) - 1):
        size, n_touched = 0, 0
        for k in range(asset_start[asset], asset_start[asset + 1]):
            node, there = source[k], source_cost[k]
            if there <= limit and there < best[node]:
                if best[node] == FAR:
                    touched, n_touched = _append(touched, n_touched, node)
                best[node] = there
                heap, size = _push(heap, size, there, node)
        while size > 0:
            top, size = _pop(heap, size)
            here, node = np.int32(top >> 32), np.int32(top & 0xFFFFFFFF)
            if here > best[node]:
                continue
            for k in range(at_node[node], at_node[node + 1]):
                if here + origin_cost[k] <= limit:
                    out_cost, _ = _append(out_cost, found, here + origin_cost[k])
                    out_origin, found = _append(out_origin, found, origin[k])
            for edge in range(start[node], start[node + 1]):
                there = here + cost[edge]
                after = neighbour[edge]
                if there <= limit and there < best[after]:
                    if best[after] == FAR:
                        touched, n_touched = _append(touched, n_touched, after)
                    best[after] = there
                    heap, size = _push(heap, size, there, after)
        for k in range(n_touched):
            best[touched[k]] = FAR
        first[asset + 1] = found
    return first, out_origin[:found].copy(), out_cost[:found].copy()


@compiled
def _append(items: Any, size: int, item: int) -> tuple[Any, int]:
    if size == len(items):
        larger = np.empty(2 * size, items.dtype)
        larger[:size] = items
        items = larger
    items[size] = item
    return items, size + 1


@compiled
def _push(heap: Any, size: int, cost: int, node: int) -> tuple[Any, int]:
    if size == len(heap):
        larger = np.empty(2 * size, np.int64)
        larger[:size] = heap
        heap = larger
    entry = (np.int64(cost) << 32) | np.int64(node)
    at = size
    while at > 0:
        above = (at - 1) >> 1
        if heap[above] <= entry:
            break
        heap[at] = heap[above]
        at = above
    heap[at] = entry
    return heap, size + 1


@compiled
def _pop(heap: Any, size: int) -> tuple[int, int]:
    top = heap[0]
    size -= 1
    entry = heap[size]
    at = 0
    while True:
        below = 2 * at + 1
        if below >= size:
            break
        if below + 1 < size and heap[below + 1] < heap[below]:
            below += 1
        if heap[below] >= entry:
            break
        heap[at] = heap[below]
        at = below
    heap[at] = entry
    return top, size
