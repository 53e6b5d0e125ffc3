"""Duplicates: pairs judged by hand, invariants, and a second reckoning without index or arrays."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from mobilise.assets.duplicates import alike_pairs, closeness_of, merge_duplicates
from mobilise.assets.names import name_likeness


def test_one_library_in_three_sources_is_one_asset_and_both_merges_are_listed(records):
    table = records(
        {"section": 0, "source": "council", "name": "Altrincham Library", "geometry": Point(0, 0)},
        {"section": 1, "source": "england", "name": "Altrincham", "source_id": "E9", "capacity": 63.5,
         "geometry": Point(20, 0)},
        {"section": 2, "source": "osm", "name": "Altrincham Library", "source_id": "n5",
         "url": "https://library.example", "capacity": 1.0, "geometry": Point(40, 0)},
    )  # fmt: skip
    assets, duplicates = merge_duplicates(table)
    (asset,) = assets.to_dict("records")
    assert asset["asset_id"] == table["asset_id"].iloc[0]
    assert asset["name"] == "Altrincham Library"
    assert asset["source"] == "council; england; osm"
    assert asset["source_id"] == "none; E9; n5"
    assert asset["capacity"] == 63.5, "the first source that knows it, not the last"
    assert asset["url"] == "https://library.example"
    assert asset["geometry"] == Point(0, 0)
    assert duplicates["decision"].tolist() == ["merged", "merged"]
    assert set(duplicates["other_id"]) == set(table["asset_id"].iloc[1:])
    assert set(duplicates["asset_id"]) == {asset["asset_id"]}


@pytest.mark.parametrize(
    ("one", "other", "apart", "decision"),
    [
        ("Sale Library", "Sale Library", 140, "merged"),
        ("Sale Library", "Sale Library", 160, "check"),
        ("Sale Library", "Sale Library", 320, None),
        ("Sale Library", "Sale Moor Library", 0, "merged"),
        ("Sale Library", "Sale Moor Library", 60, "check"),
        ("Sale Library", "Sale Moor Library", 290, None),
        ("Sale Library", "Urmston Library", 0, None),
        (None, "Urmston Library", 5, "merged"),
        (None, "Urmston Library", 40, "check"),
        (None, "Urmston Library", 80, None),
        ("Library", "Urmston Library", 5, "merged"),
    ],
)
def test_two_sources_libraries(records, one, other, apart, decision):
    table = records(
        {"section": 0, "name": one, "geometry": Point(0, 0)},
        {"section": 1, "name": other, "geometry": Point(apart, 0)},
    )
    assets, duplicates = merge_duplicates(table)
    assert duplicates["decision"].tolist() == ([decision] if decision else [])
    assert len(assets) == (1 if decision == "merged" else 2)


def test_kinds_that_may_be_mistaken_merge_only_when_very_alike_and_others_never(records):
    hall = {"section": 0, "name": "Dulwich Picture Gallery", "geometry": Point(0, 0)}
    for kind, other, count in (("museum", "gallery", 1), ("museum", "pharmacy", 2)):
        table = records(hall | {"kind": kind}, hall | {"kind": other, "section": 1})
        assert len(merge_duplicates(table)[0]) == count


def test_what_one_source_lists_apart_is_not_merged_through_another(records):
    table = records(
        {"section": 0, "name": "Mansfield Road", "source_id": "1", "geometry": Point(0, 0)},
        {"section": 0, "name": "Mansfield Road", "source_id": "2", "geometry": Point(200, 0)},
        {"section": 1, "name": "Mansfield Road", "geometry": Point(80, 0)},
    )
    assets, duplicates = merge_duplicates(table)
    assert len(assets) == 2
    assert sorted(duplicates["decision"]) == ["check", "merged"]
    merged = duplicates[duplicates["decision"] == "merged"].iloc[0]
    assert (merged["source_id"], merged["distance"]) == ("1", 80)


def test_practices_that_both_sources_tell_apart_need_no_check(records):
    practice = {"kind": "gp", "geometry": Point(0, 0)}
    names = ["Shay Lane Medical Centre (Kelman)", "Shay Lane Medical Centre (Patel)"]
    table = records(*(practice | {"section": s, "name": n} for s in (0, 1) for n in names))
    assets, duplicates = merge_duplicates(table)
    assert sorted(assets["name"]) == names
    assert duplicates["decision"].tolist() == ["merged", "merged"]
    assert (duplicates["name"] == duplicates["other_name"]).all()


def test_a_park_known_as_a_point_takes_the_shape_of_its_double(records):
    table = records(
        {"kind": "park", "section": 0, "name": "Hullard Park", "geometry": Point(50, 50)},
        {"kind": "park", "section": 1, "name": "Hullard Park", "geometry": box(0, 0, 100, 100)},
    )
    assets, _ = merge_duplicates(table)
    assert assets.geometry.area.tolist() == [10000]
    church = table.assign(kind="faith")
    assert merge_duplicates(church)[0].geometry.tolist() == [Point(50, 50)]


def test_parks_that_only_adjoin_stay_apart(records):
    table = records(
        {"kind": "park", "section": 0, "geometry": box(0, 0, 100, 100)},
        {"kind": "park", "section": 1, "name": "Longford Park", "geometry": box(100, 0, 200, 100)},
    )
    assert len(merge_duplicates(table)[0]) == 2


@pytest.mark.parametrize(
    ("one", "other", "closeness"),
    [
        (Point(0, 0), Point(30, 40), 0.75),
        (Point(0, 0), Point(300, 0), 0.0),
        (Point(5, 5), box(0, 0, 10, 10), 1.0),
        (box(0, 0, 10, 10), box(0, 0, 100, 100), 1.0),
        (box(0, 0, 10, 10), box(10, 0, 20, 10), 0.0),
        (box(0, 0, 10, 10), box(7.5, 0, 100, 10), 0.25),
        (LineString([(0, 0), (100, 0)]), LineString([(0, 10), (500, 10)]), 1.0),
        (LineString([(0, 0), (1000, 0)]), box(0, 0, 475, 10), 0.5),
    ],
)
def test_closeness_of_shapes(one, other, closeness):
    assert closeness_of(one, other, 200) == pytest.approx(closeness, abs=1e-12)
    assert closeness_of(other, one, 200) == pytest.approx(closeness, abs=1e-12)


rows = st.lists(
    st.fixed_dictionaries(
        {
            "section": st.integers(0, 3),
            "source_id": st.sampled_from([None, "1", "2", "3"]),
            "name": st.sampled_from([None, "Sale", "Sale Moor", "Hale", "Hale Barns", "Library"]),
            "kind": st.sampled_from(["library", "community", "arts"]),
            "geometry": st.builds(Point, st.integers(0, 12).map(lambda x: 37 * x), st.just(0)),
        }
    ),
    min_size=1,
    max_size=14,
)
ALIKE = {("library", "community"), ("arts", "community")}


@settings(deadline=None)
@given(rows)
def test_pairs_agree_with_plain_comparison_of_all_pairs(records, table):
    table = records(*table)
    expected = {}
    for i, one in enumerate(table.to_dict("records")):
        for j, other in enumerate(table.to_dict("records")):
            score = _score(one, other)
            if i < j and score is not None and score >= 0.65:
                expected[i, j] = pytest.approx(score, abs=1e-6)
    found = alike_pairs(table)
    assert {(pair.one, pair.other): pair.score for pair in found} == expected
    assert [p.score for p in found] == sorted((p.score for p in found), reverse=True)


def _score(one, other):
    kinds = (one["kind"], other["kind"])
    if one["section"] == other["section"]:
        return None
    if kinds[0] != kinds[1] and kinds not in ALIKE and kinds[::-1] not in ALIKE:
        return None
    apart = abs(one["geometry"].x - other["geometry"].x)
    if apart > 300:
        return None
    names = [r["name"] if isinstance(r["name"], str) else None for r in (one, other)]
    words = {
        "library": {"library", "libraries", "public", "branch", "community"},
        "community": {
            "community",
            "centre",
            "hub",
            "hall",
            "club",
            "association",
            "charity",
            "trust",
        },
        "arts": {"arts", "centre", "theatre", "cinema", "venue"},
    }
    likeness = name_likeness(*names, frozenset(words[kinds[0]] | words[kinds[1]]))
    if likeness is None:
        score = 0.45 + 0.45 * max(0.0, 1 - apart / (300 * 0.33))
    else:
        score = 0.7 * likeness + 0.3 * (1 - apart / 300)
    return score * (1 if kinds[0] == kinds[1] else 0.9)


@settings(deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_nothing_is_lost_or_merged_within_a_source_and_order_does_not_matter(
    records, table, random
):
    in_order = records(*table)
    assets, duplicates = merge_duplicates(in_order)
    merged = duplicates[duplicates["decision"] == "merged"]
    assert sorted([*assets["asset_id"], *merged["other_id"]]) == sorted(in_order["asset_id"])
    assert set(merged["asset_id"]) <= set(assets["asset_id"])
    assert (merged["score"] >= 0.85).all()
    section = in_order.set_index("asset_id")["section"]
    for kept, members in merged.groupby("asset_id"):
        sections = [section[kept], *section[members["other_id"]]]
        assert len(sections) == len(set(sections))
        assert section[kept] == min(sections)
    checks = duplicates[duplicates["decision"] == "check"]
    assert set(checks["asset_id"]) | set(checks["other_id"]) <= set(assets["asset_id"])
    assert not duplicates.duplicated(["asset_id", "other_id"]).any()
    shuffled = list(table)
    random.shuffle(shuffled)
    again, duplicates_again = merge_duplicates(records(*shuffled))
    assert assets.to_wkb().equals(again.to_wkb())
    assert duplicates.equals(duplicates_again)
    assert not any(math.isnan(score) for score in duplicates["score"])
