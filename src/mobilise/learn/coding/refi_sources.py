"""Sources of a REFI-QDA project become documents, extracts and codings."""

from __future__ import annotations

import hashlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import Element, tostring

from mobilise.errors import SourceBroken
from mobilise.learn.coding.archives import text_of, unpack
from mobilise.learn.coding.documents import fingerprint
from mobilise.learn.coding.offsets import POINTS, reading, to_points
from mobilise.learn.coding.refi import ENDINGS, PARTS, PROJECT, SELECTIONS, SOURCE_KINDS
from mobilise.learn.evidence import FILES, safe_name

if TYPE_CHECKING:
    from mobilise.learn.coding.refi_read import Incoming

_INTERNAL = "internal://"
_MOST = 2**53  # of a position or moment: what every program can hold
_SPACE = {"p": PROJECT}


def take_source(incoming: Incoming, element: Element) -> None:
    """Take one source with its parts, selections and codings."""
    kind = SOURCE_KINDS[_tag(element)]
    document_id = incoming.own("document", element.get("guid", ""))
    row = _document(incoming, element, document_id, kind)
    if kind == "text":
        _take_text(incoming, element, row)
    else:
        _take_file(incoming, element.get("path"), row)
        for tag, part in PARTS.items():
            for inner in element.findall(f"p:{tag}", _SPACE):
                _take_part(incoming, inner, document_id, part)
    _take_selections(incoming, element, row)
    _take_codings(incoming, element, document_id, None)
    incoming.rows["documents"].append(row)


def _document(incoming: Incoming, element: Element, document_id: str, kind: str) -> dict[str, Any]:
    values = element.findall("p:VariableValue", _SPACE)
    incoming.remember_notes(element, "document", document_id)
    return {
        "document_id": document_id,
        "title": element.get("name") or document_id,
        "kind": kind,
        "memo": _description(element),
        "coder_id": incoming.user(element),
        "date": element.get("creationDateTime"),
        "variables": "".join(serialised(value) for value in values) or None,
        **incoming.kept(document_id),
    }


def _take_part(incoming: Incoming, element: Element, parent: str, part: str) -> None:
    """Take a text that is part of another source: its selections, and ties to a recording."""
    document_id = incoming.own("document", element.get("guid", ""))
    row = _document(incoming, element, document_id, "text")
    row |= {"part_of": parent, "part": part}
    text = _take_text(incoming, element, row)
    for sync in element.findall("p:SyncPoint", _SPACE):
        incoming.rows["syncs"].append(
            {
                "sync_id": incoming.own("sync", sync.get("guid", "")),
                "document_id": document_id,
                "position": _number(sync, "position"),
                "ms": _number(sync, "timeStamp"),
            }
        )
    _take_selections(incoming, element, row, text)
    _take_codings(incoming, element, document_id, None)
    incoming.rows["documents"].append(row)


def _take_text(incoming: Incoming, element: Element, row: dict[str, Any]) -> str:
    content = element.find("p:PlainTextContent", _SPACE)
    path = element.get("plainTextPath") or ""
    member = incoming.member(path)
    if content is not None:
        text = content.text or ""
    elif member is not None:
        text = text_of(incoming.archive, member)
    else:
        text = ""
        incoming.missing(row["title"], path or "its text")
        row["external"] = path or None
    rich = element.get("richTextPath")
    if rich:
        _take_file(incoming, rich, row)
    if content is not None or member is not None:
        row["text"] = incoming.evidence.keep_text(row["document_id"], text)
        row["characters"] = len(text)
        row.setdefault("sha256", hashlib.sha256(text.encode("utf-8", "replace")).hexdigest())
    return text


def _take_file(incoming: Incoming, path: str | None, row: dict[str, Any]) -> None:
    """Keep the original where the project brings it along, or else where it is."""
    member = incoming.member(path or "")
    if member is None:
        row["external"] = path
        if (path or "").startswith(_INTERNAL):
            incoming.missing(row["title"], path or "")
        return
    ending = PurePosixPath(member).suffix.lower() or ENDINGS[row["kind"]]
    row["file"] = f"{FILES}/{safe_name(row['document_id'])}{ending}"
    target = incoming.evidence.folder / row["file"]
    incoming.say_copy(member)
    unpack(incoming.archive, member, target)
    row["sha256"] = fingerprint(target)


def _take_selections(
    incoming: Incoming, element: Element, row: dict[str, Any], text: str | None = None
) -> None:
    for tag, kind in SELECTIONS.items():
        chosen = element.findall(f"p:{tag}", _SPACE)
        if not chosen:
            continue
        if kind == "text":
            held = text if text is not None else _held(incoming, row)
            chosen = _take_spans(incoming, chosen, row, held)
        else:
            for selection in chosen:
                incoming.rows["extracts"].append(_extract(incoming, selection, row, kind))
        for selection in chosen:
            extract_id = incoming.own("extract", selection.get("guid", ""))
            _take_codings(incoming, selection, row["document_id"], extract_id)
            incoming.remember_notes(selection, "extract", extract_id)


def _held(incoming: Incoming, row: dict[str, Any]) -> str:
    name = row.get("text")
    return (incoming.evidence.folder / name).read_bytes().decode() if name else ""


def _take_spans(
    incoming: Incoming, chosen: list[Element], row: dict[str, Any], text: str
) -> list[Element]:
    """Take spans of a text, in whichever units the program counted; return those that fit."""
    spans = [
        (_number(s, "startPosition") or 0, _number(s, "endPosition") or 0, s.get("name") or "")
        for s in chosen
    ]
    counted = incoming.counted or reading(text, spans)
    if counted != POINTS:
        incoming.converted(row["title"], counted, len(spans))
    starts = to_points(text, [start for start, _, _ in spans], counted)
    ends = to_points(text, [end for _, end, _ in spans], counted)
    taken, outside = [], []
    for selection, start, end in zip(chosen, starts.tolist(), ends.tolist(), strict=True):
        if start < 0 or end < start:
            outside.append(selection.get("guid", ""))
            continue
        extract = _extract(incoming, selection, row, "text")
        extract |= {"start": start, "end": end, "text": text[start:end]}
        incoming.rows["extracts"].append(extract)
        taken.append(selection)
    incoming.outside(row["title"], outside)
    return taken


def _extract(
    incoming: Incoming, selection: Element, row: dict[str, Any], kind: str
) -> dict[str, Any]:
    shown = selection.find("p:Representation/p:PlainTextContent", _SPACE)
    syncs = {
        "from_sync": selection.get("fromSyncPoint"),
        "to_sync": selection.get("toSyncPoint"),
    }
    return {
        "extract_id": incoming.own("extract", selection.get("guid", "")),
        "document_id": row["document_id"],
        "kind": kind,
        "start": _number(selection, "begin"),
        "end": _number(selection, "end"),
        "page": _number(selection, "page"),
        "x1": _number(selection, "firstX"),
        "y1": _number(selection, "firstY"),
        "x2": _number(selection, "secondX"),
        "y2": _number(selection, "secondY"),
        **{key: incoming.own("sync", guid) if guid else None for key, guid in syncs.items()},
        "name": selection.get("name"),
        "text": shown.text if shown is not None else None,
        "memo": _description(selection),
        "coder_id": incoming.user(selection),
        "date": selection.get("creationDateTime"),
    }


def _take_codings(
    incoming: Incoming, element: Element, document_id: str, extract_id: str | None
) -> None:
    for coding in element.findall("p:Coding", _SPACE):
        code = coding.find("p:CodeRef", _SPACE)
        if code is None:
            incoming.left["codings without a code"] += 1
            continue
        coding_id = incoming.own("coding", coding.get("guid", ""))
        incoming.remember_notes(coding, "coding", coding_id)
        incoming.rows["codings"].append(
            {
                "coding_id": coding_id,
                "document_id": document_id,
                "extract_id": extract_id,
                "code_id": incoming.own("code", code.get("targetGUID", "")),
                "coder_id": incoming.user(coding),
                "date": coding.get("creationDateTime"),
                "status": "accepted",
            }
        )


def member_of(members: dict[str, str], path: str) -> str | None:
    """Return the archive's member that an ``internal://`` path names, in the folder or not.

    Parameters
    ----------
    members
        From names in lower case to names.
    path
        As the project has it.
    """
    if not path.startswith(_INTERNAL):
        return None
    wanted = path.removeprefix(_INTERNAL).lstrip("/").lower()
    return members.get(f"sources/{wanted}") or members.get(wanted)


def serialised(element: Element) -> str:
    """Return an element as XML without what follows it."""
    element.tail = None
    return tostring(element, encoding="unicode")


def _description(element: Element) -> str | None:
    found = element.find("p:Description", _SPACE)
    return found.text if found is not None else None


def _number(element: Element, name: str) -> int | None:
    value = element.get(name)
    if value is None or value == "":
        return None
    try:
        number = int(value)
    except ValueError:
        number = _MOST + 1
    if abs(number) > _MOST:
        raise SourceBroken(
            f"{_tag(element)} {element.get('guid', 'without a GUID')}: its {name} is '{value}'; it "
            f"must be a whole number of no more than {_MOST:,}."
        )
    return number


def _tag(element: Element) -> str:
    return element.tag.rpartition("}")[2]
