"""REFI-QDA projects and codebooks come in, element by element, whatever their size."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import SourceBroken, SourceMissing, TableError
from mobilise.learn.coding.archives import events, guarded, text_of
from mobilise.learn.coding.packed import Rows
from mobilise.learn.coding.refi import (
    CARRIED,
    CODEBOOK,
    PROJECT,
    QDE,
    SELECTIONS,
    SOURCE_KINDS,
    guid_of,
    plain_guid,
)
from mobilise.learn.coding.refi_sources import member_of, serialised, take_source
from mobilise.learn.left_out import noted, tallied
from mobilise.notes import Note

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Callable
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from mobilise.learn.evidence import Evidence

TABLES = (
    "coders",
    "codes",
    "documents",
    "extracts",
    "syncs",
    "codings",
    "memos",
    "links",
    "carried",
)
_IDS = {
    "codes": "code",
    "documents": "document",
    "extracts": "extract",
    "codings": "coding",
    "coders": "coder",
    "memos": "memo",
    "links": "link",
    "syncs": "sync",
}
_SPACES = {"p": PROJECT}
_TELL_EVERY = 5_000  # selections


class Incoming:
    """A project as it comes in: rows so far, and which of our ids its GUIDs stand for."""

    def __init__(
        self,
        evidence: Evidence,
        archive: zipfile.ZipFile,
        counted: str | None,
        say: Callable[[str], None],
    ) -> None:
        self.evidence, self.archive, self.counted, self.say = evidence, archive, counted, say
        self.rows = {name: Rows(name) for name in TABLES}
        self.notes: list[Note] = []
        self.left: Counter[str] = Counter()  # what has no place in the tables, by its sort
        self.note_links: list[tuple[str, str, str]] = []
        self._known: dict[tuple[str, str], str] = {}
        self._project_of: dict[str, dict[str, Any]] = {}
        self._members = {name.lower(): name for name in archive.namelist()}
        for name, kind in _IDS.items():
            for own in evidence.table(name)[f"{kind}_id"]:
                self._known[kind, guid_of(kind, own)] = own
        for row in evidence.table("documents")[
            ["document_id", "project_id", "output_id"]
        ].itertuples():
            self._project_of[str(row.document_id)] = {
                "project_id": row.project_id,
                "output_id": row.output_id,
            }

    def own(self, kind: str, guid: str) -> str:
        """Return our id for a GUID: the one it was exported under, or else itself."""
        plain = plain_guid(guid)
        return self._known.get((kind, plain), plain)

    def user(self, element: Element) -> str | None:
        """Return who made an element."""
        guid = element.get("creatingUser")
        return self.own("coder", guid) if guid else None

    def kept(self, document_id: str) -> dict[str, Any]:
        """Return what we know of a document that the format has no place for."""
        return self._project_of.get(document_id, {})

    def member(self, path: str) -> str | None:
        """Return the archive's member for a path, if the project brings it along."""
        return member_of(self._members, path)

    def remember_notes(self, element: Element, kind: str, own: str) -> None:
        """Remember which notes an element refers to."""
        for note in element.findall("p:NoteRef", _SPACES):
            self.note_links.append((self.own("memo", note.get("targetGUID", "")), kind, own))

    def missing(self, title: str, path: str) -> None:
        """Note that a source's file is not in the project."""
        says = f"'{title}': its file {path} is not in the project; it is entered without it."
        self.notes.append(Note("learn", "qdpx", says, 1, (title,), warning=True))

    def converted(self, title: str, counted: str, spans: int) -> None:
        """Note that a program counted characters in its own way."""
        says = f"'{title}': {spans} spans were counted in {counted}; they are code points now."
        self.notes.append(Note("learn", "qdpx", says, spans, (title,)))

    def outside(self, title: str, guids: list[str]) -> None:
        """Note which spans do not lie in their text."""
        says = "spans that lie outside the text, left out with their codings"
        self.notes += noted(f"'{title}'", says, guids)

    def say_copy(self, member: str) -> None:
        """Show progress where a large file is copied."""
        size = self.archive.getinfo(member).file_size
        if size > 2**24:
            self.say(f"learn: {member}, {size / 1e6:,.0f} MB")


def read_project(
    evidence: Evidence,
    path: Path,
    *,
    project_id: str | None = None,
    counted: str | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> list[Note]:
    """Take a REFI-QDA project into the evidence.

    Texts, files, extracts, codes, codings, notes and links keep their GUIDs, or the ids that
    they were exported under; what is there already is replaced.

    Parameters
    ----------
    evidence
        Where to.
    path
        The ``.qdpx`` file.
    project_id
        The project that its documents belong to, where that is not known yet.
    counted
        How the program counted characters, one of
        :data:`mobilise.learn.coding.offsets.READINGS`; None: found out by text.
    say
        Called with a line of progress.

    Returns
    -------
    list of Note
        What was converted, missing or left out, with counts.

    Raises
    ------
    SourceMissing, SourceBroken
        It is not there, is damaged, or is refused because it could do harm.
    """
    with guarded(path) as archive:
        inner = [name for name in archive.namelist() if name.lower().endswith(".qde")]
        if not inner:
            raise SourceBroken(f"{path}: it is no REFI-QDA project (no {QDE} in it).")
        incoming = Incoming(evidence, archive, counted, say)
        where = f"{path}: {inner[0]}"
        try:
            with archive.open(inner[0]) as stream:
                _stream(incoming, stream, where)
        except SourceBroken as error:
            named = str(error).startswith(str(path))
            raise error if named else SourceBroken(f"{where}: {error}") from error
    say(f"learn: {len(incoming.rows['extracts']):,} extracts read, writing tables")
    held = {name: rows.frame() for name, rows in incoming.rows.items() if len(rows)}
    incoming.rows.clear()
    if "documents" in held and project_id:
        documents = held["documents"].reindex(
            columns=held["documents"].columns.union(["project_id"], sort=False)
        )
        held["documents"] = documents.fillna({"project_id": project_id})
    if "memos" in held:
        held["memos"] = _placed(held["memos"], incoming.note_links)
    try:
        evidence.merge(held)
    except TableError:
        _refuse_twice(path, held)
        raise
    return incoming.notes + tallied(path.name, "what has no place here, left out", incoming.left)


def read_exchanged_codebook(path: Path) -> pd.DataFrame:
    """Read a REFI-QDA codebook.

    Parameters
    ----------
    path
        The ``.qdc`` file.

    Returns
    -------
    DataFrame
        Rows of the table ``codes``; ids are GUIDs.
    """
    if not path.is_file():
        raise SourceMissing(f"{path}: there is no such codebook.")
    rows: list[dict[str, Any]] = []
    for event, element in events(path, str(path)):
        if event == "end" and element.tag == f"{{{CODEBOOK}}}Codes":
            _codes(element, None, CODEBOOK, plain_guid, rows)
    if not rows:
        raise SourceBroken(f"{path}: it is no REFI-QDA codebook with codes.")
    return pd.DataFrame(rows)


def _stream(incoming: Incoming, stream: Any, where: str) -> None:
    """Take the elements below the root as they end, and forget them."""
    depth, told, stack = 0, 0, []
    for event, element in events(stream, where):
        if event == "start":
            stack.append(element)
            depth += 1
            if depth == 1 and element.tag != f"{{{PROJECT}}}Project":
                raise SourceBroken(f"{where}: its root is {element.tag}, no REFI-QDA Project.")
            continue
        stack.pop()
        depth -= 1
        if depth == 2 and _take(incoming, stack[1].tag.rpartition("}")[2], element):
            stack[1].remove(element)
            if len(incoming.rows["extracts"]) >= told + _TELL_EVERY:
                told = len(incoming.rows["extracts"])
                incoming.say(f"learn: {told:,} extracts")
        elif depth == 1 and element.tag == f"{{{PROJECT}}}CodeBook":
            element.clear()


def _take(incoming: Incoming, section: str, element: Element) -> bool:
    """Take one element of a section; False where it stays for its section's end."""
    tag = element.tag.rpartition("}")[2]
    if section == "CodeBook":
        if tag == "Codes":
            own = incoming.own
            _codes(element, None, PROJECT, lambda g: own("code", g), incoming.rows["codes"])
            for code in element.iter(f"{{{PROJECT}}}Code"):
                incoming.remember_notes(code, "code", own("code", code.get("guid", "")))
    elif section == "Users":
        name = element.get("name") or element.get("id")
        coder = incoming.own("coder", element.get("guid", ""))
        incoming.rows["coders"].append({"coder_id": coder, "name": name})
    elif section == "Sources" and tag in SOURCE_KINDS:
        take_source(incoming, element)
    elif section == "Notes":
        _note(incoming, element)
    elif section == "Links":
        _link(incoming, element)
    elif section in CARRIED:
        guid = plain_guid(element.get("guid", ""))
        row = {"guid": guid, "section": section, "xml": serialised(element)}
        incoming.rows["carried"].append(row)
    else:
        incoming.left[f"{tag} of {section}"] += 1
    return True


def _codes(
    element: Element,
    parent: str | None,
    space: str,
    own: Callable[[str], str],
    rows: Rows | list[dict[str, Any]],
) -> None:
    for code in element.findall(f"{{{space}}}Code"):
        said = code.find(f"{{{space}}}Description")
        code_id = own(code.get("guid", ""))
        rows.append(
            {
                "code_id": code_id,
                "parent_id": parent,
                "order": len(rows),
                "name": code.get("name") or code_id,
                "says": said.text if said is not None else None,
                "codable": code.get("isCodable", "true").lower() in {"true", "1"},
                "colour": code.get("color"),
            }
        )
        _codes(code, code_id, space, own, rows)


def _note(incoming: Incoming, element: Element) -> None:
    content = element.find("p:PlainTextContent", _SPACES)
    member = incoming.member(element.get("plainTextPath") or "")
    text = content.text if content is not None else None
    if text is None and member is not None:
        text = text_of(incoming.archive, member)
    if text is None and element.get("richTextPath"):
        incoming.left["notes that come as rich text alone"] += 1
    for inner in element:
        if inner.tag.rpartition("}")[2] in {*SELECTIONS, "Coding"}:
            incoming.left["passages and codes of notes"] += 1
    incoming.rows["memos"].append(
        {
            "memo_id": incoming.own("memo", element.get("guid", "")),
            "name": element.get("name"),
            "text": text,
            "coder_id": incoming.user(element),
            "date": element.get("creationDateTime"),
        }
    )


def _link(incoming: Incoming, element: Element) -> None:
    def end(name: str) -> str | None:
        guid = element.get(name)
        if not guid:
            return None
        plain = plain_guid(guid)
        owns = (incoming.own(kind, plain) for kind in ("extract", "document", "code"))
        return next((own for own in owns if own != plain), plain)

    link_id = incoming.own("link", element.get("guid", ""))
    incoming.remember_notes(element, "link", link_id)
    incoming.rows["links"].append(
        {
            "link_id": link_id,
            "name": element.get("name"),
            "direction": element.get("direction"),
            "from_id": end("originGUID"),
            "to_id": end("targetGUID"),
        }
    )


def _placed(memos: pd.DataFrame, links: list[tuple[str, str, str]]) -> pd.DataFrame:
    """Give each memo a row for each thing that refers to it."""
    on = pd.DataFrame(links, columns=["memo_id", "of", "of_id"], dtype="str")
    return memos.merge(on, on="memo_id", how="left")


def _refuse_twice(path: Path, held: dict[str, pd.DataFrame]) -> None:
    """Refuse what is there twice: two things with one GUID cannot both be kept."""
    for name, frame in held.items():
        key = "guid" if name == "carried" else f"{_IDS[name]}_id"
        twice = frame[key][frame[key].duplicated()]
        if name != "memos" and len(twice):  # a memo has a row for each thing that it is on
            raise SourceBroken(f"{path}: it has two {name} with the GUID {twice.iloc[0]}.")
