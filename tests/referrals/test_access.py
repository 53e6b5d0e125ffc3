"""Doors: passwords, codes, keys, providers, and how often one may knock."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pyotp
import pytest
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse
from joserfc import jwt
from joserfc.jwk import RSAKey

from mobilise.errors import InputError, NotAllowed, NotSignedIn, TooMany
from mobilise.referrals import operator
from mobilise.referrals.access.accounts import FAILURES, add_user, close_user, sign_in
from mobilise.referrals.access.limits import Limiter
from mobilise.referrals.access.oidc import Provider, oidc_app
from mobilise.referrals.access.sessions import (
    actor_of,
    check_form_token,
    cookie,
    form_token,
    sign_out,
)
from mobilise.referrals.access.systems import ASSERTION, add_client, close_client
from mobilise.referrals.model import Session, User
from tests.referrals.serving import assertion, key, registered, running, serving

PASSWORD = "correct horse battery"  # noqa: S105


def account(care, **more):
    with care.store.work(operator()) as work:
        return add_user(
            work, "worker@example.org", "Invented Worker", "link worker", care.team, **more
        )


def test_password_and_code_open_a_session_that_ends(care):
    user, secret = account(care, password=PASSWORD)
    code = pyotp.TOTP(secret).now()
    token = sign_in(care.store, "Worker@Example.org ", PASSWORD, code)
    actor = actor_of(care.store, token)
    assert (actor.role, actor.organisation_id, actor.user_id) == ("link worker", care.team, user.id)
    with pytest.raises(NotSignedIn):
        sign_in(care.store, "worker@example.org", PASSWORD, code)  # a code is good once
    sign_out(care.store, token)
    with pytest.raises(NotSignedIn):
        actor_of(care.store, token)


def test_what_is_kept_opens_nothing(small):
    account(small, password=PASSWORD, one_time_code=False)
    token = sign_in(small.store, "worker@example.org", PASSWORD)
    with small.store.reading() as session:
        assert session.query(User).one().password.startswith("$argon2id$")
        kept = session.query(Session).one().token_hash
    assert token not in kept
    with pytest.raises(NotSignedIn):
        actor_of(small.store, kept)


def test_wrong_tries_lock_the_account_for_a_while(small):
    account(small, password=PASSWORD, one_time_code=False)
    told = set()
    for login in ("worker@example.org", "nobody@example.org"):
        for _ in range(FAILURES):
            with pytest.raises(NotSignedIn) as error:
                sign_in(small.store, login, "wrong password here")
            told.add(str(error.value))
    with pytest.raises(NotSignedIn) as error:
        sign_in(small.store, "worker@example.org", PASSWORD)
    assert told == {str(error.value)}  # nobody learns which part was wrong
    later = datetime.now(UTC) + timedelta(minutes=16)
    small.store.clock = lambda: later
    assert sign_in(small.store, "worker@example.org", PASSWORD)


def test_a_session_ends_by_itself_and_with_the_account(small):
    account(small, password=PASSWORD, one_time_code=False)
    token = sign_in(small.store, "worker@example.org", PASSWORD)
    later = datetime.now(UTC) + timedelta(hours=9)
    clock, small.store.clock = small.store.clock, lambda: later
    with pytest.raises(NotSignedIn):
        actor_of(small.store, token)
    small.store.clock = clock
    actor_of(small.store, token)
    with small.store.work(operator()) as work:
        close_user(work, "worker@example.org")
    with pytest.raises(NotSignedIn):
        actor_of(small.store, token)
    with pytest.raises(NotSignedIn):
        sign_in(small.store, "worker@example.org", PASSWORD)


def test_accounts_are_added_by_administrators_alone_and_rightly(small):
    for actor in (small.referrer, small.worker, small.provider, small.analyst):
        with small.store.work(actor) as work, pytest.raises(NotAllowed):
            add_user(work, "x@example.org", "X", "analyst")
    with small.store.work(small.administrator) as work:
        for wrong in (
            {"role": "king"},
            {"role": "provider"},
            {"role": "provider", "organisation_id": "nowhere"},
            {"role": "analyst", "password": "short"},
        ):
            with pytest.raises(InputError):
                add_user(work, "x@example.org", "X", **wrong)


def test_a_form_of_another_session_is_refused():
    check_form_token("one", form_token("one"))
    for wrong in (form_token("two"), "", "one"):
        with pytest.raises(NotAllowed):
            check_form_token("one", wrong)


def test_the_cookie_is_for_this_site_and_no_script():
    told = cookie("t", secure=True)
    assert (told["secure"], told["httponly"], told["samesite"]) == (True, True, "strict")


def test_who_knocks_too_often_waits():
    limiter = Limiter(sign_in="3/minute")
    for _ in range(3):
        limiter.knock("sign_in", "127.0.0.1")
    with pytest.raises(TooMany) as told:
        limiter.knock("sign_in", "127.0.0.1")
    assert 1 <= told.value.seconds <= 60
    limiter.knock("sign_in", "127.0.0.2")


def test_the_api_and_the_token_endpoint_count_knocks(small):
    with serving(small.store, limiter=Limiter(token="2/minute")) as settings:  # noqa: S106
        statuses = [httpx.post(settings.token_address).status_code for _ in range(3)]
    assert statuses == [400, 400, 429]


def ask(settings, client_id, signing, form=None, **claims):
    audience = claims.pop("aud", settings.token_address)
    data = {
        "grant_type": "client_credentials",
        "scope": "system/Task.rs",
        "client_assertion_type": ASSERTION,
        "client_assertion": assertion(client_id, signing, audience, **claims),
    } | (form or {})
    return httpx.post(settings.token_address, data=data)


def test_a_system_signs_in_with_its_own_key_and_no_other_way(store):
    from tests.referrals.conftest import people

    care = people(store)
    with serving(store) as settings:
        client_id, signing = registered(store, "referrer", care.practice, ["system/Task.rs"])
        good = ask(settings, client_id, signing)
        assert good.json()["expires_in"] == 300
        assert good.json()["scope"] == "system/Task.rs"
        now = int(time.time())
        refused = {
            "another's key": ask(settings, client_id, key()),
            "another audience": ask(settings, client_id, signing, aud="https://elsewhere"),
            "over": ask(settings, client_id, signing, exp=now - 60),
            "too long": ask(settings, client_id, signing, exp=now + 3600),
            "another subject": ask(settings, client_id, signing, sub="somebody"),
            "nobody": ask(settings, "nobody", signing),
            "no jti": ask(settings, client_id, signing, jti=None),
            "none": ask(settings, client_id, signing, form={"client_assertion": "a.b.c"}),
            "empty": ask(settings, client_id, signing, form={"client_assertion": ""}),
        }
        assert {name: a.status_code for name, a in refused.items()} == dict.fromkeys(refused, 401)
        assert ask(settings, client_id, signing, jti="once").status_code == 200
        assert ask(settings, client_id, signing, jti="once").status_code == 401
        for form in ({"grant_type": "password"}, {"client_assertion_type": "x"}):
            assert ask(settings, client_id, signing, form=form).status_code == 400
        more = ask(settings, client_id, signing, form={"scope": "system/Patient.cruds"})
        assert (more.status_code, more.json()["error"]) == (400, "invalid_scope")
        token = good.json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        assert httpx.get(f"{settings.base}/Task", headers=headers).status_code == 200
        assert httpx.get(f"{settings.base}/Patient", headers=headers).status_code == 403
        with store.work(operator()) as work:
            close_client(work, client_id)
        assert httpx.get(f"{settings.base}/Task", headers=headers).status_code == 401


def test_a_private_key_is_not_taken(small):
    with small.store.work(operator()) as work:
        for keys in (
            {"keys": [key().as_dict(private=True)]},
            {"keys": []},
            {"keys": [{"kty": "x"}]},
        ):
            with pytest.raises(InputError):
                add_client(work, "x", "referrer", small.practice, keys, ["system/Task.rs"])


def provider_app(signing, state):
    """Return an OpenID Connect provider: everybody who comes is signed in as `state` says."""
    app = FastAPI()

    @app.get("/.well-known/openid-configuration")
    def metadata():
        issuer = state["issuer"]
        return {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/authorize",
            "token_endpoint": f"{issuer}/token",
            "jwks_uri": f"{issuer}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
        }

    @app.get("/authorize")
    def authorize(request: Request):
        state["asked"] = dict(request.query_params)
        back = (
            f"{request.query_params['redirect_uri']}?code=abc&state={request.query_params['state']}"
        )
        return RedirectResponse(back)

    @app.get("/keys")
    def keys():
        return {"keys": [signing.as_dict(private=False)]}

    @app.post("/token")
    async def token(request: Request):
        form = parse_qs((await request.body()).decode())
        assert form["code_verifier"]
        now = int(time.time())
        claims = {
            "iss": state["issuer"],
            "aud": "mobilise",
            "exp": now + 60,
            "iat": now,
            "nonce": state["asked"].get("nonce"),
        } | state["claims"]
        id_token = jwt.encode(
            {"alg": "RS256", "kid": signing.kid}, claims, state.get("key", signing)
        )
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": id_token})

    return app


def test_people_sign_in_at_their_own_provider(small):
    account(small)
    signing = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
    state = {"claims": {"sub": "7", "email": "worker@example.org", "email_verified": True}}
    with running(provider_app(signing, state)) as port:
        state["issuer"] = f"http://127.0.0.1:{port}"
        provider = Provider(state["issuer"], "mobilise", "secret", secure=False)
        with running(oidc_app(small.store, provider, b"secret")) as ours:

            def come():
                with httpx.Client(follow_redirects=False) as browser:
                    answer = browser.get(f"http://127.0.0.1:{ours}/start")
                    while answer.is_redirect and urlsplit(answer.headers["location"]).path != "/":
                        answer = browser.get(answer.headers["location"])
                    return answer, browser.cookies.get("mobilise_session")

            answer, token = come()
            assert answer.status_code == 303
            assert state["asked"]["code_challenge_method"] == "S256"
            assert actor_of(small.store, token).role == "link worker"
            state["claims"] = {"sub": "7"}  # known from now on by the provider's own number
            assert come()[1]
            refused = (
                {"sub": "8", "email": "worker@example.org", "email_verified": True},
                {"sub": "9", "email": "nobody@example.org", "email_verified": True},
                {"sub": "10", "email": "worker@example.org"},
            )
            for claims in refused:
                state["claims"] = claims
                answer, token = come()
                assert (answer.status_code, token) == (403, None)


def test_a_provider_that_did_not_sign_is_not_believed(small):
    account(small)
    signing = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
    forged = RSAKey.generate_key(2048, {"kid": "1", "use": "sig"})
    claims = {"sub": "7", "email": "worker@example.org", "email_verified": True}
    state = {"claims": claims, "key": forged}
    with running(provider_app(signing, state)) as port:
        state["issuer"] = f"http://127.0.0.1:{port}"
        provider = Provider(state["issuer"], "mobilise", "secret", secure=False)
        with running(oidc_app(small.store, provider, b"secret")) as ours:
            with httpx.Client(follow_redirects=True) as browser:
                answer = browser.get(f"http://127.0.0.1:{ours}/start")
            assert answer.status_code == 401
            assert not browser.cookies.get("mobilise_session")
