"""The small parts that FHIR resources are made of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

ROUTE = "urn:mobilise:route"
NEED = "urn:mobilise:need"
PURPOSE = "urn:mobilise:purpose"
ROLE = "urn:mobilise:role"
KIND = "urn:mobilise:kind"
ORGANISATION_KIND = "urn:mobilise:organisation-kind"
INSTRUMENT = "urn:mobilise:instrument"
MOMENT = "urn:mobilise:moment"
ATTENDANCE = "urn:mobilise:attendance"
OUTPUT = "urn:mobilise:output"
PLACES_FREE = "urn:mobilise:places-free"
DIRECTORY = "urn:mobilise:directory"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"
ODS_CODE = "https://fhir.nhs.uk/Id/ods-organization-code"
ETHNIC_EXTENSION = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-EthnicCategory"
ETHNIC_SYSTEM = "https://fhir.hl7.org.uk/CodeSystem/UKCore-EthnicCategory"
REPLACES = "http://hl7.org/fhir/StructureDefinition/task-replaces"


def present(**elements: Any) -> dict[str, Any]:
    """Return the elements that say something; FHIR allows no empty ones."""
    return {key: value for key, value in elements.items() if value not in (None, "", [], {})}


def reference(type_: str, identity: str | None) -> dict[str, Any] | None:
    """Return a reference to a record of this server."""
    return None if identity is None else {"reference": f"{type_}/{identity}"}


def concept(system: str, code: str, display: str | None = None) -> dict[str, Any]:
    """Return one concept of one code system."""
    return {"coding": [present(system=system, code=code, display=display)]}


def instant(moment: datetime | None) -> str | None:
    """Return a moment as FHIR writes it, in UTC to the millisecond."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def identity(resource: dict[str, Any], key: str, *types: str) -> str | None:
    """Return the id that an element refers to, or null where it is not there.

    Raises
    ------
    InputError
        It refers to something else than a record of these types on this server.
    """
    given = resource.get(key)
    if given is None:
        return None
    parts = str(given.get("reference", "")).split("/")
    if len(parts) == 2 and parts[0] in types and parts[1]:
        return parts[1]
    raise InputError(f"{resource['resourceType']}.{key}: refer to {' or '.join(types)}/ID here.")


def first_identity(resource: dict[str, Any], key: str, type_: str) -> str | None:
    """Return the id of the first reference of a list to a type, or null where there is none."""
    for given in resource.get(key, []):
        type_found, _, found = str(given.get("reference", "")).partition("/")
        if type_found == type_ and found:
            return found
    return None


def needed(resource: dict[str, Any], key: str, *types: str) -> str:
    """Return the id that an element must refer to."""
    found = identity(resource, key, *types)
    if found is None:
        raise InputError(f"{resource['resourceType']}.{key}: required here.")
    return found


def first(things: Iterable[Any] | None) -> dict[str, Any]:
    """Return the first of a list of objects, or an empty one."""
    return next(iter(things or ()), {}) or {}


def coded(concepts: Any, system: str) -> str | None:
    """Return the code that one concept or a list of them has in a code system."""
    for each in concepts if isinstance(concepts, list) else [concepts or {}]:
        for coding in each.get("coding", []):
            if coding.get("system") == system:
                return str(coding.get("code", "")) or None
    return None


def identifier(resource: dict[str, Any], system: str) -> str | None:
    """Return the value of the identifier of a system."""
    values = [i.get("value") for i in resource.get("identifier", []) if i.get("system") == system]
    return values[0] if values else None


def telecom(resource: dict[str, Any], system: str) -> str | None:
    """Return the first phone or e-mail."""
    values = [t.get("value") for t in resource.get("telecom", []) if t.get("system") == system]
    return values[0] if values else None


def extension(resource: dict[str, Any], url: str, key: str) -> Any:
    """Return the value of an extension, or null."""
    values = [e.get(key) for e in resource.get("extension", []) if e.get("url") == url]
    return values[0] if values else None


def moment(text: str | None) -> datetime | None:
    """Return a FHIR dateTime; where it is partial, its first instant in UTC."""
    if not text:
        return None
    if len(text) < 11:
        padded = text + "-01-01"[: 10 - len(text)] if len(text) == 4 else text + "-01"
        return datetime.fromisoformat(padded[:10]).replace(tzinfo=UTC)
    return datetime.fromisoformat(text).astimezone(UTC)


def day(text: str | None) -> date | None:
    """Return the day of a FHIR date or dateTime that has one, else null."""
    return date.fromisoformat(text[:10]) if text and len(text) >= 10 else None


def merged(
    before: list[dict[str, Any]], ours: list[dict[str, Any]], key: str
) -> list[dict[str, Any]]:
    """Return ours, and those of before that tell of another system (or url)."""
    named = {item.get(key) for item in ours}
    return ours + [item for item in before if item.get(key) not in named]
