"""The interim report on the evidence: page, PDF and Word document, with the library beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.errors import InputError, PlaceError
from mobilise.place import replacing
from mobilise.report.interim.content import interim_of
from mobilise.report.interim.docx import docx_of
from mobilise.report.interim.editions import edition_of
from mobilise.report.interim.material import read_material
from mobilise.report.interim.pages import pages_of
from mobilise.report.page import page_of
from mobilise.report.pdf import pdf_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

__all__ = ["write_interim"]
FILES = {"html": "index.html", "pdf": "evidence.pdf", "docx": "evidence.docx"}


def write_interim(
    place: Path,
    folder: Path,
    formats: Sequence[str] = ("html", "pdf", "docx"),
    progress: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the interim report on the evidence of a place or programme.

    The same evidence gives the same bytes, and the same edition; evidence that has changed
    gives the next edition, which lists what changed.

    Parameters
    ----------
    place
        The folder that has the evidence; it need not hold a built place.
    folder
        Where to; it is made.
    formats
        ``html`` (``index.html``, and the pages of library and documents beside it), ``pdf``
        (``evidence.pdf``, PDF/UA-1), ``docx`` (``evidence.docx``).
    progress
        Called with a sentence now and then.

    Returns
    -------
    list of Path
        The files, in the order of `formats`.

    Raises
    ------
    InputError
        A format is not known.
    PlaceError
        There is no evidence.
    """
    unknown = [name for name in formats if name not in FILES]
    if unknown:
        raise InputError(f"There is no report format '{unknown[0]}'; there are {', '.join(FILES)}.")
    material = read_material(place)
    numbers = len(material.evidence.table("estimates"))
    if not material.projects and not len(material.told) and not numbers:
        raise PlaceError(f"{place} has no evidence yet; 'mobilise learn add' takes some in.")
    report = interim_of(material, edition_of(material))
    written = []
    for name in formats:
        if name == "html":
            content = page_of(report).encode()
            for page, held in pages_of(material, report.banner):
                _write(folder / page, held)
        else:
            content = (pdf_of if name == "pdf" else docx_of)(report, progress)
        path = folder / FILES[name]
        _write(path, content)
        progress(f"report: {path.name} written, {len(content) / 1e6:.1f} MB")
        written.append(path)
    return written


def _write(path: Path, content: bytes) -> None:
    with replacing(path) as beside:
        beside.write_bytes(content)
