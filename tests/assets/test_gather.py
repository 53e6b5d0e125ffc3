"""Gather: whole recipes on small files, and what happens to rows that cannot be used."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shapely import LineString, Point, box

from mobilise.assets import access_points, gather
from mobilise.errors import BadValues, MissingColumn, RecipeError
from mobilise.tables import TABLES

CRS = "EPSG:27700"
PLACE = box(400_000, 400_000, 410_000, 410_000)
TABLE = """
[[assets]]
file = "a.csv"
kind = "library"
id = "id"
name = "name"
x = "x"
y = "y"
crs = "EPSG:27700"
"""


def table(*rows, columns=("id", "name", "x", "y")):
    return pd.DataFrame(list(rows), columns=list(columns))


def run(recipe, buffer_m=1000.0):
    return gather(recipe, PLACE, buffer_m)


def says(gathered, word):
    return [note for note in gathered.notes if word in note.says]


def test_a_table_of_points_becomes_the_tables_of_the_house(recipe):
    rows = table(("007", " Sale Library ", 401_000, 401_000), ("8", None, 402_000, 402_000))
    gathered = run(recipe(TABLE, a=rows))
    for name in ("assets", "entrances", "duplicates"):
        frame = getattr(gathered, name)
        assert list(frame.columns) == [column.name for column in TABLES[name].columns]
    assets = gathered.assets.sort_values("source_id")
    assert assets["source_id"].tolist() == ["007", "8"]
    assert assets["name"].tolist()[0] == "Sale Library"
    assert assets["name"].isna().tolist() == [False, True]
    assert assets["source"].tolist() == ["a.csv", "a.csv"]
    assert assets.geometry.tolist() == [Point(401_000, 401_000), Point(402_000, 402_000)]
    assert str(gathered.assets.crs) == CRS
    assert gathered.rows == {"a.csv": 2}
    assert gathered.beyond == {"library": False}


def test_assets_just_beyond_the_border_are_kept_and_those_further_out_are_counted(recipe):
    rows = table(
        ("1", "In", 401_000, 401_000),
        ("2", "Just out", 410_900, 401_000),
        ("3", "Far out", 411_100, 401_000),
    )
    gathered = run(recipe(TABLE, a=rows))
    assert sorted(gathered.assets["name"]) == ["In", "Just out"]
    (note,) = says(gathered, "outside")
    assert (note.count, note.examples, note.warning) == (1, ("Far out",), True)
    assert "1 of 2" not in note.says
    assert "1 of 3 records" in note.says
    beyond = run(recipe(TABLE + "beyond = true\n", a=rows))
    (note,) = says(beyond, "outside")
    assert not note.warning
    assert beyond.beyond == {"library": True}


def test_a_source_with_nothing_in_the_place_is_a_warning(recipe):
    gathered = run(recipe(TABLE, a=table(("1", "Far", 500_000, 200_000))))
    assert gathered.assets.empty
    (note,) = says(gathered, "None of its 1 records")
    assert note.warning
    assert list(access_points(gathered.assets, gathered.entrances).columns)[:2] == [
        "asset_id",
        "kind",
    ]


def test_a_source_whose_filter_keeps_nothing_is_a_warning(recipe):
    filtered = TABLE + "where = \"name == 'Nowhere'\"\n"
    gathered = run(recipe(filtered, a=table(("1", "Here", 401_000, 401_000))))
    assert gathered.assets.empty
    (note,) = says(gathered, "no row is left")
    assert note.warning


def test_kinds_by_a_column_and_values_that_the_map_does_not_list(recipe):
    mapped = """
[[assets]]
file = "a.csv"
kind = { column = "type", map = { "Park" = "park", "Libary" = "library", "Library" = "library" } }
x = "x"
y = "y"
crs = "EPSG:27700"
"""
    columns = ("type", "x", "y")
    rows = [("Park", 1, 1), ("Library", 2, 2), ("Golf", 3, 3), ("Golf", 4, 4), (None, 5, 5)]
    rows = [(kind, 401_000 + 100 * x, 401_000 + y) for kind, x, y in rows]
    gathered = run(recipe(mapped, a=table(*rows, columns=columns)))
    assert sorted(gathered.assets["kind"]) == ["library", "park"]
    (left_out,) = says(gathered, "left out: the map of kinds")
    assert (left_out.count, left_out.examples) == (3, ("Golf (2)", "(blank) (1)"))
    (unused,) = says(gathered, "'Libary'")
    assert unused.warning
    assert "did you mean 'Library'?" in unused.says


def test_an_unknown_kind_stops_with_all_of_them_named(recipe):
    wrong = TABLE.replace('"library"', '"libary"') + TABLE.replace('"library"', '"musuem"')
    with pytest.raises(RecipeError) as error:
        run(recipe(wrong, a=table(("1", "A", 401_000, 401_000))))
    assert "assets[1]: there is no kind 'libary'; did you mean 'library'?" in str(error.value)
    assert "assets[2]: there is no kind 'musuem'; did you mean 'museum'?" in str(error.value)


def test_text_for_a_number_is_an_error_and_a_negative_capacity_is_not_known(recipe):
    with_seats = TABLE + 'capacity = "seats"\n'
    columns = ("id", "name", "x", "y", "seats")
    good = ("1", "A", 401_000, 401_000, 12)
    negative = ("2", "B", 402_000, 402_000, -1)
    gathered = run(recipe(with_seats, a=table(good, negative, columns=columns)))
    capacity = gathered.assets.set_index("name")["capacity"]
    assert capacity["A"] == 12
    assert pd.isna(capacity["B"])
    (note,) = says(gathered, "negative")
    assert (note.count, note.examples, note.warning) == (1, ("B",), True)
    wrong = ("3", "C", 403_000, 403_000, "many")
    with pytest.raises(BadValues, match=r"a\.csv: column 'seats' holds 'many'.*row 'C'"):
        run(recipe(with_seats, a=table(good, wrong, columns=columns)))


def test_a_table_without_a_place_or_a_column_says_so(recipe):
    no_place = '[[assets]]\nfile = "a.csv"\nkind = "library"\n'
    with pytest.raises(BadValues, match=r"a\.csv: the rows have no geometry"):
        run(recipe(no_place, a=table(("1", "A", 1, 1))))
    wrong = TABLE.replace('name = "name"', 'name = "titel"')
    misspelt = recipe(wrong, a=table(("1", "A", 1, 1), columns=("id", "title", "x", "y")))
    with pytest.raises(MissingColumn, match="no column 'titel'; did you mean 'title'"):
        run(misspelt)


def test_repeated_ids_are_joined_when_close_and_kept_and_counted_when_far_apart(recipe):
    rows = table(
        ("7", "Sale Centre", 401_000, 401_000),
        ("7", "Sale Centre", 401_010, 401_000),
        ("7", "Hale Centre", 405_000, 401_000),
    )
    gathered = run(recipe(TABLE, a=rows))
    assert sorted(gathered.assets["name"]) == ["Hale Centre", "Sale Centre"]
    assert gathered.assets["asset_id"].is_unique
    (joined,) = says(gathered, "made of")
    assert joined.count == 2
    (apart,) = says(gathered, "at several places")
    assert (apart.count, apart.examples, apart.warning) == (1, ("7",), True)
    assert gathered.duplicates["decision"].tolist() == ["merged"]
    assert gathered.duplicates["distance"].tolist() == [10]
    assert set(gathered.duplicates["asset_id"]) <= set(gathered.assets["asset_id"])


def test_woods_below_two_hectares_are_left_out_and_counted(recipe):
    woods = gpd.GeoDataFrame(
        {"name": ["Large", "Small", None, None]},
        geometry=[
            box(401_000, 401_000, 401_200, 401_100),
            box(402_000, 401_000, 402_199, 401_100),
            box(403_000, 401_000, 403_100, 401_100),
            box(403_100, 401_000, 403_200, 401_100),
        ],
        crs=CRS,
    )
    wood = '[[assets]]\nfile = "woods.gpkg"\nkind = "woodland"\nname = "name"\n'
    gathered = run(recipe(wood, woods=woods))
    assert gathered.assets.geometry.area.tolist() == [20_000, 20_000]
    (note,) = says(gathered, "too small")
    assert (note.count, note.examples) == (1, ("Small",))
    assert gathered.tally[["rows", "too small", "pieces", "kept"]].to_numpy().tolist() == [
        [4, 1, 1, 2]
    ]


def test_a_river_is_one_asset_clipped_to_the_place_and_its_buffer(recipe):
    river = gpd.GeoDataFrame(
        {"name": ["River Sett", "River Sett"]},
        geometry=[
            LineString([(380_000, 405_000), (405_000, 405_000)]),
            LineString([(405_000, 405_000), (440_000, 405_000)]),
        ],
        crs=CRS,
    )
    water = '[[assets]]\nfile = "river.gpkg"\nkind = "waterway"\nname = "name"\n'
    gathered = run(recipe(water, river=river))
    (geometry,) = gathered.assets.geometry
    assert geometry.bounds == (399_000, 405_000, 411_000, 405_000)
    x = gathered.entrances.geometry.x
    assert (x.min(), x.max()) == (399_000, 411_000)
    assert x.sort_values().diff().max() <= 50
    assert geometry.geom_type == "LineString"


def test_a_reserve_that_holds_the_whole_place_is_a_warning(recipe):
    reserve = gpd.GeoDataFrame(geometry=[PLACE.buffer(50_000)], crs=CRS)
    everywhere = '[[assets]]\nfile = "reserve.gpkg"\nkind = "nature_reserve"\n'
    gathered = run(recipe(everywhere, reserve=reserve))
    assert gathered.entrances.empty
    (note,) = says(gathered, "the place lies within")
    assert (note.count, note.warning) == (1, True)


def test_parks_are_entered_at_their_access_points_through_a_merge(recipe):
    parks = gpd.GeoDataFrame(
        {"name": ["Longford Park"]}, geometry=[box(401_000, 401_000, 401_500, 401_500)], crs=CRS
    )
    access = gpd.GeoDataFrame(
        {"type": ["Pedestrian", "Motor Vehicle"]},
        geometry=[Point(400_995, 401_200), Point(401_505, 401_200)],
        crs=CRS,
    )
    sections = """
[[assets]]
file = "a.csv"
kind = "park"
name = "name"
x = "x"
y = "y"
crs = "EPSG:27700"
[[assets]]
file = "parks.gpkg"
kind = "park"
name = "name"
entrances = { file = "access.gpkg", where = "type == 'Pedestrian'" }
"""
    rows = table(
        ("1", "Longford Park", 401_300, 401_300),
        ("2", "Pocket Park", 405_000, 405_000),
    )
    gathered = run(recipe(sections, a=rows, parks=parks, access=access))
    assert len(gathered.assets) == 2
    assert gathered.entrances["how"].tolist() == ["access point"]
    points = access_points(gathered.assets, gathered.entrances)
    assert set(zip(points["x"], points["y"], strict=True)) == {
        (400_995, 401_200),
        (405_000, 405_000),
    }
    (note,) = says(gathered, "known only as a point")
    assert (note.count, note.examples, note.warning) == (1, ("Pocket Park",), True)
    assert gathered.rows == {"a.csv": 2, "parks.gpkg": 1, "access.gpkg": 1}


def test_the_same_asset_in_two_files_is_merged_and_said_so(recipe):
    rows = table(("1", "Sale Library", 401_000, 401_000))
    other = table(("9", "Sale", 401_010, 401_000), ("8", "Sale Moor Library", 401_060, 401_000))
    both = TABLE + TABLE.replace("a.csv", "b.csv")
    gathered = run(recipe(both, a=rows, b=other))
    assert gathered.assets["source_id"].tolist() in (["1; 9", "8"], ["8", "1; 9"])
    (merged,) = says(gathered, "merged with")
    assert (merged.count, merged.examples) == (1, ("Sale Library / Sale",))
    (check,) = says(gathered, "left apart")
    assert (check.count, check.warning) == (1, True)
    assert gathered.tally[["rows", "duplicates", "kept"]].to_numpy().tolist() == [
        [1, 0, 1],
        [2, 1, 1],
    ]


def test_one_file_named_twice_gives_each_asset_once(recipe):
    gathered = run(recipe(TABLE + TABLE, a=table(("1", "Sale Library", 401_000, 401_000))))
    assert gathered.assets["asset_id"].is_unique
    assert len(gathered.assets) == 1
    assert gathered.duplicates["decision"].tolist() == ["merged"]


def test_postcodes_place_rows_and_unknown_ones_are_counted(recipe):
    postcodes = '[postcodes]\nfile = "codes.csv"\n'
    codes = pd.DataFrame({"postcode": ["TE1 1ST"], "easting": [401_000], "northing": [402_000]})
    rows = pd.DataFrame({"name": ["Known", "Unknown"], "code": ["te11st", "ZZ9 9ZZ"]})
    source = '[[assets]]\nfile = "a.csv"\nkind = "community"\nname = "name"\npostcode = "code"\n'
    gathered = run(recipe(source, postcodes, a=rows, codes=codes))
    assert gathered.assets.geometry.tolist() == [Point(401_000, 402_000)]
    assert gathered.tally["without a usable place"].tolist() == [1]
    assert any(note.warning and "Unknown" in note.examples for note in gathered.notes)


def test_a_joined_table_brings_columns_and_is_counted(recipe):
    join = TABLE + 'capacity = "seats"\n[[assets.join]]\nfile = "seats.csv"\nid = "code"\n'
    rows = table(("1", "A", 401_000, 401_000), ("2", "B", 402_000, 402_000))
    seats = pd.DataFrame({"code": ["1", "3"], "seats": [40, 50]})
    gathered = run(recipe(join, a=rows, seats=seats))
    assert gathered.assets.set_index("name")["capacity"].to_dict()["A"] == 40
    assert gathered.rows == {"a.csv": 2, "seats.csv": 2}
    assert says(gathered, "1 of 2 rows found a match")
    with pytest.raises(BadValues, match=r"to join seats\.csv, say 'id'"):
        run(recipe(join.replace('id = "id"\n', ""), a=rows, seats=seats))


def test_an_extract_gives_kinds_names_and_gates(recipe, osm):
    corners = {1: (0, 0), 2: (0.004, 0), 3: (0.004, 0.004), 4: (0, 0.004)}
    nodes = {i: (-1.95 + dx, 53.55 + dy, {}) for i, (dx, dy) in corners.items()}
    nodes[2] = (*nodes[2][:2], {"barrier": "gate"})
    nodes[3] = (*nodes[3][:2], {"barrier": "gate", "access": "private"})
    nodes[9] = (-1.96, 53.55, {"amenity": "library", "name": "Testwick Library",
                               "website": "https://library.example", "check_date": "2024-05-01"})  # fmt: skip
    nodes[8] = (-1.96, 53.55, {"amenity": "pub", "name": "The Test"})
    ways = {1: ([1, 2, 3, 4, 1], {"leisure": "park", "name": "Testwick Park"})}
    extract = '[[assets]]\nosm = "town.osm"\n'
    place = Point(403_000, 404_500).buffer(20_000)
    gathered = gather(recipe(extract, town=osm(nodes, ways)), place, 0.0)
    assets = gathered.assets.set_index("kind")
    assert sorted(assets.index) == ["library", "park"]
    assert assets.loc["library", ["source_id", "name", "url", "updated"]].tolist() == [
        "n9",
        "Testwick Library",
        "https://library.example",
        "2024-05-01",
    ]
    assert assets.loc["park", "source_id"] == "w1"
    assert gathered.entrances["how"].tolist() == ["gate"]
    lon_lat = gathered.entrances.to_crs("EPSG:4326").geometry.iloc[0]
    assert (lon_lat.x, lon_lat.y) == (
        pytest.approx(-1.946, abs=1e-6),
        pytest.approx(53.55, abs=1e-6),
    )
    only = gather(recipe(extract + 'kinds = ["library"]\n', town=osm(nodes, ways)), place, 0.0)
    assert only.assets["kind"].tolist() == ["library"]


place_of = st.tuples(st.integers(0, 30), st.integers(0, 3)).map(
    lambda c: (399_000 + 150 * c[0], 401_000 + 40 * c[1])
)
rows = st.lists(
    st.tuples(
        st.sampled_from(["1", "2", "3", None]),
        st.sampled_from(["Sale", "Hale", "Sale Moor", None]),
        place_of,
        st.sampled_from(["Library", "Museum", "Pub"]),
    ),
    min_size=1,
    max_size=10,
)
MAPPED = TABLE.replace(
    'kind = "library"',
    'kind = { column = "type", map = { Library = "library", Museum = "museum" } }',
)


@settings(
    deadline=None,
    max_examples=15,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # each example builds twice: no shrinking
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(rows, rows, st.randoms(use_true_random=False))
def test_every_row_is_accounted_for_and_the_order_of_rows_changes_nothing(recipe, a, b, random):
    columns = ("id", "name", "x", "y", "type")

    def gathered(*tables):
        files = {
            name: table(*((i, n, *xy, kind) for i, n, xy, kind in part), columns=columns)
            for name, part in zip("ab", tables, strict=True)
        }
        return run(recipe(MAPPED + MAPPED.replace("a.csv", "b.csv"), **files))

    first = gathered(a, b)
    tally = first.tally.drop(columns=["source", "rows"])
    assert tally.sum(axis=1).tolist() == first.tally["rows"].tolist() == [len(a), len(b)]
    assert tally["kept"].sum() == len(first.assets)
    assert first.assets["asset_id"].is_unique
    merged = (first.duplicates["decision"] == "merged").sum()
    assert merged == tally["duplicates"].sum() + tally["pieces"].sum()
    again = gathered(random.sample(a, len(a)), random.sample(b, len(b)))
    assert first.assets.to_wkb().equals(again.assets.to_wkb())
    assert first.entrances.to_wkb().equals(again.entrances.to_wkb())
    assert first.duplicates.equals(again.duplicates)
