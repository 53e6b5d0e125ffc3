"""Rows: a table's rows as records, each with the kind and the place that the recipe tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import geopandas as gpd

from mobilise.assets.records import EXAMPLES, STEP, TOLD, Records, record_table
from mobilise.errors import BadValues, suggestion
from mobilise.joins import join_table
from mobilise.notes import Note
from mobilise.sources import locate, numbers, read_table, remarks, texts

if TYPE_CHECKING:
    from mobilise.recipe import Assets, KindMap, Recipe
    from mobilise.sources import PostcodeTable

_TEXTS = {"source_id": "id", **{name: name for name in TOLD if name != "source_id"}}


def rows_of_table(recipe: Recipe, section: int, postcodes: PostcodeTable | None) -> Records:
    """Return the records of a table: kinds mapped, rows located, capacities read.

    Parameters
    ----------
    recipe, section, postcodes
        As for :func:`mobilise.assets.records.read_records`.
    """
    source = recipe.assets[section]
    assert source.file is not None  # the recipe's model sees to it
    path = source.file
    label = recipe.label(path)
    frame = read_table(path, layer=source.layer, where=source.where)
    read = len(frame)
    notes = remarks(frame, step=STEP, label=label)
    frame, joins, further_rows = _join(recipe, frame, source, label)
    frame, mapped = _with_kinds(frame, source.kind, label)
    notes += joins + mapped
    left_out = {"of no listed kind": read - len(frame)}
    located, lost = _located(recipe, frame, source, postcodes, label)
    notes += lost
    left_out["without a usable place"] = len(frame) - len(located)
    capacity, negative = _capacity(located, source, label)
    notes += negative
    table = {
        column: texts(located, getattr(source, key), label) if getattr(source, key) else None
        for column, key in _TEXTS.items()
    }
    columns = {"section": section, "source": label, "kind": located["_kind"], "capacity": capacity}
    found = record_table(located, {**columns, **table})
    return Records(found, label, read, left_out, notes, further_rows)


def _join(
    recipe: Recipe, frame: Any, source: Assets, label: str
) -> tuple[Any, list[Note], dict[str, int]]:
    notes: list[Note] = []
    rows: dict[str, int] = {}
    for join in source.join:
        on = join.on or source.id
        if on is None:
            raise BadValues(f"{label}: to join {join.file.name}, say 'id', or 'on' in the join.")
        name = recipe.label(join.file)
        joined = join_table(frame, join, on=on, label=name, step=STEP)
        frame, rows[name] = joined.frame, joined.rows
        notes += joined.notes
    return frame, notes, rows


def _with_kinds(frame: Any, kind: str | KindMap | None, label: str) -> tuple[Any, list[Note]]:
    """Add the column ``_kind``; rows whose value is not in the map are left out, and counted."""
    if kind is None or isinstance(kind, str):
        return frame.assign(_kind=kind), []
    values = texts(frame, kind.column, label)
    notes = []
    unused = [value for value in kind.map if value not in set(values.dropna())]
    if unused and len(frame):
        hint = suggestion(unused[0], sorted(set(values.dropna())))
        says = f"No row has the '{kind.column}' that the map of kinds lists as '{unused[0]}'{hint}"
        says = says if says.endswith("?") else f"{says}."
        notes.append(Note(STEP, label, says, len(unused), tuple(unused[:EXAMPLES]), warning=True))
    kinds = values.map(kind.map)
    unlisted = values[kinds.isna()].fillna("(blank)").value_counts().sort_index()
    unlisted = unlisted.sort_values(ascending=False, kind="stable")
    if len(unlisted):
        says = (
            f"{int(unlisted.sum()):,} of {len(frame):,} rows were left out: the map of kinds does "
            f"not list their '{kind.column}'."
        )
        examples = tuple(f"{value} ({count:,})" for value, count in unlisted.items())
        notes.append(Note(STEP, label, says, int(unlisted.sum()), examples[:EXAMPLES]))
    return frame.assign(_kind=kinds)[kinds.notna()], notes


def _located(
    recipe: Recipe, frame: Any, source: Assets, postcodes: PostcodeTable | None, label: str
) -> tuple[gpd.GeoDataFrame, list[Note]]:
    if len(frame) == 0:
        nowhere = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries([], crs=recipe.place.crs))
        return nowhere, [Note(STEP, label, "It gives no assets: no row is left.", warning=True)]
    name = source.name or source.id
    return locate(
        frame,
        crs_to=recipe.place.crs,
        x=source.x,
        y=source.y,
        crs=source.crs,
        postcode=source.postcode,
        postcodes=postcodes,
        label=label,
        step=STEP,
        names=texts(frame, name, label) if name else None,
    )


def _capacity(frame: Any, source: Assets, label: str) -> tuple[Any, list[Note]]:
    if source.capacity is None:
        return None, []
    name = source.name or source.id
    capacity = numbers(frame, source.capacity, label, name=name)
    negative = (capacity < 0).to_numpy()
    if not negative.any():
        return capacity, []
    says = f"{negative.sum():,} negative values of '{source.capacity}' were taken as not known."
    shown = tuple(frame.loc[negative, name].astype(str)) if name else ()
    note = Note(STEP, label, says, int(negative.sum()), shown[:EXAMPLES], warning=True)
    return capacity.mask(negative), [note]
