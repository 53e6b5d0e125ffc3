"""Duplicates: found across sources, scored, merged, and taken apart again."""

from __future__ import annotations

import random

import pytest
from starlette.testclient import TestClient

from mobilise.bench.duplicates import listed_twice
from mobilise.directory import (
    find_duplicates,
    hsds_app,
    import_services,
    keep_apart,
    merge,
    review_list,
    unmerge,
)
from mobilise.directory.duplicates import compared, likely_pairs
from mobilise.errors import InputError
from mobilise.sources.hsds import normalise, read_feed
from tests.directory.conftest import INVENTED, MONDAY, service


def import_other(directory):
    again = service(51, name="The Chatty Cafe", url="https://cafe.example")
    again["service_at_locations"] = INVENTED[0]["service_at_locations"]
    other = service(52, name="Chess club")
    import_services(directory, normalise([again, other], "council"), "council", at=MONDAY)


def test_a_merge_and_its_undoing(directory):
    import_other(directory)
    assert find_duplicates(directory) == 1
    (pair,) = review_list(directory)
    assert (pair.kept_name, pair.other_name) == ("Chatty café", "The Chatty Cafe")
    assert "the same place" in pair.why
    assert pair.score > 0.9
    client = TestClient(hsds_app(directory))
    before = client.get("/services").json()["total_items"]
    everything = client.get(f"/services/{pair.other}").json()
    merge(directory, pair.number, by="editor")
    assert client.get("/services").json()["total_items"] == before - 1
    assert client.get("/services?search=chatty").json()["total_items"] == 1
    moved = client.get(f"/services/{pair.other}", follow_redirects=False)
    assert moved.status_code == 308
    assert moved.headers["location"].endswith(pair.kept)
    unmerge(directory, pair.number, by="editor")
    assert client.get("/services").json()["total_items"] == before
    back = client.get(f"/services/{pair.other}").json()
    assert {**back, "last_modified": ""} == {**everything, "last_modified": ""}
    assert client.get("/services?search=chatty").json()["total_items"] == 2


def test_a_decided_pair_is_not_asked_about_again(directory):
    import_other(directory)
    find_duplicates(directory)
    (pair,) = review_list(directory)
    keep_apart(directory, pair.number, by="editor")
    assert find_duplicates(directory) == 0
    assert review_list(directory) == []
    with pytest.raises(InputError):
        keep_apart(directory, pair.number, by="editor")


def altered(text, draw):
    """Return a name as another clerk would type it."""
    words = text.split()
    change = draw.randrange(5)
    if change == 0 and len(words) > 2:
        words = words[:-1]
    elif change == 1:
        words = ["The", *words]
    elif change == 2:
        i = draw.randrange(len(words))
        at = draw.randrange(max(len(words[i]) - 1, 1))
        words[i] = words[i][:at] + words[i][at + 1 :] or words[i]
    elif change == 3:
        words = [word.upper() for word in words]
    return " ".join(words)


def test_altered_records_of_the_real_feed_are_found(shared):
    """300 real services listed again by another clerk: name altered, a third without page or e-mail."""
    path = shared / "data" / "directories" / "oruk_bristol_services.json.gz"
    real = normalise(read_feed(path), "Bristol").services
    draw = random.Random(6)  # noqa: S311  (no secrets)
    again = []
    for one in draw.sample(real, 300):
        copy = {**one, "name": altered(one["name"], draw), "id": "again " + one["id"]}
        copy.pop("email", None)
        if draw.random() < 0.33:
            copy.pop("url", None)
        again.append(copy)
    records = [compared(one["id"], "first", one) for one in real]
    records += [compared(one["id"], "second", one) for one in again]
    found = {(pair.kept, pair.other) for pair in likely_pairs(records)}
    true = {(one["id"].removeprefix("again "), one["id"]) for one in again}
    right = len(found & true)
    assert right / len(true) > 0.97
    assert right / len(found) > 0.98


def test_the_benchmark_s_harder_copies_are_found_too(shared):
    """Typing errors, words moved, no postcode, another telephone: all of it at once."""
    feed = shared / "data" / "directories" / "oruk_bristol_services.json.gz"
    records, true = listed_twice(feed, 200)
    found = {(pair.kept, pair.other) for pair in likely_pairs(records)}
    assert len(found & true) / len(true) > 0.96
    assert len(found & true) / len(found) > 0.98
