"""Indicators: measures of health and wellbeing, by area or by a larger area it is in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.bridges import bridge_pairs, bridged, old_areas
from mobilise.errors import BadValues, MissingColumn, SourceBroken
from mobilise.joins import EXAMPLES, Unmatched
from mobilise.notes import Note
from mobilise.recipe import AREA, Column
from mobilise.sources import numbers, read_table, remarks, texts
from mobilise.tables import empty

if TYPE_CHECKING:
    from mobilise.recipe import Indicator, Recipe

NUMBERS = ("value", "lower", "upper", "numerator", "denominator")


@dataclass(frozen=True)
class IndicatorsResult:
    """The table ``indicators``, and how it came about (as in ``mobilise.areas.AreasResult``)."""

    indicators: pd.DataFrame
    notes: list[Note]
    unmatched: list[Unmatched]
    rows: dict[str, int]


def build_indicators(recipe: Recipe, areas: pd.DataFrame) -> IndicatorsResult:
    """Read the indicators of a recipe for the areas of its place.

    Parameters
    ----------
    recipe
        Whose ``[[indicators]]`` to build.
    areas
        The table ``areas``.

    Raises
    ------
    SourceError
        A file, column or value is not what it must be.
    """
    parts: list[pd.DataFrame] = []
    notes: list[Note] = []
    unmatched: list[Unmatched] = []
    rows: dict[str, int] = {}
    for i, spec in enumerate(recipe.indicators, 1):
        label = recipe.label(spec.file)
        table = read_table(spec.file, layer=spec.layer)
        notes += remarks(table, step="indicators", label=label)
        _require(table, spec, label, i)
        if spec.where is not None:
            table = table[spec.where.mask(table, label)]
        rows[label] = rows.get(label, 0) + len(table)
        ids = areas["area_id"] if spec.level == AREA else areas[f"group_{spec.level}"].dropna()
        if spec.bridge is None:
            part = _of_place(table, spec, sorted(set(ids)), label)
            _check_once(part, label, spec)
        else:
            part, read = _bridged(recipe, table, spec, sorted(set(ids)), label, notes)
            rows |= read
        _check_limits(part, label, spec)
        parts.append(part)
        note, left = _note(part, spec, sorted(set(ids)), label)
        notes += note
        unmatched += left
    table = pd.concat(parts, ignore_index=True) if parts else empty("indicators")
    return IndicatorsResult(table, notes, unmatched, rows)


def _require(table: pd.DataFrame, spec: Indicator, label: str, number: int) -> None:
    wanted = {key: getattr(spec, key) for key in ("id", *NUMBERS)}
    for key in ("period", "group"):
        given = getattr(spec, key)
        wanted[key] = given.column if isinstance(given, Column) else None
    for key, column in wanted.items():
        if column is not None and column not in table.columns:
            raise MissingColumn(column, table.columns, f"{label} (indicators[{number}].{key})")


def _of_place(table: Any, spec: Indicator, ids: list[str], label: str) -> pd.DataFrame:
    keys = texts(table, spec.id, label)
    table = table[keys.isin(ids)]
    if table.empty:
        found = next(iter(keys.dropna()), "none")
        raise SourceBroken(
            f"{label}: none of the ids in '{spec.id}' (such as '{found}') is an id of the place's "
            f"{_units(spec)} (such as '{ids[0] if ids else 'none'}'); is it the same vintage?"
        )
    part = pd.DataFrame({"area_id": keys[keys.isin(ids)]})
    part["indicator"], part["level"] = spec.name, spec.level
    for key in ("period", "group"):
        given = getattr(spec, key)
        part[key] = texts(table, given.column, label) if isinstance(given, Column) else given
    for key in NUMBERS:
        column = getattr(spec, key)
        part[key] = numbers(table, column, label) if column else np.nan
    part["unit"], part["higher"] = spec.unit, spec.higher
    return part


def _bridged(
    recipe: Recipe, table: Any, spec: Indicator, ids: list[str], label: str, notes: list[Note]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Return the rows of an indicator for areas of another year, brought to the place's."""
    bridge = spec.bridge
    assert bridge is not None  # the caller sees to it
    name = recipe.label(bridge.file)
    pairs, read = bridge_pairs(bridge, name)
    old = _of_place(table, spec, sorted(old_areas(pairs, set(ids))), label)
    _check_once(old, label, spec)
    weights = None
    if bridge.weight in table.columns:
        weights = numbers(table.loc[old.index], bridge.weight, label)
    elif pairs["weight"].isna().all():
        raise MissingColumn(bridge.weight, table.columns, f"{label} (bridge.weight)")
    part, found = bridged(old, weights, pairs, set(ids), name)
    notes += found
    return part, {name: read}


def _check_once(part: pd.DataFrame, label: str, spec: Indicator) -> None:
    repeated = part.duplicated(["area_id", "period", "group"])
    if repeated.any():
        raise BadValues(
            f"{label}: '{part.loc[repeated, 'area_id'].iloc[0]}' has more than one value of "
            f"'{spec.name}'; pick one (by sex, by period) with where, or name 'period' or 'group'."
        )


def _check_limits(part: pd.DataFrame, label: str, spec: Indicator) -> None:
    outside = (part["value"] < part["lower"]) | (part["value"] > part["upper"])
    if outside.any():
        row = part[outside].iloc[0]
        raise BadValues(
            f"{label}: the value of '{spec.name}' for '{row['area_id']}' ({row['value']:g}) is not "
            f"between its limits ({row['lower']:g} and {row['upper']:g}); "
            "are 'lower' and 'upper' right?"
        )


def _note(
    part: pd.DataFrame, spec: Indicator, ids: list[str], label: str
) -> tuple[list[Note], list[Unmatched]]:
    valued = set(part.loc[part["value"].notna(), "area_id"])
    missing = [one for one in ids if one not in valued]
    note = Note(
        "indicators",
        label,
        f"{spec.name}: {len(ids) - len(missing):,} of the place's {len(ids):,} {_units(spec)} "
        f"have a value.",
        count=len(missing),
        examples=tuple(missing[:EXAMPLES]),
        warning=bool(missing),
    )
    return [note], [Unmatched(label, f"{_units(spec)} without {spec.name}", one) for one in missing]


def _units(spec: Indicator) -> str:
    return "areas" if spec.level == AREA else f"areas of level '{spec.level}'"
