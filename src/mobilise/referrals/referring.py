"""From the practice to the community: register, refer, accept, send on.

Each function does one thing within a transaction (`Store.work`), as its actor.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select

from mobilise.errors import InputError, NotAllowed, NotThere, Refused
from mobilise.referrals import consents
from mobilise.referrals.access.grants import allow
from mobilise.referrals.access.rows import find
from mobilise.referrals.fhir.people import check_nhs_number
from mobilise.referrals.keeping import begin, keep
from mobilise.referrals.model import (
    NOT_RECORDED,
    Need,
    Organisation,
    Person,
    Referral,
    Service,
    Task,
    new_id,
)
from mobilise.referrals.rowwise import table_of
from mobilise.referrals.words import check_recorded, check_word
from mobilise.referrals.workflow import move

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from mobilise.referrals.store import Work


@dataclass(frozen=True)
class NewPerson:
    """What is known of a person when they are first referred.

    Parameters
    ----------
    given, family
        Names.
    birth_date, sex, ethnicity, language
        Demographics; "not recorded" (or null for the date) where nobody asked. Sex and ethnicity
        are words of words.toml; the language is a BCP 47 tag.
    nhs_number
        Ten digits, checked.
    phone, email, address, postcode
        How they are reached.
    practice_id
        Their general practice.
    """

    given: str
    family: str
    birth_date: date | None = None
    sex: str = NOT_RECORDED
    ethnicity: str = NOT_RECORDED
    language: str = NOT_RECORDED
    nhs_number: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    postcode: str = NOT_RECORDED
    practice_id: str | None = None


def register(work: Work, new: NewPerson) -> Person:
    """Keep a person who may be referred."""
    allow(work.actor, "Patient", "c")
    if not (new.given.strip() or new.family.strip()):
        raise InputError("a person needs a name.")
    if new.nhs_number is not None:
        check_nhs_number(new.nhs_number)
    check_recorded("sexes", new.sex)
    check_recorded("ethnicities", new.ethnicity)
    person = Person(**vars(new), registered_by=work.actor.organisation_id)
    person.area_id = area_of(work, new.postcode)
    keep(work, person)
    return person


def area_of(work: Work, postcode: str) -> str:
    """Return the area of a postcode, or "not recorded"."""
    return (work.store.area_of(postcode) if postcode != NOT_RECORDED else None) or NOT_RECORDED


def refer(
    work: Work,
    person: NewPerson | str,
    *,
    to: str,
    needs: Sequence[str | tuple[str, str]],
    consented: Sequence[str],
    route: str = "gp",
    reason: str | None = None,
    priority: str = "routine",
    how: str = "verbal",
) -> Task:
    """Refer somebody to a link worker service.

    Parameters
    ----------
    work
        The transaction; the actor's organisation is who asks.
    person
        A new person, or the id of one who is known.
    to
        The id of the link worker service's organisation.
    needs
        What matters to the person: words of words.toml, each with a text of one's own if wanted.
    consented
        The purposes that the person agreed to; "referral" must be among them.
    route
        Who opened the door: gp, nhs, council, charity, self, family.
    reason
        What the referrer wants to say.
    priority
        routine, urgent, asap or stat.
    how
        How the consent was given: verbal, written, online.

    Returns
    -------
    Task
        What the link worker service is asked to do; its `referral_id` is the referral.

    Raises
    ------
    Refused
        The person did not agree to be referred.
    """
    allow(work.actor, "ServiceRequest", "c")
    known = _person(work, person)
    for purpose in consented:
        consents.settle(work, known.id, check_word("purposes", purpose), "active", how)
    if not consents.has_agreed(work, known.id, consents.REFERRAL):
        raise Refused("nobody is referred who did not agree to it: record the consent first.")
    referral = _new_referral(work, known.id, needs, route, reason=reason, priority=priority)
    return _ask(work, referral, to)


def record_offer(
    work: Work, person: NewPerson | str, *, declined: bool, route: str = "gp"
) -> Referral:
    """Record that a referral was offered, and declined or not yet answered."""
    allow(work.actor, "ServiceRequest", "c")
    known = _person(work, person)
    offer = "declined" if declined else "offered"
    return _new_referral(
        work, known.id, [], route, offer=offer, status="revoked" if declined else "draft"
    )


def accept(work: Work, task_id: str) -> Task:
    """Accept what is asked: the task is yours, and nobody else's, from now on."""
    return move(work, task_of(work, task_id), "accepted")


def decline(work: Work, task_id: str, reason: str) -> Task:
    """Say no to what is asked, and why."""
    return move(work, task_of(work, task_id), "rejected", reason)


def start(work: Work, task_id: str) -> Task:
    """Begin the work."""
    return move(work, task_of(work, task_id), "in-progress")


def pause(work: Work, task_id: str, reason: str) -> Task:
    """Put the work on hold, and say why."""
    return move(work, task_of(work, task_id), "on-hold", reason)


def cancel(work: Work, task_id: str, reason: str) -> Task:
    """Call the work off, and say why."""
    return move(work, task_of(work, task_id), "cancelled", reason)


def send_on(
    work: Work, task_id: str, service_id: str, *, needs: Sequence[str] = (), note: str | None = None
) -> Task:
    """Send a person on to a service, telling its organisation no more than it needs to know.

    Parameters
    ----------
    work
        The transaction; the actor is the link worker's team.
    task_id
        The link worker's own task.
    service_id
        The service; its organisation is asked.
    needs
        Which needs to tell; none by default.
    note
        What to tell the organisation, in the link worker's words.

    Raises
    ------
    Refused
        The person did not agree to sharing, the task is not under way, or the service is closed.
    """
    allow(work.actor, "Task", "c")
    task = task_of(work, task_id)
    if work.actor.organisation_id != task.owner_id:
        raise NotAllowed("only the team that a referral was sent to may send it on.")
    if task.status == "accepted":
        move(work, task, "in-progress")
    if task.status != "in-progress":
        raise Refused(f"a task that is {task.status} cannot be sent on; accept or resume it first.")
    if not consents.has_agreed(work, task.person_id, consents.SHARING):
        raise Refused("the person has not agreed to sharing with organisations; ask them first.")
    service = work.session.get(Service, service_id)
    if service is None or not service.active or service.organisation_id is None:
        raise NotThere("there is no such service, or it is closed.")
    first = work.session.get_one(Referral, task.referral_id)
    referral = _new_referral(
        work,
        task.person_id,
        needs,
        first.route,
        reason=note,
        based_on=first.id,
        service_id=service.id,
        kind=service.kind,
        priority=first.priority,
    )
    return _ask(work, referral, service.organisation_id, part_of=task.id)


def task_of(work: Work, task_id: str, version: int | None = None) -> Task:
    """Return a task that the actor may change.

    Parameters
    ----------
    work
        The transaction.
    task_id
        The task.
    version
        The version that the actor saw; where given, a newer one is a conflict.
    """
    from mobilise.errors import Conflict  # noqa: PLC0415

    if work.actor.task_id is None:
        allow(work.actor, "Task", "u")
    task: Task = find(work.session, work.actor, Task, task_id)
    if version is not None and task.version != version:
        raise Conflict("somebody else changed this task meanwhile; read it again.")
    return task


def _person(work: Work, person: NewPerson | str) -> Person:
    if isinstance(person, NewPerson):
        return register(work, person)
    found: Person = find(work.session, work.actor, Person, person)
    return found


def _new_referral(
    work: Work,
    person_id: str,
    needs: Sequence[str | tuple[str, str]],
    route: str,
    *,
    status: str = "active",
    **columns: Any,
) -> Referral:
    referral = Referral(
        person_id=person_id,
        status=status,
        route=check_word("routes", route),
        requester_id=work.actor.organisation_id,
        authored=work.now,
        **{"offer": "referred", "priority": "routine"} | columns,
    )
    add_needs(work, referral, needs)
    keep(work, referral)
    return referral


def add_needs(work: Work, referral: Referral, needs: Sequence[str | tuple[str, Any]]) -> None:
    """Add what matters to the person to a referral that is about to be kept."""
    told = [(need, None) if isinstance(need, str) else need for need in needs]
    for code, _ in told:
        check_word("needs", code)
    if not told:
        return
    if referral.version == 0:  # the needs point at it: it has to be there
        begin(work, referral)
    work.session.execute(
        insert(table_of(Need)),
        [
            {
                "id": new_id(),
                "person_id": referral.person_id,
                "referral_id": referral.id,
                "code": code,
                "text": text,
            }
            for code, text in told
        ],
    )


def _ask(work: Work, referral: Referral, owner_id: str, part_of: str | None = None) -> Task:
    if work.session.scalar(select(Organisation.id).where(Organisation.id == owner_id)) is None:
        raise NotThere("there is no such organisation to refer to.")
    if referral.requester_id is None:
        raise NotAllowed("only somebody who acts for an organisation can refer.")
    task = Task(
        referral_id=referral.id,
        person_id=referral.person_id,
        part_of=part_of,
        status="requested",
        requester_id=referral.requester_id,
        owner_id=owner_id,
        authored=work.now,
    )
    keep(work, task)
    return task
