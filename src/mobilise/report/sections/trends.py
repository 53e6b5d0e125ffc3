"""Through time: the most and the least deprived fifth of each indicator with several periods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.report import words
from mobilise.report.gradients import LEVELS
from mobilise.report.lines import Moment, trend_chart
from mobilise.report.material import area_sources, records, sources_named
from mobilise.report.model import Column, Figure, Heading, Point, Points, Prose, Table

if TYPE_CHECKING:
    from mobilise.report.material import Material
    from mobilise.report.model import Block

_ENDS = ("1 (most deprived)", "5 (least deprived)")
_YEAR = re.compile(r"(?:18|19|20)\d\d")


@dataclass(frozen=True)
class _Course:
    """An indicator's means of the end fifths, period by period."""

    title: str
    name: str
    unit: str
    moments: tuple[Moment, ...]


def trend_blocks(material: Material) -> list[Block]:
    """Return the trends in words, and a chart of each indicator that has several periods.

    Parameters
    ----------
    material
        The place; rows of ``gaps`` whose statistic is ``trend`` carry the sentences.
    """
    rows = material.gradients
    said = rows[rows["statistic"] == "trend"]
    courses = _courses(material)
    if said.empty and not courses:
        return []
    blocks: list[Block] = [Heading("trends", "Through time")]
    if len(said):
        blocks.append(Points(tuple(Point(words.clean(row.sentence)) for row in records(said))))
    else:
        blocks.append(Prose("There are too few periods to say whether a gap narrows or widens."))
    return [*blocks, *(_figure(material, n, course) for n, course in enumerate(courses, 1))]


def _courses(material: Material) -> list[_Course]:
    courses = []
    keys = ["indicator", "level", "group"]
    for _, rows in material.indicators.groupby(keys, dropna=False, sort=True):
        periods = sorted({str(p) for p in rows["period"].dropna() if _YEAR.search(str(p))})
        if len(periods) < 2:
            continue
        first = rows.iloc[0]
        group = "" if pd.isna(first["group"]) else f", {first['group']}"
        moments = [_moment(material, first, period) for period in periods]
        known = sorted((m for m in moments if m is not None), key=lambda m: (m.year, m.name))
        if len(known) > 1:
            title = words.clean(f"{first['indicator']}{group}")
            unit = words.clean(first["unit"])
            courses.append(_Course(title, str(first["indicator"]), unit, tuple(known)))
    return courses


def _moment(material: Material, first: Any, period: str) -> Moment | None:
    """Return the means of an edition's end fifths.

    ``gaps`` names level and group only where they tell editions apart.
    """
    name = str(first["indicator"])
    level, group = (None if pd.isna(v) else str(v) for v in (first["level"], first["group"]))
    more = [[], [group], [level], [level, group]]
    titles = {", ".join([name, *(part for part in parts if part), period]) for parts in more}
    rows = material.gradients
    rows = rows[rows["of"].isin(titles) & (rows["statistic"] == "mean")]
    found = {int(row.level): row for row in records(rows) if not pd.isna(row.level)}
    ends = [found.get(level) for level in (LEVELS[0], LEVELS[-1])]
    if all(row is None or pd.isna(row.value) for row in ends):
        return None
    years = [int(year) for year in _YEAR.findall(period)]
    values = tuple(_values(row) for row in ends)
    return Moment((min(years) + max(years)) / 2, words.clean(period), values)


def _values(row: Any) -> tuple[float | None, float | None, float | None]:
    if row is None:
        return None, None, None
    value, lower, upper = (
        None if pd.isna(v) else float(v) for v in (row.value, row.lower, row.upper)
    )
    return value, lower, upper


def _figure(material: Material, number: int, course: _Course) -> Figure:
    id_ = f"trend-{number}"
    first, last = course.moments[0].name, course.moments[-1].name
    caption = f"{course.title}, {course.unit}, by deprivation: first {first}, last {last}"
    rows = tuple(_row(moment, course.unit) for moment in course.moments)
    spoken = "; ".join(f"{row[0]}: {row[1]} and {row[3]}" for row in rows)
    alt = f"{caption}. In the most and in the least deprived fifth: {spoken}."
    limits = any(low is not None for m in course.moments for _, low, _ in m.lines)
    spread = "Upright lines: 95% intervals." if limits else "These means have no interval."
    entries: list[dict[str, Any]] = material.facts.get("recipe", {}).get("indicators", [])
    files = [str(entry["file"]) for entry in entries if entry.get("name") == course.name]
    heads = (
        Column("Period"),
        Column(_ENDS[0], numeric=True),
        Column("Interval", numeric=True),
        Column(_ENDS[1], numeric=True),
        Column("Interval", numeric=True),
    )
    return Figure(
        id=id_,
        caption=caption,
        svg=trend_chart(course.moments, groups=_ENDS, id_=id_, name=caption, alt=alt),
        alt=alt,
        reading=f"{spread} The axis need not start at zero.",
        source=sources_named(material, [*files, *area_sources(material)]),
        table=Table(f"{id_}-table", caption, heads, rows, folded=True),
    )


def _row(moment: Moment, unit: str) -> tuple[str, ...]:
    cells = [moment.name]
    for value, low, high in moment.lines:
        known = words.MISSING if value is None else words.in_unit(value, "%" if unit == "%" else "")
        lower, upper = (float("nan") if v is None else v for v in (low, high))
        cells += [known, words.interval(lower, upper, float("nan"), unit)]
    return tuple(cells)
