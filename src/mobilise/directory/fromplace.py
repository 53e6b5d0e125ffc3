"""From a place to its directory: its assets as services, its feeds' services, its postcodes."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
import sqlalchemy as sa

from mobilise.assets import KINDS
from mobilise.directory import schema
from mobilise.directory.hours import schedules_of
from mobilise.directory.importing import Import, import_services
from mobilise.directory.nearby import put_postcodes
from mobilise.directory.store import get_meta, moment, open_directory, set_meta
from mobilise.directory.walking import walk_of
from mobilise.sources.hsds import Normal
from mobilise.sources.hsds.confidential import is_confidential
from mobilise.sources.hsds.normal import derived_id

if TYPE_CHECKING:
    from collections.abc import Callable

    import geopandas as gpd
    from numpy.typing import NDArray

    from mobilise.directory.store import Directory
    from mobilise.place import Place

SOURCE = "assets of the place"
WGS84 = "EPSG:4326"
APART_M = 100.0  # entrances nearer to each other than this are one, for a search by distance
MOST_ENTRANCES = 200
_REFERS_FROM = "health"  # the domain of practices and pharmacies: they send people on


def sync_place(
    directory: Directory, place: Place, say: Callable[[str], object] = lambda _: None
) -> list[Import]:
    """Bring a directory up to date with its place; does nothing where it is.

    Each asset with a name becomes a service at its location, but for GP practices and
    pharmacies, which send people on. Services of the recipe's directories come as they are, and
    are linked to the assets at their locations.

    Parameters
    ----------
    directory
        The place's directory.
    place
        A built place.
    say
        Called with sentences on the progress.

    Returns
    -------
    list of Import
        What became of the records of each source; empty where nothing had to be done.
    """
    stamp = _stamp(place)
    with directory.reading() as connection:
        if get_meta(connection, "place") == stamp:
            return []
    say("directory: the place's assets and services")
    tables = set(place.tables())
    done = []
    sources = []
    if "services" in tables:
        for source, rows in place.table("services").groupby("source", sort=True):
            services = [_listed(row) for row in rows.itertuples()]
            feed = Normal(services, read=len(services))
            done.append(import_services(directory, feed, str(source)))
            sources.append(str(source))
    assets = place.table("assets")
    feeds = set(sources)
    own = assets[~assets["source"].map(lambda names: set(names.split("; ")) <= feeds)]
    done.append(import_services(directory, _as_services(own, place), SOURCE))
    with directory.changing() as connection:
        if "postcodes" in tables:
            put_postcodes(connection, place.table("postcodes").to_dict("records"))
        _link(connection, assets, feeds)
        set_meta(connection, "place", stamp)
        set_meta(connection, "synced", moment())
    return done


def place_directory(
    place: Place, say: Callable[[str], object] = lambda _: None, *, url: str | None = None
) -> Directory:
    """Return the directory of a place, open and up to date, with walks along its own streets.

    Parameters
    ----------
    place
        A built place.
    say
        Called with sentences on the progress.
    url
        The address of a PostgreSQL database, as for :func:`open_directory`.
    """
    directory = open_directory(place.folder, url=url, name=place.name, walk=walk_of(place))
    sync_place(directory, place, say)
    return directory


def _stamp(place: Place) -> str:
    """Return what tells whether a place has been built anew."""
    steps = {name: step["key"] for name, step in place.facts.get("steps", {}).items()}
    kept = {name: steps.get(name) for name in ("assets", "directory")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()


def _listed(row: Any) -> dict[str, Any]:
    service = json.loads(row.document)
    if isinstance(row.kind, str):
        service["kind"] = row.kind
    return {**service, "confidential": bool(row.confidential)}


def _as_services(assets: gpd.GeoDataFrame, place: Place) -> Normal:
    """Return the assets that people can be sent to, as services at a location."""
    named = assets[assets["name"].notna()]
    offered = named[[KINDS[kind].domain != _REFERS_FROM for kind in named["kind"]]]
    points = _points(offered, place)
    titles = {card["label"]: card["title"] or card["label"] for card in place.facts["sources"]}
    # Where all else is equal, the place's own come before those beyond its border.
    ordered = offered.assign(beyond=_beyond(offered, place)).sort_values(["beyond", "asset_id"])
    services = [_service(row, points[row.asset_id], titles) for row in ordered.itertuples()]
    return Normal(services, read=len(assets))


def _beyond(assets: gpd.GeoDataFrame, place: Place) -> NDArray[np.bool_]:
    """Return which assets lie in none of the place's areas."""
    beyond = np.ones(len(assets), bool)
    inside, _ = place.table("areas").sindex.query(assets.geometry, predicate="intersects")
    beyond[inside] = False
    return beyond


def _service(row: Any, points: list[list[float]], titles: dict[str, str]) -> dict[str, Any]:
    kind = KINDS[row.kind]
    key = derived_id("asset", row.asset_id)
    sources = [titles.get(source, source) for source in row.source.split("; ")]
    service: dict[str, Any] = {
        "id": key,
        "name": row.name,
        "description": f"{kind.says} Listed in: {'; '.join(dict.fromkeys(sources))}.",
        "status": "active",
        "asset_id": row.asset_id,
        "kind": row.kind,
        "points": points,
    }
    if isinstance(row.url, str) and row.url.startswith(("http://", "https://")):
        service["url"] = row.url
    if isinstance(row.updated, str) and len(row.updated) >= 10 and _is_date(row.updated[:10]):
        service["assured_date"] = row.updated[:10]
    if schedules := schedules_of(_text(row, "opening_hours")):
        service["schedules"] = [
            {"id": derived_id(key, "schedule", str(i)), "service_id": key, **schedule}
            for i, schedule in enumerate(schedules)
        ]
    if is_confidential(row.name):
        del service["points"]
        return {**service, "confidential": True}
    if points:
        service["service_at_locations"] = [_site(row, key, points[0])]
    return service


def _site(row: Any, key: str, point: list[float]) -> dict[str, Any]:
    location = {
        "id": derived_id("location", row.asset_id),
        "location_type": "physical",
        "name": row.name,
        "latitude": point[0],
        "longitude": point[1],
        "external_identifier": row.asset_id,
        "external_identifier_type": "asset of the place",
    }
    says = {
        "yes": "Step-free access.",
        "limited": "Some of it can be reached without steps.",
        "no": "Not wheelchair accessible.",
    }
    wheelchair = _text(row, "wheelchair")
    if wheelchair in says:
        access = {"id": derived_id("access", row.asset_id), "description": says[wheelchair]}
        location["accessibility"] = [{**access, "location_id": location["id"]}]
    return {
        "id": derived_id("site", row.asset_id),
        "service_id": key,
        "location_id": location["id"],
        "location": location,
    }


def _points(assets: gpd.GeoDataFrame, place: Place) -> dict[str, list[list[float]]]:
    """Return where each asset is reached: [latitude, longitude], the most central first.

    Wide assets are reached at their entrances, thinned to one in a hundred metres.
    """
    entrances = place.table("entrances")
    doors = dict(list(entrances.groupby("asset_id")))
    found: dict[str, Any] = {}
    for row in assets.itertuples():
        middle = shapely.point_on_surface(row.geometry)
        found[row.asset_id] = (
            _thinned(doors[row.asset_id].geometry.to_numpy(), middle)
            if row.asset_id in doors
            else np.array([middle])
        )
    return _in_degrees(found, str(assets.crs))


def _thinned(doors: Any, middle: Any) -> Any:
    """Return entrances at least a hundred metres apart, beginning with the most central."""
    order = np.argsort(shapely.distance(doors, middle), kind="stable")
    kept: list[Any] = []
    for door in doors[order]:
        if not kept or float(np.min(shapely.distance(np.array(kept), door))) >= APART_M:
            kept.append(door)
        if len(kept) == MOST_ENTRANCES:
            break
    return np.array(kept)


def _in_degrees(points: dict[str, Any], crs: str) -> dict[str, list[list[float]]]:
    from pyproj import Transformer  # noqa: PLC0415  (only where there is something to move)

    if not points:
        return {}
    every = np.concatenate(list(points.values()))
    longitude, latitude = Transformer.from_crs(crs, WGS84, always_xy=True).transform(
        shapely.get_x(every), shapely.get_y(every)
    )
    pairs = np.round(np.stack([latitude, longitude], axis=1), 6).tolist()
    ends = np.cumsum([len(own) for own in points.values()]).tolist()
    return {key: pairs[end - len(points[key]) : end] for key, end in zip(points, ends, strict=True)}


def _text(row: Any, column: str) -> str:
    """Return a text of an asset; "" where it is not known, or the place was built without it."""
    value = getattr(row, column, None)
    return value if isinstance(value, str) else ""


def _is_date(text: str) -> bool:
    from datetime import date  # noqa: PLC0415

    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _link(connection: sa.Connection, assets: gpd.GeoDataFrame, feeds: set[str]) -> None:
    """Link the services of feeds to the assets at their locations."""
    by_location = {
        location: row.asset_id
        for row in assets.itertuples()
        if feeds & set(row.source.split("; ")) and isinstance(row.source_id, str)
        for location in re.split("[;,] ", row.source_id)
    }
    site, s = schema.sites.c, schema.services
    query = sa.select(site.service_seq, site.location_id).where(
        site.location_id.in_(list(by_location))
    )
    linked = {row.service_seq: by_location[row.location_id] for row in connection.execute(query)}
    if linked:
        connection.execute(
            sa.update(s).where(s.c.seq == sa.bindparam("_seq")),
            [{"_seq": seq, "asset_id": asset} for seq, asset in sorted(linked.items())],
        )
