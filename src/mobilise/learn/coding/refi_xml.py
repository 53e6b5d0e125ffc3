"""XML written as it is made, a line an element."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO
from xml.sax.saxutils import escape, quoteattr

from mobilise.learn.plain import legal

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT = {"\r": "&#13;"}  # a parser would make a line end of it


class Xml:
    """A document under way.

    Parameters
    ----------
    file
        Where it is written to, in UTF-8.
    """

    def __init__(self, file: TextIO) -> None:
        self._write = file.write
        self._write('<?xml version="1.0" encoding="utf-8"?>\n')

    @contextmanager
    def element(self, tag: str, **attributes: object) -> Iterator[None]:
        """Write an element around what is written meanwhile; attributes of None are left out."""
        self._write(f"<{tag}{_attributes(attributes)}>\n")
        yield
        self._write(f"</{tag}>\n")

    def empty(self, tag: str, **attributes: object) -> None:
        """Write an element with nothing in it."""
        self._write(f"<{tag}{_attributes(attributes)}/>\n")

    def said(self, tag: str, words: str | None) -> None:
        """Write an element with a text, to the sign; none where there is no text."""
        if words is not None:
            self._write(f"<{tag}>{escape(legal(words), _KEPT)}</{tag}>\n")

    def raw(self, markup: str) -> None:
        """Write markup that came out of a parser."""
        if markup:
            self._write(f"{markup}\n")


def _attributes(given: dict[str, object]) -> str:
    return "".join(
        f" {name}={quoteattr(legal(value))}" for name, value in given.items() if value is not None
    )
