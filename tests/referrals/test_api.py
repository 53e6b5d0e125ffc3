"""The FHIR API on a real socket, on each database."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import httpx
import pytest

from mobilise.referrals import audit
from tests.referrals.conftest import people
from tests.referrals.examples import (
    consent,
    kept,
    observation,
    patient,
    referral_bundle,
    service_request,
    task,
)
from tests.referrals.serving import serving, signed_in


@pytest.fixture
def served(store):
    care = people(store)
    with serving(store) as settings:
        yield care, settings


@pytest.fixture
def gp(served):
    return signed_in(served[1], "referrer", served[0].practice)


@pytest.fixture
def worker(served):
    return signed_in(served[1], "link worker", served[0].team)


def referred(gp, care, **more):
    answer = gp.post("/", json=referral_bundle(care.practice, care.team, **more))
    assert answer.status_code == 200, answer.text
    return answer


def test_what_is_sent_comes_back_with_all_that_it_said(gp):
    sent = patient()
    made = gp.post("/Patient", json=sent)
    assert made.status_code == 201
    assert made.headers["etag"] == 'W/"1"'
    read = gp.get(made.headers["location"].partition("/_history")[0])
    assert read.json() == made.json()
    theirs = {k: v for k, v in read.json().items() if k not in {"id", "meta", "extension"}}
    assert theirs.pop("managingOrganization")
    assert theirs == sent
    unchanged = gp.get(f"/Patient/{read.json()['id']}", headers={"If-None-Match": 'W/"1"'})
    assert unchanged.status_code == 304


def test_update_with_the_version_that_was_seen(gp):
    made = gp.post("/Patient", json=patient()).json()
    made["gender"] = "unknown"
    address = f"/Patient/{made['id']}"
    first = gp.put(address, json=made, headers={"If-Match": 'W/"1"'})
    assert (first.status_code, first.json()["meta"]["versionId"]) == (200, "2")
    assert gp.put(address, json=made, headers={"If-Match": 'W/"1"'}).status_code == 412
    assert gp.put(address, json=made, headers={"If-Match": "nonsense"}).status_code == 400
    history = gp.get(f"{address}/_history").json()
    assert [e["resource"]["meta"]["versionId"] for e in history["entry"]] == ["2", "1"]
    assert gp.get(f"{address}/_history/1").json()["gender"] == "female"
    assert gp.get(f"{address}/_history/9").status_code == 404


def test_a_conditional_create_makes_one_however_many_ask_at_once(gp):
    value = uuid4().hex
    sent = patient(identifier=[{"system": "urn:example:practice", "value": value}])
    query = {"If-None-Exist": f"identifier=urn:example:practice|{value}"}
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: gp.post("/Patient", json=sent, headers=query), range(6)))
    assert sorted(a.status_code for a in answers) == [200] * 5 + [201]
    assert len({a.json()["id"] for a in answers}) == 1


def test_a_transaction_is_whole_or_not_at_all(gp, served):
    care, _ = served
    answer = referred(gp, care)
    assert answer.json()["type"] == "transaction-response"
    assert kept(answer, "Task")["for"]["reference"] == f"Patient/{kept(answer, 'Patient')['id']}"
    broken = referral_bundle(care.practice, care.team)
    broken["entry"][-1]["resource"]["status"] = "completed"
    before = gp.get("/Patient?_count=0").json()["total"]
    assert gp.post("/", json=broken).status_code == 422
    assert gp.get("/Patient?_count=0").json()["total"] == before


def test_a_batch_answers_each_for_itself(gp):
    entries = [
        {"request": {"method": "POST", "url": "Patient"}, "resource": patient()},
        {
            "request": {"method": "POST", "url": "Patient"},
            "resource": {"resourceType": "Patient", "x": 1},
        },
        {"request": {"method": "GET", "url": "Patient?_count=1"}},
    ]
    answer = gp.post("/", json={"resourceType": "Bundle", "type": "batch", "entry": entries})
    statuses = [e["response"]["status"][:3] for e in answer.json()["entry"]]
    assert statuses == ["201", "400", "200"]


def test_nobody_is_referred_over_fhir_without_consent_either(gp, served):
    care, _ = served
    answer = gp.post("/", json=referral_bundle(care.practice, care.team, purposes=()))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["code"] == "business-rule"


def test_search_by_each_kind_of_parameter(gp, worker, served):
    care, _ = served
    value = uuid4().hex
    person = patient(
        identifier=[{"system": "urn:example:practice", "value": value}],
        name=[{"family": "Ångström", "given": ["Eva"]}],
        birthDate="1949-12-31",
    )
    answer = referred(gp, care, person=person)
    referred(gp, care)
    found = {
        "/Patient?identifier=urn:example:practice|" + value: 1,
        "/Patient?identifier=" + value: 1,
        "/Patient?identifier=urn:example:other|" + value: 0,
        "/Patient?family=ångs": 1,
        "/Patient?family:exact=ångs": 0,
        "/Patient?family:contains=STRÖM": 1,
        "/Patient?birthdate=1949": 1,
        "/Patient?birthdate=lt1950-01-01": 1,
        "/Patient?birthdate=ge1950-03-01": 1,
        "/Patient?birthdate=ge1949&birthdate=le1950": 2,
        "/Patient?gender:not=female": 0,
        "/Patient?general-practitioner:missing=true": 2,
        "/Task?status=requested,accepted": 2,
        "/Task?status=accepted": 0,
        f"/Task?patient={kept(answer, 'Patient')['id']}": 1,
        f"/Task?patient=Patient/{kept(answer, 'Patient')['id']}": 1,
        f"/Task?_id={kept(answer, 'Task')['id']},nothing": 1,
        "/Task?_lastUpdated=gt2020-01-01": 2,
        "/Task?_lastUpdated=gt2999": 0,
        "/Task?authored-on=2020": 0,
        "/ServiceRequest?category=urn:mobilise:route|gp": 2,
        "/Consent?purpose=feedback": 2,
    }
    assert {url: gp.get(url).json()["total"] for url in found} == found
    assert worker.post("/Task/_search", data={"status": "requested"}).json()["total"] == 2


def test_a_parameter_that_is_not_known_is_refused_rather_than_left_out(gp):
    assert gp.get("/Task?colour=red").status_code == 400
    lenient = {"Prefer": "handling=lenient"}
    assert gp.get("/Task?colour=red", headers=lenient).status_code == 200
    for wrong in ("birthdate=soon", "_count=many", "_sort=name", "_include=Patient", "_after=x"):
        assert gp.get(f"/Patient?{wrong}").status_code == 400


def test_pages_hold_everything_once_while_more_is_written(gp):
    for _ in range(7):
        gp.post("/Patient", json=patient())
    seen, url = [], "/Patient?_count=3"
    while url:
        page = gp.get(url).json()
        seen += [e["resource"]["id"] for e in page["entry"]]
        url = next((link["url"] for link in page["link"] if link["relation"] == "next"), None)
        if len(seen) == 3:
            gp.post("/Patient", json=patient())
    assert len(seen) == len(set(seen)) == 8
    newest = gp.get("/Patient?_count=1&_sort=-_lastUpdated").json()["entry"][0]["resource"]["id"]
    assert newest == seen[-1]


def test_include_and_revinclude(worker, gp, served):
    care, _ = served
    answer = referred(gp, care)
    url = "/Task?_include=Task:focus&_include=Task:patient&_include=Task:owner"
    modes = [
        (e["resource"]["resourceType"], e["search"]["mode"])
        for e in worker.get(url).json()["entry"]
    ]
    assert modes[0] == ("Task", "match")
    assert sorted(modes[1:]) == [
        ("Organization", "include"),
        ("Patient", "include"),
        ("ServiceRequest", "include"),
    ]
    request = kept(answer, "ServiceRequest")["id"]
    back = worker.get(f"/ServiceRequest?_id={request}&_revinclude=Task:focus").json()
    assert [e["resource"]["resourceType"] for e in back["entry"]] == ["ServiceRequest", "Task"]


def test_the_task_s_state_goes_by_the_workflow(worker, gp, served):
    care, _ = served
    mine = kept(referred(gp, care), "Task")
    address = f"/Task/{mine['id']}"
    assert worker.put(address, json=mine | {"status": "completed"}).status_code == 422
    assert worker.put(address, json=mine | {"status": "rejected"}).status_code == 422
    assert gp.put(address, json=mine | {"status": "accepted"}).status_code == 403
    accepted = worker.put(address, json=mine | {"status": "accepted"})
    assert accepted.json()["status"] == "accepted"
    other = mine | {"status": "accepted", "for": {"reference": "Patient/somebody-else"}}
    assert worker.put(address, json=other).status_code == 422
    assert gp.get(f"/ServiceRequest/{mine['focus']['reference'][15:]}").json()["status"] == "active"


def test_a_provider_is_shown_the_least_of_a_person(worker, gp, served):
    care, settings = served
    mine = kept(referred(gp, care), "Task")
    person, address = mine["for"]["reference"], f"/Task/{mine['id']}"
    worker.put(address, json=mine | {"status": "accepted"})
    worker.put(address, json=mine | {"status": "in-progress"})
    request = service_request(
        person,
        care.team,
        basedOn=[{"reference": mine["focus"]["reference"]}],
        note=[{"text": "Sings alto."}],
    )
    made = worker.post("/ServiceRequest", json=request).json()
    part = task(person, f"ServiceRequest/{made['id']}", care.team, care.choir)
    answer = worker.post("/Task", json=part | {"partOf": [{"reference": f"Task/{mine['id']}"}]})
    assert answer.status_code == 201, answer.text
    choir = signed_in(settings, "provider", care.choir)
    shown = choir.get(f"/{person}").json()
    assert shown["birthDate"] == "1950"
    assert not {"identifier", "address", "maritalStatus"} & shown.keys()
    assert shown["meta"]["tag"][0]["code"] == "SUBSETTED"
    history = choir.get(f"/{person}/_history").json()
    assert "Made-up Street" not in str(history)
    assert choir.get(f"/{mine['focus']['reference']}").status_code == 404
    assert choir.get("/Task").json()["total"] == 1
    score = observation(person, f"ServiceRequest/{made['id']}")
    assert choir.post("/Observation", json=score).status_code == 201
    refusal = consent(person, "sharing", "rejected")
    assert worker.post("/Consent", json=refusal).status_code == 201
    assert choir.get("/Task").json()["total"] == 0
    assert choir.get(f"/{person}").status_code == 404


@pytest.mark.parametrize(
    ("type_", "sent", "path"),
    [
        ("Patient", {"resourceType": "Patient", "gender": "F"}, "Patient.gender"),
        ("Patient", {"resourceType": "Patient", "birthDate": "1950-13-01"}, "Patient.birthDate"),
        ("Patient", {"resourceType": "Patient", "shoe": 1}, "Patient.shoe"),
        ("Patient", {"resourceType": "Patient", "name": {"family": "X"}}, "Patient.name"),
        ("Patient", {"resourceType": "Task"}, "Patient.resourceType"),
        ("Patient", [], "Patient"),
        ("Task", {"resourceType": "Task", "status": "requested"}, "Task.intent"),
        ("Task", {"resourceType": "Task", "status": "done", "intent": "order"}, "Task.status"),
        (
            "Patient",
            {"resourceType": "Patient", "name": [{"family": "a\x00b"}]},
            "Patient.name[0].family",
        ),
        (
            "Patient",
            {"resourceType": "Patient", "name": [{"family": "\ud800"}]},
            "Patient.name[0].family",
        ),
    ],
)
def test_what_is_not_fhir_is_refused_with_where_it_is_not(small, type_, sent, path):
    import json

    with serving(small.store) as settings:
        gp = signed_in(settings, "referrer", small.practice)
        answer = gp.post(f"/{type_}", content=json.dumps(sent))
    assert answer.status_code == 400
    assert answer.json()["resourceType"] == "OperationOutcome"
    assert path in {issue["expression"][0] for issue in answer.json()["issue"]}


def test_the_statement_says_what_there_is(small):
    with serving(small.store) as settings:
        gp = signed_in(settings, "referrer", small.practice)
        check_statement(gp, httpx.get(f"{settings.base}/metadata").json())


def check_statement(gp, statement):
    (rest,) = statement["rest"]
    assert statement["fhirVersion"] == "4.0.1"
    for resource in rest["resource"]:
        codes = {i["code"] for i in resource["interaction"]}
        if resource["type"] == "AuditEvent":
            assert codes == {"read", "search-type"}
            continue
        for parameter in resource["searchParam"]:
            example = {"date": "2026", "number": "1"}.get(parameter["type"], "x")
            answer = gp.get(f"/{resource['type']}?{parameter['name']}={example}")
            assert answer.status_code == 200, (resource["type"], parameter)
        for include in resource.get("searchInclude", []):
            assert gp.get(f"/{resource['type']}?_include={include}").status_code == 200
        for include in resource.get("searchRevInclude", []):
            assert gp.get(f"/{resource['type']}?_revinclude={include}").status_code == 200
        assert gp.delete(f"/{resource['type']}/x").status_code == 405


def test_every_read_of_a_person_is_in_the_trail(gp, worker, served):
    care, settings = served
    person = kept(referred(gp, care), "Patient")["id"]
    worker.get(f"/Patient/{person}", headers={"X-Purpose-Of-Use": "COC"})
    worker.get("/Task?_include=Task:patient")
    administrator = signed_in(settings, "administrator", None)
    events = administrator.get(f"/AuditEvent?patient={person}&action=R").json()["entry"]
    told = [
        (e["resource"]["purposeOfEvent"][0]["coding"][0]["code"], e["resource"]["entity"][0])
        for e in events
    ]
    assert ("COC", {"what": {"reference": f"Patient/{person}"}}) in told
    assert len(events) >= 3
    with settings.store.reading() as session:
        assert audit.verify(session).faults == ()
