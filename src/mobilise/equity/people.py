"""People in need: the denominators of rates of referral, from the open plane."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from mobilise.errors import InputError, MissingColumn, PlaceError, SourceMissing, suggestion

if TYPE_CHECKING:
    from pathlib import Path

PER = 1000.0


@dataclass(frozen=True)
class InNeed:
    """People in need in each area.

    Parameters
    ----------
    areas
        ``area_id`` and ``people``.
    who
        How they are called: "people", or "people in need (loneliness)".
    method
        How they were counted, and what was filled in.
    """

    areas: pd.DataFrame
    who: str
    method: str


def people_in_need(
    areas: pd.DataFrame, indicators: pd.DataFrame | None, need: str | None
) -> InNeed:
    """Return the people in need in each area: all, or those that an indicator's percentage says.

    Parameters
    ----------
    areas
        The table ``areas``.
    indicators
        The table ``indicators``, where the place has one.
    need
        The indicator's name; None for everyone. Its latest period is taken, for everyone.
        Areas without a value take the mean of the others of their fifth.

    Raises
    ------
    PlaceError
        There is no such indicator.
    InputError
        It is no percentage.
    """
    found = pd.DataFrame({"area_id": areas["area_id"], "people": areas["population"]})
    if need is None:
        return InNeed(found, "people", "People: all who live in the area.")
    names = [] if indicators is None else sorted(indicators["indicator"].unique())
    if indicators is None or need not in names:
        raise PlaceError(f"The place has no indicator '{need}'{suggestion(need, names)}")
    rows = indicators[(indicators["indicator"] == need) & indicators["group"].isna()]
    if rows.empty or set(rows["unit"]) != {"%"}:
        raise InputError(f"'{need}' is no percentage of everyone; name one whose unit is %.")
    latest = rows["period"].dropna().max()
    if not pd.isna(latest):
        rows = rows[rows["period"] == latest]
    level = str(rows["level"].iloc[0])
    by = areas["area_id"] if level == "area" else areas[f"group_{level}"]
    share = by.map(rows.set_index("area_id")["value"]).astype(float)
    missing = int(share.isna().sum())
    fifth = areas["deprivation_quintile"].astype("float64").fillna(0)
    share = share.fillna(share.groupby(fifth).transform("mean")).fillna(share.mean())
    found["people"] = areas["population"] * share / 100
    filled = f" {missing} areas without a value take the mean of their fifth." if missing else ""
    when = "" if pd.isna(latest) else f", {latest}"
    method = f"People in need: population times '{need}'{when}.{filled}"
    return InNeed(found, f"people in need ({need})", method)


def people_by_group(path: Path | None) -> pd.DataFrame | None:
    """Read people in need by group: columns ``by``, ``level``, ``people``.

    Raises
    ------
    SourceMissing
        There is no such file.
    MissingColumn
        It lacks a column.
    InputError
        A number of people is missing or not above 0.
    """
    if path is None:
        return None
    if not path.is_file():
        raise SourceMissing(f"{path}: there is no such file.")
    table = pd.read_csv(path, dtype={"by": str, "level": str})
    for column in ("by", "level", "people"):
        if column not in table:
            raise MissingColumn(column, table.columns, path)
    table["people"] = pd.to_numeric(table["people"], errors="coerce")
    if not (table["people"] > 0).all():
        row = int((~(table["people"] > 0)).argmax())
        raise InputError(f"{path}: row {row + 1}: 'people' must be a number above 0.")
    return table
