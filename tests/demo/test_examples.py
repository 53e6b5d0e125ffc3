"""The example recipes fit the real open data: every column is there, and the totals are the publishers'."""

from __future__ import annotations

from pathlib import Path

import pytest

from mobilise.areas import build_areas
from mobilise.recipe import Indicator, KindMap, Recipe, load_recipe
from mobilise.sources import columns_of, read_table

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))


def _recipe(name: str, shared: Path) -> Recipe:
    return load_recipe(ROOT / "examples" / f"{name}.toml", data=shared / "data")


def test_the_readme_lists_every_example():
    names = [path.name for path in EXAMPLES]
    assert names == [
        f"{name}.toml" for name in ("bristol", "england", "leeds-central", "rutland", "trafford")
    ]
    readme = (ROOT / "examples" / "README.md").read_text(encoding="utf-8")
    assert all(f"]({name})" in readme for name in names)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_source_says_where_it_comes_from(path: Path):
    recipe = load_recipe(path)
    entrances = [one.entrances for one in recipe.assets if one.entrances]
    joins = [join for one in (recipe.areas, *recipe.assets) for join in one.join]
    sources = [recipe.areas, *recipe.assets, *recipe.indicators, *entrances, *joins]
    sources += [recipe.postcodes] if recipe.postcodes else []
    sources += [recipe.network] if recipe.network.osm or recipe.network.ways else []
    for source in sources:
        assert source.title
        assert source.publisher
        assert source.licence
        assert source.link
        assert source.link.startswith("https://")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_column_that_a_recipe_names_is_there(path: Path, shared: Path):
    recipe = load_recipe(path, data=shared / "data")
    keys = ("id", "name", "x", "y", "postcode", "capacity", "url", "updated", "value", "lower")
    for table in (*recipe.assets, *recipe.indicators):
        if table.file is None:
            assert (table.osm or table.hsds).is_file()
            continue
        columns = set(columns_of(table.file))
        for join in getattr(table, "join", ()):
            assert join.id in columns_of(join.file)
            columns |= set(join.columns or columns_of(join.file))
        title = ("name",) if isinstance(table, Indicator) else ()
        named = {getattr(table, key, None) for key in keys if key not in title} - {None}
        assert named <= columns, table.file
        if table.where:
            assert set(table.where.columns) <= columns, table.file


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_value_in_a_map_of_kinds_is_in_its_file(path: Path, shared: Path):
    for source in load_recipe(path, data=shared / "data").assets:
        if isinstance(source.kind, KindMap):
            values = read_table(source.file, where=source.where)[source.kind.column]
            assert set(source.kind.map) <= set(values)


@pytest.mark.parametrize(
    ("name", "areas", "people"),
    [
        ("trafford", 139, 241_025),  # ONS mid-2024, as the data's description states it
        ("leeds-central", 62, None),  # centroids among the streets, by the same description
        ("rutland", 26, 41_000),  # Census 2021, as ONS rounds it
    ],
)
def test_areas_and_people_are_those_published(
    name: str, areas: int, people: int | None, shared: Path
):
    found = build_areas(_recipe(name, shared)).areas
    assert len(found) == areas
    if people:
        assert found["population"].sum() == pytest.approx(people, abs=0 if areas == 139 else 500)
    assert found.geom_type.isin(["Polygon", "MultiPolygon"]).all()


def test_trafford_has_areas_of_every_decile_of_england(shared: Path):
    areas = build_areas(_recipe("trafford", shared)).areas
    published = read_table(
        shared / "data/england/lsoa21_imd2025.parquet",
        columns=["lsoa21_code", "imd2025_income_decile"],
    ).set_index("lsoa21_code")["imd2025_income_decile"]
    assert set(areas["deprivation_decile"]) == set(range(1, 11))
    # The score is published to three decimals, so areas on a decile's edge may fall either side.
    same = areas["deprivation_decile"].to_numpy() == published[areas["area_id"]].to_numpy()
    assert same.mean() > 0.95
    apart = areas["deprivation_decile"].to_numpy() - published[areas["area_id"]].to_numpy()
    assert abs(apart).max() <= 1


def test_leeds_sets_out_from_among_its_streets(shared: Path):
    recipe = _recipe("leeds-central", shared)
    areas = build_areas(recipe).areas
    ways = read_table(recipe.network.ways).to_crs(areas.crs)
    origins = areas.geometry.from_xy(areas["origin_x"], areas["origin_y"], crs=areas.crs)
    assert origins.distance(ways.union_all()).max() < recipe.network.snap_m
