"""Real open data: Trafford's layers and Rutland's extract, against counts made another way."""

from __future__ import annotations

import geopandas as gpd
import osmium
import pandas as pd
import pytest
import shapely

from mobilise.assets import gather
from mobilise.recipe import load_recipe

BUFFER_M = 1200.0
PLACE = """
[place]
name = "{name}"
crs = "EPSG:27700"
[areas]
file = "england/lsoa21_imd2025.parquet"
id = "lsoa21_code"
population = "census2021_residents"
"""
LIBRARIES = """
[[assets]]
file = "trafford/trafford_libraries_council.geojson"
kind = "library"
name = "name"
url = "website"
[[assets]]
file = "england/libraries_2023.parquet"
where = "type == 'Static Library' and year_closed is null"
kind = "library"
name = "name"
x = "lon"
y = "lat"
capacity = "hours_open_per_week"
beyond = true
[[assets]]
file = "trafford/gm_libraries.geojson"
kind = "library"
name = "Name"
beyond = true
"""
GREENSPACE = """
[[assets]]
file = "trafford/trafford_greenspace_sites.geojson"
kind = { column = "site_type", map = { "Public Park Or Garden" = "park" } }
name = "site_name"
entrances = { file = "trafford/gm_greenspace_access_points.geojson" }
[[assets]]
file = "trafford/gm_green_flag_parks.geojson"
kind = "park"
name = "name"
beyond = true
[[assets]]
file = "trafford/gm_watercourses.geojson"
kind = "waterway"
name = "name"
id = "id"
beyond = true
[[assets]]
file = "trafford/trafford_woodland.geojson"
kind = "woodland"
id = "ID"
"""


@pytest.fixture(scope="session")
def boundary(shared):
    areas = gpd.read_parquet(shared / "data/england/lsoa21_boundaries.geoparquet")

    def of(district):
        return areas[areas["ltla24_code"] == district].to_crs("EPSG:27700").union_all()

    return of


@pytest.fixture(scope="session")
def gathered(shared, boundary, tmp_path_factory):
    def of(name, district, sections):
        path = tmp_path_factory.mktemp(name) / f"{name}.toml"
        path.write_text(PLACE.format(name=name) + sections, encoding="utf-8")
        return gather(load_recipe(path, data=shared / "data"), boundary(district), BUFFER_M)

    return of


@pytest.fixture(scope="session")
def libraries(gathered):
    return gathered("trafford", "E08000009", LIBRARIES)


@pytest.fixture(scope="session")
def greenspace(gathered):
    return gathered("trafford-green", "E08000009", GREENSPACE)


@pytest.fixture(scope="session")
def rutland(gathered):
    return gathered("rutland", "E06000017", '[[assets]]\nosm = "networks/rutland.osm.pbf"\n')


def test_the_councils_thirteen_libraries_stand_once_each(libraries, shared):
    council = gpd.read_file(shared / "data/trafford/trafford_libraries_council.geojson")
    from_council = libraries.assets[libraries.assets["source"].str.startswith("trafford/trafford")]
    assert sorted(from_council["name"]) == sorted(council["name"])
    assert len(from_council) == 13
    assert from_council["source"].str.contains("gm_libraries").all(), (
        "the region's list has them all"
    )
    assert from_council["url"].notna().all()


def test_what_was_merged_bears_the_same_place_name(libraries):
    """Each pair looked at by eye: only these have other names for the same library."""
    merged = libraries.duplicates[libraries.duplicates["decision"] == "merged"]
    plain = [
        {name.replace(" Library", "").replace(" Community", "") for name in pair}
        for pair in zip(merged["name"], merged["other_name"], strict=True)
    ]
    assert [pair for pair in plain if len(pair) > 1] == [
        {"Old Trafford at Limelight", "Old Trafford"}
    ]
    assert merged["distance"].max() < 160
    sale = libraries.assets[libraries.assets["name"] == "Sale Library"].iloc[0]
    assert sale["capacity"] == 45.0
    assert sale["source"].count(";") == 2


def test_what_is_only_alike_is_left_for_a_person(libraries):
    check = libraries.duplicates[libraries.duplicates["decision"] == "check"]
    pairs = set(zip(check["name"], check["other_name"], strict=True))
    assert pairs == {
        ("Hale Library", "Hale"),
        ("Partington Library and Wellbeing Centre", "Partington"),
        ("Eccles Gateway Library", "Eccles Library"),
    }


def test_no_two_libraries_of_one_list_became_one(libraries):
    merged = libraries.duplicates[libraries.duplicates["decision"] == "merged"]
    groups = merged.groupby("asset_id")
    for asset_id, rows in groups:
        first = libraries.assets.set_index("asset_id").loc[asset_id, "source"].split("; ")
        assert len(first) == len(set(first)) == len(rows) + 1


def test_parks_are_entered_at_access_points_on_their_edge(greenspace, shared):
    parks = greenspace.assets[greenspace.assets["kind"] == "park"].set_index("asset_id")
    entrances = greenspace.entrances[greenspace.entrances["asset_id"].isin(parks.index)]
    at_access_points = entrances[entrances["how"] == "access point"]
    assert at_access_points["asset_id"].nunique() >= 36
    rims = parks.loc[at_access_points["asset_id"]].geometry.boundary.to_numpy()
    assert shapely.distance(rims, at_access_points.geometry.to_numpy()).max() <= 20.01
    published = gpd.read_file(shared / "data/trafford/gm_greenspace_access_points.geojson")
    published = shapely.union_all(published.to_crs("EPSG:27700").geometry.to_numpy())
    assert shapely.distance(published, at_access_points.geometry.to_numpy()).max() < 0.01
    centroids = shapely.centroid(parks.loc[entrances["asset_id"]].geometry.to_numpy())
    assert shapely.distance(centroids, entrances.geometry.to_numpy()).min() > 1


def test_green_flags_lie_on_the_parks_that_have_them(greenspace):
    merged = greenspace.duplicates[greenspace.duplicates["decision"] == "merged"]
    names = set(merged["other_name"])
    assert {"Longford Park", "Worthington Park", "John Leigh Park (Altrincham)"} & names
    kept = greenspace.assets.set_index("asset_id").loc[merged["asset_id"]]
    assert (kept.geometry.area > 0).all()


def test_the_ship_canal_is_one_waterway(greenspace, shared, boundary):
    table = gpd.read_file(shared / "data/trafford/gm_watercourses.geojson").to_crs("EPSG:27700")
    zone = boundary("E08000009").buffer(BUFFER_M)
    canal = table[(table["name"] == "Manchester Ship Canal") & table.intersects(zone)]
    found = greenspace.assets[greenspace.assets["name"] == "Manchester Ship Canal"]
    assert len(canal) > 5
    assert len(found) == 1
    assert set(found["source_id"].iloc[0].split(", ")) == set(canal["id"])
    assert found.geometry.length.iloc[0] == pytest.approx(
        canal.intersection(zone).length.sum(), rel=1e-3
    )


def test_woods_are_two_hectares_or_more_and_the_rest_is_counted(greenspace, shared):
    table = gpd.read_file(shared / "data/trafford/trafford_woodland.geojson").to_crs("EPSG:27700")
    dissolved = table.buffer(0.5).union_all()
    large = sum(part.buffer(-0.5).area >= 20_000 for part in dissolved.geoms)
    woods = greenspace.assets[greenspace.assets["kind"] == "woodland"]
    assert len(woods) == large
    row = greenspace.tally[greenspace.tally["source"].str.contains("woodland")].iloc[0]
    assert row["rows"] == 756 == row["too small"] + row["pieces"] + row["kept"] + row["duplicates"]


def test_every_row_of_every_layer_is_accounted_for(libraries, greenspace, rutland):
    for found in (libraries, greenspace, rutland):
        fates = found.tally.drop(columns=["source", "rows"])
        assert fates.sum(axis=1).tolist() == found.tally["rows"].tolist()
        assert found.tally["kept"].sum() == len(found.assets)


def test_rutlands_buildings_are_those_tagged_so(rutland, shared):
    """Counted with osmium alone: objects with the tag, whatever their shape, but private ones."""
    found = rutland.assets["kind"].value_counts()
    expected = {
        "library": ("amenity", "library"),
        "museum": ("tourism", "museum"),
        "pharmacy": ("amenity", "pharmacy"),
        "gp": ("amenity", "doctors"),
        "faith": ("amenity", "place_of_worship"),
        "allotment": ("landuse", "allotments"),
    }
    counts = dict.fromkeys(expected, 0)
    for thing in osmium.FileProcessor(str(shared / "data/networks/rutland.osm.pbf")):
        for kind, (key, value) in expected.items():
            private = kind != "allotment" and thing.tags.get("access") in {"private", "no"}
            counts[kind] += thing.tags.get(key) == value and not private
    pieces = rutland.duplicates[rutland.duplicates["decision"] == "merged"]["kind"].value_counts()
    assert {k: int(found.get(k, 0) + pieces.get(k, 0)) for k in counts} == counts


def test_rutland_water_is_there_and_reached_along_its_shore(rutland):
    water = rutland.assets[rutland.assets["name"] == "Rutland Water"]
    assert set(water["kind"]) <= {"waterway", "nature_reserve"}
    lake = water[water["kind"] == "waterway"]
    assert len(lake) == 1
    assert lake.geometry.area.iloc[0] > 8e6, "the reservoir covers more than 8 square km"
    shore = rutland.entrances[rutland.entrances["asset_id"] == lake["asset_id"].iloc[0]]
    assert len(shore) >= lake.geometry.exterior.length.iloc[0] / 50
    assert pd.Series(shore["how"]).eq("edge").all()
