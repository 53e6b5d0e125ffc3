"""The transactional outbox: whom a change must be told to is written with the change itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sqlalchemy import insert, select, update

from mobilise.referrals.fhir.parameters import PARAMETERS, parameter_of, values_of
from mobilise.referrals.model import Notice, Subscription, new_id
from mobilise.referrals.rowwise import table_of

if TYPE_CHECKING:
    from mobilise.referrals.store import Work


_SUBSCRIPTIONS = table_of(Subscription).c
_ACTIVE = (
    select(_SUBSCRIPTIONS.id, _SUBSCRIPTIONS.type, _SUBSCRIPTIONS.criteria)
    .where(_SUBSCRIPTIONS.status == "active")
    .order_by(_SUBSCRIPTIONS.id)
)


def tell(work: Work, type_: str, identity: str, resource: dict[str, Any]) -> None:
    """Write a notice for every active subscription that the resource meets."""
    if work.subscribed is None:
        work.session.flush()
        work.subscribed = list(work.session.execute(_ACTIVE))
    for subscription_id, wanted, criteria in work.subscribed:
        hit = wanted == type_ and meets(resource, criteria)
        if hit and _may_know(work, subscription_id, type_, identity):
            _write_notice(work, subscription_id, f"{type_}/{identity}")


def _may_know(work: Work, subscription_id: str, type_: str, identity: str) -> bool:
    """Return whether the subscriber may see the record, by the same rules as if they read it."""
    from mobilise.referrals.access.rows import may_see  # noqa: PLC0415  (rows needs the types kept)
    from mobilise.referrals.actors import Actor  # noqa: PLC0415

    subscriber = work.session.get_one(Subscription, subscription_id)
    actor = Actor(subscriber.subscriber, subscriber.subscriber_role, subscriber.organisation_id)
    return may_see(work.session, actor, type_, identity)


def _write_notice(work: Work, subscription_id: str, about: str) -> None:
    event = work.session.scalar(
        update(Subscription)
        .where(Subscription.id == subscription_id)
        .values(events=Subscription.events + 1)
        .returning(Subscription.events)
        .execution_options(synchronize_session=False)
    )
    work.session.execute(
        insert(Notice),
        [
            {
                "id": new_id(),
                "created": work.now,
                "subscription_id": subscription_id,
                "event": event,
                "about": about,
                "due": work.now,
            }
        ],
    )
    work.told = True


def meets(resource: dict[str, Any], criteria: str) -> bool:
    """Return whether a resource meets a subscription's criteria, as a search would have it."""
    type_, _, query = criteria.partition("?")
    if resource["resourceType"] != type_:
        return False
    values = values_of(resource)
    for name, wanted in parse_qsl(query):
        bare, _, modifier = name.partition(":")
        parameter = parameter_of(type_, bare)
        if parameter is None:
            return False
        texts = {(v.system, v.value) for v in values if v.parameter == bare}
        hit = any(_matches(texts, alternative) for alternative in wanted.split(","))
        if hit == (modifier == "not"):
            return False
    return type_ in PARAMETERS


def _matches(texts: set[tuple[str | None, str | None]], wanted: str) -> bool:
    system, bar, code = wanted.rpartition("|")
    if bar:
        return (system or None, code) in texts
    return any(value == wanted for _, value in texts)
