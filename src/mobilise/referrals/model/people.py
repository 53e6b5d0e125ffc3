"""Who is referred: people, what they need, what they agreed to."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilise.referrals.model.base import NOT_RECORDED, Base, Record, new_id


class Person(Record):
    """Somebody who is, or may be, referred (FHIR: Patient).

    Demographics that nobody asked for hold "not recorded": that is a value, and it is counted.
    """

    __tablename__ = "people"

    given: Mapped[str] = mapped_column(default="")
    family: Mapped[str] = mapped_column(default="")
    nhs_number: Mapped[str | None] = mapped_column(String(10), index=True)
    birth_date: Mapped[date | None]
    sex: Mapped[str] = mapped_column(String(20), default=NOT_RECORDED)
    ethnicity: Mapped[str] = mapped_column(String(20), default=NOT_RECORDED)
    language: Mapped[str] = mapped_column(String(20), default=NOT_RECORDED)
    phone: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[str | None]
    postcode: Mapped[str] = mapped_column(String(20), default=NOT_RECORDED)
    area_id: Mapped[str] = mapped_column(String(40), default=NOT_RECORDED)
    practice_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    registered_by: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    erased_at: Mapped[datetime | None]


class Need(Base):
    """One thing that matters to the person, as the referral says it."""

    __tablename__ = "needs"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    referral_id: Mapped[str] = mapped_column(ForeignKey("referrals.id"), index=True)
    code: Mapped[str] = mapped_column(String(60))
    text: Mapped[str | None]


class Consent(Record):
    """What a person agreed to, or refused, for one purpose (FHIR: Consent)."""

    __tablename__ = "consents"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(30), index=True)
    status: Mapped[str] = mapped_column(String(20))
    given_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    how: Mapped[str] = mapped_column(String(40), default=NOT_RECORDED)
