"""Signing in at the organisation's own provider: OpenID Connect, by Authlib.

The provider says who somebody is; what they may do is said here alone. Nobody gets an account by
signing in: an administrator adds it first, by the e-mail address that the provider vouches for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from authlib.integrations.base_client import OAuthError
from authlib.integrations.starlette_client import OAuth
from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse, Response
from httpx import HTTPError
from joserfc.errors import JoseError
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool
from starlette.middleware.sessions import SessionMiddleware

from mobilise.errors import NotSignedIn
from mobilise.referrals.access.sessions import cookie, open_session
from mobilise.referrals.actors import Actor
from mobilise.referrals.api.guards import Quiet
from mobilise.referrals.model import User

if TYPE_CHECKING:
    from mobilise.referrals.store import Store

_DOOR = Actor("door", "operator", why="HSYSADMIN")


@dataclass(frozen=True)
class Provider:
    """An OpenID Connect provider.

    Parameters
    ----------
    issuer
        Its address; its metadata are at ``.well-known/openid-configuration`` below it.
    client_id, client_secret
        What it knows us by.
    after
        Where people go once they are in.
    secure
        Whether cookies are for TLS alone; false only on this machine.
    """

    issuer: str
    client_id: str
    client_secret: str
    after: str = "/"
    secure: bool = True


def oidc_app(store: Store, provider: Provider, secret: bytes) -> FastAPI:
    """Return the application that people sign in through: mount it at ``/sign-in/oidc``.

    Its two addresses are ``/start`` and ``/back``, the second being what to register with the
    provider.
    """
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(
        SessionMiddleware,
        secret_key=secret.hex(),
        session_cookie="mobilise_oidc",
        max_age=600,
        same_site="lax",
        https_only=provider.secure,
    )
    app.add_middleware(Quiet)
    oauth = OAuth()
    remote = oauth.register(
        "provider",
        server_metadata_url=provider.issuer.rstrip("/") + "/.well-known/openid-configuration",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256"},
    )

    @app.get("/start")
    async def start(request: Request) -> Response:
        back = str(request.url_for("back"))
        answer: Response = await remote.authorize_redirect(request, back)
        return answer

    @app.get("/back")
    async def back(request: Request) -> Response:
        try:
            token = await remote.authorize_access_token(request)
        except (OAuthError, JoseError, HTTPError, ValueError):
            return Response("The provider did not let you in; try again.", 401)
        claims = dict(token.get("userinfo") or {})
        try:
            opened = await run_in_threadpool(sign_in_as, store, provider.issuer, claims)
        except NotSignedIn as error:
            return Response(str(error), 403)
        answer = RedirectResponse(provider.after, 303)
        answer.set_cookie(**cookie(opened, secure=provider.secure))
        return answer

    return app


def sign_in_as(store: Store, issuer: str, claims: dict[str, Any]) -> str:
    """Open a session for whom the provider vouches.

    Raises
    ------
    NotSignedIn
        There is no account for them.
    """
    subject = f"{issuer}|{claims.get('sub', '')}"
    with store.work(_DOOR) as work:
        user = work.session.scalar(select(User).where(User.oidc_subject == subject))
        if user is None and claims.get("email") and claims.get("email_verified") is True:
            login = str(claims["email"]).strip().casefold()
            user = work.session.scalar(
                select(User).where(User.login == login, User.oidc_subject.is_(None))
            )
            if user is not None:
                user.oidc_subject = subject
        token = open_session(work, user_id=user.id) if user and user.active else None
        outcome = "success" if token else "refused"
        work.note("sign in", "User", user.id if user else None, outcome=outcome)
    if token is None:
        raise NotSignedIn("there is no account for you here; ask an administrator.")
    return token
