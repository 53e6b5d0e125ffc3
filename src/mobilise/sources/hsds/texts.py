"""Texts of a directory made plain and safe: publishers write HTML, and people paste anything."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser

import nh3

SAFE_SCHEMES = {"http", "https", "mailto", "tel"}
_BREAKS = {"p", "div", "br", "ul", "ol", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "table"}
_KEPT = _BREAKS | {"a"}
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b\u2028\u2029\ufeff\ud800-\udfff]")
_LOOKS_LIKE_HTML = re.compile(r"<[a-zA-Z/!]|&[a-zA-Z#]\w*;")
_URL = re.compile(r"https?://[^\s/$.?#][^\s<>\"]*\.?[^\s<>\"]*", re.IGNORECASE)
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}")


def plain_text(written: str) -> str:
    """Return text as plain paragraphs, its safe links written out.

    Parameters
    ----------
    written
        Plain text or HTML.

    Returns
    -------
    str
        No tags, entities or control characters. A link keeps its address, in brackets after its
        words, where that is http, https, mailto or tel; scripts and styles are gone.

    Examples
    --------
    >>> plain_text('<p>Call <a href="https://a.example/b">us</a>.</p><script>x()</script>')
    'Call us (https://a.example/b).'
    """
    if not _LOOKS_LIKE_HTML.search(written):
        return _tidy(written)
    safe = nh3.clean(
        written, tags=_KEPT, attributes={"a": {"href"}}, url_schemes=SAFE_SCHEMES, link_rel=None
    )
    reader = _Reader()
    reader.feed(safe)
    reader.close()
    return _tidy("".join(reader.parts))


def plain_line(written: str) -> str:
    """Return text as one plain line.

    Examples
    --------
    >>> plain_line(" Tea &amp; <b>talk</b>  ")
    'Tea & talk'
    """
    return " ".join(plain_text(written).split())


def web_address(written: str) -> str | None:
    """Return an http address, its scheme added where it was forgotten; None where it is none.

    Examples
    --------
    >>> web_address("www.example.org/a"), web_address("javascript:alert(1)")
    ('https://www.example.org/a', None)
    """
    text = _CONTROL.sub("", html.unescape(written)).strip()
    if re.match(r"www\.|[\w-]+(\.[\w-]+)+(/|$)", text):
        text = f"https://{text}"
    if " " in text or not text.isascii() or any(c in text for c in "{}|\\^`[]"):
        text = text if not _URL.match(text) else _escaped(text)
    return text if _URL.fullmatch(text) and "." in text.split("/")[2] else None


def email_address(written: str) -> str | None:
    """Return an e-mail address, or None where it is none.

    Examples
    --------
    >>> email_address("mailto:hello@example.org"), email_address("ask at the desk")
    ('hello@example.org', None)
    """
    text = written.strip().removeprefix("mailto:").strip()
    return text if _EMAIL.fullmatch(text) else None


def _escaped(address: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415  (few addresses need it)

    return quote(address.strip(), safe="%/:=&?~#+!$,;'@()*")


def _tidy(text: str) -> str:
    text = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " "))
    lines = [" ".join(line.split()) for line in text.split("\n")]
    paragraphs = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return paragraphs.strip()


class _Reader(HTMLParser):
    """Reads safe HTML into the parts of a plain text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._links: list[tuple[str, int]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self.parts)))
        elif tag == "li":
            self.parts.append("\n• ")
        elif tag in _BREAKS:
            self.parts.append("\n" if tag == "br" else "\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "a" and self._links:
            address, start = self._links.pop()
            words = "".join(self.parts[start:]).strip()
            bare = address.removeprefix("mailto:").removeprefix("tel:")
            if bare and bare.rstrip("/") not in words:
                self.parts.append(f" ({bare})")
        elif tag in _BREAKS - {"br", "li"}:
            self.parts.append("\n\n" if tag != "ul" else "\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
