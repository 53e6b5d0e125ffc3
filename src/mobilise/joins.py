"""Joins: a further table brought to the rows of a first by its own id, both sides counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from mobilise.errors import BadValues, MissingColumn, SourceBroken
from mobilise.notes import Note
from mobilise.sources import read_table, remarks, texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.recipe import Join

EXAMPLES = 10


@dataclass(frozen=True)
class Unmatched:
    """An id that found no partner in a join, and the side it stands on."""

    table: str
    side: str
    id: str


@dataclass(frozen=True)
class Joined:
    """The rows with what the join brought, the notes on it, and every id left over."""

    frame: Any
    notes: list[Note]
    unmatched: list[Unmatched]
    rows: int


def join_table(
    frame: Any,
    join: Join,
    *,
    on: str,
    label: str,
    step: str,
    prepare: Callable[[Any], Any] = lambda table: table,
) -> Joined:
    """Bring the columns of a further table to `frame`, whose rows and order stay as they are.

    A column that `frame` already has is not replaced. Geometry is brought where `frame` has none.

    Parameters
    ----------
    frame
        The rows to join to.
    join
        The recipe's ``join``.
    on
        The column of `frame` that holds the ids, unless the join names one.
    label
        The table's file, as people should read it.
    step
        The step that joins, for the note.
    prepare
        Applied to the whole table before its ``where``.

    Returns
    -------
    Joined
        Unmatched ids of both sides are in it, and counted in its notes.

    Raises
    ------
    SourceError
        A column is missing, an id repeats, or no row matches at all.
    """
    on = join.on or on
    if on not in frame.columns:
        raise MissingColumn(on, frame.columns, f"{label} (join.on)")
    table = read_table(join.file, layer=join.layer)
    wanted = [join.id, *(join.columns or ())]
    for column in wanted:
        if column not in table.columns:
            raise MissingColumn(column, table.columns, f"{label} (join)")
    read = remarks(table, step=step, label=label)
    table = prepare(table)
    if join.where is not None:
        table = table[join.where.mask(table, label)]
    rows, ids = len(table), texts(table, join.id, label)
    table = table.assign(_id=ids)[ids.notna()]
    table = _once(table, join, label)
    keys = texts(frame, on, label)
    matched = keys.isin(set(table["_id"]))
    if not matched.any():
        raise SourceBroken(
            f"{label}: none of its {len(table):,} ids in '{join.id}' (such as "
            f"'{next(iter(table['_id']), '')}') is among the ids in '{on}' (such as "
            f"'{next(iter(keys.dropna()), '')}'); are these the right columns, of one vintage?"
        )
    brought = table.set_index("_id")[_brought(frame, table, join, label)]
    joined = _attached(frame, brought, keys)
    left = [Unmatched(label, "rows without a match", str(key)) for key in keys[~matched]]
    right = table.loc[~table["_id"].isin(set(keys[matched])), "_id"]
    unused = [Unmatched(label, "ids of the table not used", str(key)) for key in right]
    note = Note(
        step,
        label,
        f"Joined on '{join.id}': {int(matched.sum()):,} of {len(frame):,} rows found a match; "
        f"{len(right):,} of the table's {len(table):,} ids were not needed.",
        count=len(left),
        examples=tuple(item.id for item in left[:EXAMPLES]),
        warning=bool(left),
    )
    return Joined(joined, [*read, note], left + unused, rows)


def _once(table: Any, join: Join, label: str) -> Any:
    repeated = table["_id"].duplicated()
    if not repeated.any():
        return table
    if join.duplicates == "first":
        return table[~repeated]
    ids = table.loc[repeated, "_id"]
    raise BadValues(
        f"{label}: the id '{ids.iloc[0]}' in column '{join.id}' stands more than once "
        f"({ids.nunique():,} such ids); pick rows with 'where', or say duplicates = 'first'."
    )


def _brought(frame: Any, table: Any, join: Join, label: str) -> list[str]:
    """Return the columns to bring: those asked for, or all that are new."""
    geometry = table.geometry.name if isinstance(table, gpd.GeoDataFrame) else None
    has_geometry = isinstance(frame, gpd.GeoDataFrame)
    if join.columns is not None:
        there = [column for column in join.columns if column in frame.columns]
        if there:
            raise BadValues(f"{label}: the rows already have a column '{there[0]}'; leave it out.")
        chosen = list(join.columns)
    else:
        chosen = [c for c in table.columns if c not in frame.columns and c not in {"_id", geometry}]
    return chosen + ([geometry] if geometry and not has_geometry and geometry not in chosen else [])


def _attached(frame: Any, brought: Any, keys: pd.Series) -> Any:
    aligned = brought.reindex(keys)
    aligned.index = frame.index
    if isinstance(brought, gpd.GeoDataFrame):
        geometry = brought.geometry.name
        frame = gpd.GeoDataFrame(frame, geometry=gpd.GeoSeries(aligned[geometry], crs=brought.crs))
        aligned = pd.DataFrame(aligned.drop(columns=geometry))
    return frame.assign(**{column: aligned[column] for column in aligned.columns})
