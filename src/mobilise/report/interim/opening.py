"""The opening sections: in short, what changed, and the programme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.learn.plain import several
from mobilise.learn.sectors import SECTORS
from mobilise.report.interim.numbers import headlines
from mobilise.report.interim.residents import effects_of
from mobilise.report.interim.words import LEVELS, named
from mobilise.report.model import Callout, Column, Link, Point, Points, Prose, Section, Table
from mobilise.report.words import counted, listed, whole

if TYPE_CHECKING:
    from mobilise.report.interim.editions import Edition
    from mobilise.report.interim.material import Material

_SHOWN = 5


def summary_section(material: Material, edition: Edition) -> Section:
    """Return what a decision maker must know, in a minute."""
    table = material.evidence.table
    documents = table("documents")
    partners = table("partners")
    points = [
        Point(
            f"{counted(len(material.projects), 'project', 'projects')} with "
            f"{counted(partners['organisation'].nunique(), 'partner', 'partners')}; "
            f"{counted(int(documents['part_of'].isna().sum()), 'document', 'documents')} read, "
            f"{counted(material.told['extract_id'].nunique(), 'passage', 'passages')} coded, "
            f"{counted(len(material.findings), 'finding', 'findings')}.",
            "What this rests on. ",
        )
    ]
    points += [
        Point(
            f"{row['statement']} (confidence: {row['confidence'] or 'not judged'}) "
            f"{row['so_what'] or ''}".strip()
        )
        for row in _surest(material)
    ]
    points += [Point(text, named(name)) for name, text in headlines(material).items()]
    points += [Point(f"{lead}{text}", "Residents. ") for lead, text in effects_of(material)]
    points.append(
        Point(
            f"This is edition {edition.number}. "
            + (
                f"{counted(len(edition.changes), 'thing', 'things')} changed since the last one."
                if edition.changes
                else "There is none before it to compare with."
            ),
            "What is new. ",
        )
    )
    return Section("in-short", "In short", (Points(tuple(points)),))


def changes_section(edition: Edition) -> Section:
    """Return what changed since the last edition."""
    if not edition.changes:
        words = "This is the first edition; from the next one on, this section lists what changed."
        return Section("changes", "What changed", (Prose(words),))
    items = tuple(Point(change) for change in edition.changes)
    words = f"Since edition {edition.number - 1}:"
    return Section("changes", "What changed", (Prose(words), Points(items)))


def programme_section(material: Material) -> Section:
    """Return the programme or programmes, their phases and projects."""
    blocks: list[Prose | Table | Callout] = []
    for programme in material.programmes:
        said = [f"{programme['name']}."]
        if programme["question"]:
            said.append(f"Question: {programme['question']}")
        if programme["funders"]:
            said.append(f"Funded by {listed(several(programme['funders']))}.")
        if programme["coordinator"]:
            said.append(f"Coordinated by {programme['coordinator']}.")
        if programme["source"]:
            said.append(f"Source: {programme['source']}.")
        blocks.append(Prose(" ".join(said)))
    real = [p["name"] for p in material.programmes if not p["invented"]]
    if material.invented and real:
        blocks.append(
            Callout(
                f"The facts on {listed(real)} are public and true, and cited here with their "
                "source. Everything else was invented.",
                "What is real. ",
            )
        )
    if material.phases:
        blocks.append(_phases(material))
    blocks += [_projects(material), _sectors(material)]
    return Section("programme", "The programme", tuple(blocks))


def _surest(material: Material) -> list[dict[str, str]]:
    """Return the findings that people are most confident in, at most five."""
    place = {level: at for at, level in enumerate(LEVELS)}
    return sorted(
        material.findings, key=lambda row: (place.get(row["confidence"], 9), row["order"])
    )[:_SHOWN]


def _phases(material: Material) -> Table:
    names = {row["programme_id"]: row["name"] for row in material.programmes}
    rows = [
        (
            f"{names.get(row['programme_id'], row['programme_id'])}, phase {row['phase']}",
            row["name"],
            row["start"] or "not stated",
            whole(row["projects"]) if row["projects"] is not None else "not stated",
            f"£{row['award']:,.0f}" if row["award"] is not None else "not stated",
            row["says"] or "",
        )
        for row in material.phases
    ]
    columns = (
        Column("Programme and phase", wide=True),
        Column("Called"),
        Column("From"),
        Column("Projects", numeric=True),
        Column("Each up to", numeric=True),
        Column("What for", wide=True),
    )
    return Table("phases", "Phases", columns, tuple(rows))


def _projects(material: Material) -> Table:
    pages = {entry.project_id: entry for entry in reversed(material.library)}
    rows = []
    for row in material.projects:
        entry = pages.get(row["project_id"])
        name = Link(row["title"], f"library/{entry.page}") if entry else row["title"]
        where = "; ".join(several(row["places"]))
        cells = (
            name,
            str(row["phase"] or ""),
            where or "not stated",
            row["setting"] or "not stated",
            row["groups"] or "not stated",
            row["summary"] or "not stated",
        )
        rows.append(cells)
    columns = (
        Column("Project"),
        Column("Phase", numeric=True),
        Column("Where"),
        Column("Setting"),
        Column("For whom"),
        Column("What", wide=True),
    )
    return Table("projects", "Projects, by phase", columns, tuple(rows))


def _sectors(material: Material) -> Table:
    partners = material.evidence.table("partners")
    rows = []
    for sector in SECTORS:
        here = partners[partners["sector"] == sector]
        projects = here["project_id"].nunique()
        rows.append(
            (sector, str(here["organisation"].nunique()), f"{projects} of {len(material.projects)}")
        )
    columns = (
        Column("Sector"),
        Column("Partners", numeric=True),
        Column("Projects with such a partner", numeric=True),
    )
    return Table("sectors", "Partners by sector", columns, tuple(rows))
