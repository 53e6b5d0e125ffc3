"""Equity of referral: who is referred and who is not, in figures that the wall let out."""

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from mobilise.web.shell import page
from mobilise.web.site import TheSite

router = APIRouter()
SECTION, TABLE = "referrals", "referral_equity"


@router.get("/equity", include_in_schema=False)
def equity_page(request: Request, site: TheSite) -> HTMLResponse:
    """Show the report's section, or say that nothing was released yet."""
    return page(request, "equity.html", section=site.sections.get(SECTION))


@router.get("/equity.csv", summary="Equity of referral: suppressed figures only")
def equity_csv(site: TheSite) -> Response:
    """Answer with the released figures."""
    if TABLE not in site.place.tables():
        raise HTTPException(404, "No counts of referrals were released to this place.")
    table = site.place.table(TABLE)
    return Response(str(table.to_csv(index=False)), media_type="text/csv; charset=utf-8")
