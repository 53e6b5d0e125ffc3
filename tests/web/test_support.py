"""Find support and Your say: in people's languages, without an account, nothing shown unseen."""

from __future__ import annotations

import csv
import re
from html import unescape

import pytest

from mobilise.directory import search
from mobilise.directory.suggestions import waiting
from mobilise.web.languages import languages


def test_every_language_has_every_label_and_keeps_its_places():
    english = languages()["en"]
    for tag, labels in languages().items():
        assert set(labels) == set(english), tag
        for key, text in english.items():
            assert type(labels[key]) is type(text)
            if isinstance(text, str):
                assert sorted(re.findall(r"\{\w+\}", labels[key])) == sorted(
                    re.findall(r"\{\w+\}", text)
                )
        assert len(labels["days"]) == 7
    assert languages()["ar"]["dir"] == "rtl"


def test_the_page_shows_what_the_directory_finds(client, site):
    found = search(site.directory, "library", per_page=15)
    page = unescape(client.get("/support?words=library").text)
    assert f"{found.total} found" in page
    for one in found.listings:
        assert one.name in page
    assert client.get("/support.json?words=library").json()["total"] == found.total


def test_somebody_near_a_neighbourhood_sees_how_far_it_is(client):
    listed = client.get("/support.json?words=library&near=Dunmarsh&minutes=45").json()["listings"]
    assert listed
    assert all(one["minutes"] is None or one["minutes"] <= 45 for one in listed)
    assert any(one["minutes"] is not None for one in listed)


@pytest.mark.parametrize(("tag", "way"), [("cy", "ltr"), ("ar", "rtl")])
def test_labels_are_in_the_readers_language_and_direction(client, tag, way):
    page = client.get(f"/support?lang={tag}").text
    assert f'<html lang="{tag}" dir="{way}">' in page
    assert languages()[tag]["title"] in page
    assert "Find support" not in page.split("<main")[1]


def test_an_unknown_postcode_is_said_and_the_form_stays(client):
    answer = client.get("/support?near=ZZ1 1ZZ&words=singing")
    assert answer.status_code == 422
    assert 'value="singing"' in answer.text
    assert client.get("/support?need=magic").status_code == 422


def test_a_list_to_print_holds_what_was_kept(client, site):
    keep = [one.service_id for one in search(site.directory, "library", per_page=2).listings]
    page = unescape(client.get("/support/list", params={"keep": keep}).text)
    for key in keep:
        name = next(
            one.name for one in search(site.directory, "library").listings if one.service_id == key
        )
        assert name in page


def test_a_suggestion_waits_to_be_seen(client, site):
    form = {"name": "Invented Choir of Dunmarsh", "description": "Singing", "note": "Tuesdays"}
    answer = client.post("/say/suggest", data=form, follow_redirects=False)
    assert answer.headers["location"] == "/say?thanks=suggested"
    assert any(one.change.get("name") == form["name"] for one in waiting(site.directory))
    assert form["name"] not in client.get("/support?words=choir").text


def test_nothing_is_suggested_by_an_empty_form(client):
    answer = client.post("/say/suggest", data={"name": ""})
    assert answer.status_code == 422


def test_points_are_a_ballot_that_names_nobody(client, site, town):
    kinds = re.findall(r'name="points\.(\w+)"', client.get("/say").text)
    some = {f"points.{kinds[0]}": "7", f"points.{kinds[1]}": "3"}
    assert client.post("/say/weigh", data=some, follow_redirects=False).status_code == 303
    with (town.folder / "say" / "ballots.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert {row["item"]: row["points"] for row in rows[-2:]} == {kinds[0]: "7", kinds[1]: "3"}
    assert rows[-1]["person"] == rows[-2]["person"]
    too_many = client.post("/say/weigh", data={f"points.{kinds[0]}": "11"})
    assert too_many.status_code == 422
    assert client.get("/say/ballots.csv").status_code == 404
