"""What a build writes opens elsewhere, and passes a validator that others wrote."""

from __future__ import annotations

import geopandas as gpd
import geoparquet_validator
import pyarrow.parquet as pq
import pytest

from mobilise.place import GEOMETRY
from mobilise.tables import TABLES
from mobilise.tables.measured import MEASURED
from mobilise.tables.planned import PLANNED


def test_geoparquet_passes_its_validator(town):
    place = town.build(to="assets")
    for name in sorted(GEOMETRY):
        report = geoparquet_validator.check(str(place.folder / f"{name}.parquet"))
        assert geoparquet_validator.failed(report, "core") == [], name
        passed = [o for o in report["outcomes"] if o["status"] == "pass"]
        assert len(passed) > 5


def test_the_validator_catches_a_file_without_its_metadata(town, tmp_path):
    place = town.build(to="areas")
    table = pq.read_table(place.folder / "areas.parquet").replace_schema_metadata({})
    pq.write_table(table, tmp_path / "spoilt.parquet")
    report = geoparquet_validator.check(str(tmp_path / "spoilt.parquet"))
    assert geoparquet_validator.failed(report, "core")


def test_every_table_has_the_columns_it_declares(town):
    town.recipe += '[[plan]]\nkind = "library"\nadd = 1\nfrontier = 3\nrobustness = 2\n'
    place = town.build(to="plan")
    assert {table.name for table in (*MEASURED, *PLANNED)} <= set(place.tables())
    for name in place.tables():
        table = TABLES[name]
        columns = pq.read_schema(place.folder / f"{name}.parquet").names
        declared = [column.name for column in table.columns]
        assert columns[: len(declared)] == declared, name


@pytest.mark.parametrize(
    ("recipe", "areas", "kinds"),
    [
        ("trafford", 139, {"library", "park", "waterway", "woodland", "allotment", "gp", "faith"}),
        ("leeds-central", 62, {"library", "museum", "gp"}),
        ("rutland", 26, {"library", "park", "faith", "waterway"}),
    ],
)
def test_the_examples_build_on_real_data(shared, tmp_path, recipe, areas, kinds):
    from mobilise.build import build_place
    from mobilise.recipe import load_recipe
    from tests.conftest import ROOT

    path = ROOT / "examples" / f"{recipe}.toml"
    place = build_place(load_recipe(path, data=shared / "data", out=tmp_path / recipe), to="gaps")
    assert len(place.table("areas")) == areas
    assert kinds <= set(place.table("assets")["kind"])
    assert kinds <= set(place.table("reach")["kind"])
    assert gpd.read_parquet(place.folder / "assets.parquet").crs.to_epsg() == 27700
    nearest = place.table("reach").query("measure == 'nearest'")
    assert (nearest["value"].dropna() >= 0).all()
    assert not place.facts["synthetic"]
    assert all(card["licence"] and card["publisher"] for card in place.facts["sources"])
