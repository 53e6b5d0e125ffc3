"""Who is at the door, and that nothing they wrote is lost or done twice."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import RedirectResponse

from mobilise.errors import InputError
from mobilise.referrals.access.sessions import (
    COOKIE,
    actor_of,
    check_form_token,
    form_token,
    user_of,
)
from mobilise.web.forms import Fields, fields_of, one
from mobilise.web.shell import page

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi.responses import HTMLResponse

    from mobilise.referrals.actors import Actor
    from mobilise.referrals.settings import Settings
    from mobilise.referrals.store import Store

REMEMBERED = 5_000
HIDDEN = {"form", "once", "version"}


@dataclass(frozen=True)
class Caller:
    """Who is signed in: as the store knows them, by name, and what their forms bear."""

    actor: Actor
    name: str
    form: str
    store: Store


@dataclass
class Once:
    """What has been sent already: the same form sent twice is done once.

    Each key holds a lock while its work is under way, and then where that work led.
    """

    _done: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _busy: dict[str, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def do(self, key: str, work: Callable[[], str]) -> str:
        """Return where the work of a form leads, doing it the first time only."""
        with self._lock:
            busy = self._busy.setdefault(key, threading.Lock())
        with busy:
            with self._lock:
                if key in self._done:
                    return self._done[key]
            where = work()
            with self._lock:
                self._done[key] = where
                self._busy.pop(key, None)
                while len(self._done) > REMEMBERED:
                    self._done.popitem(last=False)
            return where


def caller_of(request: Request) -> Caller:
    """Return who is signed in.

    Raises
    ------
    NotSignedIn
        Nobody is.
    """
    settings: Settings = request.app.state.settings
    token = request.cookies.get(COOKIE, "")
    actor = actor_of(settings.store, token)
    user = user_of(settings.store, actor)
    return Caller(actor, user.name if user else "", form_token(token), settings.store)


Signed = Annotated[Caller, Depends(caller_of)]
Posted = Annotated[Fields, Depends(fields_of)]


def check_form(request: Request, fields: Fields) -> None:
    """Refuse a form that was not made for the session that sends it.

    Raises
    ------
    NotAllowed
        It is another's.
    """
    check_form_token(request.cookies.get(COOKIE, ""), one(fields, "form"))


def done_once(
    request: Request, caller: Caller, fields: Fields, work: Callable[[], str]
) -> Response:
    """Do the work of a form once, and lead to where it is seen."""
    check_form(request, fields)
    key = f"{caller.actor.who} {one(fields, 'once') or secrets.token_urlsafe(16)}"
    once: Once = request.app.state.once
    return RedirectResponse(once.do(key, work), status_code=303)


def care_page(
    request: Request, caller: Caller, template: str, status: int = 200, **values: Any
) -> HTMLResponse:
    """Return a page of who is signed in, with what its forms must bear."""
    return page(
        request,
        f"care/{template}",
        status,
        me=caller,
        once=secrets.token_urlsafe(16),
        role=caller.actor.role,
        **values,
    )


async def lost_session(request: Request, _error: Exception) -> Response:
    """Ask to sign in again; what was just sent is kept in the page and can be sent after."""
    kept: list[tuple[str, str]] = []
    if request.method == "POST":
        fields = await fields_of(request)
        kept = [(n, v) for n, values in fields.items() if n not in HIDDEN for v in values]
    path = request.url.path
    return page(
        request,
        "care/sign-in.html",
        401,
        next=path,
        kept=kept,
        fault="",
        login="",
        again=bool(kept),
    )


def number(fields: Fields, name: str) -> float | None:
    """Return a number, or None where nothing was written.

    Raises
    ------
    InputError
        It is none.
    """
    text = one(fields, name)
    if not text:
        return None
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{name}: '{text[:20]}' is no number.") from error
