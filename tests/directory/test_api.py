"""The API: pages, filters, formats, tags for caches, and what it says to bad questions."""

from __future__ import annotations

import csv
import io
import json

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from mobilise.directory import hsds_app, import_services, remembered, schema
from mobilise.sources.hsds import normalise
from tests.directory.conftest import INVENTED, MONDAY, import_invented, service


def names(reader, address, **query):
    answer = reader.get(address, params=query)
    assert answer.status_code == 200, answer.text
    return [row.get("name") or row["service"]["name"] for row in answer.json()["contents"]]


def test_what_it_is(reader):
    about = reader.get("/").json()
    assert about["version"] == "HSDS-UK-3.0"
    assert reader.get("/openapi.json").status_code == 200


def test_mounted_it_tells_its_own_address(lasting):
    from fastapi import FastAPI

    outer = FastAPI()
    outer.mount("/hsds", hsds_app(lasting))
    client = TestClient(outer, base_url="http://place.example")
    about = client.get("/hsds/?x=1").json()
    assert about["openapi_url"] == "http://place.example/hsds/openapi.json"
    assert client.get(about["openapi_url"]).status_code == 200
    following = client.get("/hsds/services?per_page=1").links["next"]["url"]
    assert following == "http://place.example/hsds/services?per_page=1&after=1"


def test_a_page_tells_where_it_is(reader):
    page = reader.get("/services", params={"per_page": 3, "page": 2}).json()
    assert page.pop("contents")[0]["name"] == "Haven"
    assert page == {
        "total_items": 4,
        "total_pages": 2,
        "page_number": 2,
        "size": 1,
        "first_page": False,
        "last_page": True,
        "empty": False,
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "grief talk"}, []),
        ({"search": "talking"}, ["Bereavement group"]),
        ({"search": "Café"}, ["Chatty café"]),
        ({"search": "'); drop table services; --"}, []),
        ({"minimum_age": 18}, ["Bereavement group"]),
        ({"maximum_age": 98}, []),
        ({"day": "TU"}, ["Chatty café", "Debt advice line"]),
        ({"day": "Tuesday", "start_time": "10:00"}, ["Chatty café"]),
        ({"day": "TU", "end_time": "17:00"}, ["Chatty café", "Debt advice line"]),
        ({"organization_id": "00000000-0000-4000-9000-000000000002"}, ["Bereavement group"]),
        ({"modified_after": "2026-06-01T09:00:00Z", "per_page": 1}, ["Chatty café"]),
        ({"modified_after": "2026-06-01T09:00:01Z"}, []),
    ],
    ids=str,
)
def test_filters(reader, query, found):
    assert names(reader, "/services", **query) == found


def test_terms_filter_services_and_are_listed(reader):
    term = next(
        t
        for t in reader.get("/taxonomy_terms?per_page=500").json()["contents"]
        if t["name"] == "Money"
    )
    assert names(reader, "/services", taxonomy_term_id=term["id"]) == ["Debt advice line"]
    assert names(reader, "/services", taxonomy_id=term["taxonomy_id"]) == ["Debt advice line"]
    taxonomy = reader.get(f"/taxonomies/{term['taxonomy_id']}").json()
    assert [t["id"] for t in taxonomy["taxonomy_terms"]] == [term["id"]]


def test_tops_and_children_of_terms(reader):
    tops = reader.get("/taxonomy_terms?top_only=true&per_page=500").json()["contents"]
    assert all("parent_id" not in term for term in tops)
    family = next(term for term in tops if term["name"] == "Nature and outdoors")
    assert names(reader, "/taxonomy_terms", parent_id=family["id"]) == ["Nature and gardening"]


def test_sites_by_distance_nearest_first(reader):
    """One thousandth of a degree of latitude is 111.2 m."""
    near = {"postcode": "zz11aa", "proximity": 112}
    assert names(reader, "/service_at_locations", **near) == ["Chatty café"]
    assert names(reader, "/service_at_locations", **(near | {"proximity": 111})) == []
    far = near | {"proximity": 1200}
    assert names(reader, "/service_at_locations", **far) == ["Chatty café", "Bereavement group"]
    assert reader.post("/service_at_locations", json=far).json()["total_items"] == 2


def test_services_elsewhere_are_not_offered_to_a_postcode(empty):
    square = [[-3, 54], [-2, 54], [-2, 55], [-3, 55], [-3, 54]]
    extent = json.dumps({"type": "Polygon", "coordinates": [square]})
    elsewhere = {**INVENTED[0], "service_areas": [{"extent": extent, "extent_type": "geojson"}]}
    import_invented(empty, [elsewhere, INVENTED[1]])
    reader = TestClient(hsds_app(empty))
    assert names(reader, "/service_at_locations", postcode="ZZ1 1AA") == ["Bereavement group"]


def test_full_minimal_and_nested(reader):
    brief = reader.get("/services").json()["contents"][0]
    full = reader.get("/services?full=true").json()["contents"][0]
    assert "schedules" not in brief
    assert full == reader.get(f"/services/{full['id']}").json()
    assert full["service_at_locations"][0]["location"]["latitude"] == 53.001
    minimal = reader.get("/services?minimal=true&per_page=1").json()
    assert minimal["size"] == minimal["total_items"] == 4
    assert set(minimal["contents"][0]) == {"id", "name", "status", "last_modified", "modified_date"}
    key = full["organization"]["id"]
    short = reader.get(f"/organizations/{key}").json()["services"]
    assert [set(s) for s in short] == [{"id", "name", "status"}] * 2
    whole = reader.get(f"/organizations/{key}?full_service=true").json()["services"]
    assert whole[0] == full


def test_formats(reader):
    rows = list(csv.DictReader(io.StringIO(reader.get("/services?format=csv").text)))
    assert [row["organization.name"] for row in rows] == [
        "Trust 1",
        "Trust 2",
        "Trust 0",
        "Trust 1",
    ]
    lines = reader.get("/services?format=ndjson&per_page=1").text.splitlines()
    assert json.loads(lines[0])["name"] == "Chatty café"
    assert len(lines) == 4


def test_a_spreadsheet_runs_no_formula(empty):
    import_services(empty, normalise([service(1, name="=HYPERLINK(1)")], "x"), "x", at=MONDAY)
    text = TestClient(hsds_app(empty)).get("/services?format=csv").text
    assert "'=HYPERLINK" in text
    assert ",=HYPERLINK" not in text


def test_pages_are_stable_when_services_come_and_go(directory, client):
    first = client.get("/services?per_page=2")
    following = first.links["next"]["url"]
    import_invented(directory, [service(0, name="New"), *INVENTED[1:]])
    rest, address = [], following
    while address:
        answer = client.get(address)
        rest += [row["name"] for row in answer.json()["contents"]]
        address = answer.links.get("next", {}).get("url")
    assert [row["name"] for row in first.json()["contents"]] == ["Chatty café", "Bereavement group"]
    assert rest == ["Debt advice line", "Haven", "New"]


def test_who_has_an_answer_gets_304_until_something_changes(directory, client):
    first = client.get("/services?per_page=1")
    known = {"If-None-Match": first.headers["etag"]}
    assert client.get("/services?per_page=1", headers=known).status_code == 304
    assert client.get("/services?per_page=2", headers=known).status_code == 200
    import_services(directory, normalise([service(9)], "more"), "more", at=MONDAY)
    assert client.get("/services?per_page=1", headers=known).status_code == 200


def test_anybody_may_read_from_another_page(reader):
    answer = reader.get("/services", headers={"Origin": "https://elsewhere.example"})
    assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/services?page=0", "page"),
        ("/services?page=two", "page"),
        ("/services?page=99999999999999999999", "page"),
        ("/services?per_page=1000000", "per_page"),
        ("/services?per_page=-1", "per_page"),
        ("/services?search=%00", "search"),
        ("/services?search=" + "x" * 401, "search"),
        ("/services?modified_after=yesterday", "modified_after"),
        ("/services?modified_after=0001-01-01T00:00:00%2B14:00", "modified_after"),
        ("/services?taxonomy_term_id=x", "taxonomy_term_id"),
        ("/services?minimum_age=old", "minimum_age"),
        ("/services?minimum_age=nan", "minimum_age"),
        ("/services?start_time=25:00", "start_time"),
        ("/services?day=Someday", "day"),
        ("/services?full=perhaps", "full"),
        ("/services?format=xml", "format"),
        ("/service_at_locations?postcode=ZZ5%205ZZ", "postcode"),
        ("/service_at_locations?postcode=%27%20or%201=1", "postcode"),
        ("/service_at_locations?proximity=10", "proximity"),
        ("/service_at_locations?postcode=ZZ1%201AA&proximity=inf", "proximity"),
        ("/taxonomy_terms?top_only=x", "top_only"),
        ("/services/none", "id"),
        ("/organizations/none", "id"),
    ],
)
def test_bad_questions_are_told_which_parameter(reader, address, parameter):
    answer = reader.get(address)
    assert 400 <= answer.status_code < 500
    assert answer.json()["parameter"] == parameter
    assert answer.headers["content-type"] == "application/json"


def test_confidential_addresses_are_nowhere(reader):
    addresses = [
        "/services?full=true",
        "/services?format=csv&full=true",
        "/service_at_locations?full=true",
        "/service_at_locations?postcode=ZZ9%209ZZ&proximity=100",
        "/organizations?full_service=true",
        f"/services/{INVENTED[3]['id']}",
    ]
    for address in addresses:
        text = reader.get(address).text
        assert "Hidden Road" not in text
        assert "ZZ9 9ZZ" not in text
        assert "53.002" not in text
    assert "Haven" in reader.get("/services").text


def test_the_latest_filters_are_remembered_large_ones_apart(lasting, monkeypatch):
    monkeypatch.setattr(remembered, "LARGE", 2)
    monkeypatch.setattr(remembered, "MOST_LARGE", 1)
    monkeypatch.setattr(remembered, "MOST_SMALL", 2)
    known = remembered.Remembered("now")
    seqs = schema.services.c.seq
    with lasting.reading() as connection:
        every = sa.select(seqs)
        remembered.matching(connection, known, "all", every)
        for key in ("a", "b", "c"):
            found = remembered.matching(connection, known, key, every.where(seqs == 1))
            assert found.tolist() == [1]
        assert list(known.small) == ["b", "c"]
        assert list(known.filters) == ["all"]
        remembered.matching(connection, known, "all again", every)
        assert list(known.filters) == ["all again"]
        never = every.where(sa.literal_column("no_such_column") == 1)
        assert remembered.matching(connection, known, "b", never).tolist() == [1]
