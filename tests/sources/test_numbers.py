"""Columns as numbers and as texts."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.errors import BadValues, MissingColumn
from mobilise.sources import numbers, texts


@given(st.lists(st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False))))
def test_numbers_as_texts_are_the_same_numbers(values):
    written = pd.DataFrame(
        {"v": pd.Series([None if v is None else repr(v) for v in values], dtype="str")}
    )
    plain = pd.DataFrame({"v": pd.Series(values, dtype="float64")})
    pd.testing.assert_series_equal(numbers(written, "v", "t"), numbers(plain, "v", "t"))


@pytest.mark.parametrize("dtype", ["int32", "Int64", "float32", "uint8"])
def test_any_kind_of_number_becomes_float64(dtype):
    frame = pd.DataFrame({"v": pd.Series([1, 2], index=[5, 9], dtype=dtype)})
    found = numbers(frame, "v", "t")
    assert found.dtype == "float64"
    assert found.to_dict() == {5: 1.0, 9: 2.0}


def test_blanks_are_null():
    frame = pd.DataFrame({"v": ["1", "", "  ", None, " 2 "]})
    assert numbers(frame, "v", "t").fillna(-1).tolist() == [1, -1, -1, -1, 2]


@pytest.mark.parametrize(
    ("value", "mend"),
    [
        ("n/a", "leave the cell empty"),
        ("*", "leave the cell empty"),
        ("nan", "leave the cell empty"),
        ("inf", "leave the cell empty"),
        ("1_000", "leave the cell empty"),
        ("1,234", "without commas"),
        ("1,5", "with a decimal point"),
        ("12.5 %", "without the per cent sign"),
        ("£300", "without the currency"),
        ("1e999", "leave the cell empty"),
    ],
)
def test_what_is_no_number_is_named_with_its_mend(value, mend):
    frame = pd.DataFrame({"id": ["A", "B", "C"], "people": ["5", value, "7"]})
    with pytest.raises(BadValues) as caught:
        numbers(frame, "people", "areas.csv")
    says = str(caught.value)
    assert says.startswith(
        f"areas.csv: column 'people' holds '{value}' where a number belongs (row 2 of those read)"
    )
    assert mend in says
    with pytest.raises(BadValues, match="row 'B'"):
        numbers(frame, "people", "areas.csv", name="id")


def test_how_many_more_are_wrong_is_said():
    frame = pd.DataFrame({"people": ["x"] * 1201 + ["1"]})
    with pytest.raises(BadValues, match="and 1,200 more like it"):
        numbers(frame, "people", "areas.csv")


def test_infinities_and_truths_are_no_numbers():
    with pytest.raises(BadValues, match="'inf'"):
        numbers(pd.DataFrame({"v": [1.0, math.inf]}), "v", "t")
    with pytest.raises(BadValues, match="holds true and false"):
        numbers(pd.DataFrame({"v": [True, False]}), "v", "t")


@pytest.mark.parametrize("read", [numbers, texts])
def test_a_missing_column_is_named(read):
    with pytest.raises(
        MissingColumn, match=r"areas\.csv: no column 'peple'; did you mean 'people'"
    ):
        read(pd.DataFrame({"people": [1]}), "peple", "areas.csv")


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(["7", " 12 ", None, ""]),
        pd.Series([7.0, 12.0, None, None]),
        pd.Series([7, 12, None, None], dtype="Int64"),
        pd.Series(["7", "12", None, None], dtype="category"),
    ],
)
def test_codes_are_alike_whatever_their_column_was(column):
    found = texts(pd.DataFrame({"code": column}), "code", "t")
    assert found.dtype == "str"
    assert found.isna().tolist() == [False, False, True, True]
    assert found[:2].tolist() == ["7", "12"]


def test_a_code_with_zeros_keeps_them():
    assert texts(pd.DataFrame({"code": ["007"]}), "code", "t").tolist() == ["007"]
