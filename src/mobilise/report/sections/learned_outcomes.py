"""Charts of outcomes: change by deprivation fifth and group, and what missing answers hide."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.report import words
from mobilise.report.charts import Dot, gradient_chart
from mobilise.report.model import Figure
from mobilise.report.sections.learned_rows import decimals, optional, said, table_of

if TYPE_CHECKING:
    import pandas as pd

_BREAKDOWNS = {
    "quintile": "deprivation fifth", "age_band": "age", "route": "route of referral",
    "kind": "kind of asset", "ethnicity": "ethnic group",
}  # fmt: skip
_BOUNDS = {
    "mean_change": "Those who answered again",
    "change_weighted": "Weighted to be like all",
    "change_if_unchanged": "If the missing had not changed",
    "change_if_worst": "If the missing ended worst",
    "change_if_best": "If the missing ended best",
}


def outcome_figures(rows: pd.DataFrame, id_: str) -> list[Figure]:
    """Return a chart of each breakdown of the mean change, and one of its bounds."""
    changes = rows[rows["statistic"] == "mean_change"]
    whole = changes[changes["by"] == ""]
    if whole.empty:
        return []
    figures = [
        _grouped(part, whole.iloc[0], f"{id_}-{number}")
        for number, (by, part) in enumerate(changes.groupby("by", sort=False), 1)
        if by and part["value"].notna().any()
    ]
    bounds = rows[rows["statistic"].isin(list(_BOUNDS)) & (rows["by"] == "")]
    return [*figures, _bounds(bounds, f"{id_}-missing")] if len(bounds) > 1 else figures


def _grouped(rows: pd.DataFrame, whole: pd.Series, id_: str) -> Figure:
    by = str(rows["by"].iloc[0])
    labels = [_label(by, str(level)) for level in rows["level"]]
    what = _BREAKDOWNS.get(by, by)
    caption = f"Change in {whole['of']} by {what}, {whole['unit']}"
    return _dots(rows, labels, caption, id_, optional(whole["value"]), words.capital(what))


def _bounds(rows: pd.DataFrame, id_: str) -> Figure:
    labels = [_BOUNDS[str(s)] for s in rows["statistic"]]
    first = rows.iloc[0]
    caption = f"Change in {first['of']}, and how far missing answers could move it, {first['unit']}"
    return _dots(rows, labels, caption, id_, None, "Who is missing")


def _dots(
    rows: pd.DataFrame, labels: list[str], caption: str, id_: str, whole: float | None, head: str
) -> Figure:
    places = decimals(rows)
    dots = [
        Dot(
            label,
            optional(row["value"]),
            optional(row["lower"]),
            optional(row["upper"]),
            said(row, places),
        )
        for label, (_, row) in zip(labels, rows.iterrows(), strict=True)
    ]
    drawn = [dot for dot in dots if dot.value is not None] or dots
    hidden = [dot.label for dot in dots if dot.value is None]
    kept = f" Not shown: {', '.join(hidden)}." if hidden and len(hidden) < len(dots) else ""
    spoken = "; ".join(f"{d.label}: {d.said}" for d in dots)
    alt = f"{caption}. {spoken}."
    good = "better" if str(rows["higher"].iloc[0]) == "better" else "worse"
    upright = "" if whole is None else " Upright strokes: everybody together."
    return Figure(
        id=id_, caption=caption, alt=alt,
        svg=gradient_chart(drawn, overall=whole, scale="free", id_=id_, name=caption, alt=alt),
        reading=f"Lines: 95% intervals. Above zero the score rose, which is {good}.{upright}{kept}",
        source=str(rows["source"].iloc[0]),
        table=table_of(rows, labels, id_=id_, caption=caption, head=head),
    )  # fmt: skip


def _label(by: str, level: str) -> str:
    if by == "quintile" and level.isdigit():
        return words.fifth(float(level))
    return words.clean(level)
