"""The tables of a place: their columns, types and units, and how they are checked.

Every table that mobilise writes is declared here, once. :func:`validate` puts a
frame in the declared shape (column order, types, total order of rows) or raises
:class:`~mobilise.errors.TableError` with the column and the value in it.
"""

from __future__ import annotations

from typing import Any, TypeVar

import pandas as pd

from mobilise.errors import TableError
from mobilise.tables.estimated import ESTIMATED
from mobilise.tables.evidence import EVIDENCE
from mobilise.tables.listed import LISTED
from mobilise.tables.measured import MEASURED
from mobilise.tables.planned import PLANNED
from mobilise.tables.released import RELEASED
from mobilise.tables.schema import Column, Table

__all__ = ["TABLES", "Column", "Table", "empty", "validate"]

Frame = TypeVar("Frame", bound=pd.DataFrame)


TABLES: dict[str, Table] = {
    table.name: table for table in (*MEASURED, *PLANNED, *EVIDENCE, *ESTIMATED, *RELEASED, *LISTED)
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
    if keys.index.equals(order):  # most are in order already: a copy would be for nothing
        return frame
    return frame.loc[order].reset_index(drop=True)
