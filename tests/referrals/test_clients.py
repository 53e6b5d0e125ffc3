"""Clients that others wrote drive the loop: fhirpy, fhirclient, fhir-kit-client."""

from __future__ import annotations

import json
import shutil
import subprocess
import warnings
from pathlib import Path

import pytest

from tests.referrals.examples import patient, referral_bundle
from tests.referrals.serving import serving, signed_in

HERE = Path(__file__).parent / "node"


def token(client):
    return client.headers["Authorization"].removeprefix("Bearer ")


@pytest.fixture
def both(small):
    with serving(small.store) as settings:
        gp = token(signed_in(settings, "referrer", small.practice))
        worker = token(signed_in(settings, "link worker", small.team))
        yield settings.base, gp, worker


def test_fhir_kit_client_drives_a_referral(small, both):
    if shutil.which("node") is None or not (HERE / "node_modules").is_dir():
        pytest.skip(
            f"node or its packages are not installed (npm install --no-package-lock --prefix {HERE})"
        )
    base, gp, worker = both
    told = {
        "base": base,
        "referrer": gp,
        "worker": worker,
        "bundle": referral_bundle(small.practice, small.team),
    }
    answer = subprocess.run(
        ["node", HERE / "loop.mjs", json.dumps(told)], capture_output=True, text=True, check=False
    )
    assert answer.stderr == ""
    assert json.loads(answer.stdout) == {
        "version": "4.0.1",
        "listed": 1,
        "versions": 4,
        "status": "completed",
        "message": "All is well.",
    }


def test_fhirpy_drives_a_referral(small, both):
    from fhirpy import SyncFHIRClient

    base, gp, worker = both
    practice = SyncFHIRClient(base, authorization=f"Bearer {gp}")
    team = SyncFHIRClient(base, authorization=f"Bearer {worker}")
    bundle = referral_bundle(small.practice, small.team)
    practice.execute("", method="POST", data=bundle)
    (task,) = team.resources("Task").search(status="requested").include("Task", "patient").fetch()
    for status in ("accepted", "in-progress", "completed"):
        task["status"] = status
        task.save()
    assert practice.reference("Task", task["id"]).to_resource()["status"] == "completed"
    made, is_new = (
        practice.resources("Patient")
        .search(identifier="urn:example:x|1")
        .get_or_create(
            practice.resource(
                "Patient", **patient(identifier=[{"system": "urn:example:x", "value": "1"}])
            )
        )
    )
    assert is_new
    assert made["id"]
    assert practice.resources("Patient").search(name="invented").count() == 2


def test_fhirclient_drives_a_referral(small, both):
    base, gp, worker = both
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from fhirclient.client import FHIRClient
        from fhirclient.models.patient import Patient
        from fhirclient.models.task import Task
    from fhirclient.server import FHIRServer

    def signed(bearer):
        server = FHIRServer(None, base_uri=base + "/")
        server.session.headers["Authorization"] = f"Bearer {bearer}"
        return server

    practice, team = signed(gp), signed(worker)
    person = Patient(patient())
    made = Patient(person.create(practice))
    assert Patient.read(made.id, practice).name[0].family == "Invented"
    practice.post_json("", referral_bundle(small.practice, small.team))
    found = list(Task.where({"status": "requested"}).perform_resources_iter(team))
    assert len(found) == 1
    task = found[0]
    for status in ("accepted", "in-progress", "completed"):
        task.status = status
        task.update(team)
    assert Task.read(task.id, practice).status == "completed"
    assert FHIRClient is not None
    for server in (practice, team):
        server.session.close()
