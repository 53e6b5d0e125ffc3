"""A referral from the practice to the choir and back, over FHIR, on a server of its own.

Everybody in it is invented. Three systems sign in with keys of their own (SMART Backend Services)
and speak FHIR R4 through fhirpy; a small group answers through them as well; at the end an
analyst sees what the wall lets out. Run it with a place that was built:

    python examples/closed_loop.py out/demo
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
from fhirpy import SyncFHIRClient
from joserfc import jwt
from joserfc.jwk import ECKey

if TYPE_CHECKING:
    from collections.abc import Iterator

NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
TASK_CODE = "http://hl7.org/fhir/CodeSystem/task-code"
AUTHORED, QUARTER = "2026-02-03T10:00:00Z", "2026Q1"  # counts are released of past quarters
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def main(place: Path) -> None:
    """Show the whole loop, and say each step."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = f"sqlite:///{folder}/care.db"
        practice = organisation(database, "Invented Practice", "practice")
        team = organisation(database, "Invented Link Workers", "link worker service")
        choir = organisation(database, "Invented Choir", "provider")
        words = ("--name", "Sing together", "--organisation", choir, "--kind", "choir")
        mobilise("care", "add-service", "--database", database, *words)
        keys = {
            "practice": register(database, folder, "referrer", practice),
            "team": register(database, folder, "link worker", team),
        }
        with serving(place, database) as base:
            gp, worker = (sign_in(base, *keys[who]) for who in ("practice", "team"))
            task = refer(gp, practice, team)
            say(f"the practice refers somebody: task {task['id']} is {task['status']}")
            group = send_on(worker, task["id"], team)
            say(f"the link worker accepts, matches, and sends on to {group['name']}")
            keys["group"] = register(database, folder, "provider", group["organisation"])
            attend(sign_in(base, *keys["group"]), group["task"])
            say("the group accepts, and reports attendance and an outcome")
            finish(worker, task["id"])
            back = gp.reference("Task", task["id"]).to_resource()
            (told,) = [o["valueMarkdown"] for o in back["output"] if "valueMarkdown" in o]
            say(f"the practice reads the message back: {told!r}")
            analyst(base, database, folder)
        release(place, database, folder)
        print(mobilise("audit", "verify", "--database", database), end="")


def refer(gp: SyncFHIRClient, practice: str, team: str) -> Any:
    """Send person, consents, referral and task in one transaction: whole or not at all."""
    person, request = f"urn:uuid:{uuid4()}", f"urn:uuid:{uuid4()}"
    consents = [consent(person, purpose) for purpose in ("referral", "sharing", "feedback")]
    entries = [
        (person, "Patient", PERSON),
        *((f"urn:uuid:{uuid4()}", "Consent", each) for each in consents),
        (
            request,
            "ServiceRequest",
            {
                "resourceType": "ServiceRequest",
                "status": "active",
                "intent": "order",
                "subject": {"reference": person},
                "authoredOn": AUTHORED,
                "requester": {"reference": f"Organization/{practice}"},
                "reasonCode": [{"coding": [{"system": "urn:mobilise:need", "code": "loneliness"}]}],
            },
        ),
        (
            f"urn:uuid:{uuid4()}",
            "Task",
            new_task("requested", request, person, practice, team),
        ),
    ]
    bundle = gp.resource(
        "Bundle",
        type="transaction",
        entry=[
            {"fullUrl": url, "resource": body, "request": {"method": "POST", "url": type_}}
            for url, type_, body in entries
        ],
    )
    answer = gp.execute("", method="POST", data=bundle.serialize())
    return next(e["resource"] for e in answer["entry"] if e["resource"]["resourceType"] == "Task")


def send_on(worker: SyncFHIRClient, task_id: str, team: str) -> dict[str, str]:
    """Accept, start, choose a service of the directory, and ask its organisation."""
    (task,) = worker.resources("Task").search(status="requested").fetch_all()
    if task["id"] != task_id:
        raise SystemExit("the link worker sees another task")
    for status in ("accepted", "in-progress"):
        task["status"] = status
        task.save()
    services = worker.resources("HealthcareService").search(**{"service-type": "choir"}).fetch_all()
    service = next(s for s in services if s.get("providedBy"))
    request = worker.resource(
        "ServiceRequest",
        status="active",
        intent="order",
        basedOn=[{"reference": task["focus"]["reference"]}],
        subject=task["for"],
        requester={"reference": f"Organization/{team}"},
        performer=[{"reference": f"HealthcareService/{service['id']}"}],
        note=[{"text": "Would like company on weekday mornings."}],
    )
    request.save()
    owner = service["providedBy"]["reference"].partition("/")[2]
    part = worker.resource(
        "Task",
        **new_task(
            "requested",
            f"ServiceRequest/{request['id']}",
            task["for"]["reference"],
            team,
            owner,
            partOf=[{"reference": f"Task/{task_id}"}],
        ),
    )
    part.save()
    return {"task": part["id"], "name": service["name"], "organisation": owner}


def attend(group: SyncFHIRClient, task_id: str) -> None:
    """Accept, report that the person came, how they are now, and that the course is over."""
    task = group.reference("Task", task_id).to_resource()
    for status, attendance in (
        ("accepted", "accepted"),
        ("in-progress", "attended"),
        ("completed", "event completed"),
    ):
        task["status"] = status
        task["businessStatus"] = {
            "coding": [{"system": "urn:mobilise:attendance", "code": attendance}]
        }
        task.save()
    group.resource(
        "Observation",
        status="final",
        code={"coding": [{"system": "urn:mobilise:instrument", "code": "ucla3_loneliness"}]},
        subject=task["for"],
        basedOn=[task["focus"]],
        effectiveDateTime="2026-11-25",
        valueQuantity={"value": 4},
        extension=[{"url": "urn:mobilise:moment", "valueCode": "after"}],
    ).save()


def finish(worker: SyncFHIRClient, task_id: str) -> None:
    """Close the referral with a message to the practice."""
    task = worker.reference("Task", task_id).to_resource()
    task["status"] = "completed"
    task["output"] = [
        {
            "type": {"coding": [{"system": "urn:mobilise:output", "code": "message-back"}]},
            "valueMarkdown": "Goes to a group every week, and feels less alone.",
        }
    ]
    task.save()


def analyst(base: str, database: str, folder: Path) -> None:
    """Show that an analyst's system sees no person."""
    client = sign_in(base, *register(database, folder, "analyst", None))
    headers = {"Authorization": client.authorization or ""}
    for type_ in ("Task", "Patient"):
        answer = httpx.get(f"{base}/{type_}", headers=headers, timeout=30)
        say(f"the analyst asks for every {type_} and is answered {answer.status_code}")


def release(place: Path, database: str, folder: Path) -> None:
    """Let the quarter's counts through the wall, into a copy of the place, and show them."""
    copy = folder / "place"
    shutil.copytree(place, copy)
    mobilise("release", str(copy), "--from", QUARTER, "--database", database)
    table = mobilise("show", str(copy), "released", "--csv")
    lines = table.splitlines()
    say(f"the analyst sees only protected counts, {len(lines) - 1:,} of them, such as:")
    print("\n".join(f"    {line}" for line in lines[:4]))


PERSON = {
    "resourceType": "Patient",
    "identifier": [{"system": NHS_NUMBER, "value": "9434765919"}],
    "name": [{"family": "Invented", "given": ["Ada"]}],
    "telecom": [{"system": "phone", "value": "01632 960001"}],
    "gender": "female",
    "birthDate": "1950-03-01",
}


def consent(person: str, purpose: str) -> dict[str, Any]:
    """Return a consent for one purpose."""
    system = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "resourceType": "Consent",
        "status": "active",
        "scope": {"coding": [{"system": system, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": person},
        "policyRule": {"text": "opt-in"},
        "provision": {
            "type": "permit",
            "purpose": [{"system": "urn:mobilise:purpose", "code": purpose}],
        },
    }


def new_task(
    status: str, focus: str, person: str, requester: str, owner: str, **more: Any
) -> dict[str, Any]:
    """Return a task as the SDOH Clinical Care guide has it."""
    return {
        "resourceType": "Task",
        "status": status,
        "intent": "order",
        "code": {"coding": [{"system": TASK_CODE, "code": "fulfill"}]},
        "focus": {"reference": focus},
        "for": {"reference": person},
        "requester": {"reference": f"Organization/{requester}"},
        "owner": {"reference": f"Organization/{owner}"},
        **more,
    }


def organisation(database: str, name: str, kind: str) -> str:
    """Add an organisation by the command line; return its id."""
    words = ("care", "add-organisation", "--database", database, "--name", name, "--kind", kind)
    return mobilise(*words).strip()


def register(
    database: str, folder: Path, role: str, organisation_id: str | None
) -> tuple[str, ECKey]:
    """Make a key pair, and register its public half for a system; return its id and the key."""
    key = ECKey.generate_key("P-384", {"use": "sig", "alg": "ES384", "kid": uuid4().hex})
    file = folder / f"{key.kid}.json"
    file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}), encoding="utf-8")
    words = ["care", "add-client", "--database", database, "--name", f"A {role}'s system"]
    words += ["--role", role, "--keys", str(file), "--scopes", "system/*.cruds"]
    words += ["--organisation", organisation_id] if organisation_id else []
    return mobilise(*words).strip(), key


def sign_in(base: str, client_id: str, key: ECKey) -> SyncFHIRClient:
    """Get a token for a signed assertion; return a FHIR client that bears it."""
    audience = f"{base}/auth/token"
    now = int(time.time())
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "exp": now + 240,
        "jti": uuid4().hex,
    }
    signed = jwt.encode({"alg": "ES384", "kid": key.kid}, claims, key, algorithms=["ES384"])
    answer = httpx.post(
        audience,
        data={
            "grant_type": "client_credentials",
            "scope": "system/*.cruds",
            "client_assertion_type": ASSERTION,
            "client_assertion": signed,
        },
        timeout=30,
    )
    answer.raise_for_status()
    return SyncFHIRClient(base, authorization=f"Bearer {answer.json()['access_token']}")


@contextmanager
def serving(place: Path, database: str) -> Iterator[str]:
    """Start `mobilise serve` on a free port; yield the address of its FHIR API."""
    words = ["-m", "mobilise", "serve", str(place), "--port", "0", "--database", database]
    process = subprocess.Popen(
        [sys.executable, *words],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        line = next(iter(process.stdout), "")
        found = re.search(r"http://[\d.:]+", line)
        if found is None:
            raise SystemExit("the server did not start")
        say(f"serving at {found[0]}/fhir")
        yield f"{found[0]}/fhir"
    finally:
        process.terminate()
        process.wait(30)


def mobilise(*words: str) -> str:
    """Run a command of mobilise; return what it printed."""
    return subprocess.check_output([sys.executable, "-m", "mobilise", *words], text=True)


def say(text: str) -> None:
    """Print one step."""
    print(f"- {text}", flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "out/demo"))
