"""What people may ask of those who keep their records: to see them, and to have them erased.

Erasing removes the person from every table and every version; the audit stays as it is, and
provable, since it holds no more of them than a number that then leads nowhere.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, select, update

from mobilise.errors import NotAllowed, NotThere
from mobilise.referrals.actors import OPERATOR
from mobilise.referrals.fhir.elements import instant
from mobilise.referrals.keeping import TYPE_OF, forget_index
from mobilise.referrals.model import (
    NOT_RECORDED,
    Attendance,
    AuditEntry,
    Consent,
    Contact,
    Link,
    Need,
    Notice,
    Person,
    Record,
    Referral,
    Response,
    Score,
    Task,
    Version,
)
from mobilise.referrals.workflow import CLOSED

if TYPE_CHECKING:
    from mobilise.referrals.store import Work

RECORDS: tuple[type[Record], ...] = (Score, Response, Task, Referral, Consent)
NOTES: tuple[type[Any], ...] = (Attendance, Contact, Need)


def find_people(work: Work, name: str) -> list[Person]:
    """Return the people whose name holds this text: the start of a subject's request."""
    _check(work)
    text = name.strip().casefold()
    whole = func.lower(Person.given + " " + Person.family)
    query = select(Person).where(whole.contains(text, autoescape=True), Person.erased_at.is_(None))
    people = list(work.session.scalars(query.order_by(Person.family, Person.given, Person.id)))
    for person in people:
        work.note("search", "Patient", person.id, person_id=person.id)
    return people


def held(work: Work, person_id: str) -> dict[str, int]:
    """Return how much is kept of a person, by table."""
    _check(work)
    _person(work, person_id)
    counts = {}
    for model in (*RECORDS, *NOTES):
        query = select(func.count()).select_from(model).where(model.person_id == person_id)
        counts[model.__tablename__] = work.session.scalar(query) or 0
    return {"people": 1} | counts


def subject_access(work: Work, person_id: str) -> dict[str, Any]:
    """Return everything that is kept of a person, and everybody who saw it.

    Returns
    -------
    dict
        ``records`` (every version as FHIR shows it), ``contacts``, ``attendances``, ``seen_by``.
    """
    _check(work)
    _person(work, person_id)
    kept = [("Patient", person_id)]
    for model in RECORDS:
        ids = work.session.scalars(select(model.id).where(_of(model, person_id)))
        kept += [(TYPE_OF[model], identity) for identity in ids]
    records = []
    for type_, identity in kept:
        versions = work.session.scalars(
            select(Version.resource)
            .where(Version.type == type_, Version.id == identity, Version.resource.is_not(None))
            .order_by(Version.version)
        )
        records += [json.loads(text) for text in versions if text]
    told = {
        "person": person_id,
        "made": instant(work.now),
        "records": records,
        "contacts": _rows(work, Contact, person_id),
        "attendances": _rows(work, Attendance, person_id),
        "needs": _rows(work, Need, person_id),
        "seen_by": _seen(work, person_id),
    }
    work.note("export", "Patient", person_id, person_id=person_id, detail="subject access")
    return told


def erase(work: Work, person_id: str) -> None:
    """Erase a person: every record, note, version, index and pending notice about them."""
    _check(work)
    person = _person(work, person_id)
    tasks = select(Task.id).where(Task.person_id == person_id)
    links = select(Link.id).where(Link.task_id.in_(tasks))
    work.session.execute(delete(Notice).where(Notice.link_id.in_(links)))
    work.session.execute(delete(Link).where(Link.task_id.in_(tasks)))
    for model in NOTES:
        work.session.execute(delete(model).where(model.person_id == person_id))
    for record in (Task, Referral):  # they point at each other
        column = {"part_of": None, "reopens": None} if record is Task else {"based_on": None}
        work.session.execute(update(record).where(_of(record, person_id)).values(**column))
    for model in RECORDS:
        for identity in work.session.scalars(select(model.id).where(_of(model, person_id))).all():
            _forget(work, TYPE_OF[model], identity)
        work.session.execute(delete(model).where(_of(model, person_id)))
    _forget(work, "Patient", person_id)
    work.session.expire_all()
    _blank(person, work.now)
    work.note("erase", "Patient", person_id, person_id=person_id)


def over(work: Work, years: float) -> list[str]:
    """Return who has no open task, and whose last record was touched so many years ago."""
    _check(work)
    before = work.now - timedelta(days=365.25 * years)
    still = exists().where(
        Task.person_id == Person.id, Task.status.not_in(CLOSED) | (Task.updated > before)
    )
    newer = exists().where(Referral.person_id == Person.id, Referral.updated > before)
    query = select(Person.id).where(
        Person.erased_at.is_(None), Person.updated <= before, ~still, ~newer
    )
    return list(work.session.scalars(query.order_by(Person.id)))


def _check(work: Work) -> None:
    if work.actor.role != OPERATOR:
        raise NotAllowed("people's rights are seen to at the command line, by the operator.")


def _person(work: Work, person_id: str) -> Person:
    person = work.session.get(Person, person_id)
    if person is None or person.erased_at is not None:
        raise NotThere("there is no such person, or they were erased.")
    return person


def _of(model: type[Any], person_id: str) -> Any:
    return model.person_id == person_id


def _forget(work: Work, type_: str, identity: str) -> None:
    forget_index(work, type_, identity)
    about = f"{type_}/{identity}"
    work.session.execute(delete(Notice).where(Notice.about == about))
    work.session.execute(
        update(Version).where(Version.type == type_, Version.id == identity).values(resource=None)
    )


def _blank(person: Person, now: datetime) -> None:
    person.given = person.family = ""
    person.nhs_number = person.birth_date = person.phone = person.email = person.address = None
    person.practice_id = person.registered_by = None
    for name in ("sex", "ethnicity", "language", "postcode", "area_id"):
        setattr(person, name, NOT_RECORDED)
    person.erased_at = now
    person.version += 1


def _rows(work: Work, model: type[Any], person_id: str) -> list[dict[str, Any]]:
    rows = []
    for row in work.session.scalars(select(model).where(_of(model, person_id)).order_by(model.id)):
        values = {column.name: getattr(row, column.name) for column in model.__table__.columns}
        rows.append({k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in values.items()})
    return rows


def _seen(work: Work, person_id: str) -> list[dict[str, Any]]:
    query = select(AuditEntry).where(AuditEntry.person_id == person_id)
    return [
        {
            "at": instant(entry.at),
            "who": entry.who,
            "role": entry.role,
            "organisation": entry.organisation_id,
            "did": entry.action,
            "what": entry.type,
            "why": entry.why,
        }
        for entry in work.session.scalars(query.order_by(AuditEntry.number))
    ]
