"""The place's home page: what is here, who can reach it, who is left out; and the search."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from mobilise.web.finding import find, point_of
from mobilise.web.shell import page
from mobilise.web.site import TheSite

router = APIRouter()
# Where each of the five sentences leads on to.
LEADS = {
    "People": ("/map?layer=deprivation", "Deprivation on the map"),
    "Assets": ("/map?assets=all", "All assets on the map"),
    "Reach": ("/map", "Who can reach what, on the map"),
    "Gap": ("/gaps", "All gaps"),
    "Worst served": ("/plan", "Plan where one more helps most"),
}


@router.get("/", include_in_schema=False)
def home(request: Request, site: TheSite) -> HTMLResponse:
    """Show the place in five sentences with numbers, each leading on."""
    return page(request, "home.html", sentences=site.sentences, leads=LEADS)


@router.get("/sentences.json", summary="The place in five sentences")
def sentences(site: TheSite) -> list[dict[str, str]]:
    """Answer with what the first page says."""
    return site.sentences


@router.get("/search", include_in_schema=False)
def search(
    request: Request, site: TheSite, q: Annotated[str, Query(max_length=100)] = ""
) -> Response:
    """Lead to the one area or the postcode that was meant, or list what might have been."""
    found = find(site, q)
    point = None if found.areas or found.assets else point_of(site, q)
    if point is not None:
        return RedirectResponse(f"/walks?lat={point[0]:.5f}&lon={point[1]:.5f}", status_code=303)
    if len(found.areas) == 1 and not found.assets:
        return RedirectResponse(f"/areas/{found.areas[0][0]}", status_code=303)
    return page(request, "search.html", q=q.strip(), found=found)
