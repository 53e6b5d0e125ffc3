"""Searches over a graph, compiled: from assets outwards, along the reversed streets.

Costs are whole decimetres. Nodes wait in buckets of like cost (Dial 1969,
doi:10.1145/363269.363610): no heap is kept in order, and a node whose cost falls while its
bucket is emptied is simply looked at again, so the costs are exact whatever the buckets'
width (Meyer & Sanders 2003, doi:10.1016/S0196-6774(03)00076-2).

An edge is followed without a branch: everything is written, and kept only if it is better;
what a processor guesses wrong costs it more than the writing. Positions are unsigned, which
spares the check for negative ones; what is used twice is read once, since the compiler
cannot know that no write in between changed it. A search that runs out of room starts again
with more.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from mobilise.reach.compiled import compiled

FAR: Any = np.int32(2**31 - 1)
"""The cost of a node that cannot be reached."""

SHIFT = 8
"""Buckets are 2**8 decimetres wide: about the length of a short street."""

_NO_ROOM = -1


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
        A power of two, more than the costliest edge or source takes up; they are used in turn.
    """
    room = 2 * (len(start) + len(source))
    first = np.empty(buckets, np.int32)
    while True:
        best = np.full(len(start) - 1, FAR, np.int32)
        first[:] = -1
        queue = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
        used = _enqueue(source, source_cost, FAR, best, first, queue)
        if _spread(start, edges, FAR, best, first, queue, used) != _NO_ROOM:
            return best
        room *= 2


@compiled
def pairs_within(
    graph: Any, assets: Any, origins: Any, limit: Any, of_cost: Any
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
    limit = np.int32(limit)
    best = np.full(len(start) - 1, FAR, np.int32)
    buckets = np.int64(1)
    while buckets <= limit >> SHIFT:
        buckets *= 2
    first = np.full(buckets, -1, np.int32)
    room = 4096
    queue = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    near = np.empty(len(origins[1]), np.int32), np.empty(len(origins[1]), of_cost.dtype)
    out_origin, out_cost = np.empty(4096, np.int32), np.empty(4096, of_cost.dtype)
    pairs = np.zeros(len(asset_start), np.int64)
    for asset in range(len(asset_start) - 1):
        doors = slice(asset_start[asset], asset_start[asset + 1])
        used = _NO_ROOM
        while used == _NO_ROOM:
            if room < 2 * (doors.stop - doors.start):
                used = _NO_ROOM
            else:
                used = _enqueue(source[doors], source_cost[doors], limit, best, first, queue)
                used = _spread(start, edges, limit, best, first, queue, used)
            if used == _NO_ROOM:
                best[:], first[:], room = FAR, -1, 2 * room
                queue = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
        found = _collect(queue, used, best, origins, limit, near)
        begin = pairs[asset]
        while begin + found > len(out_origin):
            out_origin, out_cost = _longer(out_origin), _longer(out_cost)
        out_origin[begin : begin + found] = near[0][:found]
        out_cost[begin : begin + found] = near[1][:found]
        pairs[asset + 1] = begin + found
    return pairs, out_origin[: pairs[-1]].copy(), out_cost[: pairs[-1]].copy()


@compiled
def _enqueue(source: Any, source_cost: Any, limit: Any, best: Any, first: Any, queue: Any) -> int:
    """Put sources into their buckets; return how much of the queue is used."""
    node, cost, following = queue
    used = 0
    for k in range(len(source)):
        if source_cost[k] <= limit and source_cost[k] < best[source[k]]:
            best[source[k]] = source_cost[k]
            at = (source_cost[k] >> SHIFT) & (len(first) - 1)
            node[used], cost[used], following[used] = source[k], source_cost[k], first[at]
            first[at] = used
            used += 1
    return used


@compiled
def _spread(
    start: Any, edges: Any, limit: Any, best: Any, first: Any, queue: Any, used: Any
) -> Any:
    """Follow edges from what is queued, up to `limit`; return how much of the queue was used.

    The entries stay in the queue, so that whoever called knows which nodes were touched.
    """
    node, cost, following = queue
    room, last = np.uint64(len(node)), np.uint32(len(first) - 1)
    used = np.uint64(used)
    waiting = True
    while waiting:  # once around the buckets is enough where there is a limit
        waiting = False
        for bucket in range(np.uint32(len(first))):
            entry = first[bucket]
            while entry >= 0:
                waiting = True
                at = np.uint32(entry)
                first[bucket] = following[at]
                here, there = cost[at], np.uint32(node[at])
                if here <= best[there]:
                    begin, end = np.uint32(start[there]), np.uint32(start[there + np.uint32(1)])
                    if used + np.uint64(end - begin) >= room:
                        return _NO_ROOM
                    for edge in range(begin, end):
                        after = np.uint32(edges[edge, 0])
                        total = np.int32(here + edges[edge, 1])
                        so_far, at = best[after], np.uint32(total >> SHIFT) & last
                        top = first[at]
                        better = (total < so_far) & (total <= limit)
                        node[used], cost[used], following[used] = after, total, top
                        first[at] = np.int32(used) if better else top
                        best[after] = total if better else so_far
                        used += np.uint64(1) if better else np.uint64(0)
                entry = first[bucket]
    return np.int64(used)


@compiled
def _collect(queue: Any, used: Any, best: Any, origins: Any, limit: Any, near: Any) -> Any:
    """Write down the origins at the nodes that were touched, and wipe the nodes' costs."""
    node, cost, _ = queue
    at_node, origin, origin_cost = origins
    found: Any = np.uint64(0)
    for entry in range(np.uint64(used)):
        here, there = cost[entry], np.uint32(node[entry])
        if here != best[there]:
            continue  # a cheaper way was found
        best[there] = FAR
        for k in range(np.uint32(at_node[there]), np.uint32(at_node[there + np.uint32(1)])):
            total = np.int32(here + origin_cost[k])
            if total <= limit:
                near[0][found], near[1][found] = origin[k], total
                found += np.uint64(1)
    return np.int64(found)


@compiled
def _longer(items: Any) -> Any:
    twice = np.empty(2 * len(items), items.dtype)
    twice[: len(items)] = items
    return twice


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
