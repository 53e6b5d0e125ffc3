"""What goes with a gap: the contributions of determinants, and what they do not account for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.report import words
from mobilise.report.material import area_sources, records, sources_named
from mobilise.report.model import Callout, Column, Figure, Heading, Point, Points, Section, Table
from mobilise.report.parts import Part, parts_chart

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.report.material import Material
    from mobilise.report.model import Block

_PLAIN = ("whole", "not explained")


def explained_sections(material: Material) -> Iterator[Section]:
    """Yield the section, if the recipe asks for an explanation.

    Each begins with what it must not be taken for.
    """
    table = material.explanations
    if table.empty:
        return
    blocks: list[Block] = []
    groups = table.groupby(["of", "by", "method"], sort=True)
    for number, (_, rows) in enumerate(groups, 1):
        blocks += _explanation(material, number, rows.sort_values(["order", "determinant"]))
    yield Section("explained", "What goes with the gaps", tuple(blocks))


def _explanation(material: Material, number: int, rows: pd.DataFrame) -> list[Block]:
    first = rows.iloc[0]
    of, by, method = (words.clean(first[key]) for key in ("of", "by", "method"))
    sentences = dict.fromkeys(words.clean(row.sentence) for row in records(rows))
    warnings = dict.fromkeys(words.clean(warning) for warning in rows["warning"])
    return [
        Heading(f"explained-{number}", f"{words.capital(of)}, by {by} ({method})"),
        *(Callout(warning, "Not causes, and not about any one person. ") for warning in warnings),
        Points(tuple(Point(sentence) for sentence in sentences if sentence)),
        _figure(material, f"explained-{number}-chart", f"{words.capital(of)}, by {by}", rows),
    ]


def _figure(material: Material, id_: str, about: str, rows: pd.DataFrame) -> Figure:
    unit = words.clean(rows["unit"].iloc[0])
    method = words.clean(rows["method"].iloc[0])
    caption = f"{about}: what adds to the {method}" + (
        f", in {unit}" if unit else ", an index without a unit"
    )
    parts = [_part(row) for row in records(rows)]
    alt = f"{caption}. " + "; ".join(f"{part.label}: {part.said}" for part in parts) + "."
    known = rows[rows["lower"].notna() & rows["confidence"].notna()]
    spread = (
        f"Thin lines through the bars: {known['confidence'].iloc[0] * 100:g}% intervals."
        if len(known)
        else "No interval was worked out."
    )
    areas = words.counted(int(rows["n"].max()), "area", "areas")
    return Figure(
        id=id_,
        caption=caption,
        svg=parts_chart(parts, id_=id_, name=caption, alt=alt),
        alt=alt,
        reading=f"{spread} From {areas}. Outlined: the whole, and what is not explained; filled: "
        "what goes with each. A bar to the other side of zero than the whole makes the gap "
        "smaller. Associations between areas, not causes.",
        source=sources_named(material, _files(material, rows)),
        table=_table(f"{id_}-table", caption, rows, unit),
    )


def _part(row: Any) -> Part:
    around = not (pd.isna(row.lower) or pd.isna(row.upper))
    share = "" if pd.isna(row.percent) or row.order == 0 else f" ({_percent(row.percent)})"
    return Part(
        words.capital(words.clean(row.determinant)),
        float(row.value),
        float(row.lower) if around else None,
        float(row.upper) if around else None,
        f"{_value(row.value)}{share}",
        plain=row.determinant in _PLAIN,
    )


def _value(value: float) -> str:
    return words.decimal(value, max(2, words.places_for(value)))


def _percent(value: float) -> str:
    return f"{words.decimal(value, 0)}%"


def _files(material: Material, rows: pd.DataFrame) -> list[str]:
    """Return the files of the outcome and of the determinants that are indicators."""
    entries: list[dict[str, Any]] = material.facts.get("recipe", {}).get("indicators", [])
    named = [str(name) for name in (rows["of"].iloc[0], *rows["determinant"])]
    files = [
        str(entry["file"])
        for entry in entries
        if any(name.startswith(str(entry.get("name"))) for name in named)
    ]
    return [*files, *area_sources(material)]


def _table(id_: str, caption: str, rows: pd.DataFrame, unit: str) -> Table:
    found = tuple(
        (
            words.capital(words.clean(row.determinant)),
            _value(row.value),
            words.interval(row.lower, row.upper, row.confidence, unit),
            "none" if pd.isna(row.percent) else _percent(row.percent),
            words.whole(row.n),
            words.clean(row.sentence),
        )
        for row in records(rows)
    )
    heads = (
        Column("What"),
        Column(f"Value ({unit})" if unit else "Value", numeric=True),
        Column("Interval", numeric=True),
        Column("Of the whole", numeric=True),
        Column("Areas", numeric=True),
        Column("In words", wide=True),
    )
    return Table(id_, caption, heads, found, folded=True)
