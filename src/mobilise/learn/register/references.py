"""References as other programs keep them: CSL-JSON, RIS, BibTeX."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import InputError, SourceBroken
from mobilise.learn.plain import records
from mobilise.learn.register.csl import item_of, output_of
from mobilise.place import replacing
from mobilise.tables import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# CSL's types, and what the other two call them; the first of several is written.
_RIS = {
    "report": ("RPRT",),
    "article-journal": ("JOUR", "JFULL", "MGZN", "NEWS"),
    "chapter": ("CHAP",),
    "book": ("BOOK", "EBOOK"),
    "paper-conference": ("CPAPER", "CONF"),
    "thesis": ("THES",),
    "webpage": ("ELEC", "WEB", "BLOG"),
    "dataset": ("DATA",),
    "document": ("GEN", "UNPB"),
    "motion_picture": ("VIDEO", "MPCT"),
    "song": ("SOUND",),
}
_BIB = {
    "report": ("report", "techreport"),
    "article-journal": ("article",),
    "chapter": ("incollection", "inbook"),
    "book": ("book", "booklet"),
    "paper-conference": ("inproceedings", "conference"),
    "thesis": ("phdthesis", "mastersthesis", "thesis"),
    "webpage": ("online", "electronic"),
    "dataset": ("dataset",),
    "document": ("misc", "unpublished"),
}
_BIB_FIELDS = {
    "title": "title",
    "publisher": "publisher",
    "volume": "volume",
    "issue": "number",
    "page": "pages",
    "URL": "url",
    "DOI": "doi",
    "abstract": "abstract",
    "keyword": "keywords",
}


def read_references(path: Path) -> pd.DataFrame:
    """Read outputs from a file of references.

    Parameters
    ----------
    path
        ``.json`` (CSL-JSON), ``.ris`` or ``.bib``, in UTF-8.

    Returns
    -------
    DataFrame
        Rows of the table ``outputs``.

    Raises
    ------
    SourceBroken
        The file cannot be read; the sentence says where.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: references are read from .json (CSL), .ris and .bib.")
    try:
        items = reader(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise SourceBroken(f"{path}: it cannot be read as references ({error}).") from error
    rows = pd.DataFrame([output_of(item) for item in items])
    if not len(rows):
        raise SourceBroken(f"{path}: there are no references in it.")
    twice = rows["output_id"][rows["output_id"].duplicated()]
    if len(twice):
        raise SourceBroken(f"{path}: the id '{twice.iloc[0]}' is there more than once.")
    return validate("outputs", rows)


def write_references(outputs: pd.DataFrame, path: Path) -> None:
    """Write outputs as ``.json`` (CSL-JSON), ``.ris`` or ``.bib``, atomically.

    Raises
    ------
    InputError
        The name ends in none of them.
    """
    writer = _WRITERS.get(path.suffix.lower())
    if writer is None:
        raise InputError(f"{path}: references are written as .json (CSL), .ris or .bib.")
    text = writer([item_of(row) for row in records(outputs)])
    with replacing(path) as beside:
        beside.write_text(text, encoding="utf-8", newline="\n")


def _from_csl(text: str) -> list[dict[str, Any]]:
    found = json.loads(text)
    items = found.get("items", [found]) if isinstance(found, dict) else found
    if not all(isinstance(item, dict) for item in items):
        raise ValueError("CSL-JSON is a list of objects")
    return list(items)


def _to_csl(items: list[dict[str, Any]]) -> str:
    return json.dumps(items, indent=1, ensure_ascii=False) + "\n"


def _from_ris(text: str) -> list[dict[str, Any]]:
    import rispy  # noqa: PLC0415  (only where RIS is read)

    types = {theirs: ours for ours, all_ in _RIS.items() for theirs in all_}
    items = []
    for entry in rispy.loads(text):
        first, last = entry.get("start_page"), entry.get("end_page")
        date = str(entry.get("date") or entry.get("publication_year") or entry.get("year") or "")
        urls = entry.get("urls") or [entry.get("url")]
        items.append(
            {
                "id": entry.get("id"),
                "type": types.get(entry.get("type_of_reference", ""), "document"),
                "title": entry.get("title") or entry.get("primary_title"),
                "author": [
                    _person(n) for n in entry.get("authors") or entry.get("first_authors") or ()
                ],
                "container-title": entry.get("journal_name")
                or entry.get("secondary_title")
                or entry.get("alternate_title3"),
                "volume": entry.get("volume"),
                "issue": entry.get("number"),
                "page": f"{first}-{last}" if first and last else first,
                "publisher": entry.get("publisher"),
                "DOI": entry.get("doi"),
                "URL": urls[0],
                "abstract": entry.get("abstract") or entry.get("notes_abstract"),
                "keyword": "; ".join(entry.get("keywords") or ()),
                "issued": {"raw": date.strip("/").replace("/", "-")},
            }
        )
    return items


def _to_ris(items: list[dict[str, Any]]) -> str:
    import rispy  # noqa: PLC0415  (only where RIS is written)

    entries = []
    for item in items:
        first, _, last = str(item.get("page", "")).partition("-")
        parts = [f"{n:02d}" for n in item.get("issued", {}).get("date-parts", [[]])[0]]
        entry = {
            "type_of_reference": _RIS.get(item["type"], ("GEN",))[0],
            "id": item["id"],
            "title": item.get("title"),
            "authors": [_said(p) for p in item.get("author", ())],
            "year": parts[0] if parts else None,
            "date": "/".join(parts) if len(parts) > 1 else None,
            "secondary_title": item.get("container-title"),
            "volume": item.get("volume"),
            "number": item.get("issue"),
            "start_page": first,
            "end_page": last,
            "publisher": item.get("publisher"),
            "doi": item.get("DOI"),
            "urls": [item["URL"]] if "URL" in item else None,
            "abstract": item.get("abstract"),
            "keywords": [k for k in item.get("keyword", "").split("; ") if k],
        }
        entries.append({key: value for key, value in entry.items() if value})
    return str(rispy.dumps(entries))


def _from_bib(text: str) -> list[dict[str, Any]]:
    from bibtexparser.entrypoint import parse_string  # noqa: PLC0415  (only where it is read)
    from bibtexparser.middlewares import LatexDecodingMiddleware  # noqa: PLC0415

    logging.getLogger("bibtexparser").setLevel(logging.ERROR)
    found = parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    if found.failed_blocks:
        line = (found.failed_blocks[0].start_line or 0) + 1
        raise ValueError(f"the entry that begins in line {line} is not BibTeX")
    types = {theirs: ours for ours, all_ in _BIB.items() for theirs in all_}
    items = []
    for entry in found.entries:
        fields = {name.lower(): str(field.value) for name, field in entry.fields_dict.items()}
        item: dict[str, Any] = {ours: fields.get(theirs) for ours, theirs in _BIB_FIELDS.items()}
        item["page"] = fields.get("pages", "").replace("--", "-").replace("–", "-")
        item["keyword"] = fields.get("keywords", "").replace(", ", "; ")
        item["title"] = fields.get("title", "").replace("{", "").replace("}", "")
        item["container-title"] = fields.get("journal") or fields.get("booktitle")
        item["publisher"] = item["publisher"] or fields.get("institution") or fields.get("school")
        date = fields.get("date") or "-".join(p for p in (fields.get("year"), _month(fields)) if p)
        names = [n.strip() for n in fields.get("author", "").split(" and ") if n.strip()]
        item |= {
            "id": entry.key,
            "type": types.get(entry.entry_type.lower(), "document"),
            "author": [_person(n) for n in names],
            "issued": {"raw": date},
        }
        items.append(item)
    return items


def _to_bib(items: list[dict[str, Any]]) -> str:
    from bibtexparser.entrypoint import write_string  # noqa: PLC0415  (only where written)
    from bibtexparser.library import Library  # noqa: PLC0415
    from bibtexparser.middlewares import LatexEncodingMiddleware  # noqa: PLC0415
    from bibtexparser.model import Entry, Field  # noqa: PLC0415

    library = Library()
    for item in items:
        fields = {theirs: item[ours] for ours, theirs in _BIB_FIELDS.items() if ours in item}
        if "container-title" in item:
            article = item["type"] == "article-journal"
            fields["journal" if article else "booktitle"] = item["container-title"]
        if "author" in item:
            said = (_said(p) for p in item["author"])
            fields["author"] = " and ".join(n if ", " in n else f"{{{n}}}" for n in said)
        parts = item.get("issued", {}).get("date-parts", [[]])[0]
        if parts:
            fields["date"] = "-".join(f"{n:02d}" for n in parts)
            fields["year"] = str(parts[0])
        kind = _BIB.get(item["type"], ("misc",))[0]
        library.add(Entry(kind, item["id"], [Field(key, value) for key, value in fields.items()]))
    keep = LatexEncodingMiddleware(keep_math=True, enclose_urls=False)
    return str(write_string(library, prepend_middleware=[keep]))


def _month(fields: dict[str, str]) -> str | None:
    said = fields.get("month", "").strip().lower()[:3]
    months = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    if said in months:
        return f"{months.index(said) + 1:02d}"
    return said.zfill(2) if said.isdigit() else None


def _person(name: str) -> dict[str, str]:
    """Return a CSL name; ``Given Family`` without a comma is read as BibTeX does."""
    name = " ".join(name.split())
    if name.startswith("{") and name.endswith("}"):
        return {"literal": name[1:-1]}
    family, comma, given = name.partition(",")
    if comma:
        return {"family": family.strip(), "given": given.strip()}
    return {"literal": name}


def _said(person: dict[str, str]) -> str:
    if "literal" in person:
        return person["literal"]
    return ", ".join(person[key] for key in ("family", "given") if person.get(key))


_READERS: dict[str, Callable[[str], list[dict[str, Any]]]] = {
    ".json": _from_csl,
    ".ris": _from_ris,
    ".bib": _from_bib,
}
_WRITERS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    ".json": _to_csl,
    ".ris": _to_ris,
    ".bib": _to_bib,
}
