"""The appendix: the library, the codebook, and where the coders differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.learn.coding import coded_units, to_reconcile
from mobilise.learn.plain import records
from mobilise.report.interim.methods import coders_of
from mobilise.report.interim.words import document_page, quoted
from mobilise.report.model import Column, Link, Prose, Section, Table

if TYPE_CHECKING:
    from mobilise.report.interim.material import Material


def appendix_sections(material: Material) -> tuple[Section, ...]:
    """Return what is looked up rather than read."""
    sections = [_library(material), _codebook(material)]
    differing = _differing(material)
    return (*sections, differing) if differing else tuple(sections)


def _library(material: Material) -> Section:
    rows = tuple(
        (
            Link(entry.title, f"library/{entry.page}"),
            str(entry.phase or "none"),
            entry.project or "no one project",
            entry.citation,
        )
        for entry in material.library
    )
    columns = (
        Column("Title", wide=True),
        Column("Phase", numeric=True),
        Column("Project"),
        Column("Cite as", wide=True),
    )
    words = (
        "Each has a page with its summary, the full text if there is one, and the findings that "
        "rest on it. The library is also a feed (library/feed.atom)."
    )
    if not rows:
        none = Prose("No report or resource has been entered yet.")
        return Section("library-section", "The library", (none,))
    table = Table("library", "Reports and resources, oldest first", columns, rows)
    return Section("library-section", "The library", (Prose(words), table))


def _codebook(material: Material) -> Section:
    codes = material.evidence.table("codes")
    used = material.told.groupby("code_id")["project_id"].nunique()
    rows = tuple(
        (
            row["name"],
            row["sort"] or "",
            row["theme"] or "",
            row["domain"] or "",
            str(int(used.get(row["code_id"], 0))),
            row["says"] or "",
        )
        for row in records(codes[codes["codable"].fillna(value=True)].sort_values("order"))
    )
    columns = (
        Column("Code"),
        Column("Sort"),
        Column("Theme"),
        Column("CFIR domain"),
        Column("Projects", numeric=True),
        Column("What it means", wide=True),
    )
    sources = [str(one) for one in codes["source"].dropna().unique()]
    said = f"Codes come from: {'; '.join(sources)}." if sources else "No source is named for it."
    table = Table("codes", "Codes, and in how many projects each is told", columns, rows)
    return Section("codebook", "The codebook", (Prose(said), table))


def _differing(material: Material) -> Section | None:
    pair = coders_of(material)
    if pair is None:
        return None
    table = material.evidence.table
    units = coded_units(table("extracts"), table("codings"), *pair)
    names = table("codes").set_index("code_id")["name"].to_dict()

    def said(codes: str) -> str:
        return "; ".join(names.get(code, code) for code in codes.split("; ") if code)

    rows = tuple(
        (
            quoted(row["text"], 240),
            Link(row["document_id"], document_page(row["document_id"])),
            said(row["both"]),
            said(row["first_only"]),
            said(row["second_only"]),
        )
        for row in records(to_reconcile(units))
    )
    columns = (
        Column("Passage", wide=True),
        Column("Document"),
        Column("Both"),
        Column(f"{pair[0]} only"),
        Column(f"{pair[1]} only"),
    )
    caption = f"Passages that {pair[0]} and {pair[1]} see differently"
    listed = Table("differing", caption, columns, rows, folded=True)
    return Section("differing-section", "Where the coders differ", (listed,))
