"""Every table of the evidence as CSV: out, into a spreadsheet, and in again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import InputError, MissingColumn, SourceBroken, suggestion
from mobilise.learn.evidence import NAMES
from mobilise.place import replacing
from mobilise.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mobilise.learn.evidence import Evidence

_SHOULD = {"flag": "true or false", "integer": "a whole number", "number": "a number"}
_THOUSANDS = re.compile(r"^[-+]?\d{1,3}(,\d{3})+(?=\.|$)")  # 1,200 but not 1,5: that is no number
_YES, _NO = {"true", "yes", "1"}, {"false", "no", "0"}


def read_sheet(path: Path, name: str | None = None) -> tuple[str, pd.DataFrame]:
    """Read rows of one table from CSV in UTF-8 with a header.

    Parameters
    ----------
    path
        The file.
    name
        The table; by default the file's name says it: ``projects.csv``.

    Returns
    -------
    str, DataFrame
        The table's name and its rows; columns that the file lacks are lacking.

    Raises
    ------
    InputError, MissingColumn, SourceBroken
        Something is wrong; the sentence says what and where.
    """
    name = name or path.stem
    if name not in NAMES:
        raise InputError(f"{path}: there is no table '{name}'{suggestion(name, NAMES)}")
    try:
        frame = pd.read_csv(path, dtype="str", encoding="utf-8-sig", na_values=[""])
    except (ValueError, OSError) as error:  # pandas' parser errors are of the first kind
        raise SourceBroken(f"{path}: it cannot be read as CSV ({error}).") from error
    columns = {column.name: column for column in TABLES[name].columns}
    for column in frame.columns:
        if column not in columns:
            raise MissingColumn(str(column), columns, path)
    for column in frame.columns:
        frame[column] = _typed(frame[column], columns[column].kind, path)
    return name, frame


def write_sheets(evidence: Evidence, folder: Path, names: Sequence[str] = NAMES) -> list[Path]:
    """Write tables as ``NAME.csv``, each atomically; tables without rows are left out."""
    written = []
    for name in names:
        frame = evidence.table(name)
        if len(frame):
            path = folder / f"{name}.csv"
            with replacing(path) as beside:
                frame.to_csv(beside, index=False, encoding="utf-8", lineterminator="\n")
            written.append(path)
    return written


def _typed(values: Any, kind: str, path: Path) -> Any:
    if kind == "text":
        return values
    if kind == "flag":
        low = values.str.strip().str.lower()
        wrong = ~(low.isin(_YES | _NO) | values.isna())
        made: Any = low.map(lambda v: v in _YES, na_action="ignore").astype("boolean")
    else:
        plain = values.str.replace(_THOUSANDS, lambda found: found[0].replace(",", ""), regex=True)
        made = pd.to_numeric(plain, errors="coerce")
        wrong = made.isna() & values.notna()
        if kind == "integer":
            wrong |= made.notna() & (made % 1 != 0)
    if wrong.any():
        row = int(wrong.to_numpy().argmax())
        raise SourceBroken(
            f"{path}: column '{values.name}' is '{values.iloc[row]}' in row {row + 2}; it must be "
            f"{_SHOULD[kind]}."
        )
    return made
