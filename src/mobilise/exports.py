"""A place's tables in formats that other programs read: CSV, and one GeoPackage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.place import GEOMETRY, replacing

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.place import Place

WGS84 = "EPSG:4326"


def write_csv(place: Place, folder: Path) -> list[Path]:
    """Write each table as CSV; shapes become the longitude and latitude of a point on them.

    Parameters
    ----------
    place
        A built place.
    folder
        Where to.

    Returns
    -------
    list of Path
        One a table, in the order of the steps.
    """
    paths = []
    for name in place.tables():
        table = place.table(name)
        if name in GEOMETRY:
            points = table.geometry.representative_point().to_crs(WGS84)
            table = table.drop(columns=table.geometry.name).assign(
                longitude=points.x.round(6), latitude=points.y.round(6)
            )
        paths.append(folder / f"{name}.csv")
        with replacing(paths[-1]) as beside:
            table.to_csv(beside, index=False)
    return paths


def write_geopackage(place: Place, folder: Path) -> list[Path]:
    """Write the tables that have shapes as layers of one GeoPackage, in the place's coordinates.

    Parameters
    ----------
    place
        A built place.
    folder
        Where to.

    Returns
    -------
    list of Path
        The one file.
    """
    path = folder / "place.gpkg"
    with replacing(path) as beside:
        named = beside.with_suffix(".gpkg")  # GDAL goes by the ending
        try:
            for name in place.tables():
                if name in GEOMETRY:
                    place.table(name).to_file(named, layer=name, driver="GPKG", engine="pyogrio")
            named.replace(beside)
        finally:
            named.unlink(missing_ok=True)
    return [path]
