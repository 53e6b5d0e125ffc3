"""The interim report: one model of sections, figures and tables for page, PDF and DOCX."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.report.interim.appendix import appendix_sections
from mobilise.report.interim.factors import factor_sections
from mobilise.report.interim.findings import findings_section
from mobilise.report.interim.methods import methods_section
from mobilise.report.interim.opening import changes_section, programme_section, summary_section
from mobilise.report.interim.residents import residents_sections
from mobilise.report.interim.unknown import unknown_section
from mobilise.report.model import Report
from mobilise.report.sections.learned import learned_sections

if TYPE_CHECKING:
    from mobilise.report.interim.editions import Edition
    from mobilise.report.interim.material import Material

BANNER = (
    "Its projects, places, people and quotations were invented to show what such a report is: "
    "no finding here is about the real world."
)
LEDE = "What was done, what people said, what follows from it, and how sure that is."


def interim_of(material: Material, edition: Edition) -> Report:
    """Return the interim report.

    Parameters
    ----------
    material
        As :func:`mobilise.report.interim.material.read_material` reads it.
    edition
        Which one it is.
    """
    sections = (
        summary_section(material, edition),
        changes_section(edition),
        programme_section(material),
        findings_section(material),
        *factor_sections(material),
        *learned_sections(material.evidence.folder),
        *residents_sections(material),
        unknown_section(material),
        methods_section(material),
        *appendix_sections(material),
    )
    return Report(
        title=f"{material.name}: what the evidence says, edition {edition.number}",
        place=f"{material.name}: what the evidence says",
        summary=LEDE,
        banner=BANNER if material.invented else "",
        sections=sections,
        lede=f"{LEDE} Edition {edition.number}.",
        made_up="Made-up evidence",
    )
