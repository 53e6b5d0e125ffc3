"""Areas: deciles as published, joins across vintages, on England's own tables."""

from __future__ import annotations

import pandas as pd
import pytest

from mobilise.areas import build_areas
from mobilise.indicators import build_indicators
from mobilise.recipe import load_recipe

RECIPE = """
[place]
name = "Trafford"
crs = "EPSG:27700"
[areas]
file = "england/lsoa21_imd2025.parquet"
where = "ltla24_code == 'E08000009'"
id = "lsoa21_code"
name = "lsoa21_name"
x = "easting"
y = "northing"
crs = "EPSG:27700"
population = "census2021_residents"
deprivation = { column = "COLUMN", higher = "HIGHER" }
groups = { msoa11 = "msoa11_code" }
[[areas.join]]
file = "england/lsoa21_boundaries.geoparquet"
id = "lsoa21_code"
[[areas.join]]
file = "england/lookup_lsoa11_lsoa21_ltla22.parquet"
id = "lsoa21_code"
columns = ["lsoa11_code"]
duplicates = "first"
[[areas.join]]
file = "england/lsoa11_imd2019_population.parquet"
id = "lsoa11_code"
on = "lsoa11_code"
columns = ["msoa11_code"]
[[assets]]
file = "england/gp_practices.parquet"
kind = "gp"
x = "lon"
y = "lat"
[[indicators]]
file = "england/msoa11_life_expectancy_2016_2020.parquet"
where = "sex == 'Females'"
name = "Life expectancy at birth, females"
id = "msoa11_code"
level = "msoa11"
value = "life_expectancy"
lower = "le_lower95"
upper = "le_upper95"
unit = "years"
higher = "better"
"""


@pytest.fixture
def recipe(shared, tmp_path):
    def load(column, higher, district="E08000009"):
        path = tmp_path / "trafford.toml"
        text = RECIPE.replace("COLUMN", column).replace("HIGHER", higher)
        path.write_text(text.replace("E08000009", district))
        return load_recipe(path, data=shared / "data")

    return load


@pytest.mark.parametrize(
    ("column", "higher", "published"),
    [
        ("imd2025_income_score", "worse", "imd2025_income_decile"),
        ("imd2025_income_rank", "better", "imd2025_income_decile"),
        ("imd2025_rank", "better", "imd2025_decile"),
        ("imd2025_health_rank", "better", "imd2025_health_decile"),
    ],
)
def test_deciles_are_the_published_ones(recipe, column, higher, published):
    result = build_areas(recipe(column, higher))
    assert result.ranked == 33_755
    areas = result.areas
    assert len(areas) == 139
    assert areas["deprivation_decile"].tolist() == areas[published].tolist()
    assert areas["deprivation_quintile"].tolist() == ((areas[published] + 1) // 2).tolist()


def test_every_area_lies_in_its_msoa_of_2011_and_takes_its_life_expectancy(recipe, shared):
    loaded = recipe("imd2025_income_score", "worse")
    areas = build_areas(loaded).areas
    assert areas["group_msoa11"].notna().all()
    found = build_indicators(loaded, areas).indicators.set_index("area_id")["value"]
    table = pd.read_parquet(shared / "data/england/msoa11_life_expectancy_2016_2020.parquet")
    published = table[table["sex"] == "Females"].set_index("msoa11_code")["life_expectancy"]
    assert found.to_dict() == published.reindex(found.index).to_dict()
    assert set(found.index) == set(areas["group_msoa11"])


def test_boundaries_and_population_are_those_of_the_tables(recipe):
    areas = build_areas(recipe("imd2025_income_score", "worse")).areas
    assert set(areas.geom_type) <= {"Polygon", "MultiPolygon"}
    # Trafford is 106 square kilometres and had 235,100 residents in the census of 2021.
    assert areas.geometry.area.sum() / 1e6 == pytest.approx(106, rel=0.01)
    assert areas["population"].sum() == pytest.approx(235_100, rel=0.005)
