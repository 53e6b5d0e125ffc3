"""Plans on demand are those of the command line, and their address is all there is to them."""

from __future__ import annotations

import shutil
from html import unescape

import pytest

from mobilise import reach
from mobilise.build.plans import place_plans
from mobilise.learn.evidence import Evidence
from mobilise.recipe import plan_section
from mobilise.tables import empty
from mobilise.web.pages.planning import Wish

ASKED = "kind=library&add=2&minutes=15&fair=1"


def test_a_plan_is_the_one_that_the_step_makes(client, town):
    section = plan_section(
        {"kind": "library", "add": 2, "minutes": 15, "objective": "equity", "candidates": ["areas"]}
    )
    made = place_plans(town, [section], reach.load_streets(town.folder / "network.npz"))
    answer = client.get(f"/plan.json?{ASKED}").json()
    assert [one["site_id"] for one in answer["sites"]] == made.tables["plan"]["site_id"].tolist()
    assert answer["certificate"] == made.scenarios[0]["certificate"]
    page = client.get(f"/plan?{ASKED}").text
    assert answer["sentence"].split(" (")[0] in page
    assert "New site, numbered as in the table" in page


def test_the_moving_map_shows_what_the_tables_of_the_plan_say(client, site, town):
    section = plan_section(
        {"kind": "library", "add": 2, "minutes": 15, "objective": "equity", "candidates": ["areas"]}
    )
    made = place_plans(town, [section], reach.load_streets(town.folder / "network.npz"))
    found = client.get(f"/plan/map.json?{ASKED}").json()
    areas = made.tables["plan_areas"].set_index("area_id").loc[list(site.rows)]
    for row, level in zip(areas.itertuples(), found["classes"], strict=True):
        assert bool(row.reached_before) == (level in {1, 3})
        assert bool(row.reached_after) == (level in {1, 2})
    assert len(found["colours"]) == len(found["labels"]) == 4
    assert [one["order"] for one in found["sites"]] == [1, 2]
    first = made.tables["plan"].sort_values("order").iloc[0]["site_id"].removeprefix("area:")
    at = site.areas.iloc[site.rows[first]]
    assert (found["sites"][0]["lon"], found["sites"][0]["lat"]) == pytest.approx(
        (at["lon"], at["lat"]), abs=1e-5
    )


def test_a_site_that_must_open_opens_and_one_that_may_not_does_not(client):
    first = client.get(f"/plan.json?{ASKED}").json()["sites"][0]["site_id"]
    held = client.get(f"/plan.json?{ASKED}&must=area:WX0050").json()["sites"]
    assert "area:WX0050" in {one["site_id"] for one in held}
    without = client.get(f"/plan.json?{ASKED}&forbidden={first}").json()["sites"]
    assert first not in {one["site_id"] for one in without}


def test_two_plans_side_by_side(client):
    kept = Wish(kind="library", add=2, fair=0).query()
    page = client.get("/plan", params={"kind": "library", "add": 2, "fair": 1, "keep": kept}).text
    assert "Side by side" in page
    assert "Libraries: 2 more, most people" in page


@pytest.fixture
def street_corner(town):
    """A round in which residents gave everything to one area; the place is left as it was."""
    evidence = Evidence.of(town.folder)
    there, before = evidence.folder.is_dir(), evidence.table("priorities")
    area = town.table("areas")["area_id"].iloc[-1]
    wanted = {"round": "Street corner", "of": "area", "item": area, "weight": 1.0}
    evidence.merge({"priorities": empty("priorities").reindex([0]).assign(**wanted)})
    yield
    evidence.replace({"priorities": before})
    if not there:
        shutil.rmtree(evidence.folder)


@pytest.mark.usefixtures("street_corner")
def test_a_round_of_residents_is_offered_and_makes_the_plan_that_the_step_makes(client, town):
    asked = f"{ASKED}&residents=Street+corner"
    assert "As residents said: Street corner" in client.get("/plan").text
    section = plan_section(
        {"kind": "library", "add": 2, "objective": "equity", "residents": "Street corner"}
    )
    made = place_plans(town, [section], reach.load_streets(town.folder / "network.npz"))
    answer = client.get(f"/plan.json?{asked}").json()
    assert [one["site_id"] for one in answer["sites"]] == made.tables["plan"]["site_id"].tolist()
    assert answer["residents"] == made.scenarios[0]["residents"]
    assert answer["residents"][0] in unescape(client.get(f"/plan?{asked}").text)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("kind=castle&add=1", "no kind &#39;castle&#39;"),
        ("kind=library&add=0", "how many to add"),
        ("kind=library&add=1&candidates=park", "no kind that could host"),
        ("kind=library&add=1&must=area:NOWHERE", "NOWHERE"),
        ("kind=library&add=1&residents=Nobody", "no round"),
        ("kind=library&add=999", "less than or equal to 20"),
    ],
)
def test_what_cannot_be_had_is_said_in_a_sentence(client, asked, says):
    answer = client.get(f"/plan?{asked}")
    assert answer.status_code == 422
    assert says in answer.text
