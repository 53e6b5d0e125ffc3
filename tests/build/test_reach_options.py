"""What ``[[reach]]`` may ask for, on a town that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mobilise.errors import InputError, RecipeError
from tests.build.test_build import minutes


def reach_of(town, section, to="reach"):
    text = town.recipe
    start, end = text.index("[[reach]]"), text.index("[report]")
    town.recipe = f"{text[:start]}[[reach]]\n{section}\n{text[end:]}"
    return town.build(to=to)


def values(place, **chosen):
    table = place.table("reach")
    for column, value in chosen.items():
        table = table[table[column].isna() if value is None else table[column] == value]
    return table.set_index("area_id")["value"]


def test_limits_in_metres_are_minutes_at_the_walkers_speed(town):
    place = reach_of(town, 'kinds = ["library"]\nmeasures = ["count"]\nmetres = [1300]')
    # 1,300 m of walking are 1,000 m in a straight line: inclusive.
    assert values(place).to_dict() == {
        **dict.fromkeys(("A11", "A12", "A21", "A23", "A32", "A33"), 1),
        **dict.fromkeys(("A13", "A22", "A31"), 0),
    }
    assert place.table("reach")["limit"].unique() == pytest.approx([1300 / 80])


def test_a_set_of_kinds_is_measured_together(town):
    museums = pd.DataFrame({"name": ["Museum"], "x": [400_500.0], "y": [300_500.0]})
    town.write("museums", museums)
    town.change(
        "[[indicators]]",
        '[[assets]]\nfile = "museums.csv"\nkind = "museum"\nname = "name"\nx = "x"\ny = "y"\n'
        'crs = "EPSG:27700"\n[[indicators]]',
    )
    section = (
        'kinds = ["library+museum", "library"]\nmeasures = ["count", "choice"]\nminutes = [15]'
    )
    place = reach_of(town, section)
    assert values(place, kind="library+museum", measure="count")["A11"] == 2
    assert values(place, kind="library+museum", measure="choice").loc[["A11", "A33"]].tolist() == [
        2,
        1,
    ]
    assert values(place, kind="library", measure="count")["A11"] == 1


def test_slower_walkers_take_longer_and_reach_less(town):
    section = (
        'kinds = ["library"]\nminutes = [15]\n[[reach]]\nkinds = ["library"]\nminutes = [15]\n'
        'walker = { name = "slower walkers", speed_kmh = 2.4 }'
    )
    place = reach_of(town, section, to="gaps")
    usual = values(place, measure="nearest", group=None)
    slower = values(place, measure="nearest", group="slower walkers")
    assert slower.to_dict() == pytest.approx((2 * usual).to_dict(), abs=0.005)
    sentences = place.table("gaps").query("of == 'reach: slower walkers'")["sentence"]
    assert sentences.str.contains("for slower walkers").all()


def test_times_of_another_router_replace_walking(town):
    libraries = town.build(to="assets").table("assets").set_index("name")["asset_id"]
    times = pd.DataFrame(
        {
            "from_id": ["A11", "A13", "A22"],
            "to_id": libraries[["Southwest Library", "Northeast Library", "Southwest Library"]],
            "minutes": [4.0, 12.5, 40.0],
        }
    )
    town.write("bus", times)
    section = 'kinds = ["library"]\nminutes = [15]\ntimes = { file = "bus.csv", name = "by bus" }'
    place = reach_of(town, section)
    nearest = values(place, measure="nearest", group="by bus")
    assert nearest.dropna().to_dict() == {"A11": 4.0, "A13": 12.5, "A22": 40.0}
    assert values(place, measure="count", group="by bus").sum() == 2
    assert "bus.csv" in {card["label"] for card in place.facts["sources"]}


def test_capacity_is_shared_among_the_people_of_a_group(town):
    areas = town.table("areas")
    town.write("areas", areas.assign(older=[10, 20, 30] * 3))
    section = 'kinds = ["library"]\nmeasures = ["2sfca"]\nminutes = [15]\ngroups = ["older"]\n'
    place = reach_of(town, section)
    # Within 923 m each library has its own square alone: 20 hours for 10, 40 for 30 people.
    found = values(place, measure="2sfca", group="older")
    assert found["A11"] == pytest.approx(10_000 * 20 / 10)
    assert found["A33"] == pytest.approx(10_000 * 40 / 30)
    assert found.drop(["A11", "A33"]).eq(0).all()


def test_decay_is_the_one_asked_for(town):
    section = (
        'kinds = ["library"]\nmeasures = ["gravity"]\nminutes = [30]\n'
        'decay = { shape = "exponential", half_life = 10 }'
    )
    found = values(reach_of(town, section), measure="gravity")
    weights = 0.5 ** (np.array([minutes(0), minutes(1000), minutes(1000 * np.sqrt(2))]) / 10)
    assert found[["A11", "A21"]].tolist() == pytest.approx(
        [20 * weights[0], 20 * weights[1]], rel=1e-4
    )
    assert found["A22"] == pytest.approx((20 + 40) * weights[2], rel=1e-4)


@pytest.mark.parametrize(
    ("section", "says"),
    [
        ('kinds = ["library"]\nminutes = [15]\nmetres = [800]', "not both"),
        ('kinds = ["library"]\nmeasures = ["nearst"]', "must be 'nearest'"),
        ('kinds = ["library"]\ndecay = { shape = "gaussian" }', "needs 'sd'"),
        ('kinds = ["library"]\ndecay = { shape = "linear", sd = 3 }', "'sd' does not go with"),
        ('kinds = ["library"]\ngroups = ["oldr"]', "no column 'oldr'"),
        ('kinds = ["library+musem"]', "did you mean 'museum'"),
        ('kinds = ["library"]\ntimes = { file = "no.csv", name = "by bus" }', "no.csv"),
    ],
)
def test_what_cannot_be_asked_for_is_named(town, section, says):
    with pytest.raises(RecipeError, match=says):
        reach_of(town, section)


def test_two_answers_to_one_question_are_refused(town):
    gravity = 'kinds = ["library"]\nmeasures = ["gravity"]\nminutes = [30]\n'
    section = f'{gravity}[[reach]]\n{gravity}decay = {{ shape = "linear" }}'
    with pytest.raises(InputError, match="two sections ask for 'gravity' of library within 30"):
        reach_of(town, section)


def test_the_same_question_twice_is_answered_once(town):
    section = 'kinds = ["library"]\nminutes = [15]\n[[reach]]\nkinds = ["library"]\nminutes = [15]'
    table = reach_of(town, section).table("reach")
    assert len(table) == 2 * 9
