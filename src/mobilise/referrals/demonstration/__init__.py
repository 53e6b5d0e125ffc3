"""Invented people for the demonstration: nobody here was ever born, and every page says so.

The story that their numbers tell is made, so that the pages have something to show: general
practices refer fewer of the people who need it most, other routes reach them better, and those
who are referred fall away at each step.
"""

from __future__ import annotations

import random
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sqlalchemy import select

from mobilise.referrals.actors import LINK_WORKER, PROVIDER, REFERRER
from mobilise.referrals.demonstration.cast import PASSWORD, cast
from mobilise.referrals.demonstration.story import plan
from mobilise.referrals.model import Organisation, Person, User
from mobilise.referrals.residence import areas_of_postcodes, postcodes_by_area

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mobilise.place import Place
    from mobilise.referrals.store import Store

SEED = 20_260_101


def write_demo_people(
    store: Store, place: Place, progress: Callable[[str], None] = lambda _: None
) -> list[dict[str, str]]:
    """Fill an empty store with invented people and what happened to them.

    Parameters
    ----------
    store
        The personal plane; one that holds anybody already is left as it is.
    place
        The demonstration place: its areas are where they live, its assets what they are sent to.
    progress
        Called with a sentence when it begins.

    Returns
    -------
    list of dict
        Whom one may sign in as: name, role, login, password.
    """
    with store.reading() as session:
        if session.scalar(select(Person.id).limit(1)) is not None:
            return _who(store)
    chance = random.Random(SEED)  # noqa: S311  (a story, not a secret)
    progress("inventing people, and what happens to them")
    with _quick(store):
        took_part = cast(store, place, chance)
        plan(store, place.table("areas"), postcodes_by_area(place), took_part, chance)
        clock, area_of = store.clock, store.area_of
        store.area_of = areas_of_postcodes(place) or area_of
        try:
            took_part.calendar.run()
        finally:
            store.clock, store.area_of = clock, area_of
    return _who(store)


@contextmanager
def _quick(store: Store) -> Iterator[None]:
    """Let a story be written without waiting for the disk: it can be written again."""
    if store.engine.dialect.name == "sqlite":
        connection = store.engine.raw_connection()
        connection.cursor().execute("PRAGMA synchronous=OFF")
        connection.close()  # back into the pool, whose only connection it is
    yield
    store.engine.dispose()  # the next connections wait for the disk again


def _who(store: Store) -> list[dict[str, str]]:
    with store.reading() as session:
        rows = session.execute(
            select(User, Organisation.name)
            .outerjoin(Organisation, Organisation.id == User.organisation_id)
            .where(User.login.like("%@example.org"))
            .order_by(User.created, User.login)
        ).all()
    order = [REFERRER, LINK_WORKER, PROVIDER, "analyst", "administrator"]
    return [
        {
            "name": user.name,
            "role": user.role if body is None else f"{user.role}, {body}",
            "login": user.login,
            "password": PASSWORD,
        }
        for user, body in sorted(rows, key=lambda row: order.index(row[0].role))
    ]
