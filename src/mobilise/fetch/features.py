"""Feature services (ArcGIS): a layer's rows page by page, all of them or an error.

The layer says how many rows a page may have and when its data last changed; each page is a file
in the cache of its own, so that an interrupted download goes on with the next page. In the end
the rows are counted against the service's own count.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mobilise.errors import MissingColumn, SourceBroken
from mobilise.fetch.downloads import Asked, download

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mobilise.fetch.downloads import Fetched
    from mobilise.fetch.store import Store
    from mobilise.fetch.web import Web

LEAST_PAGE, MOST_PAGE = 1, 2000
Box = tuple[float, float, float, float]


def feature_layer(
    web: Web,
    store: Store,
    label: str,
    address: str,
    *,
    where: str = "1=1",
    columns: Sequence[str] = (),
    box: Box | None = None,
    shapes: bool = False,
    distinct: bool = False,
) -> tuple[list[dict[str, Any]], list[Fetched]]:
    """Return all rows of a layer that fit a query, and the pages that they came on.

    Parameters
    ----------
    web, store
        The way there, and the cache.
    label
        What people call the source.
    address
        The layer: ``.../FeatureServer/0``.
    where
        The service's own filter (SQL).
    columns
        The fields wanted; all where there are none.
    box
        West, south, east, north in degrees: only what touches it.
    shapes
        Whether geometries are wanted (in longitude and latitude).
    distinct
        Each combination of the fields once.

    Returns
    -------
    rows
        GeoJSON features with ``shapes``, else plain dicts.
    pages
        The files in the cache.

    Raises
    ------
    SourceUnreachable, SourceBroken
        The service cannot be reached, refuses, or gives fewer rows than it counts.
    MissingColumn
        The layer no longer has one of `columns`.
    """
    layer, said = _layer(web, store, label, address)
    fields = _fields(layer, columns, label)
    query = {
        "where": where,
        "outFields": ",".join(columns) or "*",
        "orderByFields": ",".join(columns) if distinct else _object_id(layer, fields, label),
        "returnGeometry": "true" if shapes else "false",
        "f": "geojson" if shapes else "json",
    }
    if distinct:
        query["returnDistinctValues"] = "true"
    if shapes:
        query["outSR"] = "4326"
    if box is not None:
        query |= {
            "geometry": ",".join(f"{side:.6f}" for side in box),
            "geometryType": "esriGeometryEnvelope",
            "inSR": "4326",
            "spatialRel": "esriSpatialRelIntersects",
        }
    return _pages(web, store, label, f"{address}/query", query, _edition(layer), layer, said)


def layer_fields(web: Web, store: Store, label: str, address: str) -> list[str]:
    """Return the names of a layer's fields."""
    layer, _ = _layer(web, store, label, address)
    return _fields(layer, (), label)


def _layer(web: Web, store: Store, label: str, address: str) -> tuple[dict[str, Any], Fetched]:
    said = download(web, store, Asked(label, address, ".json", {"f": "json"}))
    return _answer(said, label, address), said


def _answer(fetched: Fetched, label: str, address: str) -> dict[str, Any]:
    """Return a service's answer; it tells of errors with status 200."""
    answer = json.loads(fetched.path.read_bytes())
    if not isinstance(answer, dict) or "error" in answer:
        error = answer.get("error", {}) if isinstance(answer, dict) else {}
        says = str(error.get("message") or "an error without words").rstrip(".")
        fetched.path.unlink(missing_ok=True)
        raise SourceBroken(
            f"{label}: the service answers '{says}' ({address}); it may have moved or be down: try "
            "again later, or look for its new address at the publisher."
        )
    return answer


def _fields(layer: Mapping[str, Any], columns: Sequence[str], label: str) -> list[str]:
    fields = [str(field["name"]) for field in layer.get("fields") or ()]
    for column in columns:
        if column not in fields:
            raise MissingColumn(column, fields, f"{label}: the publisher has changed the layer")
    return fields


def _object_id(layer: Mapping[str, Any], fields: Sequence[str], label: str) -> str:
    """Return the field to order by: without an order, pages may overlap."""
    named = layer.get("objectIdField") or next(
        (f["name"] for f in layer.get("fields", ()) if f.get("type") == "esriFieldTypeOID"), None
    )
    if named is None and not fields:
        raise SourceBroken(f"{label}: the layer says nothing of its fields; has it moved?")
    return str(named or fields[0])


def _edition(layer: Mapping[str, Any]) -> str | None:
    info = layer.get("editingInfo") or {}
    date = info.get("dataLastEditDate") or info.get("lastEditDate")
    return None if date is None else str(date)


def _pages(
    web: Web,
    store: Store,
    label: str,
    address: str,
    query: dict[str, str],
    edition: str | None,
    layer: Mapping[str, Any],
    said: Fetched,
) -> tuple[list[dict[str, Any]], list[Fetched]]:
    size = min(max(int(layer.get("maxRecordCount") or 1000), LEAST_PAGE), MOST_PAGE)
    several = "returnDistinctValues" in query  # whose rows services count in different ways
    count = None if several else _count(web, store, label, address, query, edition)
    rows: list[dict[str, Any]] = []
    pages = [said]
    while True:
        asked = query | {"resultOffset": str(len(rows)), "resultRecordCount": str(size)}
        page = download(web, store, Asked(label, address, ".json", asked, edition=edition))
        answer = _answer(page, label, address)
        found = list(answer.get("features") or ())
        rows += found if "geojson" in query["f"] else [row["attributes"] for row in found]
        pages.append(page)
        if page.new and count:
            web.progress(f"{label}: {len(rows):,} of {count:,} rows")
        if not found or not (_more(answer) or (count is not None and len(rows) < count)):
            break
    if count is not None and len(rows) != count:
        for page in pages[1:]:
            page.path.unlink(missing_ok=True)
        raise SourceBroken(
            f"{label}: the service counts {count:,} rows and gave {len(rows):,} ({address}); try "
            "again later."
        )
    return rows, pages


def _more(answer: Mapping[str, Any]) -> bool:
    """Tell whether there are further pages: JSON says it at the top, GeoJSON often further in."""
    inner = answer.get("properties") or {}
    return bool(answer.get("exceededTransferLimit") or inner.get("exceededTransferLimit"))


def _count(
    web: Web, store: Store, label: str, address: str, query: Mapping[str, str], edition: str | None
) -> int | None:
    """Return how many rows there are to come; None where the service cannot count them."""
    left = {"orderByFields", "outSR", "returnGeometry"}
    asked = {k: v for k, v in query.items() if k not in left}
    asked |= {"returnCountOnly": "true", "f": "json"}
    answer = _answer(
        download(web, store, Asked(label, address, ".json", asked, edition=edition)), label, address
    )
    count = answer.get("count")
    return int(count) if isinstance(count, int) else None
