"""The report as a tagged PDF, set by Typst with the fonts that it brings along."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

import typst

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.report.model import Report

ACCESSIBLE: Literal["ua-1"] = "ua-1"  # PDF/UA-1, ISO 14289-1


def pdf_of(report: Report, progress: Callable[[str], None]) -> bytes:
    """Return the report as PDF.

    Texts reach the template as data, never as markup. Where a name holds letters that the
    fonts lack, PDF/UA-1 cannot be claimed: the PDF is still tagged, and `progress` is told.

    Parameters
    ----------
    report
        Its model.
    progress
        Called with a sentence if the PDF is less than it should be.
    """
    template = files("mobilise.report").joinpath("templates", "report.typ").read_bytes()
    data = json.dumps(asdict(report), ensure_ascii=False)
    try:
        return _compile(template, data, ACCESSIBLE)
    except typst.TypstError as error:
        if "could not be displayed" not in str(error):
            raise
        progress(
            "report: the PDF's fonts lack letters of some names, which are blank there; "
            "the web page has them."
        )
        return _compile(template, data, None)


def _compile(template: bytes, data: str, standard: Literal["ua-1"] | None) -> bytes:
    made = typst.compile(
        template,
        ignore_system_fonts=True,
        sys_inputs={"report": data},
        pdf_standards=standard,
    )
    assert isinstance(made, bytes)
    return made
