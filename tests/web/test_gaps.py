"""Gaps: larger areas beside each other."""

from __future__ import annotations

from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from mobilise.place import Place
from mobilise.report.words import MISSING
from mobilise.web.beside import beside, csv_of, sentence_of
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


@pytest.fixture
def neighbour(site):
    """The same town under another name, where every walk to a library takes twice as long."""
    facts = site.place.facts | {"name": "Elsewhere"}
    other = replace(site, place=Place(site.place.folder, facts))
    layers = {name: replace(layer) for name, layer in site.layers.items()}
    values = np.column_stack([site.values(name) for name in layers]).astype(np.float32)
    values[:, list(layers).index("nearest.library")] *= 2
    other.__dict__["_layers"] = (layers, values)
    return other


def test_what_two_places_measure_alike_is_compared(client, site, neighbour):
    found = beside(site, neighbour)
    assert len(found.pairs) == len(site.layers) - 1  # all but deprivation itself
    pairs = {pair.layer.id: pair for pair in found.pairs}
    walk = pairs.pop("nearest.library")
    mean = np.average(site.values("nearest.library"), weights=site.people)
    assert (walk.here.everybody, walk.there.everybody, walk.verdict) == (
        f"{mean:.1f} minutes", f"{2 * mean:.1f} minutes", "better",
    )  # fmt: skip
    assert all(pair.here == pair.there and not pair.verdict for pair in pairs.values())
    assert f"1 measure that both places define alike, {site.name} is worse" in sentence_of(
        found, site.name, "Elsewhere"
    )
    assert csv_of(found, site.name, "Elsewhere").count("Elsewhere") == len(found.pairs)
    assert found.slopes
    assert all(slope.here == slope.there for slope in found.slopes)
    assert client.get("/gaps/beside").status_code == 404
    site.beside = neighbour
    try:
        page = unescape(client.get("/gaps/beside").text)
    finally:
        site.beside = None
    assert f"{site.name} beside Elsewhere" in page


def test_what_they_do_not_measure_alike_is_said_and_not_compared(site, neighbour):
    parameters = site.place.facts["parameters"]
    ranked = {**parameters["deprivation"], "areas_ranked": 33_755}
    neighbour.place.facts["parameters"] = {
        **parameters, "speed_kmh": 3.6, "deprivation": ranked,
    }  # fmt: skip
    name, layer = next((n, x) for n, x in site.layers.items() if n.startswith("indicator."))
    neighbour.layers[name] = replace(layer, period="1999")
    found = beside(site, neighbour)
    assert not any(pair.layer.kind for pair in found.pairs)
    assert not any(pair.layer.label == layer.label for pair in found.pairs)
    assert not found.fifths
    assert found.slopes == []
    assert {pair.here.most for pair in found.pairs} == {MISSING}
    said = " ".join(found.apart)
    assert said.count("walks are not measured alike") == 1
    assert (
        f"Walking speed (km/h): {parameters['speed_kmh']} in {site.name}, 3.6 in Elsewhere." in said
    )
    assert f"{layer.label}: {layer.period or 'not stated'} here, 1999 there." in said
    assert "Areas ranked:" in said
