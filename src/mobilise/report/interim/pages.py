"""Pages beside the report: one for each output of the library, and one for each document."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from mobilise.learn.plain import records
from mobilise.learn.register import atom
from mobilise.report.interim.words import anchor, document_page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.report.interim.material import Material

LIBRARY = "library"


@dataclass(frozen=True)
class Piece:
    """A stretch of a text: its words, the passages that begin with it, and whether it is marked."""

    words: str
    begins: tuple[str, ...]
    marked: bool


def pages_of(material: Material, banner: str) -> Iterator[tuple[str, bytes]]:
    """Yield each page's name, relative to the report's folder, and its bytes.

    Parameters
    ----------
    material
        What the report is made from.
    banner
        What is said on every page of made-up evidence; "" otherwise.
    """
    environment = Environment(
        loader=PackageLoader("mobilise.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    loader = environment.loader
    assert loader is not None
    style = Markup(loader.get_source(environment, "report.css")[0])  # noqa: S704  (our own)
    shared = {"banner": banner, "style": style, "name": material.name}
    listing = environment.get_template("library.html")
    yield f"{LIBRARY}/index.html", listing.render(entries=material.library, **shared).encode()
    titles = material.evidence.table("documents").set_index("document_id")["title"].to_dict()
    numbers = {row["finding_id"]: at for at, row in enumerate(material.findings, 1)}
    output = environment.get_template("output.html")
    for entry in material.library:
        texts = [(titles[one], f"../{document_page(one)}") for one in entry.documents]
        page = output.render(entry=entry, texts=texts, numbers=numbers, **shared)
        yield f"{LIBRARY}/{entry.page}", page.encode()
    title = f"{material.name}: reports and resources"
    yield f"{LIBRARY}/feed.atom", atom(material.library, title=title, address="")
    yield from _documents(material, environment, numbers, shared)


def pieces_of(text: str, spans: list[tuple[int, int, str]]) -> list[Piece]:
    """Cut a text at the ends of its passages, which may overlap.

    Parameters
    ----------
    text
        The whole text.
    spans
        Start, end (not included) and id of each passage.

    Examples
    --------
    >>> [piece.words for piece in pieces_of("abcdef", [(1, 4, "x"), (3, 5, "y")])]
    ['a', 'bc', 'd', 'e', 'f']
    """
    cuts = sorted({0, len(text), *(at for start, end, _ in spans for at in (start, end))})
    return [
        Piece(
            text[start:end],
            tuple(own for begin, _, own in spans if begin == start),
            any(begin <= start and end <= stop for begin, stop, _ in spans),
        )
        for start, end in pairwise(cuts)
    ]


def _documents(
    material: Material, environment: Environment, numbers: dict[str, int], shared: dict[str, Any]
) -> Iterator[tuple[str, bytes]]:
    template = environment.get_template("document.html")
    passages = _passages(material, numbers)
    pages = {one: entry for entry in material.library for one in entry.documents}
    for row in records(material.evidence.table("documents")):
        here = passages.get(row["document_id"], [])
        text = material.evidence.text(row["document_id"]) if row["text"] else ""
        spans = [(p["start"], p["end"], p["anchor"]) for p in here if p["kind"] == "text"]
        page = template.render(
            document=row,
            project=material.titles.get(row["project_id"] or "", ""),
            pieces=pieces_of(text, spans) if text else [],
            passages=here,
            entry=pages.get(row["document_id"]),
            **shared,
        )
        yield document_page(row["document_id"]), page.encode()


def _passages(material: Material, numbers: dict[str, int]) -> dict[str, list[dict[str, Any]]]:
    """Return each document's passages in order, with who coded what, and their findings."""
    table = material.evidence.table
    codes = table("codes").set_index("code_id")["name"].to_dict()
    given: dict[str, dict[str, set[str]]] = {}
    codings = table("codings")
    for row in records(codings[codings["status"] == "accepted"]):
        if row["extract_id"] is not None:
            by = given.setdefault(row["extract_id"], {})
            name = codes.get(row["code_id"], row["code_id"])
            by.setdefault(name, set()).add(row["coder_id"] or "not stated")
    found: dict[str, list[int]] = {}
    for row in records(table("finding_extracts")):
        if row["finding_id"] in numbers:
            found.setdefault(row["extract_id"], []).append(numbers[row["finding_id"]])
    passages: dict[str, list[dict[str, Any]]] = {}
    for row in records(table("extracts").sort_values(["document_id", "start", "extract_id"])):
        coded = given.get(row["extract_id"])
        if coded is None:
            continue
        passages.setdefault(row["document_id"], []).append(
            {
                **row,
                "anchor": anchor(row["extract_id"]),
                "codes": [(name, ", ".join(sorted(who))) for name, who in sorted(coded.items())],
                "findings": sorted(found.get(row["extract_id"], [])),
            }
        )
    return passages
