"""Creating and updating records from resources: the same rules as for the pages."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from sqlalchemy import delete, text

from mobilise.errors import Conflict, InputError, NotAllowed, NotThere, Refused
from mobilise.referrals import consents
from mobilise.referrals.access.grants import GRANTS, allow
from mobilise.referrals.access.links import end_links
from mobilise.referrals.access.rows import find, may_see
from mobilise.referrals.actors import OPERATOR, PROVIDER
from mobilise.referrals.fhir import bodies, channels, people, referring
from mobilise.referrals.fhir.checking import check
from mobilise.referrals.fhir.searching import matching_ids
from mobilise.referrals.keeping import MODEL_OF, keep, kept
from mobilise.referrals.model import (
    NOT_RECORDED,
    Consent,
    Location,
    Need,
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
    new_id,
)
from mobilise.referrals.referring import add_needs, area_of
from mobilise.referrals.rowwise import is_organisation
from mobilise.referrals.workflow import FIRST, check_side, move, reopen

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.referrals.store import Work

Values = dict[str, Any]
TYPES = tuple(MODEL_OF)


def create(work: Work, type_: str, resource: Any, identity: str | None = None) -> dict[str, Any]:
    """Make a record of a resource.

    Parameters
    ----------
    work
        The transaction.
    type_
        The address that it was sent to.
    resource
        What was sent.
    identity
        The id that a transaction has already promised; a new one by default.

    Returns
    -------
    dict
        The resource as it is kept.
    """
    checked = check(resource, type_)
    allow(work.actor, type_, "c")
    return _CREATE[type_](work, checked, identity or new_id())


def create_unless_there(
    work: Work, type_: str, resource: Any, query: str, identity: str | None = None
) -> tuple[dict[str, Any] | None, str]:
    """Make a record unless one meets the query (If-None-Exist).

    Returns
    -------
    tuple of dict or None, str
        The new resource, or null where there was one already; and its id.
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    if not pairs:
        raise InputError("If-None-Exist: give at least one search parameter.")
    _one_at_a_time(work, f"{type_}?{query}")
    there = matching_ids(work, type_, pairs)
    if len(there) > 1:
        raise Conflict("If-None-Exist: several records meet it; be more precise.")
    if there:
        return None, there[0]
    made = create(work, type_, resource, identity)
    return made, str(made["id"])


def _one_at_a_time(work: Work, key: str) -> None:
    """Let two who create the same at once do it one after the other."""
    if work.session.get_bind().dialect.name == "postgresql":
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big", signed=True)
        work.session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": number})


def update(
    work: Work, type_: str, identity: str, resource: Any, version: int | None = None
) -> dict[str, Any]:
    """Make a resource the next version of a record.

    Parameters
    ----------
    work
        The transaction.
    type_, identity
        The address that it was sent to.
    resource
        What was sent.
    version
        The version that it is based on (If-Match).

    Raises
    ------
    Conflict
        The record has a newer version.
    """
    checked = check(resource, type_)
    if checked.get("id") != identity:
        raise InputError(f"{type_}.id: must be the id of the address.")
    allow(work.actor, type_, "u")
    record = find(work.session, work.actor, MODEL_OF[type_], identity)
    if version is not None and record.version != version:
        raise Conflict("somebody else changed this record meanwhile; read it again.")
    return _UPDATE[type_](work, record, checked)


def _create_person(work: Work, resource: dict[str, Any], identity: str) -> dict[str, Any]:
    values = people.read_person(resource) | {"registered_by": work.actor.organisation_id}
    person = Person(id=identity, **values)
    _check_body(work, person.practice_id)
    person.area_id = area_of(work, person.postcode)
    return keep(work, person, given=_own_body(work, resource))


def _update_person(work: Work, person: Person, resource: dict[str, Any]) -> dict[str, Any]:
    values = people.read_person(resource) | {"registered_by": person.registered_by}
    moved = values["postcode"] != person.postcode
    _set(person, values)
    _check_body(work, person.practice_id)
    if moved:
        person.area_id = area_of(work, person.postcode)
    given = {k: v for k, v in resource.items() if k != "managingOrganization"}
    return keep(work, person, given=given)


def _own_body(work: Work, resource: dict[str, Any]) -> dict[str, Any]:
    body = work.actor.organisation_id
    rest = {k: v for k, v in resource.items() if k != "managingOrganization"}
    if body is None:
        return rest
    return rest | {"managingOrganization": {"reference": f"Organization/{body}"}}


def _check_body(work: Work, identity: str | None) -> None:
    if identity is not None and not is_organisation(work.session, identity):
        raise InputError("an organisation that is referred to is not there.")


def _check_asks(work: Work, requester_id: str) -> None:
    if work.actor.role != OPERATOR and requester_id != work.actor.organisation_id:
        raise NotAllowed("the requester must be the organisation that you act for.")


def _create_referral(work: Work, resource: dict[str, Any], identity: str) -> dict[str, Any]:
    values = referring.read_referral(resource, work.store.codes)
    needs = values.pop("needs")
    _check_asks(work, values["requester_id"])
    if not may_see(work.session, work.actor, "Patient", values["person_id"]):
        raise NotThere("there is no such person, or none that you may see.")
    if values["based_on"] is not None:
        find(work.session, work.actor, Referral, values["based_on"])
    if values["service_id"] is not None and not may_see(
        work.session, work.actor, "HealthcareService", values["service_id"]
    ):
        raise InputError("ServiceRequest.performer: there is no such service.")
    if values["status"] not in {"draft", "active", "revoked"}:
        raise Refused("a new referral is a draft, active, or revoked where it was declined.")
    agreed = consents.has_agreed(work, values["person_id"], consents.REFERRAL)
    if values["offer"] == "referred" and values["status"] == "active" and not agreed:
        raise Refused("nobody is referred who did not agree to it: record the consent first.")
    referral = Referral(id=identity, **values | {"authored": values["authored"] or work.now})
    add_needs(work, referral, needs)
    return keep(work, referral, given=resource)


def _update_referral(work: Work, referral: Referral, resource: dict[str, Any]) -> dict[str, Any]:
    values = referring.read_referral(resource, work.store.codes)
    _check_asks(work, referral.requester_id or "")
    _check_same(referral, values, "person_id", "requester_id", "based_on", "service_id")
    if values["status"] != referral.status:
        raise Refused("a referral's status follows from its task; change that.")
    needs = values.pop("needs")
    _set(referral, values | {"authored": referral.authored})
    work.session.execute(delete(Need).where(Need.referral_id == referral.id))
    add_needs(work, referral, needs)
    return keep(work, referral, given=resource)


def _create_task(work: Work, resource: dict[str, Any], identity: str) -> dict[str, Any]:
    values = referring.read_task(resource)
    status = resource["status"]
    _check_asks(work, values["requester_id"])
    if status not in FIRST:
        raise Refused("a new task is a draft or requested.")
    if values["owner_id"] is None and status == "requested":
        raise Refused("Task.owner: a task that is requested is asked of somebody.")
    _check_body(work, values["owner_id"])
    referral: Referral = find(work.session, work.actor, Referral, values["referral_id"])
    if referral.person_id != values["person_id"]:
        raise Refused("Task.for: must be whom the referral is about.")
    purpose = consents.REFERRAL if values["part_of"] is None else consents.SHARING
    if not consents.has_agreed(work, values["person_id"], purpose):
        raise Refused(f"the person has not agreed to {purpose}; ask them first.")
    if values["reopens"] is not None:
        return _reopened(work, values["reopens"])
    if values["part_of"] is not None:
        _check_parent(work, values["part_of"], referral)
    values |= {"status_reason": None, "business_status": None, "message": None}
    task = Task(id=identity, status=status, **values | {"authored": values["authored"] or work.now})
    return keep(work, task, given=_without_results(resource))


def _reopened(work: Work, old_id: str) -> dict[str, Any]:
    task = reopen(work, find(work.session, work.actor, Task, old_id))
    return kept(work, "Task", task.id, task.version) or {}


def _check_parent(work: Work, parent_id: str, referral: Referral) -> None:
    parent: Task = find(work.session, work.actor, Task, parent_id)
    if parent.owner_id != work.actor.organisation_id and work.actor.role != OPERATOR:
        raise NotAllowed("Task.partOf: only who carries a task out may send it on.")
    if parent.status != "in-progress":
        raise Refused("Task.partOf: the task that is sent on must be in progress.")
    if referral.based_on != parent.referral_id:
        raise Refused("Task.focus: must be a referral that is based on the first one.")


def _update_task(work: Work, task: Task, resource: dict[str, Any]) -> dict[str, Any]:
    """Take a task on: its state by the workflow; what it is about does not change."""
    values = referring.read_task(resource)
    _check_same(task, values, "referral_id", "person_id", "requester_id", "part_of", "reopens")
    after, does = resource["status"], work.actor.organisation_id == task.owner_id
    asks = work.actor.organisation_id == task.requester_id
    if values["owner_id"] != task.owner_id:
        if not asks or task.status not in FIRST:
            raise Refused("Task.owner: only who asks may change it, and only until it is accepted.")
        _check_body(work, values["owner_id"])
        end_links(work, task.id)  # they were sent to who owned it
    if does:
        task.business_status = values["business_status"]
        if not consents.has_refused(work, task.person_id, consents.FEEDBACK):
            task.message = values["message"]
    task.owner_id = values["owner_id"]
    given = resource if does else _without_results(resource)
    if after != task.status:
        move(work, task, after, values["status_reason"], given=given)
        return kept(work, "Task", task.id, task.version) or {}
    check_side(work.actor, task, "requested" if asks else after)
    return keep(work, task, given=given)


def _without_results(resource: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in resource.items() if k not in {"output", "businessStatus"}}


def _create_consent(work: Work, resource: dict[str, Any], identity: str) -> dict[str, Any]:
    values = people.read_consent(resource)
    if values["status"] not in {"active", "rejected", "inactive"}:
        raise Refused("a consent is active, rejected or inactive.")
    find(work.session, work.actor, Person, values["person_id"])
    consents.supersede(work, values["person_id"], values["purpose"])
    consent = Consent(id=identity, how=NOT_RECORDED, **values)
    _stamp(work, consent)
    return keep(work, consent, given=resource)


def _update_consent(work: Work, consent: Consent, resource: dict[str, Any]) -> dict[str, Any]:
    values = people.read_consent(resource)
    _check_same(consent, values, "person_id", "purpose")
    if values["status"] not in {"active", "rejected", "inactive", "entered-in-error"}:
        raise Refused("a consent is active, rejected, inactive or entered-in-error.")
    if values["status"] == "active" != consent.status:
        consents.supersede(work, consent.person_id, consent.purpose)
    consent.status = values["status"]
    _stamp(work, consent)
    return keep(work, consent, given=resource)


def _stamp(work: Work, consent: Consent) -> None:
    if consent.status == "active":
        consent.given_at, consent.withdrawn_at = consent.given_at or work.now, None
    else:
        consent.withdrawn_at = work.now


def _create_result(
    model: type[Score | Response], read: Callable[[dict[str, Any]], Values]
) -> Callable[[Work, dict[str, Any], str], dict[str, Any]]:
    def made(work: Work, resource: dict[str, Any], identity: str) -> dict[str, Any]:
        values = read(resource)
        _check_about(work, values)
        return keep(work, model(id=identity, **values), given=resource)

    return made


def _update_result(
    read: Callable[[dict[str, Any]], Values],
) -> Callable[[Work, Any, dict[str, Any]], dict[str, Any]]:
    def changed(work: Work, record: Any, resource: dict[str, Any]) -> dict[str, Any]:
        values = read(resource)
        _check_same(record, values, "person_id")
        _check_about(work, values)
        _set(record, values)
        return keep(work, record, given=resource)

    return changed


def _check_about(work: Work, values: Values) -> None:
    """Let a result be of a person, and of a referral, that the actor sees and that agree."""
    find(work.session, work.actor, Person, values["person_id"])
    if values["referral_id"] is None:
        if work.actor.role == PROVIDER:
            raise Refused("basedOn: name the referral that this belongs to.")
        return
    referral: Referral = find(work.session, work.actor, Referral, values["referral_id"])
    if referral.person_id != values["person_id"]:
        raise Refused("basedOn: must be a referral of the same person.")


def _create_plain(
    model: type[Record], read: Callable[[dict[str, Any]], Values]
) -> Callable[[Work, dict[str, Any], str], dict[str, Any]]:
    def made(work: Work, resource: dict[str, Any], identity: str) -> dict[str, Any]:
        values = read(resource)
        _check_pointed(work, values)
        return keep(work, model(id=identity, **values), given=resource)

    return made


def _update_plain(work: Work, record: Record, resource: dict[str, Any]) -> dict[str, Any]:
    values = _READ[type(record)](resource)
    _check_pointed(work, values)
    _set(record, values)
    return keep(work, record, given=resource)


def _check_pointed(work: Work, values: Values) -> None:
    _check_body(work, values.get("organisation_id"))
    place = values.get("location_id")
    if place is not None and work.session.get(Location, place) is None:
        raise InputError("HealthcareService.location: there is no such location.")


def _update_service(work: Work, service: Service, resource: dict[str, Any]) -> dict[str, Any]:
    """Let an organisation say of its own service how many places it has, and whether it runs."""
    if work.actor.role == PROVIDER:
        if service.organisation_id != work.actor.organisation_id:
            raise NotAllowed("only a service of your own organisation is yours to change.")
        values = bodies.read_service(resource)
        _check_same(service, values, "organisation_id", "location_id", "directory_id")
    return _update_plain(work, service, resource)


def _create_subscription(work: Work, resource: dict[str, Any], identity: str) -> dict[str, Any]:
    values = channels.read_subscription(resource, work)
    if "s" not in GRANTS.get(values["type"], {}).get(work.actor.role, ""):
        raise NotAllowed("Subscription.criteria: not a type that you may search.")
    allow(work.actor, values["type"], "s")
    subscription = Subscription(
        id=identity,
        subscriber=work.actor.who,
        subscriber_role=work.actor.role,
        organisation_id=work.actor.organisation_id,
        events=0,
        **values,
    )
    return keep(work, subscription, given=resource)


def _update_subscription(
    work: Work, subscription: Subscription, resource: dict[str, Any]
) -> dict[str, Any]:
    values = channels.read_subscription(resource, work)
    allow(work.actor, values["type"], "s")
    _set(subscription, values)
    return keep(work, subscription, given=resource)


def _set(record: Record, values: Values) -> None:
    for name, value in values.items():
        setattr(record, name, value)


def _check_same(record: Record, values: Values, *names: str) -> None:
    for name in names:
        if getattr(record, name) != values[name]:
            raise Refused(f"{name.removesuffix('_id')}: does not change; make a new record.")


def require(work: Work, type_: str, identity: str) -> Record:
    """Return a record that the actor may read."""
    allow(work.actor, type_, "r")
    if type_ not in MODEL_OF:
        raise NotThere("there is no such type here.")
    record: Record = find(work.session, work.actor, MODEL_OF[type_], identity)
    return record


_READ: dict[type[Record], Callable[[dict[str, Any]], Values]] = {
    Organisation: bodies.read_organisation,
    Service: bodies.read_service,
    Location: bodies.read_location,
    Post: bodies.read_post,
}
_CREATE: dict[str, Callable[[Work, dict[str, Any], str], dict[str, Any]]] = {
    "Patient": _create_person,
    "ServiceRequest": _create_referral,
    "Task": _create_task,
    "Consent": _create_consent,
    "Observation": _create_result(Score, referring.read_score),
    "QuestionnaireResponse": _create_result(Response, referring.read_response),
    "Subscription": _create_subscription,
} | {
    type_: _create_plain(model, _READ[model]) for type_, model in MODEL_OF.items() if model in _READ
}
_UPDATE: dict[str, Callable[[Work, Any, dict[str, Any]], dict[str, Any]]] = {
    "Patient": _update_person,
    "ServiceRequest": _update_referral,
    "Task": _update_task,
    "Consent": _update_consent,
    "Observation": _update_result(referring.read_score),
    "QuestionnaireResponse": _update_result(referring.read_response),
    "Organization": _update_plain,
    "Location": _update_plain,
    "PractitionerRole": _update_plain,
    "HealthcareService": _update_service,
    "Subscription": _update_subscription,
}
