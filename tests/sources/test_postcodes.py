"""Postcodes: their form is that of BS 7666; their places those of an invented table."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.errors import BadValues, MissingColumn
from mobilise.recipe import Postcodes
from mobilise.sources import PostcodeTable, normalise_postcode

LETTERS, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
# The six forms of the outward code.
OUTWARD = st.sampled_from(["A9", "A99", "AA9", "AA99", "A9A", "AA9A"])
POSTCODES = st.tuples(OUTWARD, st.just("9AA")).flatmap(
    lambda form: st.tuples(
        *(st.sampled_from(LETTERS if c == "A" else DIGITS) for c in form[0]),
        st.just(" "),
        *(st.sampled_from(LETTERS if c == "A" else DIGITS) for c in form[1]),
    ).map("".join)
)


@given(POSTCODES, st.sampled_from(["", " ", "  ", "\t", "\xa0"]), st.booleans(), st.booleans())
def test_case_and_spaces_do_not_matter(postcode, space, lower, around):
    written = postcode.replace(" ", space)
    written = written.lower() if lower else written
    written = f" {written}\n" if around else written
    assert normalise_postcode(written) == postcode


@given(st.text(max_size=12))
def test_what_comes_out_is_whole_and_stays_as_it_is(text):
    found = normalise_postcode(text)
    if found is not None:
        assert normalise_postcode(found) == found
        assert found.replace(" ", "") == "".join(text.upper().split())


@pytest.mark.parametrize("text", ["", "WA14", "1AH", "WA14 1A", "WA14 1AHX", "WA141 1AH", "W 1"])
def test_parts_of_postcodes_are_none(text):
    assert normalise_postcode(text) is None


def test_girobank_kept_its_own():
    assert normalise_postcode("gir0aa") == "GIR 0AA"


def table(tmp_path, rows, **keys):
    path = tmp_path / "codes.csv"
    pd.DataFrame(rows, columns=["postcode", "easting", "northing"]).to_csv(path, index=False)
    return PostcodeTable.read(Postcodes.model_validate({"file": path, **keys}))


ROWS = [("ZZ1 1AA", 400000, 300000), ("zz11ab", 400100, 300200), ("ZZ9A 9ZZ", None, None)]


def test_places_are_found_in_order(tmp_path):
    written = pd.Series(
        ["zz1 1ab", None, "ZZ11AA", "ZZ2 2AA", "hall", "ZZ1 1AB"], index=list("abcdef")
    )
    found = table(tmp_path, ROWS).find(written)
    assert found["postcode"].fillna("").tolist() == [
        *("ZZ1 1AB", "", "ZZ1 1AA", "ZZ2 2AA", "", "ZZ1 1AB"),
    ]
    assert found["x"].fillna(0).tolist() == [400100, 0, 400000, 0, 0, 400100]
    assert found["y"].fillna(0).tolist() == [300200, 0, 300000, 0, 0, 300200]
    assert list(found.index) == list("abcdef")


def test_a_postcode_without_a_place_is_not_found(tmp_path):
    assert table(tmp_path, ROWS).find(pd.Series(["ZZ9A 9ZZ"]))["x"].isna().all()


def test_the_same_row_twice_is_one_place_and_two_places_are_refused(tmp_path):
    again = [*ROWS, ROWS[0]]
    assert table(tmp_path, again).find(pd.Series(["ZZ1 1AA"]))["x"].tolist() == [400000]
    moved = [*ROWS, ("ZZ11AA", 500000, 300000)]
    with pytest.raises(BadValues, match=r"codes\.csv: postcode 'ZZ1 1AA' is at two places"):
        table(tmp_path, moved).find(pd.Series(["ZZ1 1AA"]))


def test_a_table_without_the_columns_says_so(tmp_path):
    with pytest.raises(MissingColumn, match="no column 'pcd'; did you mean"):
        table(tmp_path, ROWS, postcode="pcd")


def test_rows_can_be_chosen(tmp_path):
    found = table(tmp_path, ROWS, where="easting > 400050").find(pd.Series(["ZZ1 1AA", "ZZ1 1AB"]))
    assert found["x"].isna().tolist() == [True, False]
