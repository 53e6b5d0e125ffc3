"""Tables of every format, against what geopandas, pandas and GDAL make of the same rows."""

from __future__ import annotations

import hashlib
import json
import zipfile
from xml.sax.saxutils import escape

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from pandas.testing import assert_frame_equal

from mobilise.errors import InputError, MissingColumn, SourceBroken, SourceMissing
from mobilise.filters import Filter
from mobilise.sources import columns_of, fingerprint, read_table, remarks

ROWS = pd.DataFrame(
    {
        "code": ["001", "010", "123", "007"],
        "name": ["Ash", "Beech, Old", 'The "Oak"', "Ffawydd Ŵy"],
        "people": [1200, 35, 0, 17],
        "score": [0.25, 1.5, -3.75, 1e-05],
    }
)
SHAPES = {
    "points": [shapely.Point(i, 50 + i) for i in range(4)],
    "lines": [shapely.LineString([(i, 50), (i, 51), (i + 1, 51)]) for i in range(4)],
    "polygons": [shapely.box(i, 50, i + 0.5, 50.5) for i in range(4)],
}


def plain(tmp_path, ending):
    path = tmp_path / f"rows{ending}"
    if ending in {".csv", ".csv.gz"}:
        ROWS.to_csv(path, index=False)
    elif ending in {".tsv", ".tsv.gz"}:
        ROWS.to_csv(path, index=False, sep="\t")
    elif ending == ".parquet":
        ROWS.to_parquet(path)
    elif ending == ".gpkg":
        pyogrio.write_dataframe(ROWS, path)
    elif ending == ".ods":
        write_ods(path)
    else:
        pyogrio.write_dataframe(ROWS, path, driver="XLSX")
    return path


def write_ods(path):
    """Write the rows as the OpenDocument Format, part 3, has it."""
    rows = [list(ROWS.columns), *ROWS.itertuples(index=False)]
    body = "".join(
        f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet><table:table table:name="rows">{body}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>'
        )
        archive.writestr("content.xml", content)


def ods_cell(value):
    if isinstance(value, str):
        text = f"<text:p>{escape(value)}</text:p>"
        return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'
    return f'<table:table-cell office:value-type="float" office:value="{value}"/>'


def spatial(tmp_path, ending, shapes="points", crs="EPSG:4326"):
    frame = gpd.GeoDataFrame(ROWS, geometry=SHAPES[shapes], crs="EPSG:4326").to_crs(crs)
    path = tmp_path / f"map{ending}"
    if ending in {".parquet", ".geoparquet"}:
        frame.to_parquet(path)
    else:
        frame.to_file(path)
    return path, frame


PLAIN = [".csv", ".csv.gz", ".tsv", ".tsv.gz", ".parquet", ".gpkg", ".xlsx", ".ods"]
SPATIAL = [".geojson", ".gpkg", ".shp", ".parquet", ".geoparquet"]


@pytest.mark.parametrize("ending", PLAIN)
def test_a_plain_table_is_what_was_written(tmp_path, ending):
    found = read_table(plain(tmp_path, ending))
    assert not isinstance(found, gpd.GeoDataFrame)
    assert_frame_equal(found, ROWS)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:27700", "EPSG:3035"])
@pytest.mark.parametrize("shapes", sorted(SHAPES))
@pytest.mark.parametrize("ending", SPATIAL)
def test_a_map_is_what_was_written(tmp_path, ending, shapes, crs):
    path, frame = spatial(tmp_path, ending, shapes, crs)
    found = read_table(path)
    # GDAL writes GeoJSON to seven decimals, and turns shapefiles' rings.
    assert_geodataframe_equal(
        found, frame, check_less_precise=True, normalize=True, check_crs=False, check_dtype=False
    )
    assert found.crs.to_epsg() == int(crs[5:])


@pytest.mark.parametrize("ending", PLAIN + SPATIAL)
def test_columns_are_told_without_reading(tmp_path, ending):
    if ending in SPATIAL and ending != ".gpkg":
        path, frame = spatial(tmp_path, ending)
        assert columns_of(path) == list(frame.columns)
    else:
        assert columns_of(plain(tmp_path, ending)) == list(ROWS.columns)


@pytest.mark.parametrize("ending", PLAIN + SPATIAL)
def test_where_and_columns_are_those_of_pandas(tmp_path, ending):
    path = spatial(tmp_path, ending)[0] if ending in SPATIAL else plain(tmp_path, ending)
    where = Filter.parse("people > 10 and code != '001'")
    found = read_table(path, where=where, columns=["score", "code"])
    expected = ROWS.query("people > 10 and code != '001'")[["score", "code"]]
    assert_frame_equal(
        pd.DataFrame(found), expected.reset_index(drop=True), check_dtype=ending == ".parquet"
    )


@pytest.mark.parametrize("ending", SPATIAL)
def test_geometry_comes_with_the_columns_that_ask_for_it(tmp_path, ending):
    path, frame = spatial(tmp_path, ending, "polygons")
    found = read_table(path, columns=["geometry", "code"], where=Filter.parse("people == 35"))
    assert list(found.columns) == ["geometry", "code"]
    assert shapely.equals_exact(found.geometry[0], frame.geometry[1], 1e-6, normalize=True)


def test_a_geometry_of_another_name_is_called_geometry(tmp_path):
    path = tmp_path / "map.parquet"
    frame = gpd.GeoDataFrame(ROWS, geometry=SHAPES["points"], crs=27700)
    frame.rename_geometry("SHAPE").to_parquet(path)
    assert columns_of(path)[-1] == "geometry"
    assert_geodataframe_equal(read_table(path), frame)


def test_geoparquet_in_native_encoding_is_read(tmp_path):
    path = tmp_path / "map.parquet"
    frame = gpd.GeoDataFrame(ROWS, geometry=SHAPES["polygons"], crs=27700)
    frame.to_parquet(path, geometry_encoding="geoarrow")
    assert_geodataframe_equal(read_table(path), frame)


def test_an_index_that_pandas_stored_is_a_column_like_any(tmp_path):
    path = tmp_path / "rows.parquet"
    ROWS.set_index("code").to_parquet(path)
    assert_frame_equal(read_table(path)[ROWS.columns], ROWS)
    ROWS[ROWS["people"] > 10].to_parquet(path)
    assert columns_of(path) == list(ROWS.columns)


def test_categories_of_parquet_are_texts(tmp_path):
    path = tmp_path / "rows.parquet"
    ROWS.astype({"code": "category"}).to_parquet(path)
    assert_frame_equal(read_table(path), ROWS)


def test_a_folder_named_like_a_partition_adds_no_column(tmp_path):
    folder = tmp_path / "year=2024"
    folder.mkdir()
    ROWS.to_parquet(folder / "rows.parquet")
    assert list(read_table(folder / "rows.parquet").columns) == list(ROWS.columns)


def test_a_filter_that_keeps_nothing_gives_no_rows(tmp_path):
    found = read_table(plain(tmp_path, ".csv"), where=Filter.parse("code == 'none'"))
    assert len(found) == 0
    assert list(found.columns) == list(ROWS.columns)


def test_dates_stay_as_they_are_written(tmp_path):
    path = tmp_path / "map.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": '
        '{"checked": "2024/02/01", "opened": "2024-02-01T10:00:00"}, '
        '"geometry": {"type": "Point", "coordinates": [0, 52]}}]}'
    )
    found = read_table(path)
    assert found["checked"].tolist() == ["2024/02/01"]
    assert found["opened"].tolist() == ["2024-02-01T10:00:00"]


def test_what_gdal_warns_of_becomes_a_remark(tmp_path):
    path = tmp_path / "map.geojson"
    ring = [[0, 52], [0, 53], [1, 53], [1, 52.5]]  # never closed
    polygon = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {"code": "001"}, "geometry": polygon}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    found = read_table(path)
    (note,) = remarks(found, step="areas", label="map.geojson")
    assert note.says.startswith("While it was read, GDAL warned: Non closed ring")
    assert found.geometry.is_valid.all()


def test_layers_are_chosen_by_name(tmp_path):
    path = tmp_path / "map.gpkg"
    frame = gpd.GeoDataFrame(ROWS, geometry=SHAPES["points"], crs=27700)
    frame.to_file(path, layer="here")
    frame[:2].to_file(path, layer="there")
    assert len(read_table(path, layer="there")) == 2
    with pytest.raises(InputError, match=r"2 layers.*'here', 'there'"):
        read_table(path)
    with pytest.raises(InputError, match="no layer 'ther'; did you mean 'there'"):
        columns_of(path, layer="ther")


@pytest.mark.parametrize("inside", ["", "folder/deeper/"])
def test_zipped_shapefiles_are_read(tmp_path, inside):
    _, frame = spatial(tmp_path, ".shp", "polygons")
    archive = tmp_path / "map.zip"
    with zipfile.ZipFile(archive, "w") as into:
        for part in tmp_path.glob("map.*"):
            if part != archive:
                into.write(part, f"{inside}{part.name}")
    found = read_table(archive)
    assert_geodataframe_equal(found, frame, normalize=True, check_crs=False, check_dtype=False)
    assert columns_of(archive, layer="map") == list(frame.columns)
    whole = archive.read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceBroken, match="damaged or cut short"):
        read_table(archive)


def test_a_zip_without_a_shapefile_is_refused(tmp_path):
    path = tmp_path / "map.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    with pytest.raises(SourceBroken, match="no shapefile in the zip"):
        read_table(path)


def test_a_fingerprint_is_of_all_the_bytes(tmp_path):
    path = plain(tmp_path, ".csv")
    data = path.read_bytes()
    assert fingerprint(path) == {
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }


def test_a_shapefiles_fingerprint_covers_its_parts(tmp_path):
    path, _ = spatial(tmp_path, ".shp")
    before = fingerprint(path)
    dbf = path.with_suffix(".dbf")
    dbf.write_bytes(dbf.read_bytes().replace(b"Ash", b"Elm"))
    after = fingerprint(path)
    assert before["sha256"] != after["sha256"]
    assert before["bytes"] == after["bytes"] > path.stat().st_size


# What must not be read: one sentence each.


def test_a_missing_file_names_the_nearest(tmp_path):
    plain(tmp_path, ".csv")
    with pytest.raises(SourceMissing, match=r"no such file; did you mean 'rows\.csv'"):
        read_table(tmp_path / "row.csv")
    with pytest.raises(SourceMissing, match="no such file"):
        read_table(tmp_path / "nowhere" / "row.csv")


def test_a_folder_is_no_table(tmp_path):
    with pytest.raises(SourceBroken, match="this is a folder"):
        read_table(tmp_path)


def test_an_unknown_ending_lists_the_known(tmp_path):
    path = tmp_path / "rows.docx"
    path.write_bytes(b"x")
    with pytest.raises(SourceBroken, match=r"'\.docx' is no format of tables.*\.csv"):
        read_table(path)


@pytest.mark.parametrize("ending", [*PLAIN, ".shp", ".geojson"])
def test_an_empty_file_is_refused(tmp_path, ending):
    path = tmp_path / f"rows{ending}"
    path.write_bytes(b"")
    for read in (read_table, columns_of):
        with pytest.raises(SourceBroken, match="the file is empty"):
            read(path)


@pytest.mark.parametrize("ending", [e for e in PLAIN if e != ".ods"])
def test_a_table_without_rows_is_refused(tmp_path, ending, monkeypatch):
    monkeypatch.setitem(globals(), "ROWS", ROWS[:0])
    with pytest.raises(SourceBroken, match=r"no rows in it|sheet is empty"):
        read_table(plain(tmp_path, ending))


def test_a_map_without_rows_is_refused(tmp_path):
    path = tmp_path / "map.geojson"
    path.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(SourceBroken, match="no rows in it"):
        read_table(path)


@pytest.mark.parametrize("share", [0.02, 0.5, 0.95])
@pytest.mark.parametrize("ending", [".csv.gz", ".xlsx", ".ods", ".parquet", ".gpkg"])
def test_a_truncated_table_is_refused(tmp_path, ending, share):
    path = plain(tmp_path, ending)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceBroken, match=r"rows.*fetch it again"):
        read_table(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("ending", [".geojson", ".gpkg", ".shp", ".geoparquet"])
def test_a_truncated_map_is_refused(tmp_path, ending, share):
    path, _ = spatial(tmp_path, ending, "polygons")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceBroken, match=r"map.*fetch it again"):
        read_table(path)


@pytest.mark.parametrize("part", [".dbf", ".shx"])
def test_a_shapefile_wants_all_of_its_parts_whole(tmp_path, part):
    path, _ = spatial(tmp_path, ".shp")
    beside = path.with_suffix(part)
    whole = beside.read_bytes()
    beside.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SourceBroken, match=rf"map\{part}: the file is cut short"):
        read_table(path)
    beside.unlink()
    with pytest.raises(SourceBroken, match=rf"its \{part} file is missing"):
        read_table(path)


def test_a_damaged_parquet_page_is_refused(tmp_path):
    path = tmp_path / "rows.parquet"
    pd.DataFrame({"code": [f"{i * 7919:09d}" for i in range(5000)]}).to_parquet(path)
    data = bytearray(path.read_bytes())
    data[200:5000] = b"\xff" * 4800
    path.write_bytes(bytes(data))
    with pytest.raises(SourceBroken, match="damaged or cut short"):
        read_table(path)


@pytest.mark.parametrize("ending", [".shp", ".gpkg", ".parquet"])
def test_a_map_that_does_not_say_its_system_is_refused(tmp_path, ending):
    path = tmp_path / f"map{ending}"
    frame = gpd.GeoDataFrame(ROWS, geometry=SHAPES["points"])
    if ending == ".parquet":
        frame.to_parquet(path)
    else:
        with pytest.warns(UserWarning, match="crs"):
            frame.to_file(path)
    with pytest.raises(SourceBroken, match="does not say in which coordinate system"):
        read_table(path)
    assert_frame_equal(
        pd.DataFrame(read_table(path, columns=list(ROWS.columns))), ROWS, check_dtype=False
    )


def test_a_shapefile_without_prj_says_how_to_mend(tmp_path):
    path, _ = spatial(tmp_path, ".shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(SourceBroken, match=r"put its \.prj file beside it"):
        read_table(path)


def test_geojson_is_longitude_and_latitude_unless_it_says_otherwise(tmp_path):
    path = tmp_path / "map.geojson"
    feature = (
        '{"type": "Feature", "properties": {"code": "001"}, '
        '"geometry": {"type": "Point", "coordinates": [-2, 53]}}'
    )
    path.write_text(f'{{"type": "FeatureCollection", "features": [{feature}]}}')
    assert read_table(path).crs == "EPSG:4326"
    old = '"crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::27700"}}'
    path.write_text(f'{{"type": "FeatureCollection", {old}, "features": [{feature}]}}')
    assert read_table(path).crs == "EPSG:27700"


@pytest.mark.parametrize(
    ("written", "named", "says"),
    [
        (".parquet", ".csv", "named as CSV, but the content is Parquet"),
        (".xlsx", ".csv", "named as CSV, but the content is Excel or zip"),
        (".csv.gz", ".csv", "named as CSV, but the content is gzip"),
        (".csv", ".csv.gz", "this is not gzip"),
        (".csv", ".xlsx", "this is not Excel"),
        (".csv", ".parquet", "this is not Parquet"),
        (".gpkg", ".parquet", "named as Parquet, but the content is GeoPackage"),
        (".csv", ".gpkg", "this is not GeoPackage"),
        (".csv", ".geojson", "not GeoJSON"),
    ],
)
def test_a_wrong_ending_is_told(tmp_path, written, named, says):
    path = tmp_path / f"wrong{named}"
    path.write_bytes(plain(tmp_path, written).read_bytes())
    for read in (read_table, columns_of):
        with pytest.raises(SourceBroken, match=says):
            read(path)


def test_a_web_page_is_no_data(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("\n<!DOCTYPE html><html><body>Please sign in</body></html>")
    with pytest.raises(SourceBroken, match="this is a web page"):
        read_table(path)


@pytest.mark.parametrize("ending", PLAIN)
def test_a_misspelt_column_is_named_with_the_nearest(tmp_path, ending):
    path = plain(tmp_path, ending)
    with pytest.raises(MissingColumn, match="no column 'peple'; did you mean 'people'"):
        read_table(path, columns=["code", "peple"])
    with pytest.raises(MissingColumn, match=r"where = .*no column 'nam'; did you mean 'name'"):
        read_table(path, where=Filter.parse("nam == 'Ash'"))


@pytest.mark.parametrize("ending", [".csv", ".parquet"])
def test_two_columns_of_one_name_are_refused(tmp_path, ending):
    path = tmp_path / f"rows{ending}"
    if ending == ".csv":
        path.write_text("a,b,a\n1,2,3\n")
    else:
        import pyarrow as pa
        import pyarrow.parquet as pq

        pq.write_table(pa.Table.from_arrays([pa.array([1]), pa.array([2])], ["a", "a"]), path)
    with pytest.raises(SourceBroken, match="several columns named 'a'"):
        read_table(path)


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".geojson"])
def test_a_format_without_layers_wants_none(tmp_path, ending):
    path = spatial(tmp_path, ending)[0] if ending == ".geojson" else plain(tmp_path, ending)
    with pytest.raises(InputError, match="no layers; leave out 'layer'"):
        read_table(path, layer="sheet")
