"""Areas of people: from their postcode, by every door, and for who came before."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

from mobilise.cli import main
from mobilise.referrals import counted, operator
from mobilise.referrals.model import NOT_RECORDED, Person
from mobilise.referrals.residence import areas_of_postcodes, fill_areas
from tests.referrals.conftest import ADA
from tests.referrals.examples import patient
from tests.referrals.serving import serving, signed_in

WEST, EAST = (-2.0, 53.0), (-1.98, 53.0)


class Town:
    """The two tables of a place that are read: areas in metres, postcodes in degrees."""

    name = "Town"

    def __init__(self, *, postcodes=True):
        self.known = ["areas", "postcodes"] if postcodes else ["areas"]

    def tables(self):
        return self.known

    def table(self, name):
        if name == "areas":
            shapes = [box(x - 0.01, 52.99, x + 0.01, 53.01) for x, _ in (WEST, EAST)]
            frame = gpd.GeoDataFrame({"area_id": ["W", "E"]}, geometry=shapes, crs="EPSG:4326")
            return frame.to_crs("EPSG:27700")
        points = {"ZZ991AA": WEST, "ZZ991AB": EAST, "ZZ991AC": (-1.5, 53.0)}
        return pd.DataFrame(
            [(code, y, x) for code, (x, y) in points.items()],
            columns=["postcode", "latitude", "longitude"],
        )


@pytest.mark.parametrize(
    ("said", "area"),
    [("ZZ99 1AA", "W"), ("zz991ab", "E"), ("ZZ99 1AC", None), ("XX1 1XX", None), ("", None)],
)
def test_a_postcode_lies_where_its_point_lies(said, area):
    assert areas_of_postcodes(Town())(said) == area


def test_a_place_without_postcodes_knows_no_areas():
    assert areas_of_postcodes(Town(postcodes=False)) is None


def test_who_is_registered_by_page_or_by_system_has_an_area(small):
    small.store.area_of = areas_of_postcodes(Town())
    small.refer()
    with serving(small.store) as settings:
        gp = signed_in(settings, "referrer", small.practice)
        made = gp.post("/Patient", json=patient()).json()
        address = [{"postalCode": "ZZ99 1AB"}]
        moved = gp.put(f"/Patient/{made['id']}", json=made | {"address": address})
        assert moved.status_code == 200
        gp.post("/Patient", json=patient(address=[{"postalCode": "XX1 1XX"}]))
    assert [row.area_id for row in counted(small.store)] == ["W"]
    with small.store.reading() as session:
        assert sorted(p.area_id for p in session.query(Person)) == ["E", "W", NOT_RECORDED]


def test_who_came_before_is_filled_in_and_the_others_are_counted(small, tmp_path, monkeypatch):
    small.refer()
    for postcode in ("XX1 1XX", NOT_RECORDED):
        with small.store.work(small.referrer) as work:
            from mobilise.referrals import register

            register(work, replace(ADA, nhs_number=None, postcode=postcode))
    monkeypatch.setattr("mobilise.place.Place.open", lambda _folder: Town())
    said = ["care", "fill-areas", "--place", str(tmp_path)]
    database = ["--database", str(small.store.engine.url)]
    assert main([*said, *database]) == 0
    with small.store.reading() as session:
        assert sorted(p.area_id for p in session.query(Person)) == ["W", NOT_RECORDED, NOT_RECORDED]
    small.store.area_of = areas_of_postcodes(Town())
    with small.store.work(operator()) as work:
        again, _ = fill_areas(work)
    assert (again.found, again.outside, again.unknown) == (0, 1, 1)
    assert [row.area_id for row in counted(small.store)] == ["W"]
    with pytest.raises(PermissionError), small.store.work(small.worker) as work:
        fill_areas(work)
