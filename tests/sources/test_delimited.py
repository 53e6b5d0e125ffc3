"""CSV as it comes: encodings, delimiters, codes with zeros, broken rows."""

from __future__ import annotations

import csv
import gzip
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.errors import SourceBroken
from mobilise.sources import columns_of, read_table, remarks

ROWS = "code,name\n001,Caffè Nero\n002,Llanfair “Pwll” £5\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_unicode_is_read_in_any_of_its_encodings(tmp_path, encoding, newline):
    path = tmp_path / "rows.csv"
    path.write_bytes(ROWS.replace("\n", newline).encode(encoding))
    found = read_table(path)
    assert columns_of(path) == list(found.columns) == ["code", "name"]
    assert found["name"].tolist() == ["Caffè Nero", "Llanfair “Pwll” £5"]
    assert remarks(found, step="assets", label="rows.csv") == []


def test_windows_1252_is_read_and_remarked(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(ROWS.encode("cp1252"))
    found = read_table(path, columns=["name"])
    assert found["name"].tolist() == ["Caffè Nero", "Llanfair “Pwll” £5"]
    (note,) = remarks(found, step="assets", label="rows.csv")
    assert "Not in UTF-8 (line 2), so read as Windows-1252" in note.says
    assert (note.step, note.source) == ("assets", "rows.csv")


def test_bytes_of_no_known_encoding_are_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes(b"code,name\n1,\x81\x8d\n")
    with pytest.raises(SourceBroken, match="line 2 is not in UTF-8"):
        read_table(path)
    path.write_bytes("code,name\n1,Å".encode("utf-16")[:-1])
    with pytest.raises(SourceBroken, match="cut short"):
        read_table(path)
    path.write_bytes(b"code,name\n1,\x00\x00\x00\n")
    with pytest.raises(SourceBroken, match="not text"):
        read_table(path)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_delimiter_is_found(tmp_path, delimiter):
    path = tmp_path / "rows.csv"
    frame = pd.DataFrame({"name, and; more": ["a;b,c\td", "e"], "people": [1, 2]})
    frame.to_csv(path, index=False, sep=delimiter)
    pd.testing.assert_frame_equal(read_table(path), frame)


def test_a_comma_in_the_heading_does_not_hide_semicolons(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("name;address, town\nHall;1 High St\nHub;2 Low Rd\n")
    assert columns_of(path) == ["name", "address, town"]


def test_one_column_is_a_table_too(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("code\n001\n002\n")
    assert read_table(path)["code"].tolist() == ["001", "002"]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (["1", "20", "0"], "int64"),
        (["-1", "", "3"], "float64"),
        (["1.5", ".5", "2"], "float64"),
        (["1e-05", "2.5e+10"], "float64"),
        (["001", "20", "3"], "str"),  # codes
        (["-01", "2"], "str"),
        (["00.5", "2"], "str"),
        (["1E05", "2"], "str"),  # a code that looks like an exponent
        (["1234567890123456", "1"], "str"),  # longer than a float64 can hold beside nulls
        (["1,234", "5"], "str"),
        (["5", "n/a"], "str"),
        (["5", "nan"], "str"),
        (["5", "inf"], "str"),
        (["+44", "5"], "str"),
        (["", ""], "str"),
    ],
)
def test_a_column_is_numbers_only_if_all_of_it_is(tmp_path, values, dtype):
    path = tmp_path / "rows.csv"
    pd.DataFrame({"name": "x", "value": values}).to_csv(path, index=False)
    found = read_table(path)["value"]
    assert found.dtype == dtype
    assert found.isna().tolist() == [value == "" for value in values]
    if dtype == "str":
        assert found.dropna().tolist() == [value for value in values if value]
    else:
        assert found.dropna().tolist() == [float(value) for value in values if value]


def test_headings_are_trimmed_and_blank_ones_numbered(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("\n code , ,people \n1,x,5\n")
    assert columns_of(path) == ["code", "column_2", "people"]


def test_a_heading_over_several_lines_is_one(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('code,"people\n(mid-2024)"\nA,5\n"B\nb",6\n')
    found = read_table(path)
    assert list(found.columns) == ["code", "people\n(mid-2024)"]
    assert found["code"].tolist() == ["A", "B\nb"]


def test_a_ragged_row_is_named_without_its_text(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("code,name\n1,a\n2,private,words\n3,c\n")
    with pytest.raises(SourceBroken, match="row 3 has 3 values under 2 headings") as caught:
        read_table(path)
    assert "private" not in str(caught.value)


def test_a_csv_cut_within_a_row_is_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("code,name,people\n1,a,5\n2,b")
    with pytest.raises(SourceBroken, match="row 3 has 2 values under 3 headings; the file is cut"):
        read_table(path)


def test_a_quotation_that_never_ends_is_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('code,name\n1,"a\n' + "2,b\n" * 2000)
    with pytest.raises(SourceBroken, match="a quotation mark is not closed"):
        read_table(path)


def test_an_inch_is_no_quotation(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('code,name\n1,6" pipe\n2,b\n')
    assert read_table(path)["name"].tolist() == ['6" pipe', "b"]


def test_a_file_of_blank_lines_is_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("\n \n\n")
    with pytest.raises(SourceBroken, match="nothing in it"):
        read_table(path)


def test_gzip_that_is_damaged_within_is_refused(tmp_path):
    path = tmp_path / "rows.csv.gz"
    data = bytearray(gzip.compress("\n".join(map(str, range(5000))).encode()))
    data[2000:2100] = bytes(100)
    path.write_bytes(bytes(data))
    with pytest.raises(SourceBroken, match="damaged or cut short"):
        read_table(path)


def test_a_long_value_is_no_hindrance(tmp_path):
    path = tmp_path / "rows.csv"
    outline = "POLYGON((" + ", ".join(f"{i} {i}" for i in range(60_000)) + "))"
    frame = pd.DataFrame({"code": ["A", "B"], "outline": [outline, outline]})
    frame.to_csv(path, index=False)
    pd.testing.assert_frame_equal(read_table(path), frame)


# A letter in front keeps every value a text; NUL is no text, and a lone carriage return or a
# surrogate is not what any spreadsheet writes.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00\r"), max_size=20)


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=20), st.sampled_from(",;\t"))
def test_what_the_csv_module_writes_is_read_as_it_was(rows, delimiter):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
            writer.writerow(["first", "second"])
            writer.writerows([(f"x{a}", f"x{b}") for a, b in rows])
        found = read_table(path)
    assert found["first"].tolist() == [f"x{a}" for a, _ in rows]
    assert found["second"].tolist() == [f"x{b}" for _, b in rows]


@given(
    st.lists(
        st.one_of(
            st.integers(-(10**14), 10**14),
            st.floats(allow_nan=False, allow_infinity=False, width=64).map(lambda v: v + 0.0),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_numbers_survive_exactly(values):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        pd.DataFrame({"code": "x", "value": pd.Series(values, dtype=object)}).to_csv(
            path, index=False
        )
        found = read_table(path)["value"]
    assert found.tolist() == [float(value) for value in values]
