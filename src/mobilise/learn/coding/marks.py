"""Passages named by their words: what a person types into a spreadsheet beside a document.

Three sheets are read: ``marks.csv`` (passage, codes, coder), ``trail.csv`` (which passages a
finding rests on) and ``answers.csv`` (which passage answers which).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import MissingColumn, SourceBroken, suggestion
from mobilise.learn.coding.documents import span_id
from mobilise.learn.evidence import Evidence, new_id
from mobilise.learn.plain import records, several

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_COLUMNS = {
    "marks": ("document_id", "quote", "codes", "coder_id"),
    "trail": ("finding_id", "document_id", "quote"),
    "answers": ("document_id", "quote", "answers_document_id", "answers_quote"),
}
SHEETS = tuple(_COLUMNS)
_YES = {"true", "yes", "1"}
_NO_CODES = ": there are no codes yet; add a codebook first ('mobilise learn add PLACE themes')."


def read_marks(evidence: Evidence, path: Path) -> dict[str, tuple[int, int]]:
    """Take a sheet of marked passages, trails or answers into the evidence.

    Parameters
    ----------
    evidence
        With the documents, and for trails and answers the extracts.
    path
        ``marks.csv``: ``document_id, quote, codes`` (joined by "; "), ``coder_id`` and, if
        known, ``date``. ``trail.csv``: ``finding_id, document_id, quote`` and ``against``.
        ``answers.csv``: ``document_id, quote, answers_document_id, answers_quote``.

    Returns
    -------
    dict
        For each table how many rows are new, and how many changed.

    Raises
    ------
    SourceBroken
        With all that is wrong: quotes that are not in their document to the letter, or more
        than once; codes that are not in the codebook.
    """
    sheet = _sheet(path)
    reader = _Reader(evidence, path)
    makers: dict[str, Callable[[_Reader, list[dict[str, Any]]], dict[str, pd.DataFrame]]] = {
        "marks": _marks,
        "trail": _trail,
        "answers": _answers,
    }
    tables = makers[path.stem](reader, records(sheet))
    if reader.faults:
        many = f"{len(reader.faults)} faults" if len(reader.faults) > 1 else "a fault"
        told = "\n".join(f"  - {fault}" for fault in reader.faults)
        raise SourceBroken(f"{path}: {many}:\n{told}")
    return evidence.merge(tables)


class _Reader:
    """Finds passages, and collects what is wrong."""

    def __init__(self, evidence: Evidence, path: Path) -> None:
        self.evidence, self.path = evidence, path
        self.faults: list[str] = []
        table = evidence.table("documents")
        self._texts: dict[str, str | None] = dict.fromkeys(table["document_id"])
        self._readable = set(table.dropna(subset="text")["document_id"])
        marked = records(evidence.table("extracts"))
        self.spans: dict[tuple[str, int, int], str] = {
            (row["document_id"], row["start"], row["end"]): row["extract_id"]
            for row in marked
            if row["kind"] == "text"
        }

        self._by = {row["extract_id"]: row["coder_id"] for row in marked}

    def marked_by(self, extract_id: str, coder: str) -> str:
        """Return who marked an extract first."""
        return self._by.get(extract_id) or coder

    def span(self, row: int, document: str, quote: str) -> tuple[int, int] | None:
        """Return where a quote is in its document; None, and a fault, where it is not."""
        if document not in self._readable:
            self.faults.append(f"row {row}: there is no document '{document}' with a text.")
            return None
        text = self._texts[document]
        if text is None:
            text = self._texts[document] = self.evidence.text(document)
        start = text.find(quote)
        if not quote or start < 0:
            self.faults.append(f"row {row}: '{_short(quote)}' is not in '{document}'.")
            return None
        if text.find(quote, start + 1) >= 0:
            self.faults.append(
                f"row {row}: '{_short(quote)}' is in '{document}' more than once; quote more of it."
            )
            return None
        return start, start + len(quote)

    def extract(self, row: int, document: str, quote: str) -> str | None:
        """Return the extract that a quote is the whole of; None, and a fault, without one."""
        span = self.span(row, document, quote)
        if span is None:
            return None
        found = self.spans.get((document, *span))
        if found is None:
            self.faults.append(f"row {row}: '{_short(quote)}' is not marked as an extract.")
        return found


def _sheet(path: Path) -> pd.DataFrame:
    try:
        sheet = pd.read_csv(path, dtype="str", encoding="utf-8-sig")
    except (ValueError, OSError) as error:
        raise SourceBroken(f"{path}: it cannot be read as CSV ({error}).") from error
    for column in _COLUMNS[path.stem]:
        if column not in sheet:
            raise MissingColumn(column, sheet.columns, path)
    return sheet.fillna("")


def _marks(reader: _Reader, rows: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    known = set(reader.evidence.table("codes")["code_id"])
    extracts: dict[str, dict[str, Any]] = {}
    codings: dict[str, dict[str, Any]] = {}
    for number, row in enumerate(rows, 2):
        document, coder = row["document_id"], row["coder_id"]
        span = reader.span(number, document, row["quote"])
        codes = several(row["codes"])
        unknown = [code for code in codes if code not in known]
        if unknown:
            near = suggestion(unknown[0], sorted(known)) if known else _NO_CODES
            reader.faults.append(f"row {number}: there is no code '{unknown[0]}'{near}")
        if span is None:
            continue
        made = {"document_id": document, "coder_id": coder, "date": row.get("date") or None}
        extract_id = span_id(document, *span)
        extracts.setdefault(extract_id, {**made, "coder_id": reader.marked_by(extract_id, coder)})
        extracts[extract_id] |= {
            "extract_id": extract_id,
            "kind": "text",
            "start": span[0],
            "end": span[1],
            "text": row["quote"],
        }
        for code in codes:
            coding_id = new_id("coding", extract_id, code, coder)
            given = {"coding_id": coding_id, "extract_id": extract_id, "code_id": code}
            codings[coding_id] = {**made, **given, "status": "accepted"}
    coders = sorted({row["coder_id"] for row in rows})
    return {
        "coders": pd.DataFrame({"coder_id": coders}),
        "extracts": pd.DataFrame(extracts.values()),
        "codings": pd.DataFrame(codings.values()),
    }


def _trail(reader: _Reader, rows: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    findings = set(reader.evidence.table("findings")["finding_id"])
    made = []
    for number, row in enumerate(rows, 2):
        if row["finding_id"] not in findings:
            reader.faults.append(f"row {number}: there is no finding '{row['finding_id']}'.")
        extract = reader.extract(number, row["document_id"], row["quote"])
        against = row.get("against", "").strip().lower() in _YES
        at = {"finding_id": row["finding_id"], "extract_id": extract}
        made.append({**at, "against": against})
    return {"finding_extracts": pd.DataFrame(made)}


def _answers(reader: _Reader, rows: list[dict[str, Any]]) -> dict[str, pd.DataFrame]:
    made = []
    for number, row in enumerate(rows, 2):
        ends = (
            reader.extract(number, row["document_id"], row["quote"]),
            reader.extract(number, row["answers_document_id"], row["answers_quote"]),
        )
        made.append(
            {
                "link_id": new_id("answers", *ends),
                "name": "answers",
                "direction": "OneWay",
                "from_id": ends[0],
                "to_id": ends[1],
            }
        )
    return {"links": pd.DataFrame(made)}


def _short(quote: str, most: int = 50) -> str:
    return quote if len(quote) <= most else f"{quote[: most - 1]}…"
