"""By what each type of resource can be searched, and where in it the values are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from mobilise.referrals.fhir.elements import moment

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 300


@dataclass(frozen=True)
class Parameter:
    """One search parameter.

    Attributes
    ----------
    name
        As R4 names it.
    kind
        token, reference, date, string or uri.
    path
        The element that it reads, dotted.
    targets
        The types that a reference may point at.
    """

    name: str
    kind: str
    path: str
    targets: tuple[str, ...] = ()


def _of(lines: str) -> tuple[Parameter, ...]:
    parameters = []
    for line in lines.strip().splitlines():
        name, kind, path, *targets = line.split()
        parameters.append(Parameter(name, kind, path, tuple(targets)))
    return tuple(parameters)


PARAMETERS: dict[str, tuple[Parameter, ...]] = {
    "Patient": _of("""
        identifier token identifier
        family string name.family
        given string name.given
        name string name
        birthdate date birthDate
        gender token gender
        phone token telecom
        email token telecom
        address-postalcode string address.postalCode
        general-practitioner reference generalPractitioner Organization
        organization reference managingOrganization Organization
    """),
    "ServiceRequest": _of("""
        identifier token identifier
        status token status
        intent token intent
        priority token priority
        category token category
        code token code
        subject reference subject Patient
        patient reference subject Patient
        requester reference requester Organization
        performer reference performer HealthcareService
        based-on reference basedOn ServiceRequest
        authored date authoredOn
    """),
    "Task": _of("""
        identifier token identifier
        status token status
        business-status token businessStatus
        intent token intent
        priority token priority
        code token code
        focus reference focus ServiceRequest
        subject reference for Patient
        patient reference for Patient
        requester reference requester Organization
        owner reference owner Organization
        part-of reference partOf Task
        authored-on date authoredOn
        modified date lastModified
    """),
    "Consent": _of("""
        identifier token identifier
        status token status
        scope token scope
        category token category
        purpose token provision.purpose
        patient reference patient Patient
        date date dateTime
    """),
    "Observation": _of("""
        identifier token identifier
        status token status
        category token category
        code token code
        subject reference subject Patient
        patient reference subject Patient
        based-on reference basedOn ServiceRequest
        date date effectiveDateTime
    """),
    "QuestionnaireResponse": _of("""
        identifier token identifier
        status token status
        questionnaire uri questionnaire
        subject reference subject Patient
        patient reference subject Patient
        based-on reference basedOn ServiceRequest
        authored date authored
    """),
    "Organization": _of("""
        identifier token identifier
        active token active
        type token type
        name string name
    """),
    "HealthcareService": _of("""
        identifier token identifier
        active token active
        service-type token type
        name string name
        organization reference providedBy Organization
        location reference location Location
    """),
    "Location": _of("""
        identifier token identifier
        status token status
        name string name
        address-postalcode string address.postalCode
        organization reference managingOrganization Organization
    """),
    "PractitionerRole": _of("""
        identifier token identifier
        active token active
        role token code
        organization reference organization Organization
    """),
    "Subscription": _of("""
        status token status
        criteria string criteria
        type token channel.type
        url uri channel.endpoint
    """),
}


@dataclass(frozen=True)
class Value:
    """One value that a record can be found by."""

    parameter: str
    system: str | None = None
    value: str | None = None
    low: datetime | None = None
    high: datetime | None = None


def parameter_of(type_: str, name: str) -> Parameter | None:
    """Return a type's search parameter of a name."""
    return next((p for p in PARAMETERS.get(type_, ()) if p.name == name), None)


def values_of(resource: dict[str, Any]) -> list[Value]:
    """Return every value by which a resource can be found, each once."""
    values: dict[Value, None] = {}
    for parameter in PARAMETERS[resource["resourceType"]]:
        for found in _at(resource, parameter.path.split(".")):
            for value in _READ[parameter.kind](parameter, found):
                values[value] = None
    return list(values)


def _at(found: Any, path: list[str]) -> Iterator[Any]:
    if isinstance(found, list):
        for each in found:
            yield from _at(each, path)
    elif not path:
        yield found
    elif isinstance(found, dict) and path[0] in found:
        yield from _at(found[path[0]], path[1:])


def _tokens(parameter: Parameter, found: Any) -> Iterator[Value]:
    if isinstance(found, bool):
        yield Value(parameter.name, value=str(found).lower())
    elif isinstance(found, str):
        yield Value(parameter.name, value=found[:_LONGEST])
    elif "coding" in found:
        for coding in found["coding"]:
            yield from _tokens(parameter, coding)
    elif parameter.name in {"phone", "email"}:
        if found.get("system") == parameter.name and found.get("value"):
            yield Value(parameter.name, value=str(found["value"])[:_LONGEST])
    else:
        code = found.get("code", found.get("value"))
        if code is not None:
            yield Value(parameter.name, found.get("system"), str(code)[:_LONGEST])


def _references(parameter: Parameter, found: Any) -> Iterator[Value]:
    if isinstance(found, dict) and found.get("reference"):
        yield Value(parameter.name, value=str(found["reference"])[:_LONGEST])


def _strings(parameter: Parameter, found: Any) -> Iterator[Value]:
    parts = [found]
    if isinstance(found, dict):  # a HumanName is found by each of its parts
        parts = [found.get("family"), found.get("text"), *found.get("given", [])]
    for part in parts:
        if isinstance(part, str):
            yield Value(parameter.name, value=part.casefold()[:_LONGEST])


def _dates(parameter: Parameter, found: Any) -> Iterator[Value]:
    if isinstance(found, str):
        low, high = span(found)
        yield Value(parameter.name, low=low, high=high)


def _uris(parameter: Parameter, found: Any) -> Iterator[Value]:
    yield Value(parameter.name, value=str(found)[:_LONGEST])


_READ = {
    "token": _tokens,
    "reference": _references,
    "string": _strings,
    "date": _dates,
    "uri": _uris,
}


def span(text: str) -> tuple[datetime, datetime]:
    """Return the first instant of a FHIR date, and the first after it.

    Examples
    --------
    >>> [str(end.date()) for end in span("2026-02")]
    ['2026-02-01', '2026-03-01']
    """
    low = moment(text)
    if low is None:
        raise ValueError("an empty date")
    if len(text) == 4:
        return low, datetime(low.year + 1, 1, 1, tzinfo=UTC)
    if len(text) == 7:
        return low, datetime(low.year + low.month // 12, low.month % 12 + 1, 1, tzinfo=UTC)
    if len(text) == 10:
        return low, low + timedelta(days=1)
    return low, low + (timedelta(milliseconds=1) if "." in text else timedelta(seconds=1))
