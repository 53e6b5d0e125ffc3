"""Evidence: what was funded, what was said, what follows from it, and the words behind it."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse

from mobilise.errors import InputError
from mobilise.learn.evidence import Evidence
from mobilise.learn.plain import records
from mobilise.learn.register.library import library
from mobilise.learn.synthesis.matrix import COLUMNS, ROWS, framework_matrix
from mobilise.learn.synthesis.search import search
from mobilise.learn.synthesis.told import told
from mobilise.web.shell import page
from mobilise.web.site import Site, TheSite

router = APIRouter()
Text = Annotated[str, Query(max_length=200)]
NAMES = {"project_id": "project", "document_id": "document"}
NETWORK = ("organisations", "collaborations", "sector_links", "collaborative_models")
MOST_COLUMNS = 40


@dataclass(frozen=True)
class Span:
    """A piece of a document: its words, and the codes that people gave it, if any."""

    text: str
    codes: tuple[str, ...]
    extract: str


@router.get("/evidence", include_in_schema=False)
def evidence_page(request: Request, site: TheSite) -> HTMLResponse:
    """Show the findings, each with how confident people are in it, and the register."""
    evidence = _evidence(site)
    findings = evidence.table("findings").sort_values(["order", "finding_id"])
    return page(
        request,
        "evidence.html",
        findings=records(findings),
        projects=records(evidence.table("projects").sort_values(["phase", "title"])),
        entries=library(evidence),
        documents=len(evidence.table("documents")),
        extracts=len(evidence.table("extracts")),
        network="organisations" in site.place.tables(),
        interim=(site.place.folder / "report" / "learn" / "index.html").is_file(),
    )


@router.get("/evidence/findings.csv", summary="Findings, each with the confidence in it")
def findings_csv(site: TheSite) -> Response:
    """Answer with the table ``findings``."""
    table = _evidence(site).table("findings").sort_values(["order", "finding_id"])
    return Response(str(table.to_csv(index=False)), media_type="text/csv; charset=utf-8")


@router.get("/evidence/matrix.csv", summary="Extracts by theme and project, or otherwise")
def matrix_csv(site: TheSite, rows: Text = "theme", columns: Text = "project_id") -> Response:
    """Answer with the framework matrix."""
    matrix = framework_matrix(told(_evidence(site)), rows, columns)
    return Response(str(matrix.counts.to_csv()), media_type="text/csv; charset=utf-8")


@router.get("/evidence/search", include_in_schema=False)
def evidence_search(request: Request, site: TheSite, q: Text = "") -> HTMLResponse:
    """Find words in everything."""
    found, fault = [], ""
    if q.strip():
        try:
            found = search(_evidence(site), q)
        except InputError as error:
            fault = str(error)
    return page(request, "evidence-search.html", q=q, found=found, fault=fault)


@router.get("/evidence/matrix", include_in_schema=False)
def matrix_page(
    request: Request,
    site: TheSite,
    rows: Text = "theme",
    columns: Text = "project_id",
    row: Text = "",
    column: Text = "",
) -> HTMLResponse:
    """Show themes by projects, and the extracts behind a cell."""
    evidence = _evidence(site)
    matrix = framework_matrix(told(evidence), rows, columns)
    counts = matrix.counts.iloc[:, :MOST_COLUMNS]
    cell = records(matrix.cell(row, _as_is(counts.columns, column))) if row else []
    return page(
        request,
        "matrix.html",
        counts=counts,
        matrix=matrix,
        rows=rows,
        columns=columns,
        row=row,
        column=column,
        cell=cell,
        titles=_titles(evidence),
        choices=(ROWS, COLUMNS),
        names=NAMES,
    )


@router.get("/evidence/network", include_in_schema=False)
def network_page(request: Request, site: TheSite, period: float | None = None) -> HTMLResponse:
    """Show who works with whom in one period: the picture, the figures, and its course."""
    from mobilise.report.sections.learned_network import network_blocks  # noqa: PLC0415  (heavy)

    there = set(site.place.tables())
    tables = {name: site.place.table(name) for name in NETWORK if name in there}
    if not {"organisations", "collaborations"} <= set(tables):
        raise HTTPException(404, "This place has no network yet; 'mobilise learn network' adds it.")
    every = tables["organisations"]
    periods = sorted({float(one) for one in every["period"]})
    shown = periods[-1] if period is None else period
    if shown not in periods:
        raise HTTPException(404, f"The network has no period {shown:g}.")
    return page(
        request,
        "network.html",
        section={"blocks": network_blocks(tables, period=shown)[1:]},
        periods=periods,
        shown=shown,
        invented=bool(every["synthetic"].fillna(value=False).any()),
    )


@router.get("/evidence/{table}.csv", summary="The network: organisations, links, or by sector")
def network_csv(
    site: TheSite, table: Literal["organisations", "collaborations", "sector_links"]
) -> Response:
    """Answer with one of the network's tables."""
    if table not in site.place.tables():
        raise HTTPException(404, "This place has no network yet; 'mobilise learn network' adds it.")
    found = str(site.place.table(table).to_csv(index=False))
    return Response(found, media_type="text/csv; charset=utf-8")


@router.get("/evidence/findings/{finding_id}", include_in_schema=False)
def finding_page(request: Request, site: TheSite, finding_id: str) -> HTMLResponse:
    """Show a finding with the trail to the very words that it rests on."""
    evidence = _evidence(site)
    rows = evidence.table("findings")
    mine = records(rows[rows["finding_id"] == finding_id])
    if not mine:
        raise HTTPException(404, "There is no such finding.")
    trail = evidence.table("finding_extracts")
    extracts = evidence.table("extracts").merge(
        trail[trail["finding_id"] == finding_id], on="extract_id"
    )
    return page(
        request,
        "finding.html",
        finding=mine[0],
        extracts=records(extracts),
        titles=_titles(evidence),
    )


@router.get("/evidence/documents/{document_id}", include_in_schema=False)
def document_page(request: Request, site: TheSite, document_id: str) -> HTMLResponse:
    """Show a document's text with its extracts marked."""
    evidence = _evidence(site)
    title = _titles(evidence).get(document_id)
    if title is None:
        raise HTTPException(404, "There is no such document.")
    try:
        text = evidence.text(document_id)
    except InputError as error:
        raise HTTPException(404, str(error)) from error
    return page(
        request, "document.html", title=title, spans=spans(text, _marks(evidence, document_id))
    )


def spans(text: str, marks: list[tuple[int, int, str, str]]) -> list[Span]:
    """Return a text cut at every begin and end of a mark, each piece with its codes.

    Parameters
    ----------
    text
        The document's.
    marks
        Begin, end (code points), code, and extract.
    """
    cuts = sorted({0, len(text), *(p for m in marks for p in m[:2] if 0 <= p <= len(text))})
    found = []
    for begin, end in pairwise(cuts):
        over = [m for m in marks if m[0] <= begin and end <= m[1]]
        codes = tuple(dict.fromkeys(m[2] for m in over))
        found.append(Span(text[begin:end], codes, over[0][3] if over else ""))
    return found


def _marks(evidence: Evidence, document_id: str) -> list[tuple[int, int, str, str]]:
    table = told(evidence)
    places = evidence.table("extracts")[["extract_id", "start", "end"]]
    mine = table[table["document_id"] == document_id].merge(places, on="extract_id")
    mine = mine[mine["start"].notna() & mine["end"].notna()]
    return [
        (int(row["start"]), int(row["end"]), str(row["code"]), str(row["extract_id"]))
        for row in records(mine)
    ]


def _titles(evidence: Evidence) -> dict[str, str]:
    """Return what documents and projects are called, by their ids."""
    found: dict[str, str] = {}
    for table, key in (("documents", "document_id"), ("projects", "project_id")):
        frame = evidence.table(table)
        found |= dict(zip(frame[key], frame["title"].fillna(""), strict=True))
    return found


def _as_is(columns: Any, wanted: str) -> Any:
    """Return the column whose name reads as wanted: phases are numbers."""
    return next((column for column in columns if str(column) == wanted), wanted)


def _evidence(site: Site) -> Evidence:
    if not site.has_evidence:
        raise HTTPException(
            404, "This place has no evidence yet; 'mobilise learn add' takes it in."
        )
    return Evidence.of(site.place.folder)
