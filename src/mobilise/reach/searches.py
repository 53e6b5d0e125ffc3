"""Searches over a graph, compiled: from assets outwards, along the reversed streets.

Costs are whole decimetres. Nodes wait in buckets of like cost (Dial 1969): no heap is
kept in order, and a node whose cost falls while its bucket is emptied is simply looked at
again, so the costs are exact whatever the buckets' width (Meyer & Sanders 2003,
doi:10.1016/S0196-6774(03)00076-2).
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from mobilise.reach.compiled import compiled
from mobilise.reach.grid import longer

FAR = np.int32(2**31 - 1)
"""The cost of a node that cannot be reached."""

SHIFT = 8
"""Buckets are 2**8 decimetres wide: about the length of a short street."""


@compiled
def cost_to_nearest(start: Any, edges: Any, source: Any, source_cost: Any, buckets: int) -> Any:
    """Return for each node the cost of walking from it to the nearest source.

    Parameters
    ----------
    start, edges
        The reversed graph.
    source, source_cost
        Nodes to reach, and the cost from each node on to the asset itself.
    buckets
        A power of two, more than the greatest cost of an edge or a source takes up.
    """
    best = np.full(len(start) - 1, FAR, np.int32)
    first = np.full(buckets, -1, np.int32)
    queue = np.empty((max(1024, len(source)), 3), np.int32)  # node, cost, next in its bucket
    used, waiting = 0, 0
    for k in range(len(source)):
        there = source_cost[k]
        if there < best[source[k]]:
            best[source[k]] = there
            queue, used = _push(
                queue, used, first, (there >> SHIFT) & (buckets - 1), source[k], there
            )
            waiting += 1
    bucket = 0
    while waiting > 0:
        while first[bucket] >= 0:
            entry = first[bucket]
            node, here = queue[entry, 0], queue[entry, 1]
            first[bucket] = queue[entry, 2]
            waiting -= 1
            if here > best[node]:
                continue
            for e in range(start[node], start[node + 1]):
                after, there = edges[e, 0], here + edges[e, 1]
                if there < best[after]:
                    best[after] = there
                    at = (there >> SHIFT) & (buckets - 1)
                    queue, used = _push(queue, used, first, at, after, there)
                    waiting += 1
        bucket = (bucket + 1) & (buckets - 1)
    return best


@compiled
def pairs_within(
    graph: Any, assets: Any, origins: Any, limit: int, of_cost: Any
) -> tuple[Any, Any, Any]:
    """Return every origin within `limit` of each asset, and the cost between them.

    Parameters
    ----------
    graph
        start and edges of the reversed graph.
    assets
        start, source, source_cost: each asset's entrances (a node, and the cost from it).
    origins
        start, origin, origin_cost: the origins at each node, and what they walk to get there.
    limit
        In decimetres, inclusive.
    of_cost
        An empty array of the integers to keep costs in.

    Returns
    -------
    first, origin, cost
        Where each asset's pairs begin, and the pairs.
    """
    start, edges = graph
    asset_start, source, source_cost = assets
    at_node, origin, origin_cost = origins
    best = np.full(len(start) - 1, FAR, np.int32)
    buckets = np.full((limit >> SHIFT) + 1, -1, np.int32)
    queue = np.empty((1024, 3), np.int32)
    first = np.zeros(len(asset_start), np.int64)
    out_origin = np.empty(4096, np.int32)
    out_cost = np.empty(4096, of_cost.dtype)
    found = 0
    for asset in range(len(asset_start) - 1):
        used = 0
        for k in range(asset_start[asset], asset_start[asset + 1]):
            there = source_cost[k]
            if there <= limit and there < best[source[k]]:
                best[source[k]] = there
                queue, used = _push(queue, used, buckets, there >> SHIFT, source[k], there)
        queue, used = _search(start, edges, limit, best, buckets, queue, used)
        for entry in range(used):
            node, here = queue[entry, 0], queue[entry, 1]
            if here != best[node]:
                continue  # a cheaper way was found, or the node has had its turn
            best[node] = FAR
            for k in range(at_node[node], at_node[node + 1]):
                if here + origin_cost[k] <= limit:
                    if found == len(out_origin):
                        out_origin, out_cost = longer(out_origin), longer(out_cost)
                    out_origin[found], out_cost[found] = origin[k], here + origin_cost[k]
                    found += 1
        first[asset + 1] = found
    return first, out_origin[:found].copy(), out_cost[:found].copy()


@compiled
def _search(
    start: Any, edges: Any, limit: int, best: Any, buckets: Any, queue: Any, used: int
) -> tuple[Any, int]:
    """Spread from what is queued up to `limit`; rows are sorted by cost, so they end early."""
    for bucket in range(len(buckets)):
        while buckets[bucket] >= 0:
            entry = buckets[bucket]
            node, here = queue[entry, 0], queue[entry, 1]
            buckets[bucket] = queue[entry, 2]
            if here > best[node]:
                continue
            for e in range(start[node], start[node + 1]):
                there = here + edges[e, 1]
                if there > limit:
                    break
                after = edges[e, 0]
                if there < best[after]:
                    best[after] = there
                    queue, used = _push(queue, used, buckets, there >> SHIFT, after, there)
    return queue, used


@compiled
def _push(queue: Any, used: int, buckets: Any, at: int, node: int, cost: int) -> tuple[Any, int]:
    if used == len(queue):
        longer = np.empty((2 * used, 3), np.int32)
        longer[:used] = queue
        queue = longer
    queue[used, 0], queue[used, 1], queue[used, 2] = node, cost, buckets[at]
    buckets[at] = used
    return queue, used + 1


@compiled
def costs_to_different(
    start: Any, edges: Any, source: Any, source_cost: Any, owner: Any, rank: int
) -> Any:
    """Return for each node the costs to its nearest sources of `rank` different owners.

    Each node is settled once for each of them, nearest first, through a heap.
    """
    costs = np.full((len(start) - 1, rank), FAR, np.int32)
    owners = np.full((len(start) - 1, rank), -1, np.int64)
    queue = np.empty((max(1024, len(source)), 2), np.int64)  # node and owner of each entry
    heap = [np.int64(0) for _ in range(0)]
    used = 0
    for k in range(len(source)):
        queue[used, 0], queue[used, 1] = source[k], owner[k]
        heapq.heappush(heap, (np.int64(source_cost[k]) << 32) | used)
        used += 1
    while len(heap) > 0:
        top = heapq.heappop(heap)
        here, entry = top >> 32, top & 0xFFFFFFFF
        node, whose = queue[entry, 0], queue[entry, 1]
        place = 0
        while place < rank and owners[node, place] >= 0 and owners[node, place] != whose:
            place += 1
        if place == rank or owners[node, place] == whose:
            continue
        owners[node, place], costs[node, place] = whose, here
        for e in range(start[node], start[node + 1]):
            if owners[edges[e, 0], rank - 1] >= 0:
                continue
            if used == len(queue):
                more = np.empty((2 * used, 2), np.int64)
                more[:used] = queue
                queue = more
            queue[used, 0], queue[used, 1] = edges[e, 0], whose
            heapq.heappush(heap, ((here + edges[e, 1]) << 32) | used)
            used += 1
    return costs
