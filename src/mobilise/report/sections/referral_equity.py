"""Who is referred, and who is not: rates by fifth, those near an asset, and who drops out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.assets.kinds import catalogue as kinds
from mobilise.report import words
from mobilise.report.charts import Dot, gradient_chart
from mobilise.report.material import area_sources, records, sources_named
from mobilise.report.model import (
    Column,
    Figure,
    Heading,
    Pair,
    Point,
    Points,
    Prose,
    Section,
    Table,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.report.material import Material
    from mobilise.report.model import Block

STAGES = ("offered", "referred", "accepted", "attended", "completed")
FIFTHS = ("1", "2", "3", "4", "5")
GROUPS = {
    "route": "Route of referral",
    "age_band": "Age band",
    "sex": "Sex",
    "ethnicity": "Ethnic group",
    "kind": "Kind of asset",
}
# How the values of the counts are said; what is not here is said as it is written.
SAID = {
    "route": {
        "gp": "General practice",
        "nhs": "Other NHS",
        "council": "Council",
        "charity": "Charity or community",
        "self": "The person themselves",
        "family": "Family, friend or carer",
    },
    "kind": {"none yet": "None yet", "several": "Several"}
    | {name: kind.label for name, kind in kinds().kinds.items()},
}
INTRO = (
    "These counts left the database of referrals rounded to multiples of five, those of few people "
    "kept back, and others with them so that nobody can work those out. Intervals cover chance and "
    "every count that a rounded one can stand for. What is counted is referrals."
)
EVERYWHERE = "Everybody counted has an asset near: how near makes no difference to see here."
BACK, NOT_RECORDED = "kept back", "not recorded"


def referral_sections(material: Material) -> Iterator[Section]:
    """Yield the section, if counts of referrals were released to the place and measured."""
    if material.referral_equity.empty:
        return
    blocks: list[Block] = [Prose(INTRO)]
    for number, (period, rows) in enumerate(material.referral_equity.groupby("period"), 1):
        blocks += _period(material, f"referrals-{number}", str(period), rows)
    yield Section("referrals", "Who is referred, and who is not", tuple(blocks))


def _period(material: Material, id_: str, period: str, rows: pd.DataFrame) -> list[Block]:
    rows, everywhere = _without_the_same(rows)
    slopes = rows[(rows["statistic"] == "slope_index")].set_index(["by", "stage"])["sentence"]
    said = [
        Point(words.clean(slopes[by, stage]))
        for by, stage in (("quintile", "referred"), ("quintile, near", "referred"),
                          ("quintile", "attended"))
        if (by, stage) in slopes.index
    ]  # fmt: skip
    said += [Point(EVERYWHERE)] if everywhere else []
    said += _nobody(rows)
    blocks: list[Block] = [Heading(id_, words.clean(period)), Points(tuple(said))]
    if figures := tuple(_figures(material, id_, period, rows)):
        blocks.append(Pair(figures) if len(figures) > 1 else figures[0])
    blocks += [
        _groups_table(f"{id_}-{field}", label, period, rows[rows["by"] == field], field)
        for field, label in GROUPS.items()
        if (rows["by"] == field).any()
    ]
    return blocks


def _without_the_same(rows: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Return the rows without those of people with an asset near, where these are all people."""
    rates = rows[(rows["statistic"] == "rate") & (rows["stage"] == "referred")]
    every, near = (
        rates[rates["by"] == by].set_index("level")["people"]
        for by in ("quintile", "quintile, near")
    )
    same = bool(len(near)) and every.sort_index().equals(near.sort_index())
    return (rows[rows["by"] != "quintile, near"], True) if same else (rows, False)


def _nobody(rows: pd.DataFrame) -> list[Point]:
    none = rows[(rows["by"] == "area") & (rows["count"] == 0).fillna(value=False)]
    if none.empty:
        return []
    people = words.whole(float(none["people"].sum()))
    areas = "1 area" if len(none) == 1 else f"{words.whole(len(none))} areas"
    return [Point(f"From {areas}, home to {people} of the people counted, nobody was referred.")]


def _figures(material: Material, id_: str, period: str, rows: pd.DataFrame) -> Iterator[Figure]:
    rates = rows[rows["statistic"] == "rate"]
    for by, label in (("quintile", ""), ("quintile, near", ", where an asset is near")):
        chosen = rates[(rates["by"] == by) & (rates["stage"] == "referred")]
        if chosen["value"].notna().any():
            need = chosen["method"].str.contains("People in need:").any()
            who = f"people{' in need' if need else ''}{label}"
            caption = f"Referrals per 1,000 {who}, by deprivation, {words.clean(period)}"
            every = rates[rates["by"] == by]
            people = "People in need" if need else "People"
            yield _figure(material, f"{id_}-{len(by)}", caption, chosen, every, people)


def _figure(
    material: Material,
    id_: str,
    caption: str,
    chosen: pd.DataFrame,
    every: pd.DataFrame,
    people: str,
) -> Figure:
    levels = {str(row.level): row for row in records(chosen)}
    dots = [_dot(level, levels.get(level)) for level in FIFTHS]
    spoken = "; ".join(f"{dot.label}: {dot.said}" for dot in dots)
    alt = f"{caption}. {spoken}."
    method = words.clean(str(chosen["method"].iloc[0]))
    return Figure(
        id=id_,
        caption=caption,
        svg=gradient_chart(dots, overall=None, scale="zero", id_=id_, name=caption, alt=alt),
        alt=alt,
        reading=f"Lines through the dots: 95% intervals. {method}",
        source=sources_named(material, area_sources(material)),
        table=_stages_table(f"{id_}-table", caption, every, people),
    )


def _dot(level: str, row: Any) -> Dot:
    label = f"Fifth {words.fifth(int(level))}"
    if row is None or pd.isna(row.value):
        return Dot(label, None, None, None, BACK if row is not None else "no area here")
    said = words.in_unit(row.value, "")
    return Dot(label, float(row.value), float(row.lower), float(row.upper), said)


def _stages_table(id_: str, caption: str, rows: pd.DataFrame, who: str) -> Table:
    """Return the rates of every stage by fifth, with people and intervals."""
    found = {(str(row.level), str(row.stage)): row for row in records(rows)}
    heads = [Column("Deprivation fifth"), Column(who, numeric=True)]
    heads += [Column(stage.capitalize(), numeric=True) for stage in STAGES]
    lines = []
    for level in FIFTHS:
        people = next((row.people for (at, _), row in found.items() if at == level), 0.0)
        cells = [_with_interval(found.get((level, stage)), "") for stage in STAGES]
        lines.append((words.fifth(int(level)), words.whole(float(people)), *cells))
    title = f"{caption}: every stage, this far or further, with 95% intervals"
    return Table(id_, title, tuple(heads), tuple(lines), folded=True)


def _groups_table(id_: str, label: str, period: str, rows: pd.DataFrame, field: str) -> Table:
    found = {(str(row.level), str(row.stage), str(row.statistic)): row for row in records(rows)}
    levels = sorted(dict.fromkeys(map(str, rows["level"])), key=lambda one: one == NOT_RECORDED)
    heads = (
        Column(label),
        Column("Offers", numeric=True),
        Column("Of all (%)", numeric=True),
        *(Column(f"{stage.capitalize()} (%)", numeric=True) for stage in STAGES[1:]),
    )
    lines = tuple(
        (
            _said(field, level),
            _count(found.get((level, "offered", "share"))),
            _with_interval(found.get((level, "offered", "share")), "%"),
            *(_with_interval(found.get((level, s, "conversion")), "%") for s in STAGES[1:]),
        )
        for level in levels
    )
    title = (
        f"{label}: who is offered, and how many of a group's own offers came so far, with 95% "
        f"intervals, {words.clean(period)}"
    )
    return Table(f"{id_}-{field}", title, heads, lines, folded=True)


def _said(field: str, level: str) -> str:
    said = SAID.get(field, {}).get(level, words.clean(level))
    return said[:1].upper() + said[1:]


def _count(row: Any) -> str:
    return BACK if row is None or pd.isna(row.count) else words.whole(float(row.count))


def _with_interval(row: Any, unit: str) -> str:
    if row is None or pd.isna(row.value):
        return BACK
    ends = " to ".join(words.in_unit(end, unit) for end in (row.lower, row.upper))
    return f"{words.in_unit(row.value, unit)} ({ends})"
