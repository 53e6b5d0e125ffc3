"""The map's areas as vector tiles: cut once, kept in memory, sent as they are."""

from __future__ import annotations

import math
import sqlite3
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

FILE, LAYER = "areas.mbtiles", "areas"
DEEPEST, SHALLOWEST_DEPTH, DEPTH = 14, 10, 5
WORLD = 40_075_016.686  # metres round the equator in Web Mercator


def write_tiles(areas: gpd.GeoDataFrame, folder: Path) -> None:
    """Cut the areas into tiles; each feature bears only ``i``, its row in the table ``areas``.

    Parameters
    ----------
    areas
        The table ``areas``: polygons (or points) in the place's coordinates.
    folder
        Where ``areas.mbtiles`` goes.
    """
    import pyogrio  # noqa: PLC0415  (GDAL is large, and who serves has no use for it)

    shapes = areas[["geometry"]].to_crs(3857)
    shapes["i"] = np.arange(len(shapes), dtype=np.int32)
    west, south, east, north = shapes.total_bounds
    fitting = math.log2(WORLD / max(east - west, north - south, 100.0))
    deepest = min(DEEPEST, max(SHALLOWEST_DEPTH, int(fitting) + DEPTH))
    pyogrio.write_dataframe(
        shapes,
        folder / FILE,
        driver="MBTiles",
        layer=LAYER,
        NAME="areas",
        MINZOOM=str(max(0, min(int(fitting) - 1, deepest))),
        MAXZOOM=str(deepest),
        MAX_SIZE="4000000",  # leave out no area, however many there are in a tile
        MAX_FEATURES="400000",
        SIMPLIFICATION="4",  # of 4,096 a tile: an eighth of a pixel
    )


def read_tiles(folder: Path) -> tuple[dict[tuple[int, int, int], bytes], dict[str, Any]]:
    """Return every tile by zoom, column and row (from the top), packed, and what they cover.

    Parameters
    ----------
    folder
        Where ``areas.mbtiles`` is.
    """
    with sqlite3.connect(folder / FILE) as book:
        said = dict(book.execute("select name, value from metadata").fetchall())
        rows = book.execute("select zoom_level, tile_column, tile_row, tile_data from tiles")
        tiles = {(z, x, 2**z - 1 - y): bytes(data) for z, x, y, data in rows}
    bounds = [float(part) for part in said["bounds"].split(",")]
    facts = {"bounds": bounds, "minzoom": int(said["minzoom"]), "maxzoom": int(said["maxzoom"])}
    return tiles, facts
