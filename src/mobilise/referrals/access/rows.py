"""Which records an actor may see: rules over rows, the same for pages, FHIR and exports.

A provider sees only what was sent to it, a link worker the caseload of their team, a referrer
the people it referred, an analyst and an administrator no person at all. Withdrawing a consent
takes effect in these rules, so at once.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    bindparam,
    exists,
    false,
    not_,
    or_,
    select,
    true,
)

from mobilise.errors import NotThere
from mobilise.referrals.actors import (
    ADMINISTRATOR,
    ANALYST,
    LINK_WORKER,
    OPERATOR,
    PROVIDER,
    REFERRER,
    Actor,
)
from mobilise.referrals.model import (
    Consent,
    Location,
    Organisation,
    Person,
    Post,
    Record,
    Referral,
    Response,
    Score,
    Service,
    Subscription,
    Task,
)
from mobilise.referrals.rowwise import asked

if TYPE_CHECKING:
    from sqlalchemy.orm import InstrumentedAttribute, Session


def visible(actor: Actor, model: type[Record]) -> ColumnElement[bool]:
    """Return the condition that a table's rows must meet for the actor to see them."""
    if model is Subscription:
        return Subscription.subscriber == actor.who
    if actor.role == OPERATOR:
        return true()
    if model in {Organisation, Service, Location}:
        return true()
    if model is Post:
        return false() if actor.role == ANALYST else true()
    if actor.role in {ANALYST, ADMINISTRATOR}:
        return false()
    rule = _RULES.get((actor.role, model))
    return false() if rule is None or actor.organisation_id is None else rule(actor)


def may_see(session: Session, actor: Actor, type_: str, identity: str) -> bool:
    """Return whether an actor may see one record."""
    from mobilise.referrals.keeping import MODEL_OF  # noqa: PLC0415  (keeping tells, which asks here)

    model = MODEL_OF[type_]
    return asked(session, _seen(_seer(actor), model), identity=identity) is not None


def find(session: Session, actor: Actor, model: type[Any], identity: str) -> Any:
    """Return a record that the actor may see.

    Raises
    ------
    NotThere
        There is none; whether one exists that they may not see is not said.
    """
    known: type[Record] = model
    record = session.identity_map.get(session.identity_key(model, identity))
    if record is None:
        record = session.scalar(_whole(_seer(actor), known), {"identity": identity})
    elif asked(session, _seen(_seer(actor), known), identity=identity) is None:
        record = None
    if record is None:
        raise NotThere(f"there is no such {model.__name__.lower()}, or none that you may see.")
    return record


def _seer(actor: Actor) -> Actor:
    """Return the actor without what decides nothing about rows: why, and a system's scopes."""
    return replace(actor, why="", scopes=None)


@lru_cache(maxsize=1024)
def _seen(actor: Actor, model: type[Record]) -> Select[Any]:
    return select(model.id).where(model.id == bindparam("identity"), visible(actor, model))


@lru_cache(maxsize=1024)
def _whole(actor: Actor, model: type[Record]) -> Select[Any]:
    return select(model).where(model.id == bindparam("identity"), visible(actor, model))


def agreed(person: Any, purpose: str) -> ColumnElement[bool]:
    """Return the condition that a person's consent for a purpose stands."""
    return exists().where(
        Consent.person_id == person, Consent.purpose == purpose, Consent.status == "active"
    )


def _refused(person: Any, purpose: str) -> ColumnElement[bool]:
    """Return the condition that a purpose was refused, or withdrawn and not given again."""
    said_no = exists().where(
        Consent.person_id == person,
        Consent.purpose == purpose,
        Consent.status.in_(("inactive", "rejected")),
    )
    return and_(said_no, not_(agreed(person, purpose)))


def _tasks(actor: Actor) -> ColumnElement[bool]:
    org = actor.organisation_id
    if actor.task_id is not None:
        return and_(Task.id == actor.task_id, agreed(Task.person_id, "sharing"))
    if actor.role == PROVIDER:
        return and_(Task.owner_id == org, Task.status != "draft", agreed(Task.person_id, "sharing"))
    if actor.role == REFERRER:
        return Task.requester_id == org
    owned = and_(Task.owner_id == org, Task.status != "draft", agreed(Task.person_id, "referral"))
    sent = and_(
        Task.requester_id == org,
        or_(Task.part_of.is_(None), agreed(Task.person_id, "referral")),
    )
    return or_(owned, sent)


def _of_tasks(actor: Actor, column: InstrumentedAttribute[str], of: Any) -> ColumnElement[bool]:
    return exists(select(Task.id).where(column == of, _tasks(actor)))


def _people(actor: Actor) -> ColumnElement[bool]:
    rules = [_of_tasks(actor, Task.person_id, Person.id)]
    if actor.role in {REFERRER, LINK_WORKER}:
        rules.append(Person.registered_by == actor.organisation_id)
    return and_(or_(*rules), Person.erased_at.is_(None))


def _referrals(actor: Actor) -> ColumnElement[bool]:
    rules = [_of_tasks(actor, Task.referral_id, Referral.id)]
    if actor.role in {REFERRER, LINK_WORKER}:
        asked = Referral.requester_id == actor.organisation_id
        first = or_(Referral.based_on.is_(None), agreed(Referral.person_id, "referral"))
        rules.append(and_(asked, first) if actor.role == LINK_WORKER else asked)
    return or_(*rules)


def _person_visible(actor: Actor, of: Any) -> ColumnElement[bool]:
    return exists(select(Person.id).where(Person.id == of, _people(actor)))


def _consents(actor: Actor) -> ColumnElement[bool]:
    return _person_visible(actor, Consent.person_id)


def _results(model: type[Score | Response]) -> Any:
    def rule(actor: Actor) -> ColumnElement[bool]:
        if actor.role == PROVIDER:
            return _of_tasks(actor, Task.referral_id, model.referral_id)
        seen = _person_visible(actor, model.person_id)
        if actor.role == REFERRER:
            return and_(seen, not_(_refused(model.person_id, "feedback")))
        return seen

    return rule


_RULES: dict[tuple[str, type[Record]], Any] = {
    (role, model): rule
    for role in (REFERRER, LINK_WORKER, PROVIDER)
    for model, rule in (
        (Task, _tasks),
        (Person, _people),
        (Referral, _referrals),
        (Score, _results(Score)),
        (Response, _results(Response)),
    )
} | {(role, Consent): _consents for role in (REFERRER, LINK_WORKER)}
