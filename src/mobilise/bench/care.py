"""A care server in a process of its own, and what a client of it needs: sign-in, referrals."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import os
import socket
import time
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from uuid import uuid4

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess

FULFIL = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}
NUMBER = "urn:mobilise:bench"  # the system of the identifiers that a run gives
PATIENCE = 30.0


@dataclass(frozen=True)
class Care:
    """A database with a practice and a team, and a system that signs in for the practice."""

    url: str
    practice: str
    team: str
    client: str
    key: dict[str, Any]


def prepared(url: str) -> Care:
    """Make the tables, two organisations, and a system of the practice's."""
    from joserfc.jwk import ECKey

    from mobilise.referrals import add_organisation, open_store, operator
    from mobilise.referrals.access.systems import add_client

    key = ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384", "kid": uuid4().hex})
    store = open_store(url)
    with store.work(operator()) as work:
        practice = add_organisation(work, "Invented Practice", "practice").id
        team = add_organisation(work, "Invented Link Workers", "link worker service").id
        keys = {"keys": [key.as_dict(private=False)]}
        client = add_client(work, "Bench", "referrer", practice, keys, ("system/*.cruds",)).id
    store.close()
    return Care(url, practice, team, client, dict(key.as_dict(private=True)))


def start_server(url: str, port: int, *, courier: bool = False) -> BaseProcess:
    """Start a server on a port, from a process that has everything loaded; not waited for."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["mobilise.bench.care", "mobilise.bench.loaded"])
    process = context.Process(target=serve, args=(url, port), kwargs={"courier": courier})
    process.start()
    return process


def serve(url: str, port: int, *, courier: bool = False) -> None:
    """Serve the FHIR API over a database, until killed."""
    import logging

    import uvicorn

    from mobilise.referrals import open_store
    from mobilise.referrals.access.limits import Limiter
    from mobilise.referrals.api import fhir_app
    from mobilise.referrals.courier import Courier
    from mobilise.referrals.receivers import networks_of
    from mobilise.referrals.settings import Settings

    logging.disable(logging.WARNING)
    often = "100000000/minute"
    limiter = Limiter(sign_in=often, token=often, link=often, api=often)
    store = open_store(url, create=False)
    store.private_receivers = networks_of("127.0.0.1")
    settings = Settings(store, base_of(port), b"a secret of the benchmark", limiter=limiter)
    if courier:
        Courier(settings, every=0.5).start()
    uvicorn.run(fhir_app(settings), host="127.0.0.1", port=port, log_level="error",
                access_log=False, timeout_keep_alive=120)  # fmt: skip


def base_of(port: int) -> str:
    """Return the address of a server on a port."""
    return f"http://127.0.0.1:{port}"


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_server(port: int) -> None:
    """Return as soon as a server takes connections."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"no server on port {port} after {PATIENCE:g} s")


def token(care: Care, port: int) -> str:
    """Sign in with the system's key (SMART Backend Services); return the token."""
    from joserfc import jwt
    from joserfc.jwk import ECKey

    address = f"{base_of(port)}/auth/token"
    now = int(time.time())
    told = {"iss": care.client, "sub": care.client, "aud": address, "exp": now + 240,
            "jti": uuid4().hex}  # fmt: skip
    key = ECKey.import_key(care.key)
    signed = jwt.encode({"alg": "ES384", "kid": care.key["kid"]}, told, key, algorithms=["ES384"])
    form = {
        "grant_type": "client_credentials",
        "scope": "system/*.cruds",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": signed,
    }
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, body = asked_once(port, "/auth/token", urlencode(form).encode(), headers)
    if status != 200:
        raise RuntimeError(f"sign-in failed with status {status}")
    return str(json.loads(body)["access_token"])


def asked(
    connection: http.client.HTTPConnection, path: str, body: bytes, headers: dict[str, str]
) -> tuple[int, bytes]:
    """Send one request; return its status and body."""
    connection.request("POST", path, body, headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def asked_once(port: int, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    """Send one request on a connection of its own."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as connection:
        return asked(connection, path, body, headers)


def fhir_headers(granted: str) -> dict[str, str]:
    """Return the headers of a request with a token."""
    return {"Authorization": f"Bearer {granted}", "Content-Type": "application/fhir+json"}


def person_entries(number: str, purposes: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return the entries of a transaction that registers somebody invented, with consents."""
    person = f"urn:uuid:{uuid4()}"
    patient = {
        "resourceType": "Patient",
        "active": True,
        "identifier": [{"system": NUMBER, "value": number}],
        "name": [{"family": "Invented", "given": ["Ada"]}],
        "gender": "female",
        "birthDate": "1950-03-01",
        "address": [{"line": ["1 Made-up Street"], "postalCode": "ZZ99 1AA"}],
    }
    scope = "http://terminology.hl7.org/CodeSystem/consentscope"
    entries = [entry("Patient", patient, person, f"identifier={NUMBER}|{number}")]
    for purpose in purposes:
        consent = {
            "resourceType": "Consent",
            "status": "active",
            "identifier": [{"system": NUMBER, "value": f"{number}-{purpose}"}],
            "scope": {"coding": [{"system": scope, "code": "patient-privacy"}]},
            "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
            "patient": {"reference": person},
            "policyRule": {"text": "opt-in"},
            "provision": {"type": "permit", "purpose": [
                {"system": "urn:mobilise:purpose", "code": purpose}]},
        }  # fmt: skip
        where = f"identifier={NUMBER}|{number}-{purpose}"
        entries.append(entry("Consent", consent, f"urn:uuid:{uuid4()}", where))
    return entries


def referral_entries(care: Care, person: str, number: str) -> list[dict[str, Any]]:
    """Return the entries that refer a person: the request, and the task for the team."""
    request = f"urn:uuid:{uuid4()}"
    parties = {"requester": {"reference": f"Organization/{care.practice}"}}
    asks = {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "identifier": [{"system": NUMBER, "value": f"{number}-request"}],
        "subject": {"reference": person},
        "reasonCode": [{"coding": [{"system": "urn:mobilise:need", "code": "loneliness"}]}],
        **parties,
    }
    task = {
        "resourceType": "Task",
        "status": "requested",
        "intent": "order",
        "code": FULFIL,
        "identifier": [{"system": NUMBER, "value": f"{number}-task"}],
        "focus": {"reference": request},
        "for": {"reference": person},
        "owner": {"reference": f"Organization/{care.team}"},
        **parties,
    }
    return [
        entry("ServiceRequest", asks, request, f"identifier={NUMBER}|{number}-request"),
        entry("Task", task, f"urn:uuid:{uuid4()}", f"identifier={NUMBER}|{number}-task"),
    ]


def entry(type_: str, resource: dict[str, Any], url: str, unless: str) -> dict[str, Any]:
    """Return one entry of a transaction: made unless it is there already."""
    request = {"method": "POST", "url": type_, "ifNoneExist": unless}
    return {"fullUrl": url, "resource": resource, "request": request}


def bundle(entries: list[dict[str, Any]]) -> bytes:
    """Return a transaction as it is sent."""
    return json.dumps({"resourceType": "Bundle", "type": "transaction", "entry": entries}).encode()


def kill(process: BaseProcess) -> None:
    """Kill a process as the power would, and wait until it is gone."""
    import signal

    if process.pid is not None:
        os.kill(process.pid, signal.SIGKILL)
    process.join()
