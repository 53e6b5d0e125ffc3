"""Rows on the map: what is placed, what is dropped and counted, what is refused."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS

from mobilise.errors import BadValues, MissingColumn, SourceBroken
from mobilise.sources import PostcodeTable, locate

BRITAIN = "EPSG:27700"
SAY = {"label": "halls.csv", "step": "assets"}
# "A guide to coordinate systems in Great Britain" (Ordnance Survey), annex C: Caister water tower,
# in OSGB36 latitude and longitude and on the National Grid.
CAISTER_OSGB36 = (1 + 43 / 60 + 4.5177 / 3600, 52 + 39 / 60 + 27.2531 / 3600)
CAISTER_GRID = (651409.903, 313177.270)


def towns(rows=3):
    return pd.DataFrame(
        {
            "name": ["Ash", "Beech", "Cedar", "Dell", "Elm"][:rows],
            "lon": [-2.35, -2.30, -2.40, -2.32, -2.36][:rows],
            "lat": [53.40, 53.45, 53.42, 53.41, 53.44][:rows],
        }
    )


def test_the_national_grid_is_the_ordnance_surveys():
    frame = pd.DataFrame([CAISTER_OSGB36], columns=["lon", "lat"])
    placed, notes = locate(frame, crs_to=BRITAIN, x="lon", y="lat", crs="EPSG:4277", **SAY)
    assert placed.geometry.x[0] == pytest.approx(CAISTER_GRID[0], abs=0.001)
    assert placed.geometry.y[0] == pytest.approx(CAISTER_GRID[1], abs=0.001)
    assert notes == []


@given(
    st.lists(st.tuples(st.floats(-6, 1.7), st.floats(50.2, 58.5)), min_size=1, max_size=20),
    st.sampled_from([BRITAIN, "EPSG:32630", "EPSG:4258", "EPSG:3857"]),
)
def test_coordinates_of_any_system_are_those_of_geopandas(points, crs):
    degrees = gpd.GeoSeries(shapely.points(points), crs="EPSG:4326")
    given_in = degrees.to_crs(crs)
    frame = pd.DataFrame({"x": given_in.x, "y": given_in.y})
    placed, notes = locate(frame, crs_to=BRITAIN, x="x", y="y", crs=crs, **SAY)
    expected = given_in.to_crs(BRITAIN)
    assert notes == []
    assert placed.crs == BRITAIN
    np.testing.assert_array_equal(placed.geometry.x, expected.x)
    np.testing.assert_array_equal(placed.geometry.y, expected.y)


def test_columns_index_and_table_stay_as_they_are():
    frame = towns().set_axis([7, 8, 9])
    before = frame.copy()
    placed, _ = locate(frame, crs_to=BRITAIN, x="lon", y="lat", **SAY)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(pd.DataFrame(placed.drop(columns="geometry")), before)


def test_rows_without_coordinates_are_counted_by_name():
    frame = towns(5).astype({"lon": object, "lat": object})
    frame.loc[1, ["lon", "lat"]] = 0, 0
    frame.loc[2, "lat"] = None
    frame.loc[4, "lon"] = " "
    placed, (note,) = locate(frame, crs_to=BRITAIN, x="lon", y="lat", names=frame["name"], **SAY)
    assert placed["name"].tolist() == ["Ash", "Dell"]
    assert note.says == "3 of 5 rows have no coordinates and are left out."
    assert note.examples == ("Beech", "Cedar", "Elm")
    assert (note.count, note.warning, note.step, note.source) == (3, True, "assets", "halls.csv")


def test_rows_without_names_are_numbered_and_ten_are_enough():
    frame = pd.DataFrame({"lon": [None] * 15 + [-2.0], "lat": [None] * 15 + [53.0]})
    names = pd.Series([None] * 8 + ["Ash"] * 8)
    _, (note,) = locate(frame, crs_to=BRITAIN, x="lon", y="lat", names=names, **SAY)
    assert note.count == 15
    assert note.examples == (*(f"row {i}" for i in range(1, 9)), "Ash", "Ash")


def test_rows_outside_and_swapped_are_counted_apart():
    frame = towns(5)
    frame.loc[1, ["lon", "lat"]] = 53.45, -2.30  # swapped
    frame.loc[2, "lon"] = 24.0  # Lithuania
    frame.loc[3, "lat"] = 534.1  # a slipped decimal point
    placed, notes = locate(frame, crs_to=BRITAIN, x="lon", y="lat", names=frame["name"], **SAY)
    assert placed["name"].tolist() == ["Ash", "Elm"]
    assert [(note.says, note.examples) for note in notes] == [
        ("1 of 5 rows look as if x and y were swapped, and are left out.", ("Beech",)),
        (
            "2 of 5 rows lie outside the area of EPSG:27700 (United Kingdom), and are left out.",
            ("Cedar", "Dell"),
        ),
    ]
    assert all(note.warning for note in notes)


def metres(frame):
    points = gpd.GeoSeries.from_xy(frame["lon"], frame["lat"], crs="EPSG:4326").to_crs(BRITAIN)
    return frame.assign(east=points.x, north=points.y)


@pytest.mark.parametrize(
    ("x", "y", "crs", "says"),
    [
        ("lat", "lon", "EPSG:4326", r"x and y look swapped: write x = 'lon' and y = 'lat'"),
        ("east", "north", "EPSG:4326", r"these look like metres: add crs = 'EPSG:27700'"),
        ("lon", "lat", BRITAIN, r"these look like degrees: add crs = 'EPSG:4326'"),
        (
            *("lat", "lon", BRITAIN),
            r"look like degrees, with x and y swapped: add crs = 'EPSG:4326' and x = 'lon' and y",
        ),
        ("abroad", "lat", "EPSG:4326", "check the coordinates, their crs and the crs of the place"),
    ],
)
def test_everything_misplaced_is_refused_with_the_likely_mend(x, y, crs, says):
    frame = metres(towns(5)).assign(abroad=120.0)
    with pytest.raises(BadValues, match=r"^halls\.csv: not one row lies in the area") as caught:
        locate(frame, crs_to=BRITAIN, x=x, y=y, crs=crs, **SAY)
    assert caught.match(says)


@pytest.mark.parametrize("zone", ["EPSG:32630", "EPSG:32722", "EPSG:2154", "EPSG:3035"])
def test_places_outside_britain_are_served_alike(zone):
    west, south, east, north = CRS.from_user_input(zone).area_of_use.bounds
    frame = pd.DataFrame(
        {"lon": [(west + east) / 2, east + 40], "lat": [(max(south, -70) + min(north, 70)) / 2, 10]}
    )
    placed, (note,) = locate(frame, crs_to=zone, x="lon", y="lat", **SAY)
    assert list(placed.index) == [0]
    assert note.count == 1
    with pytest.raises(BadValues, match="not one row"):
        locate(frame[1:], crs_to=zone, x="lon", y="lat", **SAY)


def test_no_coordinates_at_all_are_refused():
    with pytest.raises(BadValues, match="not one row has coordinates in 'lon' and 'lat'"):
        locate(towns().assign(lon=None), crs_to=BRITAIN, x="lon", y="lat", **SAY)


def test_texts_for_coordinates_are_refused():
    with pytest.raises(BadValues, match=r"halls\.csv: column 'lat' holds 'north' where a number"):
        locate(towns().assign(lat="north"), crs_to=BRITAIN, x="lon", y="lat", **SAY)
    with pytest.raises(MissingColumn, match="no column 'long'; did you mean 'lon'"):
        locate(towns(), crs_to=BRITAIN, x="long", y="lat", **SAY)


def test_nothing_to_place_by_is_refused():
    with pytest.raises(BadValues, match=r"no geometry; name their columns of coordinates"):
        locate(towns(), crs_to=BRITAIN, **SAY)


@pytest.mark.parametrize("spatial", [True, False])
def test_no_rows_in_no_rows_out(spatial):
    frame = towns(0)
    if spatial:
        frame = gpd.GeoDataFrame(frame, geometry=[], crs="EPSG:4326")
        placed, notes = locate(frame, crs_to=BRITAIN, **SAY)
    else:
        placed, notes = locate(frame, crs_to=BRITAIN, x="lon", y="lat", **SAY)
    assert (len(placed), notes, placed.crs) == (0, [], BRITAIN)


BOW_TIE = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
SHAPES = [
    shapely.Point(400000, 300000, 55),
    shapely.LineString([(400000, 300000), (400100, 300000)]),
    shapely.affinity.translate(BOW_TIE, 400000, 300000),
    shapely.Polygon([(400000, 300000), (400100, 300000), (400200, 300000)]),
    None,
    shapely.Point(),
    shapely.MultiPolygon([shapely.box(400000, 300000, 400010, 300010)]),
]


def test_geometries_are_flat_valid_and_never_empty():
    frame = gpd.GeoDataFrame({"name": list("abcdefg")}, geometry=SHAPES, crs=BRITAIN)
    placed, notes = locate(frame, crs_to=BRITAIN, names=frame["name"], **SAY)
    assert placed["name"].tolist() == ["a", "b", "c", "g"]
    assert placed.geom_type.tolist() == ["Point", "LineString", "MultiPolygon", "MultiPolygon"]
    assert placed.is_valid.all()
    assert not placed.has_z.any()
    # The two triangles of the bow tie: half of its square.
    assert placed.area[2] == pytest.approx(100 * 100 / 2)
    assert [(note.says, note.examples) for note in notes] == [
        ("2 of 7 rows have no geometry and are left out.", ("e", "f")),
        (
            "1 of 7 rows had an outline that crosses or touches itself; it was repaired.",
            ("c",),
        ),
        ("1 of 7 rows have a geometry without any extent, and are left out.", ("d",)),
    ]


def test_geometries_are_moved_as_geopandas_moves_them():
    boxes = [shapely.box(-2.4, 53.4, -2.3, 53.5), shapely.LineString([(-1, 52), (-1.1, 52.1)])]
    frame = gpd.GeoDataFrame({"name": ["a", "b"]}, geometry=boxes, crs="EPSG:4326")
    placed, notes = locate(frame, crs_to=BRITAIN, **SAY)
    assert notes == []
    assert placed.geometry.geom_equals(frame.to_crs(BRITAIN).geometry).all()


def test_columns_of_coordinates_go_before_a_geometry():
    frame = gpd.GeoDataFrame(towns(1), geometry=[shapely.Point(0, 52)], crs="EPSG:4326")
    placed, _ = locate(frame, crs_to="EPSG:4326", x="lon", y="lat", **SAY)
    assert (placed.geometry.x[0], placed.geometry.y[0]) == (-2.35, 53.40)


def test_a_file_of_metres_that_says_degrees_is_refused():
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(376000, 388000)], crs="EPSG:4326")
    with pytest.raises(BadValues, match=r"metres: save the file again with its true .* EPSG:27700"):
        locate(frame, crs_to=BRITAIN, **SAY)
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(53.4, -2.3)], crs="EPSG:4326")
    with pytest.raises(BadValues, match="swapped: save the file again with x before y"):
        locate(frame, crs_to=BRITAIN, **SAY)


def test_geometries_of_no_known_system_are_refused():
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[shapely.Point(0, 52)])
    with pytest.raises(SourceBroken, match="does not say in which coordinate system"):
        locate(frame, crs_to=BRITAIN, **SAY)
    frame = gpd.GeoDataFrame({"a": [1]}, geometry=[None], crs=BRITAIN)
    with pytest.raises(BadValues, match="not one row has a geometry"):
        locate(frame, crs_to=BRITAIN, **SAY)


CODES = PostcodeTable(
    keys=pa.array(["ZZ11AA", "ZZ11AB"]),
    x=np.array([400000.0, 400100.0]),
    y=np.array([300000.0, 300200.0]),
    crs=BRITAIN,
    label="codes.csv",
)


def test_rows_are_placed_by_postcode_and_the_rest_counted():
    frame = pd.DataFrame(
        {"name": list("abcde"), "pc": ["zz1 1aa", "ZZ1", None, "ZZ9 9ZZ", "ZZ11AB"]}
    )
    placed, notes = locate(
        frame, crs_to=BRITAIN, postcode="pc", postcodes=CODES, names=frame["name"], **SAY
    )
    assert placed["name"].tolist() == ["a", "e"]
    assert placed.geometry.x.tolist() == [400000, 400100]
    assert [(note.says, note.examples, note.warning) for note in notes] == [
        ("1 of 5 rows have no postcode and are left out.", ("c",), True),
        ("1 of 5 rows hold no whole postcode in 'pc' and are left out.", ("b",), True),
        (
            *("1 of 5 rows have a postcode that is not in codes.csv and are left out.", ("d",)),
            True,
        ),
        ("2 of 5 rows are placed at the middle of their postcode.", ("a", "e"), False),
    ]


def test_postcodes_that_are_all_unknown_are_refused():
    frame = pd.DataFrame({"pc": ["ZZ9 9ZZ", None]})
    with pytest.raises(BadValues, match=r"not one of its postcodes in 'pc' is in codes\.csv"):
        locate(frame, crs_to=BRITAIN, postcode="pc", postcodes=CODES, **SAY)
    with pytest.raises(BadValues, match=r"no table of postcodes is named; add \[postcodes\]"):
        locate(frame, crs_to=BRITAIN, postcode="pc", **SAY)
    with pytest.raises(MissingColumn, match="no column 'postcode'"):
        locate(frame, crs_to=BRITAIN, postcode="postcode", postcodes=CODES, **SAY)
