"""The place's home page: what is here, who can reach it, who is left out."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mobilise.report.sections.summary import summary_section
from mobilise.web.shell import page
from mobilise.web.site import TheSite

router = APIRouter()


@router.get("/", include_in_schema=False)
def home(request: Request, site: TheSite) -> HTMLResponse:
    """Show the place in five sentences with numbers."""
    (points,) = summary_section(site.material).blocks
    return page(request, "home.html", points=points)
