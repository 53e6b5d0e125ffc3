"""Gaps side by side: everything by fifth of deprivation, further statistics, larger areas, time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.report import words
from mobilise.report.gradients import INSIDE, LEVELS
from mobilise.report.material import area_sources, heading_of, records, sources_named, walk_sources
from mobilise.report.measures import outcome_name
from mobilise.report.model import Column, Figure, Heading, Prose, Section, Table
from mobilise.report.sections.larger import larger_blocks
from mobilise.report.sections.trends import trend_blocks
from mobilise.report.spreads import Spread, equiplot

if TYPE_CHECKING:
    from mobilise.report.charts import Scale
    from mobilise.report.material import Material
    from mobilise.report.model import Block

STATISTICS = {
    "relative_index": "Relative index of inequality",
    "slope_index": "Slope index of inequality",
    "relative_concentration_index": "Concentration index",
    "absolute_concentration_index": "Absolute concentration index",
    "erreygers_index": "Erreygers index",
    "wagstaff_index": "Wagstaff index",
    "difference": "Difference between the fifths",
    "difference_of_groups": "Difference between larger areas",
    "ratio_of_groups": "Ratio between larger areas",
    "gini": "Gini coefficient",
    "theil": "Theil index",
    "atkinson": "Atkinson index",
    "hoover": "Hoover index",
    "trend": "Trend of the gap",
}
_PLAIN = {"mean", "share_reached", INSIDE}
MOST_ROWS = 16  # in one chart, which must fit a page
_ENDS = ("1 (most deprived)", "2, 3, 4", "5 (least deprived)")


def gaps_section(material: Material) -> Section:
    """Return the section; it says so where no gap was worked out."""
    blocks = [
        *_equiplots(material),
        *_further(material),
        *larger_blocks(material),
        *trend_blocks(material),
    ]
    if not blocks:
        blocks = [Prose("No gap was worked out that could be set beside another.")]
    return Section("gaps", "Gaps side by side", tuple(blocks))


def _equiplots(material: Material) -> list[Block]:
    """Return a chart of all walks, one of all shares, and one of the indicators of each unit."""
    rows = material.gradients
    reach = rows[rows["of"] == "reach"]
    limits = reach["kind"].map({kind: material.limit_of(kind) for kind in material.kinds_reached})
    figures = [
        *_equiplot(
            material,
            reach[(reach["measure"] == "nearest") & (reach["statistic"] == "mean")],
            "equiplot-walks",
            "Mean minutes on foot to the nearest of each kind",
        ),
        *_equiplot(
            material,
            reach[(reach["statistic"] == "share_reached") & (reach["limit"] == limits)],
            "equiplot-shares",
            "People with one of each kind within the limit (%)",
        ),
    ]
    health = rows[rows["kind"].isna() & (rows["statistic"] == "mean")]
    for number, (unit, part) in enumerate(health.groupby("unit", sort=True), 1):
        said = f"Means of indicators in {words.clean(unit)}"
        figures += _equiplot(material, part, f"equiplot-indicators-{number}", said)
    return [Prose(_INTRO), *figures] if figures else []


_INTRO = (
    "Each row is one outcome, with a sign for each fifth of deprivation: a diamond for the most "
    "deprived, a square for the least. The longer the line between the two, the wider the gap."
)


def _equiplot(material: Material, rows: pd.DataFrame, id_: str, what: str) -> list[Figure]:
    named = rows.assign(name=[_row_name(material, row) for row in records(rows)])
    groups = [part for _, part in named.groupby(["name", "of"], sort=True)]
    groups = [part for part in groups if part["value"][part["level"].notna()].notna().any()]
    if len(groups) < 2:  # one alone is shown as a gradient
        return []
    shown = [groups[i : i + MOST_ROWS] for i in range(0, len(groups), MOST_ROWS)]
    return [
        _drawn(material, some, id_ if k == 1 else f"{id_}-part-{k}", what)
        for k, some in enumerate(shown, 1)
    ]


def _drawn(material: Material, groups: list[pd.DataFrame], id_: str, what: str) -> Figure:
    rows = pd.concat(groups)
    unit = words.clean(rows["unit"].iloc[0])
    share = str(rows["statistic"].iloc[0]) == "share_reached"
    scale: Scale = "share" if share else "zero" if unit == "minutes" else "free"
    spreads = [_spread(part, unit) for part in groups]
    caption = f"{what}, by deprivation"
    alt = f"{caption}. " + "; ".join(f"{s.label}: {s.said}" for s in spreads) + "."
    svg = equiplot(spreads, groups=_ENDS, scale=scale, id_=id_, name=caption, alt=alt)
    return Figure(
        id=id_,
        caption=caption,
        svg=svg,
        alt=alt,
        reading=_reading(groups, spreads, scale),
        source=sources_named(material, _files(material, rows)),
        table=_table(f"{id_}-table", f"{caption}, in {unit}", groups, unit),
    )


def _row_name(material: Material, row: Any) -> str:
    return outcome_name(material, row) if pd.isna(row.kind) else heading_of(str(row.kind))


def _levels(part: pd.DataFrame) -> dict[int, Any]:
    return {int(row.level): row for row in records(part) if not pd.isna(row.level)}


def _spread(part: pd.DataFrame, unit: str) -> Spread:
    levels = _levels(part)
    found = [levels.get(level) for level in LEVELS]
    values = tuple(None if row is None or pd.isna(row.value) else float(row.value) for row in found)
    ends = [
        words.MISSING if v is None else words.decimal(v, words.places_for(v))
        for v in (values[0], values[-1])
    ]
    sign = "%" if unit == "%" else ""
    said = " → ".join(end + (sign if end != words.MISSING else "") for end in ends)
    return Spread(str(part["name"].iloc[0]), values, said)


def _reading(groups: list[pd.DataFrame], spreads: list[Spread], scale: Scale) -> str:
    published = any(part["lower"][part["level"].notna()].notna().any() for part in groups)
    said = (
        "Intervals are in the table."
        if published
        else "Full counts, so no intervals."
        if (groups[0]["of"] == "reach").all()
        else "No interval was worked out for these means."
    )
    gone = [spread.label for spread in spreads if None in spread.figures]
    if gone:
        said += f" Not every fifth has a value: {words.listed(gone)}."
    return f"{said} The axis need not start at zero." if scale == "free" else said


def _files(material: Material, rows: pd.DataFrame) -> list[str]:
    kinds = rows["kind"].dropna().unique()
    files = [file for kind in kinds for file in walk_sources(material, str(kind))]
    listed: list[dict[str, Any]] = material.facts.get("recipe", {}).get("indicators", [])
    titles = [str(of) for of in rows.loc[rows["kind"].isna(), "of"].unique()]
    files += [
        str(entry["file"])
        for entry in listed
        if any(of.startswith(str(entry.get("name"))) for of in titles)
    ]
    return [*files, *area_sources(material)]


def _table(id_: str, caption: str, groups: list[pd.DataFrame], unit: str) -> Table:
    rows = []
    for part in groups:
        levels = _levels(part)
        found = [levels.get(level) for level in LEVELS]
        rows.append((str(part["name"].iloc[0]), *(_cell(row, unit) for row in found)))
    fifths = [Column(words.fifth(level), numeric=True) for level in LEVELS]
    return Table(id_, caption, (Column("Outcome"), *fifths), tuple(rows), folded=True)


def _cell(row: Any, unit: str) -> str:
    if row is None or pd.isna(row.value):
        return "no area here" if row is None or row.n == 0 else words.MISSING
    said = words.in_unit(row.value, "%" if unit == "%" else "")
    if pd.isna(row.lower) or pd.isna(row.upper):
        return said
    return f"{said} ({words.interval(row.lower, row.upper, float('nan'), unit)})"


def _further(material: Material) -> list[Block]:
    """Return the statistics beyond means and slopes as tables, one for each thing ranked by."""
    rows = material.gaps[material.gaps["part"].isna() & material.gaps["level"].isna()]
    elsewhere = rows["by"] != material.main_axis
    rows = rows[
        ~rows["statistic"].isin(_PLAIN) & (elsewhere | (rows["statistic"] != "slope_index"))
    ]
    if rows.empty:
        return []
    intro = (
        "The same gaps by other statistics. Each has its own way of weighing the people in the "
        "middle, so they need not agree; the words beside each say which way round it is."
    )
    own = material.main_axis
    ordered = sorted(rows.groupby("by", sort=True), key=lambda pair: (pair[0] != own, str(pair[0])))
    tables = [_statistics(number, str(by), part) for number, (by, part) in enumerate(ordered, 1)]
    return [Heading("further-statistics", "Further statistics"), Prose(intro), *tables]


def _statistics(number: int, by: str, rows: pd.DataFrame) -> Table:
    found = tuple(
        (
            words.clean(row.sentence),
            statistic_name(str(row.statistic)),
            words.MISSING
            if pd.isna(row.value)
            else words.in_unit(row.value, words.clean(row.unit)),
            words.interval(row.lower, row.upper, row.confidence, words.clean(row.unit)),
            words.whole(row.n) + (" periods" if row.statistic == "trend" else ""),
            words.clean(row.method),
        )
        for row in records(rows)
    )
    heads = (
        Column("In words", wide=True),
        Column("Statistic"),
        Column("Value", numeric=True),
        Column("Interval", numeric=True),
        Column("Areas or groups", numeric=True),
        Column("How", wide=True),
    )
    said = "among everyone, not ranked" if by == "everyone" else f"by {words.clean(by)}"
    return Table(f"statistics-{number}-table", f"Inequality statistics, {said}", heads, found)


def statistic_name(statistic: str) -> str:
    """Return a statistic as pages name it.

    Examples
    --------
    >>> statistic_name("relative_concentration_index"), statistic_name("palma_ratio")
    ('Concentration index', 'Palma ratio')
    """
    return STATISTICS.get(statistic, words.capital(statistic.replace("_", " ")))
