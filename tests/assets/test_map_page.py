"""The page on the map step says what the catalogue of kinds says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mobilise.assets import KINDS
from mobilise.assets.entrances import ACCESS_POINT, EDGE, EDGE_STEP_M, GATE, PATH
from mobilise.assets.kinds import GONE, catalogue

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "map.md").read_text(encoding="utf-8")
FLAT = re.sub(r"\s+", " ", PAGE)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_every_kind_is_explained(kind):
    family = catalogue().domains[kind.domain].label
    assert f"| `{kind.name}` | {kind.label} | {family} | {kind.reached_at} | {kind.says} |" in PAGE


def test_no_other_kind_is_explained():
    assert set(re.findall(r"^\| `(\w+)` \| \w.* \| (?:point|edge) \|", PAGE, re.MULTILINE)) == set(
        KINDS
    )


def test_the_numbers_on_the_page_are_those_in_use():
    known = catalogue()
    likeness = known.likeness
    assert f"likeness = {likeness.name} × likeness of the names" in FLAT
    assert f"{1 - likeness.name:.1f} × closeness**, × {likeness.other_kind}" in FLAT
    assert f"| {likeness.merge_from} or more | one asset" in FLAT
    assert f"| {likeness.check_from} to {likeness.merge_from} | left apart" in FLAT
    assert f"weigh {likeness.core} and the whole name {1 - likeness.core:.2f}" in FLAT
    assert f"runs from {likeness.unnamed[0]} to {likeness.unnamed[1]} by" in FLAT
    at_point = {k.same_within_m for k in KINDS.values() if not k.by_edge}
    assert at_point == {300}
    assert {k.same_within_m for k in KINDS.values() if k.by_edge} == {100, 50}
    assert "(300 m for kinds reached at a point, 100 m between the edges" in FLAT
    pieces = {name: kind.pieces_within_m for name, kind in KINDS.items()}
    assert (pieces["leisure"], pieces["park"], pieces["woodland"], pieces["waterway"]) == (
        *(100, 50, 20, 200),
    )
    assert KINDS["woodland"].min_area_m2 == 2 * 10_000
    assert (KINDS["waterway"].min_area_m2, KINDS["waterway"].min_length_m) == (10_000, 500)
    assert f"at most {EDGE_STEP_M:g} m apart" in FLAT
    assert f"(within {known.gate_within_m:g} m)" in FLAT


def test_every_way_in_and_every_mark_of_what_is_gone_is_explained():
    for how in (ACCESS_POINT, GATE, PATH, EDGE):
        assert f"| `{how}` |" in PAGE
    for mark in GONE:
        assert f"`{mark}`" in PAGE
