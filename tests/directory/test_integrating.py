"""The integration map: counted by hand on three areas, and on the real practices of Trafford."""

from __future__ import annotations

import pandas as pd
import pytest

from mobilise.directory import link_practice
from mobilise.directory.integrating import (
    burden_of,
    integration_map,
    patients_around,
    reached_from,
    service_points,
)
from mobilise.errors import InputError
from tests.directory.conftest import INVENTED

CAFE, GROUP = INVENTED[0]["id"], INVENTED[1]["id"]
TIMES = pd.DataFrame(
    [("a", CAFE, 5.0), ("b", CAFE, 15.0), ("c", CAFE, 15.1), ("a", GROUP, 12.0), ("x", GROUP, 1.0)],
    columns=["area_id", "service_id", "minutes"],
)
PATIENTS = {"a": 100.0, "b": 50.0, "c": 50.0, "d": 0.0}


def test_counted_by_hand(directory):
    link_practice(directory, "p81000", GROUP)
    found = integration_map(
        directory, title="P", patients=PATIENTS, times=TIMES, minutes=15, practices=["P81000"]
    )
    assert found.total == 200
    services = found.services.set_index("service_id")
    assert services.loc[CAFE, ["patients", "share", "minutes"]].tolist() == [150, 75, 5]
    assert services.loc[GROUP, ["patients", "share"]].tolist() == [100, 50]
    assert services["linked"].to_dict() == {CAFE: False, GROUP: True}
    needs = found.needs.set_index("need")
    assert needs.loc["loneliness", ["services", "share", "linked"]].tolist() == [1, 75, 0]
    assert needs.loc["bereavement", ["services", "share", "linked"]].tolist() == [1, 50, 1]
    assert needs.loc["housing", ["services", "share"]].tolist() == [0, 0]
    areas = found.patients.set_index("area_id")
    assert areas["services"].to_dict() == {"a": 2, "b": 1, "c": 0}
    assert pd.isna(areas.loc["c", "minutes"])
    assert found.remote == 1


def test_what_is_missing_most_comes_first(directory):
    found = integration_map(
        directory, title="P", patients=PATIENTS, times=TIMES, burdens={"housing": 2.0}
    )
    assert found.needs["need"].iloc[0] == "housing"
    assert found.needs["burden"].iloc[0] == 2.0


def test_no_patients_is_told(directory):
    with pytest.raises(InputError, match="no patients"):
        integration_map(directory, title="P", patients={"a": 0.0}, times=TIMES)


def test_a_service_seen_from_its_side():
    lists = pd.DataFrame(
        [("P", "a", 60.0), ("P", "c", 40.0), ("Q", "b", 30.0), ("R", "c", 9.0)],
        columns=["practice", "area_id", "patients"],
    )
    table = reached_from(CAFE, TIMES, lists, 15.0)
    assert table.to_dict("list") == {
        "practice": ["P", "Q"],
        "patients": [100.0, 30.0],
        "within": [60.0, 30.0],
        "share": [60.0, 100.0],
    }


def test_estimated_patients_add_up_to_the_areas_people():
    areas = pd.DataFrame({"area_id": ["a", "b"], "population": [300.0, 100.0]})
    times = pd.DataFrame(
        [("a", "P", 0.0), ("a", "Q", 10.0), ("b", "Q", 3.0)],
        columns=["area_id", "practice", "minutes"],
    )
    found = patients_around(areas, times, {"P": 1000.0, "Q": 4000.0})
    # In a: P pulls with 1000, Q with 4000 / 2: a third and two thirds of 300.
    assert found["patients"].round(9).tolist() == [100.0, 200.0, 100.0]


def test_burden_is_a_ratio_of_means():
    values = {"loneliness score": pd.Series({"a": 2.0, "b": 4.0})}
    people = pd.Series({"a": 100.0, "b": 100.0})
    assert burden_of(values, {"b": 10.0}, people) == {"loneliness": pytest.approx(4 / 3)}


def test_points_are_of_shown_places_alone(lasting):
    points = service_points(lasting)
    assert sorted(points["latitude"]) == [53.001, 53.01]  # the refuge is not there
