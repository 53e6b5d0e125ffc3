"""Feeds: a directory's services as records of assets: an organisation at a location is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.assets.records import EXAMPLES, STEP, Records, record_table
from mobilise.notes import Note
from mobilise.sources import locate
from mobilise.sources.hsds import normalise, read_feed
from mobilise.sources.hsds.feeds import kinds_of

if TYPE_CHECKING:
    import geopandas as gpd

    from mobilise.recipe import Recipe
    from mobilise.sources import PostcodeTable

COLUMNS = (
    "location_id",
    "name",
    "kind",
    "url",
    "updated",
    "longitude",
    "latitude",
    "postcode",
    "service",
    "organization",
)


def records_of_feed(recipe: Recipe, section: int, postcodes: PostcodeTable | None) -> Records:
    """Return the records of a directory: where each organisation offers something.

    Parameters
    ----------
    recipe, section
        As for :func:`mobilise.assets.records.read_records`.
    postcodes
        Where postcodes are, for locations without coordinates.
    """
    source = recipe.assets[section]
    path = recipe.feed(source)
    label = recipe.label(path)
    feed = normalise(read_feed(path), label)
    frame = _frame(feed.services, source.kind)
    read = len(frame)
    if source.where is not None:
        frame = frame[source.where.mask(frame, label)].reset_index(drop=True)
    notes = _without_location(feed.services, label)
    kept = frame[frame["kind"].notna()]
    if len(kept) < len(frame):
        says = f"{len(frame) - len(kept):,} of {len(frame):,} locations are of no listed kind."
        notes.append(Note(STEP, label, says, len(frame) - len(kept)))
    left_out = {"of no listed kind": read - len(kept)}
    located, lost = _located(kept, recipe, label, postcodes)
    left_out["without a usable place"] = len(kept) - len(located)
    columns = {
        "section": section,
        "source": label,
        "kind": located["kind"],
        "source_id": located["location_id"],
        "name": located["name"],
        "capacity": None,
        "url": located["url"],
        "updated": located["updated"],
    }
    return Records(record_table(located, columns), label, read, left_out, notes + lost)


def _frame(services: list[dict[str, Any]], kind: Any) -> pd.DataFrame:
    """Return one row a location, called by the organisation that is there."""
    rows: dict[str, dict[str, Any]] = {}
    for service in services:
        for at in service.get("service_at_locations", []):
            location = at.get("location", {})
            if location and location["id"] not in rows:
                rows[location["id"]] = _row(service, location, kinds_of(service, kind))
    return pd.DataFrame(list(rows.values()), columns=list(COLUMNS)).astype(
        {"longitude": "float64", "latitude": "float64"}
    )


def _row(service: dict[str, Any], location: dict[str, Any], kind: str | None) -> dict[str, Any]:
    organization = service.get("organization", {})
    postcodes = [a["postal_code"] for a in location.get("addresses", []) if a["postal_code"]]
    return {
        "location_id": location["id"],
        "name": organization.get("name") or location.get("name") or service["name"],
        "kind": kind,
        "url": service.get("url") or organization.get("website"),
        "updated": service.get("assured_date"),
        "longitude": location.get("longitude"),
        "latitude": location.get("latitude"),
        "postcode": postcodes[0] if postcodes else None,
        "service": service["name"],
        "organization": organization.get("name"),
    }


def _located(
    frame: pd.DataFrame, recipe: Recipe, label: str, postcodes: PostcodeTable | None
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    """Place the rows by coordinates; those without by their postcodes, where these are known."""
    import geopandas as gpd  # noqa: PLC0415

    if frame.empty:
        nowhere = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([], crs=recipe.place.crs))
        return nowhere, [
            Note(STEP, label, "It gives no assets: no location is left.", warning=True)
        ]
    how: dict[str, Any] = {"crs_to": recipe.place.crs, "label": label, "step": STEP}
    by_postcode = frame["latitude"].isna() & frame["postcode"].notna()
    if postcodes is None or not by_postcode.any():
        return locate(frame, x="longitude", y="latitude", names=frame["name"], **how)
    coded, first = locate(frame[by_postcode], postcode="postcode", postcodes=postcodes, **how)
    rest = frame[~by_postcode]
    if rest.empty:
        return coded, first
    placed, second = locate(rest, x="longitude", y="latitude", names=rest["name"], **how)
    both = pd.concat([placed, coded]).sort_index()
    return gpd.GeoDataFrame(both, geometry="geometry", crs=placed.crs), first + second


def _without_location(services: list[dict[str, Any]], label: str) -> list[Note]:
    nowhere = [s["name"] for s in services if not s.get("service_at_locations")]
    if not nowhere:
        return []
    says = (
        f"{len(nowhere):,} of {len(services):,} services have no location: they are in the "
        "directory, and no assets."
    )
    return [Note(STEP, label, says, len(nowhere), tuple(nowhere[:EXAMPLES]))]
