"""Creating, updating, and bundles of both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response  # noqa: TC002  (FastAPI reads the annotations)
from starlette.concurrency import run_in_threadpool

from mobilise.errors import Conflict
from mobilise.referrals.api.answers import answer, outcome, resource_headers, told
from mobilise.referrals.api.door import parsed
from mobilise.referrals.api.reading import Type, check_type, read_one
from mobilise.referrals.fhir.bundles import batch, checked_entries, transact, version_of
from mobilise.referrals.fhir.writing import create, create_unless_there, update

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from mobilise.referrals.api.door import Door
    from mobilise.referrals.store import Work


def writing_routes(door: Door) -> APIRouter:
    """Return the routes that write."""
    router = APIRouter()

    @router.post("/", operation_id="transaction")
    async def transaction(request: Request) -> Response:
        body = await request.body()
        return await run_in_threadpool(_transaction, door, request, body)

    @router.post("/{type_}", operation_id="create")
    async def create_(request: Request, type_: Type) -> Response:
        check_type(type_)
        body = await request.body()
        return await run_in_threadpool(_create, door, request, type_, body)

    @router.put("/{type_}/{identity}", operation_id="update")
    async def update_(request: Request, type_: Type, identity: str) -> Response:
        check_type(type_)
        body = await request.body()
        return await run_in_threadpool(_update, door, request, type_, identity, body)

    return router


def _create(door: Door, request: Request, type_: str, body: bytes) -> Response:
    condition = request.headers.get("if-none-exist")
    if type_ == "AuditEvent":
        return answer(outcome("not-supported", [(None, "the audit is written by nobody.")]), 405)
    with door.work(request) as work:
        resource = parsed(body)
        if condition is None:
            made: dict[str, Any] | None = create(work, type_, resource)
        else:
            try:
                made, there = create_unless_there(work, type_, resource, condition)
            except Conflict as error:
                return answer(told(error)[1], 412)
            if made is None:
                resource = read_one(work, type_, there)
                return _written(request, door, resource, 200)
    return _written(request, door, made or {}, 201)


def _update(door: Door, request: Request, type_: str, identity: str, body: bytes) -> Response:
    if type_ == "AuditEvent":
        return answer(outcome("not-supported", [(None, "the audit is changed by nobody.")]), 405)
    version = version_of(request.headers.get("if-match"))
    try:
        with door.work(request) as work:
            resource = update(work, type_, identity, parsed(body), version)
    except Conflict as error:
        return answer(told(error)[1], 409 if version is None else 412)
    return _written(request, door, resource, 200)


def _written(request: Request, door: Door, resource: dict[str, Any], status: int) -> Response:
    headers = resource_headers(resource)
    version = resource["meta"]["versionId"]
    address = f"{door.settings.base}/{resource['resourceType']}/{resource['id']}"
    headers["Location"] = f"{address}/_history/{version}"
    minimal = "return=minimal" in request.headers.get("prefer", "")
    return answer(None if minimal else resource, status, headers)


def _transaction(door: Door, request: Request, body: bytes) -> Response:
    actor = door.actor(request)
    kind, entries = checked_entries(parsed(body))
    if kind == "transaction":
        with door.work_as(actor) as work:
            answers = transact(work, entries)
    else:

        def working() -> AbstractContextManager[Work]:
            return door.work_as(actor)

        answers = list(batch(working, entries, told))
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": f"{kind}-response"}
    if answers:
        bundle["entry"] = answers
    return answer(bundle)
