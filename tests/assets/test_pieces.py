"""Pieces: which rows of one source are one asset, and a second reckoning by plain comparison."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from mobilise.assets.pieces import join_pieces, together


def _assets(table):
    return join_pieces(table, together(table))


def test_twelve_courts_of_one_centre_are_one_asset(records):
    courts = [
        {
            "kind": "leisure",
            "name": "Sale Sports Centre",
            "source_id": "77",
            "geometry": Point(x, 0),
        }
        for x in range(12)
    ]
    assets = _assets(records(*courts))
    assert len(assets) == 1
    assert assets["source_id"].tolist() == ["77"]
    assert assets.geometry.iloc[0] == Point(0, 0)


def test_stretches_of_a_river_are_one_and_another_river_that_meets_it_is_not(records):
    table = records(
        {
            "kind": "waterway",
            "name": "River Tame",
            "source_id": "1",
            "geometry": _line(0, 0, 900, 0),
        },
        {
            "kind": "waterway",
            "name": "River Tame",
            "source_id": "2",
            "geometry": _line(900, 0, 1800, 0),
        },
        {
            "kind": "waterway",
            "name": "River Goyt",
            "source_id": "3",
            "geometry": _line(1800, 0, 1800, 900),
        },
        {
            "kind": "waterway",
            "name": "River Tame",
            "source_id": "4",
            "geometry": _line(9000, 0, 9900, 0),
        },
    )
    assets = _assets(table).sort_values("source_id")
    assert assets["source_id"].tolist() == ["1, 2", "3", "4"]
    assert assets.geometry.length.tolist() == [1800, 900, 900]
    assert assets.geometry.iloc[0].geom_type == "LineString"


def test_woods_without_a_name_that_touch_are_one_wood(records):
    table = records(
        {"kind": "woodland", "source_id": "1", "geometry": box(0, 0, 100, 100)},
        {"kind": "woodland", "source_id": "2", "geometry": box(100, 0, 200, 100)},
        {"kind": "woodland", "source_id": "3", "geometry": box(203, 0, 300, 100)},
        {"kind": "park", "source_id": "4", "geometry": box(200, 0, 203, 100)},
        {"kind": "woodland", "name": "Old Wood", "geometry": box(0, 100, 100, 200)},
    )
    assets = _assets(table)
    assert sorted(assets.geometry.area) == [300, 9700, 10000, 20000]


def test_unnamed_points_with_ids_of_their_own_stay_apart(records):
    table = records(
        {"kind": "faith", "source_id": "1", "geometry": Point(0, 0)},
        {"kind": "faith", "source_id": "2", "geometry": Point(0, 0)},
        {"kind": "library", "geometry": Point(0, 0)},
        {"kind": "library", "geometry": Point(0, 0)},
    )
    assert len(_assets(table)) == 3


def test_the_fields_of_pieces_are_filled_from_one_another(records):
    shared = {"name": "Sale Library", "geometry": Point(0, 0)}
    table = records(
        shared | {"source_id": "1", "capacity": 20.0, "updated": "2021"},
        shared
        | {"source_id": "2", "capacity": 35.0, "updated": "2024", "url": "https://sale.example"},
        shared | {"source_id": "3"},
    )
    (asset,) = _assets(table).to_dict("records")
    assert asset["source_id"] == "1, 2, 3"
    assert (asset["capacity"], asset["updated"]) == (35.0, "2024")
    assert asset["url"] == "https://sale.example"
    assert asset["asset_id"] == table["asset_id"].iloc[0]
    assert asset["pieces"] == 3


def test_of_a_point_and_a_shape_the_shape_is_kept(records):
    shared = {"kind": "park", "name": "Worthington Park"}
    table = records(shared | {"geometry": Point(5, 5)}, shared | {"geometry": box(0, 0, 10, 10)})
    assert _assets(table).geometry.area.tolist() == [100]


def _line(*ends):
    return LineString([ends[:2], ends[2:]])


rows = st.lists(
    st.fixed_dictionaries(
        {
            "section": st.integers(0, 1),
            "source_id": st.sampled_from([None, "1", "2"]),
            "name": st.sampled_from([None, "Sale", "Hale"]),
            "kind": st.sampled_from(["library", "park"]),
            "geometry": st.builds(Point, st.integers(0, 8).map(lambda x: 30 * x), st.just(0)),
        }
    ),
    min_size=1,
    max_size=14,
)


@settings(deadline=None)
@given(rows)
def test_pieces_agree_with_plain_comparison_of_all_pairs(records, table):
    """The rule as the docstring has it, row by row; then joined until nothing changes."""
    table = records(*table)
    given_rows = table.to_dict("records")
    label = list(range(len(given_rows)))
    changed = True
    while changed:
        changed = False
        for i, one in enumerate(given_rows):
            for j, other in enumerate(given_rows):
                if label[i] < label[j] and _belong(one, other):
                    label[j] = label[i]
                    changed = True
                elif label[j] < label[i] and _belong(one, other):
                    label[i] = label[j]
                    changed = True
    found = together(table)
    same = np.equal.outer(found, found)
    assert (same == np.equal.outer(label, label)).all()
    assets = join_pieces(table, found)
    assert assets["pieces"].sum() == len(table)
    assert set(assets["asset_id"]) <= set(table["asset_id"])


def _belong(one, other):
    if (one["section"], one["kind"]) != (other["section"], other["kind"]):
        return False
    apart = abs(one["geometry"].x - other["geometry"].x)
    names = [r["name"] if isinstance(r["name"], str) else None for r in (one, other)]
    ids = [r["source_id"] if isinstance(r["source_id"], str) else None for r in (one, other)]
    if names[0] and names[0] == names[1] and apart <= {"library": 100, "park": 50}[one["kind"]]:
        return True
    if ids[0] and ids[0] == ids[1] and apart <= 100:
        return True
    nameless = names == [None, None] and apart <= 1
    return nameless and (one["kind"] == "park" or ids == [None, None])
