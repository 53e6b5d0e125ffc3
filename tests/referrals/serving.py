"""The API on a real socket, and systems that sign in to it with keys of their own."""

from __future__ import annotations

import ssl
import threading
import time
from contextlib import contextmanager
from uuid import uuid4

import httpx
import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey

from mobilise.referrals import operator
from mobilise.referrals.access.limits import Limiter
from mobilise.referrals.access.systems import ASSERTION, add_client
from mobilise.referrals.api import fhir_app
from mobilise.referrals.receivers import networks_of
from mobilise.referrals.settings import Settings
from mobilise.web import listen

OPEN = Limiter(
    sign_in="100000/minute",
    token="100000/minute",  # noqa: S106  (how often, not which)
    link="100000/minute",
    api="1000000/minute",
)

UNUSED = ssl.create_default_context()  # making one takes longer than a request
CLIENTS: dict[str, list[httpx.Client]] = {}  # by server, so that each is closed with it


@contextmanager
def running(app):
    """Serve an application on a free port; yield the socket's port."""
    with listen("127.0.0.1", 0) as socket:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
        thread.start()
        try:
            yield socket.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def serving(store, **more):
    """Serve the FHIR API over a store; yield its settings."""
    with listen("127.0.0.1", 0) as socket:
        base = f"http://127.0.0.1:{socket.getsockname()[1]}"
        store.private_receivers = networks_of("127.0.0.1")
        settings = Settings(store, base, b"a secret of the test", **({"limiter": OPEN} | more))
        app = fhir_app(settings)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]}, daemon=True)
        thread.start()
        try:
            yield settings
        finally:
            for client in CLIENTS.pop(base, []):
                client.close()
            server.should_exit = True
            thread.join()


def key():
    return ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384", "kid": uuid4().hex})


def assertion(client_id, signing, audience, **claims):
    now = int(time.time())
    told = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "exp": now + 240,
        "jti": uuid4().hex,
    } | claims
    header = {"alg": "ES384", "kid": signing.kid}
    return jwt.encode(header, told, signing, algorithms=["ES384"])


def registered(store, role, organisation_id, scopes=("system/*.cruds",)):
    """Register a system; return its id and its key."""
    signing = key()
    keys = {"keys": [signing.as_dict(private=False)]}
    with store.work(operator()) as work:
        client = add_client(work, f"A {role}'s system", role, organisation_id, keys, scopes)
    return client.id, signing


def signed_in(settings, role, organisation_id, scopes=("system/*.cruds",)):
    """Return an HTTP client of a system that has signed in."""
    client_id, signing = registered(settings.store, role, organisation_id, scopes)
    answer = httpx.post(
        settings.token_address,
        verify=UNUSED,
        data={
            "grant_type": "client_credentials",
            "scope": " ".join(scopes),
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion(client_id, signing, settings.token_address),
        },
    )
    answer.raise_for_status()
    token = answer.json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    client = httpx.Client(base_url=settings.base, headers=headers, timeout=30, verify=UNUSED)
    CLIENTS.setdefault(settings.base, []).append(client)
    return client
