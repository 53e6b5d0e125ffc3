"""References as other programs keep them: CSL-JSON, RIS, BibTeX."""

from __future__ import annotations

import json
import logging
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import InputError, SourceBroken
from mobilise.learn.left_out import noted, tallied
from mobilise.learn.plain import records
from mobilise.learn.register.csl import READ, UNTITLED, USUAL, item_of, output_of
from mobilise.place import replacing
from mobilise.tables import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mobilise.notes import Note

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


_RIS_FIELDS = """
type_of_reference id title primary_title authors first_authors journal_name secondary_title
alternate_title3 volume number start_page end_page publisher doi urls url abstract notes_abstract
keywords date publication_year year
"""
_RIS_READ = frozenset(_RIS_FIELDS.split())  # the reader's names
_RIS_END = "ER  - "
_RIS_BEGINS, _RIS_ENDS = re.compile(r"TY {1,2}- "), re.compile(r"ER {1,2}-")
_RIS_NUMBER = re.compile(r"\s*(\d+\.)?\s*")  # what some programs write above each reference
_BIB_FURTHER = "journal booktitle institution school author date year month"
_BIB_READ = frozenset((*_BIB_FIELDS.values(), *_BIB_FURTHER.split()))


@dataclass
class _Found:
    """What a file holds: CSL items, and what of it has no place here."""

    items: list[dict[str, Any]] = field(default_factory=list)
    fields: Counter[str] = field(default_factory=Counter)  # fields that are not kept
    types: Counter[str] = field(default_factory=Counter)  # types of which there is none here
    unended: list[str] = field(default_factory=list)  # where they begin
    outside: list[str] = field(default_factory=list)  # lines that belong to no reference


def read_references(path: Path) -> tuple[pd.DataFrame, list[Note]]:
    """Read outputs from a file of references.

    Parameters
    ----------
    path
        ``.json`` (CSL-JSON), ``.ris`` or ``.bib``, in UTF-8.

    Returns
    -------
    DataFrame
        Rows of the table ``outputs``.
    list of Note
        What has no place in it or was filled in, with counts: fields, types, titles, dates,
        references that do not end.

    Raises
    ------
    SourceBroken
        The file cannot be read; the sentence says where.
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError(f"{path}: references are read from .json (CSL), .ris and .bib.")
    try:
        found = reader(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError, KeyError, TypeError) as error:
        raise SourceBroken(f"{path}: it cannot be read as references ({error}).") from error
    rows = pd.DataFrame([_output(path, at, item) for at, item in enumerate(found.items, 1)])
    if not len(rows):
        raise SourceBroken(f"{path}: there are no references in it.")
    twice = rows["output_id"][rows["output_id"].duplicated()]
    if len(twice):
        raise SourceBroken(f"{path}: the id '{twice.iloc[0]}' is there more than once.")
    return validate("outputs", rows), _notes(path, found, rows)


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


def _output(path: Path, at: int, item: dict[str, Any]) -> dict[str, Any]:
    try:
        return output_of(item)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        which = f"reference {at}" + (f", '{item['id']}'," if item.get("id") else "")
        raise SourceBroken(f"{path}: {which} is not as CSL-JSON has it ({error}).") from error


def _notes(path: Path, found: _Found, rows: pd.DataFrame) -> list[Note]:
    """Return what of a file was left out or filled in."""
    untitled = rows.loc[rows["title"] == UNTITLED, "output_id"]
    dates = [
        f"{row['output_id']}: {said}" + (f", kept as {row['issued']}" if row["issued"] else "")
        for item, row in zip(found.items, records(rows), strict=True)
        if (said := _date_said(item)) not in ("", row["issued"])
    ]
    return [
        *noted(path.name, f"references without a title, entered as '{UNTITLED}'", untitled),
        *noted(path.name, "dates of which a part or all cannot be kept", dates),
        *tallied(path.name, f"types that are none here, entered as '{USUAL}'", found.types),
        *tallied(path.name, "fields that have no place here, left out", found.fields),
        *noted(
            path.name, "references without an end (ER), ended where the next begins", found.unended
        ),
        *noted(path.name, "lines outside of any reference, left out", found.outside),
    ]


def _date_said(item: dict[str, Any]) -> str:
    """Return a date as the file has it, in the form that we keep where it has that form."""
    issued = item.get("issued")
    if not isinstance(issued, dict):
        return str(issued or "")
    ends = [
        "-".join(str(part).strip().zfill(4 if at == 0 else 2) for at, part in enumerate(parts))
        for parts in issued.get("date-parts") or ()
        if parts and all(str(part).strip() for part in parts)
    ]
    return " to ".join(ends) or str(issued.get("raw") or issued.get("literal") or "")


def _from_csl(text: str) -> _Found:
    held = json.loads(text)
    items = held.get("items", [held]) if isinstance(held, dict) else held
    if not all(isinstance(item, dict) for item in items):
        raise ValueError("CSL-JSON is a list of objects")
    further = Counter(name for item in items for name in item if name not in READ and item[name])
    return _Found(list(items), further)


def _to_csl(items: list[dict[str, Any]]) -> str:
    return json.dumps(items, indent=1, ensure_ascii=False) + "\n"


def _from_ris(text: str) -> _Found:
    import rispy  # noqa: PLC0415  (only where RIS is read)

    types = {theirs: ours for ours, all_ in _RIS.items() for theirs in all_}
    found = _Found()
    for entry in rispy.loads(_ended(text, found)):
        kind = entry.get("type_of_reference", "")
        if kind not in types:
            found.types[kind or "none"] += 1
        found.fields.update(name for name in entry if name not in {*_RIS_READ, "unknown_tag"})
        unknown = (str(tag or "no tag") for tag in entry.get("unknown_tag", ()))
        found.fields.update(dict.fromkeys(unknown, 1))
        first, last = entry.get("start_page"), entry.get("end_page")
        date = str(entry.get("date") or entry.get("publication_year") or entry.get("year") or "")
        urls = entry.get("urls") or [entry.get("url")]
        if len(urls) > 1:
            found.fields["further urls"] += len(urls) - 1
        found.items.append(
            {
                "id": entry.get("id"),
                "type": types.get(kind, USUAL),
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
    return found


def _ended(text: str, found: _Found) -> str:
    """Return RIS in which every reference ends: the reader drops what has no end, unsaid."""
    lines: list[str] = []
    begun = ""
    for number, line in enumerate(text.splitlines(), 1):
        begins = bool(_RIS_BEGINS.match(line))
        if begun and begins:
            lines.append(_RIS_END)
            found.unended.append(begun)
        if begins:
            begun = f"line {number}"
        elif not begun:
            found.outside += [] if _RIS_NUMBER.fullmatch(line) else [f"line {number}"]
            continue
        lines.append(line)
        begun = "" if _RIS_ENDS.match(line) else begun
    if begun:
        lines.append(_RIS_END)
        found.unended.append(begun)
    return "\n".join(lines) + "\n"


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


def _from_bib(text: str) -> _Found:
    from bibtexparser.entrypoint import parse_string  # noqa: PLC0415  (only where it is read)
    from bibtexparser.middlewares import LatexDecodingMiddleware  # noqa: PLC0415

    logging.getLogger("bibtexparser").setLevel(logging.ERROR)
    library = parse_string(text, append_middleware=[LatexDecodingMiddleware()])
    if library.failed_blocks:
        line = (library.failed_blocks[0].start_line or 0) + 1
        raise ValueError(f"the entry that begins in line {line} is not BibTeX")
    types = {theirs: ours for ours, all_ in _BIB.items() for theirs in all_}
    found = _Found()
    for entry in library.entries:
        fields = {name.lower(): str(held.value) for name, held in entry.fields_dict.items()}
        found.fields.update(name for name in fields if name not in _BIB_READ)
        kind = entry.entry_type.lower()
        if kind not in types:
            found.types[kind] += 1
        item: dict[str, Any] = {ours: fields.get(theirs) for ours, theirs in _BIB_FIELDS.items()}
        item["page"] = fields.get("pages", "").replace("--", "-").replace("–", "-")
        item["keyword"] = fields.get("keywords", "").replace(", ", "; ")
        item["title"] = fields.get("title", "").replace("{", "").replace("}", "")
        item["container-title"] = fields.get("journal") or fields.get("booktitle")
        item["publisher"] = item["publisher"] or fields.get("institution") or fields.get("school")
        month = _month(fields)
        if fields.get("month") and month is None and not fields.get("date"):
            found.fields["month that is none"] += 1
        date = fields.get("date") or "-".join(p for p in (fields.get("year"), month) if p)
        names = [n.strip() for n in fields.get("author", "").split(" and ") if n.strip()]
        if names[1:] and names[-1] == "others":
            found.fields["authors told as 'and others'"] += 1
            names.pop()
        item |= {
            "id": entry.key,
            "type": types.get(kind, USUAL),
            "author": [_person(n) for n in names],
            "issued": {"raw": date},
        }
        found.items.append(item)
    return found


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


_READERS: dict[str, Callable[[str], _Found]] = {
    ".json": _from_csl,
    ".ris": _from_ris,
    ".bib": _from_bib,
}
_WRITERS: dict[str, Callable[[list[dict[str, Any]]], str]] = {
    ".json": _to_csl,
    ".ris": _to_ris,
    ".bib": _to_bib,
}
