"""Freshness: links to confirm by, corrections, suggestions, hidden addresses, history."""

from __future__ import annotations

import re
import socketserver
import threading
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from mobilise.directory import (
    confirm,
    correct,
    decide,
    hide,
    history_of,
    issue_link,
    listing_app,
    mailing,
    search,
    suggest,
    use_link,
    waiting,
)
from mobilise.errors import InputError
from tests.directory.conftest import INVENTED, MONDAY, import_invented

CAFE = INVENTED[0]["id"]
SITE = "https://directory.example"


@pytest.fixture(autouse=True)
def secret(monkeypatch):
    monkeypatch.setenv("MOBILISE_SECRET", "for tests alone " * 3)


def token_of(link):
    return link.address.rsplit("/", 1)[1]


def test_corrections_survive_the_next_import(directory, client):
    correct(directory, CAFE, {"name": "Chatty Corner", "capacity": "full"}, by="editor", at=MONDAY)
    changed = [{**INVENTED[0], "description": "New words."}, *INVENTED[1:]]
    import_invented(directory, changed)
    shown = client.get(f"/services/{CAFE}").json()
    assert (shown["name"], shown["description"]) == ("Chatty Corner", "New words.")
    assert search(directory, "corner").listings[0].capacity == "full"
    entry = next(e for e in history_of(directory, CAFE) if e["action"] == "corrected")
    assert entry["change"]["name"] == ["Chatty café", "Chatty Corner"]
    assert (entry["by"], entry["at"]) == ("editor", "2026-06-01T09:00:00Z")


@pytest.mark.parametrize(
    "change",
    [{"nme": "x"}, {"url": "javascript:x"}, {"status": "gone"}, {"name": ""}, {"cost": "lots"}],
    ids=str,
)
def test_corrections_that_do_not_fit(directory, change):
    with pytest.raises(InputError, match=next(iter(change))):
        correct(directory, CAFE, change, by="editor")


def test_a_link_confirms_once(directory, client):
    link = issue_link(directory, CAFE, SITE, at=MONDAY)
    assert link.address.startswith(f"{SITE}/listing/confirm/")
    use_link(directory, token_of(link), at=MONDAY + timedelta(days=1))
    assert client.get(f"/services/{CAFE}").json()["assured_date"] == "2026-06-02"
    with pytest.raises(InputError, match="has been used"):
        use_link(directory, token_of(link), at=MONDAY + timedelta(days=2))


def test_a_link_expires_and_cannot_be_forged(directory, monkeypatch):
    link = issue_link(directory, CAFE, SITE, days=7, at=MONDAY)
    use_at = MONDAY + timedelta(days=7)
    with pytest.raises(InputError, match="expired"):
        use_link(directory, token_of(link), at=use_at)
    use_link(directory, token_of(link), at=use_at - timedelta(seconds=1))
    other = issue_link(directory, CAFE, SITE, at=MONDAY)
    with pytest.raises(InputError, match="not one of ours"):
        use_link(directory, token_of(other)[:-2] + "xx", at=MONDAY)
    monkeypatch.setenv("MOBILISE_SECRET", "another secret for tests " * 2)
    with pytest.raises(InputError, match="not one of ours"):
        use_link(directory, token_of(other), at=MONDAY)


def test_two_at_once_use_a_link_once(directory):
    token = token_of(issue_link(directory, CAFE, SITE))
    results = []

    def use():
        try:
            use_link(directory, token)
            results.append("used")
        except InputError:
            results.append("refused")

    threads = [threading.Thread(target=use) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["refused"] * 5 + ["used"]


def test_the_page_of_a_link(directory):
    pages = TestClient(listing_app(directory))
    path = f"/confirm/{token_of(issue_link(directory, CAFE, SITE))}"
    asked = pages.get(path)
    assert "Is your listing right?" in asked.text
    assert asked.headers["referrer-policy"] == "no-referrer"
    assert pages.get(path).status_code == 200  # looking does not use it: mail programs look
    fields = dict(re.findall(r'<input id="(\w+)" name="\w+" value="([^"]*)"', asked.text))
    wrong = pages.post(path, data={**fields, "url": "nonsense"})
    assert wrong.status_code == 422
    assert "Url: must be a web address" in wrong.text
    assert "Thank you" in pages.post(path, data={**fields, "fees": "£2"}).text
    assert pages.get(path).status_code == 410
    last = history_of(directory, CAFE)[:2]
    assert [entry["action"] for entry in last] == ["confirmed", "corrected"]
    assert last[1]["change"] == {"fees": ["Free", "£2"]}


def test_one_click_is_enough(directory, client):
    pages = TestClient(listing_app(directory))
    path = f"/confirm/{token_of(issue_link(directory, CAFE, SITE))}"
    assert "Thank you" in pages.post(path, data={"right": "yes"}).text
    today = datetime.now(UTC).date().isoformat()
    assert client.get(f"/services/{CAFE}").json()["assured_date"] == today


def test_suggestions_wait_until_somebody_decides(directory, client):
    pages = TestClient(listing_app(directory))
    sent = pages.post(
        f"/suggest/{CAFE}", data={"name": "<b>Chatty</b> club", "note": "They moved."}
    )
    assert sent.status_code == 200
    assert client.get(f"/services/{CAFE}").json()["name"] == "Chatty café"
    (one,) = waiting(directory)
    assert (one.change, one.note) == ({"name": "Chatty club"}, "They moved.")
    decide(directory, one.number, accept=True, by="editor")
    assert client.get(f"/services/{CAFE}").json()["name"] == "Chatty club"
    assert waiting(directory) == []
    with pytest.raises(InputError):
        decide(directory, one.number, accept=True, by="editor")


def test_a_refused_suggestion_changes_nothing_and_its_note_is_gone(directory, client):
    number = suggest(directory, CAFE, {"name": "Bad name"}, "note")
    decide(directory, number, accept=False, by="editor")
    assert client.get(f"/services/{CAFE}").json()["name"] == "Chatty café"
    with directory.reading() as connection:
        assert connection.exec_driver_sql("select note from suggestions").scalars().all() == [""]


def test_one_network_cannot_fill_the_queue(directory):
    pages = TestClient(listing_app(directory))
    statuses = [pages.post("/suggest/none", data={"note": "x"}).status_code for _ in range(31)]
    assert statuses == [404] * 30 + [429]
    assert "try again" in pages.post("/suggest/none", data={"note": "x"}).text


def test_a_new_service_can_be_suggested(directory, client):
    number = suggest(directory, None, {"name": "Knit and natter", "description": "Wool."})
    added = decide(directory, number, accept=True, by="editor")
    assert client.get(f"/services/{added}").json()["name"] == "Knit and natter"


def test_the_queue_cannot_be_flooded(directory):
    for i in range(20):
        suggest(directory, CAFE, {"name": f"Name {i}"})
    with pytest.raises(InputError, match="too many"):
        suggest(directory, CAFE, {"name": "Name"})
    assert (
        TestClient(listing_app(directory))
        .post(f"/suggest/{CAFE}", content=b"note=" + b"x" * 70_000)
        .status_code
        == 422
    )


def test_a_hidden_address_is_gone_even_after_another_import(directory, client):
    hide(directory, CAFE, by="editor")
    changed = [{**INVENTED[0], "description": "At 1 Test Street, ZZ1 1AA."}, *INVENTED[1:]]
    import_invented(directory, changed)
    addresses = (
        f"/services/{CAFE}",
        "/services?full=true",
        "/service_at_locations?full=true",
        "/service_at_locations?postcode=ZZ1%201AA&proximity=500",
    )
    for address in addresses:
        assert "1 Test Street" not in client.get(address).text
        assert "53.001" not in client.get(address).text
    assert search(directory, "chatty", point=(53.0, -2.0)).listings[0].minutes is None
    with directory.reading() as connection:
        kept = connection.exec_driver_sql("select base from documents").scalars().all()
    assert not [text for text in kept if "1 Test Street" in text]


def test_a_confirmation_outlasts_the_publishers_older_date(directory, client):
    confirm(directory, CAFE, by="the organisation", at=MONDAY)
    import_invented(directory, [{**INVENTED[0], "fees": "Free!"}, *INVENTED[1:]])
    assert client.get(f"/services/{CAFE}").json()["assured_date"] == "2026-06-01"


class _Post(socketserver.StreamRequestHandler):
    """A mail server that takes everything (RFC 5321, the least of it)."""

    def handle(self):
        self.wfile.write(b"220 test\r\n")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"DATA":
                self.wfile.write(b"354 go\r\n")
                letter = b""
                for part in self.rfile:
                    if part == b".\r\n":
                        break
                    letter += part
                self.server.letters.append(letter)
            self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
            if word == b"QUIT":
                return


def test_letters_reach_a_mail_server_with_links_that_work(directory, tmp_path):
    correct(directory, CAFE, {"email": "cafe@example.org"}, by="editor")
    oldest = mailing.stale(directory, 365, at=MONDAY)
    assert INVENTED[1]["id"] in oldest
    assert CAFE not in oldest
    chosen = [CAFE, INVENTED[1]["id"]]
    written, without = mailing.letters(directory, chosen, SITE, "directory@example.org")
    assert without == [INVENTED[1]["id"]]
    assert mailing.write_letters(written, tmp_path)[0].suffix == ".eml"
    with socketserver.TCPServer(("127.0.0.1", 0), _Post) as server:
        server.letters = []
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert mailing.send_letters(written, f"127.0.0.1:{server.server_address[1]}") == 1
        thread.join()
    text = server.letters[0].decode().replace("=\r\n", "").replace("=3D", "=")
    use_link(directory, re.search(r"/listing/confirm/(\S+)", text)[1])
