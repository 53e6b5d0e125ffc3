"""The text of a file: PDF, DOCX, HTML or plain, taken out by kept libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError, SourceBroken, SourceMissing
from mobilise.learn.coding.archives import decoded, guarded

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_BYTES = 512 * 2**20
PAGE_END = "\f"
KINDS = {
    ".txt": "text",
    ".md": "text",
    ".html": "text",
    ".htm": "text",
    ".docx": "text",
    ".pdf": "pdf",
    ".png": "picture",
    ".jpg": "picture",
    ".jpeg": "picture",
    ".gif": "picture",
    ".mp3": "audio",
    ".wav": "audio",
    ".m4a": "audio",
    ".ogg": "audio",
    ".mp4": "video",
    ".mov": "video",
    ".webm": "video",
}
_BLOCKS = "p div br li tr h1 h2 h3 h4 h5 h6 section article header footer blockquote pre dt dd"


def kind_of(path: Path) -> str:
    """Return what a file is (text, pdf, picture, audio, video) by the end of its name.

    Raises
    ------
    InputError
        It is of no kind that documents can be.
    """
    kind = KINDS.get(path.suffix.lower())
    if kind is None:
        raise InputError(f"{path}: documents are {', '.join(KINDS)}; this is none of them.")
    return kind


def extract_text(path: Path) -> str | None:
    """Return the text of a file; None for pictures, sound and film.

    Parameters
    ----------
    path
        A file of one of :data:`KINDS`. Pages of a PDF are parted by a form feed, paragraphs
        by a line end; a plain text stays as it is, to the line end.

    Raises
    ------
    SourceMissing, SourceBroken
        It is not there, or cannot be read.
    """
    if not path.is_file():
        raise SourceMissing(f"{path}: there is no such file.")
    if path.stat().st_size > MOST_BYTES:
        raise SourceBroken(f"{path}: it is larger than {MOST_BYTES >> 20} MiB.")
    reader = _READERS.get(path.suffix.lower())
    return None if reader is None else reader(path)


def _plain(path: Path) -> str:
    return decoded(path.read_bytes(), str(path))


def _pdf(path: Path) -> str:
    from pypdf import PdfReader  # noqa: PLC0415  (slow to import, and few commands need it)
    from pypdf.errors import PyPdfError  # noqa: PLC0415

    try:
        with path.open("rb") as file:
            reader = PdfReader(file)
            if reader.is_encrypted and not reader.decrypt(""):
                raise SourceBroken(f"{path}: it is locked by a password; save it without one.")
            pages = [page.extract_text() for page in reader.pages]
    except (PyPdfError, ValueError, KeyError, RecursionError) as error:
        raise SourceBroken(f"{path}: it cannot be read as PDF ({error}).") from error
    text = PAGE_END.join(pages)
    if not text.strip():
        raise SourceBroken(f"{path}: it holds pictures of pages and no text; run it through OCR.")
    return text


def _docx(path: Path) -> str:
    from docx import Document  # noqa: PLC0415  (slow to import, and few commands need it)
    from docx.table import Table  # noqa: PLC0415

    with guarded(path):
        pass  # its members are harmless
    try:
        parts = Document(str(path)).iter_inner_content()
    except (ValueError, KeyError) as error:
        raise SourceBroken(f"{path}: it cannot be read as DOCX ({error}).") from error
    lines: list[str] = []
    for part in parts:
        if isinstance(part, Table):
            lines += ["\t".join(cell.text for cell in row.cells) for row in part.rows]
        else:
            lines.append(part.text)
    return "\n".join(lines)


def _html(path: Path) -> str:
    from lxml import etree, html  # noqa: PLC0415  (few commands need it)

    try:
        tree: Any = html.document_fromstring(_plain(path).encode(), parser=_html_parser())
    except (etree.LxmlError, ValueError) as error:
        raise SourceBroken(f"{path}: it cannot be read as HTML ({error}).") from error
    etree.strip_elements(tree, "script", "style", "noscript", "template", "head", with_tail=False)
    etree.strip_tags(tree, etree.Comment)
    for block in tree.iter(*_BLOCKS.split()):
        block.tail = f"\n{block.tail or ''}"
    lines = (" ".join(line.split()) for line in tree.text_content().splitlines())
    return "\n".join(line for line in lines if line)


def _html_parser() -> Any:
    from lxml import html  # noqa: PLC0415

    return html.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)


_READERS: dict[str, Callable[[Path], str]] = {
    ".txt": _plain,
    ".md": _plain,
    ".html": _html,
    ".htm": _html,
    ".docx": _docx,
    ".pdf": _pdf,
}
