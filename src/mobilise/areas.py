"""The areas of a place: who lives where, how deprived each is, what larger area each is in."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from mobilise.errors import BadValues, MissingColumn, SourceBroken
from mobilise.gaps import quantiles
from mobilise.joins import EXAMPLES, Unmatched, join_table
from mobilise.notes import Note
from mobilise.sources import locate, numbers, read_table, remarks, texts
from mobilise.tables import empty

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.recipe import Areas, Recipe

FAR_METRES = 5_000  # an origin so far outside its own polygon is in another coordinate system
SEAM_METRES = 10
MANY_POLYGONS = 5_000
TAKEN = {"area_id", "name", "population", "deprivation", "edge", "origin_x", "origin_y", "geometry"}


@dataclass(frozen=True)
class AreasResult:
    """The table ``areas`` (without ``edge``, which needs reach), and how it came about.

    Parameters
    ----------
    areas
        In the place's crs.
    around
        The table ``around``: neighbours, who share the place's assets.
    notes
        What was joined, dropped or repaired.
    unmatched
        Every id that a join left over.
    ranked
        How many areas the deprivation deciles are among; 0 without deprivation.
    rows
        Rows read, by file.
    """

    areas: gpd.GeoDataFrame
    around: pd.DataFrame
    notes: list[Note]
    unmatched: list[Unmatched]
    ranked: int
    rows: dict[str, int]


def build_areas(recipe: Recipe) -> AreasResult:
    """Read, join and rank the areas of a recipe.

    Parameters
    ----------
    recipe
        Whose ``[areas]`` to build.

    Raises
    ------
    SourceError
        A file, column or value is not what it must be.
    """
    spec = recipe.areas
    label = recipe.label(spec.file)
    frame = read_table(spec.file, layer=spec.layer)
    notes = remarks(frame, step="areas", label=label)
    _require(frame, {"id": spec.id}, label)
    frame = _ranker(spec, label)(frame)
    if spec.where is not None:
        frame = frame[spec.where.mask(frame, label)]
    if frame.empty:
        raise SourceBroken(f"{label}: no row is left for the areas (areas.where leaves out all).")
    rows = {label: len(frame)}
    frame = frame.assign(_area=_ids(frame, spec.id, label)).reset_index(drop=True)
    unmatched: list[Unmatched] = []
    for join in spec.join:
        joined = join_table(
            frame,
            join,
            on=spec.id,
            label=recipe.label(join.file),
            step="areas",
            prepare=_ranker(spec, recipe.label(join.file)),
        )
        frame = joined.frame
        notes += joined.notes
        unmatched += joined.unmatched
        rows[recipe.label(join.file)] = joined.rows
    near = np.zeros(len(frame), dtype=bool)
    if spec.around is not None:
        near = spec.around.mask(frame, label)
    if near.all():
        raise BadValues(f"{label}: areas.around takes all areas for neighbours; none is left.")
    areas = _shaped(frame[~near], recipe, label, notes)
    around = _around(frame[near], recipe, label, notes)
    ranked = int(areas.pop("_ranked").max()) if "_ranked" in areas else 0
    return AreasResult(areas, around, notes, unmatched, ranked, rows)


def boundary_of(areas: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Return the outline of all areas together, one row; of points, their convex hull.

    Parameters
    ----------
    areas
        The table ``areas``.
    name
        The place's name.
    """
    polygons = areas.geometry[areas.geom_type.isin(["Polygon", "MultiPolygon"])].to_numpy()
    if not len(polygons):
        outline = areas.geometry.union_all().convex_hull.buffer(1)
    else:
        outline = _without_seams(_united(polygons))
    return gpd.GeoDataFrame({"name": [name]}, geometry=[outline], crs=areas.crs)


def _united(polygons: Any) -> Any:
    """Return the union; of a country's polygons in strips from west to east, two at a time."""
    if len(polygons) < MANY_POLYGONS:
        return shapely.union_all(polygons)
    order = np.argsort(shapely.bounds(polygons)[:, 0], kind="stable")
    with ThreadPoolExecutor(2) as pool:
        strips = list(pool.map(shapely.union_all, np.array_split(polygons[order], 4)))
    return shapely.union_all(strips)


def _without_seams(outline: Any) -> Any:
    """Fill the slits between neighbours that were generalised apart: they are no border."""
    rings, part = shapely.get_rings(shapely.get_parts(outline), return_index=True)
    shell = np.diff(part, prepend=-1) > 0
    width = 2 * shapely.area(shapely.polygons(rings)) / shapely.length(rings)
    kept = shell | (width >= SEAM_METRES)
    starts = np.flatnonzero(shell[kept])
    shapes = [
        shapely.Polygon(together[0], together[1:]) for together in np.split(rings[kept], starts[1:])
    ]
    return shapes[0] if len(shapes) == 1 else shapely.MultiPolygon(shapes)


def _require(frame: pd.DataFrame, wanted: dict[str, str | None], label: str) -> None:
    for key, column in wanted.items():
        if column is not None and column not in frame.columns:
            raise MissingColumn(column, frame.columns, f"{label} (areas.{key})")


def _ids(frame: pd.DataFrame, column: str, label: str) -> pd.Series:
    """Return ids as text, one for each row and each only once."""
    ids = texts(frame, column, label)
    if ids.isna().any():
        row = int(ids.isna().to_numpy().argmax()) + 1
        raise BadValues(f"{label}: row {row} has no id in column '{column}'.")
    repeated = ids[ids.duplicated()]
    if not repeated.empty:
        raise BadValues(
            f"{label}: the id '{repeated.iloc[0]}' in column '{column}' stands more than once "
            f"({repeated.nunique():,} such ids); pick one row for each area with areas.where."
        )
    return ids


def _ranker(spec: Areas, label: str) -> Callable[[Any], Any]:
    """Return a function that ranks every row of a table that holds the deprivation column.

    Deciles are among all rows of the file, before any is left out: those of an English
    table are then England's, whichever district is studied.
    """

    def rank(frame: Any) -> Any:
        deprivation = spec.deprivation
        if deprivation is None or deprivation.among == "place":
            return frame
        if deprivation.column not in frame.columns or "_ranked" in frame.columns:
            return frame
        values = numbers(frame, deprivation.column, label)
        return frame.assign(**_quantiles(values, deprivation.higher))

    return rank


def _quantiles(values: pd.Series, higher: str) -> dict[str, Any]:
    worst_first = higher == "worse"
    return {
        "deprivation_decile": quantiles(values, 10, highest_first=worst_first).to_numpy(),
        "deprivation_quintile": quantiles(values, 5, highest_first=worst_first).to_numpy(),
        "_ranked": int(values.notna().sum()),
    }


def _shaped(frame: Any, recipe: Recipe, label: str, notes: list[Note]) -> gpd.GeoDataFrame:
    """Return the declared columns, then the groups, then every other column of numbers."""
    spec = recipe.areas
    groups = {f"groups.{name}": column for name, column in spec.groups.items()}
    _require(frame, {"name": spec.name, "population": spec.population, **groups}, label)
    located = _located(frame, recipe, label, notes)
    frame = frame.set_index("_area").loc[located.index]
    population = _population(frame, spec, label, notes)
    columns: dict[str, Any] = {
        "area_id": frame.index,
        "name": _names(frame, spec, label),
        "population": population,
        **_deprivation(frame, spec, label, notes),
    }
    for name, column in spec.groups.items():
        columns[f"group_{name}"] = texts(frame, column, label)
    used = {spec.population, spec.x, spec.y, *columns, *TAKEN}
    for column in frame.columns:
        if column not in used and pd.api.types.is_numeric_dtype(frame[column]):
            columns[column] = frame[column]
    table = pd.DataFrame({name: np.asarray(values) for name, values in columns.items()})
    for name in spec.groups:
        table[f"group_{name}"] = table[f"group_{name}"].astype("str")
    located = located.reset_index(drop=True)
    return gpd.GeoDataFrame(
        table.assign(origin_x=located["origin_x"], origin_y=located["origin_y"]),
        geometry=located.geometry,
    )


def _around(frame: Any, recipe: Recipe, label: str, notes: list[Note]) -> pd.DataFrame:
    """Return neighbours: who lives there and where they set out from, and columns of numbers."""
    if frame.empty:
        return empty("around")
    spec = recipe.areas
    located = _located(frame, recipe, label, [])
    frame = frame.set_index("_area").loc[located.index]
    people = numbers(frame, spec.population, label)
    further = {
        name: frame[name].to_numpy()
        for name in frame.columns
        if name not in {spec.population, spec.x, spec.y, *TAKEN}
        and pd.api.types.is_numeric_dtype(frame[name])
    }
    says = (
        f"{len(frame):,} neighbouring areas beyond the border share the place's assets in "
        "measures of capacity; no figure is about them."
    )
    notes.append(Note("areas", label, says, len(frame)))
    table = {
        "area_id": frame.index.to_numpy(),
        "population": people.fillna(0.0).to_numpy(),
        "origin_x": located["origin_x"].to_numpy(),
        "origin_y": located["origin_y"].to_numpy(),
    }
    return pd.DataFrame(table | {name: further[name] for name in further if name not in table})


def _names(frame: Any, spec: Areas, label: str) -> pd.Series:
    """Return each area's name; its code where the source has none."""
    codes = frame.index.to_series()
    return codes if spec.name is None else texts(frame, spec.name, label).fillna(codes)


def _located(frame: Any, recipe: Recipe, label: str, notes: list[Note]) -> gpd.GeoDataFrame:
    """Return geometry and origin of every area, indexed by its id."""
    spec, crs = recipe.areas, recipe.place.crs
    _require(frame, {"x": spec.x, "y": spec.y}, label)
    has_shapes = isinstance(frame, gpd.GeoDataFrame)
    told: dict[str, Any] = {"crs_to": crs, "label": label, "step": "areas"}
    shapes: gpd.GeoSeries | None = None
    points: gpd.GeoSeries | None = None
    if has_shapes:
        drawn = frame[frame.geometry.notna()] if spec.x else frame
        shapes, found = locate(drawn, names=drawn["_area"], **told)
        shapes = shapes.set_index("_area").geometry
        notes += found
    if spec.x is not None:
        table = pd.DataFrame(frame.drop(columns="geometry")) if has_shapes else frame
        placed, found = locate(
            table, x=spec.x, y=spec.y, crs=spec.crs, names=frame["_area"], **told
        )
        points = placed.set_index("_area").geometry
        notes += found
    if points is None:
        if shapes is None:
            raise BadValues(
                f"{label}: the areas have no geometry; name their 'x' and 'y', or join boundaries."
            )
        points = shapes.representative_point()
    geometry = points if shapes is None else shapes.reindex(points.index).fillna(points)
    located = gpd.GeoDataFrame(
        {"origin_x": points.x, "origin_y": points.y}, geometry=gpd.GeoSeries(geometry, crs=crs)
    )
    _check_inside(located, label)
    return located


def _check_inside(placed: gpd.GeoDataFrame, label: str) -> None:
    """Refuse origins that lie far from their own polygons: one of the two is misplaced."""
    origins = shapely.points(placed["origin_x"], placed["origin_y"])
    distance = pd.Series(shapely.distance(placed.geometry.to_numpy(), origins), placed.index)
    far = distance > FAR_METRES
    if far.mean() > 0.5:
        raise BadValues(
            f"{label}: the origins lie far from their polygons (area '{far.idxmax()}': "
            f"{distance[far].iloc[0] / 1000:,.0f} km); check areas.x, areas.y and areas.crs."
        )


def _population(frame: Any, spec: Areas, label: str, notes: list[Note]) -> pd.Series:
    population = numbers(frame, spec.population, label)
    if (population < 0).any():
        area = population.idxmin()
        raise BadValues(
            f"{label}: area '{area}' has a negative population in column '{spec.population}' "
            f"({population.min():g})."
        )
    missing = population.isna()
    if missing.all() or population.sum() == 0:
        raise BadValues(f"{label}: column '{spec.population}' gives no area any population.")
    if missing.any():
        ids = frame.index[missing].astype(str)
        says = f"{len(ids):,} areas have no population: they weigh nothing in any figure."
        notes.append(Note("areas", label, says, len(ids), tuple(ids[:EXAMPLES]), warning=True))
    return population.fillna(0.0)


def _deprivation(frame: Any, spec: Areas, label: str, notes: list[Note]) -> dict[str, Any]:
    deprivation = spec.deprivation
    if deprivation is None:
        return {}
    _require(frame, {"deprivation.column": deprivation.column}, label)
    values = numbers(frame, deprivation.column, label)
    missing = values.isna()
    if missing.all():
        raise BadValues(
            f"{label}: column '{deprivation.column}' holds no deprivation for any area."
        )
    if missing.any():
        ids = frame.index[missing].astype(str)
        says = f"{len(ids):,} areas have no deprivation: no gradient counts them."
        notes.append(Note("areas", label, says, len(ids), tuple(ids[:EXAMPLES]), warning=True))
    if deprivation.among == "place":
        return {"deprivation": values, **_quantiles(values, deprivation.higher)}
    names = ("deprivation_decile", "deprivation_quintile", "_ranked")
    return {"deprivation": values, **{name: frame[name] for name in names}}
