"""Columns as what they should hold: numbers, or texts such as names and codes."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from mobilise.errors import BadValues, MissingColumn

_NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
_MENDS = (
    (r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", "write it without commas"),
    (r"[+-]?\d+,\d+", "write it with a decimal point"),
    (rf"{_NUMBER}\s*%", "write it without the per cent sign"),
    (rf"[£$€]\s*{_NUMBER}", "write it without the currency"),
)


def numbers(
    frame: pd.DataFrame, column: str, label: str, *, name: str | None = None
) -> pd.Series[float]:
    """Return a column as numbers.

    Parameters
    ----------
    frame
        A table as `read_table` returns it.
    column
        The column; blanks in it are null.
    label
        The table's name, for errors.
    name
        A column by which an error should name the row; else by its number among those read.

    Returns
    -------
    Series
        float64, with the frame's index; null where the column is.

    Raises
    ------
    MissingColumn
        There is no such column.
    BadValues
        It holds something that is no finite number ("n/a", "*", "1,234", infinity).

    Examples
    --------
    >>> import pandas as pd
    >>> numbers(pd.DataFrame({"people": ["1500", " ", "12.5"]}), "people", "areas.csv").tolist()
    [1500.0, nan, 12.5]
    """
    values = _column(frame, column, label)
    if pd.api.types.is_bool_dtype(values):
        raise BadValues(f"{label}: column '{column}' holds true and false where numbers belong.")
    if pd.api.types.is_numeric_dtype(values):
        found = values.astype("float64")
        wrong = np.isinf(found.to_numpy())
    else:
        text = values.astype("str").str.strip()
        known = text.notna() & (text != "")
        fits = text.str.fullmatch(_NUMBER).fillna(value=False).astype(bool)
        found = text.where(known & fits).astype("float64")
        wrong = (known & (~fits | np.isinf(found))).to_numpy()
    if wrong.any():
        raise BadValues(_no_number(frame, values, wrong, label, name))
    return pd.Series(found.to_numpy(), index=frame.index, name=column)


def texts(frame: pd.DataFrame, column: str, label: str) -> pd.Series[str]:
    """Return a column as texts, fit to join by: codes alike in a CSV, a workbook and a database.

    Parameters
    ----------
    frame
        A table as `read_table` returns it.
    column
        The column. Blanks are null, spaces at the ends go, and whole numbers are written as such
        ("123", not "123.0").
    label
        The table's name, for errors.

    Returns
    -------
    Series
        ``str``, with the frame's index; null where the column is null or blank.

    Raises
    ------
    MissingColumn
        There is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> texts(pd.DataFrame({"code": [7.0, None, 12.0]}), "code", "areas.xlsx").tolist()
    ['7', nan, '12']
    """
    values = _column(frame, column, label)
    if pd.api.types.is_float_dtype(values):
        plain = [None if pd.isna(v) else _written(float(v)) for v in values]
        return pd.Series(plain, index=frame.index, name=column, dtype="str")
    text = values.astype("str").str.strip()
    return text.where(text != "")


def _column(frame: pd.DataFrame, column: str, label: str) -> pd.Series[Any]:
    if column not in frame.columns:
        raise MissingColumn(column, frame.columns, label)
    return frame[column]


def _written(value: float) -> str:
    return str(int(value)) if value.is_integer() else str(value)


def _no_number(
    frame: pd.DataFrame, values: pd.Series[Any], wrong: Any, label: str, name: str | None
) -> str:
    first = int(wrong.argmax())
    value = str(values.iloc[first]).strip()
    row = f"row {first + 1} of those read"
    if name is not None and name in frame.columns:
        row = f"row '{frame[name].iloc[first]}'"
    more = int(wrong.sum()) - 1
    others = f", and {more:,} more like it" if more else ""
    mend = next((m for form, m in _MENDS if re.fullmatch(form, value)), None)
    mend = mend or "leave the cell empty, or leave such rows out by 'where'"
    return (
        f"{label}: column '{values.name}' holds '{value}' where a number belongs ({row}{others}); "
        f"{mend}."
    )
