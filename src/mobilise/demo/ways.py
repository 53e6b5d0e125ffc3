"""Ways as a map has them: named streets, dead ends, towpaths, a motorway; with their tags."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

from mobilise.demo.ground import LEAFY, Blocks, Floats, Ground, Ints, Shapes
from mobilise.demo.names import Names, lists

if TYPE_CHECKING:
    from mobilise.demo.streets import Grid

TOWPATH_METRES = 17.0
RIVERSIDE_METRES = 30.0
DEAD_ENDS = 0.16  # share of blocks
ALLEYS, STEPS = 0.04, 0.008  # share of the side streets
COUNTRY_METRES = 2500.0
EDGE_METRES = 260.0  # a main road that ends so near to the edge goes on
TAGS = ("highway", "name", "foot", "access", "bridge", "surface")


@dataclass(frozen=True)
class Streets:
    """The streets of the town.

    Parameters
    ----------
    ways
        One row a way: the OpenStreetMap-like tags :data:`TAGS`.
    line
        Their lines, metres, which meet at shared vertices.
    doors
        Crossings that have houses, shape (doors, 2).
    street
        The name of a street at each door.
    """

    ways: pd.DataFrame
    line: Shapes
    doors: Floats
    street: list[str]


def name_streets(
    rng: np.random.Generator, ground: Ground, blocks: Blocks, of_block: Ints, grid: Grid
) -> Streets:
    """Return the ways of a grid, with what belongs to a town besides."""
    names = Names(rng)
    pieces = _changed(rng, grid.pieces)
    runs = _runs(rng, pieces, grid, names)
    door_names: dict[int, str] = {}
    for run in runs:
        if run.tags.get("name") and run.tags["highway"] != "footway":
            for crossing in run.crossings:
                door_names.setdefault(crossing, run.tags["name"])
    ways = [(run.tags, run.line) for run in runs]
    ways += _dead_ends(rng, ground, blocks, of_block, grid, names)
    ways += _by_water(ground, grid)
    ways += _out_of_town(ground, runs)
    motorway = shapely.LineString(
        shapely.get_coordinates(ground.motorway.intersection(ground.outline.buffer(150)))
    )
    ways.append(({"highway": "motorway", "foot": "no", "surface": "asphalt"}, motorway))
    doors = sorted(door_names)
    table = pd.DataFrame([{tag: tags.get(tag) for tag in TAGS} for tags, _ in ways])
    line = np.array([line for _, line in ways])
    return Streets(table, line, grid.crossing[doors], [door_names[one] for one in doors])


@dataclass(frozen=True)
class _Run:
    tags: dict[str, str]
    line: shapely.LineString
    crossings: tuple[int, ...]


def _changed(rng: np.random.Generator, pieces: pd.DataFrame) -> pd.DataFrame:
    """Return the pieces with some side streets turned into alleys and steps."""
    side = (pieces["road"] == "residential").to_numpy() & ~pieces["bridge"].to_numpy()
    chance = rng.random(len(pieces))
    road = pieces["road"].to_numpy(dtype=object)
    road[side & (chance < STEPS + ALLEYS)] = "footway"
    road[side & (chance < STEPS)] = "steps"
    return pieces.assign(road=road)


def _runs(rng: np.random.Generator, pieces: pd.DataFrame, grid: Grid, names: Names) -> list[_Run]:
    """Return consecutive pieces of a grid line as one way; side streets get a name each."""
    along = np.where(pieces["up"] == 1, pieces["j"], pieces["i"])
    rows = np.lexsort((along, pieces["line"], pieces["up"]))
    same = pieces[["up", "line", "road", "bridge"]].iloc[rows]
    follows = np.diff(along[rows], prepend=-1) == 1
    follows &= (same.to_numpy() == same.shift().to_numpy()).all(axis=1)
    # A side street is named anew after six pieces or so.
    follows &= (same["road"] != "residential").to_numpy() | (rng.random(len(rows)) > 1 / 6)
    main_names: dict[tuple[int, int], str] = {}
    together = np.split(rows, np.flatnonzero(~follows)[1:])
    return [_run(part, pieces, grid, names, main_names) for part in together]


def _run(
    rows: Ints,
    pieces: pd.DataFrame,
    grid: Grid,
    names: Names,
    main_names: dict[tuple[int, int], str],
) -> _Run:
    points = [shapely.get_coordinates(line) for line in grid.line[rows]]
    line = shapely.LineString(np.concatenate([points[0][:1], *[part[1:] for part in points]]))
    a, b = pieces["a"].to_numpy()[rows], pieces["b"].to_numpy()[rows]
    first = pieces.iloc[rows[0]].to_dict()
    road = str(first["road"])
    tags = {"highway": road, "surface": "asphalt"}
    if road in {"primary", "secondary", "tertiary"}:
        key = (first["up"], first["line"])
        if key not in main_names:
            main_names[key] = names.street(main=True)
        tags["name"] = main_names[key]
    elif road == "residential":
        tags["name"] = names.street()
    else:
        tags["foot"] = "yes"
        tags["surface"] = "compacted" if first["green"] >= 0 else "paving_stones"
    if first["bridge"]:
        tags["bridge"] = "yes"
    return _Run(tags, line, (int(a[0]), *b.tolist()))


def _dead_ends(
    rng: np.random.Generator,
    ground: Ground,
    blocks: Blocks,
    of_block: Ints,
    grid: Grid,
    names: Names,
) -> list[tuple[dict[str, str], shapely.LineString]]:
    """Return dead ends into blocks; a few in the leafy west are private roads."""
    pieces = grid.pieces
    side = (pieces["road"] == "residential") & (pieces["up"] == 0) & ~pieces["bridge"]
    at = pieces.loc[side, ["i", "j"]].to_numpy().tolist()
    row_of = dict(zip(map(tuple, at), np.flatnonzero(side), strict=True))
    chance = rng.random((len(blocks.ij), 2))
    leafy = ground.near(blocks.middle, LEAFY, 0.30)
    ways = []
    for n, (i, j) in enumerate(blocks.ij.tolist()):
        row = row_of.get((i, j))
        if row is None or of_block[n] >= 0 or chance[n, 0] >= DEAD_ENDS:
            continue
        start = shapely.get_coordinates(grid.line[row])[1]
        tags = {"highway": "residential", "surface": "asphalt"}
        tags["name"] = names.street(dead_end=True)
        if chance[n, 1] < 0.35 * leafy[n]:
            tags |= {"highway": "service", "access": "private"}
        ways.append((tags, shapely.LineString([start, blocks.middle[n]])))
    return ways


def _by_water(ground: Ground, grid: Grid) -> list[tuple[dict[str, str], shapely.LineString]]:
    """Return a towpath and a riverside walk, which meet the streets at the bridges."""
    words = lists()
    ends = grid.crossing[grid.pieces[["a", "b"]].to_numpy()]
    bridge = grid.pieces["bridge"].to_numpy()
    over_canal = bridge & shapely.intersects(grid.line, ground.canal)
    over_river = bridge & shapely.intersects(grid.line, ground.river)
    # Of a bridge's two ends: that north of the canal, and that west of the river.
    north = ends[over_canal][(ends[..., 1] > ground.canal_y(ends[..., 0]))[over_canal]]
    west = ends[over_river][~ground.east(ends)[over_river]]
    canal = shapely.get_coordinates(ground.canal) + np.array([0, TOWPATH_METRES])
    river = shapely.get_coordinates(ground.river) - np.array([RIVERSIDE_METRES, 0])
    lines = (
        (f"{words['canal']} towpath", _through(canal, north, axis=0)),
        ("Riverside Walk", _through(river, west, axis=1)),
    )
    tags = {"highway": "path", "foot": "designated", "surface": "gravel"}
    return [(tags | {"name": name}, line) for name, line in lines if line is not None]


def _out_of_town(
    ground: Ground, runs: list[_Run]
) -> list[tuple[dict[str, str], shapely.LineString]]:
    """Return the main roads' ways on into the country: the streets do not end at the edge."""
    water = shapely.union(ground.river, ground.canal)
    on = np.arange(0.0, COUNTRY_METRES + 1, 250.0)[:, None]
    ways = []
    for run in runs:
        if run.tags["highway"] not in {"primary", "secondary"}:
            continue
        points = shapely.get_coordinates(run.line)
        for end, before in ((points[0], points[3]), (points[-1], points[-4])):
            ahead = (end - before) / np.hypot(*(end - before))
            line = shapely.LineString(np.round(end + on * ahead, 1))
            leaves = ground.outline.exterior.distance(shapely.Point(end)) < EDGE_METRES
            if leaves and not line.intersects(water) and not line.crosses(ground.motorway):
                ways.append((run.tags | {"highway": "tertiary"}, line))
    return ways


def _through(path: Floats, ends: Floats, *, axis: int) -> shapely.LineString | None:
    """Return the path from the first to the last of the bridge ends, by way of each."""
    ends = ends[np.argsort(ends[:, axis], kind="stable")]
    if len(ends) < 2:
        return None
    parts = [ends[:1]]
    for start, stop in pairwise(ends):
        between = (path[:, axis] > start[axis] + 15) & (path[:, axis] < stop[axis] - 15)
        parts += [np.round(path[between], 1), stop[None, :]]
    return shapely.LineString(np.concatenate(parts))
