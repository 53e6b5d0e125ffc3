"""How the evidence was read, coded, counted and judged; and how far the coders agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.learn.coding import agreement, coded_units
from mobilise.report.model import Block, Column, Prose, Section, Table
from mobilise.report.words import counted

if TYPE_CHECKING:
    from mobilise.learn.coding import Agreement
    from mobilise.report.interim.material import Material

HOW = """\
Documents were kept as they came; their text was taken out by program, and passages were marked in \
it to the character. People gave each passage codes from a codebook of barriers and enablers, by \
themes of the programme; each code also has its domain of the Consolidated Framework for \
Implementation Research (CFIR) 2022 (doi:10.1186/s13012-022-01245-0).
The framework matrix follows Gale and others 2013 (doi:10.1186/1471-2288-13-117). Barriers and \
enablers are counted in projects, since one project may say a thing many times. Confidence was \
judged by people after GRADE-CERQual (doi:10.1186/s13012-017-0688-3): methodological limitations, \
coherence, adequacy of data and relevance, each with its reason; nothing in these judgements was \
computed."""


def methods_section(material: Material) -> Section:
    """Return the methods, with the agreement of the two people who coded most."""
    blocks: list[Block] = [Prose(words) for words in HOW.splitlines()]
    pair = coders_of(material)
    if pair is None:
        blocks.append(Prose("One person coded, so that agreement cannot be told."))
        return Section("methods", "How this was made", tuple(blocks))
    table = material.evidence.table
    units = coded_units(table("extracts"), table("codings"), *pair)
    every = agreement(units)
    blocks += [Prose(_said(every[0], pair)), _by_code(material, every)]
    return Section("methods", "How this was made", tuple(blocks))


def coders_of(material: Material) -> tuple[str, str] | None:
    """Return the two who coded most, if they coded a document in common."""
    codings = material.evidence.table("codings")
    given = codings[(codings["status"] == "accepted") & codings["extract_id"].notna()]
    counts = given["coder_id"].dropna().value_counts().sort_index(kind="stable")
    most = counts.sort_values(ascending=False, kind="stable").index[:2]
    if len(most) < 2:
        return None
    read = [set(given.loc[given["coder_id"] == coder, "document_id"]) for coder in most]
    return (str(most[0]), str(most[1])) if read[0] & read[1] else None


def _said(whole: Agreement, pair: tuple[str, str]) -> str:
    kappa = (
        "Cohen's kappa cannot be told, since a coder never varies"
        if whole.kappa is None
        else f"Cohen's kappa {whole.kappa:.2f} (95%: {whole.lower:.2f} to {whole.upper:.2f})"
    )
    alpha = "" if whole.alpha is None else f", Krippendorff's alpha {whole.alpha:.2f}"
    given = whole.both + whole.first_only + whole.second_only
    return (
        f"{pair[0]} and {pair[1]} coded the same documents without seeing each other's codes. Over "
        f"{counted(given, 'code', 'codes')} that either gave, they agree on {whole.both}: "
        f"{kappa}{alpha}. Passages that neither marked are not counted. Where they differ, both "
        "readings stand until the two have talked; the list is in the appendix."
    )


def _by_code(material: Material, every: list[Agreement]) -> Table:
    codes = material.evidence.table("codes").set_index("code_id")["name"].to_dict()
    rows = tuple(
        (
            codes.get(one.code_id, one.code_id),
            str(one.both),
            str(one.first_only + one.second_only),
            "not defined" if one.kappa is None else f"{one.kappa:.2f}",
            "" if one.lower is None else f"{one.lower:.2f} to {one.upper:.2f}",
            "not defined" if one.alpha is None else f"{one.alpha:.2f}",
        )
        for one in every[1:]
    )
    columns = (
        Column("Code"),
        Column("Both", numeric=True),
        Column("One only", numeric=True),
        Column("Kappa", numeric=True),
        Column("95% interval"),
        Column("Alpha", numeric=True),
    )
    return Table("agreement", "Agreement by code", columns, rows, short=40, folded=True)
