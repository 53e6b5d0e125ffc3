"""The map: its table says what the tables of the place say, and every address can be shared."""

from __future__ import annotations

import csv
import gzip
import io

import geopandas as gpd
import numpy as np
import pytest

from mobilise.web.cards import card_of
from mobilise.web.layers import DEPRIVATION
from mobilise.web.maptable import Ask, rows_of
from mobilise.web.shading import against_deprivation, shading
from mobilise.web.walks import walks_from


@pytest.fixture(scope="module")
def reach(town):
    table = town.table("reach")
    return table[(table["kind"] == "library") & table["group"].isna()]


def test_a_layer_is_the_column_of_the_table_reach(client, reach):
    answer = client.get("/map/layer.json?layer=nearest.library").json()
    nearest = reach[reach["measure"] == "nearest"].set_index("area_id")["value"]
    assert answer["unit"] == "minutes"
    assert answer["values"] == pytest.approx(nearest.round(4).to_dict(), abs=1e-3)


def test_the_csv_has_every_area_with_unit_and_source(client, town):
    text = client.get("/map/layer.csv?layer=count.library.15").text
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["area_id"] for row in rows] == town.table("areas")["area_id"].tolist()
    assert {row["unit"] for row in rows} == {"assets"}
    assert all(row["source"].startswith("Source: ") for row in rows)


@pytest.mark.parametrize("sort", ["name", "value", "people", "fifth"])
def test_the_table_holds_every_area_once_in_order(site, sort):
    layer = site.layers["nearest.library"]
    seen = []
    for number in range(1, 5):
        seen += rows_of(site, layer, Ask(sort=sort, down=sort != "name", page=number)).cells
    assert sorted(cell[0] for cell in seen) == sorted(site.rows)
    order = [site.rows[cell[0]] for cell in seen]
    keys = {
        "value": -site.values(layer.id)[order],
        "people": -site.people[order],
        "name": site.by_name[order],
        "fifth": -site.areas["deprivation_quintile"].to_numpy(dtype=float)[order],
    }
    assert (np.diff(keys[sort]) >= 0).all()


def test_a_search_finds_by_a_part_of_the_name_or_the_code(site):
    layer = site.layers["nearest.library"]
    assert rows_of(site, layer, Ask(q="WX0004")).found == 1
    found = rows_of(site, layer, Ask(q="dunm"))
    assert {cell[1].split()[0] for cell in found.cells} == {"Dunmarsh"}


def test_every_value_is_in_the_class_that_its_legend_says(site):
    for layer in site.layers.values():
        values = site.values(layer.id)
        made = shading(layer, values)
        assert len(made.colours) == len(made.labels) <= 5
        assert ((made.classes < 0) == np.isnan(values)).all()
        order = np.argsort(np.where(np.isnan(values), -np.inf, values), kind="stable")
        steps = np.diff(made.classes[order][np.isnan(values).sum() :])
        assert (steps <= 0).all() if layer.id == DEPRIVATION else (steps >= 0).all()


def test_thirds_against_deprivation_are_what_they_say():
    values, deprivation = np.arange(9.0), np.array([0, 0, 0, 1, 1, 1, 2, 2, np.nan])
    layer = type("L", (), {"unit": "minutes", "label": "Walk"})()
    made = against_deprivation(layer, values, deprivation)
    assert made.classes.tolist() == [0, 0, 0, 4, 4, 4, 8, 8, -1]
    assert made.labels[8] == "Highest third of minutes, most deprived third"


def test_the_tiles_hold_each_area_under_its_row(site, town, tmp_path):
    tiles, covers = site.tiles
    lowest = {key: tile for key, tile in tiles.items() if key[0] == covers["minzoom"]}
    rows = set()
    for (zoom, column, row), tile in lowest.items():
        path = tmp_path / f"{zoom}-{column}-{row}.pbf"
        path.write_bytes(gzip.decompress(tile))
        rows |= set(gpd.read_file(path, layer="areas")["i"])
    assert rows == set(range(len(town.table("areas"))))


def test_a_tile_is_sent_packed_and_an_empty_one_is_empty(client, site):
    zoom, column, row = next(iter(site.tiles[0]))
    found = client.get(f"/map/tiles/{zoom}/{column}/{row}.pbf")
    assert found.headers["content-encoding"] == "gzip"
    assert client.get(f"/map/tiles/{zoom}/0/0.pbf").status_code == 204


def test_a_map_without_javascript_is_a_picture_and_a_table(client):
    page = client.get("/map?layer=count.park.15").text
    assert '<img src="/map/picture/count.park.15.svg"' in page
    assert client.get("/map/picture/count.park.15.svg").text.startswith("<svg ")
    assert client.get("/map?layer=nothing").status_code == 404
    assert client.get("/map/picture/..%2f..%2fplace.svg").status_code == 404


def test_a_report_card_sets_an_area_beside_the_place_and_areas_like_it(site, client):
    row = site.rows["WX0004"]
    card = card_of(site, row)
    line = next(one for one in card.lines if one.layer.id == "nearest.library")
    values, people = site.values("nearest.library"), site.people
    assert line.here == f"{values[row]:.1f} minutes"
    assert line.place == f"{np.average(values, weights=people):.1f} minutes"
    alike = (site.areas["deprivation_quintile"] == card.fifth).to_numpy(dtype=bool)
    assert line.alike == f"{np.average(values[alike], weights=people[alike]):.1f} minutes"
    assert client.get("/areas/WX0004").status_code == 200
    assert client.get("/areas/NOWHERE").status_code == 404


def test_walks_from_a_library_are_the_walks_to_it(site):
    library = site.doors[site.doors["kind"] == "library"].iloc[0]
    walks = walks_from(site, library["lat"], library["lon"])
    nearest = site.values("nearest.library")
    close = np.isfinite(walks.minutes)
    assert (walks.minutes[close] >= nearest[close] - 0.05).all()
    served = nearest < 10
    assert (np.abs(walks.minutes - nearest)[served] < 0.05).any()
    assert walks.people[15] == site.people[walks.minutes <= 15].sum()
    assert walks.kinds["Libraries"][0].minutes < 0.2


def test_a_point_elsewhere_is_refused_in_a_sentence(client):
    answer = client.get("/walks?lat=51.5&lon=-0.1")
    assert answer.status_code == 422
    assert "is not in Wexmere" in answer.text
    assert client.get("/walks?lat=north&lon=0").status_code == 422
