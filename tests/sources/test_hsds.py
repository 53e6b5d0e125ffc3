"""Feeds of services: shapes that publishers use, what is mended, and harvests that break off."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.errors import SourceBroken, SourceError, SourceMissing
from mobilise.sources.hsds import harvest, normalise, read_feed
from mobilise.sources.hsds.confidential import is_confidential
from mobilise.sources.hsds.texts import plain_text, web_address

ONE = {"id": "00000000-0000-4000-8000-000000000001", "name": "One", "status": "active"}
TWO = {**ONE, "id": "00000000-0000-4000-8000-000000000002", "name": "Two"}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([ONE, TWO]),
        json.dumps({"total_items": 2, "contents": [ONE, TWO]}),
        json.dumps({"totalElements": 2, "content": [ONE, TWO]}),
        json.dumps(ONE) + "\n" + json.dumps(TWO) + "\n",
        "\ufeff" + json.dumps({"services": [ONE, TWO]}),
    ],
)
def test_the_shapes_of_feeds(tmp_path, text):
    path = tmp_path / "feed.json"
    path.write_text(text, encoding="utf-8")
    assert [record["name"] for record in read_feed(path)] == ["One", "Two"]
    (tmp_path / "feed.json.gz").write_bytes(gzip.compress(path.read_bytes()))
    assert len(list(read_feed(tmp_path / "feed.json.gz"))) == 2
    assert len(list(read_feed(tmp_path))) == 4


def test_feeds_that_are_none(tmp_path):
    with pytest.raises(SourceMissing):
        list(read_feed(tmp_path / "none.json"))
    with pytest.raises(SourceBroken):
        list(read_feed(tmp_path))
    for text in ("<html>", '{"error": "no"}', "[1, "):
        (tmp_path / "bad.json").write_text(text)
        with pytest.raises(SourceBroken):
            list(read_feed(tmp_path / "bad.json"))


def test_version_1_in_words_of_3():
    """The fields of Open Referral UK 1, with the names that its schema has."""
    old = {
        "id": "s1",
        "name": "Lunch club",
        "organization": {"id": "o1", "name": "Trust"},
        "eligibilitys": [{"minimum_age": 50, "maximum_age": 120}],
        "service_taxonomys": [
            {"id": "t", "taxonomy": {"id": "food", "name": "Food", "vocabulary": "esd"}}
        ],
        "regular_schedules": [{"weekday": "Monday", "opens_at": "10am", "closes_at": "12:30:00"}],
        "service_at_locations": [
            {
                "id": "l",
                "location": {
                    "id": "place",
                    "latitude": "51.4",
                    "longitude": -2.5,
                    "physical_addresses": [{"address_1": "1 Road", "postal_code": "BS1 1AA"}],
                },
            }
        ],
        "languages": [{"language": "Somali"}],
        "cost_options": [{"amount": "£2.50"}],
    }
    (new,) = normalise([old], "old").services
    assert (new["minimum_age"], new["maximum_age"]) == (50, 120)
    assert new["attributes"][0]["taxonomy_term"]["name"] == "Food"
    assert new["schedules"][0]["byday"] == "MO"
    assert new["schedules"][0]["closes_at"] == "12:30"
    location = new["service_at_locations"][0]["location"]
    assert (location["latitude"], location["addresses"][0]["postal_code"]) == (51.4, "BS1 1AA")
    assert new["languages"][0]["name"] == "Somali"
    assert new["cost_options"][0]["amount"] == 2.5


def test_ids_are_the_same_at_each_import_and_differ_by_source():
    def ids(source):
        return [s["id"] for s in normalise([{**ONE, "id": "17"}], source).services]

    assert ids("a") == ids("a") != ids("b")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"url": "javascript:alert(1)"}, "service.url"),
        ({"email": "ask us"}, "service.email"),
        ({"status": "open"}, "service.status"),
        ({"minimum_age": 60, "maximum_age": 5}, "lowest age"),
        ({"last_modified": "soon"}, "service.last_modified"),
    ],
)
def test_what_does_not_fit_is_told(wrong, says):
    found = normalise([{**ONE, **wrong}], "x")
    assert len(found.services) == 1
    assert [p for p in found.problems if says in p.says and p.what == "repaired"]


@given(st.text() | st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_nothing_that_a_publisher_sends_breaks_the_reading(value):
    record = {**ONE, "description": value, "url": value, "schedules": value, "organization": value}
    found = normalise([record, value], "x")
    assert found.read == 2
    json.dumps(found.services)


@given(st.text())
def test_plain_text_is_plain_and_stays_so(written):
    plain = plain_text(f"<p>{written}</p><script>{written}</script>")
    assert plain_text("a" + plain.replace("<", "").replace("&", "")) is not None
    assert "<script" not in plain.lower() or "<script" in written.lower() or "&" in written


@pytest.mark.parametrize(
    ("html", "plain"),
    [
        ("<ul><li>One</li><li>Two &amp; three</li></ul>", "• One\n• Two & three"),
        ('<a href="javascript:x()">here</a>', "here"),
        ('<a href="https://a.example/">https://a.example</a>', "https://a.example"),
        ("a<br>b", "a\nb"),
        ("5 < 6 and 7 > 6", "5 < 6 and 7 > 6"),
        ("<style>p{}</style><p onclick=x>Hi\u0000</p>", "Hi"),
    ],
)
def test_html_as_text(html, plain):
    assert plain_text(html) == plain


@pytest.mark.parametrize("address", ["http://", "ftp://a.example", "x", "http:// a", "https://é"])
def test_what_is_no_web_address(address):
    assert web_address(address) is None


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Safe House", "for women", True),
        ("Next Step", "The address is confidential.", True),
        ("Refuge", "for people fleeing domestic violence", True),
        ("Refugee support", "women's group against violence", False),
        ("Bird refuge", "a women's walk", False),
        ("Library", "a refuge from the rain", False),
    ],
)
def test_confidential_addresses(name, text, expected):
    assert is_confidential(name, text) is expected


class _Api(BaseHTTPRequestHandler):
    """An Open Referral API with 250 services, which fails as it is told to."""

    def do_GET(self):
        address = urlsplit(self.path)
        query = parse_qs(address.query)
        self.server.asked.append(self.path)
        if self.server.failures:
            status = self.server.failures.pop(0)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        page, size = int(query["page"][0]), int(query["per_page"][0])
        every = [
            {**ONE, "id": f"00000000-0000-4000-8000-{n:012d}", "contacts": []} for n in range(250)
        ]
        if "modified_after" in query:
            every = every[:3]
        part = every[(page - 1) * size : page * size]
        body = json.dumps({"total_pages": -(-len(every) // size), "contents": part}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def api():
    with ThreadingHTTPServer(("127.0.0.1", 0), _Api) as server:
        server.failures, server.asked = [], []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        server.address = f"http://127.0.0.1:{server.server_address[1]}"
        yield server
        server.shutdown()
        thread.join()


def test_a_harvest_of_all_pages(api, tmp_path):
    harvest(f"{api.address}/services", tmp_path)
    assert len(normalise(read_feed(tmp_path), "api").services) == 250


def test_what_fails_for_a_while_is_tried_again_more_slowly(api, tmp_path):
    api.failures = [503, 429, 500]
    waits = []
    harvest(api.address, tmp_path, wait=waits.append)
    assert waits == [1.0, 2.0, 4.0]
    assert len(list(read_feed(tmp_path))) == 250


def test_a_broken_harvest_goes_on_where_it_stopped(api, tmp_path):
    def stop(seconds):
        raise KeyboardInterrupt

    harvested = []

    def say(sentence):
        harvested.append(sentence)
        api.failures = [500] if len(harvested) == 2 else []

    with pytest.raises(KeyboardInterrupt):
        harvest(api.address, tmp_path, say=say, wait=stop)
    api.asked.clear()
    harvest(api.address, tmp_path)
    assert [parse_qs(urlsplit(a).query)["page"] for a in api.asked] == [["3"]]
    assert len(list(read_feed(tmp_path))) == 250


def test_only_what_changed(api, tmp_path):
    harvest(api.address, tmp_path, modified_after="2026-06-01T00:00:00Z")
    assert "modified_after=2026-06-01" in api.asked[0]
    assert len(list(read_feed(tmp_path))) == 3


def test_an_api_that_is_none(api, tmp_path):
    api.failures = [404]
    with pytest.raises(SourceError, match="404"):
        harvest(api.address, tmp_path)
    api.failures = [500] * 9
    with pytest.raises(SourceError, match="no answer after 5 tries"):
        harvest(api.address, tmp_path, wait=lambda _: None)
