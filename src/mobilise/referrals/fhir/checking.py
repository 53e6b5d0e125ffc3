"""Whether what comes in is FHIR R4 that this server keeps; every fault is told, none repeated."""

from __future__ import annotations

import re
from typing import Any

import fhirkit

from mobilise.errors import CareError

# The codes of required bindings (R4 4.0.1), for the elements that decide something here.
BINDINGS: dict[str, dict[str, str]] = {
    "Patient": {"gender": "male female other unknown"},
    "ServiceRequest": {
        "status": "draft active on-hold revoked completed entered-in-error unknown",
        "intent": "proposal plan directive order original-order reflex-order filler-order "
        "instance-order option",
        "priority": "routine urgent asap stat",
    },
    "Task": {
        "status": "draft requested received accepted rejected ready cancelled in-progress on-hold "
        "failed completed entered-in-error",
        "intent": "unknown proposal plan order original-order reflex-order filler-order "
        "instance-order option",
        "priority": "routine urgent asap stat",
    },
    "Consent": {"status": "draft proposed active rejected inactive entered-in-error"},
    "Observation": {
        "status": "registered preliminary final amended corrected cancelled entered-in-error "
        "unknown"
    },
    "QuestionnaireResponse": {"status": "in-progress completed amended entered-in-error stopped"},
    "Location": {"status": "active suspended inactive", "mode": "instance kind"},
    "Subscription": {"status": "requested active error off"},
    "Bundle": {
        "type": "document message transaction transaction-response batch batch-response history "
        "searchset collection"
    },
}
_QUOTED = re.compile(r'"[^"]*"')
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_ELEMENT_CODES = {
    "use": {"usual", "official", "temp", "nickname", "anonymous", "old", "maiden", "secondary"}
    | {"home", "work", "mobile", "billing"}
}
_DEEPEST = 30


class NotFhir(CareError, ValueError):  # noqa: N818
    """What came in is not FHIR R4 as this server keeps it.

    Parameters
    ----------
    issues
        Path and what is wrong there, for each fault.
    """

    def __init__(self, issues: list[tuple[str, str]]) -> None:
        self.issues = issues
        super().__init__("; ".join(f"{path}: {told}" for path, told in issues[:5]))


def check(resource: Any, type_: str) -> dict[str, Any]:
    """Return the resource if it is a valid one of this type.

    Raises
    ------
    NotFhir
        It is not; with every fault and its path, and no value of it.
    """
    if not isinstance(resource, dict):
        raise NotFhir([(type_, "a resource is a JSON object")])
    if resource.get("resourceType") != type_:
        raise NotFhir([(f"{type_}.resourceType", f"must be {type_} at this address")])
    issues = list(_odd_texts(resource, type_))
    if not issues:
        found = fhirkit.validate(resource)
        issues = [(i.path, _QUOTED.sub("the value", i.message)) for i in found if _matters(i)]
    if not issues:
        issues = _bindings(resource, type_)
    if issues:
        raise NotFhir(issues[:50])
    return resource


def _matters(issue: fhirkit.Issue) -> bool:
    return bool(issue.severity == "error")


def _bindings(resource: dict[str, Any], type_: str) -> list[tuple[str, str]]:
    faults = [
        (f"{type_}.{element}", f"must be one of {', '.join(codes.split())}")
        for element, codes in BINDINGS.get(type_, {}).items()
        if element in resource and resource[element] not in codes.split()
    ]
    if "id" in resource and not _ID.fullmatch(resource["id"]):
        faults.append((f"{type_}.id", "an id is up to 64 letters, digits, dashes and dots"))
    if resource.get("contained"):
        faults.append((f"{type_}.contained", "send what is contained as resources of their own"))
    if resource.get("modifierExtension") or resource.get("implicitRules"):
        faults.append((type_, "modifier extensions and implicit rules are not understood here"))
    return faults


def _odd_texts(value: Any, path: str, depth: int = 0) -> Any:
    """Yield what no validator sees but no database or reader can take."""
    if depth > _DEEPEST:
        yield path, "nested too deeply"
    elif isinstance(value, dict):
        if not value and depth:
            yield path, "an empty object says nothing; leave it out"
        for key, each in value.items():
            if not isinstance(key, str) or _CONTROL.search(key):
                yield path, "an element's name holds a control character"
            else:
                yield from _odd_texts(each, f"{path}.{key}", depth + 1)
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _odd_texts(each, f"{path}[{place}]", depth + 1)
    elif isinstance(value, str):
        if _CONTROL.search(value):
            yield path, "the text holds a control character"
        elif not value.strip():
            yield path, "an empty text says nothing; leave it out"
