"""Equity of referral: rates that can be worked by hand, and intervals that hold the truth."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

from mobilise.disclosure.release import release
from mobilise.equity import equity_of, measure_equity
from mobilise.equity.people import people_by_group, people_in_need
from mobilise.errors import InputError, MissingColumn, PlaceError
from mobilise.gaps import event_slope_index
from mobilise.place import Place, write_json, write_table
from mobilise.tables import validate
from tests.wall.conftest import AREAS, around_areas, invented_rows

FIFTH = [1 + n // 4 for n in range(len(AREAS))]


def areas_of(population=1500.0):
    return pd.DataFrame({"area_id": AREAS, "population": population, "deprivation_quintile": FIFTH})


@pytest.fixture(scope="module")
def let_out():
    tables = ["quintile", "near", "sex", "area"]
    return release(invented_rows(3000), "2025", around_areas(), tables=tables)


@pytest.fixture(scope="module")
def equity(let_out):
    in_need = people_in_need(areas_of(), None, None)
    return validate("referral_equity", equity_of(let_out.counts, let_out.areas, in_need))


def one(table, **limits):
    for column, value in limits.items():
        table = table[table[column].isna() if value is None else table[column] == value]
    assert len(table) == 1
    return table.iloc[0]


def true_counts(stage):
    """Return the true referrals of each fifth that came so far, counted apart from the wall."""
    stages = ("offered", "referred", "accepted", "attended", "completed")
    rows = invented_rows(3000)
    reached = rows["progress"].str.partition(", ")[0].map(stages.index) >= stages.index(stage)
    fifths = rows.loc[reached, "area"].map(dict(zip(AREAS, FIFTH, strict=True)))
    return fifths.value_counts().sort_index().to_numpy(dtype=float)


def test_a_rate_is_the_rounded_count_per_thousand_people(equity):
    row = one(equity, by="quintile", level="1", stage="referred", statistic="rate")
    assert row["people"] == 6000
    assert row["count"] % 5 == 0
    assert row["value"] == pytest.approx(row["count"] / 6)
    low, high = row["count"] - 2, row["count"] + 2
    assert row["upper"] == pytest.approx(chi2.ppf(0.975, 2 * (high + 1)) / 2 / 6, rel=2e-4)
    assert row["lower"] == pytest.approx(chi2.ppf(0.025, 2 * low) / 2 / 6, rel=2e-4)


@pytest.mark.parametrize("stage", ["offered", "referred", "accepted", "completed"])
def test_intervals_hold_those_of_the_true_counts(equity, stage):
    true = true_counts(stage)
    for fifth, count in enumerate(true, 1):
        row = one(equity, by="quintile", level=str(fifth), stage=stage, statistic="rate")
        assert row["lower"] <= chi2.ppf(0.025, 2 * count) / 2 / 6 * 1.001
        assert row["upper"] >= chi2.ppf(0.975, 2 * (count + 1)) / 2 / 6 * 0.999
    exact = event_slope_index(
        true, [6000] * 5, deprivation=[1, 2, 3, 4, 5], deprivation_higher="better",
        higher="better", per=1000, errors="model",
    )  # fmt: skip
    row = one(equity, by="quintile", level=None, stage=stage, statistic="slope_index")
    assert row["lower"] <= exact.lower < exact.upper <= row["upper"]
    assert row["value"] == pytest.approx(exact.value, abs=1.5)


def test_everything_follows_from_what_was_released(let_out):
    """Post-processing: the same released table gives the same equity, whoever the people were."""
    in_need = people_in_need(areas_of(), None, None)
    again = equity_of(let_out.counts.copy(), let_out.areas.copy(), in_need)
    pd.testing.assert_frame_equal(again, equity_of(let_out.counts, let_out.areas, in_need))
    used = set(again["count"].dropna()) - set(let_out.counts["count"].dropna())
    assert used == set()


def test_who_is_not_referred_though_an_asset_is_near(equity):
    near = one(equity, by="quintile, near", level="1", stage="referred", statistic="rate")
    assert near["people"] == 1500 * sum(n % 3 > 0 for n in range(4))
    assert near["sentence"].startswith(
        "In the most deprived fifth, in areas with an asset near, there were "
    )
    slope = one(equity, by="quintile, near", level=None, stage="referred", statistic="slope_index")
    assert slope["value"] > 0
    assert "worse for people there" in slope["sentence"]


def test_a_count_kept_back_has_no_rate(let_out):
    counts = let_out.counts.copy()
    hidden = (counts["quintile"] == "3") & counts["near"].isna() & (counts["stage"] == "referred")
    counts.loc[hidden, ["count", "lower", "upper"]] = pd.NA
    in_need = people_in_need(areas_of(), None, None)
    table = equity_of(counts, let_out.areas, in_need)
    row = one(table, by="quintile", level="3", stage="referred", statistic="rate")
    assert pd.isna(row["value"])
    assert row["sentence"] == "In the middle fifth the count of referrals was kept back."
    slope = one(table, by="quintile", level=None, stage="referred", statistic="slope_index")
    assert pd.isna(slope["value"])


def test_need_is_population_times_the_indicator():
    values = np.where(np.arange(20) < 4, 20.0, 5.0)
    values[0] = np.nan
    indicators = pd.DataFrame(
        {"area_id": AREAS, "indicator": "Loneliness", "level": "area", "period": "2024",
         "group": None, "value": values, "unit": "%"}
    )  # fmt: skip
    need = people_in_need(areas_of(), indicators, "Loneliness")
    assert need.areas["people"].tolist()[:5] == [300, 300, 300, 300, 75]
    assert "1 areas without a value take the mean of their fifth" in need.method
    with pytest.raises(PlaceError, match="did you mean 'Loneliness'"):
        people_in_need(areas_of(), indicators, "Lonelines")
    with pytest.raises(InputError, match="no percentage"):
        people_in_need(areas_of(), indicators.assign(unit="years"), "Loneliness")


def test_groups_have_rates_where_their_people_are_known(tmp_path, let_out):
    path = tmp_path / "people.csv"
    path.write_text("by,level,people\nsex,female,15000\nsex,male,15000\n", encoding="utf-8")
    in_need = people_in_need(areas_of(), None, None)
    table = equity_of(let_out.counts, let_out.areas, in_need, people_by_group(path))
    row = one(table, by="sex", level="female", stage="referred", statistic="rate")
    assert row["value"] == pytest.approx(row["count"] / 15)
    share = one(table, by="sex", level="female", stage="offered", statistic="share")
    assert 55 < share["value"] < 65
    path.write_text("by,level\nsex,female\n", encoding="utf-8")
    with pytest.raises(MissingColumn, match="'people'"):
        people_by_group(path)
    path.write_text("by,level,people\nsex,female,0\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 1: 'people' must be a number above 0"):
        people_by_group(path)


def test_a_place_without_released_counts_says_what_to_do(tmp_path):
    write_json(tmp_path / "place.json", {"name": "Invented"})
    with pytest.raises(PlaceError, match="mobilise release PLACE"):
        measure_equity(Place.open(tmp_path))


def test_the_table_is_kept_in_the_place(tmp_path, let_out, monkeypatch):
    write_json(tmp_path / "place.json", {"name": "Invented"})
    write_table(tmp_path, "released", let_out.counts)
    write_table(tmp_path, "released_areas", let_out.areas)
    place = Place.open(tmp_path)
    read = place.table
    monkeypatch.setattr(place, "table", lambda n: areas_of() if n == "areas" else read(n))
    text = measure_equity(place)
    assert "In the most deprived fifth there were" in text
    assert len(Place.open(tmp_path).table("referral_equity")) > 100
