"""Lived experience in the decision: what people weighed, who they were, what it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.assets.kinds import catalogue
from mobilise.learn.plain import records
from mobilise.learn.priorities import rounds
from mobilise.report.model import (
    Block,
    Callout,
    Column,
    Figure,
    Point,
    Points,
    Prose,
    Section,
    Table,
)
from mobilise.report.parts import Part, parts_chart

if TYPE_CHECKING:
    import pandas as pd

    from mobilise.report.interim.material import Material

_DRAWN = 10
_CHOICE = {
    "kind": "One new site of whichever kind",
    "area": "One new site of the kind that residents want most",
}
_WHAT = {"kind": "Kinds of place", "need": "Needs", "area": "Areas"}


def residents_sections(material: Material) -> tuple[Section, ...]:
    """Return the last round of priorities; nothing where there is none."""
    known = rounds(material.evidence)
    if not known:
        return ()
    last = known[-1]
    table = material.evidence.table("priorities")
    here = table[table["round"] == last]
    blocks: list[Block] = [_who(material, last)]
    told = effects_of(material)
    if told:
        blocks.append(Points(tuple(Point(text, lead) for lead, text in told)))
        blocks.append(
            Prose(
                "The same choice of one new site was made twice: with every person counting the "
                "same, and with residents' weights. Where the two differ, somebody has to decide, "
                "and should say why."
            )
        )
    blocks += [
        _figure(here[here["of"] == of], of, words, _names(material, of))
        for of, words in _WHAT.items()
        if (here["of"] == of).any()
    ]
    return (Section("residents", "What residents put first", tuple(blocks)),)


def effects_of(material: Material) -> list[tuple[str, str]]:
    """Return what the last round changes: which choice that is, and what is said of it."""
    known = rounds(material.evidence)
    effects = material.evidence.table("priority_effects")
    last = effects[effects["round"].isin(known[-1:])].sort_values("of", ascending=False)
    return [
        (f"{_CHOICE[row['of']]}, within {row['minutes']:g} minutes: ", _small(row["sentence"]))
        for row in records(last)
    ]


def _small(sentence: str) -> str:
    return f"{sentence[:1].lower()}{sentence[1:]}"


def _who(material: Material, last: str) -> Block:
    table = material.evidence.table("priority_groups")
    here = records(table[table["round"] == last])
    everyone = next((row["participants"] for row in here if row["dimension"] == "all"), None)
    groups: dict[str, list[str]] = {}
    for row in here:
        if row["dimension"] != "all":
            number = (
                "few (not told)" if row["participants"] is None else f"about {row['participants']}"
            )
            groups.setdefault(row["dimension"], []).append(f"{row['group']}: {number}")
    said = " ".join(f"By {name}, {'; '.join(parts)}." for name, parts in groups.items())
    return Callout(
        f"{last}: about {everyone} people took part. {said} Numbers are rounded to 5, and small "
        "ones are not told, so that nobody can be recognised.",
        "Who decided. ",
    )


def _names(material: Material, of: str) -> dict[str, str]:
    """Return what items are called, where they are not called what they are."""
    if of == "kind":
        return {name: kind.label for name, kind in catalogue().kinds.items()}
    return material.areas if of == "area" else {}


def _figure(here: pd.DataFrame, of: str, words: str, names: dict[str, str]) -> Figure:
    ordered = here.sort_values(["weight", "item"], ascending=[False, True])
    rows = [row | {"item": names.get(row["item"], row["item"])} for row in records(ordered)]
    parts = [
        Part(
            row["item"],
            100 * row["weight"],
            None if row["lower"] is None else 100 * row["lower"],
            None if row["upper"] is None else 100 * row["upper"],
            f"{100 * row['weight']:.0f}%",
        )
        for row in rows[:_DRAWN]
    ]
    first = rows[0]["item"]
    alt = f"Bars of the share of points that people gave to {words.lower()}; most to {first}."
    more = f" (first {_DRAWN} of {len(rows)})" if len(rows) > _DRAWN else ""
    columns = (
        Column(words),
        Column("Share of points", numeric=True),
        Column("95% interval"),
        Column("People who gave any", numeric=True),
    )
    cells = tuple(
        (
            row["item"],
            f"{100 * row['weight']:.1f}%",
            "none"
            if row["lower"] is None
            else f"{100 * row['lower']:.1f} to {100 * row['upper']:.1f}%",
            "not told" if row["participants"] is None else f"about {row['participants']}",
        )
        for row in rows
    )
    return Figure(
        id=f"weights-{of}",
        caption=f"{words}: share of each person's points, mean over people{more}",
        svg=parts_chart(parts, id_=f"weights-{of}", name=words, alt=alt),
        alt=alt,
        reading="The line is the 95% interval if other such people had been asked (bootstrap).",
        source="Source: the round's ballots, counted and not kept.",
        table=Table(f"weights-{of}-table", words, columns, cells, short=_DRAWN),
    )
