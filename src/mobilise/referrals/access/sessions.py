"""Sessions of people and tokens of systems: random, short-lived, kept as hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, func, select

from mobilise.errors import NotAllowed, NotSignedIn
from mobilise.referrals.actors import Actor
from mobilise.referrals.model import Client, Session, User
from mobilise.referrals.rowwise import table_of

if TYPE_CHECKING:
    from sqlalchemy import Select

    from mobilise.referrals.store import Store, Work

COOKIE = "mobilise_session"
LASTS = timedelta(hours=8)


def open_session(
    work: Work,
    *,
    user_id: str | None = None,
    client_id: str | None = None,
    scopes: str | None = None,
    lasts: timedelta = LASTS,
) -> str:
    """Open a session and return its token; those that are over are cleared away."""
    work.session.execute(delete(Session).where(Session.expires < work.now))
    token = secrets.token_urlsafe(32)
    work.session.add(
        Session(
            token_hash=_hash(token),
            user_id=user_id,
            client_id=client_id,
            scopes=scopes,
            expires=work.now + lasts,
        )
    )
    return token


def actor_of(store: Store, token: str | None, why: str = "TREAT") -> Actor:
    """Return who a token belongs to.

    Raises
    ------
    NotSignedIn
        There is no such session, it is over, or the account was closed.
    """
    found = store.glance(_BEARER, hash=_hash(token or ""))
    if found is None or found.expires <= store.clock() or not found.active:
        raise NotSignedIn("nobody is signed in, or not any more; sign in again.")
    if found.user_id is not None:
        return Actor(f"user/{found.user_id}", found.role, found.organisation_id, why=why)
    scopes = frozenset((found.scopes or "").split())
    return Actor(f"client/{found.client_id}", found.role, found.organisation_id, scopes, why)


def _bearer() -> Select[Any]:
    """Return the question whose token it is, asked anew each time: an end takes effect at once."""
    sessions, users, clients = table_of(Session), table_of(User), table_of(Client)
    both = sessions.outerjoin(users).outerjoin(clients, sessions.c.client_id == clients.c.id)
    told = [func.coalesce(users.c[name], clients.c[name]).label(name) for name in _TOLD]
    columns = sessions.c.expires, sessions.c.user_id, sessions.c.client_id, sessions.c.scopes
    return (
        select(*columns, *told).select_from(both).where(sessions.c.token_hash == bindparam("hash"))
    )


_TOLD = ("active", "role", "organisation_id")
_BEARER = _bearer()


def user_of(store: Store, actor: Actor) -> User | None:
    """Return the account of who is signed in, for the page's head."""
    with store.reading() as session:
        return session.scalar(select(User).where(User.id == actor.user_id))


def sign_out(store: Store, token: str) -> None:
    """End a session at once."""
    try:
        actor = actor_of(store, token)
    except NotSignedIn:
        return
    with store.work(actor) as work:
        work.session.execute(delete(Session).where(Session.token_hash == _hash(token)))
        work.note("sign out", "User", actor.user_id)


def cookie(token: str, *, secure: bool) -> dict[str, Any]:
    """Return how the session's cookie is set: for Starlette's ``set_cookie``.

    Parameters
    ----------
    token
        The session's token.
    secure
        False only where the page itself is served without TLS, on this machine alone.
    """
    return {
        "key": COOKIE,
        "value": token,
        "max_age": int(LASTS.total_seconds()),
        "secure": secure,
        "httponly": True,
        "samesite": "strict",
        "path": "/",
    }


def form_token(token: str) -> str:
    """Return what every form of a session bears, so that no other site can send it (CSRF)."""
    return hmac.new(token.encode(), b"form", hashlib.sha256).hexdigest()


def check_form_token(token: str, given: str) -> None:
    """Refuse a form that was not made for this session.

    Raises
    ------
    NotAllowed
        Its token is another's, or missing.
    """
    if not hmac.compare_digest(form_token(token).encode(), given.encode("utf-8", "replace")):
        raise NotAllowed("this form is not of your session; load the page again.")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
