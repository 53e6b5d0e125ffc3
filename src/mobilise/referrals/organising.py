"""Who helps: organisations, and the services of the directory as they are referred to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import select

from mobilise.errors import InputError
from mobilise.referrals.access.grants import allow
from mobilise.referrals.keeping import TYPE_OF, keep, kept
from mobilise.referrals.model import Location, Organisation, Service

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mobilise.referrals.store import Work

KINDS = ("practice", "nhs", "council", "link worker service", "provider", "charity", "other")


@dataclass(frozen=True)
class ListedService:
    """What the directory (open plane) says of one service, as much as a referral needs.

    Parameters
    ----------
    service_id
        The directory's id.
    name, kind, description
        What it is.
    organisation_id, organisation, email, phone
        Who offers it.
    address, postcode, longitude, latitude
        Where.
    places_free
        How many can still come; null where nobody says.
    elements
        Further elements of a HealthcareService, as FHIR writes them: times, languages, contacts.
    """

    service_id: str
    name: str
    organisation_id: str
    organisation: str
    kind: str | None = None
    description: str | None = None
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    postcode: str | None = None
    longitude: float | None = None
    latitude: float | None = None
    places_free: int | None = None
    elements: Mapping[str, Any] = field(default_factory=dict)


class Directory(Protocol):
    """What referrals need of a directory of services."""

    def services(self) -> Iterable[ListedService]:
        """Yield every service that people may be referred to."""
        ...

    def service(self, service_id: str) -> ListedService | None:
        """Return one service by the directory's id, or null."""
        ...


def add_organisation(
    work: Work,
    name: str,
    kind: str,
    *,
    email: str | None = None,
    phone: str | None = None,
    ods_code: str | None = None,
) -> Organisation:
    """Keep an organisation that refers or is referred to."""
    allow(work.actor, "Organization", "c")
    if kind not in KINDS:
        raise InputError(f"kind: one of {', '.join(KINDS)}.")
    if not name.strip():
        raise InputError("an organisation needs a name.")
    body = Organisation(name=name, kind=kind, email=email, phone=phone, ods_code=ods_code)
    keep(work, body)
    return body


def add_service(
    work: Work,
    name: str,
    organisation_id: str,
    *,
    kind: str | None = None,
    places_free: int | None = None,
) -> Service:
    """Keep a service that no directory lists."""
    allow(work.actor, "HealthcareService", "c")
    service = Service(
        name=name, organisation_id=organisation_id, kind=kind, places_free=places_free
    )
    keep(work, service)
    return service


def take_in(work: Work, listed: ListedService) -> Service:
    """Keep a service as the directory has it now, or bring the kept one up to date."""
    allow(work.actor, "HealthcareService", "u" if work.actor.role == "provider" else "r")
    body = _organisation(work, listed)
    location = _location(work, listed, body)
    service = work.session.scalar(
        select(Service).where(Service.directory_id == listed.service_id)
    ) or Service(directory_id=listed.service_id, active=True)
    values: dict[str, object] = {
        "name": listed.name,
        "kind": listed.kind,
        "description": listed.description,
        "organisation_id": body.id,
        "location_id": location.id if location else None,
    }
    if listed.places_free is not None:
        values["places_free"] = listed.places_free
    _settle(work, service, values, listed.elements)
    return service


def take_in_all(work: Work, directory: Directory) -> int:
    """Keep every service of a directory; return how many there are."""
    return len([take_in(work, listed) for listed in directory.services()])


def _organisation(work: Work, listed: ListedService) -> Organisation:
    body = work.session.scalar(
        select(Organisation).where(Organisation.directory_id == listed.organisation_id)
    ) or Organisation(directory_id=listed.organisation_id, kind="provider", active=True)
    values = {"name": listed.organisation, "email": listed.email, "phone": listed.phone}
    _settle(work, body, {k: v for k, v in values.items() if v is not None})
    return body


def _location(work: Work, listed: ListedService, body: Organisation) -> Location | None:
    if listed.address is None and listed.longitude is None:
        return None
    location = work.session.scalar(
        select(Location).where(Location.directory_id == listed.service_id)
    ) or Location(directory_id=listed.service_id, status="active")
    values = {
        "name": listed.name,
        "address": listed.address,
        "postcode": listed.postcode,
        "longitude": listed.longitude,
        "latitude": listed.latitude,
        "organisation_id": body.id,
    }
    _settle(work, location, values)
    return location


def _settle(
    work: Work,
    record: Organisation | Location | Service,
    values: Mapping[str, object],
    elements: Mapping[str, Any] | None = None,
) -> None:
    """Keep a record only where a value differs: a directory read again changes nothing."""
    changed = [name for name, value in values.items() if getattr(record, name) != value]
    for name in changed:
        setattr(record, name, values[name])
    before: dict[str, Any] = {}
    if elements and record.version:
        before = kept(work, TYPE_OF[type(record)], record.id, record.version) or {}
    told = {key: value for key, value in (elements or {}).items() if before.get(key) != value}
    if changed or told or record.version == 0:
        keep(work, record, more=elements)
