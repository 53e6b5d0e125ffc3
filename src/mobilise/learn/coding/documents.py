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
    from collections.abc import Sequence
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
    said = {"title": title, "project_id": project_id, "output_id": output_id, "date": date}
    given = {key: value for key, value in said.items() if value is not None}
    rows = _kept(evidence, path, document_id or path.stem, given)
    evidence.merge({"documents": pd.DataFrame(rows)})
    return str(rows[-1]["document_id"])


def add_documents(
    evidence: Evidence, paths: Sequence[Path], *, project_id: str | None = None
) -> list[str]:
    """Keep several files as documents, named by their files; return their ids.

    Raises
    ------
    InputError
        Two files have one name, or one is there already with another text.
    """
    given = {} if project_id is None else {"project_id": project_id}
    rows = [row for path in paths for row in _kept(evidence, path, path.stem, given)]
    names = [row["document_id"] for row in rows]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise InputError(f"Two of the files would be document '{twice[0]}'; rename one of them.")
    if rows:
        evidence.merge({"documents": pd.DataFrame(rows)})
    return names


def _kept(
    evidence: Evidence, path: Path, document_id: str, given: dict[str, str]
) -> list[dict[str, Any]]:
    """Keep a file and its text; return its rows, that which holds the text last."""
    kind, text = kind_of(path), extract_text(path)
    row: dict[str, Any] = {
        "document_id": document_id,
        "title": path.stem,
        **given,
        "kind": kind,
        "file": f"{FILES}/{safe_name(document_id)}{path.suffix.lower()}",
        "sha256": fingerprint(path),
    }
    rows = [row]
    if kind == "pdf":
        part = {"part_of": document_id, "part": REPRESENTATION, "kind": "text", "file": None}
        rows.append({**row, **part, "document_id": f"{document_id}-text"})
    holder = rows[-1]
    if text is not None:
        _refuse_other_text(evidence, holder["document_id"], text)
        holder["text"] = evidence.keep_text(holder["document_id"], text)
        holder["characters"] = len(text)
    with replacing(evidence.folder / row["file"]) as beside:
        shutil.copyfile(path, beside)
    return rows


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
        The extract's id: the same span is the same extract, whoever marks it.
    """
    text = evidence.text(document_id)
    if not 0 <= start < end <= len(text):
        raise InputError(f"'{document_id}' has {len(text):,} characters, no {start} to {end}.")
    known = set(evidence.table("codes")["code_id"])
    unknown = [code for code in codes if code not in known]
    if unknown:
        raise InputError(f"There is no code '{unknown[0]}' in the codebook.")
    extract_id = span_id(document_id, start, end)
    first = _marked_by(evidence, extract_id) or coder
    extract = {
        "extract_id": extract_id,
        "document_id": document_id,
        "kind": "text",
        "start": start,
        "end": end,
        "text": text[start:end],
        "coder_id": first,
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


def span_id(document_id: str, start: int, end: int) -> str:
    """Return the id of the extract that a span is."""
    return new_id("extract", document_id, start, end)


def fingerprint(path: Path) -> str:
    """Return a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _marked_by(evidence: Evidence, extract_id: str) -> str | None:
    extracts = evidence.table("extracts")
    who = extracts.loc[extracts["extract_id"] == extract_id, "coder_id"].dropna()
    return str(who.iloc[0]) if len(who) else None


def _refuse_other_text(evidence: Evidence, document_id: str, text: str) -> None:
    there = evidence.table("documents").set_index("document_id")
    marked = (evidence.table("extracts")["document_id"] == document_id).any()
    if marked and document_id in there.index and evidence.text(document_id) != text:
        raise InputError(
            f"Document '{document_id}' is there already, with extracts marked in another text; "
            "add the new text under another id."
        )
