"""What is refused says where; what must hold is printed for every number that is told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mobilise import cli
from mobilise.errors import InputError
from mobilise.learn import causes, outcomes
from mobilise.learn.analyses import compared, estimates_table, outcomes_of, pooled
from mobilise.learn.causes.eventstudy import joint_test
from mobilise.report.sections.learned import must_hold
from tests.learn.panels import staggered_panel


def test_a_text_among_numbers_is_told_by_file_column_and_row_and_not_repeated(tmp_path, capsys):
    frame = pd.DataFrame({"before": ["4"] * 9 + ["Ada Marked"], "after": ["5"] * 10})
    frame.to_csv(tmp_path / "people.csv", index=False)
    run = ["learn", "outcomes", str(tmp_path), str(tmp_path / "people.csv")]
    assert cli.main([*run, "--scale", "ons4_worthwhile"]) == 2
    said = capsys.readouterr().err
    assert "people.csv: 'before' must hold numbers: row 10" in said
    assert "Marked" not in said


def test_people_compared_with_a_word_for_a_feature_are_refused_by_row():
    frame = pd.DataFrame({"treated": [0, 1] * 5, "outcome": range(10), "age": ["40"] * 9 + ["old"]})
    with pytest.raises(InputError, match="'age' must hold numbers: row 10"):
        compared(frame, design="people", features=["age"])


@pytest.mark.parametrize("missing", ["row", "value"])
def test_a_staggered_panel_with_a_gap_says_where(missing):
    table = staggered_panel()
    gone = (table["area_id"] == table["area_id"].iloc[0]) & (table["time"] == table["time"].max())
    table = table[~gone] if missing == "row" else table.assign(outcome=table["outcome"].mask(gone))
    with pytest.raises(InputError, match=r"has no row with all values for .*every unit at every"):
        causes.group_time_effects(table)


def test_a_series_with_a_period_left_out_is_refused_but_new_year_is_no_gap():
    months = [202_400 + m for m in range(1, 13)] + [202_500 + m for m in range(1, 13)]
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(
        {"time": months, "outcome": rng.normal(10, 1, 24), "treated": [0] * 12 + [1] * 12}
    )
    assert compared(frame, design="series")[0].value is not None
    with pytest.raises(InputError, match="Between time 202403 and 202405 a period is left out"):
        compared(frame[frame["time"] != 202_404], design="series")


@pytest.mark.parametrize(
    ("written", "gap"),
    [
        ([f"{2023 + m // 12}-{m % 12 + 1}" for m in range(18)], "2023-6 and 2023-8"),
        ([f"{2021 + q // 4}-Q{q % 4 + 1}" for q in range(18)], "2022-Q2 and 2022-Q4"),
        ([f"{2001 + y}/{2 + y:02d}" for y in range(18)], "2006/07 and 2008/09"),
        ([f"{2010 + y}-{11 + y}" for y in range(18)], "2015-16 and 2017-18"),
        ([str(d.date()) for d in pd.date_range("2023-01-31", periods=18, freq="ME")], "06-30 and"),
        ([str(d.date()) for d in pd.date_range("2023-01-02", periods=18, freq="W")], "02-12 and"),
        (list(range(2001, 2019)), "2006 and 2008"),
    ],
)
def test_periods_written_as_people_write_them_come_in_order_and_none_is_left_out(written, gap):
    rng = np.random.default_rng(2)
    frame = pd.DataFrame({"time": written, "treated": [0] * 9 + [1] * 9})
    frame["outcome"] = np.arange(18) + 5.0 * frame["treated"] + rng.normal(0, 0.1, 18)
    shuffled = frame.sample(frac=1, random_state=1)
    found = compared(shuffled, design="series")[0]
    assert found.value == pytest.approx(5.0, abs=0.5)
    with pytest.raises(InputError, match=f"{gap}.* a period is left out"):
        compared(frame.drop(index=6), design="series")


@pytest.mark.parametrize(
    ("written", "first"),
    [
        ([f"wave {n}" for n in range(12)], "wave 0"),
        ([20_240_101 + n for n in range(12)], "20240101"),  # dates: after the 31st comes the 101st
        ([np.inf, *range(11)], "inf"),
    ],
)
def test_a_period_that_cannot_be_put_in_order_is_refused(written, first):
    frame = pd.DataFrame({"time": written, "outcome": range(12)})
    frame["treated"] = [0] * 6 + [1] * 6
    with pytest.raises(InputError, match=f"Time '{first}' is no period like the others"):
        compared(frame, design="series")


def test_effects_without_a_comparison_are_counted():
    table = staggered_panel()
    begun = table[np.isfinite(table["start"])]
    found = causes.group_time_effects(begun)
    # The last to begin (at 6) leave nobody for 6 to 8: three periods of each of the two groups.
    assert "6 effects of a group in a period have no comparison left" in found.overall.method


def test_earlier_periods_that_cannot_be_told_apart_are_not_tested():
    V = np.outer([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    assert joint_test(np.array([0.1, 0.2, 0.4]), V, 20.0) == (None, None)
    f, p = joint_test(np.array([1.0, 1.0]), np.eye(2), 20.0)
    assert f == pytest.approx(1.0)
    assert p == pytest.approx(0.3855, abs=1e-3)  # F(2, 20), by table


def test_a_sixth_fifth_is_refused_by_row():
    with pytest.raises(InputError, match="'quintile' is 6 in row 2: give 1 to 5"):
        outcomes.gap_among_helped([1, 2, 3], [2, 3, 4], [1, 6, 5])


def test_a_moderator_that_is_missing_is_told_by_row():
    table = pd.DataFrame(
        {"study": list("abcd"), "effect": [1.0, 2, 3, 4], "se": 1.0, "size": [1, np.nan, 3, 4]}
    )
    with pytest.raises(InputError, match="'size' is missing in row 2"):
        pooled(table, moderators=["size"])


def test_an_unclear_effect_needs_no_unmeasured_cause_to_be_none():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"treated": [0, 1] * 40, "outcome": rng.normal(0, 1, 80), "age": rng.normal(50, 9, 80)}
    )
    found = compared(frame, design="people", features=["age"])
    assert found[0].lower <= 0 <= found[0].upper
    assert "and of 1.0 each to bring its interval to zero" in found[-1].sentence


def test_every_assumption_of_what_is_told_is_printed_once():
    rng = np.random.default_rng(5)
    before = rng.normal(20, 2, 80)
    frame = pd.DataFrame(
        {"treated": [0, 1] * 40, "before": before, "after": before + rng.normal(1, 1, 80),
         "age": rng.normal(50, 9, 80)}
    )  # fmt: skip
    found = compared(frame, design="people", features=["age"])
    rows = estimates_table(found, analysis="p", source="s")
    said = " ".join(must_hold(rows))
    for estimate in found:
        for one in estimate.assumptions:
            assert said.count(one) == 1
    assert said.startswith("What must hold: ")


def test_people_who_are_left_out_are_counted_and_a_few_only_said_to_be():
    rng = np.random.default_rng(7)
    before = rng.normal(20, 2, 60)
    frame = pd.DataFrame({"before": before, "after": before + 1 + rng.normal(0, 1, 60)})
    for gone, said in ((12, "12 people without"), (3, "Fewer than 8 people without")):
        part = frame.assign(before=frame["before"].mask(frame.index < gone))
        assert said in outcomes_of(part, scale="swemwbs")[0].method
    people = frame.assign(treated=[0, 1] * 30, age=rng.normal(50, 9, 60))
    people.loc[:3, "age"] = np.nan
    found = compared(people, design="people", features=["age"])[0]
    assert "4 of 60 people without all values left out" in found.method
    assert "People without all values are like those with them." in found.assumptions
