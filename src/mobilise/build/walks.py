"""Reach in a place: each area's walk to the assets, and where the data's border blurs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from mobilise import reach
from mobilise.assets import access_points
from mobilise.assets.phrases import plural_phrase
from mobilise.build.sections import buffer_of, streets_of
from mobilise.notes import Note
from mobilise.tables import empty

if TYPE_CHECKING:
    from pathlib import Path

    import geopandas as gpd

    from mobilise.build.sections import Say
    from mobilise.place import Place
    from mobilise.recipe import Recipe

EDGE_SHARE = 0.5  # of the kinds measured; one rare kind would flag every area
KEY = ["area_id", "kind", "measure", "limit", "group"]


@dataclass(frozen=True)
class ReachResult:
    """The table ``reach``, the areas with their edge flag, notes and facts."""

    reach: pd.DataFrame
    areas: gpd.GeoDataFrame
    notes: list[Note]
    facts: dict[str, Any]


def place_reach(recipe: Recipe, place: Place, staged: Path, say: Say) -> ReachResult:
    """Compute what ``[[reach]]`` asks for.

    Parameters
    ----------
    recipe
        The recipe.
    place
        Its tables so far.
    staged
        Where ``network.npz`` may lie; else it is in the place's folder.
    say
        Tells people what is going on.
    """
    areas, streets = place.table("areas"), streets_of(recipe, place, staged)
    if not recipe.reach:
        return ReachResult(empty("reach"), areas.assign(edge=None), [], {"edge": 0})
    table, notes = _measured(recipe, place, areas, streets, say)
    edges = _edges(table, areas, place, recipe, streets)
    table = _asked_for(table, recipe).merge(edges, on=["area_id", "kind"], how="left")
    flagged = edges.groupby("area_id")["edge"].mean().reindex(areas["area_id"]) > EDGE_SHARE
    areas = areas.assign(edge=flagged.to_numpy(dtype=bool))
    notes += _edge_notes(edges, areas)
    return ReachResult(table, areas, notes, {"edge": int(areas["edge"].sum())})


def _measured(
    recipe: Recipe, place: Place, areas: gpd.GeoDataFrame, streets: Any, say: Say
) -> tuple[pd.DataFrame, list[Note]]:
    """Measure every section of the recipe, ``nearest`` always: the edge flag rests on it."""
    assets = place.table("assets")
    points = access_points(assets, place.table("entrances"))
    points = points.merge(assets[["asset_id", "capacity"]], on="asset_id")
    origins = pd.DataFrame(areas[["area_id", "population"]])
    origins = origins.assign(x=areas["origin_x"], y=areas["origin_y"])
    parts: list[pd.DataFrame] = []
    notes: list[Note] = []
    for section in recipe.reach:
        say(f"walking to {', '.join(section.kinds)}")
        result = reach.measure(
            origins,
            points,
            kinds=list(section.kinds),
            measures=list(dict.fromkeys(("nearest", *section.measures))),
            minutes=list(section.minutes),
            streets=streets,
            speed_kmh=recipe.network.speed_kmh,
            detour=recipe.network.detour,
            snap_metres=recipe.network.snap_m,
        )
        parts.append(result.table)
        notes += [note for note in result.notes if note not in notes]
    return pd.concat(parts, ignore_index=True).drop_duplicates(KEY), notes


def _edges(
    table: pd.DataFrame, areas: gpd.GeoDataFrame, place: Place, recipe: Recipe, streets: Any
) -> pd.DataFrame:
    """Return, for each area and kind, whether an asset beyond the data's border might be nearer.

    It might where the border is nearer than the nearest asset known. The border is that of
    the place; of the place and its buffer for kinds whose sources go on beyond it; and of the
    street data where they end first.
    """
    origins = shapely.points(areas["origin_x"], areas["origin_y"])
    border = place.table("boundary").geometry.iloc[0]
    wide = border.buffer(buffer_of(recipe))
    stretch = recipe.network.detour
    ends = np.full(len(areas), np.inf)
    if streets is not None:
        stretch = 1.0
        ends = _depth(shapely.convex_hull(shapely.multipoints(streets.xy)), origins)
    beyond = place.facts["steps"]["assets"]["facts"]["beyond"]
    parts = []
    for kind, rows in table[table["measure"] == "nearest"].groupby("kind", sort=True):
        minutes = rows.set_index("area_id")["value"].reindex(areas["area_id"])
        metres = minutes.to_numpy(dtype=float) * recipe.network.speed_kmh * 1000 / 60
        limit = np.minimum(_depth(wide if beyond.get(str(kind)) else border, origins), ends)
        edge = ~(limit * stretch >= metres)
        parts.append(pd.DataFrame({"area_id": areas["area_id"], "kind": kind, "edge": edge}))
    return pd.concat(parts, ignore_index=True)


def _depth(polygon: Any, origins: Any) -> Any:
    """Return how far inside `polygon` each point lies, in metres; 0 outside."""
    shapely.prepare(polygon)
    inside = shapely.contains_properly(polygon, origins)
    return np.where(inside, shapely.distance(shapely.boundary(polygon), origins), 0.0)


def _asked_for(table: pd.DataFrame, recipe: Recipe) -> pd.DataFrame:
    """Drop ``nearest`` where it was only computed for the edge flag."""
    sections = [section for section in recipe.reach if "nearest" in section.measures]
    asked = {kind for section in sections for kind in section.kinds}
    return table[(table["measure"] != "nearest") | table["kind"].isin(asked)]


def _edge_notes(edges: pd.DataFrame, areas: gpd.GeoDataFrame) -> list[Note]:
    counts = edges[edges["edge"]].groupby("kind").size()
    if counts.empty:
        return []
    listed = ", ".join(f"{plural_phrase(str(kind))} {n:,}" for kind, n in counts.items())
    return [
        Note(
            "reach",
            "border of the data",
            f"Some of the {len(areas):,} areas are nearer to the border of the data than to their "
            f"nearest asset in it, so one beyond it may be nearer, and they may look worse served "
            f"than they are: {listed}.",
            count=int(edges.groupby("area_id")["edge"].any().sum()),
            warning=True,
        )
    ]
