"""Charts of causal designs: effects about the start, and series that are interrupted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.report import words
from mobilise.report.courses import Around, Period, event_plot, series_plot
from mobilise.report.model import Column, Figure, Table
from mobilise.report.sections.learned_rows import optional, said, table_of

if TYPE_CHECKING:
    import pandas as pd

_REFERENCE = -1.0


def course_figures(rows: pd.DataFrame, id_: str) -> list[Figure]:
    """Return the event-study plot and the interrupted series, where an analysis has them."""
    figures = []
    around = rows[rows["statistic"] == "event_study"]
    around = around[around["value"].notna()]
    if len(around):
        figures.append(_events(around, f"{id_}-course"))
    if (rows["statistic"] == "observed").any():
        figures.append(_series(rows, f"{id_}-series"))
    return figures


def _events(rows: pd.DataFrame, id_: str) -> Figure:
    first = rows.iloc[0]
    effects = [
        Around(
            float(str(row["level"])), float(row["value"]), float(row["lower"]), float(row["upper"]),
            f"{row['level']}: {said(row)}",
        )
        for _, row in rows.iterrows()
    ]  # fmt: skip
    caption = f"Effect on {first['of']} before and after the start, {first['unit']}".rstrip(", ")
    labels = [str(level).replace("-", "−") for level in rows["level"]]
    spoken = "; ".join(
        f"{one}: {said(row)}" for one, (_, row) in zip(labels, rows.iterrows(), strict=True)
    )
    alt = f"{caption}. By periods since the start: {spoken}."
    svg = event_plot(
        effects, reference=_REFERENCE, unit=str(first["unit"]), id_=id_, name=caption, alt=alt
    )
    reading = (
        "Upright lines: 95% intervals, one period at a time. Squares: before it began, where there "
        "should be no effect. Circle: the period that all are compared with."
    )
    return Figure(
        id=id_, caption=caption, svg=svg, alt=alt, reading=reading, source=str(first["source"]),
        table=table_of(rows, labels, id_=id_, caption=caption, head="Periods since the start"),
    )  # fmt: skip


def _series(rows: pd.DataFrame, id_: str) -> Figure:
    drawn = rows[rows["statistic"].isin(["observed", "fitted", "without"])]
    order = list(dict.fromkeys(drawn["level"]))
    wide = drawn.pivot_table(index="level", columns="statistic", values="value").loc[order]
    apart = (wide["fitted"] - wide["without"]).abs() > 1e-9
    start = int(apart.to_numpy().argmax()) if apart.any() else len(wide) - 1
    periods = [
        Period(str(name), float(row["observed"]), float(row["fitted"]), optional(row["without"]))
        for name, row in wide.iterrows()
    ]
    first = rows.iloc[0]
    unit = str(drawn["unit"].iloc[0])
    caption = f"{words.capital(str(drawn['of'].iloc[0]))} through time, {unit}".rstrip(", ")
    alt = f"{caption}. It begins in {order[start]}. {first['sentence']}"
    heads = (
        Column("Period"),
        *(Column(c.capitalize(), numeric=True) for c in ("observed", "fitted", "without")),
    )
    cells = tuple(
        (p.name, *(words.decimal(v, 2) for v in (p.observed, p.fitted, p.without or 0.0)))
        for p in periods
    )
    return Figure(
        id=id_, caption=caption, alt=alt,
        svg=series_plot(periods, start=start, unit=unit, id_=id_, name=caption, alt=alt),
        reading="The dotted upright line marks the start. The gap between the solid and the "
                "dashed line is the effect, if the earlier line would have gone on.",
        source=str(first["source"]),
        table=Table(f"{id_}-table", caption, heads, cells, folded=True),
    )  # fmt: skip
