"""What people see first: their caseload, what came in, what they asked for."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from mobilise.referrals import caseload, inbox, referred
from mobilise.referrals.listing import Line
from mobilise.referrals.words import words
from mobilise.web.caring.door import Signed, care_page

router = APIRouter()
STATUS = {
    "requested": "Waiting for an answer",
    "accepted": "Accepted",
    "in-progress": "Under way",
    "on-hold": "On hold",
    "completed": "Completed",
    "rejected": "Declined",
    "cancelled": "Called off",
    "failed": "Could not be done",
    "draft": "Draft",
    "entered-in-error": "Entered in error",
}


@router.get("/caseload")
def caseload_page(
    request: Request, caller: Signed, *, closed: bool = False, mine: bool = False
) -> HTMLResponse:
    """Show whom the team works with, the longest waiting first."""
    with caller.store.work(caller.actor) as work:
        lines = caseload(work, closed=closed, mine=mine)
    return _listed(request, caller, "Caseload", "/care/caseload", lines, closed=closed, mine=mine)


@router.get("/inbox")
def inbox_page(request: Request, caller: Signed, *, closed: bool = False) -> HTMLResponse:
    """Show what was sent to the organisation."""
    with caller.store.work(caller.actor) as work:
        lines = inbox(work, closed=closed)
    return _listed(request, caller, "Inbox", "/care/inbox", lines, closed=closed, mine=False)


@router.get("/referred")
def referred_page(request: Request, caller: Signed, *, closed: bool = False) -> HTMLResponse:
    """Show what the organisation asked others for, and how it stands."""
    with caller.store.work(caller.actor) as work:
        lines = referred(work, closed=closed)
    return _listed(request, caller, "Referred", "/care/referred", lines, closed=closed, mine=False)


def _listed(
    request: Request, caller: Signed, title: str, path: str, lines: list[Line], **asked: bool
) -> HTMLResponse:
    waiting = [line.waiting_days for line in lines if line.task.status == "requested"]
    return care_page(
        request,
        caller,
        "list.html",
        title=title,
        path=path,
        lines=lines,
        waiting=waiting,
        stands=STATUS,
        needs=words()["needs"],
        **asked,
    )
