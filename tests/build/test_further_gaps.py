"""What ``[[gaps]]`` and ``[[explain]]`` ask for, on a town that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mobilise.build.circular import circular
from mobilise.build.trends import year_of
from mobilise.errors import BadValues, RecipeError


def with_section(town, section, to="gaps"):
    town.recipe = town.recipe.replace("[report]", f"{section}\n[report]")
    return town.build(to=to)


def rows(place, **chosen):
    table = place.table("gaps")
    for column, value in chosen.items():
        table = table[table[column] == value]
    return table


def test_statistics_are_what_numpy_gives(town):
    section = '[[gaps]]\nof = ["Good health"]\nstatistics = ["gini", "difference", "coefficient_of_variation"]'
    place = with_section(town, section)
    areas = place.table("areas")
    y = place.table("indicators")["value"].to_numpy()
    w = areas["population"].to_numpy() / areas["population"].sum()
    mean = w @ y
    # Gini as half the relative mean absolute difference, over all pairs.
    gini = (w[:, None] * w * np.abs(y[:, None] - y)).sum() / (2 * mean)
    assert rows(place, statistic="gini")["value"].item() == pytest.approx(gini)
    spread = np.sqrt(w @ (y - mean) ** 2)
    found = rows(place, statistic="coefficient_of_variation")["value"].item()
    assert found == pytest.approx(100 * spread / mean)
    fifths = areas["deprivation_quintile"].to_numpy()
    ends = [np.average(y[fifths == k], weights=w[fifths == k]) for k in (1, 5)]
    assert rows(place, statistic="difference")["value"].item() == pytest.approx(ends[1] - ends[0])


def test_larger_areas_are_compared_by_their_names(town):
    section = '[[gaps]]\nof = ["Good health"]\nby = { group = "ward" }'
    place = with_section(town, section)
    by_ward = rows(place, by="ward", statistic="mean").set_index("part")["value"]
    assert by_ward["Row 1"] == pytest.approx((100 * 70 + 200 * 71 + 300 * 72) / 600)
    assert by_ward.index.tolist() == ["Row 1", "Row 2", "Row 3"]
    assert rows(place, by="ward", statistic="difference_of_groups")[
        "value"
    ].abs().item() == pytest.approx(6)


def test_another_column_ranks_people_otherwise(town):
    areas = town.table("areas")
    town.write("areas", areas.assign(work=areas["score"].to_numpy()[::-1]))
    section = '[[gaps]]\nof = ["Good health"]\nby = { column = "work", higher = "worse" }'
    place = with_section(town, section)
    slopes = rows(place, of="Good health", statistic="slope_index").set_index("by")["value"]
    # The same line, ranked from the other end: people weigh alike, so only the sign changes.
    assert slopes["work"] == pytest.approx(-slopes["income deprivation"])


def test_a_slope_is_also_told_without_the_edge(town):
    place = town.build(to="gaps")
    inside = rows(place, measure="nearest", statistic="slope_index_inside")
    assert inside["n"].item() == 3
    assert inside["sentence"].item().startswith("Without the 6 areas near the border of the data, ")


def test_an_explanation_adds_up_to_the_index(town):
    areas, random = town.table("areas"), np.random.default_rng(5)
    town.write("areas", areas.assign(smokers=30 * areas["score"] + random.normal(0, 3, 9)))
    section = '[[explain]]\nof = "Good health"\ndeterminants = ["smokers", "library nearest"]'
    table = with_section(town, section).table("explanations")
    assert table["determinant"].tolist() == [
        "whole",
        "smokers",
        "the walk to the nearest library",
        "not explained",
    ]
    assert table["value"][1:].sum() == pytest.approx(table["value"][0])
    assert table["percent"][1:].sum() == pytest.approx(100)
    assert table["warning"].str.contains("ecological fallacy").all()


def test_two_groups_of_areas_are_compared(town):
    areas, random = town.table("areas"), np.random.default_rng(6)
    town.write("areas", areas.assign(smokers=random.normal(20, 5, 9)))
    section = (
        '[[explain]]\nof = "Good health"\ndeterminants = ["smokers"]\nmethod = "oaxaca-blinder"\n'
        'first = "deprivation > 0.45"\nnames = ["poorer areas", "richer areas"]'
    )
    table = with_section(town, section).table("explanations")
    people, percent = areas["people"].to_numpy(), town.table("health")["percent"].to_numpy()
    first = areas["score"].to_numpy() > 0.45
    means = [np.average(percent[k], weights=people[k]) for k in (first, ~first)]
    assert table["value"][0] == pytest.approx(means[0] - means[1])
    assert table["value"][1:].sum() == pytest.approx(table["value"][0])


@pytest.mark.parametrize(
    ("section", "error", "says"),
    [
        (
            '[[explain]]\nof = "Good helth"\ndeterminants = ["x"]',
            BadValues,
            "did you mean 'Good health'",
        ),
        ('[[explain]]\nof = "Good health"\ndeterminants = ["scor"]', BadValues, "no 'scor'"),
        ('[[explain]]\nof = "Good health"\ndeterminants = []', RecipeError, "must not be empty"),
        (
            '[[explain]]\nof = "x"\ndeterminants = ["x"]\nmethod = "oaxaca-blinder"',
            RecipeError,
            "'first'",
        ),
        ('[[gaps]]\nstatistics = ["ginni"]', RecipeError, "must be 'relative_index'"),
        ('[[gaps]]\nby = { column = "x" }', RecipeError, "needs 'higher'"),
    ],
)
def test_what_cannot_be_computed_is_named(town, section, error, says):
    with pytest.raises(error, match=says):
        with_section(town, section)


def test_a_gap_through_time_is_told(town):
    health = town.table("health")
    steps = np.arange(9) - 4.0  # from the most to the least deprived
    years = [
        health.assign(year=year, percent=75 + slope * steps)
        for year, slope in ((2018, 1.0), (2019, 1.5), (2020, 2.0), (2021, 2.5))
    ]
    table = pd.concat(years)
    table = table.assign(lower=table["percent"] - 0.2, upper=table["percent"] + 0.2)
    town.write("health", table).change('period = "2021"', 'period = { column = "year" }')
    trend = rows(town.build(to="gaps"), statistic="trend").iloc[0]
    assert "widening" in trend["sentence"]
    assert trend["lower"] > 0
    slopes = rows(town.build(to="gaps"), statistic="slope_index")
    slopes = slopes[slopes["of"].str.startswith("Good health")]["value"].to_numpy()
    assert trend["value"] == pytest.approx(np.polyfit(range(4), slopes, 1)[0], rel=1e-6)


def test_periods_are_read_as_years():
    assert [year_of(p) for p in ("2016-2020", "2019/20", "2021")] == [2018.0, 2019.5, 2021.0]


def test_an_outcome_that_is_part_of_its_index_is_warned_of(town):
    town.write("areas", town.table("areas").rename(columns={"score": "imd2025_score"}))
    town.change('"score"', '"imd2025_score"').change(
        '"Good health"', '"Years of potential life lost"'
    )
    assert "part of the health domain" in circular(town.load())[0].says
    town.change('"imd2025_score"', '"imd2025_income_score"')
    assert circular(town.load()) == []
