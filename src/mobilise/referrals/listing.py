"""What people at work see first: the caseload, the inbox, the referrals made, one task whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, select

from mobilise.referrals.access.grants import allow
from mobilise.referrals.access.rows import find, visible
from mobilise.referrals.model import (
    Attendance,
    Contact,
    Need,
    Organisation,
    Person,
    Referral,
    Score,
    Service,
    Task,
)
from mobilise.referrals.workflow import CLOSED

if TYPE_CHECKING:
    from sqlalchemy.orm import InstrumentedAttribute

    from mobilise.referrals.store import Work


@dataclass(frozen=True)
class Line:
    """One line of a list of tasks.

    Attributes
    ----------
    task, referral, person
        The records (people are seen here: the audit says so).
    other
        The organisation on the other side.
    service
        The service that a person was sent on to, or null.
    needs
        Codes of what matters to them.
    waiting_days
        Since the task was asked for.
    """

    task: Task
    referral: Referral
    person: Person
    other: str
    service: str | None
    needs: tuple[str, ...]
    waiting_days: int


def caseload(work: Work, *, closed: bool = False, mine: bool = False) -> list[Line]:
    """Return the tasks that the actor's team works on, longest waiting first.

    Parameters
    ----------
    work
        The transaction.
    closed
        Those that are over, instead of those that are open.
    mine
        Only those that the actor accepted.
    """
    conditions = [Task.owner_id == work.actor.organisation_id, Task.part_of.is_(None)]
    if mine:
        conditions.append(Task.worker_id == work.actor.user_id)
    return _lines(work, conditions, closed=closed, other=Task.requester_id)


def inbox(work: Work, *, closed: bool = False) -> list[Line]:
    """Return what was sent to the actor's organisation, longest waiting first."""
    conditions = [Task.owner_id == work.actor.organisation_id]
    return _lines(work, conditions, closed=closed, other=Task.requester_id)


def referred(work: Work, *, closed: bool = False) -> list[Line]:
    """Return what the actor's organisation asked others for, longest waiting first."""
    conditions = [Task.requester_id == work.actor.organisation_id]
    return _lines(work, conditions, closed=closed, other=Task.owner_id)


def _lines(
    work: Work,
    conditions: list[ColumnElement[bool]],
    *,
    closed: bool,
    other: InstrumentedAttribute[str] | InstrumentedAttribute[str | None],
) -> list[Line]:
    allow(work.actor, "Task", "s")
    over = Task.status.in_(CLOSED) if closed else Task.status.not_in(CLOSED)
    rows = work.session.execute(
        select(Task, Referral, Person, Organisation.name, Service.name)
        .join(Referral, Referral.id == Task.referral_id)
        .join(Person, Person.id == Task.person_id)
        .outerjoin(Organisation, Organisation.id == other)
        .outerjoin(Service, Service.id == Referral.service_id)
        .where(over, visible(work.actor, Task), *conditions)
        .order_by(Task.authored, Task.id)
    ).all()
    needs = _needs(work, [referral.id for _, referral, *_ in rows])
    for task, _, person, _, _ in rows:
        work.note("search", "Task", task.id, person_id=person.id)
    return [
        Line(
            task,
            referral,
            person,
            body or "",
            service,
            tuple(needs.get(referral.id, ())),
            (work.now - task.authored).days,
        )
        for task, referral, person, body, service in rows
    ]


def _needs(work: Work, referrals: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    query = select(Need).where(Need.referral_id.in_(referrals)).order_by(Need.code)
    for need in work.session.scalars(query):
        found.setdefault(need.referral_id, []).append(need.code)
    return found


@dataclass(frozen=True)
class Case:
    """Everything about one task that its actor may see.

    Attributes
    ----------
    task, referral, person
        The records.
    needs
        What matters to the person, with what the referrer wrote.
    parts
        What was sent on from it: task, service, organisation.
    contacts, attendances, scores
        What happened; the contacts' notes are the team's own.
    """

    task: Task
    referral: Referral
    person: Person
    needs: tuple[Need, ...]
    parts: tuple[tuple[Task, str, str], ...]
    contacts: tuple[Contact, ...]
    attendances: tuple[Attendance, ...]
    scores: tuple[Score, ...]


def case(work: Work, task_id: str) -> Case:
    """Return one task whole.

    Raises
    ------
    NotThere
        There is none that the actor may see.
    """
    allow(work.actor, "Task", "r")
    task: Task = find(work.session, work.actor, Task, task_id)
    owner = work.actor.organisation_id == task.owner_id
    work.note("read", "Task", task.id, person_id=task.person_id)
    parts = work.session.scalars(
        select(Task)
        .where(Task.part_of == task.id, visible(work.actor, Task))
        .order_by(Task.authored)
    ).all()
    return Case(
        task,
        work.session.get_one(Referral, task.referral_id),
        work.session.get_one(Person, task.person_id),
        tuple(work.session.scalars(select(Need).where(Need.referral_id == task.referral_id))),
        tuple(_part(work, part) for part in parts),
        tuple(_of(work, Contact, Contact.at, [task.id])) if owner else (),
        tuple(_of(work, Attendance, Attendance.held_on, [task.id, *(p.id for p in parts)])),
        _scores(work, [task.referral_id, *(p.referral_id for p in parts)]),
    )


def _part(work: Work, part: Task) -> tuple[Task, str, str]:
    service, body = work.session.execute(
        select(Service.name, Organisation.name)
        .select_from(Referral)
        .outerjoin(Service, Service.id == Referral.service_id)
        .outerjoin(Organisation, Organisation.id == part.owner_id)
        .where(Referral.id == part.referral_id)
    ).one()
    return part, service or "", body or ""


def _of(work: Work, model: type[Any], order: Any, tasks: list[str]) -> list[Any]:
    query = select(model).where(model.task_id.in_(tasks)).order_by(order, model.id)
    return list(work.session.scalars(query))


def _scores(work: Work, referrals: list[str]) -> tuple[Score, ...]:
    query = select(Score).where(Score.referral_id.in_(referrals), visible(work.actor, Score))
    return tuple(work.session.scalars(query.order_by(Score.taken_on, Score.instrument, Score.id)))
