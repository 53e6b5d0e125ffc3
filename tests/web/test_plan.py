"""Plans on demand are those of the command line, and their address is all there is to them."""

from __future__ import annotations

import pytest

from mobilise import reach
from mobilise.build.plans import place_plans
from mobilise.recipe import plan_section
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


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("kind=castle&add=1", "no kind &#39;castle&#39;"),
        ("kind=library&add=0", "how many to add"),
        ("kind=library&add=1&candidates=park", "no kind that could host"),
        ("kind=library&add=1&must=area:NOWHERE", "NOWHERE"),
        ("kind=library&add=999", "less than or equal to 20"),
    ],
)
def test_what_cannot_be_had_is_said_in_a_sentence(client, asked, says):
    answer = client.get(f"/plan?{asked}")
    assert answer.status_code == 422
    assert says in answer.text
