"""Walks from a point that somebody chose."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from mobilise.web.shading import style_of
from mobilise.web.shell import page
from mobilise.web.site import TheSite
from mobilise.web.walks import FURTHEST, walks_from

router = APIRouter()
Lat = Annotated[float, Query(ge=-90, le=90, description="Latitude, degrees")]
Lon = Annotated[float, Query(ge=-180, le=180, description="Longitude, degrees")]


@router.get("/walks", include_in_schema=False)
def walks_page(request: Request, site: TheSite, lat: Lat, lon: Lon) -> HTMLResponse:
    """Show who lives within so many minutes of a point, and what is there."""
    walks = walks_from(site, lat, lon)
    return page(request, "walks.html", walks=walks, lat=lat, lon=lon, shades=walks.shading)


@router.get("/walks/style.json", include_in_schema=False)
def walks_style(site: TheSite, lat: Lat, lon: Lon) -> dict[str, Any]:
    """Answer with a class for each area, and a colour for each class."""
    return style_of(walks_from(site, lat, lon).shading)


@router.get("/walks.json", summary="Minutes on foot from a point to each area")
def walks_json(site: TheSite, lat: Lat, lon: Lon) -> dict[str, Any]:
    """Answer with the minutes from each area's people to the point, null beyond an hour."""
    walks = walks_from(site, lat, lon)
    minutes = [None if m != m else round(m, 1) for m in walks.minutes.tolist()]  # noqa: PLR0124
    return {
        "unit": "minutes",
        "furthest": FURTHEST,
        "people_within": walks.people,
        "areas": dict(zip(site.areas["area_id"].tolist(), minutes, strict=True)),
    }
