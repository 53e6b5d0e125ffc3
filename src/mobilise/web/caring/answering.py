"""The page behind an e-mailed link: a small group answers one referral without an account."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from mobilise.errors import Conflict, InputError, MobiliseError, NotAllowed, NotSignedIn
from mobilise.referrals import accept, complete, decline, record_attendance
from mobilise.referrals.access.links import actor_of_link, minimum
from mobilise.referrals.actors import Actor
from mobilise.referrals.referring import task_of
from mobilise.web.caring.door import Posted, number
from mobilise.web.caring.lists import STATUS
from mobilise.web.forms import one
from mobilise.web.shell import page

router = APIRouter()
ANSWERS = ("accept", "decline", "came", "absent", "complete")


@router.get("/answer/{token}")
def answer_page(request: Request, token: str) -> HTMLResponse:
    """Show the least that is needed to answer."""
    return _shown(request, token, _actor(request, token))


@router.post("/answer/{token}")
def answered(request: Request, token: str, fields: Posted) -> Response:
    """Take the answer; one that was given already is said, not given twice."""
    actor = _actor(request, token)
    try:
        _answer(request, actor, fields)
    except (NotSignedIn, NotAllowed):
        raise
    except MobiliseError as error:
        status = 409 if isinstance(error, Conflict) else 422
        return _shown(request, token, actor, status, fault=str(error), fields=fields)
    return RedirectResponse(f"/care/answer/{token}", status_code=303)


def _answer(request: Request, actor: Actor, fields: Posted) -> None:
    store = request.app.state.settings.store
    what = one(fields, "answer")
    if what not in ANSWERS:
        raise InputError("answer: choose one of the answers on the page.")
    with store.work(actor) as work:
        seen = number(fields, "version")
        task = task_of(work, str(actor.task_id), None if seen is None else int(seen))
        if what == "accept":
            accept(work, task.id)
        elif what == "decline":
            decline(work, task.id, one(fields, "reason"))
        elif what == "complete":
            complete(work, task.id, one(fields, "message") or None)
        else:
            state = "attended" if what == "came" else "unattended"
            record_attendance(work, task.id, work.now.date(), state)


def _actor(request: Request, token: str) -> Actor:
    settings = request.app.state.settings
    settings.limiter.knock("link", request.client.host if request.client else "?")
    try:
        return actor_of_link(settings.store, settings.secret, token)
    except NotSignedIn as error:
        raise InputError(str(error)) from error


def _shown(
    request: Request,
    token: str,
    actor: Actor,
    status: int = 200,
    *,
    fault: str = "",
    fields: Posted | None = None,
) -> HTMLResponse:
    with request.app.state.settings.store.work(actor) as work:
        least = minimum(work)
    return page(
        request,
        "care/answer.html",
        status,
        least=least,
        token=token,
        fault=fault,
        fields=fields or {},
        said=STATUS,
    )
