"""Entrances: where parks, woods and waterways are entered; never at their centroid."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from mobilise.assets.kinds import catalogue
from mobilise.assets.shapes import inner_points

if TYPE_CHECKING:
    import numpy.typing as npt

EDGE_STEP_M = 50.0
PATH_END_M = 2.0
ACCESS_POINT, GATE, PATH, EDGE = "access point", "gate", "path", "edge"


def find_entrances(
    assets: gpd.GeoDataFrame,
    zone: Any,
    *,
    given: gpd.GeoDataFrame | None = None,
    gates: npt.NDArray[Any] | None = None,
    ways: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Return the points at which assets that are reached at their edge are entered.

    An asset's entrances are the access points that a source gives, the tagged gates on its
    outline and the points where a way meets its outline: all of those that are known. Where
    none is, they are points along its outline, at most 50 m apart. Inner rings (a pond in a park)
    are no way in. What is outside the zone is left out, and where the zone cuts an asset is
    no edge of it.

    Parameters
    ----------
    assets
        ``asset_id``, ``kind`` and ``geometry`` (metres); kinds reached at a point, and assets
        that are only a point, have no entrances.
    zone
        The part of the plane that is of interest.
    given
        Access points of sources: ``asset_id`` and ``geometry``.
    gates
        Points of gates and entrances; one serves every outline within ``within_m`` of
        ``[entrances]`` in ``kinds.toml``.
    ways
        Lines that people may walk along.

    Returns
    -------
    GeoDataFrame
        ``asset_id``, ``how`` (``access point``, ``gate``, ``path`` or ``edge``), ``geometry``.
    """
    kinds = catalogue().kinds
    geometry = assets.geometry.to_numpy()
    wide = shapely.get_dimensions(geometry) > 0
    wide &= np.array([kinds[kind].by_edge for kind in assets["kind"]], dtype=bool)
    rows = np.flatnonzero(wide)
    lines = outlines(geometry[rows], zone)
    entered = np.array([not kinds[assets["kind"].iloc[row]].open_edge for row in rows], dtype=bool)
    gated = entered & (shapely.get_dimensions(geometry[rows]) == 2)
    found = _known(given, assets, wide)
    if gates is not None and len(gates):
        near = _near(lines[gated], gates, catalogue().gate_within_m)
        found += [(rows[gated][at], gates[gate], GATE) for at, gate in zip(*near, strict=True)]
    if ways is not None and len(ways):
        meets = _path_points(lines[gated], ways.geometry.to_numpy())
        found += [(rows[gated][at], point, PATH) for at, point in zip(*meets, strict=True)]
    shut = ~np.isin(rows, [row for row, _, _ in found])
    at, points = edge_points(lines[shut])
    found += [(rows[shut][i], point, EDGE) for i, point in zip(at, points, strict=True)]
    return _table(assets, found)


def matched(
    geometry: npt.NDArray[Any], points: npt.NDArray[Any], within_m: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the pairs (geometry, point) where a point lies within `within_m` of an outline.

    A point may serve several adjoining sites. A point deep inside a site is no entrance to it.

    Parameters
    ----------
    geometry
        Polygons or lines; points have no outline.
    points
        Access points.
    within_m
        How far a point may stand from the outline.
    """
    return _near(_rims(geometry), points, within_m)


def outlines(geometry: npt.NDArray[Any], zone: Any) -> npt.NDArray[Any]:
    """Return the outer rings of polygons, and lines as they are, as far as they lie in `zone`."""
    lines = _rims(geometry)
    shapely.prepare(zone)
    cut = ~shapely.covers(zone, lines)
    lines[cut] = shapely.line_merge(shapely.intersection(lines[cut], zone))
    return lines


def edge_points(lines: npt.NDArray[Any]) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
    """Return points along lines, at most 50 m apart along each, both ends of open ones included.

    Returns
    -------
    rows, points
        The position of each point's line, and the point.
    """
    parts, row = shapely.get_parts(lines, return_index=True)
    straight = (shapely.get_dimensions(parts) == 1) & (shapely.length(parts) > 0)
    parts, row = parts[straight], row[straight]
    length = shapely.length(parts)
    closed = shapely.is_closed(parts)
    steps = np.maximum(np.ceil(length / EDGE_STEP_M), 1).astype(np.int64)
    counts = steps + ~closed
    which = np.repeat(np.arange(len(parts)), counts)
    nth = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    along = length[which] * nth / steps[which]
    return row[which], shapely.line_interpolate_point(parts[which], along)


def access_points(assets: gpd.GeoDataFrame, entrances: gpd.GeoDataFrame) -> pd.DataFrame:
    """Return where each asset is reached: one row a point, several for assets with entrances.

    Parameters
    ----------
    assets
        The table ``assets``.
    entrances
        The table ``entrances``.

    Returns
    -------
    DataFrame
        ``asset_id, kind, x, y`` (metres). An asset without entrances is reached at its point; a
        building given as an outline, at its centre, or at a point inside where the centre lies
        outside.

    Examples
    --------
    >>> import geopandas as gpd
    >>> from shapely import Point
    >>> library = gpd.GeoDataFrame(
    ...     {"asset_id": ["library-1"], "kind": ["library"]},
    ...     geometry=[Point(1, 2)],
    ...     crs="EPSG:27700",
    ... )
    >>> none = gpd.GeoDataFrame({"asset_id": []}, geometry=[], crs="EPSG:27700")
    >>> access_points(library, none).values.tolist()
    [['library-1', 'library', 1.0, 2.0]]
    """
    entered = assets["asset_id"].isin(entrances["asset_id"]).to_numpy()
    direct = assets.loc[~entered, ["asset_id"]].assign(
        geometry=inner_points(assets.geometry.to_numpy()[~entered])
    )
    points = pd.concat([entrances[["asset_id", "geometry"]], direct], ignore_index=True)
    rows = points.merge(assets[["asset_id", "kind"]], on="asset_id", validate="m:1")
    geometry = rows["geometry"].to_numpy()
    rows = rows.assign(x=shapely.get_x(geometry), y=shapely.get_y(geometry))
    columns = ["asset_id", "kind", "x", "y"]
    return pd.DataFrame(rows[columns].drop_duplicates().sort_values(columns, ignore_index=True))


def _rims(geometry: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return the outer rings of polygons and the lines themselves; points have no rim."""
    parts, row = shapely.get_parts(geometry, return_index=True)
    flat = shapely.get_dimensions(parts)
    rims = np.where(flat == 2, shapely.get_exterior_ring(parts), parts)
    lines = np.full(len(geometry), shapely.MultiLineString(), dtype=object)
    if (flat > 0).any():
        shapely.multilinestrings(rims[flat > 0], indices=row[flat > 0], out=lines)
    return lines


def _known(
    given: gpd.GeoDataFrame | None, assets: gpd.GeoDataFrame, wide: npt.NDArray[np.bool_]
) -> list[tuple[int, Any, str]]:
    if given is None:
        return []
    row_of = {asset_id: row for row, asset_id in enumerate(assets["asset_id"])}
    rows = [row_of.get(asset_id, -1) for asset_id in given["asset_id"]]
    points = given.geometry.to_numpy()
    return [(r, p, ACCESS_POINT) for r, p in zip(rows, points, strict=True) if r >= 0 and wide[r]]


def _near(lines: npt.NDArray[Any], points: npt.NDArray[Any], within_m: float) -> tuple[Any, Any]:
    """Return the pairs (line, point) no further apart than `within_m`, in their order."""
    point, line = shapely.STRtree(lines).query(points, predicate="dwithin", distance=within_m)
    order = np.lexsort((point, line))
    return line[order], point[order]


def _path_points(lines: npt.NDArray[Any], ways: npt.NDArray[Any]) -> tuple[Any, Any]:
    """Return where ways cross, touch, follow or end at the lines: (line, point)."""
    way, line = shapely.STRtree(lines).query(ways, predicate="intersects")
    shared, of = shapely.get_parts(shapely.intersection(lines[line], ways[way]), return_index=True)
    flat = shapely.get_dimensions(shared)
    at, along = edge_points(shared[flat == 1])
    ends = np.concatenate([shapely.get_point(ways, 0), shapely.get_point(ways, -1)])
    ends = ends[~shapely.is_missing(ends)]
    near, end = _near(lines, ends, PATH_END_M)
    rows = np.concatenate([line[of[flat == 0]], line[of[flat == 1][at]], near])
    return rows, np.concatenate([shared[flat == 0], along, ends[end]])


def _table(assets: gpd.GeoDataFrame, found: list[tuple[int, Any, str]]) -> gpd.GeoDataFrame:
    """Return the entrances as a table, to the centimetre, without repeats."""
    rows = np.array([row for row, _, _ in found], dtype=np.int64)
    places = shapely.get_coordinates([point for _, point, _ in found]).round(2)
    table = pd.DataFrame(
        {
            "asset_id": assets["asset_id"].to_numpy()[rows],
            "how": np.array([how for _, _, how in found], dtype=object),
            "x": places[:, 0],
            "y": places[:, 1],
        }
    )
    columns = ["asset_id", "how", "x", "y"]
    table = table.sort_values(columns).drop_duplicates(["asset_id", "x", "y"], ignore_index=True)
    geometry = shapely.points(table["x"].to_numpy(), table["y"].to_numpy())
    return gpd.GeoDataFrame(table[["asset_id", "how"]], geometry=geometry, crs=assets.crs)
