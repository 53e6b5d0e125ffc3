"""Straight lines against sums written out, and what the public function promises."""

from __future__ import annotations

import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mobilise
from mobilise import reach
from mobilise.errors import InputError, MissingColumn

places = st.lists(st.tuples(st.integers(-40, 40), st.integers(-40, 40)), min_size=1, max_size=12)


@settings(deadline=None, max_examples=60)
@given(places, places, st.lists(st.integers(0, 3), min_size=12, max_size=12), st.integers(1, 30))
def test_straight_lines_agree_with_sums_written_out(homes, doors, owner, minutes):
    homes = 50.0 * np.array(homes)
    doors = 50.0 * np.array(doors)
    owner = np.array(owner[: len(doors)])
    assets = pd.DataFrame(
        {"asset_id": owner.astype(str), "kind": "park", "x": doors[:, 0], "y": doors[:, 1]}
    )
    table = reach.measure(homes, assets, minutes=[minutes], detour=1.3).table
    metres = np.hypot(homes[:, 0, None] - doors[:, 0], homes[:, 1, None] - doors[:, 1])
    decimetres = np.rint(13 * metres)
    for k in range(len(homes)):
        rows = table[table["area_id"] == str(k)].set_index("measure")["value"]
        assert rows["nearest"] == pytest.approx(decimetres[k].min() / 800)
        assert rows["count"] == len(set(owner[decimetres[k] <= minutes * 800]))


def test_the_room_can_be_called_and_takes_geodataframes_of_another_crs():
    homes = gpd.GeoDataFrame(
        {"area_id": ["A"]}, geometry=gpd.points_from_xy([430000.0], [433000.0]), crs="EPSG:27700"
    )
    asset = gpd.GeoDataFrame(
        {"asset_id": ["M"], "kind": ["museum"]},
        geometry=gpd.points_from_xy([430800.0], [433000.0]),
        crs="EPSG:27700",
    )
    value = mobilise.reach(homes, asset, detour=1.0).table["value"]
    assert value.tolist() == [10.0, 1.0]


def test_a_kind_that_is_not_there_is_not_reached_and_is_told():
    assets = pd.DataFrame({"asset_id": ["M"], "kind": ["museum"], "x": [0.0], "y": [0.0]})
    reached = reach.measure([[0.0, 0.0]], assets, kinds=["library", ["library", "museum"]])
    assert reached.table["kind"].unique().tolist() == ["library", "library+museum"]
    assert reached.table["value"].fillna(-1).tolist() == [-1, 0, 0, 1]
    assert any("no asset of kind library" in note.says for note in reached.notes)


def test_no_network_is_said_loudly():
    note = reach.measure([[0.0, 0.0]], [[1.0, 0.0]]).notes[0]
    assert note.warning
    assert "straight lines" in note.says


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"x": [0.0, np.nan]}, "1 without coordinates, 'B'"),
        ({"area_id": ["A", "A"]}, "'A' is there twice"),
    ],
)
def test_origins_that_cannot_be_used(change, sentence):
    homes = pd.DataFrame({"area_id": ["A", "B"], "x": [0.0, 1.0], "y": 0.0}).assign(**change)
    with pytest.raises(InputError, match=sentence):
        reach.measure(homes, [[0.0, 0.0]])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"minutes": [0]}, "limits must be between"),
        ({"minutes": []}, "limits must be between"),
        ({"measures": ["nearst"]}, "did you mean 'nearest'"),
        ({"speed_kmh": 0}, "no walking speed"),
        ({"detour": 0.5}, "1 to 5 times"),
    ],
)
def test_options_out_of_range(options, sentence):
    with pytest.raises(InputError, match=sentence):
        reach.measure([[0.0, 0.0]], [[0.0, 0.0]], **options)


def test_a_park_as_a_polygon_is_refused_for_its_entrances():
    park = gpd.GeoDataFrame(
        {"asset_id": ["P"], "kind": ["park"]},
        geometry=gpd.points_from_xy([0.0], [0.0]).buffer(10),
        crs="EPSG:27700",
    )
    with pytest.raises(InputError, match="one row for each entrance"):
        reach.measure([[0.0, 0.0]], park)


def test_degrees_are_refused():
    homes = gpd.GeoDataFrame(
        {"area_id": ["A"]}, geometry=gpd.points_from_xy([-1.5], [53.8]), crs="EPSG:4326"
    )
    with pytest.raises(InputError, match="projected"):
        reach.measure(homes, [[0.0, 0.0]])


def test_a_missing_column_is_named():
    with pytest.raises(MissingColumn, match="asset_id"):
        reach.measure([[0.0, 0.0]], pd.DataFrame({"x": [0.0], "y": [0.0]}))


def test_importing_the_room_loads_no_compiler():
    code = "import sys, mobilise.reach; sys.exit('numba' in sys.modules or 'pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_assets_at_all_is_a_table_without_rows_or_with_nothing_reached():
    none = pd.DataFrame({"asset_id": [], "kind": [], "x": [], "y": []})
    assert reach.measure([[0.0, 0.0]], none).table.empty
    table = reach.measure([[0.0, 0.0]], none, kinds=["library"]).table
    assert table["value"].fillna(-1).tolist() == [-1, 0]


def test_nobody_and_nothing_in_reach_is_zero_not_an_error():
    homes = pd.DataFrame(
        {"area_id": ["A", "B"], "x": [0.0, 9000.0], "y": 0.0, "population": [0, 10]}
    )
    pool = pd.DataFrame({"asset_id": ["P"], "kind": ["pool"], "x": [100.0], "y": [0.0]})
    of_demand = ["2sfca", "e2sfca", "3sfca", "m2sfca", "bfca", "spatial_availability"]
    table = reach.measure(homes, pool, measures=of_demand).table
    assert (table["value"] == 0).all()
