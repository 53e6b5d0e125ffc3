"""Every resource that the server sends out, before validators that we did not write."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from mobilise.referrals import (
    NewPerson,
    accept,
    add_organisation,
    cancel,
    complete,
    operator,
    pause,
    record_attendance,
    record_offer,
    record_outcome,
    record_refusal,
    refer,
    reopen,
    send_on,
    start,
    take_in,
    task_of,
)
from mobilise.referrals.access.accounts import add_user
from mobilise.referrals.api.answers import outcome
from mobilise.referrals.courier import notification
from mobilise.referrals.fromplace import listed as from_directory
from mobilise.referrals.model import Notice, Subscription, Version
from mobilise.referrals.organising import ListedService
from tests.referrals.conftest import ADA, people
from tests.referrals.examples import (
    observation,
    patient,
    referral_bundle,
    response,
    subscription,
)
from tests.referrals.serving import serving, signed_in
from tests.referrals.test_directory import DOCUMENT

HERE = Path(__file__).parent / "node"
TYPES = {
    "Patient",
    "ServiceRequest",
    "Task",
    "Consent",
    "Observation",
    "QuestionnaireResponse",
    "Organization",
    "HealthcareService",
    "Location",
    "PractitionerRole",
    "AuditEvent",
    "Subscription",
    "Bundle",
    "OperationOutcome",
    "CapabilityStatement",
}


def do_everything(care):
    """Use every function that writes, with little and with much said."""
    store = care.store
    listed = ListedService(
        "s1",
        "Walks",
        "o1",
        "Invented Walkers",
        "walking",
        "Slow walks.",
        "w@example.org",
        "01632 960002",
        "2 Made-up Street",
        "ZZ99 1AB",
        -1.5,
        53.8,
        3,
    )
    with store.work(operator()) as work:
        service = take_in(work, listed)
        take_in(work, from_directory(json.dumps(DOCUMENT), "arts"))
        add_organisation(work, "Bare", "charity")
        add_user(work, "w@example.org", "Invented Worker", "link worker", care.team)
    with store.work(care.referrer) as work:
        record_offer(work, ADA, declined=True)
        record_offer(work, NewPerson("", "Invented"), declined=False)
        task = refer(
            work,
            ADA,
            to=care.team,
            route="family",
            priority="urgent",
            reason="A reason.",
            needs=["money", ("other", "The roof leaks.")],
            consented=["referral", "sharing", "feedback"],
        )
        wrong = refer(work, ADA, to=care.team, needs=[], consented=["referral"])
        cancel(work, wrong.id, "sent twice")
        record_refusal(work, wrong.person_id, "statistics")
        again = reopen(work, task_of(work, wrong.id))
    with store.work(care.worker) as work:
        accept(work, again.id)
        pause(work, again.id, "in hospital")
        accept(work, task.id)
        part = send_on(work, task.id, service.id, needs=["money"], note="A note.")
        part2 = send_on(work, task.id, care.service)
        cancel(work, part.id, "moved away")
    with store.work(care.provider) as work:
        accept(work, part2.id)
        start(work, part2.id)
        record_attendance(work, part2.id, date(2026, 2, 3), "unattended")
        record_attendance(work, part2.id, date(2026, 2, 10), "attended")
        record_outcome(work, part2.id, "ucla-3", 4.5, "after")
        complete(work, part2.id, "Came once.")
    with store.work(care.worker) as work:
        record_outcome(work, task.id, "ons4-anxiety", 3, "before")
        complete(work, task.id, "All is well.")


@pytest.fixture(scope="module")
def sent_out(tmp_path_factory):
    """Return every resource that a server that did everything sends out, of every type."""
    from mobilise.referrals import open_store

    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('sent')}/care.db")
    care = people(store)
    do_everything(care)
    resources = []
    with serving(store) as settings:
        gp = signed_in(settings, "referrer", care.practice)
        worker = signed_in(settings, "link worker", care.team)
        choir = signed_in(settings, "provider", care.choir)
        administrator = signed_in(settings, "administrator", None)
        worker.post("/Subscription", json=subscription("http://127.0.0.1:1/hook"))
        made = gp.post("/", json=referral_bundle(care.practice, care.team))
        person = next(
            e["resource"]["id"]
            for e in made.json()["entry"]
            if e["resource"]["resourceType"] == "Patient"
        )
        answers = [
            made,
            gp.post("/Patient", json=patient()),
            worker.post("/Observation", json=observation(f"Patient/{person}")),
            worker.post("/QuestionnaireResponse", json=response(f"Patient/{person}")),
            gp.post("/Patient", json={"resourceType": "Patient", "gender": "?"}),
            gp.get("/metadata"),
            gp.get("/Nothing/1"),
            worker.get(f"/Patient/{person}/_history"),
            worker.get("/Task?_include=Task:focus&_include=Task:patient&_count=3"),
            worker.get("/Task?status=draft"),
            administrator.get("/AuditEvent?_count=200"),
            administrator.get("/PractitionerRole"),
            *(choir.get(f"/{type_}") for type_ in ("Patient", "Task", "Location", "Organization")),
            gp.post(
                "/",
                json={
                    "resourceType": "Bundle",
                    "type": "batch",
                    "entry": [
                        {"request": {"method": "GET", "url": "Task?_count=2"}},
                        {"request": {"method": "GET", "url": "Task/none"}},
                    ],
                },
            ),
        ]
        resources += [answer.json() for answer in answers]
        with store.reading() as session:
            notice = session.query(Notice).first()
            subscribed = session.query(Subscription).one()
            resources.append(notification(settings, notice, subscribed, store.clock()))
            resources += [json.loads(v.resource) for v in session.query(Version)]
    resources.append(outcome("exception", [(None, "a fault")]))
    inner = [
        entry["resource"]
        for bundle in resources
        if bundle["resourceType"] == "Bundle"
        for entry in bundle.get("entry", [])
        if "resource" in entry
    ]
    store.close()
    return resources + inner


def test_every_type_is_among_them(sent_out):
    counts = Counter(resource["resourceType"] for resource in sent_out)
    assert set(counts) >= TYPES
    assert sum(counts.values()) > 150


@pytest.fixture(scope="module")
def modules():
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not (HERE / "node_modules").is_dir():
        pytest.skip(
            f"the packages of node are not installed (npm install --no-package-lock --prefix {HERE})"
        )
    return HERE


@pytest.fixture(scope="module")
def told_of(sent_out, modules):
    lines = "\n".join(json.dumps(resource) for resource in sent_out) + "\n"
    answer = subprocess.run(
        ["node", modules / "validate.mjs"], input=lines, capture_output=True, text=True, check=True
    )
    told = [json.loads(line) for line in answer.stdout.splitlines()]
    assert len(told) == len(sent_out)
    return told


@pytest.mark.parametrize("validator", ["fhir", "medplum"])
def test_it_passes_validators_that_others_wrote(sent_out, told_of, validator):
    wrong = [
        (resource["resourceType"], told[validator])
        for resource, told in zip(sent_out, told_of, strict=True)
        if told[validator]
    ]
    assert wrong == []


def test_the_validators_would_see_it(modules):
    bad = [
        {"resourceType": "Task", "status": "requested"},
        {"resourceType": "Patient", "shoe": "red"},
    ]
    lines = "\n".join(map(json.dumps, bad)) + "\n"
    answer = subprocess.run(
        ["node", modules / "validate.mjs"], input=lines, capture_output=True, text=True, check=True
    )
    for line in answer.stdout.splitlines():
        told = json.loads(line)
        assert told["fhir"]
        assert told["medplum"]


def test_it_meets_the_published_json_schema(sent_out, shared):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(
        (shared / "standards/fhir/r4-4.0.1/fhir.schema.json").read_text(encoding="utf-8")
    )
    base = {"$schema": schema["$schema"], "definitions": schema["definitions"]}
    wrong = []
    for type_ in sorted({resource["resourceType"] for resource in sent_out}):
        if type_ == "Bundle":
            continue  # its entries are checked each by its own definition, which reads better
        check = jsonschema.Draft6Validator(base | {"$ref": f"#/definitions/{type_}"})
        wrong += [
            (type_, error.json_path, error.message[:80])
            for resource in sent_out
            if resource["resourceType"] == type_
            for error in check.iter_errors(resource)
        ]
    assert wrong == []
