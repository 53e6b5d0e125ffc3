"""What the charts of estimates share: figures as printed, and the table behind a chart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.report import words
from mobilise.report.model import Column, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

_FEW = "too few people, or needed to hide a group that small"


def decimals(rows: pd.DataFrame) -> int:
    """Return how many decimals all rows of a chart are printed with."""
    known = rows[["value", "lower", "upper"]].to_numpy(dtype=float).ravel()
    largest = max((abs(float(v)) for v in known if v == v), default=1.0)  # noqa: PLR0124  (NaN)
    return 0 if largest >= 100 else 1 if largest >= 10 else 2


def said(row: Any, places: int = 2) -> str:
    """Return "2.1 (1.0 to 3.2)", or why there is no figure."""
    if pd.isna(row["value"]):
        return "withheld" if str(row["method"]).startswith("Withheld") else words.MISSING
    value = words.decimal(float(row["value"]), places)
    if pd.isna(row["lower"]):
        return value
    low, high = (words.decimal(float(row[k]), places) for k in ("lower", "upper"))
    return f"{value} ({low} to {high})"


def optional(value: Any) -> float | None:
    """Return a number, or None where it is missing."""
    return None if pd.isna(value) else float(value)


def table_of(
    rows: pd.DataFrame, labels: Sequence[str], *, id_: str, caption: str, head: str
) -> Table:
    """Return the rows behind a chart: value, interval, how many, and how, where that differs."""
    columns = [
        Column(head),
        Column("Value and interval", numeric=True),
        Column("How many (n)", numeric=True),
    ]
    cells: list[tuple[str, ...]] = [
        (words.clean(label), said(row, decimals(rows)), _count(row["n"]))
        for label, (_, row) in zip(labels, rows.iterrows(), strict=True)
    ]
    if not (rows["n"] > 0).any():  # of figures let out through the wall: it keeps how many
        columns, cells = columns[:-1], [cell[:-1] for cell in cells]
    known = rows["value"].notna()
    if len(set(rows["method"][known])) <= 1:  # how it was done stands above the chart already
        held = "" if known.all() else f" (withheld: {_FEW})"
        return Table(f"{id_}-table", caption + held, tuple(columns), tuple(cells), folded=True)
    columns.append(Column("How", wide=True))
    told = [(*cell, words.clean(how)) for cell, how in zip(cells, rows["method"], strict=True)]
    return Table(f"{id_}-table", caption, tuple(columns), tuple(told), folded=True)


def _count(n: Any) -> str:
    return words.whole(float(n)) if n else "not told"
