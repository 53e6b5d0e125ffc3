"""What people agreed to, for each purpose; what taking it back stops, and what was shared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, select

from mobilise.errors import Refused
from mobilise.referrals.access.grants import allow
from mobilise.referrals.access.rows import find
from mobilise.referrals.keeping import keep
from mobilise.referrals.model import AuditEntry, Consent, Person
from mobilise.referrals.rowwise import asked, table_of
from mobilise.referrals.words import check_word

if TYPE_CHECKING:
    from datetime import datetime

    from mobilise.referrals.store import Work

REFERRAL, SHARING, FEEDBACK, STATISTICS = "referral", "sharing", "feedback", "statistics"


@dataclass(frozen=True)
class Disclosed:
    """One time that somebody outside saw or was sent a person's record."""

    at: datetime
    who: str
    role: str
    organisation_id: str | None
    action: str
    type: str


def record_consent(work: Work, person_id: str, purpose: str, *, how: str = "verbal") -> Consent:
    """Record that a person agrees to a purpose."""
    return _record(work, person_id, purpose, "active", how)


def record_refusal(work: Work, person_id: str, purpose: str, *, how: str = "verbal") -> Consent:
    """Record that a person does not agree to a purpose."""
    return _record(work, person_id, purpose, "rejected", how)


def withdraw(work: Work, person_id: str, purpose: str) -> list[Disclosed]:
    """Take a consent back; from this transaction on, nobody sees by it.

    Returns
    -------
    list of Disclosed
        What was seen under it until now, which the person may want to know.
    """
    allow(work.actor, "Consent", "u")
    find(work.session, work.actor, Person, person_id)
    standing = _standing(work, person_id, purpose)
    if standing is None:
        raise Refused(f"there is no consent for {purpose} that could be withdrawn.")
    standing.status = "inactive"
    standing.withdrawn_at = work.now
    keep(work, standing)
    return _disclosed(work, person_id)  # who took it down may not see the person any more


def shared(work: Work, person_id: str) -> list[Disclosed]:
    """Return every time that somebody read or was sent a person's record, oldest first."""
    find(work.session, work.actor, Person, person_id)
    return _disclosed(work, person_id)


def _disclosed(work: Work, person_id: str) -> list[Disclosed]:
    query = (
        select(AuditEntry)
        .where(
            AuditEntry.person_id == person_id,
            AuditEntry.action.in_(("read", "search", "export", "send")),
            AuditEntry.outcome == "success",
        )
        .order_by(AuditEntry.number)
    )
    return [
        Disclosed(e.at, e.who, e.role, e.organisation_id, e.action, e.type)
        for e in work.session.scalars(query)
    ]


def has_agreed(work: Work, person_id: str, purpose: str) -> bool:
    """Return whether a consent for a purpose stands."""
    found = asked(work.session, _AGREED, person_id=person_id, purpose=purpose)
    return found is not None


_CONSENTS = table_of(Consent).c
_AGREED = (
    select(_CONSENTS.id)
    .where(
        _CONSENTS.person_id == bindparam("person_id"),
        _CONSENTS.purpose == bindparam("purpose"),
        _CONSENTS.status == "active",
    )
    .limit(1)
)


def has_refused(work: Work, person_id: str, purpose: str) -> bool:
    """Return whether a purpose was refused or withdrawn."""
    query = select(Consent.id).where(
        Consent.person_id == person_id,
        Consent.purpose == purpose,
        Consent.status.in_(("inactive", "rejected")),
    )
    return work.session.scalar(query.limit(1)) is not None and not has_agreed(
        work, person_id, purpose
    )


def _record(work: Work, person_id: str, purpose: str, status: str, how: str) -> Consent:
    allow(work.actor, "Consent", "c")
    find(work.session, work.actor, Person, person_id)
    return settle(work, person_id, check_word("purposes", purpose), status, how)


def settle(work: Work, person_id: str, purpose: str, status: str, how: str) -> Consent:
    """Keep one consent a purpose: the newest answer stands, the versions tell the older ones."""
    query = select(Consent).where(Consent.person_id == person_id, Consent.purpose == purpose)
    consent = work.session.scalar(query.order_by(Consent.updated.desc()).limit(1))
    if consent is None:
        consent = Consent(person_id=person_id, purpose=purpose)
    consent.status = status
    consent.how = how
    consent.given_at = work.now if status == "active" else consent.given_at
    consent.withdrawn_at = None if status == "active" else work.now
    keep(work, consent)
    return consent


def supersede(work: Work, person_id: str, purpose: str) -> None:
    """End the consent that stands for a purpose, since a newer answer takes its place."""
    standing = _standing(work, person_id, purpose)
    if standing is not None:
        standing.status, standing.withdrawn_at = "inactive", work.now
        keep(work, standing)


def _standing(work: Work, person_id: str, purpose: str) -> Consent | None:
    return work.session.scalar(
        select(Consent).where(
            Consent.person_id == person_id,
            Consent.purpose == purpose,
            Consent.status == "active",
        )
    )
