"""Three real districts from a server with the real tables: the figures of the files themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mobilise.anywhere import Ask, new_place
from mobilise.build import build_place
from mobilise.fetch import Patience, Store, Web
from mobilise.recipe import load_recipe
from tests.anywhere.england import registry_file, serve
from tests.anywhere.publishers import Publishers
from tests.anywhere.real import DISTRICTS, real_tables

BASE = """
[place]
name = "{name}"
crs = "EPSG:27700"

[areas]
file = "england/lsoa21_imd2025.parquet"
where = "ltla24_code == '{code}'"
id = "lsoa21_code"
name = "lsoa21_name"
x = "easting"
y = "northing"
crs = "EPSG:27700"
population = "census2021_residents"
deprivation = {{ column = "imd2025_income_score", higher = "worse", name = "income deprivation, IMD 2025" }}

[[areas.join]]
file = "england/lsoa21_boundaries.geoparquet"
id = "lsoa21_code"
columns = []

[postcodes]
file = "{postcodes}"

[[assets]]
file = "england/libraries_2023.parquet"
where = "type == 'Static Library' and year_closed is null"
kind = "library"
name = "name"
postcode = "postcode"
capacity = "hours_open_per_week"
beyond = true

[[assets]]
file = "england/museums_mapping_museums.parquet"
where = "year_closed_low == 'na'"
kind = "museum"
id = "museum_id"
name = "museum_name"
x = "lon"
y = "lat"
beyond = true

[[assets]]
file = "england/gp_practices.parquet"
kind = "gp"
id = "practice_code"
name = "practice_name"
postcode = "postcode"
capacity = "list_size_2020"
beyond = true

{network}

[[reach]]
kinds = ["library", "museum", "gp"]
measures = ["nearest", "count"]
minutes = [15, 30]

[report]
formats = ["html"]
"""
NETWORK = {"Rutland": '[network]\nosm = "networks/rutland.osm.pbf"'}


@pytest.fixture(scope="module")
def made(shared, tmp_path_factory):
    """Return the three places as made from the server, by name."""
    server = Publishers()
    serve(server, real_tables(shared / "data"))
    folder = tmp_path_factory.mktemp("england")
    registry = registry_file(server, folder)
    found = {}
    with Web(Patience(tries=1, read=20)) as web:
        for name in DISTRICTS:
            ask = Ask(level="district", member=name)
            store = Store(folder / "cache")
            found[name] = new_place(folder / name, ask, web, store, country=str(registry))
    server.stop()
    return found


def near_postcodes(shared, name, folder):
    """Return a file of the real postcodes within 30 km of a district: reading all takes long."""
    areas = pd.read_parquet(
        shared / "data/england/lsoa21_imd2025.parquet",
        columns=["ltla24_code", "easting", "northing"],
    )
    own = areas[areas["ltla24_code"] == DISTRICTS[name]]
    within = [
        (column, sign, edge)
        for column in ("easting", "northing")
        for sign, edge in ((">", own[column].min() - 30_000), ("<", own[column].max() + 30_000))
    ]
    path = folder / "postcodes.parquet"
    table = pd.read_parquet(
        shared / "data/england/postcodes_codepoint_open.parquet", filters=within
    )
    table.to_parquet(path)
    return path


@pytest.fixture(scope="module", params=DISTRICTS)
def both(request, made, shared, tmp_path_factory):
    """Return a place built from the server's data, and from the files directly."""
    name = request.param
    folder = tmp_path_factory.mktemp(name)
    text = (
        made[name]
        .recipe.read_text("utf-8")
        .replace('formats = ["html", "pdf"]', 'formats = ["html"]')
    )
    made[name].recipe.write_text(text, encoding="utf-8")
    here = build_place(load_recipe(made[name].recipe, out=folder / "new"))
    path = folder / "direct.toml"
    network, postcodes = NETWORK.get(name, ""), near_postcodes(shared, name, folder)
    told = BASE.format(name=name, code=DISTRICTS[name], network=network, postcodes=postcodes)
    path.write_text(told, encoding="utf-8")
    direct = build_place(load_recipe(path, data=shared / "data", out=folder / "direct"), to="gaps")
    return name, made[name], here, direct


def test_the_areas_are_those_of_the_district_with_england_s_deciles(both):
    _, new, here, direct = both
    columns = ["area_id", "name", "population", "deprivation", "deprivation_decile"]
    columns += ["deprivation_quintile", "origin_x", "origin_y"]
    pd.testing.assert_frame_equal(
        pd.DataFrame(here.table("areas")[columns]), pd.DataFrame(direct.table("areas")[columns])
    )
    assert len(here.table("around")) == new.neighbours > 0


def test_every_walk_and_count_equals_that_of_the_files(both):
    name, _, here, direct = both
    key = ["area_id", "kind", "measure", "limit"]
    theirs = direct.table("reach")[[*key, "value"]]
    ours = here.table("reach")[[*key, "value"]]
    if (
        name == "Rutland"
    ):  # its parks and the like are of the map, which the direct recipe leaves out
        ours = ours[ours["kind"].isin(set(theirs["kind"]))]
    joined = theirs.merge(ours, on=key, how="left", suffixes=("", "_new"), validate="one_to_one")
    np.testing.assert_array_equal(joined["value"], joined["value_new"])


def test_every_mean_share_and_slope_equals_that_of_the_files(both):
    _, _, here, direct = both
    key = ["of", "kind", "measure", "limit", "by", "statistic", "level", "part"]
    wanted = direct.table("gaps")
    wanted = wanted[wanted["statistic"] != "slope_index_inside"]
    ours = here.table("gaps")
    joined = wanted.merge(ours, on=key, how="left", suffixes=("", "_new"), validate="one_to_one")
    assert len(joined) > 20
    for column in ("value", "lower", "upper", "n"):
        np.testing.assert_array_equal(
            joined[column].astype(float), joined[f"{column}_new"].astype(float), err_msg=column
        )


def test_life_expectancy_is_the_publishers_own_where_no_area_changed(both, shared):
    _, _, here, _ = both
    table = here.table("indicators")
    assert set(table["level"]) == {"msoa"}
    life = pd.read_parquet(shared / "data/england/msoa11_life_expectancy_2016_2020.parquet")
    males = life[life["sex"] == "Males"].set_index("msoa11_code")["life_expectancy"]
    found = table[table["indicator"] == "Life expectancy at birth, males"].set_index("area_id")[
        "value"
    ]
    same = found.index.intersection(males.index)
    assert len(same) >= len(found) - 5
    np.testing.assert_allclose(found[same], males[same], rtol=1e-12)


def test_what_was_missing_is_said_and_the_rest_is_a_report(both):
    name, new, here, _ = both
    assert set(new.missing) - {"mortality", "admissions", "child_obesity"} == (
        set() if name == "Rutland" else {"streets"}
    )
    assert "none of its 13,460 rows fits" in (new.missing["mortality"].why or "")
    html = (here.folder / "report" / "index.html").read_text("utf-8")
    assert "Arts Council England" in html
    assert "Mapping Museums project, Birkbeck" in html.split("<footer>")[1]
