"""The people beside an indicator's means are those who have a value."""

from __future__ import annotations

import pandas as pd

from mobilise.report.sections.health import _people_with_a_value


class Counted:
    areas = pd.DataFrame(
        {
            "area_id": ["A", "B", "C"],
            "population": [100.0, 200.0, 300.0],
            "group_ward": ["v", "v", "w"],
        }
    )


def rows(level, ids, values):
    return pd.DataFrame({"level": level, "area_id": ids, "value": values})


def test_areas_without_a_value_count_nobody():
    found = _people_with_a_value(Counted, rows("area", ["A", "B"], [70.0, None]))
    assert found.tolist() == [100.0, 0.0, 0.0]


def test_a_larger_area_with_a_value_counts_all_of_its_areas():
    found = _people_with_a_value(Counted, rows("ward", ["v", "w"], [70.0, None]))
    assert found.tolist() == [100.0, 200.0, 0.0]
