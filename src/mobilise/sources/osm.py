"""Tagged things of an OpenStreetMap extract: points, lines and polygons, read as a stream."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import osmium
import shapely

from mobilise.errors import SourceBroken
from mobilise.sources.formats import present

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

Tags = dict[str, str]

_PERSONAL = {"phone", "mobile", "fax", "email", "telephone", "whatsapp"}
_MADE_OF_AREAS = {"multipolygon", "boundary", "site"}
# A closed way is an area, unless all that it was asked for is one of these, and it does not
# say area=yes: a towpath around a basin encloses water, but is not the water.
_LINES: Mapping[str, Collection[str] | None] = {
    "barrier": None,
    "highway": None,
    "railway": None,
    "route": None,
    "waterway": {
        *("brook", "canal", "ditch", "drain", "fairway", "flowline", "river", "stream"),
        *("tidal_channel", "weir"),
    },
    "leisure": {"track", "slipway"},
    "natural": {"arete", "cliff", "coastline", "ridge", "tree_row", "valley"},
}


def read_osm_features(
    path: Path | str, tags: Mapping[str, Collection[str] | None] | Sequence[str]
) -> gpd.GeoDataFrame:
    """Read what bears any of some tags.

    Parameters
    ----------
    path
        An extract: ``.osm.pbf``, or any other form of it that libosmium reads.
    tags
        Values by key, None for any value: ``{"amenity": ["library"], "tourism": None}``; or keys
        alone, for any value of each.

    Returns
    -------
    GeoDataFrame
        EPSG:4326, one row an object, ordered by kind of object and number:

        - ``osm_id``: 'n123', 'w45' or 'r6';
        - ``tags``: all of its tags but telephone numbers and e-mail addresses, as a dict;
        - ``geometry``: a point, a line, or a polygon where it is an area (closed ways and
          multipolygons). Null where a multipolygon's members do not close a ring, and for sites.

    Raises
    ------
    SourceMissing, SourceBroken
        The file is not there, or it is empty, cut short or no such extract.
    """
    path = Path(path)
    present(path)
    found = _Found(tags if isinstance(tags, Mapping) else dict.fromkeys(tags))
    try:
        for thing in _stream(path, found.wanted):
            found.add(thing)
    except RuntimeError as error:
        raise SourceBroken(
            f"{path}: the extract is damaged, cut short or not OpenStreetMap data ({error}); "
            "fetch it again."
        ) from error
    return found.table()


def _stream(path: Path, tags: Mapping[str, Collection[str] | None]) -> osmium.FileProcessor:
    # Exact pairs where every key names its values: filtered before Python sees anything.
    if all(values is not None for values in tags.values()):
        pairs = [(key, value) for key, values in tags.items() for value in values or ()]
        return _filtered(path, osmium.filter.TagFilter(*pairs))
    return _filtered(path, osmium.filter.KeyFilter(*tags))


def _filtered(path: Path, wanted: Any) -> osmium.FileProcessor:
    return osmium.FileProcessor(path).with_areas(wanted).with_filter(wanted)


class _Found:
    """What a stream of objects adds up to.

    An area comes after the closed way that it is, but before the relation: as soon as the last
    of its members has been read.
    """

    def __init__(self, wanted: Mapping[str, Collection[str] | None]) -> None:
        self.wanted = wanted
        self.tags: dict[str, Tags] = {}
        self.shapes: dict[str, str | None] = {}
        self.factory = osmium.geom.WKBFactory()

    def add(self, thing: Any) -> None:
        tags = {tag.k: tag.v for tag in thing.tags}
        matched = {
            key: value
            for key, value in tags.items()
            if key in self.wanted and _listed(self.wanted[key], value)
        }
        if not matched:
            return
        if thing.is_node():
            known = thing.location.valid()
            shape = self.factory.create_point(thing) if known else None
            self._keep(f"n{thing.id}", tags, shape)
        elif thing.is_way():
            self._keep(f"w{thing.id}", tags, self._line(thing))
        elif thing.is_relation():
            if tags.get("type") in _MADE_OF_AREAS and f"r{thing.id}" not in self.shapes:
                self._keep(f"r{thing.id}", tags, None)
        elif not (thing.from_way() and _is_line(tags, matched)):
            self._keep(
                f"{'w' if thing.from_way() else 'r'}{thing.orig_id()}", tags, self._area(thing)
            )

    def _keep(self, osm_id: str, tags: Tags, shape: str | None) -> None:
        self.tags[osm_id] = tags
        self.shapes[osm_id] = shape

    def table(self) -> gpd.GeoDataFrame:
        ids = sorted(self.tags, key=lambda osm_id: ("nwr".index(osm_id[0]), int(osm_id[1:])))
        shapes = shapely.from_wkb([self.shapes[osm_id] for osm_id in ids])
        alone = shapely.get_num_geometries(shapes) == 1
        shapes = np.where(alone, shapely.get_geometry(shapes, 0), shapes)
        tags = [_public(self.tags[osm_id]) for osm_id in ids]
        return gpd.GeoDataFrame({"osm_id": ids, "tags": tags}, geometry=shapes, crs="EPSG:4326")

    def _line(self, way: Any) -> str | None:
        try:
            return self.factory.create_linestring(way)
        except (RuntimeError, osmium.InvalidLocationError):
            return self._known_part(way)

    def _known_part(self, way: Any) -> str | None:
        """Return the line through the nodes that an extract, cut at its border, still has."""
        known = [(n.lon, n.lat) for n in way.nodes if n.location.valid()]
        if len(set(known)) < 2:
            return None
        return shapely.LineString(known).wkb_hex

    def _area(self, area: Any) -> str | None:
        osm_id = f"w{area.orig_id()}"
        try:
            return self.factory.create_multipolygon(area)
        except RuntimeError:
            # A closed way that crosses itself: its ring as it stands; whoever places it mends it.
            ring = self.shapes.get(osm_id) if area.from_way() else None
            if ring is None:
                return None
            return shapely.Polygon(shapely.get_coordinates(shapely.from_wkb(ring))).wkb_hex


def _listed(values: Collection[str] | None, value: str) -> bool:
    return values is None or value in values


def _is_line(tags: Tags, matched: Tags) -> bool:
    linear = all(key in _LINES and _listed(_LINES[key], value) for key, value in matched.items())
    return linear and tags.get("area") != "yes"


def _public(tags: Tags) -> Tags:
    return {k: v for k, v in tags.items() if k.removeprefix("contact:") not in _PERSONAL}
