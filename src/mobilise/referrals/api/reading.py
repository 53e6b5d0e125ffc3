"""Reading, searching, history."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response  # noqa: TC002  (FastAPI reads the annotations)
from sqlalchemy import func, select
from starlette.concurrency import run_in_threadpool

from mobilise.errors import InputError, NotThere
from mobilise.referrals.api.answers import answer, resource_headers
from mobilise.referrals.fhir import auditing
from mobilise.referrals.fhir.minimum import shown_to
from mobilise.referrals.fhir.searching import Found, Pairs, resources_of, search
from mobilise.referrals.fhir.writing import TYPES, require
from mobilise.referrals.keeping import MODEL_OF, person_of
from mobilise.referrals.model import Version

if TYPE_CHECKING:
    from mobilise.referrals.api.door import Door
    from mobilise.referrals.store import Work

_LONGEST_HISTORY = 200
Type = Annotated[str, Path(json_schema_extra={"enum": [*TYPES, "AuditEvent"]})]


def reading_routes(door: Door) -> APIRouter:
    """Return the routes that read."""
    router = APIRouter()

    @router.get("/{type_}/{identity}", operation_id="read")
    def read(request: Request, type_: Type, identity: str) -> Response:
        check_type(type_)
        with door.work(request) as work:
            resource = read_one(work, type_, identity)
        headers = resource_headers(resource)
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return answer(None, 304, headers)
        return answer(resource, headers=headers)

    @router.get("/{type_}/{identity}/_history", operation_id="history")
    def history(request: Request, type_: Type, identity: str) -> Response:
        check_type(type_)
        with door.work(request) as work:
            entries, total = _history(work, type_, identity, door.settings.base)
        return answer(_bundle("history", entries, total=total))

    @router.get("/{type_}/{identity}/_history/{version}", operation_id="vread")
    def vread(request: Request, type_: Type, identity: str, version: str) -> Response:
        check_type(type_)
        with door.work(request) as work:
            resource = _one_version(work, type_, identity, version)
        return answer(resource, headers=resource_headers(resource))

    @router.get("/{type_}", operation_id="search")
    def search_by_get(request: Request, type_: Type) -> Response:
        return _search(door, request, type_, parse_qsl(request.url.query, keep_blank_values=True))

    @router.post("/{type_}/_search", operation_id="search_by_post")
    async def search_by_post(request: Request, type_: Type) -> Response:
        pairs = parse_qsl(request.url.query, keep_blank_values=True)
        try:
            pairs += parse_qsl((await request.body()).decode(), keep_blank_values=True)
        except ValueError as error:
            raise InputError("send the parameters as a form, in UTF-8.") from error
        return await run_in_threadpool(_search, door, request, type_, pairs)

    return router


def check_type(type_: str) -> None:
    """Refuse a type that this server does not keep."""
    if type_ not in {*TYPES, "AuditEvent"}:
        raise NotThere(f"there is no such type here; there are {', '.join(TYPES)}, AuditEvent.")


def read_one(work: Work, type_: str, identity: str) -> dict[str, Any]:
    """Return the current version of one resource, as the actor may see it."""
    if type_ == "AuditEvent":
        return auditing.read(work, identity)
    shown = resources_of(work, type_, [require(work, type_, identity)], "read")
    if not shown:
        raise NotThere("this record was erased.")
    return shown[0]


def _search(door: Door, request: Request, type_: str, pairs: Pairs) -> Response:
    check_type(type_)
    lenient = "handling=lenient" in request.headers.get("prefer", "")
    with door.work(request) as work:
        if type_ == "AuditEvent":
            found = auditing.search(work, pairs)
        else:
            found = search(work, type_, pairs, lenient=lenient)
    base = door.settings.base
    entries = [_entry(base, match, "match") for match in found.matches]
    entries += [_entry(base, included, "include") for included in found.included]
    return answer(_bundle("searchset", entries, found.total, _links(base, type_, pairs, found)))


def _entry(base: str, resource: dict[str, Any], mode: str) -> dict[str, Any]:
    return {
        "fullUrl": f"{base}/{resource['resourceType']}/{resource['id']}",
        "resource": resource,
        "search": {"mode": mode},
    }


def _links(base: str, type_: str, pairs: Pairs, found: Found) -> list[dict[str, str]]:
    """Return the page's own address and the next: what was searched for is in neither twice."""
    links = [{"relation": "self", "url": _address(base, type_, pairs)}]
    if found.after is not None:
        rest = [(name, value) for name, value in pairs if name != "_after"]
        url = _address(base, type_, [*rest, ("_after", found.after)])
        links.append({"relation": "next", "url": url})
    return links


def _address(base: str, type_: str, pairs: Pairs) -> str:
    return f"{base}/{type_}" + (f"?{urlencode(pairs)}" if pairs else "")


def _bundle(
    kind: str,
    entries: list[dict[str, Any]],
    total: int,
    links: list[dict[str, str]] | None = None,
) -> dict[str, Any]:
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": kind, "total": total}
    if links:
        bundle["link"] = links
    if entries:
        bundle["entry"] = entries
    return bundle


def _history(work: Work, type_: str, identity: str, base: str) -> tuple[list[dict[str, Any]], int]:
    _refuse_audit(type_)
    record = require(work, type_, identity)
    mine = (Version.type == type_, Version.id == identity, Version.resource.is_not(None))
    total = work.session.scalar(select(func.count()).select_from(Version).where(*mine)) or 0
    versions = work.session.scalars(
        select(Version).where(*mine).order_by(Version.version.desc()).limit(_LONGEST_HISTORY)
    ).all()
    person = person_of(record)
    work.note("read", type_, identity, person_id=person, detail="history")
    entries = []
    for version in versions:
        resource = shown_to(work, type_, json.loads(version.resource or "{}"), person)
        first = version.version == 1
        entries.append(
            {
                "fullUrl": f"{base}/{type_}/{identity}",
                "resource": resource,
                "request": {
                    "method": "POST" if first else "PUT",
                    "url": type_ if first else f"{type_}/{identity}",
                },
                "response": {
                    "status": "201 Created" if first else "200 OK",
                    "etag": f'W/"{version.version}"',
                    "lastModified": resource["meta"]["lastUpdated"],
                },
            }
        )
    return entries, total


def _one_version(work: Work, type_: str, identity: str, version: str) -> dict[str, Any]:
    _refuse_audit(type_)
    record = require(work, type_, identity)
    number = int(version) if version.isascii() and version.isdigit() and len(version) < 10 else 0
    text = work.session.scalar(
        select(Version.resource).where(
            Version.type == type_, Version.id == identity, Version.version == number
        )
    )
    if text is None:
        raise NotThere("there is no such version.")
    person = person_of(record)
    work.note("read", type_, identity, version=number, person_id=person)
    return shown_to(work, type_, json.loads(text), person)


def _refuse_audit(type_: str) -> None:
    if type_ not in MODEL_OF:
        raise NotThere("audit events have one version each.")
