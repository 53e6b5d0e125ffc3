"""Filters, against SQLite: the same text must choose the same rows."""

from __future__ import annotations

import sqlite3

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobilise.errors import BadValues, FilterError, MissingColumn
from mobilise.filters import Filter

NUMBERS = st.one_of(st.none(), st.sampled_from([-1.5, 0.0, 1.0, 2.0, 1e3]))
TEXTS = st.one_of(st.none(), st.sampled_from(["a", "B", "b c", "é", ""]))
SIGNS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])


def literals(column):
    if column == "n":
        return st.sampled_from(["-1.5", "0", "1", "2.0", "1e3"])
    return st.sampled_from(["'a'", '"B"', "'b c'", "'é'", "''"])


@st.composite
def comparisons(draw):
    column = draw(st.sampled_from(["n", "t"]))
    shown = draw(st.sampled_from([column, f"`{column}`"]))
    form = draw(st.sampled_from(["compare", "in", "not in", "null", "not null"]))
    if form == "compare":
        return f"{shown} {draw(SIGNS)} {draw(literals(column))}"
    if form in {"in", "not in"}:
        values = draw(st.lists(literals(column), min_size=1, max_size=3))
        return f"{shown} {form} ({', '.join(values)})"
    return f"{shown} is {'not ' if form == 'not null' else ''}null"


EXPRESSIONS = st.recursive(
    comparisons(),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(" ".join),
        inner.map(lambda text: f"not ({text})"),
        inner.map(lambda text: f"({text})"),
    ),
    max_leaves=5,
)


@given(EXPRESSIONS, st.lists(st.tuples(NUMBERS, TEXTS), min_size=1, max_size=8))
def test_chooses_the_rows_that_sql_chooses(text, rows):
    frame = pd.DataFrame(rows, columns=["n", "t"])
    frame = frame.astype({"n": float, "t": "str"})
    database = sqlite3.connect(":memory:")
    database.execute("create table rows (i integer, n real, t text)")
    database.executemany(
        "insert into rows values (?, ?, ?)", [(i, *row) for i, row in enumerate(rows)]
    )
    # SQLite reads "B" as a column; 'B' means the same to the filter.
    query = f"select i from rows where {text.replace(chr(34), chr(39))}"  # noqa: S608
    found = database.execute(query)
    expected = np.isin(np.arange(len(rows)), [i for (i,) in found])
    database.close()
    assert Filter.parse(text).mask(frame).tolist() == expected.tolist()


def test_reads_columns_in_the_order_of_their_mention():
    assert Filter.parse("b == 1 or `a b` is null and b < 3").columns == ("b", "a b")


def test_true_and_false():
    frame = pd.DataFrame({"open": [True, False]})
    assert Filter.parse("open == true").mask(frame).tolist() == [True, False]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "stops where a column should follow"),
        ("type = 'x'", "'==' compares"),
        ("type ==", "stops where a value should follow"),
        ("type == x", "expected a value"),
        ("(type == 'x'", "stops where ')' should follow"),
        ("type == 'x' closed", "'and', 'or' or the end"),
        ("type is empty", "expected 'null'"),
        ("type == 'x", "cannot read"),
        ("__import__('os')", "expected a comparison"),
        ("type like 'x'", "expected a comparison"),
        ("1 == type", "expected a column"),
    ],
)
def test_says_where_a_text_stops_making_sense(text, says):
    with pytest.raises(FilterError, match=says.replace("(", r"\(").replace(")", r"\)")):
        Filter.parse(text)


def test_suggests_the_column_that_was_meant():
    with pytest.raises(MissingColumn, match="did you mean 'year_closed'"):
        Filter.parse("yearclosed is null").mask(pd.DataFrame({"year_closed": [1]}), "libraries.csv")


@pytest.mark.parametrize(
    ("column", "text", "says"),
    [
        ([1, 2], "a == '1'", "write 1 without quotes"),
        ([1, 2], "a == 'x'", "compared with the text 'x'"),
        (["x", "2"], "a == 2", "holds 'x' where it is compared with a number"),
        ([1, 2], "a == true", "does not hold true and false"),
    ],
)
def test_refuses_to_compare_unlike_things(column, text, says):
    with pytest.raises(BadValues, match=says):
        Filter.parse(text).mask(pd.DataFrame({"a": column}), "t.csv")
