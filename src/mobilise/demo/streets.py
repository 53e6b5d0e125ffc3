"""The streets: a connected, uneven grid with main roads, bridges, paths and dead ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, minimum_spanning_tree

from mobilise.demo.ground import (
    CANAL_HALF_WIDTH,
    MAIN_EVERY,
    RIVER_HALF_WIDTH,
    Blocks,
    Bools,
    Floats,
    Ground,
    Ints,
    Shapes,
)

BRIDGES_AT = (0.66, 0.30, 0.04)  # of the radius, northwards: none in the estate's bend
DROPPED = 0.24  # share of the side streets that the town can do without, and does
PATHS = 0.75  # share of the streets across a park that stay, as paths


@dataclass(frozen=True)
class Grid:
    """The streets as pieces between two crossings.

    Parameters
    ----------
    pieces
        One row each: ``i, j`` its first crossing, ``up`` (1: along j), ``line`` the grid line it
        lies on, ``a, b`` the numbers of its crossings, ``road`` (``primary`` to ``footway``),
        ``bridge``, ``green`` (position of the green space it crosses, or -1).
    line
        Their lines, metres.
    crossing
        The crossings' places, shape (crossings, 2).
    """

    pieces: pd.DataFrame
    line: Shapes
    crossing: Floats


def lay_streets(rng: np.random.Generator, ground: Ground, blocks: Blocks, of_block: Ints) -> Grid:
    """Return one connected network of streets."""
    pieces, line, crossing = _pieces(ground)
    pieces["green"] = _crossed_green(pieces, ground, blocks, of_block)
    wet, bridges = _bridges(pieces, line, crossing, ground)
    pieces["bridge"] = bridges
    fast = shapely.intersects(line, ground.motorway) & (pieces["road"] == "residential").to_numpy()
    path = (pieces["green"] >= 0).to_numpy()
    pieces.loc[path, "road"] = "footway"
    keep = ~(wet & ~bridges) & ~fast & (~path | (rng.random(len(pieces)) < PATHS))
    pieces, line = pieces[keep].reset_index(drop=True), line[keep]
    keep = _thinned(rng, pieces, len(crossing))
    return Grid(pieces[keep].reset_index(drop=True), line[keep], crossing)


def _pieces(ground: Ground) -> tuple[pd.DataFrame, Shapes, Floats]:
    half = ground.half
    steps = np.arange(-half, half + 1)
    ij = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1).reshape(-1, 2)
    crossing = ground.at(ij[:, 0], ij[:, 1])
    inside = shapely.contains_xy(ground.outline.buffer(-30), crossing)
    width = len(steps)
    tables = []
    for up in (0, 1):
        a = np.flatnonzero(ij[:, up] < half)
        b = a + (1 if up else width)
        both = inside[a] & inside[b]
        a, b = a[both], b[both]
        tables.append(
            pd.DataFrame(
                {"i": ij[a, 0], "j": ij[a, 1], "up": up, "line": ij[a, 1 - up], "a": a, "b": b}
            )
        )
    pieces = pd.concat(tables, ignore_index=True)
    number = pieces["line"].abs()
    pieces["road"] = np.select(
        [number == 0, number % (2 * MAIN_EVERY) == 0, number % MAIN_EVERY == 0],
        ["primary", "secondary", "tertiary"],
        "residential",
    )
    thirds = np.arange(4)
    u = 3 * pieces[["i"]].to_numpy() + thirds * (1 - pieces[["up"]].to_numpy())
    v = 3 * pieces[["j"]].to_numpy() + thirds * pieces[["up"]].to_numpy()
    return pieces, np.asarray(shapely.linestrings(ground.at(u / 3, v / 3))), crossing


def _crossed_green(pieces: pd.DataFrame, ground: Ground, blocks: Blocks, of_block: Ints) -> Ints:
    """Return the green space that lies on both sides of a piece, or -1."""
    half = ground.half
    of = np.full((2 * half + 1, 2 * half + 1), -1)
    of[tuple((blocks.ij + half).T)] = of_block
    i, j, up = (pieces[name].to_numpy() for name in ("i", "j", "up"))
    one = of[i + half, j + half]
    other = of[np.maximum(i - up, -half) + half, np.maximum(j - (1 - up), -half) + half]
    return np.where(one == other, one, -1)


def _bridges(
    pieces: pd.DataFrame, line: Shapes, crossing: Floats, ground: Ground
) -> tuple[Bools, Bools]:
    """Return which pieces touch the water, and which of them are bridges."""
    river = ground.river.buffer(RIVER_HALF_WIDTH)
    canal = ground.canal.buffer(CANAL_HALF_WIDTH)
    wet = shapely.intersects(line, shapely.union(river, canal))
    banks = shapely.points(crossing)
    a, b = pieces["a"].to_numpy(), pieces["b"].to_numpy()
    dry = np.asarray(shapely.disjoint(banks, shapely.union(river, canal)))
    east = ground.east(crossing)
    open_ends = dry[a] & dry[b] & (pieces["green"] < 0).to_numpy()
    over_river = open_ends & (east[a] != east[b]) & shapely.disjoint(line, canal)
    over_canal = open_ends & shapely.crosses(line, canal) & shapely.disjoint(line, river)
    main = (pieces["road"] != "residential").to_numpy()
    bridges = np.zeros(len(pieces), dtype=bool)
    y = (crossing[a, 1] + crossing[b, 1]) / 2
    for at in BRIDGES_AT:
        # A main road a little way off is where people would have built the bridge.
        off = np.abs(y / ground.radius - at) - 0.08 * main
        off = np.where(over_river, off, np.inf)
        bridges[off.argmin()] = True
    by_canal = np.flatnonzero(over_canal)
    by_canal = by_canal[np.argsort(crossing[a[by_canal], 0], kind="stable")]
    bridges[by_canal[main[by_canal]]] = True
    bridges[by_canal[::4]] = True
    return wet, bridges


def _thinned(rng: np.random.Generator, pieces: pd.DataFrame, crossings: int) -> Bools:
    """Return which pieces stay: a spanning tree of the largest part, and most of the rest."""
    a, b = pieces["a"].to_numpy(), pieces["b"].to_numpy()
    side = (pieces["road"] == "residential").to_numpy() & ~pieces["bridge"].to_numpy()
    weight = np.where(side, 1.0, 0.01) + rng.random(len(pieces))
    graph: Any = coo_array((weight, (a, b)), shape=(crossings, crossings)).tocsr()
    tree = minimum_spanning_tree(graph).tocoo()
    needed = np.isin(a * crossings + b, tree.row.astype(np.int64) * crossings + tree.col)
    _, part = connected_components(graph, directed=False)
    largest = np.bincount(part[a]).argmax()
    kept = needed | ~side | (rng.random(len(pieces)) >= DROPPED)
    return np.asarray(kept & (part[a] == largest))
