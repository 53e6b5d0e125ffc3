"""Whatever is sent, the server does not fail: it keeps it, or says what is wrong with it.

MOBILISE_FUZZ_CASES says how many cases of each kind are tried; the evidence is of 5,000.
"""

from __future__ import annotations

import json
import os
from uuid import uuid4

import fhirkit
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobilise.referrals import open_store
from mobilise.referrals.api import fhir_app
from mobilise.referrals.fhir.parameters import PARAMETERS
from tests.referrals.conftest import people
from tests.referrals.examples import (
    consent,
    kept,
    observation,
    patient,
    referral_bundle,
    response,
    service_request,
    subscription,
    task,
)
from tests.referrals.serving import serving, signed_in

CASES = int(os.environ.get("MOBILISE_FUZZ_CASES", "40"))
TRYING = settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TEXTS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "",
            " ",
            "\x00",
            "\ud800",
            "Patient/",
            "Patient/x",
            "urn:uuid:1",
            "2026",
            "2026-02-30",
            "0000",
            "99999-01-01",
            "2026-01-01T24:00:00Z",
            "1e999",
            "a" * 5000,
            "%",
            "_",
            "\\",
            "|",
            "order",
            "fulfill",
            "active",
            "requested",
            "http://[",
            "mailto:",
            "-1",
            'W/"1"',
        ]
    ),
)
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), TEXTS
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=6,
)
KEYS = st.sampled_from(
    [
        "id",
        "meta",
        "extension",
        "identifier",
        "status",
        "intent",
        "code",
        "subject",
        "focus",
        "for",
        "requester",
        "owner",
        "basedOn",
        "partOf",
        "performer",
        "provision",
        "purpose",
        "name",
        "birthDate",
        "gender",
        "address",
        "telecom",
        "output",
        "reference",
        "coding",
        "system",
        "value",
        "valueQuantity",
        "channel",
        "criteria",
        "type",
        "effectiveDateTime",
        "location",
        "generalPractitioner",
        "managingOrganization",
        "resourceType",
        "contained",
        "text",
        "note",
    ]
)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Yield the clients of each role, and valid resources of each type to begin from."""
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('fuzz')}/care.db")
    connection = store.engine.raw_connection()
    connection.cursor().execute("PRAGMA synchronous=OFF")
    connection.close()
    care = people(store)
    with serving(store) as told:
        clients = {
            role: signed_in(told, role, body)
            for role, body in (
                ("referrer", care.practice),
                ("link worker", care.team),
                ("provider", care.choir),
                ("administrator", None),
            )
        }
        made = clients["referrer"].post("/", json=referral_bundle(care.practice, care.team))
        mine = kept(made, "Task")
        person, request = mine["for"]["reference"], mine["focus"]["reference"]
        valid = [
            patient(),
            consent(person),
            service_request(person, care.practice),
            task(person, request, care.practice, care.team),
            observation(person, request),
            response(person),
            subscription("http://127.0.0.1:1/hook"),
            {"resourceType": "Organization", "name": "Invented"},
            {
                "resourceType": "Location",
                "name": "Invented",
                "position": {"longitude": 1, "latitude": 2},
            },
            {"resourceType": "HealthcareService", "name": "Invented"},
            {"resourceType": "PractitionerRole", "practitioner": {"display": "Invented"}},
            kept(made, "Patient"),
            kept(made, "ServiceRequest"),
            mine,
        ]
        yield told, clients, valid
    store.close()


def spots(value, path=()):
    """Yield the path of every object and list in a resource."""
    yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, each in items:
        if isinstance(each, dict | list):
            yield from spots(each, (*path, key))


@st.composite
def spoilt(draw, valid):
    """Return a valid resource with up to four things in it changed, added or taken out."""
    resource = json.loads(json.dumps(draw(st.sampled_from(valid))))
    for _ in range(draw(st.integers(0, 4))):
        place = resource
        for step in draw(st.sampled_from(list(spots(resource)))):
            place = place[step]
        if isinstance(place, dict):
            key = draw(st.one_of(st.sampled_from(list(place) or ["id"]), KEYS, TEXTS))
            if draw(st.booleans()):
                place[key] = draw(JSON)
            else:
                place.pop(key, None)
        elif place:
            place[draw(st.integers(0, len(place) - 1))] = draw(JSON)
    return resource


def body_of(value):
    return json.dumps(value).encode("utf-8", "surrogatepass")


def fine(answer):
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.json()["resourceType"] == "OperationOutcome"
        assert fhirkit.validate(answer.json()) == []
    return answer


def test_resources_that_are_spoilt_are_kept_or_refused(world):
    _, clients, valid = world

    @TRYING
    @given(
        spoilt(valid), st.sampled_from(sorted(clients)), st.sampled_from(["POST", "PUT", "bundle"])
    )
    def tried(resource, role, way):
        client = clients[role]
        type_ = resource.get("resourceType")
        address = type_ if isinstance(type_, str) and type_ in PARAMETERS else "Task"
        if way == "POST":
            answer = fine(client.post(f"/{address}", content=body_of(resource)))
        elif way == "PUT":
            there = next(
                (v["id"] for v in valid if v["resourceType"] == address and "id" in v), "x"
            )
            resource["id"] = there
            answer = fine(client.put(f"/{address}/{there}", content=body_of(resource)))
        else:
            entry = {"resource": resource, "request": {"method": "POST", "url": address}}
            bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
            answer = fine(client.post("/", content=body_of(bundle)))
        if answer.status_code in {200, 201} and way != "bundle":
            assert fhirkit.validate(answer.json()) == []
            fine(client.get(f"/{address}/{answer.json()['id']}"))

    tried()


def test_bundles_that_are_spoilt_are_carried_out_or_refused(world):
    _, clients, valid = world

    @TRYING
    @given(st.data(), st.sampled_from(["transaction", "batch"]))
    def tried(data, kind):
        entries = [
            {
                "fullUrl": f"urn:uuid:{uuid4()}",
                "resource": resource,
                "request": {"method": "POST", "url": resource["resourceType"]},
            }
            for resource in data.draw(st.lists(st.sampled_from(valid), max_size=3))
        ]
        bundle = data.draw(spoilt([{"resourceType": "Bundle", "type": kind, "entry": entries}]))
        fine(clients["referrer"].post("/", content=body_of(bundle)))

    tried()


def test_searches_of_any_kind_are_answered_or_refused(world):
    _, clients, _ = world
    every = sorted({p.name for each in PARAMETERS.values() for p in each})
    names = st.one_of(
        st.sampled_from(
            [*every, "_id", "_lastUpdated", "_count", "_sort", "_include", "_revinclude", "_after"]
        ),
        TEXTS,
    )
    modifiers = st.sampled_from(
        ["", "", "", ":not", ":exact", ":contains", ":missing", ":Patient", ":"]
    )
    includes = st.sampled_from(
        ["Task:focus", "Task:patient", "Patient:x", ":", "Task", "Task:focus:X"]
    )
    prefixed = st.builds(str.__add__, st.sampled_from(["", "ge", "ne", "sa"]), TEXTS)

    @TRYING
    @given(
        st.sampled_from([*PARAMETERS, "AuditEvent"]),
        st.lists(st.tuples(names, modifiers, st.one_of(TEXTS, includes, prefixed)), max_size=3),
        st.sampled_from(sorted(clients)),
        st.booleans(),
    )
    def tried(type_, asked, role, posted):
        pairs = [
            ((n + m).encode("utf-8", "replace"), v.encode("utf-8", "replace")) for n, m, v in asked
        ]
        client = clients[role]
        if posted:
            form = httpx.QueryParams([(n.decode(), v.decode()) for n, v in pairs])
            fine(client.post(f"/{type_}/_search", content=str(form)))
        else:
            params = [(n.decode(), v.decode()) for n, v in pairs]
            fine(client.get(f"/{type_}", params=params))

    tried()


def test_the_openapi_description_is_tried_by_schemathesis(world):
    told, clients, _ = world
    schema = schemathesis.openapi.from_asgi("/openapi.json", fhir_app(told))
    bearer = {"Authorization": clients["referrer"].headers["Authorization"]}

    tried = 0
    for operation in schema.get_all_operations():

        @settings(TRYING, max_examples=max(5, CASES // 10))
        @given(case=operation.ok().as_strategy())
        def one(case):
            answer = case.call(headers=bearer)
            assert answer.status_code < 500, (case.method, case.path)

        one()
        tried += 1
    assert tried >= 14
