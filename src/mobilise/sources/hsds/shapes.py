"""The shape of HSDS-UK 3.0: which fields each record has, of what kind, with what inside.

Fields that the standard does not have are dropped; a value that does not fit its field is
mended where that is safe and dropped where it is not, and both are told.
Source: Open Referral UK 3.0, a profile of the Human Services Data Specification.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Shape:
    """One kind of record.

    Parameters
    ----------
    fields
        The kind of each of its own fields: ``line``, ``text``, ``url``, ``email``, ``date``,
        ``moment``, ``time``, ``number``, ``id``, or ``a|b|c`` for one of some words.
    lists, ones
        The shape of the records inside it: many, or one.
    needs
        What its required fields are where the source has none; None: without it the record
        is dropped.
    """

    fields: dict[str, str]
    lists: dict[str, str] = field(default_factory=dict)
    ones: dict[str, str] = field(default_factory=dict)
    needs: dict[str, str | None] = field(default_factory=dict)


STATUSES = "active|inactive|defunct|temporarily closed"
_PLACES = "physical|postal|virtual"

SHAPES = {
    "service": Shape(
        {
            "id": "id",
            "organization_id": "id",
            "name": "line",
            "alternate_name": "line",
            "description": "text",
            "url": "url",
            "email": "email",
            "status": STATUSES,
            "interpretation_services": "line",
            "application_process": "text",
            "fees_description": "text",
            "fees": "text",
            "accreditations": "text",
            "eligibility_description": "text",
            "minimum_age": "number",
            "maximum_age": "number",
            "assured_date": "date",
            "assurer_email": "email",
            "alert": "text",
            "last_modified": "moment",
        },
        {
            "schedules": "schedule",
            "service_areas": "service_area",
            "service_at_locations": "service_at_location",
            "languages": "language",
            "funding": "funding",
            "cost_options": "cost_option",
            "contacts": "contact",
            "phones": "phone",
            "attributes": "attribute",
        },
        {"organization": "organization"},
        {"name": None, "status": "active"},
    ),
    "organization": Shape(
        {
            "id": "id",
            "name": "line",
            "alternate_name": "line",
            "description": "text",
            "email": "email",
            "website": "url",
            "logo": "url",
            "uri": "url",
            "parent_organization_id": "id",
        },
        {
            "organization_identifiers": "organization_identifier",
            "phones": "phone",
            "attributes": "attribute",
        },
        needs={"name": None, "description": ""},
    ),
    "organization_identifier": Shape(
        {"id": "id", "identifier_scheme": "line", "identifier_type": "line", "identifier": "line"},
        needs={"identifier": None, "identifier_type": "not stated"},
    ),
    "service_at_location": Shape(
        {"id": "id", "service_id": "id", "location_id": "id", "description": "text"},
        {"schedules": "schedule", "phones": "phone", "contacts": "contact"},
        {"location": "location"},
    ),
    "location": Shape(
        {
            "id": "id",
            "location_type": _PLACES,
            "name": "line",
            "description": "text",
            "latitude": "number",
            "longitude": "number",
            "external_identifier": "line",
            "external_identifier_type": "line",
        },
        {
            "addresses": "address",
            "accessibility": "accessibility",
            "phones": "phone",
            "attributes": "attribute",
        },
        needs={"location_type": "physical"},
    ),
    "address": Shape(
        {
            "id": "id",
            "location_id": "id",
            "address_1": "line",
            "address_2": "line",
            "city": "line",
            "region": "line",
            "state_province": "line",
            "postal_code": "line",
            "country": "line",
            "address_type": _PLACES,
        },
        needs={
            "address_1": "",
            "city": "",
            "state_province": "",
            "postal_code": "",
            "country": "GB",
            "address_type": "physical",
        },
    ),
    "accessibility": Shape(
        {"id": "id", "location_id": "id", "description": "text", "details": "text", "url": "url"}
    ),
    "schedule": Shape(
        {
            "id": "id",
            "service_id": "id",
            "service_at_location_id": "id",
            "valid_from": "date",
            "valid_to": "date",
            "dtstart": "date",
            "freq": "WEEKLY|MONTHLY",
            "interval": "number",
            "byday": "line",
            "bymonthday": "line",
            "description": "text",
            "opens_at": "time",
            "closes_at": "time",
            "schedule_link": "url",
            "attending_type": "line",
            "notes": "text",
        }
    ),
    "service_area": Shape(
        {
            "id": "id",
            "service_id": "id",
            "name": "line",
            "extent": "text",
            "extent_type": "line",
            "uri": "url",
            "description": "text",
            "service_area": "line",
        }
    ),
    "language": Shape(
        {"id": "id", "service_id": "id", "name": "line", "code": "line", "note": "line"}
    ),
    "funding": Shape({"id": "id", "service_id": "id", "source": "line"}),
    "cost_option": Shape(
        {
            "id": "id",
            "service_id": "id",
            "valid_from": "date",
            "valid_to": "date",
            "option": "line",
            "currency": "line",
            "amount": "number",
            "amount_description": "text",
        }
    ),
    "contact": Shape(
        {
            "id": "id",
            "service_id": "id",
            "name": "line",
            "title": "line",
            "department": "line",
            "email": "email",
        },
        {"phones": "phone"},
    ),
    "phone": Shape(
        {
            "id": "id",
            "service_id": "id",
            "number": "line",
            "extension": "number",
            "type": "line",
            "description": "line",
        },
        needs={"number": None},
    ),
    "attribute": Shape(
        {
            "id": "id",
            "link_id": "id",
            "taxonomy_term_id": "id",
            "link_type": "line",
            "link_entity": "line",
            "value": "line",
            "label": "line",
        },
        ones={"taxonomy_term": "taxonomy_term"},
    ),
    "taxonomy_term": Shape(
        {
            "id": "id",
            "code": "line",
            "name": "line",
            "description": "text",
            "parent_id": "id",
            "taxonomy": "line",
            "taxonomy_id": "id",
            "term_uri": "url",
            "term": "line",
        },
        needs={"name": None, "description": ""},
    ),
}
