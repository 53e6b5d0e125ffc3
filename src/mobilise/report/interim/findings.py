"""Findings, each with its confidence, the reasons for it, and the passages that it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise.learn.plain import records
from mobilise.learn.synthesis import COMPONENTS
from mobilise.report.interim.words import LEVEL_MEANS, LEVELS, phase_said, quoted, source_link
from mobilise.report.model import Block, Column, Heading, Link, Prose, Section, Table
from mobilise.report.words import counted

if TYPE_CHECKING:
    from mobilise.report.interim.material import Material

ABOUT = (
    "Findings are ordered as the panel ordered them. The number of projects counts each project "
    "once, however often it says a thing. Confidence was judged by people after GRADE-CERQual, "
    "with their reasons. Each passage leads to its place in its source."
)


def findings_section(material: Material) -> Section:
    """Return every finding with its evidence trail."""
    if not material.findings:
        return Section("findings", "Findings", (Prose("No finding has been entered yet."),))
    blocks: list[Block] = [Prose(ABOUT), _overview(material)]
    for at, row in enumerate(material.findings, 1):
        blocks += _finding(material, at, row)
    return Section("findings", "Findings", tuple(blocks))


def _overview(material: Material) -> Table:
    rests = _counts(material)
    rows = tuple(
        (
            Link(row["statement"], f"#finding-{at}"),
            row["theme"],
            row["sort"],
            str(rests.get(row["finding_id"], (0, 0))[0]),
            row["confidence"] or "not judged",
        )
        for at, row in enumerate(material.findings, 1)
    )
    columns = (
        Column("Finding", wide=True),
        Column("Theme"),
        Column("Sort"),
        Column("Projects", numeric=True),
        Column("Confidence"),
    )
    return Table(
        "findings-table",
        f"Findings, of {counted(material.heard, 'project', 'projects')} heard",
        columns,
        rows,
    )


def _finding(material: Material, at: int, row: dict[str, Any]) -> list[Block]:
    projects, extracts = _counts(material).get(row["finding_id"], (0, 0))
    said = [
        f"{row['theme']}, {row['sort']}.",
        (
            f"Rests on {counted(extracts, 'passage', 'passages')} from "
            f"{counted(projects, 'project', 'projects')} of {material.heard}."
        ),
    ]
    against = _against(material, row)
    if against:
        said.append(f"{counted(against, 'passage speaks', 'passages speak')} against it.")
    if row["confidence"] in LEVELS:
        means = LEVEL_MEANS[row["confidence"]]
        said.append(f"Confidence: {row['confidence']} ({means}). {row['confidence_why'] or ''}")
    blocks: list[Block] = [Heading(f"finding-{at}", f"{at}. {row['statement']}")]
    blocks.append(Prose(" ".join(said).strip()))
    if row["so_what"]:
        blocks.append(Prose(f"What you may do: {row['so_what']}"))
    blocks += [_trail(material, at, row), _judgement(at, row)]
    return blocks


def _trail(material: Material, at: int, row: dict[str, Any]) -> Table:
    here = material.trail[material.trail["finding_id"] == row["finding_id"]]
    rows = tuple(
        (
            quoted(one["text"]),
            source_link(one),
            f"{one['project'] or 'no project'}, {phase_said(one['phase'])}".rstrip(", "),
            "against" if one["against"] else "for",
        )
        for one in records(here)
    )
    columns = (
        Column("What was said", wide=True),
        Column("Source"),
        Column("Project"),
        Column("Speaks"),
    )
    return Table(f"trail-{at}", f"What finding {at} rests on", columns, rows)


def _judgement(at: int, row: dict[str, Any]) -> Table:
    rows = tuple(
        (label, _concerns(row[key]), row[f"{key}_why"] or "") for key, label in COMPONENTS.items()
    )
    columns = (Column("Component"), Column("Concerns"), Column("Reason", wide=True))
    by = "; ".join(said for said in (row["judged_by"], row["date"]) if said)
    caption = f"How confidence in finding {at} was judged" + (f" ({by})" if by else "")
    return Table(f"judged-{at}", caption, columns, rows, folded=True)


def _against(material: Material, row: dict[str, Any]) -> int:
    """Return how many passages speak against a finding."""
    trail = material.trail
    here = trail[(trail["finding_id"] == row["finding_id"]) & trail["against"].astype(bool)]
    return int(here["extract_id"].nunique())


def _concerns(said: str | None) -> str:
    if said is None:
        return "not judged"
    return "no concerns" if said == "none" else f"{said} concerns"


def _counts(material: Material) -> dict[str, tuple[int, int]]:
    """Return in how many projects, and in how many passages, each finding is borne out."""
    rests = material.trail[~material.trail["against"].astype(bool)]
    grouped = rests.groupby("finding_id").agg(
        projects=("project_id", "nunique"), extracts=("extract_id", "nunique")
    )
    return {
        str(key): (int(row["projects"]), int(row["extracts"])) for key, row in grouped.iterrows()
    }
