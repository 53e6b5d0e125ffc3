"""Ways to travel: by streets, in a straight line, or by somebody else's table of times.

Each answers the same two questions about a choice of assets: how long from each origin to
the nearest, and which pairs lie within a limit. Streets and straight lines count in whole
decimetres, so that "within 15 minutes" means the same in both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy.spatial import cKDTree

from mobilise.errors import InputError
from mobilise.notes import Note
from mobilise.reach.graph import NOWHERE, graph_with_points
from mobilise.reach.searches import FAR, cost_to_nearest, pairs_within

if TYPE_CHECKING:
    from mobilise.reach.graph import Graph
    from mobilise.reach.points import Access, Floats, Integers, Origins
    from mobilise.reach.streets import Streets


@dataclass(frozen=True)
class Pairs:
    """Origins within a limit of each asset; no pair is there twice.

    `first` is where each asset's pairs begin, `origin` the origins' positions and `cost`
    the costs, in the unit of the travel that made them.
    """

    first: Integers
    origin: np.ndarray[Any, np.dtype[np.int32]]
    cost: np.ndarray[Any, Any]

    def asset(self) -> Integers:
        """Return the position of each pair's asset among those asked for."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))


@dataclass(frozen=True)
class Pace:
    """How many units of cost go into a minute.

    `slack` undoes the rounding of the product: 20 minutes at 4.8 km/h are 16,000
    decimetres, not 15,999.999.
    """

    units_per_minute: float
    slack: float = 0.0

    def cost_of(self, minutes: float) -> float:
        """Return the greatest cost that is within `minutes`."""
        return minutes * self.units_per_minute + self.slack

    def minutes_of(self, cost: Any) -> Floats:
        """Return costs in minutes."""
        return np.asarray(cost, dtype=float) / self.units_per_minute


class Travel(Protocol):
    """What a way to travel can answer."""

    pace: Pace
    notes: list[Note]

    def minutes_to_nearest(self, assets: Integers) -> Floats:
        """Return each origin's minutes to the nearest of `assets` (nan: none can be reached)."""

    def pairs(self, assets: Integers, minutes: float) -> Pairs:
        """Return the pairs within `minutes`, inclusive, asset by asset in the order given."""


def walking_pace(speed_kmh: float) -> Pace:
    """Return the pace of walking, in decimetres.

    Raises
    ------
    InputError
        The speed is not one that people walk at.
    """
    if not 0 < speed_kmh <= 20:
        raise InputError(f"speed_kmh = {speed_kmh:g} is no walking speed; 4.8 is usual.")
    return Pace(speed_kmh * 10_000 / 60, slack=1e-6)


@dataclass
class StraightLine:
    """Straight lines, made longer by a detour factor."""

    origins: Origins
    access: Access
    pace: Pace
    detour: float
    notes: list[Note] = field(default_factory=list)

    def minutes_to_nearest(self, assets: Integers) -> Floats:
        """Return each origin's minutes to the nearest of `assets`."""
        points, _ = _points_of(self.access, assets)
        if not len(points):
            return np.full(len(self.origins.x), np.nan)
        tree = cKDTree(np.stack([self.access.x[points], self.access.y[points]], axis=1))
        metres, _ = tree.query(np.stack([self.origins.x, self.origins.y], axis=1))
        return self.pace.minutes_of(np.rint(10 * self.detour * metres))

    def pairs(self, assets: Integers, minutes: float) -> Pairs:
        """Return the pairs within `minutes`, asset by asset."""
        points, owner = _points_of(self.access, assets)
        limit = int(self.pace.cost_of(minutes))
        tree = cKDTree(np.stack([self.origins.x, self.origins.y], axis=1))
        places = np.stack([self.access.x[points], self.access.y[points]], axis=1)
        near: Any = tree.query_ball_point(places, (limit + 1) / (10 * self.detour))
        count = np.array([len(one) for one in near], dtype=np.int64)
        origin = np.array([o for one in near for o in one], dtype=np.int64)
        point = np.repeat(np.arange(len(points)), count)
        metres = np.hypot(
            self.origins.x[origin] - places[point, 0], self.origins.y[origin] - places[point, 1]
        )
        cost = np.rint(10 * self.detour * metres).astype(np.int64)
        inside = cost <= limit
        return _shortest(owner[point[inside]], origin[inside], cost[inside], len(assets))


class ByStreets:
    """Along the streets, from where a point meets the nearest of them."""

    def __init__(
        self, origins: Origins, access: Access, streets: Streets, pace: Pace, snap_metres: float
    ) -> None:
        self.pace = pace
        self.access = access
        x = np.concatenate([origins.x, access.x])
        y = np.concatenate([origins.y, access.y])
        self.graph: Graph = graph_with_points(streets, x, y, snap_metres)
        n = len(origins.x)
        self.origin_node, self.point_node = np.split(self.graph.node, [n])
        self.origin_cost, self.point_cost = np.split(self.graph.cost_to_node, [n])
        self.notes = _unsnapped(origins, access, self.origin_node, self.point_node, snap_metres)

    def minutes_to_nearest(self, assets: Integers) -> Floats:
        """Return each origin's minutes to the nearest of `assets`."""
        points, _ = _points_of(self.access, assets)
        points = points[self.point_node[points] != NOWHERE]
        best = cost_to_nearest(
            self.graph.start,
            self.graph.neighbour,
            self.graph.cost,
            self.point_node[points],
            self.point_cost[points],
        )
        at_node = best[self.origin_node]
        reached = (self.origin_node != NOWHERE) & (at_node != FAR)
        cost = at_node.astype(np.int64) + self.origin_cost
        return np.where(reached, self.pace.minutes_of(cost), np.nan)

    def pairs(self, assets: Integers, minutes: float) -> Pairs:
        """Return the pairs within `minutes`, asset by asset."""
        points, owner = _points_of(self.access, assets)
        there = self.point_node[points] != NOWHERE
        points, owner = points[there], owner[there]
        snapped = np.flatnonzero(self.origin_node != NOWHERE)
        by_node = snapped[np.argsort(self.origin_node[snapped], kind="stable")]
        first, origin, cost = pairs_within(
            self.graph.start,
            self.graph.neighbour,
            self.graph.cost,
            np.searchsorted(owner, np.arange(len(assets) + 1)),
            self.point_node[points],
            self.point_cost[points],
            np.searchsorted(self.origin_node[by_node], np.arange(len(self.graph) + 1)),
            by_node.astype(np.int32),
            self.origin_cost[by_node],
            int(self.pace.cost_of(minutes)),
        )
        return Pairs(first, origin, cost)


def _points_of(access: Access, assets: Integers) -> tuple[Integers, Integers]:
    """Return the entrances of `assets`, and for each the position of its asset in `assets`."""
    first = np.searchsorted(access.asset, assets)
    count = np.searchsorted(access.asset, assets, side="right") - first
    owner = np.repeat(np.arange(len(assets)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    return first[owner] + within, owner


def _shortest(asset: Any, origin: Any, cost: Any, n_assets: int) -> Pairs:
    """Return pairs in order, of each asset's entrances only the nearest to the origin."""
    order = np.lexsort((cost, origin, asset))
    asset, origin, cost = asset[order], origin[order], cost[order]
    keep = np.ones(len(asset), dtype=bool)
    keep[1:] = (asset[1:] != asset[:-1]) | (origin[1:] != origin[:-1])
    first = np.searchsorted(asset[keep], np.arange(n_assets + 1))
    return Pairs(first, origin[keep].astype(np.int32), cost[keep])


def _unsnapped(
    origins: Origins, access: Access, origin_node: Any, point_node: Any, snap_metres: float
) -> list[Note]:
    notes = []
    areas = origins.area_id[origin_node == NOWHERE]
    if len(areas):
        says = (
            f"{len(areas)} of {len(origin_node)} origins are more than {snap_metres:g} m from any "
            "street that may be walked: from them nothing is reached."
        )
        notes.append(Note("reach", "streets", says, len(areas), tuple(areas[:10]), True))
    entered = np.bincount(access.asset[point_node != NOWHERE], minlength=len(access.asset_id))
    lost = access.asset_id[entered == 0]
    if len(lost):
        says = (
            f"{len(lost)} of {len(access.asset_id)} assets are more than {snap_metres:g} m from "
            "any street that may be walked: nobody reaches them."
        )
        notes.append(Note("reach", "streets", says, len(lost), tuple(lost[:10]), True))
    return notes
