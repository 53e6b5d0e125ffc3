"""A town of nine square kilometres that a reader can check by hand.

Areas are squares of 1 km in three rows of three, named by row and column from the south-west
(``A11`` to ``A33``), with their origin at the centre. The two libraries stand at the centres of
A11 and A33.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from mobilise.build import build_place
from mobilise.recipe import load_recipe

if TYPE_CHECKING:
    from pathlib import Path

WEST, SOUTH = 400_000.0, 300_000.0
RECIPE = """
[place]
name = "Ninefold"
crs = "EPSG:27700"

[areas]
file = "areas.csv"
id = "code"
name = "name"
x = "x"
y = "y"
crs = "EPSG:27700"
population = "people"
deprivation = { column = "score", higher = "worse", name = "income deprivation" }
groups = { ward = "ward" }

[[areas.join]]
file = "squares.gpkg"
id = "code"

[[assets]]
file = "libraries.csv"
kind = "library"
id = "id"
name = "name"
x = "x"
y = "y"
crs = "EPSG:27700"
capacity = "hours"

[[indicators]]
file = "health.csv"
name = "Good health"
id = "code"
value = "percent"
lower = "lower"
upper = "upper"
unit = "%"
higher = "better"
period = "2021"

[[reach]]
kinds = ["library"]
measures = ["nearest", "count"]
minutes = [15, 30]

[report]
formats = ["html"]
"""


@dataclass
class Town:
    """The folder of the town's files, and its recipe to change."""

    folder: Path
    recipe: str = RECIPE

    def change(self, old: str, new: str) -> Town:
        assert old in self.recipe
        self.recipe = self.recipe.replace(old, new, 1)
        return self

    def table(self, name: str) -> pd.DataFrame:
        return pd.read_csv(self.folder / f"{name}.csv")

    def write(self, name: str, frame: pd.DataFrame) -> Town:
        frame.to_csv(self.folder / f"{name}.csv", index=False)
        return self

    def load(self, out: str = "out"):
        path = self.folder / "town.toml"
        path.write_text(self.recipe, encoding="utf-8")
        return load_recipe(path, out=self.folder / out)

    def build(self, out: str = "out", **options):
        return build_place(self.load(out), **options)


@pytest.fixture
def town(tmp_path) -> Town:
    cells = [(row, column) for row in (1, 2, 3) for column in (1, 2, 3)]
    codes = [f"A{row}{column}" for row, column in cells]
    people = [100, 200, 300, 100, 200, 300, 100, 200, 300]
    areas = pd.DataFrame(
        {
            "code": codes,
            "name": [f"Square {code}" for code in codes],
            "x": [WEST + 1000 * column - 500 for _, column in cells],
            "y": [SOUTH + 1000 * row - 500 for row, _ in cells],
            "people": people,
            "score": [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1],
            "ward": [f"Row {row}" for row, _ in cells],
        }
    )
    squares = gpd.GeoDataFrame(
        {"code": codes},
        geometry=shapely.box(
            areas["x"] - 500, areas["y"] - 500, areas["x"] + 500, areas["y"] + 500
        ),
        crs="EPSG:27700",
    )
    squares.to_file(tmp_path / "squares.gpkg")
    libraries = pd.DataFrame(
        {
            "id": [1, 2],
            "name": ["Southwest Library", "Northeast Library"],
            "x": [WEST + 500, WEST + 2500],
            "y": [SOUTH + 500, SOUTH + 2500],
            "hours": [20, 40],
        }
    )
    percent = [70.0, 71, 72, 73, 74, 75, 76, 77, 78]
    health = pd.DataFrame({"code": codes, "percent": percent})
    health = health.assign(lower=health["percent"] - 2, upper=health["percent"] + 2)
    town = Town(tmp_path)
    return town.write("areas", areas).write("libraries", libraries).write("health", health)
