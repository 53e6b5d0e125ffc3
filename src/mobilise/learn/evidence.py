"""The evidence of a place or programme: a folder of tables and documents that people add to.

It lies in the place's folder, ``evidence``, and no build touches it. Every change is made of
whole tables, written beside and then renamed together: whoever opens the folder after an
interruption finds the state before the change or after it.
"""

from __future__ import annotations

import hashlib
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from mobilise.errors import InputError, PlaceError
from mobilise.place import EVIDENCE as FOLDER
from mobilise.place import finish_publishing, publish, replacing, write_table
from mobilise.tables import TABLES, empty, validate
from mobilise.tables.evidence import EVIDENCE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

NAMES = tuple(table.name for table in EVIDENCE)
TEXTS, FILES = "texts", "files"
_STAGED = ".changing"
_USUAL = {"invented": False, "against": False, "codable": True}  # where a row does not say
_SPACE = uuid.UUID("6f1ed0a5-5f6b-5f0c-9a51-7d3a4c1f2b08")  # of our ids in exchanged files


class Evidence:
    """The evidence in a folder.

    Parameters
    ----------
    folder
        Where the tables are; it need not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        if folder.is_dir():
            finish_publishing(folder)

    @classmethod
    def of(cls, place: Path | str) -> Evidence:
        """Return the evidence of a place's folder, which need not hold a built place.

        Raises
        ------
        PlaceError
            There is no such folder.
        """
        place = Path(place)
        if not place.is_dir():
            raise PlaceError(
                f"{place}: there is no such folder; make it ('mkdir {place}'), or name that of a "
                "place that was built."
            )
        return cls(place / FOLDER)

    def table(self, name: str) -> pd.DataFrame:
        """Return one of the tables, without rows where nothing was added to it yet.

        Raises
        ------
        PlaceError
            Its file is damaged.
        """
        path = self.folder / f"{name}.parquet"
        if not path.is_file():
            return empty(name)
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise PlaceError(f"{path} is damaged; restore it from a copy.") from error

    def replace(self, tables: Mapping[str, pd.DataFrame]) -> None:
        """Put tables in the place of those of the same names, all together or not at all.

        Raises
        ------
        TableError
            Rows break the table's schema; nothing was changed then.
        """
        self._publish(tables.items())

    def merge(self, tables: Mapping[str, pd.DataFrame]) -> dict[str, tuple[int, int]]:
        """Add rows; a row whose key is there already takes its place.

        Parameters
        ----------
        tables
            Rows by table. Columns that they lack keep what the row before them had.

        Returns
        -------
        dict
            For each table how many rows are new, and how many changed.
        """
        counts = {}

        def merged() -> Iterator[tuple[str, pd.DataFrame]]:
            for name, rows in tables.items():
                if len(rows):
                    frame, counts[name] = _merged(name, self.table(name), rows)
                    yield name, frame

        self._publish(merged())
        return counts

    def _publish(self, frames: Iterable[tuple[str, pd.DataFrame]]) -> None:
        """Write tables beside, one in memory at a time, and put all in their places together."""
        finish_publishing(self.folder)
        staged = self.folder / _STAGED
        shutil.rmtree(staged, ignore_errors=True)  # of a change that was broken off
        try:
            files = [write_table(staged, name, frame).name for name, frame in frames]
        except BaseException:
            shutil.rmtree(staged, ignore_errors=True)
            raise
        if files:
            publish(self.folder, staged, files)
            staged.rmdir()

    def text(self, document_id: str) -> str:
        """Return a document's text, as code points with the line ends that it came with.

        Raises
        ------
        InputError
            There is no such document, or it has no text.
        """
        documents = self.table("documents").set_index("document_id")
        if document_id not in documents.index:
            raise InputError(f"There is no document '{document_id}'.")
        name = documents.loc[document_id, "text"]
        if not isinstance(name, str):
            raise InputError(f"Document '{document_id}' has no text.")
        return read_text(self.folder / name)

    def keep_text(self, document_id: str, text: str) -> str:
        """Keep a document's text; return where, relative to the folder."""
        name = f"{TEXTS}/{safe_name(document_id)}.txt"
        with replacing(self.folder / name) as beside:
            beside.write_bytes(text.encode("utf-8"))
        return name


def read_text(path: Path) -> str:
    r"""Read a kept text; ``\r\n`` stays two code points, so that spans stay where they were."""
    return path.read_bytes().decode("utf-8")


def new_id(*parts: object) -> str:
    """Return an id made from what it is of: the same parts, the same id.

    Examples
    --------
    >>> new_id("code", "trust") == new_id("code", "trust") != new_id("code", "funding")
    True
    """
    return str(uuid.uuid5(_SPACE, "\x1f".join(str(part) for part in parts)))


def is_guid(text: object) -> bool:
    """Tell whether a text is a GUID as REFI-QDA writes it."""
    try:
        return isinstance(text, str) and len(text) == 36 and bool(uuid.UUID(text))
    except ValueError:
        return False


def safe_name(text: str) -> str:
    """Return a file's name for an id: letters, digits, ``.-_``; others by their hash.

    Examples
    --------
    >>> safe_name("W07-diary"), safe_name("../x")
    ('W07-diary', 'x-d6b96a97')
    """
    kept = "".join(c for c in text if c.isascii() and (c.isalnum() or c in "-_.")).strip(".")
    if kept == text and len(text) <= 100:
        return kept
    return f"{kept[:60]}-{hashlib.sha256(text.encode()).hexdigest()[:8]}".lstrip("-")


def _merged(
    name: str, before: pd.DataFrame, rows: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[int, int]]:
    key = list(TABLES[name].key)
    rows = rows.reset_index(drop=True)
    for column in key:
        if column not in rows:
            rows[column] = None
    if not len(before):
        return validate(name, _with_usual(name, rows)), (len(rows), 0)
    lacking = [column for column in before.columns if column not in rows.columns]
    old = _keys(before, key)
    new = _keys(rows, key)
    changed = int(new.isin(old).sum())
    if lacking and changed:
        known = before.set_index(old)[lacking]
        known = known[~known.index.duplicated()]
        rows = pd.concat([rows, known.reindex(new).reset_index(drop=True)], axis=1)
    rows = validate(name, _with_usual(name, rows))
    kept = before[~old.isin(new)]
    both = pd.concat([kept, rows], ignore_index=True) if len(kept) else rows
    return both, (len(rows) - changed, changed)


def _with_usual(name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows with what is usual where they do not say."""
    for column in TABLES[name].columns:
        if column.name in _USUAL:
            said = rows[column.name] if column.name in rows else pd.Series(pd.NA, index=rows.index)
            rows[column.name] = said.astype("boolean").fillna(_USUAL[column.name])
    return rows


def _keys(frame: pd.DataFrame, key: list[str]) -> pd.Index:
    """Return an index that tells rows apart: texts joined by a sign that no id holds."""
    columns = [frame[column].astype("object").fillna("").astype(str) for column in key]
    joined = columns[0]
    for column in columns[1:]:
        joined = joined + "\x1f" + column
    return pd.Index(joined)
