"""A recipe's directories: locations become assets, services the place's own, once and linked."""

from __future__ import annotations

import json

import pytest
from pyproj import Transformer

from mobilise.build.weights import match_weights
from mobilise.cli import main
from mobilise.directory import Network, place_directory, search, sync_place
from mobilise.errors import InputError
from mobilise.exports import write_csv, write_geopackage
from mobilise.report.integration import Whose, place_integration, write_integration
from tests.build.conftest import SOUTH, WEST

DIRECTORY = """
[[assets]]
hsds = "services.json"
kind = { column = "term", map = { "Arts" = "arts" } }

[[assets]]
file = "gps.csv"
kind = "gp"
id = "id"
name = "name"
x = "x"
y = "y"
crs = "EPSG:27700"
capacity = "hours"

[postcodes]
file = "codes.csv"
"""


def located(x, y):
    longitude, latitude = Transformer.from_crs("EPSG:27700", "EPSG:4326", always_xy=True).transform(
        WEST + x, SOUTH + y
    )
    return {"id": f"at {x}", "latitude": latitude, "longitude": longitude}


def offered(number, name, x, y, **more):
    site = {"id": f"site {number}", "location": located(x, y)}
    owner = {"id": "trust", "name": "Studio Trust"}
    return {"id": str(number), "name": name, "status": "active", "organization": owner, **more} | {
        "service_at_locations": [site]
    }


@pytest.fixture
def listed(town):
    arts = {"attributes": [{"taxonomy_term": {"name": "Arts", "taxonomy": "T"}}]}
    feed = [
        offered(1, "Clay for beginners", 1500, 1500, **arts),
        offered(2, "Clay for carers", 1500, 1500, **arts),
        offered(3, "Far away", 90_000, 0, **arts),
        {
            "id": "4",
            "name": "Telephone friends",
            "status": "active",
            "description": "For lonely people.",
        },
        {"id": "5", "name": " "},
    ]
    (town.folder / "services.json").write_text(json.dumps({"contents": feed}), encoding="utf-8")
    gps = town.table("libraries").assign(id=["P1", "P2"], name=["West", "East"], hours=[900, 600])
    town.write("gps", gps)
    codes = gps.assign(postcode=["ZZ1 1AA", "ZZ1 1AB"], easting=gps["x"], northing=gps["y"])
    town.write("codes", codes)
    town.recipe = town.recipe.replace("[[indicators]]", DIRECTORY + "\n[[indicators]]", 1)
    return town


def test_a_feed_becomes_assets_and_services(listed):
    place = listed.build()
    assets = place.table("assets")
    (studio,) = assets[assets["kind"] == "arts"].itertuples()
    assert studio.name == "Studio Trust"
    services = place.table("services")
    assert set(services["name"]) == {"Clay for beginners", "Clay for carers", "Telephone friends"}
    assert (services["kind"].dropna() == "arts").all()
    told = " ".join(note["says"] for note in place.facts["notes"] if note["step"] == "directory")
    assert "1 of 5 records were left out" in told
    assert "1 services lie outside" in told
    assert (place.folder / "checks" / "directory_services-json.csv").is_file()
    assert len(place.table("postcodes")) == 2

    directory = place_directory(place)
    names = {one.name for one in search(directory, per_page=50).listings}
    libraries = {"Southwest Library", "Northeast Library"}
    assert names == {*services["name"], *libraries}  # the studio once, as its services
    clay = search(directory, "clay", postcode="zz11aa").listings
    assert {one.asset_id for one in clay} == {studio.asset_id}
    # 1 km east and 1 km north: 1414 m x 1.3 at 80 m a minute.
    assert clay[0].minutes == pytest.approx(1414.2 * 1.3 / 80, rel=0.002)
    assert sync_place(directory, place) == []
    directory.close()


def test_ids_stay_and_what_leaves_the_place_is_marked(listed):
    directory = place_directory(listed.build())
    before = {one.name: one.service_id for one in search(directory, per_page=50).listings}
    directory.close()
    listed.write("libraries", listed.table("libraries").tail(1))
    directory = place_directory(listed.build())
    after = {one.name: one.service_id for one in search(directory, per_page=50).listings}
    directory.close()
    assert after == {name: key for name, key in before.items() if name != "Southwest Library"}


def test_the_integration_map_of_a_practice_and_of_a_ward(listed, tmp_path):
    place = listed.build()
    directory = place_directory(place)
    (tmp_path / "lists.csv").write_text(
        "PRACTICE_CODE,LSOA_CODE,NUMBER_OF_PATIENTS\nP1,A11,60\nP1,A22,40\nP2,A33,9\n"
    )
    whose = Whose(("P1",), patients=tmp_path / "lists.csv")
    found = place_integration(place, directory, whose, minutes=15)
    assert (found.title, found.total) == ("West", 100)
    reached = found.services.set_index("name")["patients"].to_dict()
    assert reached == {"Southwest Library": 60, "Clay for beginners": 40, "Clay for carers": 40}
    page, services, _ = write_integration(place, found, tmp_path / "pages")
    text = page.read_text(encoding="utf-8")
    assert "What is there for the patients of West" in text
    assert "<svg" in text
    assert services.read_text(encoding="utf-8").count("\n") == 4
    ward = place_integration(place, directory, Whose(group=("ward", "Row 1")))
    assert ward.total == 600
    estimated = place_integration(place, directory, Whose(("P1", "P2")), minutes=15)
    assert "An estimate" in estimated.basis
    network = Network("U1", "Both", ("P1", "P2", "P9"))
    both = place_integration(place, directory, Whose(network=network), minutes=15)
    assert (both.title, both.total) == ("Both", estimated.total)
    assert both.basis.endswith("2 of the network's 3 practices are in the place; not counted: P9.")
    with pytest.raises(InputError, match="none of the practices of Away is in the place: P9"):
        place_integration(place, directory, Whose(network=Network("U2", "Away", ("P9",))))
    directory.close()


def test_a_place_for_other_programs(listed, tmp_path):
    import pyogrio

    place = listed.build()
    tables = {path.stem for path in write_csv(place, tmp_path / "csv")}
    assert tables == set(place.tables())
    assert "longitude" in (tmp_path / "csv" / "assets.csv").read_text().splitlines()[0]
    (package,) = write_geopackage(place, tmp_path)
    layers = {name for name, _ in pyogrio.list_layers(package)}
    assert layers == {"areas", "boundary", "assets", "entrances"}
    assert len(pyogrio.read_dataframe(package, layer="areas")) == 9


def test_residents_priorities_weigh_what_matches_and_are_told(town, listed, capsys):
    place = town.build(to="directory")
    rows = [("kind", "arts", 3), ("kind", "gp", 1)]
    ballots = "person,of,item,points\n" + "".join(
        f"R{person},{of},{item},{points}\n" for person in range(10) for of, item, points in rows
    )
    (town.folder / "ballots.csv").write_text(ballots, encoding="utf-8")
    assert match_weights(place.folder) == {"weights": {}, "kind_weights": {}}
    asked = [str(place.folder), str(town.folder / "ballots.csv"), "--round", "Spring"]
    assert main(["learn", "priorities", *asked]) == 0
    weights = match_weights(place.folder)
    assert weights["kind_weights"]["arts"] == 1.0
    assert weights["kind_weights"]["gp"] == pytest.approx(0.5 + 0.5 / 3)
    assert weights["kind_weights"]["museum"] == 0.5
    capsys.readouterr()
    for more, times in (([], 1), (["--unweighted"], 0)):
        assert main(["directory", "match", str(place.folder), "creative", *more]) == 0
        told = capsys.readouterr().out.split("Clay for beginners")[1].split("Clay for")[0]
        assert told.count("counts 1.00 by residents' weights") == times
    assert main(["directory", "match", str(place.folder), "creative", "--round", "Sprung"]) == 2
    assert "did you mean 'Spring'" in capsys.readouterr().err
