"""Sheets of workbooks: Excel and OpenDocument."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
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
from mobilise.sources.formats import distinct

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt


def read(path: Path, layer: str | None, columns: list[str] | None) -> pd.DataFrame:
    """Return the columns of a sheet, or all; its first row that is not empty is the heading."""
    rows = _rows(path, layer)
    names = _names(rows, path)
    body = np.empty((len(rows) - 1, len(names)), dtype=object)
    body[:] = rows[1:]
    body = body[(body != "").any(axis=1)]
    wanted = names if columns is None else [name for name in columns if name in names]
    return pd.DataFrame({name: _column(body[:, names.index(name)]) for name in wanted})


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
    return distinct([_text(value) for value in rows[0]], path)


def _column(cells: npt.NDArray[np.object_]) -> pd.Series[Any]:
    blank = cells == ""
    kinds = set(map(type, cells[~blank]))
    if kinds and kinds <= {int, float}:
        values = np.where(blank, np.nan, cells).astype("float64")
        whole = not blank.any() and bool((values == np.floor(values)).all())
        return pd.Series(values, dtype="int64" if whole else "float64")
    held = cells.copy()
    held[blank] = None
    if kinds == {bool}:
        return pd.Series(held, dtype="boolean" if blank.any() else "bool")
    if kinds != {str}:
        held[~blank] = [_text(cell) for cell in cells[~blank]]
    return pd.Series(held, dtype="str")


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.date | dt.datetime | dt.time):
        return value.isoformat()
    return str(value)
