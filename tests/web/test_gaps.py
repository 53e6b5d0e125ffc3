"""Gaps: larger areas beside each other."""

from __future__ import annotations

import numpy as np

from mobilise.web.groups import kinds_of_groups
from mobilise.web.pages.gaps import clear_gaps


def test_the_means_of_larger_areas_are_of_their_people(site):
    assert "ward" in kinds_of_groups(site)
    groups = site.groups("ward")
    at = [layer.id for layer in groups.layers].index("nearest.library")
    for row, name in enumerate(groups.names):
        inside = (site.areas["group_ward"] == name).to_numpy()
        mean = np.average(site.values("nearest.library")[inside], weights=site.people[inside])
        assert np.isclose(groups.means[row, at], mean)
    assert np.isclose(groups.people.sum(), site.people.sum())


def test_a_longer_walk_is_worse_and_a_longer_life_better(site):
    groups = site.groups("ward")
    for at, layer in enumerate(groups.layers):
        away = groups.means[:, at] - groups.place[at]
        good = away if layer.higher == "better" else -away
        assert (groups.verdicts[good > 0, at] >= 0).all()
        assert (groups.verdicts[good < 0, at] <= 0).all()


def test_two_wards_side_by_side(client):
    page = client.get("/gaps", params={"by": "ward", "part": "Dunmarsh", "with": "Hartlow"}).text
    assert "Dunmarsh is worse off than Wexmere" in page
    assert "Spine chart of Dunmarsh and Hartlow" in page
    assert client.get("/gaps", params={"by": "../x", "part": "<b>"}).status_code == 200


def test_the_page_leads_with_the_gaps_that_are_clear(client, site, town):
    sentences = clear_gaps(site)
    table = town.table("gaps").set_index("sentence")
    for sentence in sentences:
        row = table.loc[sentence]
        assert row["lower"] > 0 or row["upper"] < 0
        assert (row["value"] > 0) == (row["higher"] == "better")
    assert sentences[0] in client.get("/gaps").text


def test_every_part_is_the_reports_own_section(client):
    for part in ("left-out", "gaps", "health"):
        assert "<figure" in client.get(f"/gaps/{part}").text
    assert client.get("/gaps/in-short").status_code == 404
    assert client.get("/gaps.csv").text.startswith("of,kind,")
