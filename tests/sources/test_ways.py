"""Ways from OpenStreetMap extracts and from tables of lines."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import osmium
import pytest
from shapely import LineString, MultiLineString, Point

from mobilise import reach
from mobilise.errors import BadValues, InputError, SourceBroken, SourceMissing
from mobilise.sources.ways import read_ways, ways_from_lines

WGS84 = "EPSG:4326"


@pytest.fixture
def extract(tmp_path):
    """A crossroads whose bridge passes over, a private drive, steps, a building, a cut way."""
    path = tmp_path / "town.osm.pbf"
    nodes = {
        1: (0, 0),
        2: (1, 0),
        3: (2, 0),
        4: (1, -1),
        5: (1, 1),
        6: (1, 0),
        7: (3, 0),
        8: (3, 1),
    }
    ways = {
        10: ([1, 2, 3], {"highway": "residential"}),
        11: ([4, 2, 5], {"highway": "footway"}),
        12: ([4, 6, 5], {"highway": "primary", "bridge": "yes", "sidewalk:left": "yes"}),
        13: ([3, 7], {"highway": "service", "access": "private"}),
        14: ([3, 8], {"highway": "steps"}),
        15: ([1, 2, 5, 1], {"building": "yes"}),
        16: ([7, 8, 99], {"highway": "path"}),
    }
    with osmium.SimpleWriter(str(path)) as writer:
        for key, (x, y) in nodes.items():
            location = (-1.5 + x * 1e-3, 53.8 + y * 1e-3)
            writer.add_node(osmium.osm.mutable.Node(id=key, location=location))
        for key, (refs, tags) in ways.items():
            writer.add_way(osmium.osm.mutable.Way(id=key, nodes=refs, tags=tags))
    return path


def test_an_extract_is_read_by_nodes_so_a_bridge_does_not_join_what_it_crosses(extract):
    ways = read_ways(extract)
    assert len(ways) == 6
    assert len(ways.x) == 8  # nodes 2 and 6 share a place and are still two
    assert ways.tags["highway"].tolist() == [
        "residential",
        "footway",
        "primary",
        "service",
        "steps",
        "path",
    ]
    assert ways.tags["sidewalk"].tolist()[2] == "yes"
    assert [note.says for note in ways.notes] == ["1 ways are cut off where the extract ends."]
    runs = np.split(ways.vertex, ways.start[1:-1])
    assert set(runs[0]) & set(runs[1])
    assert set(runs[0]).isdisjoint(runs[2])


def test_private_ways_are_left_out_and_step_free_walking_avoids_steps(extract):
    ways = read_ways(extract)
    anyone = reach.build_streets(ways, "EPSG:27700", smallest_part_km=0)
    wheels = reach.build_streets(ways, "EPSG:27700", step_free=True, smallest_part_km=0)
    assert len(anyone.tail) == 8
    assert len(wheels.tail) == 7
    assert any(n.says.endswith("private.") and n.count == 1 for n in anyone.notes)
    assert any("steps" in n.says for n in wheels.notes)


def test_lines_meet_at_shared_vertices_not_only_at_ends_and_parts_are_taken_apart():
    lines = gpd.GeoDataFrame(
        {
            "highway": ["path", "path", "path", "path"],
            "other_tags": ['"foot"=>"no"', None, None, None],
        },
        geometry=[
            LineString([(0, 0), (1, 0), (2, 0)]),
            LineString([(1, -1), (1, 0), (1, 1)]),
            MultiLineString([[(2, 0), (3, 0)], [(5, 5), (6, 6)]]),
            Point(0, 0),
        ],
        crs=WGS84,
    )
    ways = ways_from_lines(lines, "town")
    assert len(ways) == 4
    assert len(ways.x) == 8
    assert ways.tags["foot"].isna().tolist() == [False, True, True, True]
    assert ways.notes[0].says.startswith("1 of 4 rows are not lines")


def test_the_real_city_has_the_vertices_that_its_publisher_counted(shared):
    ways = read_ways(shared / "data/networks/leeds_central_osm_ways.geoparquet")
    assert len(ways) == 11_813
    assert len(ways.x) == 40_107
    assert len(ways.vertex) - len(ways) == 45_858


def test_a_county_extract_is_read_whole(shared):
    ways = read_ways(shared / "data/networks/rutland.osm.pbf")
    streets = reach.build_streets(ways, "EPSG:27700")
    assert 1000 < streets.summary()["km"] < 2000


def test_a_truncated_extract_is_one_clear_sentence(extract, shared, tmp_path):
    whole = (shared / "data/networks/rutland.osm.pbf").read_bytes()
    for size in (0, 100, 300_000):
        path = tmp_path / "cut.osm.pbf"
        path.write_bytes(whole[:size])
        with pytest.raises(SourceBroken, match="not a complete OpenStreetMap file"):
            read_ways(path)


def test_files_without_lines_without_crs_or_not_there(tmp_path):
    points = gpd.GeoDataFrame(geometry=[Point(0, 0)], crs=WGS84)
    points.to_parquet(tmp_path / "points.parquet")
    with pytest.raises(SourceBroken, match="holds no lines"):
        read_ways(tmp_path / "points.parquet")
    with pytest.raises(SourceMissing, match="no such file"):
        read_ways(tmp_path / "nothing.osm.pbf")
    (tmp_path / "text.parquet").write_text("hello")
    with pytest.raises(SourceBroken, match="cannot be read"):
        read_ways(tmp_path / "text.parquet")
    line = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (1, 1)])])
    with pytest.raises(BadValues, match="no coordinate reference system"):
        ways_from_lines(line)


def test_metres_passed_off_as_degrees_and_swapped_axes_are_refused():
    metres = gpd.GeoDataFrame(
        geometry=[LineString([(430000, 433000), (430100, 433000)])], crs=WGS84
    )
    with pytest.raises(BadValues, match="no longitudes and latitudes"):
        ways_from_lines(metres)
    line = gpd.GeoDataFrame(geometry=[LineString([(-1.5, 53.8), (-1.51, 53.8)])], crs=WGS84)
    with pytest.raises(InputError, match="not projected in metres"):
        reach.build_streets(ways_from_lines(line), WGS84)


def test_lines_without_highway_tags_are_all_taken_and_it_is_said():
    line = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (100, 0)])], crs="EPSG:27700")
    streets = reach.build_streets(ways_from_lines(line), "EPSG:27700")
    assert streets.length.tolist() == [1000]
    assert any("no 'highway' tags" in note.says and note.warning for note in streets.notes)
