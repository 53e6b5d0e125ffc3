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
from mobilise.build.sections import buffer_of, network_files, streets_of
from mobilise.errors import BadValues, InputError, MissingColumn
from mobilise.notes import Note
from mobilise.reach import decay as shapes
from mobilise.reach.elevation import LEAST_COST
from mobilise.recipe import Reach
from mobilise.sources import numbers, read_table, texts
from mobilise.tables import empty

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import geopandas as gpd

    from mobilise.build.sections import Say
    from mobilise.place import Place
    from mobilise.reach import Reached, Streets
    from mobilise.recipe import Decay, Recipe, Times

EDGE_SHARE = 0.5  # of the kinds measured; one rare kind would flag every area
# Measures in which an asset is shared by all who reach it, also by those beyond the border.
SHARED = {"2sfca", "e2sfca", "3sfca", "m2sfca", "bfca", "spatial_availability"}
KEY = ["area_id", "kind", "measure", "limit", "group"]


@dataclass(frozen=True)
class ReachResult:
    """The table ``reach``, the areas with their edge flag, notes and facts."""

    reach: pd.DataFrame
    areas: gpd.GeoDataFrame
    notes: list[Note]
    facts: dict[str, Any]


def place_reach(
    recipe: Recipe, place: Place, staged: Path, say: Say, on: str | None = None
) -> ReachResult:
    """Compute what ``[[reach]]`` asks for.

    Parameters
    ----------
    recipe
        The recipe.
    place
        Its tables so far.
    staged
        Where the walking network may lie; else it is in the place's folder.
    say
        Tells people what is going on.
    on
        Address of a Dask scheduler, or "local"; None: this process.
    """
    if not recipe.reach:
        areas = place.table("areas").assign(edge=None)
        return ReachResult(empty("reach"), areas, [], {"edge": 0})
    if reach.compiles_first(on_streets=bool(network_files(recipe))):
        say("preparing the fast routines (once, about 10 seconds) ...")
    with reach.measuring(on) as measure:
        return _measured(recipe, place, _Ways(recipe, place, staged, measure), say)


def _measured(recipe: Recipe, place: Place, ways: _Ways, say: Say) -> ReachResult:
    areas = place.table("areas")
    kinds = sorted({kind for section in recipe.reach for kind in section.kinds})
    nearest = ways.measure(Reach(kinds=tuple(kinds), measures=("nearest",)))
    if len(nearest.table) and ways.streets() is not None and nearest.table["value"].isna().all():
        raise BadValues(
            f"{_street_file(recipe)}: no area has a street within {recipe.network.snap_m:g} m that "
            "leads to any asset; are the streets of this place, and is place.crs right?"
        )
    edges = _edges(nearest.table, areas, place, recipe, ways.streets())
    parts, notes = [], list(nearest.notes)
    for section in recipe.reach:
        say(f"reach of {', '.join(section.kinds)}{_whose(section, ' by ')}")
        result = ways.measure(section)
        parts.append(result.table)
        notes += [note for note in result.notes if note not in notes]
    table = _once(pd.concat(parts, ignore_index=True))
    table = table.merge(edges, on=["area_id", "kind"], how="left")
    flagged = edges.groupby("area_id")["edge"].mean().reindex(areas["area_id"]) > EDGE_SHARE
    areas = areas.assign(edge=flagged.to_numpy(dtype=bool))
    notes += _edge_notes(edges, areas)
    return ReachResult(table, areas, notes, {"edge": int(areas["edge"].sum())})


def _once(table: pd.DataFrame) -> pd.DataFrame:
    """Return what several sections ask for once; refuse to choose where their answers differ."""
    distinct = table.drop_duplicates([*KEY, "value"])
    twice = distinct[distinct.duplicated(KEY)]
    if twice.empty:
        return distinct
    row = twice.iloc[0]
    limit = "" if pd.isna(row["limit"]) else f" within {row['limit']:g} minutes"
    raise InputError(
        f"reach: two sections ask for '{row['measure']}' of {row['kind']}{limit} with different "
        "results (another decay, or another walker of the same name); keep one, or name walkers "
        "apart."
    )


def _street_file(recipe: Recipe) -> str:
    return ", ".join(recipe.label(path) for path in network_files(recipe))


class _Ways:
    """The origins, the access points and the ways between them, each read once."""

    def __init__(
        self, recipe: Recipe, place: Place, staged: Path, measure: Callable[..., Reached]
    ) -> None:
        areas, assets = place.table("areas"), place.table("assets")
        groups = {group for section in recipe.reach for group in section.groups}
        columns = ["area_id", "population", *sorted(groups)]
        for column in columns:
            if column not in areas.columns:
                raise MissingColumn(column, areas.columns, "areas (reach.groups)")
        self.recipe, self.place, self.staged = recipe, place, staged
        self._measure = measure
        self.own = set(areas["area_id"])
        self.origins = pd.concat(
            [
                pd.DataFrame(part.reindex(columns=columns)).assign(
                    x=part["origin_x"], y=part["origin_y"]
                )
                for part in (areas, place.table("around"))
                if len(part)
            ],
            ignore_index=True,
        )
        points = access_points(assets, place.table("entrances"))
        self.points = points.merge(assets[["asset_id", "capacity"]], on="asset_id")
        self._streets: dict[bool, Streets | None] = {}

    def streets(self, *, step_free: bool = False) -> Streets | None:
        if step_free not in self._streets:
            self._streets[step_free] = streets_of(
                self.recipe, self.place, self.staged, step_free=step_free
            )
        return self._streets[step_free]

    def measure(self, section: Reach) -> Reached:
        """Measure one section; ``group`` says for whom, where not for everyone as they walk."""
        network = self.recipe.network
        shared = bool(SHARED & set(section.measures))
        step_free = section.walker is not None and section.walker.step_free
        result = self._measure(
            self.origins if shared else self.origins[self.origins["area_id"].isin(self.own)],
            self.points,
            kinds=[kind.split("+") for kind in section.kinds],
            measures=section.measures,
            minutes=section.limits(network.speed_kmh),
            groups=section.groups or (None,),
            decay=_decay(section.decay),
            streets=None if section.times else self.streets(step_free=step_free),
            times=_times(section.times, self.recipe) if section.times else None,
            speed_kmh=section.speed(network.speed_kmh),
            detour=network.detour,
            snap_metres=network.snap_m,
        )
        result = self._of_place(result) if shared else result
        whose = _whose(section, "")
        if not whose:
            return result
        group = result.table["group"]
        named = group.where(group.isna(), group.astype(str) + ", " + whose).fillna(whose)
        return reach.Reached(result.table.assign(group=named), result.notes)

    def _of_place(self, result: Reached) -> Reached:
        """Cut what was measured with the neighbours back to the place."""
        if len(self.own) == len(self.origins):
            return result
        kept = result.table["area_id"].isin(self.own)
        return reach.Reached(result.table[kept].reset_index(drop=True), result.notes)


def _whose(section: Reach, lead: str) -> str:
    named = section.walker or section.times
    return f"{lead}{named.name}" if named else ""


def _times(times: Times, recipe: Recipe) -> pd.DataFrame:
    """Return minutes from another router in the columns that the room of reach knows."""
    label = recipe.label(times.file)
    wanted = {"from_id": times.origin, "to_id": times.asset, "minutes": times.minutes}
    table = read_table(times.file, layer=times.layer, where=times.where)
    return pd.DataFrame(
        {
            "from_id": texts(table, wanted["from_id"], label),
            "to_id": texts(table, wanted["to_id"], label),
            "minutes": numbers(table, wanted["minutes"], label),
        }
    )


def _decay(given: Decay | None) -> Any:
    """Return the weights that the recipe asks for; None leaves each measure its usual ones."""
    if given is None:
        return None
    make: dict[str, Any] = {
        "steps": lambda: shapes.steps(given.minutes or (), given.weights or ()),
        "table": lambda: shapes.table(given.minutes or (), given.weights or ()),
        "exponential": lambda: shapes.half_life(given.half_life or 1),
        "gaussian": lambda: shapes.gaussian(given.sd or 1),
        "linear": lambda: shapes.linear,
        "power": lambda: shapes.power(given.exponent or 1),
        "logistic": lambda: shapes.logistic(given.middle or 1, given.sd or 1),
    }
    return make[given.shape]()


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
    stretch = recipe.network.detour
    within, ends = _depth(border, origins), np.full(len(areas), np.inf)
    if streets is not None:
        stretch = LEAST_COST if recipe.network.elevation else 1.0
        ends = _depth(shapely.convex_hull(shapely.multipoints(streets.xy)), origins)
    beyond = place.facts["steps"]["assets"]["facts"]["beyond"]
    parts = []
    for kind, rows in table[table["measure"] == "nearest"].groupby("kind", sort=True):
        minutes = rows.set_index("area_id")["value"].reindex(areas["area_id"])
        metres = minutes.to_numpy(dtype=float) * recipe.network.speed_kmh * 1000 / 60
        goes_on = all(beyond.get(part, False) for part in str(kind).split("+"))
        known = within + buffer_of(recipe) if goes_on else within
        limit = np.minimum(known, ends)
        edge = ~(limit * stretch >= metres)
        parts.append(pd.DataFrame({"area_id": areas["area_id"], "kind": kind, "edge": edge}))
    return pd.concat(parts, ignore_index=True)


def _depth(polygon: Any, origins: Any) -> Any:
    """Return how far inside `polygon` each point lies, in metres; 0 outside."""
    shapely.prepare(polygon)
    inside = shapely.contains_properly(polygon, origins)
    corners, line = shapely.get_coordinates(
        shapely.get_parts(shapely.boundary(polygon)), return_index=True
    )
    same = line[1:] == line[:-1]
    sides = shapely.linestrings(np.stack([corners[:-1][same], corners[1:][same]], axis=1))
    found, distance = shapely.STRtree(np.asarray(sides)).query_nearest(
        origins, return_distance=True, all_matches=False
    )
    depth = np.zeros(len(origins))
    depth[found[0]] = distance
    return np.where(inside, depth, 0.0)


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
