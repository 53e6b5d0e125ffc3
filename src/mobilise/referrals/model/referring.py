"""What happens to a referral: who is asked, what was done, what came of it."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilise.referrals.model.base import Base, Record, new_id


class Referral(Record):
    """A request that somebody be helped (FHIR: ServiceRequest).

    The first one has no `based_on`; what a link worker sends on is a referral of its own, based
    on the first, that says only what the group needs to know.
    """

    __tablename__ = "referrals"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    based_on: Mapped[str | None] = mapped_column(ForeignKey("referrals.id"), index=True)
    status: Mapped[str] = mapped_column(String(20), index=True)
    offer: Mapped[str] = mapped_column(String(12), default="referred")
    route: Mapped[str] = mapped_column(String(20), index=True)
    kind: Mapped[str | None] = mapped_column(String(60))
    priority: Mapped[str] = mapped_column(String(10), default="routine")
    reason: Mapped[str | None]
    requester_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    service_id: Mapped[str | None] = mapped_column(ForeignKey("services.id"), index=True)
    authored: Mapped[datetime] = mapped_column(index=True)


class Task(Record):
    """Who is asked to do something about a referral, and how far they are (FHIR: Task)."""

    __tablename__ = "tasks"

    referral_id: Mapped[str] = mapped_column(ForeignKey("referrals.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    part_of: Mapped[str | None] = mapped_column(ForeignKey("tasks.id"), index=True)
    reopens: Mapped[str | None] = mapped_column(ForeignKey("tasks.id"))
    status: Mapped[str] = mapped_column(String(20), index=True)
    status_reason: Mapped[str | None]
    business_status: Mapped[str | None] = mapped_column(String(40))
    requester_id: Mapped[str] = mapped_column(ForeignKey("organisations.id"), index=True)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    worker_id: Mapped[str | None] = mapped_column(String(64), index=True)
    authored: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    message: Mapped[str | None]


class Contact(Base):
    """A call, a visit or a talk with the person: the link worker's own notes."""

    __tablename__ = "contacts"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime]
    how: Mapped[str] = mapped_column(String(20))
    reached: Mapped[bool]
    minutes: Mapped[int | None]
    note: Mapped[str | None]


class Attendance(Base):
    """Whether the person came to a session."""

    __tablename__ = "attendances"

    id: Mapped[str] = mapped_column(String(64), primary_key=True, default=new_id)
    task_id: Mapped[str] = mapped_column(ForeignKey("tasks.id"), index=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    held_on: Mapped[date]
    state: Mapped[str] = mapped_column(String(20))
    by: Mapped[str] = mapped_column(String(80))


class Score(Record):
    """An outcome score: the number only, never the questionnaire (FHIR: Observation)."""

    __tablename__ = "scores"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    referral_id: Mapped[str | None] = mapped_column(ForeignKey("referrals.id"), index=True)
    instrument: Mapped[str] = mapped_column(String(80), index=True)
    moment: Mapped[str] = mapped_column(String(20))
    value: Mapped[float | None]
    taken_on: Mapped[date]
    status: Mapped[str] = mapped_column(String(20), default="final")


class Response(Record):
    """Answers to a questionnaire that another system holds (FHIR: QuestionnaireResponse)."""

    __tablename__ = "responses"

    person_id: Mapped[str] = mapped_column(ForeignKey("people.id"), index=True)
    referral_id: Mapped[str | None] = mapped_column(ForeignKey("referrals.id"), index=True)
    questionnaire: Mapped[str | None]
    status: Mapped[str] = mapped_column(String(20))
    authored: Mapped[datetime | None]
