"""Areas of another year: worked by hand, and against the real lookup of 2011 to 2021."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mobilise.bridges import bridge_pairs, bridged, old_areas
from mobilise.errors import BadValues, MissingColumn
from mobilise.recipe import Bridge, load_recipe

OLD = pd.DataFrame(
    {
        "area_id": ["same", "left", "right", "whole"],
        "period": "2020",
        "group": None,
        "value": [80.0, 70.0, 76.0, 60.0],
        "lower": [79.0, 67.0, 72.0, 58.0],
        "upper": [81.0, 73.0, 80.0, 62.0],
        "numerator": [8.0, 7.0, 9.0, 6.0],
        "denominator": [100.0, 200.0, 100.0, 50.0],
        "unit": "years",
    }
)
PAIRS = pd.DataFrame(
    {
        "old": ["same", "left", "right", "whole", "whole"],
        "new": ["same", "both", "both", "part1", "part2"],
        "weight": [100.0, 200.0, 100.0, 50.0, 50.0],
    }
)
TODAY = {"same", "both", "part1", "part2"}


def bridge(pairs=PAIRS, part=OLD, weights=None, ids=TODAY):
    rows, notes = bridged(part, weights, pairs, ids, "lookup.csv")
    return rows.set_index("area_id"), notes


def test_merged_areas_have_the_mean_of_their_people():
    rows, _ = bridge()
    both = rows.loc["both"]
    assert both["value"] == pytest.approx((200 * 70 + 100 * 76) / 300)
    # The half-widths 3 and 4 of independent figures: sqrt((200*3)^2 + (100*4)^2) / 300.
    half = np.hypot(600, 400) / 300
    assert both["upper"] - both["value"] == pytest.approx(half)
    assert both["value"] - both["lower"] == pytest.approx(half)
    assert (both["numerator"], both["denominator"]) == (16, 300)


def test_parts_of_a_split_area_have_the_figure_of_the_whole_and_no_counts():
    rows, _ = bridge()
    for part in ("part1", "part2"):
        assert rows.loc[part, ["value", "lower", "upper"]].tolist() == [60, 58, 62]
        assert rows.loc[part, ["numerator", "denominator"]].isna().all()


def test_an_area_that_stayed_keeps_all_it_has():
    rows, notes = bridge()
    kept = ["value", "lower", "upper", "numerator", "denominator", "unit"]
    assert rows.loc["same", kept].tolist() == OLD.loc[0, kept].tolist()
    assert "1 areas merged" in notes[0].says
    assert "2 parts" in notes[0].says
    assert notes[0].count == 3


def test_one_part_in_the_place_is_still_a_part():
    rows, _ = bridge(ids={"part1"})
    assert rows.index.tolist() == ["part1"]
    assert np.isnan(rows.loc["part1", "numerator"])


def test_people_may_stand_in_the_indicators_own_table():
    rows, _ = bridge(pairs=PAIRS.assign(weight=np.nan), weights=OLD["denominator"])
    assert rows.loc["both", "value"] == pytest.approx(72.0)


def test_areas_of_today_stand_for_themselves():
    part = OLD.assign(area_id=["same", "both", "part1", "part2"])
    rows, notes = bridge(part=part)
    assert rows["value"].to_dict() == dict(zip(part["area_id"], part["value"], strict=True))
    assert "3 were of today's year already" in notes[0].says


def test_merged_areas_without_people_are_refused():
    with pytest.raises(BadValues, match=r"area 'left' has no people in column 'bridge.weight'"):
        bridge(pairs=PAIRS.assign(weight=np.nan))


def test_a_lookup_of_other_years_is_refused():
    with pytest.raises(BadValues, match="lookup of the right years"):
        bridge(part=OLD.assign(area_id=["a", "b", "c", "d"]))


def test_a_lookup_without_its_column_is_one_sentence(tmp_path):
    path = tmp_path / "lookup.csv"
    PAIRS.to_csv(path, index=False)
    spec = Bridge(file=path, old="older", new="new", weight="weight")
    with pytest.raises(MissingColumn, match="no column 'older'; did you mean 'old'"):
        bridge_pairs(spec, "lookup.csv")


def test_the_real_lookup_keeps_the_means_of_the_country(shared):
    """Every old area's people go to some new area: population means stay, merged or not."""
    england = shared / "data" / "england"
    people = pd.read_parquet(england / "lsoa11_imd2019_population.parquet")
    lookup = pd.read_parquet(england / "lookup_lsoa11_lsoa21_ltla22.parquet")
    pairs = pd.DataFrame({"old": lookup["lsoa11_code"], "new": lookup["lsoa21_code"]})
    pairs["weight"] = pairs["old"].map(people.set_index("lsoa11_code")["pop_total"])
    part = pd.DataFrame(
        {
            "area_id": people["lsoa11_code"],
            "period": None,
            "group": None,
            "value": people["acute_morbidity_indicator"],
            **dict.fromkeys(("lower", "upper", "numerator", "denominator"), np.nan),
        }
    )
    ids = set(pairs["new"])
    assert old_areas(pairs, ids) >= set(pairs["old"])
    rows, _ = bridged(part, None, pairs, ids, "lookup")
    assert len(rows) == len(ids)
    found = rows.set_index("area_id")["value"]
    given = part.set_index("area_id")["value"]
    same = lookup[lookup["change_code"] == "U"]
    assert (found[same["lsoa21_code"]].to_numpy() == given[same["lsoa11_code"]].to_numpy()).all()
    for new, group in lookup[lookup["change_code"] == "M"].groupby("lsoa21_code"):
        weights = people.set_index("lsoa11_code")["pop_total"][group["lsoa11_code"]]
        assert found[new] == pytest.approx(np.average(given[group["lsoa11_code"]], weights=weights))


def test_a_recipe_with_a_bridge_builds_and_its_notes_say_so(tmp_path):
    from mobilise.build import build_place

    areas = pd.DataFrame(
        {
            "code": ["same", "both", "part1", "part2"],
            "x": [430500, 431500, 432500, 433500],
            "y": 430500,
            "people": [100, 300, 30, 20],
            "score": [0.1, 0.2, 0.3, 0.4],
        }
    )
    areas.to_csv(tmp_path / "areas.csv", index=False)
    PAIRS.to_csv(tmp_path / "lookup.csv", index=False)
    OLD.to_csv(tmp_path / "health.csv", index=False)
    pd.DataFrame({"name": ["A"], "x": [430000], "y": [430000]}).to_csv(
        tmp_path / "libraries.csv", index=False
    )
    (tmp_path / "town.toml").write_text(
        """
[place]
name = "Town"
crs = "EPSG:27700"
[areas]
file = "areas.csv"
id = "code"
x = "x"
y = "y"
crs = "EPSG:27700"
population = "people"
deprivation = { column = "score", higher = "worse" }
[[assets]]
file = "libraries.csv"
kind = "library"
name = "name"
x = "x"
y = "y"
crs = "EPSG:27700"
[[indicators]]
file = "health.csv"
name = "Health"
id = "area_id"
value = "value"
unit = "years"
higher = "better"
bridge = { file = "lookup.csv", old = "old", new = "new", weight = "weight", attribution = "Made by us" }
"""
    )
    place = build_place(load_recipe(tmp_path / "town.toml", out=tmp_path / "out"), to="indicators")
    values = place.table("indicators").set_index("area_id")["value"]
    assert values.to_dict() == {"same": 80, "both": 72, "part1": 60, "part2": 60}
    says = [note["says"] for note in place.facts["notes"]]
    assert any("1 areas merged from several" in sentence for sentence in says)
    card = next(card for card in place.facts["sources"] if card["label"] == "lookup.csv")
    assert card["attribution"] == "Made by us"
    assert card["rows"] == 5
