"""Workbooks that GDAL wrote."""

from __future__ import annotations

import zipfile

import pandas as pd
import pyogrio
import pytest

from mobilise.errors import InputError, SourceBroken
from mobilise.sources import columns_of, read_table


def write(path, sheets):
    for name, frame in sheets.items():
        pyogrio.write_dataframe(frame, path, layer=name, driver="XLSX", append=path.exists())


def test_cells_keep_their_kind(tmp_path):
    path = tmp_path / "rows.xlsx"
    frame = pd.DataFrame(
        {
            "code": ["001", "7", "x"],
            "whole": [1, 2, 3],
            "gaps": [1.5, None, 3.0],
            "opened": pd.to_datetime(["2024-02-01", "2023-12-31", "2020-02-29"]),
        }
    )
    write(path, {"rows": frame})
    found = read_table(path)
    assert found["code"].tolist() == ["001", "7", "x"]
    assert found["whole"].tolist() == [1, 2, 3]
    assert found["whole"].dtype == "int64"
    assert found["gaps"].isna().tolist() == [False, True, False]
    assert found["gaps"].dtype == "float64"
    assert [text[:10] for text in found["opened"]] == ["2024-02-01", "2023-12-31", "2020-02-29"]


def test_a_sheet_is_chosen_by_name(tmp_path):
    path = tmp_path / "rows.xlsx"
    write(path, {"Notes": pd.DataFrame({"a": ["x"]}), "Data": pd.DataFrame({"b": ["y", "z"]})})
    assert read_table(path, layer="Data")["b"].tolist() == ["y", "z"]
    assert columns_of(path, layer="Notes") == ["a"]
    with pytest.raises(InputError, match="layer = one of 'Notes', 'Data'"):
        read_table(path)
    with pytest.raises(InputError, match="no sheet 'data'; did you mean 'Data'"):
        columns_of(path, layer="data")


def test_hidden_sheets_do_not_make_a_choice_necessary(tmp_path):
    path = tmp_path / "rows.xlsx"
    write(path, {"Data": pd.DataFrame({"b": ["y"]}), "Lists": pd.DataFrame({"a": ["x"]})})
    hidden = tmp_path / "hidden.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(hidden, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "xl/workbook.xml":
                data = data.replace(b'sheetId="2" state="visible"', b'sheetId="2" state="hidden"')
            new.writestr(name, data)
    assert read_table(hidden)["b"].tolist() == ["y"]


def test_blank_rows_are_no_rows_and_mixed_columns_are_texts(tmp_path):
    path = tmp_path / "rows.xlsx"
    frame = pd.DataFrame({"code": ["A1", None, "7"], "people": ["5", None, "12"]})
    write(path, {"rows": frame})
    found = read_table(path)
    assert found["code"].tolist() == ["A1", "7"]


def test_a_zip_that_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "rows.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    with pytest.raises(SourceBroken, match="workbook is damaged"):
        read_table(path)
