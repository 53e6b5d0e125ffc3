"""Imports: what is new, changed, gone and back; corrections stay; real feeds are messy."""

from __future__ import annotations

import json

from mobilise.directory import history_of, import_services, open_directory
from mobilise.directory.importing import import_services as again
from mobilise.sources.hsds import normalise, read_feed
from tests.directory.conftest import INVENTED, MONDAY, import_invented, service


def counts(done):
    return done.added, done.changed, done.unchanged, done.gone, done.returned


def test_the_same_feed_again_changes_nothing(empty):
    assert counts(import_invented(empty)) == (4, 0, 0, 0, 0)
    assert counts(import_invented(empty)) == (0, 0, 4, 0, 0)


def test_a_change_is_told_and_kept_in_the_history(directory):
    changed = [{**INVENTED[0], "name": "Chatty cafe"}, *INVENTED[1:]]
    done = again(directory, normalise(changed, "invented"), "invented", at=MONDAY)
    assert counts(done) == (0, 1, 3, 0, 0)
    assert [entry["action"] for entry in history_of(directory, INVENTED[0]["id"])] == ["changed"]


def test_what_is_gone_is_marked_and_comes_back(client, directory):
    assert counts(import_invented(directory, INVENTED[1:])) == (0, 0, 3, 1, 0)
    gone = client.get(f"/services/{INVENTED[0]['id']}").json()
    assert gone["status"] == "inactive"
    assert "2026-06-01" in gone["alert"]
    assert counts(import_invented(directory)) == (0, 0, 3, 0, 1)
    back = client.get(f"/services/{INVENTED[0]['id']}").json()
    assert back["status"] == "active"
    assert "alert" not in back


def test_changes_alone_take_nothing_for_gone(directory):
    assert counts(import_invented(directory, INVENTED[:1], complete=False)) == (0, 0, 1, 0, 0)


def test_another_source_with_the_same_id_does_not_overwrite(directory, client):
    other = normalise([service(1, name="Something else")], "other")
    done = import_services(directory, other, "other", at=MONDAY)
    assert done.added == 1
    assert [p.says for p in done.problems if "another source" in p.says]
    names = {s["name"] for s in client.get("/services").json()["contents"]}
    assert {"Chatty café", "Something else"} <= names


def test_the_real_bristol_feed(tmp_path, shared):
    """Counted by hand from the file: 819 records, one without a name, one id twice."""
    path = shared / "data" / "directories" / "oruk_bristol_services.json.gz"
    directory = open_directory(tmp_path)
    done = import_services(directory, normalise(read_feed(path), "Bristol"), "Bristol")
    assert (done.read, done.added, done.dropped) == (819, 817, 2)
    dropped = sorted(p.says for p in done.problems if p.what == "dropped")
    assert dropped == [
        "its id repeats in the feed; the record modified last was kept",
        "service without name: it cannot be listed",
    ]
    # 7 records name no organisation; one of them is the one without a name.
    assert sum("names no organisation" in p.says for p in done.problems) == 6
    with directory.reading() as connection:
        found = connection.exec_driver_sql("select full from documents").scalars().all()
    kept = [json.loads(text) for text in found]
    assert not [s["id"] for s in kept if "</" in s.get("description", "")]
    directory.close()
