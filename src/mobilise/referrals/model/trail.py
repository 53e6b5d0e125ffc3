"""What is written down about the records themselves: versions, index, audit, what must be sent."""

from datetime import datetime

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from mobilise.referrals.model.base import Base, Record, new_id


class Version(Base):
    """One version of a record, as FHIR shows it; null once the person is erased."""

    __tablename__ = "versions"

    type: Mapped[str] = mapped_column(String(30), primary_key=True)
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    resource: Mapped[str | None] = mapped_column(Text)


class SearchValue(Base):
    """One value by which the current version of a record can be found."""

    __tablename__ = "search_values"
    __table_args__ = (
        Index("ix_search_values_find", "type", "parameter", "value"),
        Index("ix_search_values_when", "type", "parameter", "low"),
        Index("ix_search_values_of", "type", "id"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    type: Mapped[str] = mapped_column(String(30))
    id: Mapped[str] = mapped_column(String(64))
    parameter: Mapped[str] = mapped_column(String(40))
    system: Mapped[str | None] = mapped_column(String(200))
    value: Mapped[str | None] = mapped_column(String(300))
    low: Mapped[datetime | None]
    high: Mapped[datetime | None]


class AuditEntry(Base):
    """Who did what to whose record, when and why; each entry seals the one before it."""

    __tablename__ = "audit"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(index=True)
    who: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(30))
    organisation_id: Mapped[str | None] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(12))
    type: Mapped[str] = mapped_column(String(30))
    id: Mapped[str | None] = mapped_column(String(64))
    version: Mapped[int | None]
    person_id: Mapped[str | None] = mapped_column(String(64), index=True)
    why: Mapped[str] = mapped_column(String(20))
    outcome: Mapped[str] = mapped_column(String(12))
    detail: Mapped[str] = mapped_column(String(200), default="")
    before: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """The last number and seal: what a removed end would be found by."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))


class Subscription(Record):
    """Who wants to be told of what (FHIR: Subscription)."""

    __tablename__ = "subscriptions"

    status: Mapped[str] = mapped_column(String(20), index=True)
    criteria: Mapped[str]
    type: Mapped[str] = mapped_column(String(30), index=True)
    channel: Mapped[str] = mapped_column(String(20))
    endpoint: Mapped[str]
    subscriber: Mapped[str] = mapped_column(String(120))
    subscriber_role: Mapped[str] = mapped_column(String(30))
    organisation_id: Mapped[str | None] = mapped_column(String(64))
    events: Mapped[int] = mapped_column(default=0)


class Notice(Base):
    """One thing to send: written with the change itself, so that no change goes untold."""

    __tablename__ = "notices"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id)
    created: Mapped[datetime]
    subscription_id: Mapped[str | None] = mapped_column(String(64), index=True)
    link_id: Mapped[str | None] = mapped_column(String(64))
    event: Mapped[int] = mapped_column(default=0)
    about: Mapped[str] = mapped_column(String(100))
    attempts: Mapped[int] = mapped_column(default=0)
    due: Mapped[datetime | None] = mapped_column(index=True)
    sent: Mapped[datetime | None]
    fault: Mapped[str | None] = mapped_column(String(200))


class ExportJob(Base):
    """A bulk export that somebody asked for."""

    __tablename__ = "exports"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id)
    requester: Mapped[str] = mapped_column(String(120))
    role: Mapped[str] = mapped_column(String(30))
    organisation_id: Mapped[str | None] = mapped_column(String(64))
    scopes: Mapped[str | None]
    asked: Mapped[datetime]
    request: Mapped[str]
    status: Mapped[str] = mapped_column(String(20))
    types: Mapped[str]
    since: Mapped[datetime | None]
    expires: Mapped[datetime]
    files: Mapped[str] = mapped_column(Text, default="[]")
