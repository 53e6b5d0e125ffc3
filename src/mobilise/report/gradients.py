"""A gradient by deprivation as a figure: chart, table and source, from rows of ``gaps``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.report import words
from mobilise.report.charts import Dot, Scale, gradient_chart
from mobilise.report.material import area_sources, records, sources_named
from mobilise.report.model import Column, Figure, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.report.material import Material

INSIDE = "slope_index_inside"  # without the areas that the border of the data blurs
LEVELS = (1, 2, 3, 4, 5)


def gradient_figure(
    material: Material,
    rows: pd.DataFrame,
    id_: str,
    caption: str,
    labels: Sequence[str] = (),
    people: pd.Series | None = None,
) -> Figure:
    """Return one statistic by fifth of deprivation.

    Parameters
    ----------
    material
        The place.
    rows
        Rows of ``gaps``: one statistic of one thing, by level, with the whole place (null).
    id_
        Unique in the report.
    caption
        What is shown, with unit and period.
    labels
        The source files of what is measured, for the line below.
    people
        Of each area, those whom the figures speak for; by default all who live there.
    """
    levels = {int(row.level): row for row in records(rows) if not pd.isna(row.level)}
    whole = next((row for row in records(rows) if pd.isna(row.level)), None)
    unit = words.clean(rows["unit"].iloc[0])
    dots = [_dot(level, levels.get(level), unit) for level in LEVELS]
    overall = None if whole is None or pd.isna(whole.value) else float(whole.value)
    spoken = "; ".join(f"{dot.label}: {dot.said}" for dot in dots)
    dashed = (
        "" if overall is None else f" The whole place, a stroke: {words.in_unit(overall, unit)}."
    )
    alt = f"{caption}. {spoken}.{dashed}"
    svg = gradient_chart(
        dots,
        overall=overall,
        scale=_scale(rows, unit),
        id_=id_,
        name=caption,
        alt=alt,
    )
    return Figure(
        id=id_,
        caption=caption,
        svg=svg,
        alt=alt,
        reading=_reading(rows, overall, unit),
        source=sources_named(material, [*labels, *area_sources(material)]),
        table=_table(id_, caption, levels, whole, unit, material, people),
    )


def slope_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that sum a gradient up in one number, with a sentence each."""
    chosen = rows[(rows["statistic"] == "slope_index") & rows["level"].isna()]
    return chosen.sort_values(
        ["limit", "measure"], ascending=[True, False], na_position="first", kind="stable"
    )


def not_borne_out(slope: Any, rows: pd.DataFrame) -> list[Any]:
    """Return what the data say without the areas near their border, where that changes the finding.

    Parameters
    ----------
    slope
        A row from :func:`slope_rows`.
    rows
        Rows of ``gaps``, those of statistic ``slope_index_inside`` among them.
    """
    inside = rows[rows["statistic"] == INSIDE]
    return [
        other
        for other in records(inside)
        if _about(other) == _about(slope) and _side(slope) not in (0, _side(other))
    ]


def _about(row: Any) -> tuple[str, ...]:
    return tuple(str(value) for value in (row.of, row.kind, row.measure, row.limit, row.by))


def _side(row: Any) -> int:
    """Return 1 or -1 where the interval leaves zero out, else 0."""
    return int(row.lower > 0) - int(row.upper < 0)


def _scale(rows: pd.DataFrame, unit: str) -> Scale:
    if str(rows["statistic"].iloc[0]).startswith("share"):
        return "share"
    return "zero" if unit == "minutes" else "free"


def _dot(level: int, row: Any, unit: str) -> Dot:
    label = f"Fifth {words.fifth(level)}"
    if row is None or (pd.isna(row.value) and row.n == 0):
        return Dot(label, None, None, None, "no area here")
    if pd.isna(row.value):
        return Dot(label, None, None, None, words.MISSING)
    around = not (pd.isna(row.lower) or pd.isna(row.upper))
    return Dot(
        label,
        float(row.value),
        float(row.lower) if around else None,
        float(row.upper) if around else None,
        words.in_unit(row.value, unit),
    )


def _reading(rows: pd.DataFrame, overall: float | None, unit: str) -> str:
    stroke = "" if overall is None else f" Stroke: the whole place, {words.in_unit(overall, unit)}."
    levels = rows[rows["level"].notna() & rows["lower"].notna()]
    if len(levels):
        spread = f"Lines through the dots: {levels['confidence'].iloc[0] * 100:g}% intervals."
    elif (rows["of"] == "reach").all():
        spread = "A full count, so no interval."
    else:
        spread = "No interval was worked out for these means."
    cut = " The axis need not start at zero." if _scale(rows, unit) == "free" else ""
    return f"{spread}{stroke}{cut}"


def _table(
    id_: str,
    caption: str,
    levels: dict[int, Any],
    whole: Any,
    unit: str,
    material: Material,
    people: pd.Series | None,
) -> Table:
    quintile = material.areas["deprivation_quintile"]
    counted = material.areas["population"] if people is None else people
    rows = []
    for level in LEVELS:
        here = float(counted[(quintile == level).fillna(value=False)].sum())
        rows.append((words.fifth(level), words.whole(here), *_values(levels.get(level), unit)))
    rows.append(("Whole place", words.whole(float(counted.sum())), *_values(whole, unit)))
    heads = (
        Column("Deprivation fifth"),
        Column("People", numeric=True),
        Column(f"Value ({unit})", numeric=True),
        Column("Interval", numeric=True),
        Column("Areas", numeric=True),
    )
    return Table(f"{id_}-table", caption, heads, tuple(rows), folded=True)


def _values(row: Any, unit: str) -> tuple[str, str, str]:
    if row is None or pd.isna(row.value):
        return ("no area here" if row is None or row.n == 0 else words.MISSING, "none", "0")
    return (
        words.in_unit(row.value, "" if unit != "%" else "%"),
        words.interval(row.lower, row.upper, row.confidence, unit),
        words.whole(row.n),
    )
