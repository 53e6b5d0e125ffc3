"""One referral: who it is, what has been done, and what can be done next."""

from collections.abc import Callable
from datetime import date
from typing import Any

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import HTMLResponse

from mobilise.errors import Conflict, InputError, MobiliseError, NotAllowed, NotSignedIn, NotThere
from mobilise.learn.outcomes.scales import scales
from mobilise.referrals import consents, referring, supporting
from mobilise.referrals.access.links import send_link
from mobilise.referrals.access.rows import find
from mobilise.referrals.listing import Case, case
from mobilise.referrals.model import Organisation, Task
from mobilise.referrals.store import Work
from mobilise.referrals.words import words
from mobilise.web.caring.door import Caller, Posted, Signed, care_page, done_once, number
from mobilise.web.caring.lists import STATUS
from mobilise.web.forms import Fields, one

router = APIRouter()
DONE = {
    "referred": "The referral is on its way. You will see here what comes of it.",
    "accept": "Accepted. You can ring them now.",
    "decline": "Declined; who asked sees why.",
    "start": "Under way.",
    "pause": "On hold.",
    "resume": "Under way again.",
    "cancel": "Called off.",
    "contact": "The contact is written down.",
    "attendance": "Attendance is written down.",
    "outcome": "The score is written down.",
    "complete": "Completed; the message has gone back.",
    "fail": "Closed; who asked sees why.",
    "send-on": "Sent on.",
    "link": "A link is on its way to the group.",
    "consent": "What they agreed to is written down.",
}


def _contact(work: Work, task: str, fields: Fields) -> None:
    minutes = number(fields, "minutes")
    supporting.record_contact(
        work,
        task,
        how=one(fields, "how"),
        reached=one(fields, "reached") == "yes",
        minutes=None if minutes is None else int(minutes),
        note=one(fields, "note") or None,
    )


def _attendance(work: Work, task: str, fields: Fields) -> None:
    supporting.record_attendance(work, task, _day(fields, "held_on"), one(fields, "state"))


def _outcome(work: Work, task: str, fields: Fields) -> None:
    value = number(fields, "value")
    if value is None:
        raise InputError("value: write the score.")
    supporting.record_outcome(work, task, one(fields, "instrument"), value, one(fields, "moment"))


def _consent(work: Work, task: str, fields: Fields) -> None:
    found: Task = find(work.session, work.actor, Task, task)
    record = consents.record_consent if one(fields, "agreed") == "yes" else consents.record_refusal
    record(work, found.person_id, one(fields, "purpose"))


def _reason(act: Callable[[Work, str, str], Any]) -> Callable[[Work, str, Fields], Any]:
    return lambda work, task, fields: act(work, task, one(fields, "reason"))


ACTIONS: dict[str, Callable[[Work, str, Fields], Any]] = {
    "accept": lambda work, task, _: referring.accept(work, task),
    "decline": _reason(referring.decline),
    "start": lambda work, task, _: referring.start(work, task),
    "resume": lambda work, task, _: referring.start(work, task),
    "pause": _reason(referring.pause),
    "cancel": _reason(referring.cancel),
    "fail": _reason(supporting.fail),
    "contact": _contact,
    "attendance": _attendance,
    "outcome": _outcome,
    "consent": _consent,
    "link": lambda work, task, _: send_link(work, task),
    "complete": lambda work, task, fields: supporting.complete(
        work, task, one(fields, "message") or None
    ),
}


@router.get("/tasks/{task_id}")
def task_page(request: Request, caller: Signed, task_id: str, done: str = "") -> HTMLResponse:
    """Show one referral whole, as far as the actor may see it."""
    return shown(request, caller, task_id, done=DONE.get(done, ""))


@router.post("/tasks/{task_id}/{action}")
def act(request: Request, caller: Signed, fields: Posted, task_id: str, action: str) -> Response:
    """Take one step; one that was overtaken or cannot be taken is said, and nothing is lost."""
    if action not in ACTIONS:
        raise HTTPException(404)

    def work() -> str:
        with caller.store.work(caller.actor) as work:
            seen = number(fields, "version")
            referring.task_of(work, task_id, None if seen is None else int(seen))
            ACTIONS[action](work, task_id, fields)
        return f"/care/tasks/{task_id}?done={action}"

    try:
        return done_once(request, caller, fields, work)
    except (NotSignedIn, NotThere, NotAllowed):
        raise
    except MobiliseError as error:
        status = 409 if isinstance(error, Conflict) else 422
        return shown(
            request, caller, task_id, status, fault=str(error), fields=fields, tried=action
        )


def shown(
    request: Request,
    caller: Caller,
    task_id: str,
    status: int = 200,
    *,
    done: str = "",
    fault: str = "",
    fields: Fields | None = None,
    tried: str = "",
) -> HTMLResponse:
    """Return the page of a referral, with what was just done or could not be."""
    with caller.store.work(caller.actor) as work:
        whole = case(work, task_id)
        back = supporting.message_back(work, task_id)
        sides = {
            side: getattr(work.session.get(Organisation, body), "name", "") if body else ""
            for side, body in (("from", whole.task.requester_id), ("to", whole.task.owner_id))
        }
        agreed = _agreed(work, whole)
    mine = caller.actor.organisation_id == whole.task.owner_id
    return care_page(
        request,
        caller,
        "case.html",
        status,
        whole=whole,
        back=back,
        sides=sides,
        mine=mine,
        agreed=agreed,
        steps=_steps(whole, caller, mine=mine),
        happened=_happened(whole),
        stands=STATUS,
        said=words(),
        how=supporting.HOW,
        states=supporting.STATES,
        moments=supporting.MOMENTS,
        instruments=list(scales().values()),
        today=date.today().isoformat(),  # noqa: DTZ011  (people live by their own day)
        done=done,
        fault=fault,
        fields=fields or {},
        tried=tried,
    )


def _agreed(work: Work, whole: Case) -> dict[str, str]:
    """Return what the person said to each purpose: agreed, refused, or nobody asked."""
    person = whole.task.person_id
    found = {}
    for purpose in words()["purposes"]:
        if consents.has_agreed(work, person, purpose):
            found[purpose] = "agreed"
        else:
            refused = consents.has_refused(work, person, purpose)
            found[purpose] = "refused" if refused else "not asked"
    return found


def _steps(whole: Case, caller: Caller, *, mine: bool) -> list[str]:
    """Return what this side may do now, the likeliest first."""
    status, role = whole.task.status, caller.actor.role
    if not mine:
        return ["cancel"] if status in {"requested", "accepted", "in-progress"} else []
    linking = role == "link worker"
    under_way = ["contact", *(["send-on"] if linking else []), "attendance", "outcome"]
    return {
        "requested": ["accept", "decline"],
        "accepted": [*under_way, "start", "pause", "fail"],
        "in-progress": [*under_way, "complete", "pause", "fail"],
        "on-hold": ["resume", "contact"],
    }.get(status, [])


def _happened(whole: Case) -> list[tuple[str, str, str]]:
    """Return what happened, the newest first: day, what, and a note."""
    found: list[tuple[str, str, str]] = [(_said(whole.task.authored), "Asked for", "")]
    if whole.task.accepted_at:
        found.append((_said(whole.task.accepted_at), "Accepted", ""))
    for one_ in whole.contacts:
        reached = "reached" if one_.reached else "not reached"
        took = f", {one_.minutes} minutes" if one_.minutes else ""
        found.append((_said(one_.at), f"Contact by {one_.how}, {reached}{took}", one_.note or ""))
    found += [(s.held_on.isoformat(), f"Session: {s.state}", "") for s in whole.attendances]
    for score in whole.scores:
        value = "no value" if score.value is None else f"{score.value:g}"
        found.append(
            (score.taken_on.isoformat(), f"{score.instrument}, {score.moment}: {value}", "")
        )
    for part, service, body in whole.parts:
        found.append((_said(part.authored), f"Sent on to {service or body}", STATUS[part.status]))
    if whole.task.ended_at:
        found.append((_said(whole.task.ended_at), STATUS[whole.task.status], ""))
    return sorted(found, key=lambda entry: entry[0], reverse=True)


def _said(moment: Any) -> str:
    return str(moment.strftime("%Y-%m-%d %H:%M"))


def _day(fields: Fields, name: str) -> date:
    try:
        return date.fromisoformat(one(fields, name))
    except ValueError as error:
        raise InputError(f"{name}: write the day as 2026-12-31.") from error
