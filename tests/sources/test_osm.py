"""Tagged things of OpenStreetMap, from extracts written out by hand."""

from __future__ import annotations

import numpy as np
import osmium
import pytest
import shapely

from mobilise.errors import SourceBroken, SourceMissing
from mobilise.sources import read_osm_features

# OPL (libosmium's text form of OpenStreetMap): a five-by-five grid of nodes, 10 * row + column.
GRID = "\n".join(
    f"n{10 * row + column} v1 T x{column / 100} y{50 + row / 100}"
    for row in range(1, 6)
    for column in range(1, 6)
)


def extract(tmp_path, *objects, name="map.opl"):
    """Write an extract of the grid and `objects` (in OPL), in the format of its name."""
    text = tmp_path / "written.opl"
    order = {"n": 0, "w": 1, "r": 2}
    lines = sorted(objects, key=lambda line: (order[line[0]], int(line[1:].split()[0])))
    grid = GRID.splitlines()
    changed = {line.split()[0] for line in lines}
    kept = [line for line in grid if line.split()[0] not in changed]
    nodes = sorted(
        [*kept, *(line for line in lines if line[0] == "n")],
        key=lambda line: int(line[1:].split()[0]),
    )
    text.write_text("\n".join([*nodes, *(line for line in lines if line[0] != "n")]) + "\n")
    path = tmp_path / name
    if path != text:
        with osmium.SimpleWriter(path, overwrite=True) as writer:
            for thing in osmium.FileProcessor(text):
                writer.add(thing)
    return path


def way(number, nodes, tags):
    return f"w{number} v1 T{tags} N" + ",".join(f"n{node}" for node in nodes)


def relation(number, members, tags):
    return f"r{number} v1 T{tags} M" + ",".join(members)


def square(low, high):
    return shapely.box(low / 100, 50 + low / 100, high / 100, 50 + high / 100)


OUTER = [11, 15, 55, 51, 11]
INNER = [22, 24, 44, 42, 22]


@pytest.mark.parametrize("name", ["map.osm.pbf", "map.osm", "map.osm.gz", "map.osm.bz2", "map.opl"])
def test_points_lines_and_areas_are_read_once_each(tmp_path, name):
    path = extract(
        tmp_path,
        "n33 v1 Tamenity=library,name=Oak%20%Library x0.03 y50.03",
        way(7, [11, 12, 13], "waterway=canal"),
        way(5, OUTER, "leisure=park"),
        way(6, [11, 12], "highway=service"),
        name=name,
    )
    found = read_osm_features(path, ["amenity", "leisure", "waterway"])
    assert found["osm_id"].tolist() == ["n33", "w5", "w7"]
    assert found["tags"][0] == {"amenity": "library", "name": "Oak Library"}
    assert found.crs == "EPSG:4326"
    assert found.geometry[0] == shapely.Point(0.03, 50.03)
    assert found.geometry[1].equals(square(1, 5))
    assert found.geometry[2] == shapely.LineString([(0.01, 50.01), (0.02, 50.01), (0.03, 50.01)])


def test_a_multipolygon_has_its_holes_and_its_members_are_not_it(tmp_path):
    path = extract(
        tmp_path,
        way(1, [11, 15, 55], ""),
        way(2, [55, 51, 11], ""),
        way(3, INNER, "natural=water"),
        relation(9, ["w1@outer", "w2@outer", "w3@inner"], "type=multipolygon,leisure=park"),
    )
    found = read_osm_features(path, ["leisure", "natural"])
    assert found["osm_id"].tolist() == ["w3", "r9"]
    assert found.geometry[0].equals(square(2, 4))
    assert found.geometry[1].equals(square(1, 5).difference(square(2, 4)))


def test_a_multipolygon_of_several_parts_keeps_them(tmp_path):
    path = extract(
        tmp_path,
        way(1, [11, 12, 22, 21, 11], ""),
        way(2, [44, 45, 55, 54, 44], ""),
        relation(9, ["w1@outer", "w2@outer"], "type=multipolygon,leisure=park"),
    )
    (shape,) = read_osm_features(path, ["leisure"]).geometry
    assert shape.geom_type == "MultiPolygon"
    assert shape.equals(square(1, 2).union(square(4, 5)))


def test_only_the_values_asked_for_are_read(tmp_path):
    path = extract(
        tmp_path,
        "n33 v1 Tamenity=library x0 y50",
        "n34 v1 Tamenity=bench x0 y50",
        way(5, OUTER, "leisure=park"),
    )
    assert read_osm_features(path, {"amenity": ["library"]})["osm_id"].tolist() == ["n33"]
    mixed = {"amenity": {"library"}, "leisure": None}
    assert read_osm_features(path, mixed)["osm_id"].tolist() == ["n33", "w5"]
    assert read_osm_features(path, {"amenity": ["cinema"]}).empty
    assert list(read_osm_features(path, ["shop"]).columns) == ["osm_id", "tags", "geometry"]


@pytest.mark.parametrize(
    ("tags", "kind"),
    [
        ("leisure=park", "Polygon"),
        ("leisure=track", "LineString"),
        ("leisure=track,area=yes", "Polygon"),
        ("leisure=park,area=no", "LineString"),
        ("waterway=canal", "LineString"),
        ("waterway=riverbank", "Polygon"),
        ("barrier=fence", "LineString"),
        ("barrier=fence,leisure=park", "Polygon"),
    ],
)
def test_a_closed_way_is_an_area_unless_its_tags_are_of_lines(tmp_path, tags, kind):
    path = extract(tmp_path, way(5, OUTER, tags))
    found = read_osm_features(path, ["leisure", "waterway", "barrier"])
    assert found["osm_id"].tolist() == ["w5"]
    assert found.geom_type.tolist() == [kind]


def test_a_way_that_crosses_itself_keeps_its_ring(tmp_path):
    path = extract(tmp_path, way(5, [11, 55, 15, 51, 11], "leisure=park"))
    (shape,) = read_osm_features(path, ["leisure"]).geometry
    assert shape.geom_type == "Polygon"
    assert not shape.is_valid
    assert shapely.get_num_coordinates(shape) == 5


def test_a_multipolygon_that_does_not_close_has_no_geometry(tmp_path):
    path = extract(
        tmp_path,
        way(1, [11, 15, 55], ""),
        relation(8, ["w1@outer"], "type=multipolygon,leisure=park"),
        relation(9, ["w99@outer"], "type=multipolygon,leisure=garden"),
    )
    found = read_osm_features(path, ["leisure"])
    assert found["osm_id"].tolist() == ["r8", "r9"]
    assert found.geometry.isna().all()


def test_relations_that_are_no_areas_are_not_things(tmp_path):
    path = extract(
        tmp_path,
        way(1, [11, 12], "waterway=canal"),
        relation(8, ["w1@"], "type=waterway,waterway=canal"),
        relation(9, ["w1@", "n33@"], "type=site,waterway=dock"),
    )
    found = read_osm_features(path, ["waterway"])
    assert found["osm_id"].tolist() == ["w1", "r9"]
    assert found.geometry.isna().tolist() == [False, True]


def test_a_way_cut_at_the_border_keeps_what_is_inside(tmp_path):
    path = extract(
        tmp_path,
        way(1, [999, 11, 12], "waterway=canal"),
        way(2, [998, 999], "waterway=canal"),
        way(3, [11, 15, 999, 51, 11], "leisure=park"),
    )
    found = read_osm_features(path, ["waterway", "leisure"])
    assert found.geometry[0] == shapely.LineString([(0.01, 50.01), (0.02, 50.01)])
    assert found.geometry[1] is None
    assert found.geometry[2].geom_type != "Polygon"


def test_a_node_without_a_place_has_no_geometry(tmp_path):
    path = tmp_path / "map.opl"
    path.write_text("n33 v1 Tamenity=library\n")
    found = read_osm_features(path, ["amenity"])
    assert found["osm_id"].tolist() == ["n33"]
    assert found.geometry.isna().all()


def test_telephone_numbers_and_mail_addresses_are_not_kept(tmp_path):
    path = extract(
        tmp_path,
        "n33 v1 Tamenity=library,phone=000,contact:email=a%40%b,contact:website=oak x0 y50",
    )
    (tags,) = read_osm_features(path, ["amenity"])["tags"]
    assert tags == {"amenity": "library", "contact:website": "oak"}


def many(tmp_path):
    chance = np.random.default_rng(7)
    nodes = [
        f"n{i} v1 Tamenity=bench,ref={chance.integers(2**62)} x{chance.random()} y{50 + chance.random()}"
        for i in range(100, 12_000)
    ]
    return extract(tmp_path, *nodes, name="map.osm.pbf")


@pytest.mark.parametrize("share", [0.001, 0.3, 0.5, 0.9, 0.999])
def test_a_truncated_extract_is_refused(tmp_path, share):
    path = many(tmp_path)
    assert len(read_osm_features(path, ["amenity"])) == 11_900
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceBroken, match=r"map\.osm\.pbf: the extract is damaged, cut short"):
        read_osm_features(path, ["amenity"])


def test_what_is_no_extract_is_refused(tmp_path):
    path = tmp_path / "map.osm.pbf"
    with pytest.raises(SourceMissing, match="no such file"):
        read_osm_features(path, ["amenity"])
    path.write_bytes(b"")
    with pytest.raises(SourceBroken, match="the file is empty"):
        read_osm_features(path, ["amenity"])
    path.write_bytes(b"name,people\nOak,5\n" * 50)
    with pytest.raises(SourceBroken, match="not OpenStreetMap data"):
        read_osm_features(path, ["amenity"])
    other = tmp_path / "map.csv"
    other.write_bytes(b"name,people\n")
    with pytest.raises(SourceBroken, match="not OpenStreetMap data"):
        read_osm_features(other, ["amenity"])
