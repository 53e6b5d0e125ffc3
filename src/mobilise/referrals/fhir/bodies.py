"""Who helps and where: Organization, Location, HealthcareService, PractitionerRole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise.referrals.fhir.elements import (
    DIRECTORY,
    KIND,
    ODS_CODE,
    ORGANISATION_KIND,
    PLACES_FREE,
    ROLE,
    coded,
    concept,
    extension,
    first,
    identifier,
    identity,
    merged,
    present,
    reference,
    telecom,
)

if TYPE_CHECKING:
    from mobilise.referrals.model import Location, Organisation, Post, Service


def show_organisation(body: Organisation, before: dict[str, Any]) -> dict[str, Any]:
    """Return what an Organization says."""
    ours = [
        {"system": system, "value": value}
        for system, value in ((ODS_CODE, body.ods_code), (DIRECTORY, body.directory_id))
        if value
    ]
    return {
        "identifier": merged(before.get("identifier", []), ours, "system"),
        "active": body.active,
        "type": [concept(ORGANISATION_KIND, body.kind)],
        "name": body.name,
        "telecom": [
            {"system": system, "value": value}
            for system, value in (("phone", body.phone), ("email", body.email))
            if value
        ],
    }


def read_organisation(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of an organisation."""
    return {
        "name": resource.get("name", ""),
        "kind": coded(resource.get("type"), ORGANISATION_KIND) or "other",
        "ods_code": identifier(resource, ODS_CODE),
        "directory_id": identifier(resource, DIRECTORY),
        "email": telecom(resource, "email"),
        "phone": telecom(resource, "phone"),
        "active": resource.get("active", True),
    }


def show_location(location: Location, before: dict[str, Any]) -> dict[str, Any]:
    """Return what a Location says."""
    ours = [{"system": DIRECTORY, "value": location.directory_id}] if location.directory_id else []
    lines = [location.address] if location.address else None
    placed = location.longitude is not None and location.latitude is not None
    return {
        "identifier": merged(before.get("identifier", []), ours, "system"),
        "status": location.status,
        "name": location.name,
        "address": present(line=lines, postalCode=location.postcode),
        "position": {"longitude": location.longitude, "latitude": location.latitude}
        if placed
        else None,
        "managingOrganization": reference("Organization", location.organisation_id),
    }


def read_location(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a location."""
    address, position = resource.get("address", {}), resource.get("position", {})
    return {
        "name": resource.get("name", ""),
        "address": ", ".join(address.get("line", [])) or None,
        "postcode": address.get("postalCode"),
        "longitude": position.get("longitude"),
        "latitude": position.get("latitude"),
        "organisation_id": identity(resource, "managingOrganization", "Organization"),
        "directory_id": identifier(resource, DIRECTORY),
        "status": resource.get("status", "active"),
    }


def show_service(service: Service, before: dict[str, Any]) -> dict[str, Any]:
    """Return what a HealthcareService says; how many places are free is an extension."""
    ours = [{"system": DIRECTORY, "value": service.directory_id}] if service.directory_id else []
    free = (
        [{"url": PLACES_FREE, "valueUnsignedInt": service.places_free}]
        if service.places_free is not None
        else []
    )
    return {
        "extension": merged(
            [e for e in before.get("extension", []) if e.get("url") != PLACES_FREE], free, "url"
        ),
        "identifier": merged(before.get("identifier", []), ours, "system"),
        "active": service.active,
        "providedBy": reference("Organization", service.organisation_id),
        "type": [concept(KIND, service.kind)] if service.kind else None,
        "location": [r for r in [reference("Location", service.location_id)] if r],
        "name": service.name,
        "comment": service.description,
    }


def read_service(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a service."""
    return {
        "name": resource.get("name", ""),
        "kind": coded(resource.get("type"), KIND),
        "description": resource.get("comment"),
        "organisation_id": identity(resource, "providedBy", "Organization"),
        "location_id": identity(
            {
                "resourceType": "HealthcareService",
                "location": first(resource.get("location")) or None,
            },
            "location",
            "Location",
        ),
        "places_free": extension(resource, PLACES_FREE, "valueUnsignedInt"),
        "active": resource.get("active", True),
        "directory_id": identifier(resource, DIRECTORY),
    }


def show_post(post: Post, _before: dict[str, Any]) -> dict[str, Any]:
    """Return what a PractitionerRole says: a name and what they do for whom."""
    return {
        "active": post.active,
        "practitioner": {"display": post.name} if post.name else None,
        "organization": reference("Organization", post.organisation_id),
        "code": [concept(ROLE, post.role)],
    }


def read_post(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a post; it opens no account."""
    return {
        "organisation_id": identity(resource, "organization", "Organization"),
        "name": resource.get("practitioner", {}).get("display", ""),
        "role": coded(resource.get("code"), ROLE) or "other",
        "active": resource.get("active", True),
    }
