"""``[[plan]]`` and ``mobilise plan``, on a town that can be checked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from mobilise.cli import main
from mobilise.errors import InputError, RecipeError


def planned(town, section):
    town.recipe += f"\n[[plan]]\nname = 'S'\nkind = \"library\"\nminutes = 18\n{section}\n"
    return town.build(to="plan")


def test_the_next_library_goes_where_most_people_are_out_of_reach(town):
    # 18 minutes are 1,108 m: a site reaches its own square and those beside it. Of the 1,800
    # people, the libraries in A11 and A33 reach 900 (A11, A12, A21, A23, A32, A33 are 1,200).
    place = planned(town, "add = 1")
    effects = place.table("plan_effects").query("by == 'place'").iloc[0]
    # Out of reach are A13 (300), A22 (200) and A31 (100); A22 or A13 is within reach of A12 or
    # A23, so one site there takes 500 of the 600.
    assert effects["reached_before"] == 1200
    assert effects["reached_after"] == 1700
    assert place.table("plan")["name"].item() in {"Square A12", "Square A23"}
    said = place.facts["steps"]["plan"]["facts"]["scenarios"][0]
    assert said["certificate"].startswith("Proven")
    assert said["unreached"] == 1


def test_closing_a_library_says_who_loses(town, capsys):
    place = town.build(to="reach")
    ids = place.table("assets").set_index("name")["asset_id"]
    arguments = ["plan", str(place.folder), "--kind", "library", "--minutes", "18"]
    assert main([*arguments, "--closing", ids["Northeast Library"]]) == 0
    told = capsys.readouterr().out
    # A23, A32 and A33 lose theirs: 300 + 200 + 300 people.
    assert "Nothing was chosen" in told
    assert "Proven" not in told
    assert "800 of 1,800 people (44.4%) would have no site left within 18 minutes." in told


def test_candidates_may_come_from_a_file_with_costs(town):
    sites = pd.DataFrame(
        {
            "uprn": ["u1", "u2"],
            "what": ["Old mill", "Depot"],
            "x": [401_500.0, 402_500.0],
            "y": [301_500.0, 300_500.0],
            "cost": [900.0, 300.0],
        }
    )
    town.write("sites", sites)
    given = (
        'candidates = { file = "sites.csv", id = "uprn", name = "what", x = "x", y = "y", '
        'crs = "EPSG:27700", cost = "cost" }'
    )
    place = planned(town, f"budget = 500\n{given}")
    assert place.table("plan")["name"].tolist() == ["Depot"]
    assert place.facts["steps"]["plan"]["facts"]["scenarios"][0][
        "cost_per_person"
    ] == pytest.approx(1.0)
    assert "candidate sites" in {card["used_for"] for card in place.facts["sources"]}


@pytest.mark.parametrize(
    ("section", "error", "says"),
    [
        ("", RecipeError, "say what to do"),
        ("add = 50", InputError, "50"),
        ('add = 1\nmust = ["x"]', InputError, "no site 'x'"),
        ('add = 1\ncandidates = ["museum"]', InputError, "no 'museum' that could host"),
        ('add = 1\nobjective = "fair"', RecipeError, "must be 'coverage'"),
        ("add = 1.5", RecipeError, "add"),
    ],
)
def test_what_cannot_be_planned_is_named(town, section, error, says):
    with pytest.raises(error, match=says):
        planned(town, section)
