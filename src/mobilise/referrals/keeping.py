"""How a record is kept: a new version, the index it is found by, who must be told, the audit."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, insert, select

from mobilise.referrals.fhir import bodies, people, referring
from mobilise.referrals.fhir.channels import show_subscription
from mobilise.referrals.fhir.elements import instant
from mobilise.referrals.fhir.parameters import values_of
from mobilise.referrals.model import (
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
    SearchValue,
    Service,
    Subscription,
    Task,
    Version,
)
from mobilise.referrals.rowwise import insert_row, table_of
from mobilise.referrals.telling import tell

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mobilise.referrals.store import Work

TYPE_OF: dict[type[Record], str] = {
    Person: "Patient",
    Referral: "ServiceRequest",
    Task: "Task",
    Consent: "Consent",
    Score: "Observation",
    Response: "QuestionnaireResponse",
    Organisation: "Organization",
    Service: "HealthcareService",
    Location: "Location",
    Post: "PractitionerRole",
    Subscription: "Subscription",
}
MODEL_OF = {type_: model for model, type_ in TYPE_OF.items()}


def keep(
    work: Work,
    record: Record,
    *,
    given: dict[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Keep a record that was made or changed, as its next version.

    Parameters
    ----------
    work
        The transaction.
    record
        The record, its columns as they should be.
    given
        The resource that another system sent, whose elements we keep though we have no column
        for them.

    more
        Elements that we have no column for, to be told beside those that the columns tell.

    Returns
    -------
    dict
        The resource as it is kept.
    """
    type_ = TYPE_OF[type(record)]
    first = record.version == 0 or record in work.begun
    if first:
        begin(work, record)
        work.begun.remove(record)
    else:
        record.version += 1
        record.updated = work.now
        work.session.flush()
    resource = _resource(work, record, type_, given) | dict(more or {})
    _write_version(work, record, type_, resource)
    _write_index(work, record, type_, resource, fresh=first)
    if isinstance(record, Subscription):
        work.subscribed = None
    tell(work, type_, record.id, resource)
    work.note(
        "create" if first else "update",
        type_,
        record.id,
        version=record.version,
        person_id=person_of(record),
    )
    return resource


def begin(work: Work, record: Record) -> None:
    """Write a new record, so that others can point at it before it is kept as its first version."""
    if record in work.begun:
        return
    record.version = 1
    record.created = record.updated = work.now
    insert_row(work.session, record)
    work.begun.append(record)


def person_of(record: Record) -> str | None:
    """Return whom a record is about, or null where it is about nobody."""
    if isinstance(record, Person):
        return record.id
    identity: str | None = getattr(record, "person_id", None)
    return identity


def kept(work: Work, type_: str, identity: str, version: int) -> dict[str, Any] | None:
    """Return a version of a record as FHIR shows it, or null: there is none, or it was erased."""
    write_pending(work)
    text = work.session.scalar(
        select(Version.resource).where(
            Version.type == type_, Version.id == identity, Version.version == version
        )
    )
    return None if text is None else dict(json.loads(text))


def _resource(
    work: Work, record: Record, type_: str, given: dict[str, Any] | None
) -> dict[str, Any]:
    before = given
    if before is None and record.version > 1:
        before = kept(work, type_, record.id, record.version - 1)
    elements = {**(before or {}), **_show(work, record, before or {})}
    if given is not None:  # what another system wrote stands, but for what is ours to say
        elements |= {key: given[key] for key in given if key not in _OURS.get(type_, ())}
    meta = {key: value for key, value in (before or {}).get("meta", {}).items() if key in _META}
    resource = {
        "resourceType": type_,
        "id": record.id,
        "meta": {**meta, "versionId": str(record.version), "lastUpdated": instant(record.updated)},
    }
    resource |= {k: v for k, v in elements.items() if k not in resource and v not in _NOTHING}
    return resource


_META = {"profile", "tag", "security", "source"}
_NOTHING: tuple[Any, ...] = (None, "", [], {})
_OURS = {
    "Task": {"status", "lastModified", "authoredOn", "extension", "owner", "statusReason"},
    "ServiceRequest": {"status", "authoredOn", "category", "code"},
    "Subscription": {"status"},
    "Patient": {"extension", "managingOrganization"},
    "Consent": {"dateTime"},
}


def _show(work: Work, record: Record, before: dict[str, Any]) -> dict[str, Any]:
    if isinstance(record, Referral):
        needs = work.session.execute(_NEEDED, {"referral_id": record.id}).all()
        return referring.show_referral(record, before, needs, work.store.codes)
    if isinstance(record, Task):
        return referring.show_task(record, before, _scores(work, record))
    show = _SHOWN[type(record)]
    return dict(show(record, before))


_SHOWN: dict[type[Record], Any] = {
    Person: people.show_person,
    Consent: people.show_consent,
    Score: referring.show_score,
    Response: referring.show_response,
    Organisation: bodies.show_organisation,
    Service: bodies.show_service,
    Location: bodies.show_location,
    Post: bodies.show_post,
    Subscription: show_subscription,
}


def _scores(work: Work, task: Task) -> list[Score]:
    if task.message is None:
        return []
    query = select(Score).where(
        Score.referral_id == task.referral_id, Score.status != "entered-in-error"
    )
    return list(work.session.scalars(query.order_by(Score.taken_on, Score.instrument, Score.id)))


def _write_version(work: Work, record: Record, type_: str, resource: dict[str, Any]) -> None:
    work.versions.append(
        {
            "type": type_,
            "id": record.id,
            "version": record.version,
            "at": work.now,
            "resource": _compact(resource),
        }
    )


# Rows, not objects: several are written with every record.
_VERSIONS, _INDEX = insert(table_of(Version)), insert(table_of(SearchValue))
_NEEDS = table_of(Need).c
_NEEDED = (
    select(_NEEDS.code, _NEEDS.text)
    .where(_NEEDS.referral_id == bindparam("referral_id"))
    .order_by(_NEEDS.code, _NEEDS.id)
)
_compact = partial(json.dumps, ensure_ascii=False, separators=(",", ":"))


def _write_index(
    work: Work, record: Record, type_: str, resource: dict[str, Any], *, fresh: bool
) -> None:
    if not fresh:
        forget_index(work, type_, record.id)
    work.values += [
        {
            "type": type_,
            "id": record.id,
            "parameter": value.parameter,
            "system": value.system,
            "value": value.value,
            "low": value.low,
            "high": value.high,
        }
        for value in values_of(resource)
    ]


def write_pending(work: Work) -> None:
    """Write the versions and the index of what was kept: whoever reads them calls this first."""
    if work.versions:
        work.session.execute(_VERSIONS, work.versions)
    if work.values:
        work.session.execute(_INDEX, work.values)
    work.versions, work.values = [], []


def forget_index(work: Work, type_: str, identity: str) -> None:
    """Take a record out of the index."""
    write_pending(work)
    work.session.execute(
        delete(SearchValue).where(SearchValue.type == type_, SearchValue.id == identity)
    )
