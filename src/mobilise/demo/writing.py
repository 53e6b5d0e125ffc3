"""The files of the demonstration place: the same bytes whenever they are written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.polygon import orient

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from mobilise.demo.ground import Floats, Shapes

# In the North Sea, some 60 km from the nearest coast: nobody's town can be mistaken for it.
# A UTM zone, since degrees to its metres is pure arithmetic, whatever grids PROJ has.
CRS = "EPSG:32630"
EAST, NORTH = 650_000.0, 6_120_000.0
DECIMALS = 6  # of a degree: a tenth of a metre


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table.to_csv(file, index=False, lineterminator="\n")


def write_map(path: Path, table: pd.DataFrame, shapes: Shapes) -> None:
    """Write GeoJSON (RFC 7946: longitude, latitude; outer rings anticlockwise)."""
    shapes = shapely.transform(shapes, _degrees)
    properties = json.loads(table.to_json(orient="records"))
    features = [
        json.dumps(
            {"type": "Feature", "properties": one, "geometry": _mapping(shape)}, ensure_ascii=False
        )
        for one, shape in zip(properties, shapes, strict=True)
    ]
    lines = ",\n".join(features)
    text = f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n'
    path.write_text(text, encoding="utf-8", newline="\n")


def write_lines(path: Path, table: pd.DataFrame, lines: Shapes) -> None:
    """Write GeoParquet, in metres."""
    placed = shapely.transform(lines, lambda at: np.round(at + np.array([EAST, NORTH]), 1))
    gpd.GeoDataFrame(table, geometry=placed, crs=CRS).to_parquet(path, compression="zstd")


def lon_lat(points: Floats) -> Floats:
    """Return longitude and latitude of points of the town, shape (points, 2)."""
    known = ~np.isnan(points).any(axis=1)
    found = np.full(points.shape, np.nan)
    found[known] = _degrees(points[known])
    return found


def _degrees(points: Floats) -> Floats:
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform(points[:, 0] + EAST, points[:, 1] + NORTH)
    return np.round(np.column_stack([lon, lat]), DECIMALS)


def _mapping(shape: Any) -> Any:
    if shape.geom_type == "Polygon":
        shape = orient(shape)
    elif shape.geom_type == "MultiPolygon":
        shape = shapely.MultiPolygon([orient(part) for part in shape.geoms])
    return shapely.geometry.mapping(shape)
