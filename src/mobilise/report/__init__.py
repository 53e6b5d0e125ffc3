"""The report on a place: one web page that stands by itself, and the same as an accessible PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.errors import InputError
from mobilise.place import replacing
from mobilise.report.content import report_of
from mobilise.report.material import read_material
from mobilise.report.page import page_of
from mobilise.report.pdf import pdf_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mobilise.place import Place

__all__ = ["write_report"]
FILES = {"html": "index.html", "pdf": "report.pdf"}


def write_report(
    place: Place,
    folder: Path,
    formats: Sequence[str] = ("html", "pdf"),
    progress: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write the report on a place.

    The same place gives the same bytes: no date or time is written.

    Parameters
    ----------
    place
        What :meth:`mobilise.place.Place.open` returns.
    folder
        Where to; it is made.
    formats
        ``html`` (``index.html``, without any outside request) and ``pdf``
        (``report.pdf``, tagged, PDF/UA-1).
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
        The place lacks its areas or assets.
    """
    unknown = [name for name in formats if name not in FILES]
    if unknown:
        raise InputError(f"There is no report format '{unknown[0]}'; there are 'html' and 'pdf'.")
    report = report_of(read_material(place))
    written = []
    for name in formats:
        content = page_of(report).encode() if name == "html" else pdf_of(report, progress)
        path = folder / FILES[name]
        with replacing(path) as beside:
            beside.write_bytes(content)
        progress(f"report: {path.name} written, {len(content) / 1e6:.1f} MB")
        written.append(path)
    return written
