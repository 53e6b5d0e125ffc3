"""How the evidence was read, coded, counted and judged; and how far the coders agree."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.learn.coding import agreement, coded_units
from mobilise.report.model import Block, Column, Prose, Section, Table
from mobilise.report.words import counted, decimal

if TYPE_CHECKING:
    from mobilise.learn.coding import Agreement
    from mobilise.report.interim.material import Material

KEPT = (
    "Documents were kept as they came; their text was taken out by program, and passages were "
    "marked in it to the character. People gave each passage codes from the codebook below."
)
DOMAINS = (
    "Each code has its domain of the Consolidated Framework for Implementation Research (CFIR) "
    "2022 too (doi:10.1186/s13012-022-01245-0)."
)
COUNTED = (
    "The framework matrix follows Gale and others 2013 (doi:10.1186/1471-2288-13-117). Barriers "
    "and enablers are counted in projects, since one project may say a thing many times."
)
JUDGED = (
    "Confidence was judged by people after GRADE-CERQual (doi:10.1186/s13012-017-0688-3): "
    "methodological limitations, coherence, adequacy of data and relevance, each with its reason; "
    "nothing in these judgements was computed."
)


def methods_section(material: Material) -> Section:
    """Return the methods, with the agreement of the two people who coded most."""
    blocks: list[Block] = [Prose(words) for words in _how(material)]
    pair = coders_of(material)
    if pair is None:
        blocks.append(Prose("One person coded, so that agreement cannot be told."))
        return Section("methods", "How this was made", tuple(blocks))
    table = material.evidence.table
    units = coded_units(table("extracts"), table("codings"), *pair)
    every = agreement(units)
    shared = units["document_id"].nunique()
    blocks += [Prose(_said(every, pair, shared)), _by_code(material, every)]
    return Section("methods", "How this was made", tuple(blocks))


def _how(material: Material) -> list[str]:
    """Return what was done, of that which can be seen in the evidence."""
    told = material.told
    domains = len(told) > 0 and bool(told["domain"].notna().all())
    judged = any(row["confidence"] is not None for row in material.findings)
    said = [f"{KEPT} {DOMAINS}" if domains else KEPT]
    return [*said, f"{COUNTED} {JUDGED}" if judged else COUNTED]


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


def _said(every: list[Agreement], pair: tuple[str, str], shared: int) -> str:
    whole, codes = every[0], len(every) - 1
    kappa = (
        "Cohen's kappa cannot be told, since a coder never varies"
        if whole.kappa is None
        else f"Cohen's kappa {decimal(whole.kappa, 2)}{_limits(whole, ' (95% interval ', ')')}"
    )
    alpha = "" if whole.alpha is None else f", Krippendorff's alpha {decimal(whole.alpha, 2)}"
    given = whole.both + whole.first_only + whole.second_only
    return (
        f"{pair[0]} and {pair[1]} both coded {counted(shared, 'document', 'documents')}. Of "
        f"{counted(given, 'code', 'codes')} that either gave to a passage, both gave "
        f"{whole.both:,}. Over all passages and {counted(codes, 'code', 'codes')} "
        f"({whole.units:,} yes or no decisions): {kappa}{alpha}. Both allow for the codes that "
        "neither gave; the interval takes the decisions as independent of each other, and is too "
        "narrow where they are not: read the codes one by one too. Passages that neither marked "
        "are not counted. Where the two differ, both readings stand until they have talked; the "
        "list is in the appendix."
    )


def _limits(one: Agreement, before: str = "", after: str = "") -> str:
    if one.lower is None or one.upper is None:
        return ""
    return f"{before}{decimal(one.lower, 2)} to {decimal(one.upper, 2)}{after}"


def _by_code(material: Material, every: list[Agreement]) -> Table:
    codes = material.evidence.table("codes").set_index("code_id")["name"].to_dict()
    rows = tuple(
        (
            codes.get(one.code_id, one.code_id),
            str(one.both),
            str(one.first_only + one.second_only),
            "not defined" if one.kappa is None else decimal(one.kappa, 2),
            _limits(one) or "not defined",
            "not defined" if one.alpha is None else decimal(one.alpha, 2),
        )
        for one in every[1:]
    )
    columns = (
        Column("Code"),
        Column("Passages, both", numeric=True),
        Column("One only", numeric=True),
        Column("Kappa", numeric=True),
        Column("95% interval"),
        Column("Alpha", numeric=True),
    )
    return Table("agreement", "Agreement by code", columns, rows, short=40, folded=True)
