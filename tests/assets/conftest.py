"""Small tables of records and small recipes to try the assets' step on."""

from __future__ import annotations

import json

import geopandas as gpd
import pandas as pd
import pytest

from mobilise.assets.ids import with_ids
from mobilise.assets.records import COLUMNS
from mobilise.recipe import load_recipe

CRS = "EPSG:27700"

AREAS = """
[place]
name = "Testwick"
crs = "EPSG:27700"
[areas]
file = "areas.csv"
id = "code"
population = "people"
"""


@pytest.fixture(scope="session")
def records():
    """Return a function that makes a table of records, with ids, from dicts."""

    def made(*rows):
        blank = dict.fromkeys(COLUMNS) | {"section": 0, "source": "a.csv", "kind": "library"}
        table = pd.DataFrame([blank | row for row in rows])
        texts = dict.fromkeys(["source", "source_id", "name", "kind", "url", "updated"], "str")
        table = table.astype({**texts, "capacity": "float64", "section": "int64"})
        return with_ids(gpd.GeoDataFrame(table, geometry="geometry", crs=CRS))

    return made


@pytest.fixture
def recipe(tmp_path):
    """Return a function that writes files and the recipe's ``[[assets]]``, and loads the recipe."""

    def made(assets, further="", **tables):
        for name, table in tables.items():
            if isinstance(table, gpd.GeoDataFrame):
                table.to_file(tmp_path / f"{name}.gpkg")
            elif isinstance(table, pd.DataFrame):
                table.to_csv(tmp_path / f"{name}.csv", index=False)
            else:
                (tmp_path / f"{name}.osm").write_text(table, encoding="utf-8")
        path = tmp_path / "testwick.toml"
        path.write_text(AREAS + further + assets, encoding="utf-8")
        return load_recipe(path)

    return made


@pytest.fixture(scope="session")
def osm():
    """Return a function that writes OpenStreetMap XML: nodes by id, ways by id with node ids."""

    def made(nodes, ways):
        lines = ['<?xml version="1.0"?><osm version="0.6">']
        for node, (lon, lat, tags) in nodes.items():
            lines.append(f'<node id="{node}" lon="{lon}" lat="{lat}" version="1">')
            lines += [f"<tag k={json.dumps(k)} v={json.dumps(v)}/>" for k, v in tags.items()]
            lines.append("</node>")
        for way, (refs, tags) in ways.items():
            lines.append(f'<way id="{way}" version="1">')
            lines += [f'<nd ref="{ref}"/>' for ref in refs]
            lines += [f"<tag k={json.dumps(k)} v={json.dumps(v)}/>" for k, v in tags.items()]
            lines.append("</way>")
        return "\n".join([*lines, "</osm>"])

    return made
