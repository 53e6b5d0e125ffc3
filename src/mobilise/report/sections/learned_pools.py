"""Charts of pooled projects: forest and funnel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.report import words
from mobilise.report.forests import Study, forest_plot, funnel_plot
from mobilise.report.model import Column, Figure, Table
from mobilise.report.sections.learned_rows import decimals, optional, said

if TYPE_CHECKING:
    import pandas as pd


def pool_figures(rows: pd.DataFrame, id_: str) -> list[Figure]:
    """Return the forest plot and, with three studies or more, the funnel plot."""
    pooled = rows[rows["statistic"] == "pooled_effect"]
    studies = rows[rows["statistic"] == "study"]
    if pooled.empty or studies.empty:
        return []
    figures = [_forest(rows, studies, pooled.iloc[0], f"{id_}-forest")]
    if len(studies) >= 3:
        figures.append(_funnel(studies, pooled.iloc[0], f"{id_}-funnel"))
    return figures


def _forest(rows: pd.DataFrame, studies: pd.DataFrame, pooled: pd.Series, id_: str) -> Figure:
    between = optional(rows.loc[rows["statistic"] == "tau2", "value"].iloc[0]) or 0.0
    weights = 1 / (studies["se"].astype(float) ** 2 + between)
    percent = 100 * weights / weights.sum()
    places = decimals(studies)
    drawn = [
        _study(str(row["level"]), row, weight, places)
        for (_, row), weight in zip(studies.iterrows(), percent, strict=True)
    ]
    whole = _study("Together", pooled, 100.0, places)
    new = rows[rows["statistic"] == "prediction"]
    prediction = None if new.empty else (float(new["lower"].iloc[0]), float(new["upper"].iloc[0]))
    unit = str(pooled["unit"])
    caption = f"Effect on {pooled['of']} in {len(studies)} studies and together, {unit}".rstrip(
        ", "
    )
    alt = f"{caption}. {pooled['sentence']}"
    svg = forest_plot(
        drawn, whole, prediction=prediction, unit=unit, id_=id_, name=caption, alt=alt
    )
    heads = (
        Column("Study"),
        Column("Effect and interval", numeric=True),
        Column("Weight", numeric=True),
    )
    cells = [(words.clean(s.label), s.said, f"{s.weight:.1f}%") for s in drawn]
    cells.append(("Together", whole.said, "100%"))
    if not new.empty:
        cells.append(("A new project", said(new.iloc[0], places), ""))
    return Figure(
        id=id_, caption=caption, svg=svg, alt=alt, source=str(pooled["source"]),
        reading="Squares: studies, as large as their weight, with 95% intervals. Diamond: all "
                "together. Upright strokes: no effect.",
        table=Table(f"{id_}-table", caption, heads, tuple(cells), folded=True),
    )  # fmt: skip


def _funnel(studies: pd.DataFrame, pooled: pd.Series, id_: str) -> Figure:
    points = [
        (str(row["level"]), float(row["value"]), float(row["se"])) for _, row in studies.iterrows()
    ]
    caption = f"Effects on {pooled['of']} by how exact the studies are"
    alt = (
        f"{caption}. {len(points)} studies about {words.decimal(float(pooled['value']), 2)}; small "
        "studies on one side only would be a sign that others were not published."
    )
    heads = (
        Column("Study"),
        Column("Effect", numeric=True),
        Column("Standard error", numeric=True),
    )
    cells = tuple((words.clean(n), words.decimal(e, 2), words.decimal(s, 2)) for n, e, s in points)
    return Figure(
        id=id_, caption=caption, alt=alt, source=str(pooled["source"]),
        svg=funnel_plot(points, float(pooled["value"]), unit=str(pooled["unit"]), id_=id_,
                        name=caption, alt=alt),
        reading="Dashed lines: where 95% of studies would lie by chance if all found the same. "
                "A corner left empty below may be studies that nobody published.",
        table=Table(f"{id_}-table", caption, heads, cells, folded=True),
    )  # fmt: skip


def _study(label: str, row: pd.Series, weight: float, places: int) -> Study:
    value, lower, upper = (float(row[k]) for k in ("value", "lower", "upper"))
    return Study(label, value, lower, upper, said(row, places), weight)
