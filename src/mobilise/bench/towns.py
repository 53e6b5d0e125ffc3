"""Made-up towns to time things on: streets, areas and assets drawn from a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.reach import Streets

if TYPE_CHECKING:
    from mobilise.reach.points import Integers

BLOCK_METRES = 100.0
BENDS = 3


@dataclass(frozen=True)
class Town:
    """Streets, points, and the nodes where the points stand if they stand on nodes."""

    streets: Streets
    areas: pd.DataFrame
    assets: pd.DataFrame
    area_node: Integers
    asset_node: Integers


def town(blocks: int, areas: int, assets: int, *, on_nodes: bool = False, seed: int = 20) -> Town:
    """Return a town of `blocks` by `blocks`.

    Junctions stand about 100 m apart, a quarter of the streets is missing, and each has
    three bends, so that four in five nodes lie between two others, as in OpenStreetMap.
    Points are anywhere, or at nodes of the streets.
    """
    random = np.random.default_rng(seed)
    streets = _streets(blocks, random)
    joined = np.unique(streets.tail)
    node = joined[random.integers(0, len(joined), areas + assets)]
    at = np.stack([streets.x[node], streets.y[node]])
    if not on_nodes:
        at = random.uniform(0, BLOCK_METRES * (blocks - 1), at.shape)
    people = random.integers(100, 3000, areas).astype(float)
    homes = pd.DataFrame({"area_id": _numbered(areas), "population": people})
    capacity = random.integers(1, 60, assets).astype(float)
    places = pd.DataFrame({"asset_id": _numbered(assets), "kind": "library", "capacity": capacity})
    return Town(
        streets,
        homes.assign(x=at[0, :areas], y=at[1, :areas]),
        places.assign(x=at[0, areas:], y=at[1, areas:]),
        node[:areas],
        node[areas:],
    )


def _numbered(n: int) -> list[str]:
    return [f"{k:07}" for k in range(n)]


def _streets(blocks: int, random: np.random.Generator) -> Streets:
    x, y = (BLOCK_METRES * v.ravel() for v in np.meshgrid(np.arange(blocks), np.arange(blocks)))
    junctions = np.stack([x, y]) + random.normal(0, 12, (2, blocks * blocks))
    number = np.arange(blocks * blocks).reshape(blocks, blocks)
    across = np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()])
    down = np.stack([number[:-1].ravel(), number[1:].ravel()])
    ends = np.concatenate([across, down], axis=1)
    ends = ends[:, random.random(ends.shape[1]) < 0.75]
    share = np.arange(1, BENDS + 1) / (BENDS + 1)
    straight = junctions[:, ends[0], None] * (1 - share) + junctions[:, ends[1], None] * share
    bends = straight + random.normal(0, 4, straight.shape)
    first = junctions.shape[1] + np.arange(bends[0].size).reshape(bends[0].shape)
    chain = np.concatenate([ends[0][:, None], first, ends[1][:, None]], axis=1)
    # Real files hold streets in no order that helps: number the nodes anew.
    order = random.permutation(junctions.shape[1] + bends[0].size)
    place = np.empty((2, len(order)))
    place[:, order] = np.concatenate([junctions, bends.reshape(2, -1)], axis=1)
    tail, head = order[chain[:, :-1].ravel()], order[chain[:, 1:].ravel()]
    length = np.rint(10 * np.hypot(*(place[:, tail] - place[:, head]))).astype(np.int32)
    ends32 = tail.astype(np.int32), head.astype(np.int32)
    return Streets(place[0], place[1], *ends32, length, length, length, "EPSG:27700")
