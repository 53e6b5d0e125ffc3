"""Another country is another file: hexagons of a made-up land, in plain CSV, and no line of code."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mobilise.anywhere import Ask, list_members, new_place
from mobilise.build import build_place
from mobilise.errors import RecipeError
from mobilise.recipe import load_recipe
from mobilise.sources.publishers import load_registry
from tests.anywhere.publishers import Publishers

REGISTRY = """
[country]
name = "Hexland"
crs = "EPSG:32633"
area = "hexagons"
areas = "hexagons"
id = "hex"
area_name = "label"
points = "hexagons"
points_id = "hex"
points_x = "east"
points_y = "north"
points_crs = "EPSG:32633"

[levels.canton]
title = "canton"
source = "hexagons"
code = "canton_no"
name = "canton"
id = "hex"

[sources.hexagons]
title = "Hexagon gazetteer"
publisher = "Bureau of Hexagons"
licence = "CC0"
attribution = "Data: Bureau of Hexagons"
link = "https://hex.example"
year = "2025"
protocol = "file"
address = "https://hex.example/gazetteer.csv"
ending = ".csv"
cut = { areas = "hex" }

[sources.reading_rooms]
title = "Reading rooms"
publisher = "Guild of Readers"
licence = "CC BY"
link = "https://hex.example/rooms"
year = "2025"
protocol = "file"
address = "https://hex.example/rooms.csv"
ending = ".csv"
cut = { x = "lon", y = "lat" }

[sources.fevers]
title = "Fevers of the old hexagons"
publisher = "Board of Fevers"
licence = "CC0"
link = "https://hex.example/fevers"
year = "2015"
protocol = "file"
address = "https://hex.example/fevers.csv"
ending = ".csv"

[sources.old_to_new]
title = "Old to new hexagons"
publisher = "Bureau of Hexagons"
licence = "CC0"
link = "https://hex.example/bridge"
year = "2025"
protocol = "file"
address = "https://hex.example/bridge.csv"
ending = ".csv"

[recipe.areas]
source = "hexagons"
id = "hex"
name = "label"
x = "origin_x"
y = "origin_y"
crs = "EPSG:32633"
around = "around == 'yes'"
population = "souls"
deprivation = { column = "want", higher = "worse", among = "place" }

[[recipe.assets]]
source = "reading_rooms"
kind = "library"
name = "room"
x = "lon"
y = "lat"

[[recipe.indicators]]
source = "fevers"
name = "Fevers"
id = "hex"
value = "rate"
unit = "per 100 souls"
higher = "worse"
bridge = { source = "old_to_new", old = "before", new = "now", weight = "souls" }

[[recipe.reach]]
kinds = ["library"]
measures = ["nearest", "count"]
minutes = [15]

[recipe.report]
formats = ["html"]
"""


@pytest.fixture
def hexland(tmp_path):
    """Serve a land of forty hexagons in four cantons, and return its registry."""
    server = Publishers()
    n = np.arange(40)
    x, y = 500_000.0 + 800 * (n % 10), 5_500_000.0 + 800 * (n // 10)
    gazetteer = pd.DataFrame(
        {
            "hex": [f"H{i:02d}" for i in n],
            "label": [f"Hexagon {i}" for i in n],
            "canton_no": n % 10 // 5 + 1,
            "canton": np.where(n % 10 < 5, "Westermark", "Ostermark"),
            "east": x,
            "north": y,
            "souls": 100 + n,
            "want": 40 - n,
        }
    )
    server.put("https://hex.example/gazetteer.csv", gazetteer.to_csv(index=False).encode())
    rooms = b"room,lon,lat\nOld Room,15.01,49.66\nFar Room,20.0,40.0\n"
    server.put("https://hex.example/rooms.csv", rooms)
    before = [f"O{i:02d}" for i in n]
    bridge = pd.DataFrame({"before": before, "now": gazetteer["hex"], "souls": 100})
    bridge.loc[1, "now"] = "H00"  # merged: O00 and O01 are H00 now, and H01 was O02, which is split
    bridge = pd.concat([bridge, pd.DataFrame({"before": ["O02"], "now": ["H01"], "souls": [100]})])
    server.put("https://hex.example/bridge.csv", bridge.to_csv(index=False).encode())
    fevers = pd.DataFrame({"hex": before, "rate": n.astype(float)})
    server.put("https://hex.example/fevers.csv", fevers.to_csv(index=False).encode())
    path = tmp_path / "hexland.toml"
    path.write_text(server.local(REGISTRY), encoding="utf-8")
    yield str(path)
    server.stop()


def test_a_canton_of_hexagons_builds_to_a_report(hexland, tmp_path, web, store):
    assert list_members("canton", web, store, country=hexland) == [
        ("2", "Ostermark"),
        ("1", "Westermark"),
    ]
    ask = Ask(level="canton", member="Westermark")
    made = new_place(tmp_path / "west", ask, web, store, country=hexland)
    assert (made.areas, made.missing) == (20, {})
    assert "Places are made of hexagons." in made.recipe.read_text("utf-8")
    place = build_place(load_recipe(made.recipe, out=tmp_path / "out"))
    assert len(place.table("areas")) == 20
    assert len(place.table("around")) == made.neighbours > 0
    fevers = place.table("indicators").set_index("area_id")["value"]
    assert fevers[["H00", "H01", "H02", "H03"]].tolist() == [0.5, 2.0, 2.0, 3.0]
    assert (tmp_path / "out" / "report" / "index.html").is_file()


def test_nothing_in_the_code_says_which_areas_there_are():
    from tests.conftest import ROOT

    words = ("lsoa", "msoa", "lad24", "data zone", "census tract")
    for room in ("anywhere", "fetch"):
        for path in (ROOT / "src" / "mobilise" / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8").lower()
            assert [word for word in words if word in text] == [], path.name


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('points = "hexagons"', 'points = "hexagon"', "there is no source 'hexagon'; did you mean"),
        (
            'licence = "CC0"\nattribution',
            'license = "CC0"\nattribution',
            "sources.hexagons.license",
        ),
        ('ending = ".csv"\ncut = { areas', "cut = { areas", "'ending' is missing"),
        ('cut = { x = "lon", y', "cut = { y", "cut by one of"),
        ("[country]", "[country", "it is not valid TOML"),
    ],
)
def test_a_registrys_faults_are_told(tmp_path, old, new, says):
    assert old in REGISTRY
    path = tmp_path / "hexland.toml"
    path.write_text(REGISTRY.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RecipeError, match=says.replace("(", r"\(")):
        load_registry(path)


def test_the_shipped_registry_says_of_every_source_whose_it_is():
    for key, source in load_registry("england").sources.items():
        assert source.address.startswith("https://"), key
        assert source.attribution, key
        assert source.about, key
        assert source.link.startswith("https://"), key
