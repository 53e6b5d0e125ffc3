"""Search over everything: extracts, documents, outputs, findings, memos, projects.

The index is SQLite's full text search (FTS5), made from the tables when they change; it holds
nothing that the tables do not, and can be deleted.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError
from mobilise.learn.evidence import Evidence, read_text
from mobilise.learn.plain import records
from mobilise.place import replacing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

INDEX = "search.sqlite"
VERSION = 2
_TABLES = ("extracts", "documents", "outputs", "findings", "memos", "projects", "codes")
_LONG = 1_200  # characters of a passage of a document
_ASKED = re.compile(r'"([^"]+)"|(\S+)')
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Passage:
    """One thing that was found.

    Parameters
    ----------
    kind
        extract, document, output, finding, memo, project or code.
    of_id
        Its id.
    title
        What a person would call it.
    start
        Of a passage of a document: its first code point there.
    passage
        The words around what was asked for; found words stand between ``«`` and ``»``.
    """

    kind: str
    of_id: str
    title: str
    start: int | None
    passage: str


def search(
    evidence: Evidence,
    words: str,
    *,
    kinds: tuple[str, ...] = (),
    most: int = 20,
    say: Callable[[str], None] = lambda _: None,
) -> list[Passage]:
    """Find words in everything that the evidence holds, best first.

    Parameters
    ----------
    evidence
        Where.
    words
        All of which must occur, in any form (English stems); "in quotes" together in this
        order; ``trust*`` as beginnings.
    kinds
        Only these kinds; empty: all.
    most
        How many at most.
    say
        Called where the index has to be made first.

    Raises
    ------
    InputError
        There is no word to look for.
    """
    asked = _query(words)
    path = evidence.folder / INDEX
    mark = _mark(evidence)
    if not path.is_file() or _mark_in(path) != mark:
        _make(evidence, mark, say)
    where = f" AND kind IN ({','.join('?' * len(kinds))})" if kinds else ""
    sql = (
        "SELECT kind, of_id, title, start, snippet(texts, 4, '«', '»', '…', 32) FROM texts "  # noqa: S608  (only question marks are put in)
        f"WHERE texts MATCH ?{where} ORDER BY rank, rowid LIMIT ?"
    )
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        found = database.execute(sql, (asked, *kinds, most)).fetchall()
    return [Passage(*row) for row in found]


def _query(words: str) -> str:
    """Return what was asked for in FTS5's own language, every word as a quoted text."""
    parts = []
    for phrase, word in _ASKED.findall(words):
        tokens = _WORD.findall(phrase or word)
        if tokens:
            begins = "*" if word.endswith("*") else ""
            parts.append(f'"{" ".join(tokens)}"{begins}')
    if not parts:
        raise InputError(f"There is no word to look for in '{words}'.")
    return " ".join(parts)


def _mark(evidence: Evidence) -> str:
    """Return what tells whether a table has changed since the index was made."""
    said = [str(VERSION)]
    for name in _TABLES:
        path = evidence.folder / f"{name}.parquet"
        if path.is_file():
            state = path.stat()
            said.append(f"{name} {state.st_size} {state.st_mtime_ns}")
    return "; ".join(said)


def _mark_in(path: Any) -> str:
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            return str(database.execute("SELECT mark FROM made").fetchone()[0])
    except (sqlite3.DatabaseError, TypeError):
        return ""


def _make(evidence: Evidence, mark: str, say: Callable[[str], None]) -> None:
    say("learn: making the search index")
    with (
        replacing(evidence.folder / INDEX) as beside,
        closing(sqlite3.connect(beside)) as database,
        database,
    ):
        database.execute("PRAGMA journal_mode = OFF")
        database.execute("PRAGMA synchronous = OFF")
        database.execute(
            "CREATE VIRTUAL TABLE texts USING fts5(kind UNINDEXED, of_id UNINDEXED, title, "
            "start UNINDEXED, body, tokenize = 'porter unicode61 remove_diacritics 2')"
        )
        database.executemany("INSERT INTO texts VALUES (?, ?, ?, ?, ?)", _everything(evidence))
        database.execute("INSERT INTO texts(texts) VALUES ('optimize')")
        database.execute("CREATE TABLE made (mark TEXT)")
        database.execute("INSERT INTO made VALUES (?)", (mark,))


def _everything(evidence: Evidence) -> Iterator[tuple[str, str, str, int | None, str]]:
    titles = {}
    for row in records(evidence.table("documents")):
        titles[row["document_id"]] = row["title"]
        yield from _passages(evidence, row)
    extracts = evidence.table("extracts").dropna(subset="text")
    columns = (extracts[c].tolist() for c in ("extract_id", "document_id", "start", "text"))
    for extract_id, document_id, start, text in zip(*columns, strict=True):
        at = int(start) if start == start and start is not None else None  # noqa: PLR0124
        yield "extract", extract_id, titles.get(document_id, ""), at, text
    for row in records(evidence.table("outputs")):
        body = _joined(row["title"], row["summary"], row["keywords"])
        yield "output", row["output_id"], row["title"], None, body
    for row in records(evidence.table("findings")):
        whys = (row[f"{c}_why"] for c in ("limitations", "coherence", "adequacy", "relevance"))
        body = _joined(row["statement"], row["so_what"], *whys, row["confidence_why"])
        yield "finding", row["finding_id"], row["theme"], None, body
    for row in records(evidence.table("memos").drop_duplicates("memo_id")):
        yield "memo", row["memo_id"], row["name"] or "Memo", None, _joined(row["text"])
    for row in records(evidence.table("projects")):
        body = _joined(row["title"], row["summary"], row["places"], row["groups"], row["themes"])
        yield "project", row["project_id"], row["title"], None, body
    for row in records(evidence.table("codes")):
        yield "code", row["code_id"], row["name"], None, _joined(row["name"], row["says"])


def _passages(
    evidence: Evidence, row: dict[str, Any]
) -> Iterator[tuple[str, str, str, int | None, str]]:
    """Yield a document's text in passages, cut where a paragraph ends if there is one."""
    if row["text"] is None:
        body = _joined(row["title"], row["memo"])
        yield "document", row["document_id"], row["title"], None, body
        return
    text = read_text(evidence.folder / row["text"])
    start = 0
    while start < len(text) or start == 0:
        end = start + _LONG
        if end < len(text):
            cut = max(text.rfind("\n", start + 1, end), text.rfind(". ", start + 1, end) + 1)
            end = cut if cut > start else end
        yield "document", row["document_id"], row["title"], start, text[start:end]
        start = end


def _joined(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)
