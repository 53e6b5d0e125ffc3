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


def at_command(town, *asked):
    place = town.build(to="reach")
    return main(["plan", str(place.folder), *asked])


FILE = ["--columns", "id=uprn", "name=what", "x=x", "y=y", "crs=EPSG:27700", "cost=cost"]


def council_buildings(town):
    sites = pd.DataFrame(
        {
            "uprn": ["u1", "u2", "u3"],
            "what": ["Old mill", "Depot", "Far barn"],
            "x": [401_500.0, 402_500.0, 440_000.0],
            "y": [301_500.0, 300_500.0, 340_000.0],
            "cost": [900.0, 300.0, 100.0],
        }
    )
    town.write("sites", sites)
    return ["--sites", str(town.folder / "sites.csv"), *FILE]


def test_a_budget_over_a_users_file_at_the_command_line(town, capsys):
    asked = ["--kind", "library", "--minutes", "18", "--budget", "500"]
    assert at_command(town, *asked, *council_buildings(town)) == 0
    told = capsys.readouterr().out
    assert "Opening Depot brings 300 more people" in told
    assert "1 candidate lies outside the place" in told


def test_a_file_areas_and_kinds_host_side_by_side_and_each_site_says_where_it_is_from(town):
    # As worked out above, one site in A12 or A23 reaches 500 of the 600 people out of reach, and
    # the last 100 are in A31, to be reached from A21 or A32 too. The mill stands in A12.
    write_mill(town, ["u1", "area:A31"], [401_500.0, 400_500.0], [300_500.0, 302_500.0])
    asked = 'candidates = ["areas", {}]\nadd = 2\nmust = ["Old mill"]'
    place = planned(town, asked.format(MILL))
    table = place.table("plan").set_index("name")
    assert table.loc["Old mill", "source"] == "sites.csv"
    assert set(table["source"]) == {"sites.csv", "areas"}
    assert table["total"].max() == 1800
    said = [note["says"] for note in place.facts["steps"]["plan"]["notes"]]
    assert any("1 row of sites.csv has an id that an earlier row or another" in one for one in said)


def test_lists_of_candidates_may_be_several_tables(town):
    write_mill(town, ["u1"], [401_500.0], [300_500.0])
    both = f"candidates = [{MILL}, {MILL}]\nadd = 1"
    assert planned(town, both).table("plan")["name"].tolist() == ["Old mill"]


MILL = '{ file = "sites.csv", id = "uprn", name = "what", x = "x", y = "y", crs = "EPSG:27700" }'


def write_mill(town, ids, x, y):
    names = ["Old mill", "Again"][: len(ids)]
    town.write("sites", pd.DataFrame({"uprn": ids, "what": names, "x": x, "y": y}))


def test_areas_and_a_file_together_at_the_command_line(town, capsys):
    kept = town.folder / "kept.toml"
    asked = ["--kind", "library", "--minutes", "18", "--add", "2", "--must", "Depot"]
    asked += ["--candidates", "areas", "--save", str(kept), *council_buildings(town)]
    assert at_command(town, *asked) == 0
    told = capsys.readouterr().out
    assert "sites.csv" in told
    assert "areas" in told
    assert at_command(town, "--scenarios", str(kept)) == 0
    assert capsys.readouterr().out == told


def test_must_forbidden_floors_and_weights_at_the_command_line(town, capsys):
    asked = ["--kind", "library", "--minutes", "18", "--add", "1"]
    assert at_command(town, *asked, "--forbidden", "Square A12", "area:A23") == 0
    assert "Square A12" not in (told := capsys.readouterr().out)
    assert "A23" not in told
    assert at_command(town, *asked, "--must", "area:A31") == 0
    assert "Opening Square A31" in capsys.readouterr().out


def test_scenarios_are_saved_and_compared(town, capsys):
    kept = town.folder / "kept.toml"
    same = ["--kind", "library", "--minutes", "18", "--save", str(kept)]
    assert at_command(town, *same, "--add", "1", "--name", "One") == 0
    assert at_command(town, *same, "--add", "2", "--name", "Two", "--floor", "1=0.5") == 0
    page = town.folder / "plans.html"
    capsys.readouterr()
    assert at_command(town, "--scenarios", str(kept), "--page", str(page)) == 0
    told = capsys.readouterr().out.split("Side by side")[1].split("\n")
    rows = [line.split() for line in told if line.lstrip().startswith(("One", "Two"))]
    assert [(row[0], row[4]) for row in rows] == [("One", "1,700"), ("Two", "1,800")]
    assert "The scenarios side by side" in page.read_text(encoding="utf-8")
    assert 'floors = { "1" = 0.5 }' in kept.read_text(encoding="utf-8")


def test_a_closing_study_is_one_command_and_one_page(town, capsys):
    page = town.folder / "closing.html"
    asked = ["--kind", "library", "--minutes", "18", "--closing", "Northeast Library"]
    assert at_command(town, *asked, "--page", str(page)) == 0
    told = capsys.readouterr().out
    assert "| Whole place | 1,800 | 800 | 44.4 |" in told
    shown = page.read_text(encoding="utf-8")
    assert "Equality impact of" in shown
    assert "Northeast Library" in shown


def test_closures_alone_are_in_a_table(town):
    place = planned(town, 'closing = ["Northeast Library"]')
    row = place.table("plan_closing").iloc[0]
    # A23, A32 and A33 lose theirs, and A22 is as near to either library.
    assert (row["name"], row["lose_reach"]) == ("Northeast Library", 800)


def test_hours_are_extended_at_the_library_that_needs_it(town):
    # 20 hours for 400 people and 40 for 800 are 0.05 each. With a share of 0.075, 20 more hours
    # give the 800 all they need, and the 400 no more than that.
    asked = 'add = 1\nobjective = "capacity"\nextend = 20\ncapacity_per_person = 0.075'
    (row,) = planned(town, asked).table("plan").to_dict("records")
    assert row["site_id"].startswith("extend:library-")
    assert row["name"] == "Northeast Library, extended"


def test_a_week_of_stops_has_days(town):
    place = planned(town, 'stops_per_day = 1\ndays = ["Monday", "Friday"]')
    table = place.table("plan")
    assert sorted(table["day"]) == ["Friday", "Monday"]
    said = place.facts["steps"]["plan"]["facts"]["scenarios"][0]["sessions"]
    assert [line.split(":")[0] for line in said] == ["Monday", "Friday"]


def test_people_may_count_by_a_column_of_the_areas(town):
    areas = pd.read_csv(town.folder / "areas.csv")
    areas["need"] = [9.0 if code == "A31" else 1.0 for code in areas["code"]]
    town.write("areas", areas)
    place = planned(town, 'add = 1\nweight = "need"')
    reached = place.table("plan_areas").set_index("area_id")["reached_after"]
    assert reached["A31"]


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (["--add", "1"], "Say what to plan"),
        (["--kind", "library"], "say what to do"),
        (["--kind", "library", "--add", "50"], "add = 50, but there are only"),
        (["--kind", "librari", "--add", "1"], "library"),
        (["--kind", "library", "--add", "1", "--must", "area:A99"], "no site 'area:A99'"),
        (
            ["--kind", "library", "--add", "1", "--must", "area:A31", "--forbidden", "area:A31"],
            "both a must and forbidden",
        ),
        (["--kind", "library", "--add", "1", "--floor", "1=1.2"], "floors"),
        (["--kind", "library", "--add", "1", "--floor", "1"], "KEY=VALUE"),
        (["--kind", "library", "--add", "1", "--floor", "1=most"], "not a number"),
        (
            ["--kind", "library", "--add", "1", "--minutes", "2", "--floor", "1=1", "2=1"],
            "fifth 2 cannot be reached: at most 75.0% can (25.0 percentage points short)",
        ),
        (["--kind", "library", "--add", "1", "--weight", "needs"], "no column 'needs'"),
        (["--kind", "library", "--add", "1", "--extend", "5"], "'extend' goes with"),
        (["--kind", "library", "--add", "1", "--stops-per-day", "2"], "goes without 'add'"),
        (["--kind", "library", "--closing", "Library of nowhere"], "no site 'Library of nowhere'"),
        (["--kind", "library", "--add", "1", "--minutes", "300"], "Everybody is already within"),
        (["--scenarios", "gone.toml"], "no such scenario file"),
    ],
)
def test_what_the_command_cannot_plan_is_one_sentence_and_status_2(town, capsys, asked, says):
    assert at_command(town, *asked) == 2
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert told.startswith("mobilise: ")
    assert says in told


def test_a_budget_below_the_cheapest_and_candidates_elsewhere_are_status_2(town, capsys):
    asked = ["--kind", "library", "--minutes", "18"]
    assert at_command(town, *asked, "--budget", "50", *council_buildings(town)) == 2
    assert "the cheapest candidate costs 100" in capsys.readouterr().err
    where = [*council_buildings(town), "where=what == 'Far barn'"]
    assert at_command(town, *asked, "--add", "1", *where) == 2
    assert "no new site adds anyone" in capsys.readouterr().err


def polled(town, given, of="area", name="Spring", date="2026-04-01"):
    """Ten residents give all their points to these items; the folder need not be built."""
    folder = town.folder / "out"
    folder.mkdir(exist_ok=True)
    rows = [
        {"person": f"R{i}", "of": of, "item": item, "points": points}
        for i in range(10)
        for item, points in given.items()
    ]
    ballots = town.folder / "ballots.csv"
    pd.DataFrame(rows).to_csv(ballots, index=False)
    asked = ["learn", "priorities", str(folder), str(ballots), "--round", name, "--date", date]
    assert main(asked) == 0


def test_residents_weights_change_a_recipes_plan_and_say_from_what_to_what(town):
    # Out of reach are A13 (300 people), A22 (200) and A31 (100). A12 or A23 reaches the first two,
    # A21 or A32 the last two. Where residents give A31 all points, a person there counts 1 against
    # 1/18 (half of an equal share of nine areas): 100 + 200/18 is more than 500/18.
    polled(town, {"A31": 10})
    place = planned(town, 'add = 1\nresidents = "Spring"')
    chosen = place.table("plan")["name"].item()
    assert chosen in {"Square A21", "Square A32"}
    said = place.facts["steps"]["plan"]["facts"]["scenarios"][0]
    assert said["round"] == "Spring"
    assert said["residents"][0].startswith(
        "With residents' weights the choice changes from Square A"
    )
    assert said["residents"][0].endswith(f"(500 people newly within reach) to {chosen} (300).")
    effects = place.table("plan_effects").query("by == 'place'").iloc[0]
    assert effects["gained"] == 300  # people, not weighed


def test_another_round_makes_another_plan_and_the_same_round_none(town):
    polled(town, {"A31": 10})
    planned(town, 'add = 1\nresidents = "last"')
    assert "plan" in town.build(to="plan").facts["skipped"]
    polled(town, {"A13": 10}, name="Autumn", date="2026-09-01")
    again = town.build(to="plan")
    assert "plan" not in again.facts["skipped"]
    assert again.facts["steps"]["plan"]["facts"]["scenarios"][0]["round"] == "Autumn"
    assert again.table("plan")["name"].item() in {"Square A12", "Square A23"}


def test_residents_at_the_command_line(town, capsys):
    polled(town, {"A31": 10})
    asked = ["--kind", "library", "--minutes", "18", "--add", "1", "--residents"]
    assert at_command(town, *asked, "Spring") == 0
    assert "With residents' weights the choice changes from" in capsys.readouterr().out
    assert at_command(town, *asked, "Sprung") == 2
    assert "did you mean 'Spring'" in capsys.readouterr().err
    assert at_command(town, *asked, "last", "--weight", "population") == 2
    assert "give one" in capsys.readouterr().err


def test_a_round_about_kinds_weighs_no_plan_of_one_kind(town, capsys):
    polled(town, {"library": 10}, of="kind")
    asked = ["--kind", "library", "--minutes", "18", "--add", "1", "--residents", "last"]
    assert at_command(town, *asked) == 2
    assert "No round here is about areas" in capsys.readouterr().err
