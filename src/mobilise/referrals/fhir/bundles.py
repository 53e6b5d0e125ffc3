"""Transactions and batches: several requests in one, whole or each for itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from mobilise.errors import InputError, MobiliseError, NotThere
from mobilise.referrals.fhir.checking import NotFhir
from mobilise.referrals.fhir.searching import matching_ids, resources_of, search
from mobilise.referrals.fhir.writing import TYPES, create, create_unless_there, require, update
from mobilise.referrals.model import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from mobilise.referrals.store import Work

MOST = 200
# What is pointed at comes before what points at it.
_ORDER = (
    "Organization",
    "Location",
    "HealthcareService",
    "PractitionerRole",
    "Patient",
    "Consent",
    "ServiceRequest",
    "Task",
    "QuestionnaireResponse",
    "Observation",
    "Subscription",
)
_VERBS = ("POST", "PUT", "GET")
_URL = re.compile(r"([A-Z][A-Za-z]+)(?:/([A-Za-z0-9\-.]{1,64}))?(?:\?(.*))?")


def checked_entries(bundle: Any) -> tuple[str, list[dict[str, Any]]]:
    """Return a bundle's type and entries, if they are requests that can be carried out."""
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise NotFhir([("Bundle", "send a Bundle to this address")])
    kind, entries = bundle.get("type"), bundle.get("entry", [])
    if kind not in ("transaction", "batch"):
        raise NotFhir([("Bundle.type", "must be transaction or batch here")])
    if not isinstance(entries, list) or len(entries) > MOST:
        raise NotFhir([("Bundle.entry", f"a list of at most {MOST} entries")])
    for place, entry in enumerate(entries):
        path = f"Bundle.entry[{place}]"
        request = entry.get("request") if isinstance(entry, dict) else None
        if not isinstance(request, dict) or request.get("method") not in _VERBS:
            raise NotFhir([(f"{path}.request.method", f"must be one of {', '.join(_VERBS)}")])
        if not isinstance(request.get("url"), str):
            raise NotFhir([(f"{path}.request.url", "required")])
        for name in ("ifNoneExist", "ifMatch"):
            if not isinstance(request.get(name, ""), str):
                raise NotFhir([(f"{path}.request.{name}", "must be a text")])
        if not isinstance(entry.get("fullUrl", ""), str):
            raise NotFhir([(f"{path}.fullUrl", "must be a text")])
    return kind, entries


def transact(work: Work, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Carry out every entry in one transaction; one that fails undoes them all."""
    targets = [_target(entry) for entry in entries]
    ids = _promised(work, entries, targets)
    order = sorted(
        range(len(entries)),
        key=lambda i: (entries[i]["request"]["method"] == "GET", _rank(targets[i][0]), i),
    )
    answers: list[dict[str, Any]] = [{} for _ in entries]
    for place in order:
        entry = entries[place]
        resource = _pointed(work, entry.get("resource"), ids)
        answers[place] = _carry_out(work, entry, targets[place], resource, ids)
    return answers


def batch(
    working: Callable[[], AbstractContextManager[Work]],
    entries: list[dict[str, Any]],
    told: Callable[[MobiliseError], tuple[int, dict[str, Any]]],
) -> Iterator[dict[str, Any]]:
    """Carry out each entry for itself, and yield its answer or what was wrong with it."""
    for entry in entries:
        try:
            with working() as work:
                target = _target(entry)
                answer = _carry_out(work, entry, target, entry.get("resource"), {})
            yield answer
        except MobiliseError as error:
            status, outcome = told(error)
            yield {"response": {"status": str(status), "outcome": outcome}}


def _target(entry: dict[str, Any]) -> tuple[str, str | None, str]:
    found = _URL.fullmatch(entry["request"]["url"].lstrip("/"))
    if found is None or found[1] not in TYPES:
        raise InputError("Bundle.entry.request.url: write it as Task, Task/ID or Task?status=...")
    return found[1], found[2], found[3] or ""


def _rank(type_: str) -> int:
    return _ORDER.index(type_)


def _promised(
    work: Work, entries: list[dict[str, Any]], targets: list[tuple[str, str | None, str]]
) -> dict[str, str]:
    """Return what each temporary address will be: a new id, or that of what is there already."""
    promised: dict[str, str] = {}
    for entry, (type_, _, _) in zip(entries, targets, strict=True):
        request, address = entry["request"], entry.get("fullUrl")
        if request["method"] != "POST" or not address:
            continue
        if address in promised:
            raise InputError("Bundle.entry.fullUrl: two entries have the same.")
        query = request.get("ifNoneExist")
        there = matching_ids(work, type_, parse_qsl(query)) if query else []
        promised[address] = f"{type_}/{there[0] if len(there) == 1 else new_id()}"
    return promised


def _pointed(work: Work, value: Any, ids: dict[str, str]) -> Any:
    """Return a resource whose references lead where they will be."""
    if isinstance(value, dict):
        told = {key: _pointed(work, each, ids) for key, each in value.items()}
        reference = told.get("reference")
        if isinstance(reference, str):
            told["reference"] = ids.get(reference) or _by_query(work, reference)
        return told
    if isinstance(value, list):
        return [_pointed(work, each, ids) for each in value]
    return value


def _by_query(work: Work, reference: str) -> str:
    """Return what a conditional reference (Patient?identifier=...) leads to."""
    type_, mark, query = reference.partition("?")
    if not mark or type_ not in TYPES:
        return reference
    there = matching_ids(work, type_, parse_qsl(query))
    if len(there) != 1:
        raise NotThere(f"{type_}: a conditional reference leads to none or to several.")
    return f"{type_}/{there[0]}"


def _carry_out(
    work: Work,
    entry: dict[str, Any],
    target: tuple[str, str | None, str],
    resource: Any,
    ids: dict[str, str],
) -> dict[str, Any]:
    type_, identity, query = target
    method, request = entry["request"]["method"], entry["request"]
    if method == "GET":
        return _read(work, type_, identity, query)
    if method == "PUT":
        if identity is None:
            raise InputError("Bundle.entry.request.url: an update names the record.")
        kept = update(work, type_, identity, resource, version_of(request.get("ifMatch")))
        return answer_of(kept, "200 OK")
    if identity is not None:
        raise InputError("Bundle.entry.request.url: a new record has no id yet.")
    new = ids.get(entry.get("fullUrl", ""), "/").partition("/")[2] or None
    if condition := request.get("ifNoneExist"):
        made, there = create_unless_there(work, type_, resource, condition, new)
        if made is None:
            record = require(work, type_, there)
            (made,) = resources_of(work, type_, [record], "read")
            return answer_of(made, "200 OK")
        return answer_of(made, "201 Created")
    return answer_of(create(work, type_, resource, new), "201 Created")


def _read(work: Work, type_: str, identity: str | None, query: str) -> dict[str, Any]:
    if identity is not None:
        (resource,) = resources_of(work, type_, [require(work, type_, identity)], "read")
        return {"resource": resource, "response": {"status": "200 OK"}}
    found = search(work, type_, parse_qsl(query, keep_blank_values=True))
    listed = {
        "resourceType": "Bundle",
        "type": "searchset",
        "total": found.total,
        "entry": [
            {"resource": resource, "search": {"mode": mode}}
            for mode, resources in (("match", found.matches), ("include", found.included))
            for resource in resources
        ],
    }
    if not listed["entry"]:
        del listed["entry"]
    return {"resource": listed, "response": {"status": "200 OK"}}


def answer_of(resource: dict[str, Any], status: str) -> dict[str, Any]:
    """Return what a bundle's answer says of one entry."""
    meta = resource["meta"]
    address = f"{resource['resourceType']}/{resource['id']}/_history/{meta['versionId']}"
    return {
        "resource": resource,
        "response": {
            "status": status,
            "location": address,
            "etag": f'W/"{meta["versionId"]}"',
            "lastModified": meta["lastUpdated"],
        },
    }


def version_of(tag: str | None) -> int | None:
    """Return the version that an ETag names, or null where there is none.

    Examples
    --------
    >>> version_of('W/"3"')
    3
    """
    if not tag:
        return None
    found = re.fullmatch(r'(?:W/)?"(\d{1,9})"', tag.strip())
    if found is None:
        raise InputError('If-Match: write the version as W/"3".')
    return int(found[1])
