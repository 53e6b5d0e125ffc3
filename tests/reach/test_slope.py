"""Hills: heights off rasters made here, and the published function of speed."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from pyproj import Transformer

from mobilise import reach
from mobilise.errors import InputError, SourceBroken, SourceMissing
from mobilise.reach.elevation import heights, tobler
from mobilise.sources.ways import read_ways

rasterio = pytest.importorskip("rasterio")
WEST, NORTH, CELL = 400_000.0, 301_000.0, 50.0


def _raster(path, height, *, crs="EPSG:27700", west=WEST, north=NORTH, cell=CELL, **options):
    """Write heights, given as a function of the x and y of the cells' centres."""
    rows, columns = 40, 60
    x = west + cell * (np.arange(columns) + 0.5)
    y = north - cell * (np.arange(rows) + 0.5)
    band = height(*np.meshgrid(x, y)).astype("float32")
    transform = rasterio.Affine(cell, 0.0, west, 0.0, -cell, north)
    with rasterio.open(
        path,
        "w",
        height=rows,
        width=columns,
        count=1,
        dtype="float32",
        crs=crs,
        transform=transform,
        **options,
    ) as file:
        file.write(band, 1)
    return path


def _plane(x, y):
    return 100 + 0.1 * (x - WEST) - 0.02 * (y - NORTH)


@pytest.fixture
def line(tmp_path):
    """One street of 200 m, west to east, on a plane that rises by a tenth."""
    path = tmp_path / "ways.geojson"
    points = [[WEST + 100 + 50 * k, NORTH - 500] for k in range(5)]
    path.write_text(
        '{"type":"FeatureCollection","crs":{"type":"name","properties":{"name":"EPSG:27700"}},'
        '"features":[{"type":"Feature","properties":{"highway":"residential"},"geometry":'
        f'{{"type":"LineString","coordinates":{points}}}}}]}}'
    )
    return read_ways(path)


def test_tobler_is_the_published_function():
    def published(slope):
        return 6 * np.exp(-3.5 * np.abs(slope + 0.05))

    slopes = np.linspace(-0.5, 0.5, 41)
    np.testing.assert_allclose(tobler(slopes), published(0) / published(slopes), rtol=1e-12)
    assert published(0) == pytest.approx(5.037, abs=5e-4)  # km/h on the level, as he gives it
    assert tobler([3.0])[0] == tobler([0.5])[0]


def test_heights_lie_between_the_centres_of_cells(tmp_path):
    path = _raster(tmp_path / "plane.tif", _plane)
    random = np.random.default_rng(1)
    x, y = WEST + random.uniform(25, 2975, 200), NORTH - random.uniform(25, 1975, 200)
    height, notes = heights(path, x, y, "EPSG:27700")
    np.testing.assert_allclose(height, _plane(x, y), atol=1e-3)
    assert notes == []


def test_a_raster_in_degrees_is_met_where_the_points_are(tmp_path):
    path = _raster(
        tmp_path / "degrees.tif",
        lambda lon, lat: 1000 * lon + lat,
        crs="EPSG:4326",
        west=-2.0,
        north=53.0,
        cell=0.001,
    )
    lon, lat = np.array([-1.98, -1.95]), np.array([52.98, 52.97])
    to_grid = Transformer.from_crs("EPSG:4326", "EPSG:27700", always_xy=True)
    height, _ = heights(path, *to_grid.transform(lon, lat), "EPSG:27700")
    np.testing.assert_allclose(height, 1000 * lon + lat, atol=0.05)


def test_an_ascii_grid_without_a_system_is_taken_to_be_the_places(tmp_path):
    path = tmp_path / "heights.asc"
    path.write_text(
        "ncols 2\nnrows 2\nxllcorner 0\nyllcorner 0\ncellsize 10\nNODATA_value -9999\n1 2\n3 -9999\n"
    )
    x, y = np.array([5.0, 10.0, 5.0, 12.0, 50.0]), np.array([15.0, 15.0, 10.0, 8.0, 5.0])
    height, notes = heights(path, x, y, "EPSG:27700")
    np.testing.assert_allclose(height, [1, 1.5, 2, np.nan, np.nan])
    assert "taken to be in EPSG:27700" in notes[0].says
    assert notes[1].count == 2


def test_uphill_takes_longer_than_down(tmp_path, line):
    path = _raster(tmp_path / "plane.tif", _plane)
    streets = reach.build_streets(line, "EPSG:27700", elevation=path)
    assert streets.length.tolist() == [500] * 4
    up, down = 500 * np.exp(3.5 * 0.1), 500 * np.exp(3.5 * (abs(-0.1 + 0.05) - 0.05))
    np.testing.assert_allclose(streets.forward, up, atol=1)
    np.testing.assert_allclose(streets.backward, down, atol=1)

    west, east = [[WEST + 100, NORTH - 500]], [[WEST + 300, NORTH - 500]]
    minutes = [
        reach.measure(start, end, measures=["nearest"], streets=streets).table["value"][0]
        for start, end in ((west, east), (east, west))
    ]
    np.testing.assert_allclose(minutes, [4 * up / 800, 4 * down / 800], atol=0.01)


def test_ways_beyond_the_raster_are_level_and_counted(tmp_path, line):
    path = _raster(tmp_path / "away.tif", _plane, west=WEST + 180)
    streets = reach.build_streets(line, "EPSG:27700", elevation=path)
    assert streets.forward[:2].tolist() == [500, 500]
    assert (streets.forward[2:] > 600).all()
    [note] = [note for note in streets.notes if note.source == "away.tif"]
    assert note.warning
    assert note.says.startswith("2 of 5 vertices")


def test_a_raster_that_cannot_be_used_is_named(tmp_path, line, monkeypatch):
    text = tmp_path / "text.tif"
    text.write_text("no raster")
    with pytest.raises(SourceMissing, match=r"gone\.tif"):
        reach.build_streets(line, "EPSG:27700", elevation=tmp_path / "gone.tif")
    with pytest.raises(SourceBroken, match=r"text\.tif: cannot be read"):
        reach.build_streets(line, "EPSG:27700", elevation=text)
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(InputError, match=r"pip install 'mobilise\[elevation\]'"):
        reach.build_streets(line, "EPSG:27700", elevation=text)
