"""The library as an Atom feed (RFC 4287), for readers and for other sites."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree.ElementTree import (
    Element,
    SubElement,
    indent,
    tostring,
)

from mobilise.learn.evidence import new_id
from mobilise.learn.plain import legal
from mobilise.place import replacing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from mobilise.learn.register.library import Entry

ATOM = "http://www.w3.org/2005/Atom"
_FIRST = "1970-01-01T00:00:00Z"


def atom(entries: Sequence[Entry], *, title: str, address: str) -> bytes:
    """Return the library as a feed, newest first; the same entries, the same bytes.

    Parameters
    ----------
    entries
        From :func:`mobilise.learn.register.library`.
    title
        Of the feed.
    address
        Where the library's pages are, ending in ``/``.
    """
    feed = Element("feed", xmlns=ATOM)
    _say(feed, "title", title)
    _say(feed, "id", f"urn:uuid:{new_id('feed', title)}")
    _say(feed, "updated", max((_moment(entry.issued) for entry in entries), default=_FIRST))
    SubElement(feed, "link", rel="self", href=f"{address}feed.atom")
    SubElement(feed, "generator").text = "mobilise"
    for entry in sorted(entries, key=lambda one: (one.issued, one.output_id), reverse=True):
        item = SubElement(feed, "entry")
        _say(item, "title", entry.title)
        _say(item, "id", f"urn:uuid:{new_id('output', entry.output_id)}")
        _say(item, "updated", _moment(entry.issued))
        for name in entry.authors or ("not stated",):
            _say(SubElement(item, "author"), "name", name)
        SubElement(item, "link", rel="alternate", href=f"{address}{entry.page}")
        _say(item, "summary", entry.summary or entry.citation)
        for theme in entry.themes:
            SubElement(item, "category", term=legal(theme))
    indent(feed, " ")
    return bytes(tostring(feed, encoding="utf-8", xml_declaration=True)) + b"\n"


def write_feed(entries: Sequence[Entry], path: Path, *, title: str, address: str = "") -> None:
    """Write the feed of :func:`atom` to a file, atomically."""
    with replacing(path) as beside:
        beside.write_bytes(atom(entries, title=title, address=address))


def _say(parent: Element, tag: str, words: str) -> None:
    SubElement(parent, tag).text = legal(words)


def _moment(issued: str) -> str:
    """Return the first moment of a year, month or day."""
    if not re.fullmatch(r"\d{4}(-\d\d){0,2}", issued):
        return _FIRST
    missing = "-01" * (2 - issued.count("-"))
    return f"{issued}{missing}T00:00:00Z"
