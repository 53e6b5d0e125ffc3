"""Words that the sections of an interim report share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.learn.evidence import safe_name
from mobilise.report.model import Link
from mobilise.report.words import capital, clean

if TYPE_CHECKING:
    from collections.abc import Mapping

LEVELS = ("high", "moderate", "low", "very low")
LEVEL_MEANS = {
    "high": "very likely a fair account of what happens",
    "moderate": "likely a fair account of what happens",
    "low": "possibly a fair account of what happens",
    "very low": "it is not clear whether it is a fair account of what happens",
}


def ended(text: str) -> str:
    """Return a sentence with its full stop, unless it ends in another mark."""
    return text if text.endswith((".", "?", "!")) else f"{text}."


def named(name: object) -> str:
    """Return an analysis's name as it stands before what it says."""
    said = capital(clean(name))
    return f"{said} " if said.endswith(("?", ".", ":", "!")) else f"{said}: "


def anchor(extract_id: str) -> str:
    """Return where a passage is on its document's page."""
    return f"x-{safe_name(extract_id)}"


def document_page(document_id: str) -> str:
    """Return the page of a document, from the report."""
    return f"documents/{safe_name(document_id)}.html"


def source_link(row: Mapping[str, str]) -> Link:
    """Return the link from a passage to where it stands in its source."""
    href = f"{document_page(row['document_id'])}#{anchor(row['extract_id'])}"
    return Link(row["document"], href)


def quoted(text: object, most: int = 400) -> str:
    """Return a passage in quotation marks, shortened where it is very long."""
    said = " ".join(str(text).split())
    if len(said) > most:
        said = f"{said[: most - 1].rstrip()}…"
    return f"“{said}”"


def phase_said(phase: object) -> str:
    """Return a phase in words."""
    return f"phase {int(phase)}" if isinstance(phase, int | float) and phase == phase else ""  # noqa: PLR0124
