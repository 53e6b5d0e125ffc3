"""Tables: every frame on disk has the declared shape."""

from __future__ import annotations

import pandas as pd
import pytest

from mobilise.errors import TableError
from mobilise.tables import TABLES, empty, validate


def reach(**changes):
    row = {
        "area_id": "A1",
        "kind": "library",
        "measure": "nearest",
        "value": 3.5,
        "unit": "minutes",
    }
    return pd.DataFrame([row | changes])


def test_columns_are_declared_ordered_and_typed():
    shaped = validate("reach", reach(edge=True))
    assert list(shaped.columns) == [column.name for column in TABLES["reach"].columns]
    assert shaped.dtypes.astype(str).to_dict() | {"edge": "boolean", "value": "float64"} == (
        shaped.dtypes.astype(str).to_dict()
    )


def test_rows_are_in_the_order_of_the_key_whatever_order_they_come_in():
    rows = pd.concat([reach(area_id=area, edge=False) for area in ("C", "A", "B")])
    assert validate("reach", rows)["area_id"].tolist() == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        (reach(edge=False).drop(columns="kind"), "column 'kind' is missing"),
        (reach(edge=False, kind=None), "column 'kind' has no value in row 1"),
        (reach(edge=False, value="far"), "column 'value' must hold number values"),
        (pd.concat([reach(edge=False)] * 2), "its key repeats"),
    ],
)
def test_a_frame_that_breaks_its_schema_is_refused(frame, says):
    with pytest.raises(TableError, match=says):
        validate("reach", frame)


@pytest.mark.parametrize("name", TABLES)
def test_what_a_missing_value_means_is_always_said(name):
    for column in TABLES[name].columns:
        assert column.says, column.name
        assert column.kind in {"text", "number", "integer", "flag", "geometry"}
    assert set(TABLES[name].key) <= {column.name for column in TABLES[name].columns}


def test_an_empty_table_is_valid():
    assert len(validate("gaps", empty("gaps"))) == 0
