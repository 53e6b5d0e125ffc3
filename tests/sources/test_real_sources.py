"""Real open data: the counts are those that its own description states."""

from __future__ import annotations

import re
import warnings

import geopandas as gpd
import osmium
import pandas as pd
import pytest

from mobilise.filters import Filter
from mobilise.recipe import Postcodes
from mobilise.sources import PostcodeTable, columns_of, locate, read_osm_features, read_table


def described(shared):
    """Return rows by file, as the description of the data lists them."""
    text = (shared / "data" / "README.md").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| (\S+\.(?:csv|geojson|geoparquet|parquet)) \| (\d+) \|", text, re.MULTILINE
    )
    return {name: int(rows) for name, rows in listed}


def test_every_table_has_the_rows_and_columns_that_its_description_says(shared):
    expected = described(shared)
    assert len(expected) > 50
    found = {}
    for name in expected:
        table = read_table(shared / "data" / name)
        assert columns_of(shared / "data" / name) == list(table.columns)
        found[name] = len(table)
    assert found == expected


def test_maps_are_those_of_geopandas(shared):
    for name in ["trafford_woodland", "gm_watercourses", "gm_pharmacies"]:
        path = shared / "data" / "trafford" / f"{name}.geojson"
        expected = gpd.read_file(path)
        found = read_table(path)
        assert found.geometry.geom_equals(expected.geometry).all()
        assert list(found.columns) == list(expected.columns)


def test_boundaries_are_those_of_geopandas(shared):
    path = shared / "data" / "england" / "lsoa21_boundaries.geoparquet"
    expected = gpd.read_parquet(path)
    expected = expected[expected["ltla24_code"] == "E08000009"].reset_index(drop=True)
    found = read_table(path, where=Filter.parse("ltla24_code == 'E08000009'"))
    assert len(found) == 139
    assert found.geometry.geom_equals_exact(expected.geometry, 0).all()
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.drop(columns="geometry")),
        pd.DataFrame(expected.drop(columns="geometry")),
    )
    assert found.crs == expected.crs


def test_static_libraries_are_kept_and_placed(shared):
    path = shared / "data" / "england" / "libraries_2023.parquet"
    libraries = read_table(path, where=Filter.parse("type == 'Static Library'"))
    assert len(libraries) == 3285
    say = {"label": "libraries", "step": "assets"}
    by_degrees, notes = locate(libraries, crs_to="EPSG:27700", x="lon", y="lat", **say)
    assert (len(by_degrees), notes) == (3285, [])
    by_metres, _ = locate(
        libraries, crs_to="EPSG:27700", x="easting", y="northing", crs="EPSG:27700", **say
    )
    # Without the Ordnance Survey's grid of shifts, degrees come to within some metres.
    assert by_degrees.distance(by_metres).max() < 10


def test_libraries_without_coordinates_are_counted(shared):
    libraries = read_table(shared / "data" / "england" / "libraries_2023.parquet")
    placed, (note,) = locate(
        libraries, crs_to="EPSG:27700", x="lon", y="lat", label="libraries", step="assets"
    )
    assert (note.count, len(placed)) == (15, 3516 - 15)


def test_practices_are_where_their_postcodes_are(shared):
    england = shared / "data" / "england"
    codes = PostcodeTable.read(
        Postcodes.model_validate({"file": england / "postcodes_codepoint_open.parquet"})
    )
    assert len(codes.keys) == 1_491_312
    practices = read_table(shared / "data" / "trafford" / "trafford_general_practices.geojson")
    say = {"crs_to": "EPSG:27700", "label": "practices", "step": "assets"}
    by_postcode, notes = locate(
        pd.DataFrame(practices), postcode="postcode", postcodes=codes, **say
    )
    assert len(by_postcode) == 26
    assert [note.warning for note in notes] == [False]
    by_geometry, _ = locate(practices, **say)
    # Points rounded to six decimals, and the two datums as above.
    assert by_postcode.distance(by_geometry).max() < 10


def test_single_years_of_age_are_numbers_and_add_up(shared):
    name = "trafford_population_mid2024_lsoa.csv"
    where = Filter.parse("sex == 'Persons'")
    people = read_table(shared / "data" / "trafford" / name, where=where)
    assert people["area_code"].nunique() == 139
    assert people["all_ages"].sum() == 241_025
    years = [column for column in people.columns if re.fullmatch(r"\d+\+?", column)]
    assert len(years) == 91
    assert (people[years].sum(axis=1) == people["all_ages"]).all()


@pytest.fixture(scope="module")
def rutland(shared):
    return shared / "data" / "networks" / "rutland.osm.pbf"


def test_a_county_has_what_a_plain_count_finds(rutland):
    wanted = {"amenity": ["place_of_worship", "pub"], "leisure": ["park", "pitch"]}
    found = read_osm_features(rutland, wanted)
    counted = {
        f"{thing.type_str()}{thing.id}"
        for thing in osmium.FileProcessor(rutland)
        if any(thing.tags.get(key) in values for key, values in wanted.items())
    }
    assert set(found["osm_id"]) == counted
    assert found["osm_id"].is_unique
    assert len(found) > 100
    assert found.geometry.notna().all()
    box = (-0.85, 52.50, -0.40, 52.80)  # Rutland and a little more
    assert len(found.cx[box[0] : box[2], box[1] : box[3]]) == len(found)


def test_areas_are_those_of_gdal(rutland):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # GDAL has to say much about other objects' rings
        theirs = gpd.read_file(rutland, layer="multipolygons", engine="pyogrio")
    theirs = theirs[theirs["natural"] == "water"]
    ours = read_osm_features(rutland, {"natural": ["water"]})
    ours = ours[ours.geom_type.isin(["Polygon", "MultiPolygon"])]
    metric = "EPSG:27700"
    assert len(ours) == len(theirs)
    assert ours.to_crs(metric).area.sum() == pytest.approx(
        theirs.to_crs(metric).area.sum(), rel=1e-9
    )


def test_a_nature_reserve_that_does_not_close_is_counted_and_not_drawn(rutland):
    found = read_osm_features(rutland, {"leisure": ["nature_reserve"]})
    assert found.loc[found.geometry.isna(), "osm_id"].tolist() == ["r7588790"]
    placed, (note,) = locate(
        found, crs_to="EPSG:27700", label="rutland", step="assets", names=found["osm_id"]
    )
    assert note.says == f"1 of {len(found)} rows have no geometry and are left out."
    assert len(placed) == len(found) - 1
