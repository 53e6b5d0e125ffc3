"""A recipe with a raster of heights: uphill takes longer, and a new raster is a new network."""

from __future__ import annotations

import json

import numpy as np
import pytest

from mobilise.errors import RecipeError
from tests.build.conftest import SOUTH, WEST

HEADER = f"ncols 5\nnrows 5\nxllcorner {WEST - 1000}\nyllcorner {SOUTH - 1000}\ncellsize 1000\n"


def _heights(town, rise):
    row = " ".join(str(rise * column) for column in range(5))
    (town.folder / "heights.asc").write_text(HEADER + "\n".join([row] * 5))


def _streets(town):
    lines = [
        [[WEST, SOUTH + 500 + 1000 * k], [WEST + 3000, SOUTH + 500 + 1000 * k]] for k in range(3)
    ] + [[[WEST + 1500, SOUTH + 500 + 1000 * k] for k in range(3)]]
    corners = sorted({tuple(point) for line in lines for point in line})
    features = []
    for line in lines:
        on = [
            list(p)
            for p in corners
            if all(
                min(a, b) <= v <= max(a, b) for v, a, b in zip(p, line[0], line[-1], strict=True)
            )
        ]
        geometry = {"type": "LineString", "coordinates": on}
        tags = {"highway": "residential"}
        features.append({"type": "Feature", "properties": tags, "geometry": geometry})
    named = {"type": "name", "properties": {"name": "EPSG:27700"}}
    collection = {"type": "FeatureCollection", "crs": named, "features": features}
    (town.folder / "ways.geojson").write_text(json.dumps(collection))


def test_uphill_takes_longer_and_another_raster_is_another_network(town):
    pytest.importorskip("rasterio")
    _streets(town)
    town.change(
        "[[reach]]", '[network]\nways = "ways.geojson"\nelevation = "heights.asc"\n\n[[reach]]'
    )
    walks = []
    for rise in (0, 50):
        _heights(town, rise)
        place = town.build(to="reach")
        table = place.table("reach")
        nearest = table[table["measure"] == "nearest"].set_index("area_id")["value"]
        walks.append(nearest)
    level, hilly = walks
    # One library is in the west, so that the way to it is down; one in the east, up by 1 in 20.
    assert hilly["A12"] == pytest.approx(level["A12"] * np.exp(3.5 * (0.0 - 0.05)), rel=1e-3)
    assert hilly["A32"] == pytest.approx(level["A32"] * np.exp(3.5 * 0.05), rel=1e-3)
    cards = {card["label"]: card["used_for"] for card in place.facts["sources"]}
    assert cards["heights.asc"] == "elevation"
    assert any("taken to be in EPSG:27700" in note["says"] for note in place.facts["notes"])


def test_heights_without_streets_are_refused(town):
    town.change("[[reach]]", '[network]\nelevation = "heights.asc"\n\n[[reach]]')
    with pytest.raises(RecipeError, match="'elevation' needs streets"):
        town.load()
