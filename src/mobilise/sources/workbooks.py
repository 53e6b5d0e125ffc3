"""Sheets of workbooks: Excel and OpenDocument."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pandas as pd
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from mobilise.errors import InputError, SourceBroken, suggestion

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path, layer: str | None, columns: list[str]) -> pd.DataFrame:
    """Return the columns of a sheet; its first row that is not empty is the heading."""
    rows = _rows(path, layer)
    names = _names(rows, path)
    body = [row for row in rows[1:] if any(value != "" for value in row)]
    return pd.DataFrame(
        {name: _column([row[names.index(name)] for row in body]) for name in columns}
    )


def columns(path: Path, layer: str | None) -> list[str]:
    """Return the names in the sheet's heading."""
    return _names(_rows(path, layer, most=1), path)


def _rows(path: Path, layer: str | None, most: int | None = None) -> list[list[Any]]:
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            return _sheet(workbook, layer, path).to_python(skip_empty_area=True, nrows=most)
    except PasswordError as error:
        raise SourceBroken(f"{path}: it wants a password; save it without one.") from error
    except (CalamineError, OSError) as error:
        raise SourceBroken(
            f"{path}: this workbook is damaged or cut short ({error}); fetch it again."
        ) from error


def _sheet(workbook: CalamineWorkbook, layer: str | None, path: Path) -> CalamineSheet:
    names = workbook.sheet_names
    if layer is not None and layer not in names:
        raise InputError(f"{path}: no sheet '{layer}'{suggestion(layer, names)}")
    if layer is not None:
        return workbook.get_sheet_by_name(layer)
    seen = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]
    if len(seen) != 1:
        shown = ", ".join(f"'{name}'" for name in seen or names)
        raise InputError(f"{path}: say which sheet to read: layer = one of {shown}.")
    return workbook.get_sheet_by_name(seen[0])


def _names(rows: list[list[Any]], path: Path) -> list[str]:
    if not rows:
        raise SourceBroken(f"{path}: the sheet is empty.")
    return [_text(value).strip() or f"column_{i + 1}" for i, value in enumerate(rows[0])]


def _column(cells: list[Any]) -> pd.Series:
    values = [None if cell == "" else cell for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        whole = all(value is not None and float(value).is_integer() for value in values)
        return pd.Series(values, dtype="int64" if whole else "float64")
    if kinds == {bool}:
        return pd.Series(values, dtype="bool" if None not in values else "boolean")
    return pd.Series([None if v is None else _text(v) for v in values], dtype="str")


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    return str(value)
