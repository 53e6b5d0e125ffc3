"""People, and what they agreed to: Patient and Consent."""

from __future__ import annotations

import re
from typing import Any

from mobilise.errors import InputError
from mobilise.referrals.fhir.elements import (
    ETHNIC_EXTENSION,
    ETHNIC_SYSTEM,
    NHS_NUMBER,
    PURPOSE,
    coded,
    concept,
    day,
    extension,
    first,
    first_identity,
    identifier,
    identity,
    instant,
    merged,
    moment,
    needed,
    present,
    reference,
    telecom,
)
from mobilise.referrals.model import NOT_RECORDED, Consent, Person
from mobilise.referrals.words import check_word, words

LANGUAGE = "urn:ietf:bcp:47"


def show_person(person: Person, before: dict[str, Any]) -> dict[str, Any]:
    """Return what a Patient says of a person; "not recorded" is said, not left out."""
    ethnicity = (
        {"text": "Not recorded"}
        if person.ethnicity == NOT_RECORDED
        else concept(
            ETHNIC_SYSTEM, person.ethnicity, words()["ethnicities"][person.ethnicity]["name"]
        )
    )
    ours = [{"url": ETHNIC_EXTENSION, "valueCodeableConcept": ethnicity}]
    numbers = [present(system=NHS_NUMBER, value=person.nhs_number)] if person.nhs_number else []
    known = None if person.language == NOT_RECORDED else person.language
    return {
        "extension": merged(before.get("extension", []), ours, "url"),
        "identifier": merged(before.get("identifier", []), numbers, "system"),
        "active": True,
        "name": [present(family=person.family, given=[g for g in [person.given] if g])],
        "telecom": [
            {"system": system, "value": value}
            for system, value in (("phone", person.phone), ("email", person.email))
            if value
        ],
        "gender": "unknown" if person.sex == NOT_RECORDED else person.sex,
        "birthDate": person.birth_date.isoformat() if person.birth_date else None,
        "address": _address(person),
        "communication": [{"language": concept(LANGUAGE, known)}] if known else None,
        "generalPractitioner": [r for r in [reference("Organization", person.practice_id)] if r],
        "managingOrganization": reference("Organization", person.registered_by),
    }


def _address(person: Person) -> list[dict[str, Any]]:
    code = None if person.postcode == NOT_RECORDED else person.postcode
    address = present(line=[person.address] if person.address else None, postalCode=code)
    return [address] if address else []


def read_person(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a person that a Patient tells."""
    name = first(resource.get("name"))
    address = first(resource.get("address"))
    ethnic = extension(resource, ETHNIC_EXTENSION, "valueCodeableConcept") or {}
    number = identifier(resource, NHS_NUMBER)
    if number is not None:
        check_nhs_number(number)
    gender = resource.get("gender", "unknown")
    ethnicity = coded(ethnic, ETHNIC_SYSTEM) or NOT_RECORDED
    if ethnicity != NOT_RECORDED:
        check_word("ethnicities", ethnicity)
    return {
        "given": " ".join(name.get("given", [])),
        "family": name.get("family", name.get("text", "")),
        "nhs_number": number,
        "birth_date": day(resource.get("birthDate")),
        "sex": NOT_RECORDED if gender == "unknown" else gender,
        "ethnicity": ethnicity,
        "language": _language(resource),
        "phone": telecom(resource, "phone"),
        "email": telecom(resource, "email"),
        "address": ", ".join(address.get("line", [])) or address.get("text"),
        "postcode": address.get("postalCode", NOT_RECORDED),
        "practice_id": first_identity(resource, "generalPractitioner", "Organization"),
        "registered_by": identity(resource, "managingOrganization", "Organization"),
    }


def _language(resource: dict[str, Any]) -> str:
    spoken = first(resource.get("communication")).get("language", {})
    codes = [c.get("code") for c in spoken.get("coding", []) if c.get("code")]
    return codes[0] if codes else NOT_RECORDED


def check_nhs_number(number: str) -> None:
    """Refuse an NHS number whose check digit is wrong (modulus 11; NHS data dictionary).

    Examples
    --------
    >>> check_nhs_number("9434765919")
    """
    if not re.fullmatch(r"[0-9]{10}", number):
        raise InputError("an NHS number has ten digits, without spaces.")
    total = sum(int(digit) * (10 - place) for place, digit in enumerate(number[:9]))
    if (11 - total % 11) % 11 != int(number[9]):
        raise InputError("the NHS number's check digit is wrong; read it again.")


def show_consent(consent: Consent, _before: dict[str, Any]) -> dict[str, Any]:
    """Return what a Consent says: one purpose, permitted or denied."""
    system = "http://terminology.hl7.org/CodeSystem/"
    given = consent.status == "active"
    purpose = {
        "system": PURPOSE,
        "code": consent.purpose,
        "display": words()["purposes"][consent.purpose],
    }
    return {
        "status": consent.status,
        "scope": concept(system + "consentscope", "patient-privacy", "Privacy Consent"),
        "category": [concept("http://loinc.org", "59284-0", "Consent Document")],
        "patient": reference("Patient", consent.person_id),
        "dateTime": instant(consent.withdrawn_at or consent.given_at),
        "policyRule": concept(system + "v3-ActCode", "OPTIN", "opt-in"),
        "provision": {"type": "permit" if given else "deny", "purpose": [purpose]},
    }


def read_consent(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a consent."""
    provision = resource.get("provision", {})
    purpose = next(
        (p.get("code") for p in provision.get("purpose", []) if p.get("system") == PURPOSE), None
    )
    if purpose is None:
        raise InputError(f"Consent.provision.purpose: name one purpose of {PURPOSE}.")
    status = resource["status"]
    if status == "active" and provision.get("type", "permit") == "deny":
        raise InputError("Consent: an active consent permits; a refusal has status rejected.")
    when = moment(resource.get("dateTime"))
    return {
        "person_id": needed(resource, "patient", "Patient"),
        "purpose": check_word("purposes", purpose),
        "status": status,
        "given_at": when if status == "active" else None,
        "withdrawn_at": None if status == "active" else when,
    }
