"""Ways: the lines that people may walk along, read from OpenStreetMap or from any file of lines.

A way is a line through vertices, and two ways meet where they share a vertex: at a node
in OpenStreetMap, at equal coordinates in any other file. Nothing is judged here: which
ways may be walked is decided in :mod:`mobilise.reach` by rules that a person can read.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import BadValues, SourceBroken, SourceMissing
from mobilise.notes import Note

if TYPE_CHECKING:
    import geopandas as gpd

    from mobilise.tables import Frame

TAGS = (
    "highway",
    "man_made",
    "foot",
    "access",
    "service",
    "sidewalk",
    "footway",
    "oneway:foot",
    "incline",
    "surface",
    "wheelchair",
    "ramp:wheelchair",
)
"""The tags of a way that decide whether, and for whom, it can be walked."""

_OSM_SUFFIXES = (".pbf", ".osm", ".osm.gz", ".osm.bz2")
_SIDEWALK_SIDES = ("sidewalk:both", "sidewalk:left", "sidewalk:right")
_KEPT = (*TAGS, *_SIDEWALK_SIDES)
_WKB_HEAD = 18  # byte order, type and number of points, in hexadecimal digits


@dataclass(frozen=True)
class Ways:
    """Lines through shared vertices.

    Parameters
    ----------
    x, y
        One value a vertex, in `crs` (longitude and latitude if that is geographic).
    crs
        Of x and y, as pyproj reads it.
    vertex
        Positions in x and y, way after way.
    start
        Where each way begins in `vertex`; one more than there are ways.
    tags
        One row a way, one column for each of :data:`TAGS` (null: not tagged).
    source
        The file, for messages.
    notes
        What was dropped on the way in, with counts.
    """

    x: np.ndarray[Any, np.dtype[np.float64]]
    y: np.ndarray[Any, np.dtype[np.float64]]
    crs: str
    vertex: np.ndarray[Any, np.dtype[np.int64]]
    start: np.ndarray[Any, np.dtype[np.int64]]
    tags: pd.DataFrame
    source: str
    notes: list[Note] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of ways."""
        return len(self.start) - 1


def read_ways(path: Path | str) -> Ways:
    """Return the ways of an OpenStreetMap extract or of any file of lines.

    Parameters
    ----------
    path
        ``.osm.pbf`` (also ``.osm``, ``.osm.gz``, ``.osm.bz2``), read as a stream; GeoParquet;
        or any format of lines that geopandas reads.

    Raises
    ------
    SourceMissing
        There is no such file.
    SourceBroken
        It is empty, truncated, unreadable or without a single line.
    BadValues
        Its coordinates are not those of its coordinate reference system.
    """
    path = Path(path)
    if not path.exists():
        raise SourceMissing(f"{path}: there is no such file; check the name of the ways' source.")
    if path.name.endswith(_OSM_SUFFIXES):
        return _read_osm(path)
    return ways_from_lines(_read_lines(path), source=str(path))


def ways_from_lines(lines: gpd.GeoDataFrame, source: str = "ways") -> Ways:
    """Return the ways of a table of lines; they meet wherever they share a vertex.

    Parameters
    ----------
    lines
        LineStrings or MultiLineStrings (taken apart), with a CRS. Columns named like
        :data:`TAGS`, or an ``other_tags`` column as GDAL writes it, are the tags.
    source
        What to call it in messages.

    Raises
    ------
    SourceBroken
        It has no lines.
    BadValues
        It has no CRS, or its coordinates are not of it.
    """
    if lines.crs is None:
        raise BadValues(
            f"{source}: has no coordinate reference system; set one, such as EPSG:4326."
        )
    parts = lines[lines.geometry.notna()].explode(ignore_index=True)
    parts = parts[(parts.geom_type == "LineString") & ~parts.geometry.is_empty]
    if parts.empty:
        raise SourceBroken(f"{source}: holds no lines; a walking network needs ways as lines.")
    coordinates = parts.geometry.get_coordinates()
    row = np.unique(coordinates.index.to_numpy(), return_inverse=True)[1]
    x, y = coordinates["x"].to_numpy(), coordinates["y"].to_numpy()
    _check_coordinates(x, y, geographic=lines.crs.is_geographic, source=source)
    first, vertex = _shared_vertices(x, y, geographic=lines.crs.is_geographic)
    start = np.searchsorted(row, np.arange(len(parts) + 1))
    notes = []
    left_out = int((~lines.geom_type.isin(["LineString", "MultiLineString"])).sum())
    if left_out:
        says = f"{left_out} of {len(lines)} rows are not lines and were left out of the network."
        notes.append(Note("network", source, says, left_out))
    return Ways(
        x[first],
        y[first],
        lines.crs.to_string(),
        vertex.astype(np.int64),
        start.astype(np.int64),
        _tags_of_table(parts),
        source,
        notes,
    )


def _read_lines(path: Path) -> gpd.GeoDataFrame:
    import geopandas as gpd  # noqa: PLC0415 - takes a second, and OpenStreetMap does without

    try:
        if path.suffix in {".parquet", ".geoparquet"}:
            return gpd.read_parquet(path)
        return gpd.read_file(path)
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SourceBroken(f"{path}: cannot be read as a file of lines ({reason}).") from error


def _check_coordinates(x: Any, y: Any, *, geographic: bool, source: str) -> None:
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise BadValues(f"{source}: some coordinates are not numbers; export the ways again.")
    if geographic and (np.abs(x).max() > 180 or np.abs(y).max() > 90):
        raise BadValues(
            f"{source}: its coordinates are no longitudes and latitudes (x from {x.min():g} to "
            f"{x.max():g}, y from {y.min():g} to {y.max():g}); set the CRS that they are in."
        )


def _shared_vertices(x: Any, y: Any, *, geographic: bool) -> tuple[Any, Any]:
    """Return the first position of each distinct vertex, and each position's vertex.

    OpenStreetMap keeps seven decimals of a degree; projected coordinates are compared by
    the centimetre.
    """
    scale = 1e7 if geographic else 100.0
    column = np.rint(x * scale).astype(np.int64)
    row = np.rint(y * scale).astype(np.int64)
    key = (column - column.min()) * (row.max() - row.min() + 1) + (row - row.min())
    _, first, vertex = np.unique(key, return_index=True, return_inverse=True)
    return first, vertex


def _tags_of_table(parts: Frame) -> pd.DataFrame:
    columns = {}
    packed = parts["other_tags"].astype("str") if "other_tags" in parts.columns else None
    for tag in (*TAGS, *_SIDEWALK_SIDES):
        if tag in parts.columns:
            values = parts[tag].astype("str")
        elif packed is not None:
            values = packed.str.extract(f'"{tag}"=>"([^"]*)"', expand=False)
        else:
            values = pd.Series(None, index=parts.index, dtype="str")
        columns[tag] = values.str.strip().str.lower().replace("", None).to_numpy()
    return _sidewalk_of_sides(pd.DataFrame(columns))


def _sidewalk_of_sides(tags: pd.DataFrame) -> pd.DataFrame:
    """Fold ``sidewalk:left=yes`` and its kin into ``sidewalk=yes`` where that is not tagged."""
    sides = tags[list(_SIDEWALK_SIDES)]
    any_side = (sides.notna() & ~sides.isin(["no", "none"])).any(axis=1)
    tags["sidewalk"] = tags["sidewalk"].mask(tags["sidewalk"].isna() & any_side, "yes")
    return tags[list(TAGS)].astype("category")


def _read_osm(path: Path) -> Ways:
    import osmium  # noqa: PLC0415 - only OpenStreetMap needs it

    gathered = _Gathered()
    try:
        entities = osmium.osm.NODE | osmium.osm.WAY
        stream = (
            osmium.FileProcessor(str(path), entities)
            .with_locations()
            .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
            .with_filter(osmium.filter.KeyFilter("highway", "man_made"))
        )
        for way in stream:
            gathered.add(way)
    except RuntimeError as error:
        raise SourceBroken(
            f"{path}: is not a complete OpenStreetMap file ({error}); download it again."
        ) from error
    if len(gathered.start) == 1:
        raise SourceBroken(f"{path}: holds no streets or paths (no way with a 'highway' tag).")
    return gathered.ways(str(path))


class _Gathered:
    """What has been read so far, in flat arrays: a country has tens of millions of vertices.

    Coordinates come from osmium as the bytes of a whole way, and ways share their sets of
    tags: a loop over each vertex's numbers would take most of the time and memory.
    """

    def __init__(self) -> None:
        import osmium  # noqa: PLC0415 - only OpenStreetMap needs it

        factory: Any = osmium.geom.WKBFactory()
        every_node = osmium.geom.use_nodes.ALL
        self.as_bytes = partial(factory.create_linestring, use_nodes=every_node)
        self.no_location = osmium.InvalidLocationError
        self.node = array("q")
        self.places = bytearray()  # longitude and latitude of each, as pairs of doubles
        self.start = array("q", [0])
        self.tag_set = array("l")
        self.tag_sets: dict[tuple[str | None, ...], int] = {}
        self.cut = 0

    def add(self, way: Any) -> None:
        get = way.tags.get
        if get("highway") is None and get("man_made") != "pier":
            return
        tags = tuple([get(key) for key in _KEPT])
        nodes = [node.ref for node in way.nodes]
        if len(nodes) > 1:
            try:
                self._put(nodes, bytes.fromhex(self.as_bytes(way)[_WKB_HEAD:]), tags)
            except self.no_location:
                self.cut += 1
                for run in _runs_with_locations(way):
                    places = np.array([(lon, lat) for _, lon, lat in run]).tobytes()
                    self._put([ref for ref, _, _ in run], places, tags)

    def _put(self, nodes: list[int], places: bytes, tags: tuple[str | None, ...]) -> None:
        self.node.extend(nodes)
        self.places += places
        self.start.append(len(self.node))
        self.tag_set.append(self.tag_sets.setdefault(tags, len(self.tag_sets)))

    def ways(self, source: str) -> Ways:
        _, first, vertex = np.unique(
            np.frombuffer(self.node, np.int64), return_index=True, return_inverse=True
        )
        sets = pd.DataFrame(list(self.tag_sets), columns=list(_KEPT), dtype="str")
        tags = _sidewalk_of_sides(sets).iloc[np.frombuffer(self.tag_set, np.dtype("l"))]
        notes = []
        if self.cut:
            says = f"{self.cut} ways are cut off where the extract ends."
            notes.append(Note("network", source, says, self.cut))
        places = np.frombuffer(self.places, "<f8").reshape(-1, 2)[first]
        return Ways(
            np.ascontiguousarray(places[:, 0]),
            np.ascontiguousarray(places[:, 1]),
            "EPSG:4326",
            vertex.astype(np.int64),
            np.frombuffer(self.start, np.int64),
            tags.reset_index(drop=True),
            source,
            notes,
        )


def _runs_with_locations(way: Any) -> list[list[tuple[int, float, float]]]:
    """Return the stretches of two or more nodes of a way that are all in the file."""
    runs: list[list[tuple[int, float, float]]] = [[]]
    for node in way.nodes:
        if node.location.valid():
            runs[-1].append((node.ref, node.lon, node.lat))
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]
