"""Neighbours beyond the border: they share the assets, and no figure is about them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mobilise.errors import BadValues

PLAIN = 'measures = ["nearest", "count"]'
SHARE = 'measures = ["nearest", "count", "2sfca"]'


def with_neighbours(town):
    """Take the last column of squares for neighbours; libraries have their hours."""
    town.write("areas", town.table("areas").assign(near=["no", "no", "yes"] * 3))
    return town.change('id = "code"', 'around = "near == \'yes\'"\nid = "code"').change(
        PLAIN, SHARE
    )


def test_figures_are_of_the_place_as_if_all_were_studied_and_then_cut(town, tmp_path):
    all_areas = town.change(PLAIN, SHARE).build("all").table("reach")
    town.change(SHARE, PLAIN)
    place = with_neighbours(town).build("cut")
    found = place.table("reach")
    own = set(place.table("areas")["area_id"])
    assert own == {f"A{row}{column}" for row in (1, 2, 3) for column in (1, 2)}
    assert set(found["area_id"]) == own
    expected = all_areas[all_areas["area_id"].isin(own)].reset_index(drop=True)
    pd.testing.assert_series_equal(found["value"], expected["value"])


def test_without_them_people_look_better_served_than_they_are(town):
    shared = with_neighbours(town).build("with").table("reach")
    frame = town.table("areas")
    town.write("areas", frame[frame["near"] == "no"])
    alone = town.change("around = \"near == 'yes'\"\n", "").build("without").table("reach")
    key = ["area_id", "kind", "measure", "limit"]
    both = shared.merge(alone, on=key, suffixes=("", "_alone"))
    two = both[both["measure"] == "2sfca"]
    assert (two["value"] <= two["value_alone"] + 1e-9).all()
    assert (two["value"] < two["value_alone"] - 1e-9).any()
    rest = both[both["measure"] != "2sfca"]
    assert np.array_equal(rest["value"], rest["value_alone"])


def test_neighbours_are_in_a_table_and_in_a_note(town):
    place = with_neighbours(town).build()
    around = place.table("around")
    assert around["area_id"].tolist() == ["A13", "A23", "A33"]
    assert around["population"].tolist() == [300, 300, 300]
    assert any("3 neighbouring areas" in note["says"] for note in place.facts["notes"])
    assert place.table("boundary").geometry.iloc[0].area == pytest.approx(6e6, rel=0.01)


def test_all_areas_cannot_be_neighbours(town):
    town.write("areas", town.table("areas").assign(near="yes"))
    town.change('id = "code"', 'around = "near == \'yes\'"\nid = "code"')
    with pytest.raises(BadValues, match="takes all areas for neighbours"):
        town.build()
