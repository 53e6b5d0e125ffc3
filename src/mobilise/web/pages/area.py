"""One area's report card."""

from typing import Any

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from mobilise.web.cards import card_of
from mobilise.web.shell import page
from mobilise.web.site import Site, TheSite

router = APIRouter()


@router.get("/areas/at/{row}", include_in_schema=False)
def area_at(site: TheSite, row: int) -> RedirectResponse:
    """Lead from an area's row, as the map's tiles have it, to its page."""
    if not 0 <= row < len(site.areas):
        raise HTTPException(404)
    return RedirectResponse(f"/areas/{site.areas['area_id'].iloc[row]}", status_code=303)


@router.get("/areas/{area_id}.json", summary="An area's report card")
def area_json(site: TheSite, area_id: str) -> dict[str, Any]:
    """Answer with an area's values beside those of the place and of areas like it."""
    card = card_of(site, _row(site, area_id))
    lines = [
        {
            "measure": line.layer.label,
            "unit": line.layer.unit,
            "here": line.here,
            "place": line.place,
            "similar_areas": line.alike,
        }
        for line in [*card.lines, *card.more]
    ]
    return {
        "area_id": card.id,
        "name": card.name,
        "population": card.people,
        "deprivation_quintile": card.fifth,
        "lines": lines,
    }


@router.get("/areas/{area_id}", include_in_schema=False)
def area_page(request: Request, site: TheSite, area_id: str) -> HTMLResponse:
    """Show an area's report card."""
    return page(request, "area.html", card=card_of(site, _row(site, area_id)))


def _row(site: Site, area_id: str) -> int:
    if area_id not in site.rows:
        raise HTTPException(404, f"{site.name} has no area '{area_id}'.")
    return site.rows[area_id]
