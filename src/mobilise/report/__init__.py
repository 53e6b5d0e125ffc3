"""The report on a place: one web page that stands by itself, and the same as an accessible PDF."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError
from mobilise.place import replacing
from mobilise.report.content import plan_report_of, report_of
from mobilise.report.material import read_material
from mobilise.report.page import page_of
from mobilise.report.pdf import pdf_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from mobilise.place import Place

__all__ = ["write_plan_page", "write_report"]
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


def write_plan_page(
    place: Place,
    tables: Mapping[str, pd.DataFrame],
    scenarios: Sequence[dict[str, Any]],
    path: Path,
) -> None:
    """Write a page on some plans of a place, which the place itself does not keep.

    Parameters
    ----------
    place
        The place.
    tables, scenarios
        The tables of plans by name, and what each scenario says, as the step plan makes them.
    path
        The file.
    """
    step = {"facts": {"scenarios": list(scenarios)}}
    facts = {
        **place.facts,
        "steps": {**place.facts.get("steps", {}), "plan": step},
        "recipe": {**place.facts.get("recipe", {}), "plan": []},
    }
    material = replace(read_material(place), plans=dict(tables), facts=facts)
    with replacing(path) as beside:
        beside.write_text(page_of(plan_report_of(material)), encoding="utf-8")
