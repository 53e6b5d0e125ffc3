"""Systems that sign in with their own key: SMART Backend Services (HL7 SMART App Launch 2.2).

A system proves who it is with a signed assertion (RFC 7523, private_key_jwt), once, and gets a
token for five minutes with no more scopes than it was registered for.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from mobilise.errors import InputError, NotSignedIn
from mobilise.referrals.access.closing import end_subscriptions
from mobilise.referrals.access.grants import GRANTS, allow, letters_of
from mobilise.referrals.access.sessions import open_session
from mobilise.referrals.actors import Actor
from mobilise.referrals.model import Client, Organisation, UsedAssertion, new_id
from mobilise.referrals.words import check_word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mobilise.referrals.store import Store, Work

ALGORITHMS = ["RS384", "ES384"]
LASTS = timedelta(minutes=5)
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_UNREADABLE = (JoseError, ValueError, TypeError, KeyError, OverflowError, RecursionError)
_DOOR = Actor("door", "operator", why="HSYSADMIN")


def add_client(
    work: Work,
    name: str,
    role: str,
    organisation_id: str | None,
    keys: Mapping[str, Any],
    scopes: Sequence[str],
) -> Client:
    """Register a system.

    Parameters
    ----------
    work
        The transaction of an administrator.
    name
        What it is called.
    role, organisation_id
        What it may see is what a person of this role and organisation may see.
    keys
        Its public keys, as a JSON Web Key Set.
    scopes
        What it may ask for, as "system/Task.cruds".
    """
    allow(work.actor, "PractitionerRole", "c")
    check_word("roles", role)
    if organisation_id is not None and work.session.get(Organisation, organisation_id) is None:
        raise InputError("there is no such organisation.")
    for scope in scopes:
        type_, _ = letters_of(scope)
        if type_ != "*" and type_ not in GRANTS:
            raise InputError(f"{scope}: this server has no such type.")
    if any(key.get("d") for key in keys.get("keys", [])) or not keys.get("keys"):
        raise InputError("give the public keys alone, as a JSON Web Key Set: {'keys': [...]}.")
    try:
        KeySet.import_key_set({"keys": list(keys["keys"])})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise InputError("the keys cannot be read as a JSON Web Key Set.") from error
    client = Client(
        id=new_id(),
        name=name,
        role=role,
        organisation_id=organisation_id,
        keys=json.dumps(dict(keys)),
        scopes=" ".join(scopes),
        created=work.now,
    )
    work.session.add(client)
    work.note("create", "Client", client.id)
    return client


def close_client(work: Work, client_id: str) -> None:
    """Shut a system out at once; its tokens end with it."""
    allow(work.actor, "PractitionerRole", "u")
    client = work.session.get(Client, client_id)
    if client is None:
        raise InputError("there is no such client.")
    client.active = False
    end_subscriptions(work, f"client/{client.id}")
    work.note("update", "Client", client.id)


def token_for(store: Store, form: Mapping[str, str], audience: str) -> dict[str, Any]:
    """Return a token for a signed assertion.

    Parameters
    ----------
    store
        The personal plane.
    form
        grant_type, scope, client_assertion_type, client_assertion.
    audience
        The token endpoint's own address, which the assertion must name.

    Raises
    ------
    InputError
        The request is no such request.
    NotSignedIn
        The assertion is not the client's, not for us, too old, or was shown before.
    """
    if form.get("grant_type") != "client_credentials":
        raise InputError("grant_type: client_credentials only.")
    if form.get("client_assertion_type") != ASSERTION:
        raise InputError(f"client_assertion_type: {ASSERTION} only.")
    with store.work(_DOOR) as work:
        client, claims = _proven(work, form.get("client_assertion", ""), audience)
        _use_once(work, client.id, claims)
        scopes = _granted(client, form.get("scope", ""))
        token = open_session(work, client_id=client.id, scopes=scopes, lasts=LASTS)
        work.note("sign in", "Client", client.id)
    return {
        "access_token": token,
        "token_type": "bearer",
        "expires_in": int(LASTS.total_seconds()),
        "scope": scopes,
    }


def _proven(work: Work, assertion: str, audience: str) -> tuple[Client, dict[str, Any]]:
    refused = NotSignedIn("the assertion is not a registered client's, or not for this server.")
    client = work.session.get(Client, _claimed(assertion))
    if client is None or not client.active:
        raise refused
    try:
        keys = KeySet.import_key_set(json.loads(client.keys))
        token = jwt.decode(assertion, keys, algorithms=ALGORITHMS)
        rules = jwt.JWTClaimsRegistry(
            now=int(work.now.timestamp()),
            leeway=30,
            iss={"essential": True, "value": client.id},
            sub={"essential": True, "value": client.id},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
            jti={"essential": True},
        )
        rules.validate(token.claims)
        ends = int(token.claims["exp"])
    except _UNREADABLE as error:
        raise refused from error
    if ends > work.now.timestamp() + LASTS.total_seconds() + 30:
        raise NotSignedIn("the assertion lasts longer than five minutes.")
    return client, dict(token.claims)


def _claimed(assertion: str) -> str:
    """Return who an assertion says it is from: nothing is believed yet."""
    try:
        from joserfc.jws import extract_compact  # noqa: PLC0415

        claims = json.loads(extract_compact(assertion.encode()).payload)
        return str(claims["iss"])
    except _UNREADABLE:
        return ""


def _use_once(work: Work, client_id: str, claims: dict[str, Any]) -> None:
    work.session.execute(delete(UsedAssertion).where(UsedAssertion.expires < work.now))
    jti = str(claims["jti"])[:200]
    seen = select(UsedAssertion.jti).where(
        UsedAssertion.client_id == client_id, UsedAssertion.jti == jti
    )
    if work.session.scalar(seen) is not None:
        raise NotSignedIn("this assertion was shown before; sign a new one.")
    try:
        with work.session.begin_nested():
            work.session.execute(
                insert(UsedAssertion),
                [{"client_id": client_id, "jti": jti, "expires": work.now + 3 * LASTS}],
            )
    except IntegrityError as error:
        raise NotSignedIn("this assertion was shown before; sign a new one.") from error


def _granted(client: Client, asked: str) -> str:
    """Return the scopes asked for that the client was registered for, letter by letter."""
    registered = [letters_of(scope) for scope in client.scopes.split()]
    granted = []
    for scope in asked.split() or client.scopes.split():
        type_, letters = letters_of(scope)
        left = "".join(
            letter
            for letter in letters
            if any(t in {type_, "*"} and letter in ls for t, ls in registered)
        )
        if left:
            granted.append(f"system/{type_}.{left}")
    if not granted:
        raise InputError("scope: none of these was granted to this client.")
    return " ".join(granted)
