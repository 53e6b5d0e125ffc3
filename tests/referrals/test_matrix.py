"""Every route by every role and every owner: what is not granted is denied."""

from __future__ import annotations

from dataclasses import dataclass

import httpx
import pytest

from mobilise.referrals import accept, operator, record_consent, record_outcome, refer, send_on
from mobilise.referrals.access.grants import GRANTS, letters_of
from mobilise.referrals.api import fhir_app
from mobilise.referrals.keeping import keep
from mobilise.referrals.model import Consent, Post, Referral, Response, Score
from tests.referrals.conftest import ADA, people
from tests.referrals.serving import serving, signed_in

ROLES = ("referrer", "link worker", "provider", "analyst", "administrator")
OF_PEOPLE = ("Patient", "ServiceRequest", "Task", "Consent", "Observation", "QuestionnaireResponse")
# Who reads a record of the loop, written out by hand from the rules of access: "own" sees it,
# "other" is the same role in an organisation that has nothing to do with it.
SEES = {
    "Patient": {"referrer", "link worker", "provider"},
    "ServiceRequest": {"referrer", "link worker"},
    "Task": {"referrer", "link worker"},
    "Consent": {"referrer", "link worker"},
    "Observation": {"referrer", "link worker"},
    "QuestionnaireResponse": {"referrer", "link worker"},
    "Organization": set(ROLES),
    "HealthcareService": set(ROLES),
    "PractitionerRole": set(ROLES) - {"analyst"},
    "AuditEvent": {"administrator"},
}


@dataclass
class World:
    """A server, a loop that was begun, and a client for each role and owner."""

    settings: object
    clients: dict
    records: dict


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    from mobilise.referrals import add_organisation, open_store

    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('matrix')}/care.db")
    care = people(store)
    with store.work(care.referrer) as work:
        task = refer(work, ADA, to=care.team, needs=["money"], consented=["referral", "sharing"])
    with store.work(care.worker) as work:
        accept(work, task.id)
        send_on(work, task.id, care.service)
        score = record_outcome(work, task.id, "ucla-3", 5, "before")
        response = Response(
            person_id=task.person_id, referral_id=task.referral_id, status="completed"
        )
        keep(work, response)
        record_consent(work, task.person_id, "feedback")
    with store.work(operator()) as work:
        post = Post(name="Invented", role="provider", organisation_id=care.choir, active=True)
        keep(work, post)
        others = {
            role: add_organisation(work, f"Another {role}'s", "other").id
            for role in ("referrer", "link worker", "provider")
        }
    with store.reading() as session:
        consent = session.query(Consent).filter_by(purpose="referral").one()
        root = session.query(Referral).filter_by(based_on=None).one()
    own = {"referrer": care.practice, "link worker": care.team, "provider": care.choir}
    with serving(store) as settings:
        clients = {
            (role, owner): signed_in(settings, role, bodies.get(role))
            for role in ROLES
            for owner, bodies in (("own", own), ("other", others))
        }
        yield World(
            settings,
            clients,
            {
                "Patient": task.person_id,
                "ServiceRequest": root.id,
                "Task": task.id,
                "Consent": consent.id,
                "Observation": score.id,
                "QuestionnaireResponse": response.id,
                "Organization": care.practice,
                "HealthcareService": care.service,
                "PractitionerRole": post.id,
                "AuditEvent": "1",
            },
        )
    store.close()
    assert isinstance(score, Score)


CASES = [(type_, role, owner) for type_ in SEES for role in ROLES for owner in ("own", "other")]


@pytest.mark.parametrize(("type_", "role", "owner"), CASES)
def test_who_reads_what(world, type_, role, owner):
    client, identity = world.clients[role, owner], world.records[type_]
    expected = role in SEES[type_] and (owner == "own" or type_ not in OF_PEOPLE)
    addresses = [f"/{type_}/{identity}"]
    if type_ != "AuditEvent":
        addresses += [f"/{type_}/{identity}/_history", f"/{type_}/{identity}/_history/1"]
    for address in addresses:
        answer = client.get(address)
        assert (answer.status_code == 200) is expected, (address, answer.text)
        if not expected:
            assert answer.status_code in {403, 404}
            assert "Ada" not in answer.text
    found = client.get(f"/{type_}?_id={identity}")
    seen = found.status_code == 200 and found.json()["total"] == 1
    assert seen is expected
    assert client.post(f"/{type_}/_search", data={"_id": identity}).status_code == found.status_code


# Who may change a record of their own is tested where the workflow is.
NOT_THEIRS = [
    (type_, role, owner)
    for type_, role, owner in CASES
    if owner == "other" or "u" not in GRANTS[type_].get(role, "")
]


@pytest.mark.parametrize(("type_", "role", "owner"), NOT_THEIRS)
def test_who_changes_what(world, type_, role, owner):
    """Nobody changes a record of another, and nobody a type that their role may not change."""
    reader = world.clients["administrator" if type_ not in OF_PEOPLE else "link worker", "own"]
    address = f"/{type_}/{world.records[type_]}"
    sent = reader.get(address).json()
    answer = world.clients[role, owner].put(address, json=sent)
    may = type_ not in OF_PEOPLE and "u" in GRANTS[type_].get(role, "") and role == "administrator"
    if not may:
        assert answer.status_code in {403, 404, 405}, answer.text


@pytest.mark.parametrize("type_", [*GRANTS, "Practitioner"])
@pytest.mark.parametrize("role", ROLES)
def test_who_creates_what(world, type_, role):
    answer = world.clients[role, "own"].post(f"/{type_}", json={"resourceType": type_})
    granted = "c" in GRANTS.get(type_, {}).get(role, "")
    assert answer.status_code != 201 or granted
    if not granted:
        assert answer.status_code in {400, 403, 404, 405}


def test_no_route_opens_without_a_token(world):
    """Every route of the application, but those that say what it is and hand out tokens."""
    free = {"/metadata", "/.well-known/smart-configuration", "/auth/token", "/openapi.json"}
    schema = fhir_app(world.settings).openapi()
    tried = 0
    for path, methods in schema["paths"].items():
        if path in free:
            continue
        address = path.format(type_="Task", identity="x", version="1", job_id="x")
        for method in methods:
            for headers in (
                {},
                {"Authorization": "Bearer nothing"},
                {"Authorization": "Basic eA=="},
            ):
                answer = httpx.request(method, world.settings.base + address, headers=headers)
                assert answer.status_code == 401, (method, address)
                tried += 1
    assert tried >= 30


@pytest.mark.parametrize(
    "scope", ["system/Task.r", "system/Task.s", "system/Patient.cruds", "system/Task.c"]
)
def test_a_token_opens_no_more_than_its_scopes(world, scope):
    own = world.records
    with httpx.Client() as _:
        client = signed_in(world.settings, "referrer", organisation_of(world), [scope])
    type_, letters = letters_of(scope)
    tries = {
        ("Task", "r"): client.get(f"/Task/{own['Task']}"),
        ("Task", "s"): client.get("/Task"),
        ("Patient", "r"): client.get(f"/Patient/{own['Patient']}"),
        ("Patient", "s"): client.get("/Patient"),
        ("Consent", "s"): client.get("/Consent"),
    }
    for (tried, letter), answer in tries.items():
        granted = tried == type_ and letter in letters
        assert answer.status_code == (200 if granted else 403), (tried, letter)


def organisation_of(world):
    answer = world.clients["referrer", "own"].get("/Task").json()
    return answer["entry"][0]["resource"]["requester"]["reference"].partition("/")[2]


def test_includes_and_transactions_open_no_back_door(world):
    stranger = world.clients["provider", "other"]
    for role, url in (
        ("provider", "/Organization?_revinclude=Task:owner"),
        ("referrer", "/Organization?_revinclude=Patient:organization"),
        ("provider", "/HealthcareService?_revinclude=ServiceRequest:performer"),
    ):
        listed = world.clients[role, "other"].get(url).json()["entry"]
        assert not {e["resource"]["resourceType"] for e in listed} & set(OF_PEOPLE)
    entry = {"request": {"method": "GET", "url": f"Patient/{world.records['Patient']}"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    assert stranger.post("/", json=bundle).status_code == 404
    answer = stranger.post("/", json=bundle | {"type": "batch"}).json()
    assert answer["entry"][0]["response"]["status"] == "404"
    for path in ("/$export", "/Patient/$export"):
        asked = stranger.get(path, headers={"Prefer": "respond-async"})
        status = asked.headers["content-location"]
        assert world.clients["link worker", "own"].get(status).status_code == 404
