"""Access points: where a source says that its parks or waterways are entered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import shapely

from mobilise.assets.entrances import matched
from mobilise.assets.records import STEP, counted
from mobilise.notes import Note
from mobilise.sources import locate, read_table

if TYPE_CHECKING:
    import numpy.typing as npt

    from mobilise.recipe import Entrances, Recipe


def read_access_points(
    recipe: Recipe, entrances: Entrances
) -> tuple[npt.NDArray[Any], list[Note], dict[str, int]]:
    """Read the access points that a recipe names.

    Returns
    -------
    points, notes, rows
        Points in the place's CRS; what was left out; rows read, by the file's label.
    """
    label = recipe.label(entrances.file)
    columns = [entrances.x, entrances.y] if entrances.x and entrances.y else ["geometry"]
    frame = read_table(
        entrances.file, layer=entrances.layer, where=entrances.where, columns=columns
    )
    located, notes = locate(
        frame,
        crs_to=recipe.place.crs,
        x=entrances.x,
        y=entrances.y,
        crs=entrances.crs,
        label=label,
        step=STEP,
    )
    points = shapely.get_parts(located.geometry.to_numpy())
    return points[shapely.get_dimensions(points) == 0], notes, {label: len(frame)}


def match_access_points(
    assets: gpd.GeoDataFrame,
    points: npt.NDArray[Any],
    zone: Any,
    *,
    within_m: float,
    label: str,
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Match access points to the outlines that they stand at.

    Parameters
    ----------
    assets
        One source's, with ``asset_id``.
    points
        Access points in the same CRS.
    zone
        Those outside it are of no interest, and not counted.
    within_m
        How far from an outline an access point may stand; it serves all that are so near.
    label
        The name of the table of access points.

    Returns
    -------
    GeoDataFrame, list of Note
        ``asset_id, geometry``, one row for each asset that a point serves; and how many points
        serve none.
    """
    points = points[shapely.intersects(zone, points)]
    at, point = matched(assets.geometry.to_numpy(), points, within_m)
    found = gpd.GeoDataFrame(
        {"asset_id": assets["asset_id"].to_numpy()[at]}, geometry=points[point], crs=assets.crs
    )
    served = found["asset_id"].nunique()
    unused = len(points) - len(set(point.tolist()))
    says = (
        f"{len(points) - unused:,} of {len(points):,} access points in and around the place stand "
        f"within {within_m:g} m of the edge of one of {counted(served, 'asset')}; the others "
        "serve none of this source."
    )
    return found, [Note(STEP, label, says, unused, warning=served == 0)]
