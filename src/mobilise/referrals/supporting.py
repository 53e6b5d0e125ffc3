"""What happens then: contacts, attendance, outcomes, the end, and the message back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from mobilise.errors import InputError, NotAllowed, Refused
from mobilise.referrals import consents
from mobilise.referrals.access.grants import allow
from mobilise.referrals.access.rows import find
from mobilise.referrals.keeping import keep
from mobilise.referrals.model import (
    Attendance,
    Contact,
    Need,
    Organisation,
    Referral,
    Score,
    Service,
    Task,
)
from mobilise.referrals.referring import task_of
from mobilise.referrals.scores import check_score
from mobilise.referrals.words import words
from mobilise.referrals.workflow import move

if TYPE_CHECKING:
    from datetime import date

    from mobilise.referrals.store import Work

HOW = ("phone", "visit", "meeting", "video", "letter", "message")
STATES = ("attended", "unattended", "cancelled")
MOMENTS = ("before", "during", "after")


def record_contact(
    work: Work,
    task_id: str,
    *,
    how: str,
    reached: bool,
    minutes: int | None = None,
    note: str | None = None,
) -> Contact:
    """Record a call or a meeting with the person; the note is the team's own, never sent on."""
    task = _own(work, task_id)
    if how not in HOW:
        raise InputError(f"how: one of {', '.join(HOW)}.")
    if minutes is not None and not 0 <= minutes <= 1440:
        raise InputError("minutes: between 0 and 1440.")
    contact = Contact(
        task_id=task.id,
        person_id=task.person_id,
        by=work.actor.who,
        at=work.now,
        how=how,
        reached=reached,
        minutes=minutes,
        note=note,
    )
    work.session.add(contact)
    work.note("create", "Contact", contact.id, person_id=task.person_id)
    if task.status == "accepted" and reached:
        move(work, task, "in-progress")
    return contact


def schedule(work: Work, task_id: str) -> Task:
    """Say that a first session is arranged."""
    return _set_business_status(work, _own(work, task_id), "scheduled")


def record_attendance(work: Work, task_id: str, held_on: date, state: str) -> Attendance:
    """Record whether the person came to a session; the first attended one starts the work."""
    task = _own(work, task_id)
    if state not in STATES:
        raise InputError(f"state: one of {', '.join(STATES)}.")
    if task.status not in {"accepted", "in-progress", "on-hold"}:
        raise Refused(f"a task that is {task.status} has no sessions; accept it first.")
    attendance = Attendance(
        task_id=task.id,
        person_id=task.person_id,
        held_on=held_on,
        state=state,
        by=work.actor.who,
    )
    work.session.add(attendance)
    work.note("create", "Attendance", attendance.id, person_id=task.person_id)
    if state == "attended" and task.status == "accepted":
        move(work, task, "in-progress")
    if state != "cancelled":
        _set_business_status(work, task, state)
    return attendance


def record_outcome(
    work: Work,
    task_id: str,
    instrument: str,
    value: float,
    moment: str,
    taken_on: date | None = None,
) -> Score:
    """Record an outcome score: the number alone, never a question or an answer.

    Parameters
    ----------
    work
        The transaction.
    task_id
        The task under which it was taken; the score belongs to its referral.
    instrument
        What was measured: the name of a score's definition.
    value
        The score.
    moment
        before, during or after.
    taken_on
        The day; today by default.
    """
    allow_outcome(work)
    task = _own(work, task_id)
    if moment not in MOMENTS:
        raise InputError(f"moment: one of {', '.join(MOMENTS)}.")
    score = Score(
        person_id=task.person_id,
        referral_id=task.referral_id,
        instrument=instrument,
        moment=moment,
        value=check_score(instrument, float(value)),
        taken_on=taken_on or work.now.date(),
        status="final",
    )
    keep(work, score)
    return score


def allow_outcome(work: Work) -> None:
    """Let those pass who may record a score: an e-mailed link is not among them."""
    allow(work.actor, "Observation", "c")
    if work.actor.task_id is not None:
        raise NotAllowed("a score cannot be recorded through a link.")


def complete(work: Work, task_id: str, message: str | None = None) -> Task:
    """End a task well; what is said goes back to who asked, if the person agreed to that."""
    task = _own(work, task_id)
    if task.status == "accepted":
        move(work, task, "in-progress")
    if message and not consents.has_refused(work, task.person_id, consents.FEEDBACK):
        task.message = message
    if task.part_of is not None and task.business_status == "attended":
        task.business_status = "event completed"
    return move(work, task, "completed")


def fail(work: Work, task_id: str, reason: str) -> Task:
    """End a task that could not be done, and say why."""
    return move(work, _own(work, task_id), "failed", reason)


@dataclass(frozen=True)
class MessageBack:
    """What the referrer hears: the standard's message back to the practice.

    Attributes
    ----------
    referral_id
        The referral.
    status
        How the link worker's task stands.
    message
        The link worker's summary; null until there is one, or where the person refused.
    needs
        What mattered to the person.
    support
        What was offered: service, organisation, how it ended, how often the person came.
    outcomes
        Instrument, before or after, score, day.
    """

    referral_id: str
    status: str
    message: str | None
    needs: tuple[str, ...]
    support: tuple[tuple[str, str, str, int], ...]
    outcomes: tuple[tuple[str, str, float | None, date], ...]


def message_back(work: Work, task_id: str) -> MessageBack:
    """Return what came of a referral, as far as the person agreed that it be told."""
    allow(work.actor, "Task", "r")
    task: Task = find(work.session, work.actor, Task, task_id)
    work.note("read", "Task", task.id, person_id=task.person_id, detail="message back")
    needs = work.session.scalars(
        select(Need.code).where(Need.referral_id == task.referral_id).order_by(Need.code)
    )
    told = not consents.has_refused(work, task.person_id, consents.FEEDBACK)
    return MessageBack(
        task.referral_id,
        task.status,
        task.message if told else None,
        tuple(words()["needs"][code] for code in needs),
        _support(work, task) if told else (),
        _outcomes(work, task) if told else (),
    )


def _support(work: Work, task: Task) -> tuple[tuple[str, str, str, int], ...]:
    parts = work.session.execute(
        select(Task, Service.name, Organisation.name)
        .join(Referral, Referral.id == Task.referral_id)
        .outerjoin(Service, Service.id == Referral.service_id)
        .join(Organisation, Organisation.id == Task.owner_id)
        .where(Task.part_of == task.id, Task.status != "entered-in-error")
        .order_by(Task.authored, Task.id)
    ).all()
    return tuple(
        (service or "", body, part.status, _times(work, part)) for part, service, body in parts
    )


def _times(work: Work, task: Task) -> int:
    query = select(Attendance.id).where(
        Attendance.task_id == task.id, Attendance.state == "attended"
    )
    return len(work.session.scalars(query).all())


def _outcomes(work: Work, task: Task) -> tuple[tuple[str, str, float | None, date], ...]:
    parts = select(Task.referral_id).where(Task.part_of == task.id)
    scores = work.session.scalars(
        select(Score)
        .where(
            (Score.referral_id == task.referral_id) | Score.referral_id.in_(parts),
            Score.status != "entered-in-error",
        )
        .order_by(Score.instrument, Score.taken_on, Score.id)
    )
    return tuple((s.instrument, s.moment, s.value, s.taken_on) for s in scores)


def _own(work: Work, task_id: str) -> Task:
    """Return a task that the actor's side carries out."""
    task = task_of(work, task_id)
    if work.actor.task_id == task.id or work.actor.organisation_id == task.owner_id:
        return task
    raise NotAllowed("only the side that carries a task out may record what happened.")


def _set_business_status(work: Work, task: Task, status: str) -> Task:
    task.business_status = status
    keep(work, task)
    return task
