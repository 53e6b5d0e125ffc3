"""The tables of a place: their columns, types and units, and how they are checked.

Every table that mobilise writes is declared here, once. :func:`validate` puts a
frame in the declared shape (column order, types, total order of rows) or raises
:class:`~mobilise.errors.TableError` with the column and the value in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from mobilise.errors import TableError

Frame = TypeVar("Frame", bound=pd.DataFrame)


@dataclass(frozen=True)
class Column:
    """One column of a table on disk.

    Parameters
    ----------
    name
        Its name.
    kind
        ``text``, ``number``, ``integer``, ``flag`` or ``geometry``.
    unit
        The unit of a number, or "" where the row states it.
    null
        What a missing value means; "" where none may be missing.
    says
        What the column holds, in one line.
    """

    name: str
    kind: str
    says: str
    unit: str = ""
    null: str = ""


@dataclass(frozen=True)
class Table:
    """The schema of one table: its columns, and the key its rows are sorted and unique by."""

    name: str
    says: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    more: bool = False  # further columns are kept, after the declared ones


TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "areas",
            "The small areas: who lives there, and how deprived they are.",
            (
                Column("area_id", "text", "The area's code"),
                Column("name", "text", "The area's name"),
                Column("population", "number", "People who live there", unit="persons"),
                Column("deprivation", "number", "As the source has it", null="not in the source"),
                Column("deprivation_decile", "integer", "1 = most deprived", null="no deprivation"),
                Column(
                    "deprivation_quintile", "integer", "1 = most deprived", null="no deprivation"
                ),
                Column(
                    "edge",
                    "flag",
                    "For most kinds, the data's border is nearer than the nearest asset",
                    null="reach not computed",
                ),
                Column("origin_x", "number", "Where its people set out from", unit="m, place crs"),
                Column("origin_y", "number", "Where its people set out from", unit="m, place crs"),
                Column("geometry", "geometry", "Polygon, or the origin where the source has none"),
            ),
            key=("area_id",),
            more=True,
        ),
        Table(
            "boundary",
            "The outline of the place: one row.",
            (
                Column("name", "text", "The place's name"),
                Column("geometry", "geometry", "Polygon, place crs"),
            ),
            key=("name",),
        ),
        Table(
            "assets",
            "The places and organisations that people can use.",
            (
                Column("asset_id", "text", "Stable from build to build"),
                Column("name", "text", "Its name", null="the source gives none"),
                Column("kind", "text", "One of the kinds of mobilise.assets"),
                Column("capacity", "number", "As the source has it", null="not known"),
                Column("source", "text", "The file or files it comes from, joined by '; '"),
                Column("source_id", "text", "Its id there, in the same order", null="none given"),
                Column("url", "text", "Its page", null="none given"),
                Column("updated", "text", "When the source last confirmed it", null="not known"),
                Column("geometry", "geometry", "Point, line or polygon, place crs"),
            ),
            key=("asset_id",),
        ),
        Table(
            "entrances",
            "Where parks, waterways and other wide assets are entered.",
            (
                Column("asset_id", "text", "The asset"),
                Column("how", "text", "'access point', 'gate', 'path' or 'edge'"),
                Column("geometry", "geometry", "Point, place crs"),
            ),
            key=("asset_id", "how", "geometry"),
        ),
        Table(
            "duplicates",
            "Assets found more than once: what was merged, and what a person should check.",
            (
                Column("asset_id", "text", "The asset that was kept"),
                Column("decision", "text", "'merged' or 'check' (alike, but left apart)"),
                Column("score", "number", "Likeness, 0 to 1"),
                Column(
                    "name_score",
                    "number",
                    "Likeness of the names, 0 to 1",
                    null="a name is missing",
                ),
                Column("distance", "number", "Between the two", unit="m"),
                Column("kind", "text", "The kind kept"),
                Column("name", "text", "The name kept", null="none given"),
                Column("source", "text", "The file kept"),
                Column("source_id", "text", "The id there", null="none given"),
                Column(
                    "other_id", "text", "The asset_id that the other record has or would have had"
                ),
                Column("other_kind", "text", "The other record's kind"),
                Column("other_name", "text", "The other record's name", null="none given"),
                Column("other_source", "text", "The other record's file"),
                Column("other_source_id", "text", "The other record's id", null="none given"),
            ),
            key=("asset_id", "other_id"),
        ),
        Table(
            "indicators",
            "Measures of health and wellbeing by area.",
            (
                Column(
                    "area_id", "text", "The area, or the group's code where level is not 'area'"
                ),
                Column("indicator", "text", "Its name"),
                Column("level", "text", "'area', or the group of areas that it is published for"),
                Column("period", "text", "When", null="not stated"),
                Column("group", "text", "Whom", null="everyone"),
                Column("value", "number", "The value", null="suppressed or missing"),
                Column("lower", "number", "95% limit", null="not published"),
                Column("upper", "number", "95% limit", null="not published"),
                Column("numerator", "number", "Events", null="not published"),
                Column("denominator", "number", "At risk", null="not published"),
                Column("unit", "text", "Unit of value"),
                Column("higher", "text", "'better' or 'worse'"),
            ),
            key=("indicator", "level", "period", "group", "area_id"),
        ),
        Table(
            "reach",
            "How well each area can get to the assets of each kind.",
            (
                Column("area_id", "text", "The area"),
                Column("kind", "text", "The kind, or set of kinds joined by '+'"),
                Column("measure", "text", "nearest, count, ..."),
                Column("limit", "number", "The limit", unit="minutes", null="no limit"),
                Column("value", "number", "The value", null="nothing can be reached"),
                Column("unit", "text", "Unit of value"),
                Column("group", "text", "The people it is for", null="everyone"),
                Column("edge", "flag", "The data's border is nearer than the nearest asset"),
            ),
            key=("kind", "measure", "limit", "group", "area_id"),
        ),
        Table(
            "gaps",
            "Inequality statistics, each with its interval and a sentence.",
            (
                Column("of", "text", "'reach', or the indicator's name"),
                Column("kind", "text", "The kind", null="not about reach"),
                Column("measure", "text", "The measure of reach", null="not about reach"),
                Column("limit", "number", "Its limit", unit="minutes", null="no limit"),
                Column("by", "text", "What people are ranked or grouped by"),
                Column(
                    "statistic", "text", "mean, share_reached, slope_index, slope_index_inside, ..."
                ),
                Column(
                    "level",
                    "integer",
                    "The quintile or group, 1 = most deprived",
                    null="whole place",
                ),
                Column("part", "text", "The larger area, by its name", null="not by larger areas"),
                Column("value", "number", "The value", null="not defined: the method says why"),
                Column("se", "number", "Standard error", null="not given by the method"),
                Column("lower", "number", "Lower limit", null="not given by the method"),
                Column("upper", "number", "Upper limit", null="not given by the method"),
                Column("confidence", "number", "Of the interval, 0 to 1", null="no interval"),
                Column("n", "integer", "Areas or groups used"),
                Column("unit", "text", "Unit of value"),
                Column("higher", "text", "'better' or 'worse' for people"),
                Column("method", "text", "How it was computed"),
                Column("sentence", "text", "The finding in words"),
            ),
            key=("of", "kind", "measure", "limit", "by", "statistic", "level", "part"),
        ),
        Table(
            "explanations",
            "What goes with an inequality: how much of it each determinant accounts for.",
            (
                Column("of", "text", "The outcome explained"),
                Column("by", "text", "What people are ranked by, or the two groups compared"),
                Column("method", "text", "'concentration index' or 'Oaxaca-Blinder'"),
                Column("order", "integer", "0 is the whole; determinants; then what is left over"),
                Column("determinant", "text", "Its name; 'whole' or 'not explained'"),
                Column("value", "number", "The whole, or the contribution to it"),
                Column("lower", "number", "Lower limit", null="no interval"),
                Column("upper", "number", "Upper limit", null="no interval"),
                Column("confidence", "number", "Of the interval, 0 to 1", null="no interval"),
                Column("percent", "number", "Of the whole", unit="%", null="the whole is 0"),
                Column("n", "integer", "Areas used"),
                Column("unit", "text", "Unit of value"),
                Column("sentence", "text", "The finding in words"),
                Column("warning", "text", "What it must not be taken for"),
            ),
            key=("of", "by", "method", "order", "determinant"),
        ),
        Table(
            "plan",
            "The sites that each scenario opens and closes.",
            (
                Column("scenario", "text", "Its name"),
                Column(
                    "order", "integer", "New sites, those that help most first", null="it closes"
                ),
                Column(
                    "site_id", "text", "'area:' and an area, an asset, or the candidate's own id"
                ),
                Column("name", "text", "The site's name"),
                Column("change", "text", "'open' or 'close'"),
                Column("x", "number", "Where it is", unit="m, place crs", null="not known"),
                Column("y", "number", "Where it is", unit="m, place crs", null="not known"),
                Column(
                    "gain",
                    "number",
                    "People (or minutes of the mean walk) it adds",
                    null="it closes",
                ),
                Column(
                    "total", "number", "People (or mean walk) with those before", null="it closes"
                ),
                Column("bound", "number", "No plan is better than this", null="it closes"),
                Column("unit", "text", "Unit of bound"),
                Column("objective", "text", "What was aimed at"),
            ),
            key=("scenario", "change", "order", "site_id"),
        ),
        Table(
            "plan_effects",
            "What each scenario changes, for whom: before and after.",
            (
                Column("scenario", "text", "Its name"),
                Column("by", "text", "'place', 'quintile', or a group of areas"),
                Column(
                    "level", "text", "The quintile (1 = most deprived) or group", null="the place"
                ),
                Column("people", "number", "Who live there", unit="persons"),
                Column("reached_before", "number", "Of them within the limit", unit="persons"),
                Column("reached_after", "number", "Of them within the limit", unit="persons"),
                Column(
                    "share_before", "number", "Of them within the limit", unit="%", null="nobody"
                ),
                Column(
                    "share_after", "number", "Of them within the limit", unit="%", null="nobody"
                ),
                Column("gained", "number", "Newly within the limit", unit="persons"),
                Column("lost", "number", "No longer within the limit", unit="persons"),
                Column("minutes_before", "number", "Mean walk, at most the limit", null="nobody"),
                Column("minutes_after", "number", "Mean walk, at most the limit", null="nobody"),
                Column("minutes_saved", "number", "All together", unit="person-minutes"),
            ),
            key=("scenario", "by", "level"),
        ),
        Table(
            "plan_areas",
            "Which areas are within the limit, before and after each scenario.",
            (
                Column("scenario", "text", "Its name"),
                Column("area_id", "text", "The area"),
                Column("minutes_before", "number", "Walk to the nearest site, at most the limit"),
                Column("minutes_after", "number", "Walk to the nearest site, at most the limit"),
                Column("reached_before", "flag", "Whether it is within the limit"),
                Column("reached_after", "flag", "Whether it is within the limit"),
                Column("why", "text", "Why it is not within the limit after", null="it is"),
            ),
            key=("scenario", "area_id"),
        ),
        Table(
            "plan_frontier",
            "From most people to fairest: what fairness costs.",
            (
                Column("scenario", "text", "Its name"),
                Column("point", "integer", "1 = most people"),
                Column("people", "number", "Within the limit", unit="persons"),
                Column("share", "number", "Of all people", unit="%"),
                Column("slope", "number", "Slope index of the share", unit="percentage points"),
                Column("bound", "number", "No plan as fair reaches more", unit="persons"),
                Column("gap", "number", "How far from the bound at most, as a share"),
                Column("sites", "text", "The new sites' names, joined by '; '"),
            ),
            key=("scenario", "point"),
        ),
        Table(
            "plan_robustness",
            "How often each site is chosen when people, speed and limit vary.",
            (
                Column("scenario", "text", "Its name"),
                Column("site_id", "text", "The site"),
                Column("name", "text", "Its name"),
                Column("chosen", "number", "Share of the draws that choose it, 0 to 1"),
                Column("in_plan", "flag", "Whether the plan itself has it"),
            ),
            key=("scenario", "site_id"),
        ),
    )
}

_TYPES: dict[str, Any] = {"text": "str", "number": "float64", "integer": "Int64", "flag": "boolean"}


def validate(name: str, frame: Frame) -> Frame:
    """Return `frame` in the declared shape of the table `name`.

    Parameters
    ----------
    name
        One of :data:`TABLES`.
    frame
        The rows. Columns that may be null may be absent; other columns are dropped
        unless the table keeps further ones.

    Returns
    -------
    DataFrame or GeoDataFrame
        Declared columns first, cast to their types, sorted by the key, index 0..n-1.

    Raises
    ------
    TableError
        A column is missing, holds nulls or values that it must not, or the key repeats.
    """
    table = TABLES[name]
    shaped = frame.reset_index(drop=True)
    for column in table.columns:
        if column.name not in shaped.columns:
            if not column.null:
                raise TableError(f"Table {name}: column '{column.name}' is missing.")
            shaped[column.name] = None
        if column.kind == "geometry":
            continue
        shaped[column.name] = _cast(shaped[column.name], column, name)
    declared = [column.name for column in table.columns]
    further = [c for c in shaped.columns if c not in declared] if table.more else []
    shaped = _sorted(shaped[declared + further], table)
    return shaped  # noqa: RET504  (mypy needs the name's type)


def empty(name: str) -> pd.DataFrame:
    """Return the table `name` with no rows (no geometry column)."""
    columns = [c for c in TABLES[name].columns if c.kind != "geometry"]
    return pd.DataFrame({c.name: pd.Series(dtype=_TYPES[c.kind]) for c in columns})


def _cast(values: pd.Series, column: Column, table: str) -> pd.Series:
    try:
        cast: pd.Series[Any] = values.astype(_TYPES[column.kind])
    except (TypeError, ValueError) as error:
        raise TableError(
            f"Table {table}: column '{column.name}' must hold {column.kind} values ({error})."
        ) from error
    if not column.null and cast.isna().any():
        row = int(cast.isna().to_numpy().argmax())
        raise TableError(f"Table {table}: column '{column.name}' has no value in row {row + 1}.")
    return cast


def _sorted(frame: Any, table: Table) -> Any:
    keys = pd.DataFrame(
        {key: frame[key].to_wkb() if key == "geometry" else frame[key] for key in table.key}
    )
    order = keys.sort_values(list(table.key), kind="stable", na_position="first").index
    repeated = keys.duplicated()
    if repeated.any():
        first = keys[repeated].iloc[0].drop("geometry", errors="ignore").to_dict()
        raise TableError(f"Table {table.name}: its key repeats: {first}.")
    return frame.loc[order].reset_index(drop=True)
