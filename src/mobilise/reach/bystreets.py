"""Travel along the streets, from where a point meets the nearest of them."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.notes import Note
from mobilise.reach.graph import graph_with_points, remembered_graph
from mobilise.reach.pairs import Pairs
from mobilise.reach.searches import (
    FAR,
    SHIFT,
    cost_to_nearest,
    costs_to_different,
    pairs_within,
)
from mobilise.reach.snap import NOWHERE
from mobilise.reach.travel import doors_of, integers_up_to

if TYPE_CHECKING:
    from mobilise.reach.graph import Graph
    from mobilise.reach.points import Access, Floats, Integers, Origins
    from mobilise.reach.streets import Streets
    from mobilise.reach.travel import Pace

_PARTS = 16
_FEW = 64


class ByStreets:
    """Travel along `streets`; points further than `snap_metres` from them are nowhere."""

    def __init__(
        self,
        origins: Origins,
        access: Access,
        streets: Streets,
        pace: Pace,
        snap_metres: float,
        inside: Any = None,
    ) -> None:
        self.pace = pace
        self.access = access
        x = np.concatenate([origins.x, access.x])
        y = np.concatenate([origins.y, access.y])
        if inside is None:
            self.graph = remembered_graph(streets, x, y, snap_metres)
        else:
            self.graph = graph_with_points(streets, x, y, snap_metres, inside)
        n = len(origins.x)
        self.origin_node, self.door_node = np.split(self.graph.node, [n])
        self.origin_cost, self.door_cost = np.split(self.graph.cost_to_node, [n])
        self.notes = notes_on_unsnapped(
            origins, access, self.origin_node == NOWHERE, self.door_node == NOWHERE, snap_metres
        )

    def minutes_to_nearest(self, assets: Integers, rank: int = 1) -> Floats:
        """Return each origin's minutes to the nearest (2nd, ...) of `assets`."""
        doors, owner = self.doors(assets)
        if not len(doors):
            return np.full(len(self.origin_node), np.nan)
        source, source_cost = self.door_node[doors], self.door_cost[doors]
        start, edges = self.graph.start, self.graph.edges
        if rank == 1:
            best = _cost_to_nearest(start, edges, source, source_cost)
        else:
            labels = costs_to_different(start, edges, source, source_cost, owner, rank)
            best = labels[:, rank - 1]
        at_node = best[self.origin_node]
        reached = (self.origin_node != NOWHERE) & (at_node != FAR)
        cost = at_node.astype(np.int64) + self.origin_cost
        return np.where(reached, self.pace.minutes(cost), np.nan)

    def minutes_known(self) -> tuple[Floats, Floats]:
        """Return how far around each origin, and each entrance, all is known, in minutes.

        That is how long its way to the border is, taking every street in its easier direction;
        inf where there is no way there.
        """
        graph, n = self.graph, len(self.origin_node)
        known = np.full(len(graph.node), np.inf)
        if len(graph.border):
            source_cost = np.zeros(len(graph.border), np.int32)
            best = _cost_to_nearest(*_both_ways(graph), graph.border, source_cost)[graph.node]
            joined = (graph.node != NOWHERE) & (best != FAR)
            cost = best[joined].astype(np.int64) + graph.cost_to_node[joined]
            known[joined] = self.pace.minutes(cost)
        return known[:n], known[n:]

    def near(self, assets: Integers, minutes: float) -> Pairs:
        """Return what is within `minutes` of `assets`."""
        return self.pairs(assets, minutes)

    def pairs(self, assets: Integers, minutes: float) -> Pairs:
        """Return the pairs within `minutes`, asset by asset.

        The assets are searched in parts whose number does not depend on the machine, and
        put together in order, so that the number of threads changes nothing.
        """
        limit = self.pace.limit(minutes)
        graph = (self.graph.start, self.graph.edges)
        origins = self._origins_by_node()
        row = self._along_the_curve(assets)

        def search(part: Integers) -> tuple[Any, Any, Any]:
            doors, owner = self.doors(assets[part])
            first = np.searchsorted(owner, np.arange(len(part) + 1))
            sources = (first, self.door_node[doors], self.door_cost[doors])
            return pairs_within(graph, sources, origins, limit, integers_up_to(limit))

        parts = np.array_split(row, _PARTS if len(assets) > _FEW else 1)
        threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        with ThreadPoolExecutor(threads) as pool:
            found = list(pool.map(search, [part for part in parts if len(part)]))
        if not found:
            found = [(np.zeros(1, np.int64), np.empty(0, np.int32), integers_up_to(limit))]
        count = np.concatenate([np.diff(first) for first, _, _ in found])
        return Pairs(
            row,
            np.concatenate([[0], np.cumsum(count)]),
            np.concatenate([origin for _, origin, _ in found]),
            np.concatenate([cost for _, _, cost in found]),
            self.pace.all_minutes(minutes),
            len(self.origin_node),
        )

    def _along_the_curve(self, assets: Integers) -> Integers:
        """Return `assets` in the order of their nodes: each search starts near the last."""
        doors, start = doors_of(self.access, assets)
        return np.argsort(self.door_node[doors[start[:-1]]], kind="stable")

    def doors(self, assets: Integers) -> tuple[Integers, Integers]:
        """Return the entrances of `assets` that meet a street, and whose each is."""
        doors, start = doors_of(self.access, assets)
        owner = np.repeat(np.arange(len(assets)), np.diff(start))
        there = self.door_node[doors] != NOWHERE
        return doors[there], owner[there]

    def _origins_by_node(self) -> tuple[Any, Any, Any]:
        """Return compressed rows: the origins at each node, and their cost to it."""
        snapped = np.flatnonzero(self.origin_node != NOWHERE)
        by_node = snapped[np.argsort(self.origin_node[snapped], kind="stable")]
        start = np.searchsorted(self.origin_node[by_node], np.arange(len(self.graph) + 1))
        return start, by_node.astype(np.int32), self.origin_cost[by_node]


def _cost_to_nearest(start: Any, edges: Any, source: Any, source_cost: Any) -> Any:
    longest = max(source_cost.max(), edges[:, 1].max(initial=0))
    buckets = 1 << int((longest >> SHIFT) + 2).bit_length()
    return cost_to_nearest(start, edges, source, source_cost, buckets)


def _both_ways(graph: Graph) -> tuple[Any, Any]:
    """Return the rows of the graph in which every edge may be walked back at its cost."""
    here = np.repeat(np.arange(len(graph), dtype=np.int32), np.diff(graph.start))
    there, cost = graph.edges.T
    row = np.concatenate([here, there])
    edges = np.stack([np.concatenate([there, here]), np.concatenate([cost, cost])], axis=1)
    start = np.concatenate([[0], np.cumsum(np.bincount(row, minlength=len(graph)))])
    return start, np.ascontiguousarray(edges[np.argsort(row, kind="stable")])


def notes_on_unsnapped(
    origins: Origins, access: Access, origin_nowhere: Any, door_nowhere: Any, snap_metres: float
) -> list[Note]:
    """Return notes on the origins, and on the assets, that no street is near enough to."""
    notes = []
    areas = origins.area_id[origin_nowhere]
    if len(areas):
        says = (
            f"{len(areas)} of {len(origin_nowhere)} origins are more than {snap_metres:g} m from "
            "any street that may be walked: from them nothing is reached."
        )
        notes.append(Note("reach", "streets", says, len(areas), tuple(areas[:10]), True))
    entered = np.bincount(access.asset[~door_nowhere], minlength=len(access.asset_id))
    lost = access.asset_id[entered == 0]
    if len(lost):
        says = (
            f"{len(lost)} of {len(access.asset_id)} assets are more than {snap_metres:g} m from "
            "any street that may be walked: nobody reaches them."
        )
        notes.append(Note("reach", "streets", says, len(lost), tuple(lost[:10]), True))
    return notes
