"""The resource library: each output with its citation, project, findings and neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mobilise.learn.evidence import safe_name
from mobilise.learn.plain import records, said, several
from mobilise.learn.register.citations import STYLE, cite

if TYPE_CHECKING:
    import pandas as pd

    from mobilise.learn.evidence import Evidence


@dataclass(frozen=True)
class Entry:
    """One page of the library.

    Parameters
    ----------
    output_id, page
        Its id, and the name of its page.
    title, authors, issued, publisher, summary, url, doi, type
        As the output has them.
    citation
        In the style asked for.
    project_id, project, phase, programme, funders, reference, places, kinds, groups, themes
        What it comes from. Where it has no project, themes are the output's keywords, and the
        programme is that which all projects belong to, if they belong to one.
    findings
        (id, statement) of the findings that rest on its documents.
    documents
        Ids of the documents that hold its text.
    previous, following
        The pages before and after it, or "".
    """

    output_id: str
    page: str
    title: str
    authors: tuple[str, ...]
    issued: str
    publisher: str
    summary: str
    url: str
    doi: str
    type: str
    citation: str
    project_id: str
    project: str
    phase: int | None
    programme: str
    funders: str
    reference: str
    places: tuple[str, ...]
    kinds: tuple[str, ...]
    groups: tuple[str, ...]
    themes: tuple[str, ...]
    findings: tuple[tuple[str, str], ...]
    documents: tuple[str, ...]
    previous: str = ""
    following: str = ""


def library(
    evidence: Evidence,
    *,
    style: str = STYLE,
    phase: int | None = None,
    place: str | None = None,
    kind: str | None = None,
    theme: str | None = None,
) -> list[Entry]:
    """Return the pages of the library, oldest first.

    Parameters
    ----------
    evidence
        Where from.
    style
        Of the citations; see :func:`mobilise.learn.register.cite`.
    phase, place, kind, theme
        Only outputs of projects of this phase, place (a part of its name will do), kind of
        asset and theme. Previous and next are within what is left.
    """
    projects = evidence.table("projects")
    chosen = projects_where(projects, phase=phase, place=place, kind=kind, theme=theme)
    outputs = evidence.table("outputs")
    if not (phase is None and place is None and kind is None and theme is None):
        outputs = outputs[outputs["project_id"].isin(chosen["project_id"])]
    outputs = outputs.sort_values(["issued", "output_id"], na_position="first")
    known = {row["project_id"]: row for row in records(projects)}
    programmes = {row["programme_id"]: row for row in records(evidence.table("programmes"))}
    alone = sole_programme(records(projects), list(programmes.values()))
    findings, documents = _findings(evidence), _documents(evidence)
    citations, rows = cite(outputs, style), records(outputs)
    pages = [f"{safe_name(row['output_id'])}.html" for row in rows]
    return [
        _entry(
            row,
            known.get(row["project_id"], {}),
            programmes,
            alone,
            page=pages[at],
            citation=citations[row["output_id"]],
            findings=findings.get(row["output_id"], ()),
            documents=documents.get(row["output_id"], ()),
            previous=pages[at - 1] if at else "",
            following=pages[at + 1] if at + 1 < len(pages) else "",
        )
        for at, row in enumerate(rows)
    ]


def sole_programme(
    projects: list[dict[str, Any]], programmes: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return the programme that all projects belong to; empty where it is not one alone.

    Parameters
    ----------
    projects, programmes
        Rows of the tables; without any project that names one, it is the only programme.
    """
    named = {row["programme_id"] for row in projects} - {None}
    found = [row for row in programmes if not named or row["programme_id"] in named]
    return found[0] if len(found) == 1 else {}


def projects_where(
    projects: pd.DataFrame,
    *,
    phase: int | None = None,
    place: str | None = None,
    kind: str | None = None,
    theme: str | None = None,
) -> pd.DataFrame:
    """Return the projects of a phase, place, kind of asset and theme, each only if given.

    Parameters
    ----------
    projects
        The table.
    phase, kind, theme
        As the table has them.
    place
        A part of a place's name, in any case of letters, or an area's id.
    """
    keep = projects["project_id"].notna()
    if phase is not None:
        keep &= (projects["phase"] == phase).fillna(value=False).astype(bool)
    if place is not None:
        named = projects["places"].fillna("").str.lower().str.contains(place.lower(), regex=False)
        keep &= named | _holds(projects["area_ids"], place)
    if kind is not None:
        keep &= _holds(projects["kinds"], kind)
    if theme is not None:
        keep &= _holds(projects["themes"], theme)
    return projects[keep]


def _holds(cells: pd.Series[Any], item: str) -> pd.Series[Any]:
    return cells.map(lambda cell: item in several(cell)).astype(bool)


def _entry(
    row: dict[str, Any],
    project: dict[str, Any],
    programmes: dict[str, dict[str, Any]],
    alone: dict[str, Any],
    **more: Any,
) -> Entry:
    programme = programmes.get(project.get("programme_id") or "", {}) if project else alone
    return Entry(
        output_id=row["output_id"],
        title=row["title"],
        authors=several(row["authors"]),
        issued=said(row["issued"]),
        publisher=said(row["publisher"]),
        summary=said(row["summary"]),
        url=said(row["url"]),
        doi=said(row["doi"]),
        type=row["type"],
        project_id=said(row["project_id"]),
        project=said(project.get("title")),
        phase=project.get("phase"),
        programme=said(programme.get("name")),
        funders=said(project.get("funders")) or said(programme.get("funders")),
        reference=said(project.get("reference")),
        places=several(project.get("places")),
        kinds=several(project.get("kinds")),
        groups=several(project.get("groups")),
        themes=several(project.get("themes")) or several(row["keywords"]),
        **more,
    )


def _documents(evidence: Evidence) -> dict[str, tuple[str, ...]]:
    documents = evidence.table("documents").dropna(subset="output_id")
    grouped = documents.groupby("output_id", sort=True)["document_id"]
    return {str(key): tuple(ids) for key, ids in grouped}


def _findings(evidence: Evidence) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return for each output the findings that rest on its documents, in their order."""
    trail = (
        evidence.table("finding_extracts")
        .merge(evidence.table("extracts")[["extract_id", "document_id"]], on="extract_id")
        .merge(evidence.table("documents")[["document_id", "output_id"]], on="document_id")
        .merge(evidence.table("findings")[["finding_id", "order", "statement"]], on="finding_id")
        .dropna(subset="output_id")
        .drop_duplicates(["output_id", "finding_id"])
        .sort_values(["output_id", "order", "finding_id"])
    )
    return {
        str(key): tuple(zip(rows["finding_id"], rows["statement"], strict=True))
        for key, rows in trail.groupby("output_id", sort=True)
    }
