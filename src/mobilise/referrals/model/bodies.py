"""Who helps: organisations, their services and sites, and who acts for them."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from mobilise.referrals.model.base import Base, Record


class Organisation(Record):
    """A practice, a link worker service, a community group (FHIR: Organization)."""

    __tablename__ = "organisations"

    name: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(String(30))
    ods_code: Mapped[str | None] = mapped_column(String(20))
    directory_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    email: Mapped[str | None]
    phone: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)


class Location(Record):
    """Where a service is offered (FHIR: Location)."""

    __tablename__ = "locations"

    name: Mapped[str]
    address: Mapped[str | None]
    postcode: Mapped[str | None] = mapped_column(String(20))
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    directory_id: Mapped[str | None] = mapped_column(String(200), unique=True)
    status: Mapped[str] = mapped_column(String(20), default="active")


class Service(Record):
    """What an organisation offers, as the directory had it (FHIR: HealthcareService)."""

    __tablename__ = "services"

    name: Mapped[str]
    kind: Mapped[str | None] = mapped_column(String(60))
    description: Mapped[str | None]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    location_id: Mapped[str | None] = mapped_column(ForeignKey("locations.id"))
    places_free: Mapped[int | None]
    active: Mapped[bool] = mapped_column(default=True)
    directory_id: Mapped[str | None] = mapped_column(String(200), unique=True)


class Post(Record):
    """What somebody does for an organisation (FHIR: PractitionerRole)."""

    __tablename__ = "posts"

    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), unique=True)
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(30))
    active: Mapped[bool] = mapped_column(default=True)


class User(Base):
    """Somebody who signs in."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    login: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(30))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    password: Mapped[str | None]
    totp_secret: Mapped[str | None]
    totp_used: Mapped[int] = mapped_column(default=0)
    oidc_subject: Mapped[str | None] = mapped_column(String(300), unique=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[datetime]


class Client(Base):
    """A system that signs in with its own key (SMART Backend Services)."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    role: Mapped[str] = mapped_column(String(30))
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"), index=True)
    keys: Mapped[str]
    scopes: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    created: Mapped[datetime]
