"""Ids: what they rest on, and what they must not rest on."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point


def test_an_id_rests_on_source_kind_and_own_id_alone(records):
    row = {"source_id": "L7", "name": "Sale Library", "geometry": Point(10, 10)}
    one = records(row)["asset_id"].iloc[0]
    moved = records(row | {"name": "Sale Waterside", "geometry": Point(9000, 10), "capacity": 4.0})
    assert moved["asset_id"].tolist() == [one]
    assert one.startswith("library-")
    for change in ({"source": "b.csv"}, {"kind": "museum"}, {"source_id": "L8"}):
        assert records(row | change)["asset_id"].iloc[0] != one


def test_without_an_own_id_name_and_place_to_the_metre_tell(records):
    row = {"name": "Sale Library", "geometry": Point(10.2, 10.2)}
    one = records(row)["asset_id"].iloc[0]
    assert records(row | {"geometry": Point(9.8, 10.4)})["asset_id"].iloc[0] == one
    assert records(row | {"geometry": Point(11.8, 10.4)})["asset_id"].iloc[0] != one
    assert records(row | {"name": "Sale Moor Library"})["asset_id"].iloc[0] != one


def test_rows_that_come_to_the_same_id_are_numbered(records):
    row = {"source_id": "L7", "geometry": Point(1, 1)}
    first, second = sorted(records(row, row)["asset_id"])
    assert second == f"{first}-2"


rows = st.lists(
    st.fixed_dictionaries(
        {
            "section": st.integers(0, 2),
            "source_id": st.sampled_from([None, "1", "2"]),
            "name": st.sampled_from([None, "Sale", "Hale"]),
            "kind": st.sampled_from(["library", "park"]),
            "capacity": st.sampled_from([None, 1.0, 2.0]),
            "geometry": st.builds(Point, st.integers(0, 3), st.integers(0, 3)),
        }
    ),
    min_size=1,
    max_size=12,
)


@settings(deadline=None)
@given(rows, st.randoms(use_true_random=False))
def test_ids_are_unique_and_do_not_depend_on_the_order_of_rows(records, table, random):
    in_order = records(*table)
    shuffled = list(table)
    random.shuffle(shuffled)
    again = records(*shuffled)
    assert in_order["asset_id"].is_unique
    assert in_order.to_wkb().equals(again.to_wkb())


def test_ids_are_the_same_in_every_build(records):
    """``printf "a.csv\\x1flibrary\\x1fL7" | b2sum -l 48``; a change would break links to assets."""
    table = records({"source_id": "L7", "name": "Sale Library", "geometry": Point(10, 10)})
    assert table["asset_id"].tolist() == ["library-a18592d5903a"]
