"""What people take away: areas with all their values, and assets, in the formats of their tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.report.material import Material

FILES = {
    "areas.csv": "Areas with every value, as a table",
    "areas.geojson": "Areas with their shapes and every value, for maps on the web",
    "areas.gpkg": "The same as GeoPackage, for QGIS and ArcGIS",
    "assets.csv": "Assets as a table, with longitude and latitude",
    "assets.geojson": "Assets with their shapes, for maps on the web",
}


def write_downloads(material: Material, columns: pd.DataFrame, folder: Path) -> None:
    """Write every file of :data:`FILES`.

    Parameters
    ----------
    material
        The place.
    columns
        As :func:`mobilise.web.layers.write_layers` returns them.
    folder
        Where to; it is made.
    """
    folder.mkdir(parents=True)
    areas = material.areas.reset_index(drop=True)
    further = columns.drop(columns="deprivation", errors="ignore").rename(columns=_column)
    whole = _with_plain_columns(areas.join(further))
    pd.DataFrame(whole.drop(columns="geometry")).to_csv(folder / "areas.csv", index=False)
    degrees = whole.to_crs(4326)
    degrees.to_file(folder / "areas.geojson", driver="GeoJSON", COORDINATE_PRECISION=6)
    whole.to_file(folder / "areas.gpkg", driver="GPKG", layer="areas")
    assets = _with_plain_columns(material.assets)
    spots = assets.geometry.representative_point().to_crs(4326)
    table = pd.DataFrame(assets.drop(columns="geometry"))
    table = table.assign(longitude=spots.x.round(6), latitude=spots.y.round(6))
    table.to_csv(folder / "assets.csv", index=False)
    assets.to_crs(4326).to_file(folder / "assets.geojson", driver="GeoJSON", COORDINATE_PRECISION=6)


def _column(layer: str) -> str:
    """Return a layer's name as a column that every tool takes."""
    return layer.replace(".", "_").replace("+", "_or_")


def _with_plain_columns(frame: Any) -> Any:
    """Return a frame whose flags and missing integers GDAL can write."""
    plain = frame.copy()
    for name in frame.columns:
        if str(frame[name].dtype) == "boolean":
            plain[name] = frame[name].astype("object").map({True: "yes", False: "no"})
        elif str(frame[name].dtype) == "Int64":
            plain[name] = frame[name].astype("float64")
    return plain
