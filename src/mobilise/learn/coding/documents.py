"""Documents come in: the file is kept, its text taken out, and both are entered."""

from __future__ import annotations

import hashlib
import shutil
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import InputError
from mobilise.learn.coding.texts import extract_text, kind_of
from mobilise.learn.evidence import FILES, Evidence, new_id, safe_name
from mobilise.place import replacing

if TYPE_CHECKING:
    from pathlib import Path

REPRESENTATION = "representation"


def add_document(
    evidence: Evidence,
    path: Path,
    *,
    document_id: str | None = None,
    title: str | None = None,
    project_id: str | None = None,
    output_id: str | None = None,
    date: str | None = None,
) -> str:
    """Keep a file as a document.

    Parameters
    ----------
    evidence
        Where to.
    path
        PDF, DOCX, HTML, text, picture, sound or film.
    document_id
        By default the file's name without its ending.
    title
        By default the same.
    project_id, output_id, date
        What it belongs to, and when it was written.

    Returns
    -------
    str
        The id of the document that holds the text: the PDF's own text is a part of it, with
        ``-text`` after its id.

    Raises
    ------
    InputError
        It is there already with another text, so that spans would no longer fit.
    """
    kind, text = kind_of(path), extract_text(path)
    document_id = document_id or path.stem
    kept = f"{FILES}/{safe_name(document_id)}{path.suffix.lower()}"
    row: dict[str, Any] = {
        "document_id": document_id,
        "project_id": project_id,
        "output_id": output_id,
        "title": title or path.stem,
        "kind": kind,
        "file": kept,
        "date": date,
        "sha256": fingerprint(path),
    }
    rows, holder = [row], row
    if kind == "pdf":
        holder = {
            **row,
            "document_id": f"{document_id}-text",
            "kind": "text",
            "file": None,
            "part_of": document_id,
            "part": REPRESENTATION,
        }
        rows.append(holder)
    if text is not None:
        _refuse_other_text(evidence, holder["document_id"], text)
        holder["text"] = evidence.keep_text(holder["document_id"], text)
        holder["characters"] = len(text)
    with replacing(evidence.folder / kept) as beside:
        shutil.copyfile(path, beside)
    evidence.merge({"documents": pd.DataFrame(rows)})
    return str(holder["document_id"])


def mark(
    evidence: Evidence,
    document_id: str,
    start: int,
    end: int,
    *,
    codes: list[str],
    coder: str,
    date: str | None = None,
) -> str:
    """Mark a span of a text and give it codes.

    Parameters
    ----------
    evidence
        Where to.
    document_id
        The document that holds the text.
    start, end
        Code points, the end not included.
    codes
        Ids of codes.
    coder
        Who codes.
    date
        When.

    Returns
    -------
    str
        The extract's id: the same span by the same coder is the same extract.
    """
    text = evidence.text(document_id)
    if not 0 <= start < end <= len(text):
        raise InputError(f"'{document_id}' has {len(text):,} characters, no {start} to {end}.")
    known = set(evidence.table("codes")["code_id"])
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise InputError(f"There is no code '{unknown[0]}' in the codebook.")
    extract_id = new_id("extract", document_id, start, end, coder)
    extract = {
        "extract_id": extract_id,
        "document_id": document_id,
        "kind": "text",
        "start": start,
        "end": end,
        "text": text[start:end],
        "coder_id": coder,
        "date": date,
    }
    codings = [
        {
            "coding_id": new_id("coding", extract_id, code, coder),
            "document_id": document_id,
            "extract_id": extract_id,
            "code_id": code,
            "coder_id": coder,
            "date": date,
            "status": "accepted",
        }
        for code in codes
    ]
    evidence.merge(
        {
            "coders": pd.DataFrame([{"coder_id": coder}]),
            "extracts": pd.DataFrame([extract]),
            "codings": pd.DataFrame(codings),
        }
    )
    return extract_id


def fingerprint(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _refuse_other_text(evidence: Evidence, document_id: str, text: str) -> None:
    there = evidence.table("documents").set_index("document_id")
    marked = (evidence.table("extracts")["document_id"] == document_id).any()
    if marked and document_id in there.index and evidence.text(document_id) != text:
        raise InputError(
            f"Document '{document_id}' is there already, with extracts marked in another text; "
            "add the new text under another id."
        )
