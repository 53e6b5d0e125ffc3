"""Cutting: a country's table to a place and what is near it, as a file beside the recipe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd
import osmium
import pandas as pd
import shapely

from mobilise.errors import MissingColumn, SourceBroken
from mobilise.place import replacing
from mobilise.sources import normalise_postcode, numbers

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.anywhere.obtain import Raw
    from mobilise.anywhere.selecting import Selection
    from mobilise.sources.publishers import Source

GEOMETRY = "geometry"


def cut_to(
    frame: pd.DataFrame,
    source: Source,
    selection: Selection,
    postcodes: tuple[frozenset[str], frozenset[str]] | None,
) -> tuple[pd.DataFrame, int]:
    """Return the rows of a table that are of a place or near it, in their order.

    Parameters
    ----------
    frame
        The table.
    source
        How it is cut.
    selection
        To what.
    postcodes
        The country's postcodes and those in the zone, without spaces.

    Returns
    -------
    rows
        Those kept.
    lost
        How many rows of the whole table could not be placed anywhere.

    Raises
    ------
    SourceBroken
        It is cut by postcode, and there is no table of postcodes.
    """
    cut = source.cut
    if cut.areas is not None:
        return frame[frame[cut.areas].astype("str").isin(selection.all).to_numpy()], 0
    if cut.x is not None and cut.y is not None:
        x, y = numbers(frame, cut.x, source.label), numbers(frame, cut.y, source.label)
        placed = (x.notna() & y.notna()).to_numpy()
        frame = frame[placed]
        points = gpd.GeoSeries(shapely.points(x[placed], y[placed]), crs=cut.crs)
        inside = _inside(points.to_crs(selection.crs).to_numpy(), selection)
        return frame[inside], int((~placed).sum())
    if cut.postcode is not None:
        return _by_postcode(frame, source, postcodes)
    if cut.geometry:
        if not isinstance(frame, gpd.GeoDataFrame) or frame.crs is None:
            raise SourceBroken(f"{source.label}: there is no map in it; has it changed?")
        shapes = frame.geometry.to_crs(selection.crs).to_numpy()
        return frame[_inside(shapes, selection)], int(shapely.is_missing(shapes).sum())
    return frame, 0


def _inside(shapes: Any, selection: Selection) -> Any:
    shapely.prepare(selection.zone)
    return shapely.intersects(selection.zone, shapes)


def _by_postcode(
    frame: pd.DataFrame,
    source: Source,
    postcodes: tuple[frozenset[str], frozenset[str]] | None,
) -> tuple[pd.DataFrame, int]:
    if postcodes is None:
        raise SourceBroken(
            f"{source.label}: it is cut to the place by postcode, and the table of postcodes could "
            "not be had; 'mobilise update' tries both again."
        )
    country, zone = postcodes
    written = frame[source.cut.postcode]
    normal = [normalise_postcode(str(w)) if pd.notna(w) else None for w in written]
    keys = [key.replace(" ", "") if key else "" for key in normal]
    return frame[[key in zone for key in keys]], sum(key not in country for key in keys)


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a table as Parquet (GeoParquet where it has geometry), the same bytes for the same."""
    with replacing(path) as beside:
        plain = frame.reset_index(drop=True)
        if isinstance(plain, gpd.GeoDataFrame) and GEOMETRY not in plain.columns:
            plain = pd.DataFrame(plain)
        plain.to_parquet(beside, index=False, compression="zstd")


def with_points(frame: pd.DataFrame, source: Source, country: Any, crs: str) -> pd.DataFrame:
    """Return areas with where their people live: the columns ``origin_x``, ``origin_y``.

    Raises
    ------
    MissingColumn
        The source has neither points nor the columns that the registry names.
    """
    if country.points_x and country.points_y:
        x = numbers(frame, country.points_x, source.label)
        y = numbers(frame, country.points_y, source.label)
        points = gpd.GeoSeries(shapely.points(x, y), crs=country.points_crs)
    elif isinstance(frame, gpd.GeoDataFrame):
        points = frame.geometry
        kinds = set(shapely.get_type_id(points.to_numpy()))
        if kinds - {shapely.GeometryType.POINT}:
            points = points.representative_point()
    else:
        raise MissingColumn("points_x", frame.columns, f"{source.label} (country.points_x)")
    moved = points.to_crs(crs)
    table = pd.DataFrame(frame.drop(columns=GEOMETRY, errors="ignore"))
    return table.assign(origin_x=moved.x.round(1).to_numpy(), origin_y=moved.y.round(1).to_numpy())


def cut_osm(raw: Raw, source: Source, selection: Selection, path: Path) -> None:
    """Write what an extract of OpenStreetMap has in the zone's box, ways whole.

    Raises
    ------
    SourceBroken
        An extract is damaged.
    """
    west, south, east, north = selection.box()
    with replacing(path) as beside:
        parts = []
        try:
            for i, file in enumerate(raw.files):
                part = beside.with_name(f"{beside.name}.{i}.osm.pbf")
                parts.append(part)
                _box_of(str(file.path), str(part), (west, south, east, north))
            _merged([str(part) for part in parts], beside)
        except RuntimeError as error:
            raise SourceBroken(
                f"{source.label}: the extract is damaged or cut short ({error}); try again later."
            ) from error
        finally:
            for part in parts:
                part.unlink(missing_ok=True)


def _box_of(extract: str, part: str, box: tuple[float, float, float, float]) -> None:
    west, south, east, north = box
    nodes: Any = osmium.FileProcessor(extract, osmium.osm.NODE)
    with osmium.ForwardReferenceWriter(
        part, extract, overwrite=True, remove_tags=False, forward_relation_depth=1
    ) as writer:
        for node in nodes:
            place = node.location
            if place.valid() and west <= place.lon <= east and south <= place.lat <= north:
                writer.add(node)


def _merged(parts: list[str], path: Path) -> None:
    """Write the parts as one file, each object once, in order."""
    reader = osmium.MergeInputReader()
    for part in parts:
        reader.add_file(part)
    with osmium.SimpleWriter(osmium.io.File(str(path), "pbf"), overwrite=True) as writer:
        reader.apply(writer, simplify=True)
