"""Matching: the services that fit a person, and sending them on to one."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy import select

from mobilise.build.weights import match_weights
from mobilise.directory import Directory, Found, match, search
from mobilise.directory.needs import catalogue
from mobilise.errors import InputError, MobiliseError, NotAllowed, NotSignedIn, NotThere
from mobilise.referrals import ListedService, send_on, take_in
from mobilise.referrals.fromplace import PlaceDirectory
from mobilise.referrals.listing import Case, case
from mobilise.referrals.model import NOT_RECORDED, Organisation, Service
from mobilise.referrals.words import words
from mobilise.web.caring.door import Caller, Posted, Signed, care_page, done_once
from mobilise.web.forms import Fields, one

router = APIRouter()
# The words of referrals, in those of the directory.
NEEDS = {
    "loneliness": ["loneliness"],
    "mental wellbeing": ["low_mood"],
    "physical activity": ["physical_activity"],
    "bereavement": ["bereavement"],
    "long-term condition": ["long_term_condition"],
    "caring": ["carers"],
    "money": ["money"],
    "housing": ["housing"],
    "work": ["work"],
    "food": ["food"],
    "family": ["parenting"],
    "language": ["migration"],
    "creative activity": ["creative"],
    "abuse": ["abuse"],
    "substances": ["addiction"],
}
SHOWN = 12


@router.get("/tasks/{task_id}/match")
def match_page(
    request: Request,
    caller: Signed,
    task_id: str,
    *,
    minutes: float | None = None,
    free: bool = False,
    step_free: bool = False,
    q: str = "",
) -> HTMLResponse:
    """Show the services that fit; what is known of the person stays on this side of the page."""
    asked = {"minutes": minutes, "free": free, "step_free": step_free, "q": q[:100]}
    return _matched(request, caller, task_id, asked)


@router.post("/tasks/{task_id}/send-on")
def sent_on(request: Request, caller: Signed, fields: Posted, task_id: str) -> Response:
    """Send the person on to a service, telling no more than was ticked."""
    listed = _listed(request, one(fields, "listed"))

    def work() -> str:
        with caller.store.work(caller.actor) as work:
            service = take_in(work, listed).id if listed else one(fields, "service")
            send_on(
                work,
                task_id,
                service,
                needs=fields.get("needs", []),
                note=one(fields, "note") or None,
            )
        return f"/care/tasks/{task_id}?done=send-on"

    try:
        return done_once(request, caller, fields, work)
    except (NotSignedIn, NotThere, NotAllowed):
        raise
    except MobiliseError as error:
        return _matched(request, caller, task_id, {"q": ""}, str(error), fields)


def _matched(
    request: Request,
    caller: Caller,
    task_id: str,
    asked: dict[str, Any],
    fault: str = "",
    fields: Fields | None = None,
) -> HTMLResponse:
    with caller.store.work(caller.actor) as work:
        whole = case(work, task_id)
        services = work.session.execute(
            select(Service.id, Service.name, Organisation.name)
            .join(Organisation, Organisation.id == Service.organisation_id)
            .where(Service.active)
            .order_by(Service.name, Service.id)
        ).all()
    directory = request.app.state.directory
    found = None
    if directory is not None:
        try:
            weights = match_weights(request.app.state.site.place.folder)
            found = _search(directory, whole, asked, weights)
        except InputError as error:
            fault = fault or str(error)
    return care_page(
        request,
        caller,
        "match.html",
        422 if fault else 200,
        whole=whole,
        found=found,
        services=[tuple(row) for row in services],
        asked=asked,
        needs=words()["needs"],
        fault=fault,
        fields=fields or {},
    )


def _search(
    directory: Directory,
    whole: Case,
    asked: dict[str, Any],
    weights: dict[str, Any],
) -> Found:
    """Search by the person's needs and place and residents' weights; nothing of it is kept."""
    known = catalogue().needs
    needs = [name for need in whole.needs for name in NEEDS.get(need.code, []) if name in known]
    postcode = whole.person.postcode
    limits: dict[str, Any] = {
        "minutes": asked.get("minutes"),
        "cost": 0.0 if asked.get("free") else None,
        "step_free": bool(asked.get("step_free")),
        "per_page": SHOWN,
    }
    if postcode != NOT_RECORDED:
        limits["postcode"] = postcode

    def ask() -> Found:
        if asked.get("q") or not needs:
            return search(directory, str(asked.get("q", "")), **limits)
        return match(directory, needs, **weights, **limits)

    try:
        return ask()
    except InputError as error:
        if not str(error).startswith("postcode"):
            raise
        del limits["postcode"]  # one that the directory does not know
        return ask()


def _listed(request: Request, service_id: str) -> ListedService | None:
    """Return what the directory says of a service; None where it is one of the store's own."""
    directory = request.app.state.directory
    if not service_id or directory is None:
        return None
    found = PlaceDirectory(directory).service(service_id)
    if found is None:
        raise NotThere("there is no such service in the directory any more.")
    return found
