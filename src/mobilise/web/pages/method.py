"""Method and data: where every figure comes from, and how to take it away."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse

from mobilise.tables import TABLES
from mobilise.web.downloads import FILES
from mobilise.web.shell import page
from mobilise.web.site import TheSite

router = APIRouter()
PARTS = {
    "method": "How it is computed",
    "sources": "Sources and licences",
    "quality": "Data quality",
    "parameters": "Parameters",
}


@router.get("/method", include_in_schema=False)
def method_page(request: Request, site: TheSite) -> HTMLResponse:
    """Show definitions, sources, dates, limits, downloads and the open interfaces."""
    tables = [
        (TABLES[name].says, f"/{name}.parquet", name)
        for name in site.place.tables()
        if (site.place.folder / f"{name}.parquet").is_file()  # evidence has pages of its own
    ]
    return page(
        request,
        "method.html",
        parts={key: site.sections[key] for key in PARTS if key in site.sections},
        tables=tables,
        downloads=FILES,
        interfaces=_interfaces(request),
        built=site.place.facts.get("built", ""),
        version=site.place.facts.get("mobilise", ""),
    )


@router.get("/method/{part}", include_in_schema=False)
def method_part(request: Request, site: TheSite, part: str) -> HTMLResponse:
    """Show one part of the method by itself."""
    if part not in PARTS or part not in site.sections:
        raise HTTPException(404)
    section = site.sections[part]
    return page(request, "part.html", section=section, parts=PARTS, part=part, back="/method")


def _interfaces(request: Request) -> list[tuple[str, str]]:
    """Return the open interfaces of this application: path and what it answers with."""
    described: dict[str, Any] = request.app.openapi()
    return [
        (path, methods["get"].get("summary", ""))
        for path, methods in sorted(described["paths"].items())
        if "get" in methods
    ]
