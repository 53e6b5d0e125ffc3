"""REFI-QDA projects and codebooks go out: the same evidence gives the same bytes."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from mobilise.learn.coding.refi import (
    CARRIED,
    CODEBOOK,
    ENDINGS,
    PARTS,
    PROJECT,
    QDE,
    SELECTIONS,
    SOURCE_KINDS,
    SOURCES,
    guid_of,
)
from mobilise.learn.coding.refi_xml import Xml
from mobilise.learn.coding.suggest import MACHINE
from mobilise.learn.plain import records
from mobilise.place import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import pandas as pd

    from mobilise.learn.evidence import Evidence

ORIGIN = "mobilise"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # zip files know no earlier date
_SOURCES = {kind: tag for tag, kind in SOURCE_KINDS.items()}
_SELECTIONS = {kind: tag for tag, kind in SELECTIONS.items()}
_PARTS = {part: tag for tag, part in PARTS.items()}
_PACKED = {".txt", ".docx", ".html", ".md"}


class _Held:
    """The tables of a project, by what their rows belong to."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.codes = records(evidence.table("codes"))
        self.links = records(evidence.table("links"))
        self.carried = records(evidence.table("carried"))
        self.memos = records(evidence.table("memos"))
        self.documents = records(evidence.table("documents"))
        self.parts = _by(self.documents, "part_of")
        self.syncs = _by(records(evidence.table("syncs")), "document_id")
        coded = evidence.table("codings")
        given = records(coded[coded["status"] == "accepted"])
        self.codings = _by(given, "extract_id")
        marked = [
            row
            for row in records(evidence.table("extracts"))
            if row["coder_id"] != MACHINE or row["extract_id"] in self.codings
        ]
        self.extracts = _by(marked, "document_id")
        self.coders = _coders(evidence, [*marked, *given, *self.memos, *self.documents])
        self.whole = _by([row for row in given if row["extract_id"] is None], "document_id")
        self.notes: dict[tuple[str, str], list[str]] = defaultdict(list)
        for memo in self.memos:
            if memo["of"] is not None:
                self.notes[memo["of"], memo["of_id"]].append(memo["memo_id"])
        self._kinds = {
            **{row["code_id"]: "code" for row in self.codes},
            **{row["document_id"]: "document" for row in self.documents},
            **{row["extract_id"]: "extract" for rows in self.extracts.values() for row in rows},
        }

    def guid(self, own: str) -> str:
        """Return the GUID of a code, document or extract."""
        return guid_of(self._kinds.get(own, "extract"), own)


def write_project(
    evidence: Evidence,
    path: Path,
    *,
    name: str = "Evidence",
    say: Callable[[str], None] = lambda _: None,
) -> None:
    """Write the coded evidence as a REFI-QDA project, atomically.

    Suggestions that nobody accepted are left out. What the format has no place for (projects,
    themes and sorts of codes, findings) goes out as CSV instead.

    Parameters
    ----------
    evidence
        What to write.
    path
        The ``.qdpx`` file.
    name
        Of the project.
    say
        Called with a line of progress.
    """
    held = _Held(evidence)
    with replacing(path) as beside, zipfile.ZipFile(beside, "w") as archive:
        with (
            archive.open(_member(QDE), "w", force_zip64=True) as stream,
            io.TextIOWrapper(stream, encoding="utf-8", newline="\n") as text,
        ):
            _project(Xml(text), held, name, say)
        for inner, source in _files(held):
            with source.open("rb") as file, archive.open(_member(inner), "w") as target:
                shutil.copyfileobj(file, target, 2**20)


def write_exchanged_codebook(codes: pd.DataFrame, path: Path) -> None:
    """Write codes as a REFI-QDA codebook (``.qdc``), atomically."""
    with replacing(path) as beside, beside.open("w", encoding="utf-8", newline="\n") as file:
        xml = Xml(file)
        with xml.element("CodeBook", xmlns=CODEBOOK, origin=ORIGIN), xml.element("Codes"):
            _codes(xml, records(codes), None)


def _project(xml: Xml, held: _Held, name: str, say: Callable[[str], None]) -> None:
    with xml.element("Project", xmlns=PROJECT, name=name, origin=ORIGIN):
        if held.coders:
            with xml.element("Users"):
                for row in held.coders:
                    guid = guid_of("coder", row["coder_id"])
                    xml.empty("User", guid=guid, name=row["name"] or row["coder_id"])
        if held.codes:
            with xml.element("CodeBook"), xml.element("Codes"):
                _codes(xml, held.codes, None, held)
        _carry(xml, held, ("Variables", "Cases"))
        alone = [row for row in held.documents if row["part_of"] is None]
        if alone:
            with xml.element("Sources"):
                for at, row in enumerate(alone, 1):
                    _source(xml, held, row)
                    if at % 500 == 0:
                        say(f"learn: {at:,} of {len(alone):,} documents written")
        _notes(xml, held)
        _links(xml, held)
        _carry(xml, held, ("Sets", "Graphs"))


def _codes(
    xml: Xml, codes: list[dict[str, Any]], parent: str | None, held: _Held | None = None
) -> None:
    children = defaultdict(list)
    known = {row["code_id"] for row in codes}
    for row in sorted(codes, key=lambda one: (one["order"], one["code_id"])):
        children[row["parent_id"] if row["parent_id"] in known else None].append(row)

    def tell(parent: str | None) -> None:
        for row in children[parent]:
            attributes = {
                "guid": guid_of("code", row["code_id"]),
                "name": row["name"],
                "isCodable": "true" if row["codable"] else "false",
                "color": row["colour"],
            }
            with xml.element("Code", **attributes):
                xml.said("Description", row["says"])
                if held is not None:
                    _refer(xml, held, "code", row["code_id"])
                tell(row["code_id"])

    tell(parent)


def _carry(xml: Xml, held: _Held, sections: tuple[str, ...]) -> None:
    assert set(sections) <= set(CARRIED)
    for section in sections:
        kept = [row["xml"] for row in held.carried if row["section"] == section]
        if kept:
            with xml.element(section):
                for one in kept:
                    xml.raw(one)


def _source(xml: Xml, held: _Held, row: dict[str, Any]) -> None:
    paths = _paths(row, "path")
    if row["kind"] == "text":
        paths = _text_paths(row)
    with xml.element(_SOURCES[row["kind"]], **_identity("document", row), **paths):
        xml.said("Description", row["memo"])
        parts = held.parts.get(row["document_id"], [])
        early = [part for part in parts if part["part"] != "representation"]
        for part in early:
            _part(xml, held, part)
        _selections(xml, held, row)
        for part in parts:
            if part["part"] == "representation":  # the schema has it after the selections
                _part(xml, held, part)
        _codings(xml, held, held.whole.get(row["document_id"], []))
        _refer(xml, held, "document", row["document_id"])
        xml.raw(row["variables"] or "")


def _part(xml: Xml, held: _Held, row: dict[str, Any]) -> None:
    tag = _PARTS[row["part"]]
    with xml.element(tag, **_identity("document", row), **_text_paths(row)):
        xml.said("Description", row["memo"])
        for sync in held.syncs.get(row["document_id"], []):
            guid = guid_of("sync", sync["sync_id"])
            xml.empty("SyncPoint", guid=guid, position=sync["position"], timeStamp=sync["ms"])
        _selections(xml, held, row)
        if tag != "Transcript":
            _codings(xml, held, held.whole.get(row["document_id"], []))
        _refer(xml, held, "document", row["document_id"])
        if tag != "Transcript":
            xml.raw(row["variables"] or "")


def _selections(xml: Xml, held: _Held, row: dict[str, Any]) -> None:
    for extract in held.extracts.get(row["document_id"], []):
        attributes = _identity("extract", extract, extract["name"]) | _where(extract)
        with xml.element(_SELECTIONS[extract["kind"]], **attributes):
            xml.said("Description", extract["memo"])
            if extract["kind"] == "pdf" and extract["text"] is not None:
                guid = guid_of("shown", f"{extract['extract_id']}-shown")
                with xml.element("Representation", guid=guid):
                    xml.said("PlainTextContent", extract["text"])
            _codings(xml, held, held.codings.get(extract["extract_id"], []))
            _refer(xml, held, "extract", extract["extract_id"])


def _where(row: dict[str, Any]) -> dict[str, Any]:
    if row["kind"] == "text":
        return {"startPosition": row["start"], "endPosition": row["end"]}
    if row["kind"] in {"audio", "video"}:
        return {"begin": row["start"], "end": row["end"]}
    if row["kind"] == "transcript":
        syncs = {"fromSyncPoint": row["from_sync"], "toSyncPoint": row["to_sync"]}
        return {key: guid_of("sync", own) for key, own in syncs.items() if own is not None}
    corners = {"firstX": row["x1"], "firstY": row["y1"], "secondX": row["x2"], "secondY": row["y2"]}
    return ({"page": row["page"]} if row["kind"] == "pdf" else {}) | corners


def _codings(xml: Xml, held: _Held, codings: list[dict[str, Any]]) -> None:
    for row in codings:
        with xml.element("Coding", **_identity("coding", row, None)):
            xml.empty("CodeRef", targetGUID=guid_of("code", row["code_id"]))
            _refer(xml, held, "coding", row["coding_id"])


def _refer(xml: Xml, held: _Held, kind: str, own: str) -> None:
    for memo in held.notes.get((kind, own), []):
        xml.empty("NoteRef", targetGUID=guid_of("memo", memo))


def _notes(xml: Xml, held: _Held) -> None:
    once = {row["memo_id"]: row for row in held.memos}
    if not once:
        return
    with xml.element("Notes"):
        for row in once.values():
            with xml.element("Note", **_identity("memo", row, row["name"])):
                xml.said("PlainTextContent", row["text"] or "")


def _links(xml: Xml, held: _Held) -> None:
    if not held.links:
        return
    with xml.element("Links"):
        for row in held.links:
            ends = {"originGUID": row["from_id"], "targetGUID": row["to_id"]}
            attributes = {
                "guid": guid_of("link", row["link_id"]),
                "name": row["name"],
                "direction": row["direction"],
                **{key: held.guid(own) for key, own in ends.items() if own is not None},
            }
            with xml.element("Link", **attributes):
                _refer(xml, held, "link", row["link_id"])


def _identity(kind: str, row: dict[str, Any], name: str | None = "") -> dict[str, Any]:
    coder, date = row.get("coder_id"), row.get("date")
    if date is not None and len(date) == len("2026-01-01"):
        date = f"{date}T00:00:00Z"
    dated = date is not None and "T" in date
    return {
        "guid": guid_of(kind, row[f"{kind}_id"]),
        "name": row.get("title") if name == "" else name,
        "creatingUser": guid_of("coder", coder) if coder is not None else None,
        "creationDateTime": date if dated else None,
    }


def _text_paths(row: dict[str, Any]) -> dict[str, str]:
    paths = _paths(row, "richTextPath") if row["file"] else {}
    if row["file"] and row["file"].endswith(".txt"):
        paths = {}
    if row["text"]:
        paths["plainTextPath"] = f"internal://{_guid(row)}.txt"
    elif row["external"]:
        paths["plainTextPath"] = row["external"]
    return paths


def _paths(row: dict[str, Any], key: str) -> dict[str, str]:
    if row["file"]:
        return {key: f"internal://{_guid(row)}{_ending(row)}"}
    return {key: row["external"]} if row["external"] else {}


def _files(held: _Held) -> Iterator[tuple[str, Path]]:
    """Yield the members of the archive, and the files that they are made of."""
    folder = held.evidence.folder
    for row in held.documents:
        stem = f"{SOURCES}/{_guid(row)}"
        if row["text"]:
            yield f"{stem}.txt", folder / row["text"]
        if row["file"] and not (row["text"] and row["file"].endswith(".txt")):
            yield f"{stem}{_ending(row)}", folder / row["file"]


def _guid(row: dict[str, Any]) -> str:
    return guid_of("document", row["document_id"])


def _ending(row: dict[str, Any]) -> str:
    dot = row["file"].rfind(".")
    return row["file"][dot:] if dot > row["file"].rfind("/") else ENDINGS[row["kind"]]


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _EPOCH)
    packed = name == QDE or name[name.rfind(".") :] in _PACKED
    member.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    member.external_attr = 0o644 << 16
    return member


def _coders(evidence: Evidence, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return everybody who made something, also those whom nobody has entered."""
    known = {row["coder_id"]: row for row in records(evidence.table("coders"))}
    used = {row["coder_id"] for row in rows} - {None}
    further = [{"coder_id": one, "name": one} for one in sorted(used - set(known))]
    return [*known.values(), *further]


def _by(rows: list[dict[str, Any]], key: str) -> dict[Any, list[dict[str, Any]]]:
    found: dict[Any, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        if row[key] is not None:
            found[row[key]].append(row)
    return found
