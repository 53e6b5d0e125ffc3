"""Kinds: what OpenStreetMap's documented tags mean, and the catalogue's own soundness."""

from __future__ import annotations

import copy
import subprocess
import sys
import tomllib
from importlib.resources import files

import pytest

from mobilise.assets import KINDS, check_kinds, kind_of
from mobilise.assets.kinds import catalogue, is_gate, osm_tags, read_catalogue
from mobilise.assets.tags import Rule

# Each line is an object as the OpenStreetMap wiki documents its tagging, and what a person would
# say that it is.
DOCUMENTED = [
    ({"amenity": "library", "name": "Oakham Library"}, "library"),
    ({"amenity": "library", "library": "academic"}, None),
    ({"amenity": "library", "access": "private"}, None),
    ({"tourism": "museum", "building": "yes"}, "museum"),
    ({"tourism": "museum", "amenity": "arts_centre"}, "museum"),
    ({"tourism": "gallery"}, "gallery"),
    ({"tourism": "artwork"}, None),
    ({"amenity": "theatre"}, "arts"),
    ({"amenity": "cinema"}, "arts"),
    ({"amenity": "music_venue"}, "arts"),
    ({"amenity": "arts_centre", "disused": "yes"}, None),
    ({"disused:amenity": "theatre"}, None),
    ({"amenity": "community_centre", "community_centre": "village_hall"}, "community"),
    ({"amenity": "social_centre"}, "community"),
    ({"amenity": "social_facility", "social_facility": "food_bank"}, "community"),
    ({"amenity": "social_facility", "social_facility": "nursing_home"}, None),
    ({"office": "charity"}, "community"),
    ({"shop": "charity"}, None),
    ({"club": "scout"}, "community"),
    ({"club": "sport"}, None),
    ({"amenity": "nightclub"}, None),
    ({"amenity": "place_of_worship", "religion": "muslim"}, "faith"),
    ({"building": "church"}, None),
    ({"leisure": "sports_centre"}, "leisure"),
    ({"leisure": "swimming_pool", "name": "Uppingham Pool"}, "leisure"),
    ({"leisure": "swimming_pool"}, None),
    ({"leisure": "swimming_pool", "access": "private", "name": "Spa"}, None),
    ({"leisure": "pitch", "sport": "soccer"}, None),
    ({"leisure": "playground"}, None),
    ({"leisure": "golf_course"}, None),
    ({"leisure": "park"}, "park"),
    ({"leisure": "park", "natural": "wood"}, "park"),
    ({"landuse": "village_green"}, "park"),
    ({"leisure": "garden"}, None),
    ({"leisure": "garden", "name": "Barnsdale Gardens"}, "garden"),
    ({"leisure": "garden", "name": "Ours", "garden:type": "residential"}, None),
    ({"leisure": "garden", "garden:type": "community"}, "garden"),
    ({"leisure": "nature_reserve", "natural": "wood"}, "nature_reserve"),
    ({"natural": "wood"}, "woodland"),
    ({"landuse": "forest", "access": "private"}, None),
    ({"natural": "tree_row"}, None),
    ({"landuse": "allotments", "access": "private"}, "allotment"),
    ({"waterway": "river"}, "waterway"),
    ({"waterway": "canal", "tunnel": "yes"}, None),
    ({"waterway": "stream"}, None),
    ({"natural": "water", "water": "reservoir"}, "waterway"),
    ({"natural": "water", "water": "river", "name": "River Tame"}, None),
    ({"natural": "water"}, None),
    ({"amenity": "doctors"}, "gp"),
    ({"amenity": "doctors", "healthcare:speciality": "dermatology"}, None),
    ({"amenity": "doctors", "healthcare:speciality": "paediatrics;general"}, "gp"),
    ({"amenity": "hospital", "healthcare": "doctor"}, None),
    ({"amenity": "pharmacy"}, "pharmacy"),
    ({"amenity": "pub"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("tags", "kind"), DOCUMENTED)
def test_tags_tell_the_kind(tags, kind):
    assert kind_of(tags) == kind


def test_every_kind_of_the_field_is_there_and_health_stands_apart():
    field = {
        *("museum", "gallery", "library", "arts", "community", "faith", "park", "garden"),
        *("nature_reserve", "woodland", "allotment", "waterway", "leisure", "gp", "pharmacy"),
    }
    assert set(KINDS) == field
    assert {kind for kind, entry in KINDS.items() if entry.domain == "health"} == {"gp", "pharmacy"}
    reached_at_edge = {kind for kind, entry in KINDS.items() if entry.by_edge}
    assert reached_at_edge == {
        *("park", "garden", "nature_reserve", "woodland", "allotment", "waterway")
    }


def test_every_kind_that_rules_tell_is_read_from_the_file():
    tags = osm_tags()
    for documented, kind in DOCUMENTED:
        if kind is not None:
            read = [
                k for k, v in documented.items() if k in tags and (tags[k] is None or v in tags[k])
            ]
            assert read, documented


@pytest.mark.parametrize(
    ("tags", "open_to_people"),
    [
        ({"barrier": "gate"}, True),
        ({"barrier": "kissing_gate"}, True),
        ({"barrier": "gate", "access": "private"}, False),
        ({"barrier": "fence"}, False),
        ({"entrance": "main"}, True),
        ({"entrance": "emergency"}, False),
    ],
)
def test_gates_are_those_open_to_people_on_foot(tags, open_to_people):
    assert is_gate(tags) is open_to_people


def test_unknown_kinds_get_a_suggestion_each_once():
    assert check_kinds(["library+museum", "park"]) == []
    assert check_kinds(["parc", "musuem+library", "parc"]) == [
        "there is no kind 'parc'; did you mean 'park'?",
        "there is no kind 'musuem'; did you mean 'museum'?",
    ]


def _data():
    text = files("mobilise.assets").joinpath("kinds.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@pytest.mark.parametrize(
    ("section", "entry", "value", "says"),
    [
        ("kinds", "park", {"domain": "sea"}, "domain 'sea' of 'park' is not defined"),
        ("kinds", "park", {"reached_at": "roof"}, "must be reached at one of"),
        ("kinds", "park", {"osm": ["leisure"]}, "cannot read the condition 'leisure'"),
        ("kinds", "park", {"osm": ["name!=*"]}, "does not say which tag"),
        ("alike", "kinds", [["park", "lark"]], r"\['lark'\], which are no kinds"),
    ],
)
def test_a_fault_in_the_catalogue_is_named(section, entry, value, says):
    data = copy.deepcopy(_data())
    if isinstance(value, dict):
        data[section][entry] |= value
    else:
        data[section][entry] = value
    with pytest.raises(ValueError, match=says):
        read_catalogue(data)


def test_likeness_thresholds_stand_in_order():
    known = catalogue().likeness
    assert 0 < known.check_from < known.merge_from < 1
    assert all(domain.colour == i for i, domain in enumerate(catalogue().domains.values()))


def test_rules_read_every_value_of_a_list_in_one_tag():
    rule = Rule.parse("club=art|music, access!=private|no")
    assert rule.fits({"club": "chess; music"})
    assert not rule.fits({"club": "art", "access": "no"})


def test_kinds_alone_come_without_the_heavy_libraries():
    code = (
        "import sys; from mobilise.assets import check_kinds; check_kinds(['park']);"
        "sys.exit('geopandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
