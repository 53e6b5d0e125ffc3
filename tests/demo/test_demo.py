"""The demonstration place holds what its story promises, and the same whenever it is written."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from itertools import pairwise
from typing import TYPE_CHECKING

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely
from rapidfuzz import fuzz
from scipy.stats import spearmanr

from mobilise.demo import write_demo
from mobilise.directory import network_of
from mobilise.errors import InputError
from mobilise.recipe import load_recipe
from mobilise.sources import columns_of, normalise_postcode

if TYPE_CHECKING:
    from pathlib import Path

METRES = "EPSG:32630"


class Town:
    """The files, read by geopandas and pandas alone."""

    def __init__(self, folder: Path) -> None:
        def on_map(name: str) -> gpd.GeoDataFrame:
            return gpd.read_file(folder / name).to_crs(METRES)

        self.folder = folder
        self.areas = on_map("areas.geojson")
        self.streets = gpd.read_parquet(folder / "streets.geoparquet").to_crs(METRES)
        self.green, self.gates = on_map("green.geojson"), on_map("access_points.geojson")
        self.culture, self.water = on_map("culture.geojson"), on_map("waterways.geojson")
        self.council = pd.read_csv(folder / "councils_list.csv")
        self.community = pd.read_csv(folder / "community.csv")
        self.health = pd.read_csv(folder / "health.csv")
        self.indicators = pd.read_csv(folder / "indicators.csv")

    @property
    def origins(self) -> gpd.GeoSeries:
        a = self.areas
        return gpd.GeoSeries.from_xy(a["centre_lon"], a["centre_lat"], crs=4326).to_crs(METRES)

    @property
    def river(self) -> shapely.Geometry:
        return self.water[self.water["form"] == "river"].union_all()

    def walkable(self) -> gpd.GeoDataFrame:
        s = self.streets
        return s[(s["highway"] != "motorway") & (s["access"] != "private")]

    def graph(self) -> nx.Graph:
        graph = nx.Graph()
        for line in self.walkable().geometry:
            points = [tuple(point) for point in np.round(line.coords, 1)]
            for a, b in pairwise(points):
                graph.add_edge(a, b, metres=np.hypot(a[0] - b[0], a[1] - b[1]))
        return graph


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return Town(write_demo(tmp_path_factory.mktemp("town")).parent)


@pytest.fixture(scope="module", params=[(12, 2026), (8, 1), (30, 7)], ids=str)
def cut(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Town:
    areas, seed = request.param
    return Town(write_demo(tmp_path_factory.mktemp("cut"), areas=areas, seed=seed).parent)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(tmp_path: Path):
    one, again, other = (
        write_demo(tmp_path / name, areas=12, seed=seed).parent
        for name, seed in (("one", 5), ("again", 5), ("other", 6))
    )
    names = sorted(path.relative_to(one) for path in one.rglob("*.*"))
    assert names == sorted(path.relative_to(again) for path in again.rglob("*.*"))
    for name in names:
        assert (one / name).read_bytes() == (again / name).read_bytes(), name
    assert (one / "areas.geojson").read_bytes() != (other / "areas.geojson").read_bytes()


@pytest.mark.parametrize("areas", [7, 2001, 0, -5])
def test_a_town_of_impossible_size_is_refused(tmp_path: Path, areas: int):
    with pytest.raises(InputError, match=f"areas = {areas}"):
        write_demo(tmp_path, areas=areas)


def test_the_recipe_is_valid_and_names_columns_that_are_there(town: Town):
    recipe = load_recipe(town.folder / "recipe.toml")
    assert recipe.place.synthetic
    assert recipe.network.ways == (town.folder / "streets.geoparquet").resolve()
    tables = [recipe.areas, *recipe.assets, *recipe.indicators]
    for table in tables:
        columns = columns_of(table.file)
        keys = ["id", "x", "y", "capacity", "updated", "value", "lower", "upper"]
        keys += [] if table in recipe.indicators else ["name"]  # theirs is a title
        named = [getattr(table, key, None) for key in keys]
        named += list(table.where.columns) if table.where else []
        assert [column for column in named if column and column not in columns] == []


def test_every_source_says_that_it_was_invented(town: Town):
    recipe = load_recipe(town.folder / "recipe.toml")
    entrances = [one.entrances for one in recipe.assets if one.entrances]
    sources = [recipe.areas, recipe.network, *recipe.assets, *entrances, *recipe.indicators]
    sources.append(recipe.postcodes)
    for source in sources:
        assert source.publisher == "invented"
        assert source.licence == "CC0 (generated)"
        assert source.title
        assert source.year
    assert "synthetic" in recipe.place.name


def test_postcodes_lie_in_their_areas_and_in_no_real_district(town: Town):
    _check_postcodes(town)


def test_postcodes_of_small_cuts(cut: Town):
    _check_postcodes(cut)


def _check_postcodes(town: Town) -> None:
    table = pd.read_csv(town.folder / "postcodes.csv")
    assert table["postcode"].is_unique
    assert [normalise_postcode(code) for code in table["postcode"]] == table["postcode"].tolist()
    assert table["postcode"].str.startswith("ZZ").all()
    points = gpd.GeoSeries.from_xy(table["longitude"], table["latitude"], crs=4326).to_crs(METRES)
    found = gpd.sjoin(gpd.GeoDataFrame(table, geometry=points), town.areas[["code", "geometry"]])
    assert len(found) == len(table)  # each in one area
    shared = found.groupby(found["postcode"].str[:-1])["code"].nunique()
    assert set(shared) == {1}  # all but the last letter: the same area
    assert set(found["code"]) == set(town.areas["code"])  # everybody has one


def test_every_practice_is_in_one_invented_network(town: Town):
    path = town.folder / "networks.csv"
    assert pd.read_csv(path)["PCN Name"].str.contains("(invented)", regex=False).all()
    sides = [network_of(path, code) for code in ("ZZ0001", "ZZ0002")]
    named = [code for side in sides for code in side.practices]
    practices = town.health[town.health["type"] == "GP practice"].set_index("code")
    assert sorted(named) == sorted(practices.index)
    west, east = (practices.loc[list(side.practices), "longitude"] for side in sides)
    assert west.max() < east.min()


def test_the_kinds_of_the_map_are_in_the_files(town: Town):
    recipe = load_recipe(town.folder / "recipe.toml")
    for source in recipe.assets:
        if isinstance(source.kind, str):
            continue
        table = pd.DataFrame(
            gpd.read_file(source.file)
            if source.file.suffix == ".geojson"
            else pd.read_csv(source.file)
        )
        assert set(source.kind.map) <= set(table[source.kind.column])


def test_a_hundred_areas_and_about_three_hundred_assets(town: Town):
    assert len(town.areas) == 100
    lists = (town.council, town.community, town.culture, town.health, town.green, town.water)
    assert 270 <= sum(len(table) for table in lists) <= 330


def test_areas_tile_the_town(town: Town):
    _check_tiles(town)


def test_areas_of_small_cuts_tile_the_town(cut: Town):
    _check_tiles(cut)


def _check_tiles(town: Town) -> None:
    shapes = town.areas.geometry
    assert shapes.is_valid.all()
    whole = shapes.union_all()
    assert shapes.area.sum() == pytest.approx(whole.area, abs=1)  # m²: no overlap
    assert whole.geom_type == "Polygon"  # in one piece,
    assert sum(shapely.Polygon(ring).area for ring in whole.interiors) < 1  # without holes
    assert town.areas["code"].is_unique
    assert town.areas["name"].is_unique
    assert town.areas["residents"].between(900, 2900).all()
    assert town.areas["income_deprived"].between(0, 0.5).all()


def test_streets_connect(town: Town):
    _check_streets(town)


def test_streets_of_small_cuts_connect(cut: Town):
    _check_streets(cut)


def _check_streets(town: Town) -> None:
    graph = town.graph()
    largest = max(nx.connected_components(graph), key=len)
    segments = graph.subgraph(largest).number_of_edges()
    assert segments / graph.number_of_edges() > 0.95
    on_foot = town.walkable().union_all()
    assert town.origins.distance(on_foot).max() < 500


def test_the_river_is_crossed_on_bridges_only(town: Town):
    crossing = town.walkable()[town.walkable().crosses(town.river)]
    assert (crossing["bridge"] == "yes").all()
    assert len(crossing) == 3


def test_ways_that_may_not_be_walked_are_there_to_be_left_out(town: Town):
    assert (town.streets["highway"] == "motorway").sum() == 1
    assert (town.streets["access"] == "private").any()
    assert (town.streets["highway"] == "steps").any()


def test_the_estate_is_near_a_library_on_the_map_and_far_on_foot(town: Town):
    graph = town.graph()
    nodes = np.array(graph.nodes)
    tree = shapely.STRtree(shapely.points(nodes))
    libraries = town.council[(town.council["type"] == "library") & town.council["closed"].isna()]
    places = gpd.GeoSeries.from_xy(libraries["longitude"], libraries["latitude"], crs=4326)
    places = places.to_crs(METRES)
    doors = {tuple(nodes[i]) for i in tree.nearest(places.to_numpy())}
    on_foot = nx.multi_source_dijkstra_path_length(graph, doors, weight="metres")
    walk = np.array([on_foot[tuple(nodes[i])] for i in tree.nearest(town.origins.to_numpy())])
    straight = np.array([places.distance(origin).min() for origin in town.origins])
    estate = (town.areas["ward"] == "Dunmarsh").to_numpy()
    assert estate.any()
    assert walk[estate].mean() > 2 * walk[~estate].mean()
    assert (walk - straight)[estate].mean() > 2 * (walk - straight)[~estate].mean()
    assert town.areas.loc[estate, "income_deprived"].mean() > 0.35


def test_health_worsens_with_deprivation(town: Town):
    deprived = (
        town.areas.assign(poor=town.areas["income_deprived"] * town.areas["residents"])
        .groupby("neighbourhood")[["poor", "residents"]]
        .sum()
        .eval("poor / residents")
    )
    life = town.indicators[town.indicators["indicator"] == "Life expectancy at birth"]
    for sex in ("Males", "Females"):
        years = life[life["sex"] == sex].set_index("code")["value"]
        assert set(years.index) == set(deprived.index)
        assert spearmanr(years, deprived[years.index]).statistic < -0.7
        assert years.between(68, 92).all()
    lonely = town.indicators[town.indicators["geography"] == "area"].set_index("code")
    poor = town.areas.set_index("code")["income_deprived"]
    assert spearmanr(lonely["value"], poor[lonely.index]).statistic > 0.4


def test_values_lie_between_their_limits(town: Town):
    limits = town.indicators
    assert (limits["lower95"] < limits["value"]).all()
    assert (limits["value"] < limits["upper95"]).all()


def test_green_spaces_have_entrances_at_their_edge(town: Town):
    assert set(town.gates["green_id"]) == set(town.green["id"])
    edges = town.green.set_index("id").geometry.boundary
    away = town.gates.distance(gpd.GeoSeries(edges[town.gates["green_id"]].to_numpy(), crs=METRES))
    assert away.max() < 0.5


def test_culture_favours_the_better_off_and_community_the_poorer(town: Town):
    def mean_deprivation(places: gpd.GeoSeries) -> float:
        points = gpd.GeoDataFrame(geometry=places.to_crs(METRES))
        return float(points.sjoin(town.areas)["income_deprived"].mean())

    groups = town.community.dropna(subset="latitude")
    groups = groups[groups["category"] == "Group or charity"]
    community = gpd.GeoSeries.from_xy(groups["longitude"], groups["latitude"], crs=4326)
    arts = town.culture[town.culture["type"].isin(["museum", "gallery", "arts"])].geometry
    everyone = float(np.average(town.areas["income_deprived"], weights=town.areas["residents"]))
    assert mean_deprivation(arts) < everyone < mean_deprivation(community)


def test_the_community_list_repeats_places_of_other_lists_under_other_names(town: Town):
    again = town.community[town.community["category"] != "Group or charity"]
    others = pd.concat([town.council["name"], town.culture["name"]])
    assert len(again) == 11
    assert not again["name"].isin(others).any()
    points = gpd.GeoSeries.from_xy(again["longitude"], again["latitude"], crs=4326).to_crs(METRES)
    council = gpd.GeoSeries.from_xy(town.council["longitude"], town.council["latitude"], crs=4326)
    all_others = pd.concat([council.to_crs(METRES), town.culture.geometry])
    away = []
    for name, point in zip(again["name"], points, strict=True):
        alike = np.array([fuzz.ratio(name, other) > 70 for other in others])
        away.append(all_others[alike].distance(point).min())
    away.sort()
    assert away[-3] < 80  # metres
    assert 120 < away[-2] <= away[-1] < 250  # these two only a person can tell


def test_lists_are_no_cleaner_than_real_ones(town: Town):
    assert town.community["latitude"].isna().sum() == 1
    assert town.council["closed"].notna().sum() == 1
    assert (town.council["type"] == "mobile library").sum() == 1


def test_the_town_lies_in_the_sea(town: Town):
    west, south, east, north = town.areas.to_crs(4326).total_bounds
    assert -1.0 < west < east < 0.0  # the coast of Northumberland is west of 1.4° W here
    assert 55.0 < south < north < 55.5


def test_no_ward_has_the_name_of_a_real_one(shared: Path):
    names = pd.read_parquet(
        shared / "data" / "england" / "lsoa21_imd2025.parquet",
        columns=["ward24_name", "ltla24_name", "msoa21_name"],
    )
    real = {
        word.strip(",")
        for column in names
        for name in names[column].dropna().unique()
        for word in name.split()
    }
    text = files("mobilise.demo").joinpath("names.toml").read_text(encoding="utf-8")
    words = tomllib.loads(text)
    assert [ward for ward in [words["town"], *words["wards"]] if ward in real] == []
