"""Whether what came is what was asked for: no sign-in page, no half of a file."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

from mobilise.errors import SourceBroken

if TYPE_CHECKING:
    from pathlib import Path

HTML = ".html"
_ZIPPED = {".zip", ".xlsx", ".ods"}
_FIRST = {".gpkg": b"SQLite format 3\x00", ".parquet": b"PAR1", ".gz": b"\x1f\x8b"}
_LAST = {".parquet": b"PAR1", ".osm": b"</osm>"}
_TEXT = {".csv", ".tsv", ".json", ".geojson"}


def check_content(path: Path, ending: str, label: str, address: str) -> None:
    """Raise unless a file is, as far as can be told, a whole one of its kind.

    Parameters
    ----------
    path
        What came.
    ending
        What it must be, such as ``.csv`` or ``.osm.pbf``.
    label, address
        For the message.

    Raises
    ------
    SourceBroken
        It is empty, a web page, cut short or something else.
    """
    size = path.stat().st_size
    if size == 0:
        raise SourceBroken(f"{label}: the answer is empty ({address}); try again later.")
    with path.open("rb") as file:
        head = file.read(1024)
        file.seek(max(0, size - 64))
        tail = file.read()
    looks_like(head, ending, label, address)
    wrong = (
        (ending in _LAST and _LAST[ending] not in tail)
        or (ending in _ZIPPED and not zipfile.is_zipfile(path))
        or (ending in {".json", ".geojson"} and not _is_json(path))
    )
    if wrong:
        raise SourceBroken(
            f"{label}: what came is no whole {ending} file ({address}); it was cut short or has "
            "changed its format: try again later."
        )


def looks_like(head: bytes, ending: str, label: str, address: str) -> None:
    """Raise if the first bytes of an answer are not those of a file with such an ending.

    Parameters
    ----------
    head
        The first bytes.
    ending
        What they must be; "" where anything may come, also a page.
    label, address
        For the message.

    Raises
    ------
    SourceBroken
        They are a web page, or something else.
    """
    if ending in {"", HTML}:
        return
    if _is_page(head):
        raise SourceBroken(
            f"{label}: a web page came back instead of {ending} ({address}); if your network asks "
            "you to sign in, open a browser and do so, else look for the new address at the "
            "publisher."
        )
    binary = b"\x00" in head and not head.startswith((b"\xff\xfe", b"\xfe\xff"))
    if (
        (ending in _FIRST and not head.startswith(_FIRST[ending]))
        or (ending in _ZIPPED and not head.startswith(b"PK"))
        or (ending == ".osm.pbf" and b"OSMHeader" not in head)
        or (ending in _TEXT and binary)
    ):
        raise SourceBroken(
            f"{label}: what came is no {ending} file ({address}); the publisher has changed it, or "
            "it is damaged: try again later."
        )


def _is_page(head: bytes) -> bool:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return start.startswith((b"<!doctype html", b"<html", b"<head", b"<body"))


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True
