"""Health indicators: each against deprivation, with the slope in words."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.report import words
from mobilise.report.gradients import gradient_figure, slope_rows
from mobilise.report.material import records
from mobilise.report.model import Heading, Pair, Point, Points, Prose, Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.report.material import Material
from mobilise.report.model import Block


def health_section(material: Material) -> Section:
    """Return the section; it says so where the recipe names no indicator."""
    if material.indicators.empty:
        said = "The recipe names no indicator of health or wellbeing."
        return Section("health", "Health indicators", (Prose(said),))
    intro = (
        "These figures are published by others for the same areas, or for larger areas that they "
        "lie in. That two things go together on a map does not show that one causes the other."
    )
    blocks: list[Block] = [Prose(intro)]
    for number, (title, rows, gaps) in enumerate(_indicators(material), 1):
        blocks += _indicator(material, number, title, rows, gaps)
    return Section("health", "Health indicators", tuple(blocks))


def _indicators(material: Material) -> Iterator[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Yield each indicator's title, its rows, and its rows in ``gaps``."""
    gaps = material.gradients[material.gradients["kind"].isna()]
    keys = ["indicator", "level", "group", "period"]
    for _, rows in material.indicators.groupby(keys, dropna=False, sort=True):
        name, *more = (None if pd.isna(v) else str(v) for v in rows[keys].iloc[0])
        # ``gaps`` names level, group and period only where an indicator has several.
        known = [
            ", ".join([str(name), *(v for v in chosen if v)])
            for count in range(len(more), -1, -1)
            for chosen in combinations(more, count)
        ]
        of = next((title for title in known if (gaps["of"] == title).any()), "")
        _, group, period = more
        title = ", ".join(part for part in (name, group, period) if part)
        yield words.clean(title), rows, gaps[gaps["of"] == of]


def _indicator(
    material: Material, number: int, title: str, rows: pd.DataFrame, gaps: pd.DataFrame
) -> list[Block]:
    means = gaps[gaps["statistic"] == "mean"]
    unit = words.clean(rows["unit"].iloc[0])
    points = [Point(words.clean(row.sentence)) for row in records(slope_rows(gaps))]
    blocks: list[Block] = [Heading(f"indicator-{number}", title), Prose(_known(rows))]
    if points:
        blocks.append(Points(tuple(points)))
    if means["value"].notna().any():
        caption = f"{title}, {unit}, by deprivation"
        files = _files(material, str(rows["indicator"].iloc[0]))
        id_ = f"indicator-{number}-chart"
        people = _people_with_a_value(material, rows)
        blocks.append(Pair((gradient_figure(material, means, id_, caption, files, people),)))
    return blocks


def _people_with_a_value(material: Material, rows: pd.DataFrame) -> pd.Series:
    """Return each area's people, 0 where the indicator has no value for them."""
    level = str(rows["level"].iloc[0])
    valued = set(rows.loc[rows["value"].notna(), "area_id"])
    column = "area_id" if level == "area" else f"group_{level}"
    people: pd.Series = material.areas["population"].where(material.areas[column].isin(valued), 0.0)
    return people


def _known(rows: pd.DataFrame) -> str:
    level, values = str(rows["level"].iloc[0]), rows["value"].dropna()
    unit = words.clean(rows["unit"].iloc[0])
    areas = "areas of the place" if level == "area" else f"larger areas ({words.clean(level)})"
    better = (
        "A higher figure is better"
        if rows["higher"].iloc[0] == "better"
        else "A lower figure is better"
    )
    period = rows["period"].iloc[0]
    when = "" if pd.isna(period) else f", for {words.clean(period)}"
    if values.empty:
        return f"No value is known for any of the {areas}{when}."
    spread = f"from {words.in_unit(values.min(), unit)} to {words.in_unit(values.max(), unit)}"
    missing = len(rows) - len(values)
    lost = f" {words.whole(missing)} have none." if missing else ""
    return f"Known for {words.whole(len(values))} {areas}{when}: {spread}. {better}.{lost}"


def _files(material: Material, name: str) -> list[str]:
    listed: list[dict[str, Any]] = material.facts.get("recipe", {}).get("indicators", [])
    return [str(entry["file"]) for entry in listed if entry.get("name") == name]
