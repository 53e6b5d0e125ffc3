"""Data quality: what was dropped or not matched, duplicates, freshness and the edge of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.report import words
from mobilise.report.material import heading_of, records, text_or
from mobilise.report.model import Callout, Column, Heading, Point, Points, Prose, Section, Table

if TYPE_CHECKING:
    from mobilise.notes import Note
    from mobilise.report.material import Material
    from mobilise.report.model import Block

MOST_PAIRS = 50
STEPS = {
    "areas": "Areas",
    "assets": "Assets",
    "indicators": "Indicators",
    "network": "Streets",
    "reach": "Reach",
    "gaps": "Gaps",
}


def quality_section(material: Material) -> Section:
    """Return the section, warnings first."""
    blocks: list[Block] = [*_notes(material.notes), *_edges(material)]
    blocks += _duplicates(material)
    blocks.append(Heading("freshness", "How fresh the assets are"))
    blocks.append(_freshness(material))
    return Section("quality", "Data quality", tuple(blocks))


def _notes(notes: list[Note]) -> list[Block]:
    warnings = [note for note in notes if note.warning]
    remarks = [note for note in notes if not note.warning]
    blocks: list[Block] = [
        Callout(_said(note), f"{STEPS.get(note.step, note.step)}: ") for note in warnings
    ]
    if not notes:
        return [Prose("No step dropped, repaired or failed to match anything.")]
    if remarks:
        points = [Point(_said(note), f"{STEPS.get(note.step, note.step)}: ") for note in remarks]
        blocks += [
            Heading("remarks", "What was dropped, repaired or joined"),
            Points(tuple(points)),
        ]
    return blocks


def _said(note: Note) -> str:
    says = words.clean(note.says)
    examples = [words.clean(example) for example in note.examples[:10]]
    named = f" For example: {', '.join(examples)}." if examples else ""
    source = words.clean(note.source)
    where = f" ({source})" if source and source not in says else ""
    return f"{says}{where}{named}"


def _edges(material: Material) -> list[Block]:
    rows = []
    for kind in material.kinds_reached:
        _, edge = material.walks(kind)
        people = float(material.population[edge].sum())
        rows.append((heading_of(kind), words.whole(int(edge.sum())), words.whole(people)))
    if not rows:
        return []
    said = (
        "Assets beyond the edge of the data are not known. Where the edge is nearer than the "
        "nearest known asset, there may be one closer by on the other side."
    )
    heads = (Column("Kind"), Column("Areas", numeric=True), Column("People", numeric=True))
    caption = "Areas closer to the edge of the data than to their nearest asset"
    table = Table("edge-table", caption, heads, tuple(rows))
    return [Heading("edge", "The edge of the data"), Prose(said), table]


def _duplicates(material: Material) -> list[Block]:
    pairs = material.duplicates
    merged, check = ((pairs["decision"] == said) for said in ("merged", "check"))
    head = Heading("duplicates", "Duplicates across sources")
    if pairs.empty:
        return [head, Prose("No asset was found in more than one source.")]
    once = words.counted(int(merged.sum()), "record was", "records were")
    unsure = words.counted(int(check.sum()), "pair is", "pairs are")
    said = (
        f"{once} merged into another that names the same place, and {unsure} alike but left "
        "apart for a person to check. Every pair is in the table duplicates."
    )
    chosen = pairs[check].sort_values(
        ["score", "asset_id", "other_id"], ascending=[False, True, True]
    )
    if chosen.empty:
        return [head, Prose(said)]
    rows = tuple(
        (
            text_or(row.name, "no name"),
            text_or(row.other_name, "no name"),
            heading_of(row.kind),
            words.whole(row.distance),
            words.decimal(row.score, 2),
        )
        for row in records(chosen.head(MOST_PAIRS))
    )
    heads = (
        Column("Name"),
        Column("Other name"),
        Column("Kind"),
        Column("Metres apart", numeric=True),
        Column("Likeness (0 to 1)", numeric=True),
    )
    shown = f" (the {MOST_PAIRS} most alike)" if len(chosen) > MOST_PAIRS else ""
    caption = f"Pairs of assets that a person should check{shown}"
    return [head, Prose(said), Table("check-table", caption, heads, rows, short=10, folded=True)]


def _freshness(material: Material) -> Table:
    cards = {str(card["label"]): card for card in material.facts.get("sources", [])}
    rows = []
    for source, part in material.assets.groupby("source", sort=True):
        dates = part["updated"].dropna().astype(str)
        labels = [label.strip() for label in str(source).split(";")]
        years = [str(cards[label]["year"]) for label in labels if cards.get(label, {}).get("year")]
        rows.append(
            (
                words.clean(source),
                words.whole(len(part)),
                words.listed(sorted({words.clean(year) for year in years})) or words.MISSING,
                f"{words.clean(dates.min())} to {words.clean(dates.max())}"
                if len(dates)
                else "no dates",
            )
        )
    heads = (
        Column("Source"),
        Column("Assets", numeric=True),
        Column("Year of the source"),
        Column("When its records were last confirmed"),
    )
    return Table("fresh-table", "Assets by source, with the age of the data", heads, tuple(rows))
