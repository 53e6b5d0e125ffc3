"""What happens to the invented people: each step puts the next one on the calendar."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from mobilise.referrals import consents, supporting
from mobilise.referrals.demonstration.cast import FIRST_DAY, Cast
from mobilise.referrals.model import NOT_RECORDED, Person, Task
from mobilise.referrals.referring import (
    NewPerson,
    accept,
    cancel,
    decline,
    record_offer,
    refer,
    send_on,
)
from mobilise.referrals.workflow import CLOSED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from mobilise.referrals.actors import Actor
    from mobilise.referrals.store import Store, Work

PEOPLE, WAITING = 180, 2  # of them, how many wait at the group when the story ends
LAST_DAY = date(2026, 10, 30)
_GIVEN = [
    "Ada",
    "Amos",
    "Beryl",
    "Cosmo",
    "Dilys",
    "Edwin",
    "Fern",
    "Gwil",
    "Hester",
    "Idris",
    "Juno",
    "Kofi",
    "Leila",
    "Mabel",
    "Nadia",
    "Orla",
    "Percy",
    "Quinn",
    "Rufus",
    "Sunita",
    "Tariq",
    "Una",
    "Vivek",
    "Wanda",
    "Xenia",
    "Yusuf",
    "Zofia",
]
_FAMILY = [
    "Amberlow",
    "Birchwold",
    "Cressamby",
    "Dovermoor",
    "Eskerby",
    "Foxlow",
    "Gorsemere",
    "Hazelwold",
    "Inglemoor",
    "Juniperly",
    "Kitelow",
    "Lapwick",
    "Mossamby",
    "Nightlow",
    "Orchardby",
    "Plovermoor",
    "Rushamby",
    "Sallowby",
    "Tarnwick",
    "Umberly",
]
_ETHNICITIES = "AAAAAAAAAABCGHJJKMNPRSZ"
_ROUTES = ("gp", "nhs", "council", "charity", "self", "family")


def plan(
    store: Store,
    areas: pd.DataFrame,
    postcodes: Mapping[str, Sequence[str]],
    cast: Cast,
    chance: random.Random,
) -> None:
    """Put on the calendar whom the story refers, and when."""
    quintiles = [int(q) for q in areas["deprivation_quintile"]]
    people = [float(p) for p in areas["population"]]
    for number in range(PEOPLE):
        route = chance.choices(_ROUTES, (50, 8, 10, 14, 12, 6))[0]
        slope = 0.75 if route in {"gp", "nhs"} else 1.35  # above 1: the poorest areas more
        weights = [p * slope ** (3 - q) for p, q in zip(people, quintiles, strict=True)]
        where = chance.choices(range(len(people)), weights)[0]
        days = (LAST_DAY - FIRST_DAY).days
        start = FIRST_DAY + timedelta(days=chance.randrange(days))
        when = datetime(start.year, start.month, start.day, chance.randrange(8, 18), tzinfo=UTC)
        area, quintile = str(areas["area_id"].iloc[where]), quintiles[where]
        codes = postcodes.get(area, [NOT_RECORDED])
        person = _person(number, codes[number % len(codes)], chance)
        story = Story(store, cast, random.Random(chance.random()), route, quintile)  # noqa: S311
        cast.calendar.put(when, _begin(story, person, area, when))
    last = datetime.combine(LAST_DAY, time(18), UTC)
    cast.calendar.put(last, lambda: _leave_waiting(store, cast))


def _person(number: int, postcode: str, chance: random.Random) -> NewPerson:
    born = date(2026, 1, 1) - timedelta(days=round(chance.triangular(19, 94, 66) * 365.25))
    told = chance.random()
    return NewPerson(
        given=_GIVEN[number % len(_GIVEN)],
        family=chance.choice(_FAMILY),
        birth_date=born,
        sex=chance.choices(("female", "male", NOT_RECORDED), (60, 36, 4))[0],
        ethnicity=NOT_RECORDED if told < 0.12 else chance.choice(_ETHNICITIES),
        nhs_number=_test_number(number),
        phone=f"01632 960{number % 100:03d}",
        postcode=postcode,
    )


def _test_number(number: int) -> str | None:
    """Return an NHS number of the range that is kept for tests (999...), or null."""
    digits = f"999{number:06d}"
    check = (11 - sum(int(d) * (10 - i) for i, d in enumerate(digits)) % 11) % 11
    return None if check == 10 else f"{digits}{check}"


@dataclass
class Story:
    """One person's way: each step puts the next one on the calendar."""

    store: Store
    cast: Cast
    chance: random.Random
    route: str
    quintile: int

    def referrer(self) -> Actor:
        """Return who refers: people and families come to the team themselves."""
        return self.cast.referrers.get(self.route, self.cast.team)

    def likely(self, usual: float) -> bool:
        """Return whether a step is taken; poorer areas lose more people at each."""
        return self.chance.random() < usual - 0.03 * (3 - self.quintile)


def _begin(story: Story, person: NewPerson, area: str, when: datetime) -> Callable[[], None]:
    def happen() -> None:
        with story.store.work(story.referrer()) as work:
            if not story.likely(0.86):
                known = record_offer(work, person, declined=True, route=story.route)
                _live(work, known.person_id, area)
                return
            need = story.chance.choice(sorted(story.cast.services))
            more = story.chance.sample(["money", "caring", "housing", "other"], 1)
            agreed = ["referral", "feedback"] + ["sharing"] * story.likely(0.95)
            task = refer(
                work,
                person,
                to=str(story.cast.team.organisation_id),
                needs=[need, *more],
                consented=agreed,
                route=story.route,
                reason="An invented reason, for the demonstration.",
            )
            _live(work, task.person_id, area)
        _later(story, when, 3, 21, lambda day: _take_up(story, task, need, day))

    return happen


def _live(work: Work, person_id: str, area: str) -> None:
    """Say where somebody lives, if their postcode did not."""
    person = work.session.get_one(Person, person_id)
    if person.area_id == NOT_RECORDED:
        person.area_id = area


def _later(
    story: Story, after: datetime, least: int, most: int, then: Callable[[datetime], None]
) -> None:
    """Put something on the calendar for some days later, unless the story has ended by then."""
    day = after + timedelta(days=story.chance.randint(least, most), hours=1)
    if day.date() <= LAST_DAY:
        story.cast.calendar.put(day, lambda: then(day))


def _take_up(story: Story, task: Task, need: str, day: datetime) -> None:
    with story.store.work(story.cast.team) as work:
        if not story.likely(0.95):
            decline(work, task.id, "Lives outside our area")
            return
        accept(work, task.id)
        reached = story.likely(0.9)
        supporting.record_contact(
            work, task.id, how="phone", reached=reached, minutes=25, note="An invented note."
        )
        if not reached:
            cancel(work, task.id, "Could not be reached")
            return
        for instrument, value in _scores(story, after=False):
            supporting.record_outcome(work, task.id, instrument, value, "before")
    _later(story, day, 5, 25, lambda then: _send(story, task, need, then))


def _send(story: Story, task: Task, need: str, day: datetime) -> None:
    service = story.chance.choice(story.cast.services[need])
    part = None
    with story.store.work(story.cast.team) as work:
        if story.likely(0.88) and consents.has_agreed(work, task.person_id, "sharing"):
            part = send_on(work, task.id, service, needs=[need], note="An invented note.")
    if part is not None:
        owner, sent = story.cast.owners[service], part
        _later(story, day, 1, 12, lambda then: _attend(story, owner, sent, then))
    _later(story, day, 60, 110, lambda _: _close(story, task))


def _attend(story: Story, owner: Actor, part: Task, day: datetime) -> None:
    with story.store.work(owner) as work:
        if not story.likely(0.9):
            decline(work, part.id, "The group is full")
            return
        accept(work, part.id)
        supporting.schedule(work, part.id)

    def sessions(then: datetime) -> None:
        with story.store.work(owner) as work:
            for week in range(story.chance.randint(1, 6)):
                state = "attended" if story.likely(0.78) else "unattended"
                held = then.date() + timedelta(weeks=week)
                supporting.record_attendance(work, part.id, held, state)
            kept = work.session.get_one(Task, part.id)
            if kept.status == "in-progress":
                supporting.complete(work, part.id, "Came to our sessions.")
            else:
                cancel(work, part.id, "Did not come")

    _later(story, day, 7, 14, sessions)


def _close(story: Story, task: Task) -> None:
    with story.store.work(story.cast.team) as work:
        parts = work.session.scalars(
            select(Task).where(
                Task.part_of == task.id,
                Task.status.not_in(CLOSED),
            )
        ).all()
        if parts:
            return
        for instrument, value in _scores(story, after=True):
            supporting.record_outcome(work, task.id, instrument, value, "after")
        supporting.complete(work, task.id, "Feels better supported than before (invented).")


def _leave_waiting(store: Store, cast: Cast) -> None:
    """Send the last who may be sent on to the group that one may sign in as."""
    service = next(iter(cast.owners))
    need = next(need for need, services in cast.services.items() if service in services)
    with store.work(cast.team) as work:
        sent = select(Task.part_of).where(Task.part_of.is_not(None))
        waiting = work.session.scalars(
            select(Task)
            .where(Task.part_of.is_(None), Task.status.in_(("accepted", "in-progress")))
            .where(Task.id.not_in(sent))
            .order_by(Task.authored.desc(), Task.id)
        ).all()
        free = [task for task in waiting if consents.has_agreed(work, task.person_id, "sharing")]
        for task in free[:WAITING]:
            send_on(work, task.id, service, needs=[need], note="An invented note.")


def _scores(story: Story, *, after: bool) -> list[tuple[str, float]]:
    """Return scores that improve somewhat: loneliness falls, life satisfaction rises."""
    if story.chance.random() < 0.25:
        return []
    lonely = story.chance.randint(4, 9) - (story.chance.randint(0, 2) if after else 0)
    life = story.chance.randint(2, 7) + (story.chance.randint(0, 2) if after else 0)
    return [("ucla3_loneliness", max(3, lonely)), ("ons4_life_satisfaction", life)]
