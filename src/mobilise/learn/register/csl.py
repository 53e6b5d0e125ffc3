"""CSL-JSON, the form that all references go through: from it to an output, and back."""

from __future__ import annotations

import re
from typing import Any

from mobilise.learn.evidence import new_id

# CSL's variable, and our column.
_SAME = {
    "title": "title",
    "container-title": "container",
    "volume": "volume",
    "issue": "issue",
    "page": "pages",
    "publisher": "publisher",
    "URL": "url",
    "abstract": "summary",
    "keyword": "keywords",
}
USUAL = "document"
UNTITLED = "(no title)"
READ = frozenset({*_SAME, "id", "type", "DOI", "author", "issued"})  # all else has no place
_DOI = re.compile(r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)


def output_of(item: dict[str, Any]) -> dict[str, Any]:
    """Return the row of ``outputs`` for one CSL item.

    Parameters
    ----------
    item
        As CSL-JSON has it; a missing id is made from DOI and title.
    """
    row: dict[str, Any] = {ours: _text(item.get(theirs)) for theirs, ours in _SAME.items()}
    row["type"] = _text(item.get("type")) or USUAL
    row["doi"] = plain_doi(_text(item.get("DOI")))
    row["authors"] = "; ".join(_name(one) for one in item.get("author") or ()) or None
    row["issued"] = _date(item.get("issued"))
    row["title"] = row["title"] or UNTITLED
    row["output_id"] = _text(item.get("id")) or new_id("output", row["doi"], row["title"])
    return row


def item_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return the CSL item for a row of ``outputs``; what is missing is left out."""
    item: dict[str, Any] = {"id": row["output_id"], "type": row["type"]}
    item |= {theirs: row[ours] for theirs, ours in _SAME.items() if _given(row.get(ours))}
    if _given(row.get("doi")):
        item["DOI"] = row["doi"]
    if _given(row.get("authors")):
        item["author"] = [_person(name) for name in row["authors"].split("; ")]
    if _given(row.get("issued")):
        item["issued"] = {"date-parts": [[int(part) for part in row["issued"].split("-")]]}
    return item


def plain_doi(text: str | None) -> str | None:
    """Return a DOI in lower case and without the resolver's address.

    Examples
    --------
    >>> plain_doi("https://doi.org/10.1000/ABC")
    '10.1000/abc'
    """
    return _DOI.sub("", text.strip()).lower() if text else None


def _given(value: object) -> bool:
    return isinstance(value, str) and value != ""


def _text(value: object) -> str | None:
    text = "" if value is None else " ".join(str(value).split())
    return text or None


def _name(person: dict[str, Any]) -> str:
    if "literal" in person:
        return str(person["literal"]).replace(";", ",")
    family = " ".join(
        str(person[part]) for part in ("non-dropping-particle", "family") if person.get(part)
    )
    return f"{family}, {person['given']}" if person.get("given") else family


def _person(name: str) -> dict[str, str]:
    family, comma, given = name.partition(", ")
    return {"family": family, "given": given} if comma else {"literal": name}


def _date(value: Any) -> str | None:
    if not isinstance(value, dict):
        return None
    parts = (value.get("date-parts") or [[]])[0]
    numbers = [str(part) for part in parts if str(part).strip().isdigit()]
    if numbers:
        return "-".join([numbers[0].zfill(4), *(n.zfill(2) for n in numbers[1:3])])
    found = re.match(r"\d{4}(-\d\d){0,2}", str(value.get("raw") or value.get("literal") or ""))
    return found[0] if found else None
