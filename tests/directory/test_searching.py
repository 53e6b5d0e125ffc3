"""Search and match: what is found, what is left out, and the reasons in words."""

from __future__ import annotations

from datetime import date, time
from types import SimpleNamespace

import geopandas as gpd
import pytest
import shapely

from mobilise.directory import match, search
from mobilise.directory.fromplace import _beyond
from mobilise.directory.nearby import metres_between, straight_walk
from mobilise.errors import InputError

HERE = {"postcode": "ZZ1 1AA"}
TODAY = date(2026, 6, 1)


def names(found):
    return [listing.name for listing in found.listings]


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"words": "lost someone"}, ["Bereavement group"]),
        ({"words": "someone to talk to"}, ["Bereavement group"]),
        ({"need": "loneliness"}, ["Chatty café"]),
        ({"cost": 0, "how": "in person", "minutes": 10, **HERE}, ["Chatty café", "Haven"]),
        ({"cost": 3, "words": "bereavement"}, []),
        ({"age": 17, "words": "bereavement"}, []),
        ({"age": 18, "words": "bereavement"}, ["Bereavement group"]),
        ({"how": "remote"}, ["Debt advice line"]),
        ({"day": "TU", "at": time(11), "words": "free"}, ["Chatty café"]),
        ({"day": "TU", "at": time(12), "words": "free"}, []),
        ({"language": "Polish", "words": "bereavement"}, ["Bereavement group"]),
        ({"language": "Welsh", "words": "bereavement"}, []),
        ({"step_free": True, "metres": 120, **HERE}, ["Chatty café", "Debt advice line", "Haven"]),
    ],
    ids=str,
)
def test_what_is_found(lasting, asked, expected):
    assert names(search(lasting, **asked, today=TODAY)) == expected


def test_the_reasons_are_told(lasting):
    """53.001 is 111.2 m from 53.0: 111.2 x 1.3 / 80 = 1.8 minutes."""
    found = search(lasting, "lonely", day="Tuesday", today=TODAY, **HERE)
    listing = found.listings[0]
    assert listing.minutes == pytest.approx(1.807, abs=0.001)
    told = ("2 minutes' walk", "free", "open Tuesday", "confirmed 3 weeks ago")
    assert listing.reasons == told
    assert listing.opens == "Tuesday 10:00-12:00"
    assert listing.confidence == pytest.approx(1 / (1 + 22 / 365))


def test_what_is_not_known_is_said_and_comes_lower(lasting):
    found = search(lasting, step_free=True, today=TODAY, **HERE)
    assert found.listings[0].name == "Chatty café"
    haven = next(listing for listing in found.listings if listing.name == "Haven")
    assert haven.unknown == (
        "whether it is step-free is not stated",
        "where it is is not stated",
    )


def test_some_of_the_words_when_no_service_has_all(lasting):
    found = search(lasting, "zebra debt")
    assert names(found) == ["Debt advice line"]
    assert found.remarks == ("No service has all of these words; these have some of them.",)


def test_a_walk_limit_is_exact_and_inclusive(lasting):
    minutes = straight_walk((53.0, -2.0), [(53.01, -2.0)])[0]
    within = search(lasting, "bereavement", minutes=minutes, today=TODAY, **HERE)
    beyond = search(lasting, "bereavement", minutes=minutes - 0.001, today=TODAY, **HERE)
    assert (within.total, beyond.total) == (1, 0)


def test_distance_is_that_of_the_sphere():
    """Greenwich to Paris, 51.4779 N 0 E to 48.8566 N 2.3522 E: 336.6 km on the mean sphere."""
    assert metres_between((51.4779, 0.0), (48.8566, 2.3522)) == pytest.approx(336_600, rel=2e-3)


def test_match_ranks_by_needs_and_tells_why(lasting):
    found = match(lasting, ["loneliness", "money"], today=TODAY, **HERE)
    assert names(found) == ["Chatty café", "Debt advice line"]
    assert found.listings[0].reasons[0].startswith("for loneliness: its name says 'Chatty")
    heavier = match(
        lasting, ["loneliness", "money"], weights={"money": 1.0, "loneliness": 0.1}, today=TODAY
    )
    assert names(heavier) == ["Debt advice line", "Chatty café"]
    assert (
        "money and debt counts 1.00 by residents' weights"
        in " ".join(heavier.listings[0].reasons).lower()
    )


def test_what_has_no_known_kind_counts_like_the_mean_of_the_kinds(lasting):
    needs, asked = ["loneliness", "money", "bereavement"], {"today": TODAY, **HERE}
    plain = {one.service_id: one for one in match(lasting, needs, **asked).listings}
    light = match(lasting, needs, kind_weights={"library": 1.0, "museum": 0.5}, **asked)
    assert len(light.listings) == len(plain) > 1
    for one in light.listings:
        assert one.kind is None
        assert one.score == pytest.approx(0.75 * plain[one.service_id].score)
        assert any(reason.startswith("no known kind: counts 0.75") for reason in one.reasons)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"weights": {"money": 2.0}}, "from 0 to 1"),
        ({"weights": {"money": float("nan")}}, "from 0 to 1"),
        ({"kind_weights": {"libary": 1.0}}, "did you mean 'library'"),
    ],
)
def test_weights_out_of_range_are_refused(lasting, given, says):
    with pytest.raises(InputError, match=says):
        match(lasting, ["money"], **given, today=TODAY)


def test_confidential_services_are_found_without_their_place(lasting):
    found = match(lasting, ["abuse"], today=TODAY, postcode="ZZ9 9ZZ")
    (haven,) = found.listings
    assert (haven.latitude, haven.minutes, haven.address) == (None, None, "")
    near = search(lasting, minutes=1, how="in person", postcode="ZZ9 9ZZ", today=TODAY)
    assert all(listing.latitude != 53.002 for listing in near.listings)


@pytest.mark.parametrize(
    "asked",
    [
        {"postcode": "ZZ8 8ZZ"},
        {"point": (91, 0)},
        {"day": "Someday"},
        {"kind": "libary"},
        {"need": "happiness"},
        {"page": 0},
        {"per_page": 10_000},
    ],
)
def test_bad_questions(lasting, asked):
    with pytest.raises(InputError):
        search(lasting, **asked)


def test_nothing_of_a_search_is_kept(lasting):
    with lasting.reading() as connection:
        before = connection.exec_driver_sql("select value from meta where key = 'generation'")
        number = before.scalar()
    search(lasting, "lonely", today=TODAY, **HERE)
    match(lasting, ["abuse"], today=TODAY, **HERE)
    with lasting.reading() as connection:
        after = connection.exec_driver_sql("select value from meta where key = 'generation'")
        assert after.scalar() == number


def test_what_lies_beyond_the_border_is_told_from_the_place_s_own():
    areas = gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    place = SimpleNamespace(table={"areas": areas}.__getitem__)
    shapes = [
        shapely.Point(3, 3),
        shapely.Point(1, 0.5),  # on the line between two areas
        shapely.LineString([(1.5, 0.5), (4, 0.5)]),  # a path that leads out
    ]
    assert _beyond(gpd.GeoDataFrame(geometry=shapes), place).tolist() == [True, False, False]
