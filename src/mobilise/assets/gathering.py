"""Gather: from the sources of a recipe to one table of assets, with entrances and duplicates."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from mobilise.assets.access import match_access_points, read_access_points
from mobilise.assets.duplicates import MERGED, merge_duplicates
from mobilise.assets.entrances import find_entrances
from mobilise.assets.features import features_of_osm
from mobilise.assets.feeds import records_of_feed
from mobilise.assets.kinds import check_kinds
from mobilise.assets.remarks import duplicate_notes, entrance_notes
from mobilise.assets.rows import rows_of_table
from mobilise.assets.shapes import cut_to
from mobilise.assets.winnow import winnow
from mobilise.errors import RecipeError
from mobilise.sources import PostcodeTable
from mobilise.tables import validate

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.assets.records import Records
    from mobilise.assets.winnow import Winnowed
    from mobilise.notes import Note
    from mobilise.recipe import Recipe


FINE_CORNERS = 20_000


@dataclass(frozen=True)
class Gathered:
    """The assets of a place and what became of every row of their sources.

    Parameters
    ----------
    assets, entrances, duplicates
        The tables of those names.
    notes
        What was left out, mended, merged or should be looked at, in words.
    beyond
        By kind: whether all its sources go on beyond the place, so that its border is no edge.
    rows
        Rows read from each file, by its label.
    tally
        One row a source: ``source``, ``rows`` (after its ``where``) and what became of them:
        ``of no listed kind``, ``without a usable place``, ``outside``, ``too small``, ``pieces``
        and ``duplicates`` (merged into another), ``kept``. They add up.
    """

    assets: gpd.GeoDataFrame
    entrances: gpd.GeoDataFrame
    duplicates: pd.DataFrame
    notes: list[Note]
    beyond: dict[str, bool]
    rows: dict[str, int]
    tally: pd.DataFrame


def gather(
    recipe: Recipe,
    boundary: Any,
    buffer_m: float,
    progress: Callable[[str], object] = lambda _: None,
    ways: gpd.GeoDataFrame | None = None,
) -> Gathered:
    """Gather the assets of a place from all sources of its recipe.

    Each source is read, its kinds mapped, its rows located and cut to the place and a buffer
    around it, the pieces of one asset joined and those too small left out; then the same asset
    in several sources is merged, and the entrances of wide ones found.

    Parameters
    ----------
    recipe
        The recipe.
    boundary
        The place: the union of its areas' polygons, in the place's CRS.
    buffer_m
        How far beyond it assets are kept: people near the border walk across it.
    progress
        Called with a line of text as each source is read.
    ways
        Lines that people may walk along, place CRS: where they meet a park's edge they are
        entrances.

    Returns
    -------
    Gathered
        The tables, and what became of every row.

    Raises
    ------
    RecipeError
        A kind is unknown.
    SourceError
        A source cannot be used.
    """
    _check_kinds(recipe)
    zone = zone_around(boundary, buffer_m)
    sections = [
        _section(recipe, section, zone, buffer_m, postcodes, progress)
        for postcodes in [_postcodes(recipe)]
        for section in range(len(recipe.assets))
    ]
    progress("assets: duplicates and entrances")
    records = pd.concat([section.winnowed.table for section in sections], ignore_index=True)
    records = gpd.GeoDataFrame(records, geometry="geometry", crs=recipe.place.crs)
    records["asset_id"] = _distinct(records["asset_id"])
    assets, duplicates = merge_duplicates(records)
    merged = duplicates[duplicates["decision"] == MERGED]
    now = dict(zip(merged["other_id"], merged["asset_id"], strict=True))
    given = pd.concat([section.given for section in sections], ignore_index=True)
    given["asset_id"] = given["asset_id"].map(lambda asset_id: now.get(asset_id, asset_id))
    gates = np.concatenate([section.records.gates for section in sections])
    entrances = find_entrances(assets, zone, given=given, gates=gates, ways=ways)
    repeats = pd.concat([section.winnowed.repeats for section in sections], ignore_index=True)
    repeats["asset_id"] = repeats["asset_id"].map(lambda asset_id: now.get(asset_id, asset_id))
    repeats = repeats[repeats["asset_id"].isin(assets["asset_id"])]
    notes = [note for section in sections for note in section.notes]
    notes += duplicate_notes(duplicates) + entrance_notes(assets, entrances)
    assets["geometry"] = cut_to(zone, assets.geometry.to_numpy())
    return Gathered(
        validate("assets", assets),
        validate("entrances", entrances),
        validate("duplicates", pd.concat([duplicates, repeats], ignore_index=True)),
        notes,
        _beyond(recipe, sections),
        _rows(sections),
        _tally(sections, records, assets),
    )


@dataclass
class _Section:
    """One source of the recipe on its way."""

    records: Records
    winnowed: Winnowed
    given: gpd.GeoDataFrame
    notes: list[Note]
    further_rows: dict[str, int] = field(default_factory=dict)


def zone_around(boundary: Any, buffer_m: float) -> Any:
    """Return a place and its surroundings as one prepared polygon.

    Parameters
    ----------
    boundary
        The place, in a CRS of metres.
    buffer_m
        How far around it, in metres; a country's zone is up to a tenth wider.
    """
    # A country's coast in full detail would take minutes; a little wider than asked loses nothing.
    coarse = buffer_m / 10 if shapely.get_num_coordinates(boundary) > FINE_CORNERS else 0.0
    zone = shapely.buffer(shapely.simplify(boundary, coarse), buffer_m + coarse, quad_segs=4)
    shapely.prepare(zone)
    return zone


def _section(
    recipe: Recipe,
    section: int,
    zone: Any,
    buffer_m: float,
    postcodes: PostcodeTable | None,
    progress: Callable[[str], object],
) -> _Section:
    source = recipe.assets[section]
    path = source.osm or source.file or recipe.feed(source)
    label = recipe.label(path)
    progress(f"assets: {label}")
    if source.osm is not None:
        records = features_of_osm(recipe, section)
    elif source.hsds is not None:
        records = records_of_feed(recipe, section, postcodes)
    else:
        records = rows_of_table(recipe, section, postcodes)
    winnowed = winnow(records, label, zone, buffer_m, beyond=source.beyond)
    given = gpd.GeoDataFrame({"asset_id": []}, geometry=[], crs=recipe.place.crs)
    found = _Section(records, winnowed, given, records.notes + winnowed.notes)
    if source.entrances is not None:
        points, lost, rows = read_access_points(recipe, source.entrances)
        found.given, unmatched = match_access_points(
            winnowed.table,
            points,
            zone,
            within_m=source.entrances.within_m,
            label=recipe.label(source.entrances.file),
        )
        found.notes += lost + unmatched
        found.further_rows |= rows
    return found


def _check_kinds(recipe: Recipe) -> None:
    problems = []
    for i, source in enumerate(recipe.assets, 1):
        if isinstance(source.kind, str):
            names = [source.kind]
        else:
            names = list(source.kind.map.values() if source.kind else source.kinds or ())
        problems += [f"assets[{i}]: {problem}" for problem in check_kinds(names)]
    if problems:
        raise RecipeError(recipe.path, problems)


def _postcodes(recipe: Recipe) -> PostcodeTable | None:
    wanted = any(source.postcode is not None or source.hsds is not None for source in recipe.assets)
    if recipe.postcodes is None or not wanted:
        return None
    return PostcodeTable.read(recipe.postcodes)


def _distinct(ids: pd.Series) -> list[str]:
    """Return the ids, numbered where sections share one (a file named twice), in their order."""
    nth = ids.groupby(ids).cumcount()
    return [i if n == 0 else f"{i}-also{n + 1}" for i, n in zip(ids, nth, strict=True)]


def _beyond(recipe: Recipe, sections: list[_Section]) -> dict[str, bool]:
    reach: dict[str, bool] = {}
    for source, section in zip(recipe.assets, sections, strict=True):
        for kind in section.records.table["kind"].unique():
            reach[kind] = reach.get(kind, True) and source.beyond
    return dict(sorted(reach.items()))


def _rows(sections: list[_Section]) -> dict[str, int]:
    """Return the rows read, by file; a file that feeds several sources counts for all of them."""
    rows: dict[str, int] = {}
    for section in sections:
        rows |= section.further_rows | section.records.further_rows
    for section in sections:
        records = section.records
        rows[records.label] = rows.get(records.label, 0) + records.rows
    return rows


def _tally(
    sections: list[_Section], records: gpd.GeoDataFrame, assets: gpd.GeoDataFrame
) -> pd.DataFrame:
    kept = assets["section"].value_counts()
    read = records["section"].value_counts()
    rows = []
    for i, section in enumerate(sections):
        left_out = section.records.left_out | section.winnowed.left_out
        rows.append(
            {
                "source": section.records.label,
                "rows": section.records.rows,
                **left_out,
                "duplicates": int(read.get(i, 0) - kept.get(i, 0)),
                "kept": int(kept.get(i, 0)),
            }
        )
    return pd.DataFrame(rows).fillna(0).astype({"rows": "int64"})
