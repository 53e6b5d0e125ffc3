"""Signing in and out, and taking up again what was written before a session ended."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from mobilise.errors import NotAllowed, NotSignedIn
from mobilise.referrals.access.accounts import sign_in
from mobilise.referrals.access.sessions import COOKIE, cookie, form_token, sign_out
from mobilise.web.caring.door import Posted, Signed, check_form
from mobilise.web.forms import Fields, one
from mobilise.web.shell import page

router = APIRouter()
HOMES = {"referrer": "/care/referred", "link worker": "/care/caseload", "provider": "/care/inbox"}
OURS = ("form", "once", "version", "login", "password", "code", "next")


@router.get("/")
def begin(caller: Signed) -> RedirectResponse:
    """Lead people to where their work is."""
    return RedirectResponse(HOMES.get(caller.actor.role, "/equity"), status_code=303)


@router.get("/sign-in")
def sign_in_page(request: Request) -> HTMLResponse:
    """Ask for a name, a password and a code."""
    return page(
        request,
        "care/sign-in.html",
        next="",
        kept=[],
        fault="",
        login="",
        again=False,
        elsewhere=elsewhere_too(request),
    )


@router.post("/sign-in")
def signed_in(request: Request, fields: Posted) -> Response:
    """Open a session, and go on with what was asked for."""
    if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
        raise NotAllowed("sign in on this site's own page.")  # not as whom another site says
    settings = request.app.state.settings
    settings.limiter.knock("sign_in", request.client.host if request.client else "?")
    login = one(fields, "login")
    kept = _kept(fields)
    try:
        token = sign_in(settings.store, login, one(fields, "password"), one(fields, "code"))
    except NotSignedIn as error:
        return page(
            request,
            "care/sign-in.html",
            401,
            next=one(fields, "next"),
            kept=kept,
            fault=str(error),
            login=login,
            again=bool(kept),
            elsewhere=elsewhere_too(request),
        )
    answer = _going_on(request, one(fields, "next"), kept, token)
    secure = "https" in {request.url.scheme, settings.pages.partition(":")[0]}
    answer.set_cookie(**cookie(token, secure=secure))
    return answer


def elsewhere_too(request: Request) -> bool:
    """Return whether people may sign in at their own organisation's provider."""
    return request.app.state.settings.oidc is not None


@router.post("/sign-out")
def signed_out(request: Request, fields: Posted) -> Response:
    """End the session at once."""
    check_form(request, fields)
    sign_out(request.app.state.settings.store, request.cookies.get(COOKIE, ""))
    answer = RedirectResponse("/care/sign-in", status_code=303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


def _going_on(request: Request, wanted: str, kept: list[tuple[str, str]], token: str) -> Response:
    safe = wanted if wanted.startswith("/care/") and "//" not in wanted else "/care/"
    if not kept:
        return RedirectResponse(safe, status_code=303)
    return page(request, "care/resume.html", action=safe, kept=kept, form=form_token(token))


def _kept(fields: Fields) -> list[tuple[str, str]]:
    """Return what was written before the session ended; its names bear a prefix meanwhile."""
    return [
        (name.removeprefix("kept."), value)
        for name, values in fields.items()
        if name.startswith("kept.") and name.removeprefix("kept.") not in OURS
        for value in values
    ]
