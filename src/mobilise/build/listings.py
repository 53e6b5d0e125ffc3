"""The services and postcodes of a place: what its directory is made from, besides its assets."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from mobilise.assets import zone_around
from mobilise.build.sections import Say, buffer_of
from mobilise.notes import Note
from mobilise.place import replacing

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.place import Place
    from mobilise.recipe import Recipe
    from mobilise.sources.hsds import Normal, Problem

STEP = "directory"
WGS84 = "EPSG:4326"


@dataclass
class Listings:
    """The tables, the lists of what was not taken as it was, and remarks."""

    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def fetch_feeds(recipe: Recipe, *, fresh: bool, say: Say) -> None:
    """Fetch the directories that a recipe names by address, unless they have been fetched.

    Parameters
    ----------
    recipe
        The recipe.
    fresh
        Fetch them again.
    say
        Called with sentences on the progress.
    """
    from mobilise.sources.hsds.feeds import harvest, harvested  # noqa: PLC0415

    for assets in recipe.assets:
        if isinstance(assets.hsds, str) and (fresh or not harvested(recipe.feed(assets))):
            harvest(assets.hsds, recipe.feed(assets), say=say)


def place_listings(recipe: Recipe, place: Place, staged: Path, say: Say) -> Listings:
    """Return the services of the recipe's directories, and the postcodes around the place.

    Parameters
    ----------
    recipe, place
        The recipe, and the place so far.
    staged
        Where lists of what was dropped and repaired go, in ``checks/``.
    say
        Called with sentences on the progress.
    """
    found = Listings()
    feeds = any(assets.hsds is not None for assets in recipe.assets)
    if not feeds and recipe.postcodes is None:
        return found
    zone = zone_around(place.table("boundary").geometry.iloc[0], buffer_of(recipe))
    if feeds:
        _add_services(recipe, zone, staged, say, found)
    if recipe.postcodes is not None:
        say("directory: postcodes")
        found.tables["postcodes"] = _postcodes(recipe, zone)
    found.facts = {name: len(table) for name, table in found.tables.items()}
    return found


def _add_services(recipe: Recipe, zone: Any, staged: Path, say: Say, found: Listings) -> None:
    from mobilise.sources.hsds import normalise, read_feed  # noqa: PLC0415
    from mobilise.sources.hsds.feeds import kinds_of  # noqa: PLC0415

    rows: dict[str, dict[str, Any]] = {}
    for assets in recipe.assets:
        if assets.hsds is None:
            continue
        path = recipe.feed(assets)
        label = recipe.label(path)
        say(f"directory: {label}")
        feed = normalise(read_feed(path), label)
        inside = _inside(feed, zone, recipe.place.crs)
        found.rows[label] = feed.read
        found.notes += _remarks(label, feed, int((~inside).sum()))
        found.checks += _listed(staged, label, feed.problems)
        for service, here in zip(feed.services, inside, strict=True):
            if here:
                mapped = None if isinstance(assets.kind, str) else assets.kind
                kind = kinds_of(service, mapped)
                rows.setdefault(service["id"], _row(service, label, kind))
    columns = ["service_id", "name", "source", "kind", "confidential", "document"]
    found.tables["services"] = pd.DataFrame(list(rows.values()), columns=columns)


def _row(service: dict[str, Any], label: str, kind: str | None) -> dict[str, Any]:
    document = {key: value for key, value in service.items() if key != "confidential"}
    return {
        "service_id": service["id"],
        "name": service["name"],
        "source": label,
        "kind": kind,
        "confidential": service.get("confidential", False),
        "document": json.dumps(document, ensure_ascii=False, sort_keys=True),
    }


def _inside(feed: Normal, zone: Any, crs: str) -> Any:
    """Tell which services are here: at a place in the zone, or at no known place at all."""
    from pyproj import Transformer  # noqa: PLC0415

    owner, longitude, latitude = [], [], []
    for number, service in enumerate(feed.services):
        for at in service.get("service_at_locations", []):
            location = at.get("location", {})
            if "latitude" in location:
                owner.append(number)
                longitude.append(location["longitude"])
                latitude.append(location["latitude"])
    inside = np.ones(len(feed.services), dtype=bool)
    if owner:
        x, y = Transformer.from_crs(WGS84, crs, always_xy=True).transform(longitude, latitude)
        here = shapely.contains_xy(zone, np.asarray(x), np.asarray(y))
        inside[owner] = False
        inside[np.asarray(owner)[here]] = True
    return inside


def _remarks(label: str, feed: Normal, outside: int) -> list[Note]:
    """Return notes on what was dropped, repaired and left out; the records are in the list."""
    notes = []
    for what, did in (("dropped", "were left out"), ("repaired", "were mended")):
        records = list(dict.fromkeys(p.record for p in feed.problems if p.what == what))
        if records:
            reasons = dict.fromkeys(p.says for p in feed.problems if p.what == what)
            says = f"{len(records):,} of {feed.read:,} records {did}."
            notes.append(Note(STEP, label, says, len(records), tuple(reasons)[:10]))
    if outside:
        says = f"{outside:,} services lie outside the place and its surroundings; left out."
        notes.append(Note(STEP, label, says, outside))
    return notes


def _listed(staged: Path, label: str, problems: list[Problem]) -> list[str]:
    if not problems:
        return []
    slug = "".join(c if c.isalnum() else "-" for c in label.lower()).strip("-")
    name = f"checks/directory_{slug}.csv"
    with replacing(staged / name) as beside, beside.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["record", "what", "why"])
        writer.writerows([[p.record, p.what, p.says] for p in problems])
    return [name]


def _postcodes(recipe: Recipe, zone: Any) -> pd.DataFrame:
    """Return the postcodes in the zone, with their latitude and longitude."""
    from pyproj import Transformer  # noqa: PLC0415

    from mobilise.sources import PostcodeTable  # noqa: PLC0415

    assert recipe.postcodes is not None  # whoever calls sees to it
    table = PostcodeTable.read(recipe.postcodes)
    x, y = np.asarray(table.x), np.asarray(table.y)
    if table.crs != recipe.place.crs:
        x, y = Transformer.from_crs(table.crs, recipe.place.crs, always_xy=True).transform(x, y)
    west, south, east, north = shapely.bounds(zone)
    near = np.flatnonzero((x >= west) & (x <= east) & (y >= south) & (y <= north))
    here = near[shapely.contains_xy(zone, x[near], y[near])]
    to_degrees = Transformer.from_crs(recipe.place.crs, WGS84, always_xy=True)
    longitude, latitude = to_degrees.transform(x[here], y[here])
    frame = pd.DataFrame(
        {
            "postcode": table.keys.take(here).to_pandas().to_numpy(),
            "latitude": np.round(latitude, 6),
            "longitude": np.round(longitude, 6),
        }
    )
    return frame.dropna().drop_duplicates("postcode")
