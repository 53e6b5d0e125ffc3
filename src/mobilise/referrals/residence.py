"""Where people live: a postcode's area, read from the place; none of it goes back there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mobilise.errors import NotAllowed
from mobilise.referrals.actors import OPERATOR
from mobilise.referrals.model import NOT_RECORDED, Person

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.place import Place
    from mobilise.referrals.store import Work

PAGE = 500


@dataclass(frozen=True)
class Filled:
    """What came of looking up the areas of people who had none.

    Attributes
    ----------
    found
        How many have an area now.
    outside
        How many have a postcode that is none of the place's areas.
    unknown
        How many have no postcode.
    """

    found: int = 0
    outside: int = 0
    unknown: int = 0

    def __add__(self, other: Filled) -> Filled:
        """Return both counted together."""
        return Filled(
            self.found + other.found, self.outside + other.outside, self.unknown + other.unknown
        )


def areas_of_postcodes(place: Place) -> Callable[[str], str | None] | None:
    """Return what finds the area of a postcode, for `Store.area_of`.

    A postcode lies in the area that its point lies in; one outside every area of the place, or
    that is not in the place's table, has none.

    Parameters
    ----------
    place
        A place that has been built.

    Returns
    -------
    callable or None
        From a postcode, in any case and spacing, to an ``area_id`` or null; null where the place
        has no table of postcodes (the recipe's ``postcodes`` makes one).
    """
    if "postcodes" not in place.tables():
        return None
    known = _joined(place)
    return lambda postcode: known.get(_folded(postcode))


def postcodes_by_area(place: Place) -> dict[str, list[str]]:
    """Return the postcodes that lie in each area; empty where the place has no table of them."""
    found: dict[str, list[str]] = {}
    if "postcodes" in place.tables():
        for postcode, area in sorted(_joined(place).items()):
            found.setdefault(area, []).append(postcode)
    return found


def _joined(place: Place) -> dict[str, str]:
    import geopandas as gpd  # noqa: PLC0415  (slow to import, and few commands need it)

    table = place.table("postcodes")
    areas = place.table("areas")[["area_id", "geometry"]]
    points = gpd.GeoDataFrame(
        {"postcode": table["postcode"].map(_folded)},
        geometry=gpd.points_from_xy(table["longitude"], table["latitude"]),
        crs="EPSG:4326",
    ).to_crs(areas.crs)
    met = gpd.sjoin(points, areas, predicate="intersects").sort_values("area_id")
    met = met.drop_duplicates("postcode")  # a point on a border: the first of the areas
    return dict(zip(met["postcode"], met["area_id"].astype(str), strict=True))


def _folded(postcode: str) -> str:
    return "".join(postcode.split()).upper()


def fill_areas(work: Work, after: str = "") -> tuple[Filled, str | None]:
    """Look up the areas of a page of people who have none yet.

    Parameters
    ----------
    work
        The transaction of an operator; its store's `area_of` knows the place.
    after
        The id after which to go on.

    Returns
    -------
    tuple of Filled, str or None
        What came of it, and the id to go on after; null where nobody is left.
    """
    if work.actor.role != OPERATOR:
        raise NotAllowed("areas are filled in at the command line, by the operator.")
    query = select(Person).where(
        Person.id > after, Person.area_id == NOT_RECORDED, Person.erased_at.is_(None)
    )
    people = list(work.session.scalars(query.order_by(Person.id).limit(PAGE)))
    found = outside = unknown = 0
    for person in people:
        if person.postcode == NOT_RECORDED:
            unknown += 1
        elif (area := work.store.area_of(person.postcode)) is None:
            outside += 1
        else:
            person.area_id, found = area, found + 1
            work.note(
                "update",
                "Patient",
                person.id,
                version=person.version,
                person_id=person.id,
                detail="area of the postcode",
            )
    return Filled(found, outside, unknown), people[-1].id if people else None
