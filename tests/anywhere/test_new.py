"""A place by its name, from a server that answers as the publishers do."""

from __future__ import annotations

import json
import re

import pandas as pd
import pytest

from mobilise.anywhere import Ask, list_members, new_place, update_place
from mobilise.anywhere.changes import made_text
from mobilise.errors import InputError, SourceUnreachable
from mobilise.recipe import load_recipe
from mobilise.sources.publishers import load_registry
from tests.anywhere.publishers import PAGE, File

SOURCES = load_registry("england").sources


@pytest.fixture
def new(tmp_path, registry, web, store):
    def make(ask=None, folder="wigan", **options):
        ask = ask or Ask(level="district", member="Wigan")
        command = "mobilise new wigan --district Wigan"
        options = {"command": command, "country": str(registry), **options}
        return new_place(tmp_path / folder, ask, web, store, **options)

    return make


def data(made, name):
    return pd.read_parquet(made.recipe.parent / "data" / f"{name}.parquet")


def test_everything_comes_and_the_recipe_is_valid_as_it_stands(new):
    made = new()
    assert made.name == "Wigan"
    assert (made.areas, made.neighbours) == (9, 9)
    assert made.missing == {}
    recipe = load_recipe(made.recipe)
    assert recipe.place.name == "Wigan"
    kinds = [a.kind if isinstance(a.kind, str) else None for a in recipe.assets]
    assert kinds == ["library", "museum", None, "waterway", "gp", None]
    assert recipe.network.osm is not None
    assert all(a.beyond for a in recipe.assets)
    assert all(a.licence and a.attribution and a.publisher for a in recipe.assets)
    assert "MISSING" not in made.recipe.read_text(encoding="utf-8")


def test_each_source_is_cut_to_the_place_and_what_is_near(new):
    made = new()
    libraries = data(made, "libraries")
    assert libraries["name"].tolist() == ["Wigan Library", "Closed Library", "Bolton Library"]
    assert made.ledger.lines["libraries"].lost == 1  # the one with no postcode, not the far one
    assert data(made, "museums")["museum_id"].tolist() == ["mm.1", "mm.2"]
    areas = data(made, "areas").set_index("LSOA21CD")["around"]
    assert (areas == "yes").sum() == 9
    assert len(data(made, "deprivation")) == 18  # all there is: its deciles are the country's
    life = data(made, "life_expectancy")
    assert set(life["Time period"]) == {"2019 - 23"}
    assert "ZE1 0AA" not in set(data(made, "postcodes")["postcode"])
    assert data(made, "list_sizes")["NUMBER_OF_PATIENTS"].tolist() == [5000, 7000]


def test_where_people_live_is_as_the_publisher_has_it_to_a_decimetre(new, tables):
    found = data(new(), "centroids").set_index("LSOA21CD")
    assert found.loc["E01000000", ["origin_x", "origin_y"]].tolist() == [358_500.0, 405_500.0]


def test_the_smallest_extract_that_covers_the_place_is_taken(new, server):
    new()
    assert len(server.asked("https://download.geofabrik.de/europe/north-west-latest.osm.pbf")) == 1
    assert server.asked("https://download.geofabrik.de/europe/england-latest.osm.pbf") == []


@pytest.mark.parametrize(
    ("ask", "name", "areas"),
    [
        (Ask(level="district", member="e08000010"), "Wigan", 9),
        (Ask(level="ward", member="Wigan North"), "Wigan North", 3),
        (Ask(level="ward", member="E0500100"), None, 0),
        (Ask(level="icb", member="NHS made-up integrated care board"), None, 18),
        (Ask(level="county", member="Boltonshire"), "Boltonshire", 9),
        (Ask(postcode="wn11aa", km=1.2), "1.2 km around WN1 1AA", 3),
    ],
)
def test_a_place_is_named_in_many_ways(new, ask, name, areas):
    if areas == 0:
        with pytest.raises(
            InputError, match=r"there is no ward 'E0500100' .*; did you mean 'E0500"
        ):
            new(ask)
        return
    made = new(ask)
    assert made.areas == areas
    assert name is None or made.name == name


def test_a_place_may_be_an_outline(new, tmp_path):
    import geopandas as gpd
    import shapely

    path = tmp_path / "river_side.geojson"
    outline = gpd.GeoSeries([shapely.box(358_000, 405_000, 359_900, 405_900)], crs=27700)
    outline.to_crs(4326).to_file(path)
    made = new(Ask(polygon=path))
    assert (made.name, made.areas) == ("River Side", 2)


def test_wards_of_one_name_are_told_apart_by_code(new):
    with pytest.raises(InputError, match=r"2 wards named 'Central': .* E05000100; E05001100"):
        new(Ask(level="ward", member="Central"))


def test_no_such_place_is_one_sentence_and_writes_nothing(new, tmp_path):
    with pytest.raises(InputError, match=r"there is no district 'Wigam' .*; did you mean 'Wigan'"):
        new(Ask(level="district", member="Wigam"))
    assert not (tmp_path / "wigan").exists()


def test_names_are_listed(web, store, registry):
    found = list_members("district", web, store, country=str(registry))
    assert found == [("E08000011", "Bolton"), ("E08000010", "Wigan")]


def test_the_second_place_needs_no_further_request_but_its_own_outlines(new, server):
    new()
    before = len(server.seen)
    new(Ask(level="district", member="Bolton"), folder="bolton")
    later = server.seen[before:]
    soon = server.path(SOURCES["list_sizes"].address) + "/january-2027"  # not out yet
    assert {s.path for s in later} <= {server.path(SOURCES["boundaries"].address) + "/query", soon}


def test_what_fails_is_marked_and_the_rest_goes_on(new, server, said):
    del server.files[server.path(SOURCES["museums"].address)]
    server.put(SOURCES["deprivation"].address, PAGE)
    made = new()
    assert sorted(made.missing) == ["deprivation", "museums"]
    text = made.recipe.read_text(encoding="utf-8")
    recipe = load_recipe(made.recipe)
    assert recipe.areas.deprivation is None
    assert recipe.areas.population == "Total"
    assert "# MISSING: Mapping Museums" in text
    assert '# kind = "museum"' in text
    last = recipe.assets[-1]
    assert "museum" in (last.kinds or ())  # OpenStreetMap stands in
    screen = made_text(made, "wigan/recipe.toml")
    assert "2 sources are MISSING, and marked so in the recipe:" in screen
    assert "has moved or is gone, status 404" in screen
    assert "a web page came back instead of .csv" in screen
    assert any(line.startswith("MISSING: Mapping Museums") for line in said)


def test_another_source_stands_in_and_the_recipe_says_so(new, server):
    del server.files[server.path(SOURCES["population"].address)]
    csv = b"name,type,postcode,year_closed,hours_open_per_week\nOther,Static Library,WN1 1AA,,5\n"
    server.put(SOURCES["libraries"].address, b"<html>no file here</html>", kind="text/html")
    server.put(SOURCES["libraries_enhanced"].address, csv)
    made = new()
    recipe = load_recipe(made.recipe)
    assert recipe.areas.population == "Total population: mid 2022"
    assert recipe.assets[0].publisher == "Arts Council England, by Libraries Hacked"
    assert "# NOTE: Basic dataset for libraries" in made.recipe.read_text(encoding="utf-8")
    assert sorted(made.missing) == ["population"]


def test_a_table_that_would_be_joined_is_marked_where_it_is_missing(new, server):
    for name in ("population", "deprivation"):
        del server.files[server.path(SOURCES[name].address)]
    del server.layers[server.path(SOURCES["icbs"].address)]
    del server.files[server.path(SOURCES["list_sizes"].address)]
    made = new()
    text = " ".join(made.recipe.read_text(encoding="utf-8").replace("#", " ").split())
    for name in ("population", "deprivation", "icbs", "list_sizes"):
        assert f"MISSING: {SOURCES[name].title}" in text
    assert "population: left out, for want of the source that has it." in text
    assert "NUMBER_OF_PATIENTS" not in text


def test_a_sign_in_page_in_place_of_a_page_is_forgotten(new, server):
    server.fail(SOURCES["libraries"].address, body=PAGE)
    first, second = new(), new(folder="again")
    assert "if your network asks you to sign in" in (first.missing["libraries"].why or "")
    assert second.missing == {}


def test_without_postcodes_what_is_cut_by_them_is_missing_too(new, server):
    del server.files[server.path(SOURCES["postcodes"].address)]
    made = new()
    assert sorted(made.missing) == ["gps", "libraries", "postcodes"]
    assert "table of postcodes could not be had" in (made.missing["gps"].why or "")


def test_a_changed_column_is_named(new, server, tables):
    frame = tables.museums.rename(columns={"museum_name": "title"})
    server.put(SOURCES["museums"].address, frame.to_csv(index=False).encode())
    made = new()
    why = made.missing["museums"].why or ""
    assert "the publisher has changed the table: no column 'museum_name'" in why


def test_words_that_the_recipe_no_longer_finds_are_told_and_are_no_zero(new, server, tables):
    frame = tables.museums.assign(year_closed="still open")
    server.put(SOURCES["museums"].address, frame.to_csv(index=False).encode())
    made = new()
    assert "none of its 3 rows fits \"year_closed == '9999:9999'\"" in (
        made.missing["museums"].why or ""
    )
    assert "museum" in (load_recipe(made.recipe).assets[-1].kinds or ())  # OpenStreetMap stands in


def test_a_service_that_repeats_its_rows_gives_each_area_once(new, server):
    layer = server.layers[server.path(SOURCES["msoas"].address)]
    layer.heeds_distinct = False
    assert len(data(new(), "msoas")) == 18


def test_a_layer_that_has_lost_a_field_is_named(new, server):
    layer = server.layers[server.path(SOURCES["icbs"].address)]
    layer.rows = [{k: v for k, v in row.items() if k != "ICB24NM"} for row in layer.rows]
    made = new()
    assert sorted(made.missing) == ["icbs"]
    groups = load_recipe(made.recipe).areas.groups
    assert sorted(groups) == ["district", "msoa", "ward"]


def test_rows_with_another_number_of_columns_are_refused(new, server):
    address = SOURCES["gps"].address.split("?")[0]
    server.put(address, b'"P1","Surgery","WN1 1AA"\n')
    assert "have 3 columns where the registry knows 27" in (new().missing["gps"].why or "")


def test_a_download_whose_hash_differs_is_refused(new, server):
    server.put("https://omseprd1stdstordownload.blob.core.windows.net/OpenRivers.zip", b"PK other")
    assert "not the file that was announced" in (new().missing["rivers"].why or "")


def test_what_lies_nowhere_near_is_no_source_of_the_place(new, server, tables):
    far = tables.museums[tables.museums["museum_id"] == "mm.3"]
    server.put(SOURCES["museums"].address, far.to_csv(index=False).encode())
    made = new()
    assert made.missing == {}
    assert "# NONE HERE: nothing of 'Mapping Museums" in made.recipe.read_text(encoding="utf-8")
    load_recipe(made.recipe)


def test_without_its_areas_there_is_no_place(new, server, tmp_path):
    del server.layers[server.path(SOURCES["areas"].address)]
    with pytest.raises(SourceUnreachable, match=r"LSOA \(2021\).*has moved or is gone"):
        new()
    assert not (tmp_path / "wigan").exists()


def test_without_boundaries_the_points_stand_in(new, server):
    del server.layers[server.path(SOURCES["boundaries"].address)]
    made = new()
    assert sorted(made.missing) == ["boundaries"]
    assert len(server.asked(SOURCES["boundaries"].address)) == 1  # not asked for the country's
    assert load_recipe(made.recipe).areas.x == "origin_x"


def test_charities_come_only_when_asked_for(new):
    plain = new()
    assert "Not fetched unless asked for: --with charities" in plain.recipe.read_text("utf-8")
    made = new(folder="more", extras=["charities"])
    assert data(made, "charities")["charity_name"].tolist() == ["Friends of the Pier"]
    assert len(load_recipe(made.recipe).assets) == len(load_recipe(plain.recipe).assets) + 1


def test_a_recipe_that_is_there_is_not_touched(new, tmp_path):
    new()
    before = (tmp_path / "wigan" / "recipe.toml").read_bytes()
    with pytest.raises(InputError, match="'mobilise update"):
        new()
    assert (tmp_path / "wigan" / "recipe.toml").read_bytes() == before


def test_an_unknown_extra_is_one_sentence(new):
    with pytest.raises(InputError, match="--with theatres: the registry has no such source"):
        new(extras=["theatres"])


def test_the_same_publishers_give_the_same_bytes(new):
    one, two = new(), new(folder="again")
    for path in sorted((one.recipe.parent / "data").iterdir()):
        assert path.read_bytes() == (two.recipe.parent / "data" / path.name).read_bytes(), path.name
    first = one.recipe.read_text("utf-8").replace("out/wigan", "out/again")
    assert first == two.recipe.read_text("utf-8")


def test_what_is_published_without_a_year_has_the_day_on_which_it_came(new):
    recipe = load_recipe(new().recipe)
    assert recipe.areas.year == "2024"
    assert re.fullmatch(r"current release, fetched \d{4}-\d\d-\d\d", recipe.postcodes.year)


def test_the_ledger_says_where_everything_came_from(new):
    made = new()
    said = json.loads((made.recipe.parent / "sources.json").read_text("utf-8"))
    line = said["lines"]["rivers"]
    assert line["rows"] == 1
    assert line["came_from"][0]["address"].endswith("/OpenRivers.zip")
    assert len(line["came_from"][0]["sha256"]) == 64
    assert said["asked"] == {"level": "district", "member": "Wigan"}


def feed_of(server, *names):
    """Serve a directory of one service a page, and return its address."""
    feed = "https://feed.example/o/OpenReferral/v3"

    def page(query):
        number = int(query["page"])
        service = {
            "id": f"s{number}",
            "name": names[number - 1],
            "status": "active",
            "contacts": [],
        }
        body = {"page_number": number, "total_pages": len(names), "contents": [service]}
        return File(json.dumps(body).encode(), "application/json", etag=None)

    server.answers[server.path(f"{feed}/services")] = page
    return server.local(feed)


def test_a_feed_of_services_joins_the_recipe(new, server):
    feed = feed_of(server, "Choir", "Knitting", "Walks")
    made = new(feeds=[feed])
    folder = made.recipe.parent / "data" / "feed_1"
    assert len(list(folder.glob("page-*.json"))) == 3
    assert made.ledger.lines["feed_1"].rows == 3
    last = load_recipe(made.recipe).assets[-1]
    assert (last.hsds, last.kind, last.link) == (folder.resolve(), "community", feed)


def test_a_feed_that_fails_later_keeps_the_services_of_before(new, server, web, store):
    made = new(feeds=[feed_of(server, "Choir", "Knitting")])
    del server.answers[server.path("https://feed.example/o/OpenReferral/v3/services")]
    later = update_place(made.recipe.parent, web, store)
    assert later.ledger.lines["feed_1"].rows == 2
    assert "status 404" in (later.ledger.lines["feed_1"].why or "")
    assert load_recipe(later.recipe).assets[-1].hsds is not None


def test_a_feed_that_is_no_feed_is_missing(new, server):
    server.put("https://feed.example/services", b'{"hello": "world"}')
    made = new(feeds=[server.local("https://feed.example")])
    assert "no list of services" in (made.missing["feed_1"].why or "")
