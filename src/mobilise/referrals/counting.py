"""What the wall counts: one row a referral, without a name, a date or an identity.

Only `mobilise.disclosure` may pass anything of this on, and only as protected counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from mobilise.referrals.consents import STATISTICS
from mobilise.referrals.model import (
    NOT_RECORDED,
    Attendance,
    Consent,
    Need,
    Person,
    Referral,
    Score,
    Service,
    Task,
)
from mobilise.referrals.words import ethnic_group

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from sqlalchemy.orm import Session

    from mobilise.referrals.store import Store

AGES = (0, 18, 30, 45, 60, 75)


@dataclass(frozen=True)
class Counted:
    """One referral (or offer), as the wall counts it.

    Attributes
    ----------
    person
        A number for the person that holds within this reading alone: nobody counts twice.
    area_id
        Where they live, or "not recorded".
    age
        Age band at the offer, such as "30-44", or "not recorded".
    sex, ethnicity, ethnic_group
        Words of words.toml, or "not recorded".
    route
        Who opened the door.
    needs
        What mattered to them.
    kinds
        The kinds of service that they were sent on to.
    status
        How the link worker's task stands; for an offer, "offered" or "declined".
    offered, referred, accepted, sent_on, attended, completed
        How far they came, each one only if so.
    scores
        (instrument, moment, value), in the order they were taken.
    year, quarter
        When it was offered.
    """

    person: int
    area_id: str
    age: str
    sex: str
    ethnicity: str
    ethnic_group: str
    route: str
    needs: tuple[str, ...]
    kinds: tuple[str, ...]
    status: str
    offered: bool
    referred: bool
    accepted: bool
    sent_on: bool
    attended: bool
    completed: bool
    scores: tuple[tuple[str, str, float], ...]
    year: int
    quarter: int


def counted(store: Store) -> Iterator[Counted]:
    """Yield every referral that may be counted: all but those of people who refused that.

    Parameters
    ----------
    store
        The personal plane.
    """
    with store.reading() as session:
        refused = set(
            session.scalars(
                select(Consent.person_id).where(
                    Consent.purpose == STATISTICS, Consent.status.in_(("inactive", "rejected"))
                )
            )
        )
        parts = _parts(session)
        numbers: dict[str, int] = {}
        query = (
            select(Referral, Person)
            .join(Person, Person.id == Referral.person_id)
            .where(Referral.based_on.is_(None), Referral.status != "entered-in-error")
            .order_by(Referral.id)
        )
        for referral, person in session.execute(query):
            if person.id not in refused and person.erased_at is None:
                number = numbers.setdefault(person.id, len(numbers))
                yield _row(referral, person, number, parts)


@dataclass(frozen=True)
class _Parts:
    """What belongs to the referrals, each read once; what was sent on, under the first one."""

    tasks: dict[str, list[Task]]
    sent: dict[str, list[tuple[Task, str | None]]]
    attended: set[str]
    needs: dict[str, list[str]]
    scores: dict[str, list[Score]]


def _parts(session: Session) -> _Parts:
    tasks: dict[str, list[Task]] = defaultdict(list)
    for task in session.scalars(
        select(Task).where(Task.status != "entered-in-error").order_by(Task.authored, Task.id)
    ):
        tasks[task.referral_id].append(task)
    first: dict[str, str] = {}
    sent: dict[str, list[tuple[Task, str | None]]] = defaultdict(list)
    for identity, kind, based_on in session.execute(
        select(Referral.id, Service.kind, func.coalesce(Referral.based_on, ""))
        .outerjoin(Service, Service.id == Referral.service_id)
        .where(Referral.based_on.is_not(None))
        .order_by(Referral.id)
    ):
        first[identity] = based_on
        sent[based_on] += [(task, kind) for task in tasks.get(identity, [])]
    needs: dict[str, list[str]] = defaultdict(list)
    for need in session.scalars(select(Need).order_by(Need.code)):
        needs[need.referral_id].append(need.code)
    attended = session.scalars(select(Attendance.task_id).where(Attendance.state == "attended"))
    return _Parts(tasks, sent, set(attended), needs, _scores(session, first))


def _scores(session: Session, first: dict[str, str]) -> dict[str, list[Score]]:
    scores: dict[str, list[Score]] = defaultdict(list)
    query = select(Score).where(Score.status != "entered-in-error", Score.value.is_not(None))
    for score in session.scalars(query.order_by(Score.taken_on, Score.id)):
        of = score.referral_id or ""
        scores[first.get(of, of)].append(score)
    return scores


def _row(referral: Referral, person: Person, number: int, parts: _Parts) -> Counted:
    tasks, sent = parts.tasks.get(referral.id, []), parts.sent.get(referral.id, [])
    every = tasks + [task for task, _ in sent]
    offered = referral.authored
    return Counted(
        person=number,
        area_id=person.area_id,
        age=_age_band(person.birth_date, offered.date()),
        sex=person.sex,
        ethnicity=person.ethnicity,
        ethnic_group=ethnic_group(person.ethnicity),
        route=referral.route,
        needs=tuple(dict.fromkeys(parts.needs.get(referral.id, []))),
        kinds=tuple(sorted({kind for _, kind in sent if kind})),
        status=tasks[-1].status if tasks else referral.offer,
        offered=True,
        referred=referral.offer == "referred",
        accepted=any(task.accepted_at is not None for task in tasks),
        sent_on=bool(sent),
        attended=any(task.id in parts.attended for task in every),
        completed=any(task.status == "completed" for task in tasks),
        scores=tuple(
            (s.instrument, s.moment, s.value)
            for s in parts.scores.get(referral.id, [])
            if s.value is not None
        ),
        year=offered.year,
        quarter=(offered.month + 2) // 3,
    )


def _age_band(born: date | None, on: date) -> str:
    if born is None:
        return NOT_RECORDED
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    start = max((low for low in AGES if low <= age), default=0)
    after = [low for low in AGES if low > start]
    return f"{start}-{after[0] - 1}" if after else f"{start} and over"
