"""Bulk export over HTTP: asked for, waited for, fetched, given up (HL7 Bulk Data Access 2.0)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, JSONResponse, Response

from mobilise.errors import InputError, NotThere
from mobilise.referrals import exporting
from mobilise.referrals.api.answers import answer, outcome
from mobilise.referrals.fhir.elements import instant
from mobilise.referrals.fhir.parameters import span

if TYPE_CHECKING:
    from mobilise.referrals.api.door import Door

_NDJSON = "application/fhir+ndjson"


def bulk_routes(door: Door) -> APIRouter:
    """Return the routes of bulk export."""
    router = APIRouter()
    base = door.settings.base

    @router.get("/$export", operation_id="export")
    def export(request: Request) -> Response:
        return _kick_off(door, request, people_only=False)

    @router.get("/Patient/$export", operation_id="export_people")
    def export_people(request: Request) -> Response:
        return _kick_off(door, request, people_only=True)

    @router.get("/$export-status/{job_id}", operation_id="export_status")
    def status(request: Request, job_id: str) -> Response:
        with door.work(request) as work:
            job = exporting.job_of(work, job_id)
        if job.status == "failed":
            fault = outcome("exception", [(None, "the export failed; ask for it again.")])
            return answer(fault, 500)
        if job.status != "complete":
            headers = {"X-Progress": job.status, "Retry-After": "1"}
            return Response(status_code=202, headers=headers)
        return JSONResponse(
            {
                "transactionTime": instant(job.asked),
                "request": job.request,
                "requiresAccessToken": True,
                "output": [
                    {
                        "type": file["type"],
                        "url": f"{base}/$export-file/{job.id}/{file['type']}",
                        "count": file["count"],
                    }
                    for file in json.loads(job.files)
                ],
                "error": [],
            },
            headers={"Cache-Control": "no-store"},
        )

    @router.get("/$export-file/{job_id}/{type_}", operation_id="export_file")
    def file(request: Request, job_id: str, type_: str) -> Response:
        with door.work(request) as work:
            job = exporting.job_of(work, job_id)
            if type_ not in {each["type"] for each in json.loads(job.files)}:
                raise NotThere("there is no such file in this export.")
            work.note("read", "Bundle", job.id, detail=f"export {type_}")
        path = exporting.path_of(door.settings.exports, job.id, type_)
        if not path.exists():
            raise NotThere("there is no such file in this export.")
        return FileResponse(path, media_type=_NDJSON, headers={"Cache-Control": "no-store"})

    @router.delete("/$export-status/{job_id}", operation_id="export_end")
    def give_up(request: Request, job_id: str) -> Response:
        with door.work(request) as work:
            job = exporting.job_of(work, job_id)
            exporting.remove(door.settings.exports, job.id)
            work.session.delete(job)
        return Response(status_code=202)

    return router


def _kick_off(door: Door, request: Request, *, people_only: bool) -> Response:
    actor = door.actor(request)
    wanted = request.query_params
    known = {"_type", "_since", "_outputFormat"}
    if extra := set(wanted) - known:
        raise InputError(f"$export: {len(extra)} parameter(s) that are not known here.")
    if wanted.get("_outputFormat", _NDJSON) not in {_NDJSON, "application/ndjson", "ndjson"}:
        raise InputError("_outputFormat: application/fhir+ndjson only.")
    if "respond-async" not in request.headers.get("prefer", ""):
        raise InputError("send `Prefer: respond-async`: an export is always made meanwhile.")
    try:
        since = span(wanted["_since"].replace(" ", "+"))[0] if wanted.get("_since") else None
    except (ValueError, OverflowError) as error:
        raise InputError("_since: an instant.") from error
    types = [t for t in wanted.get("_type", "").split(",") if t]
    with door.work_as(actor) as work:
        asked = f"{door.settings.base}{'/Patient' if people_only else ''}/$export"
        job = exporting.ask(work, asked, types, since, people_only=people_only)
    address = f"{door.settings.base}/$export-status/{job.id}"
    empty: dict[str, Any] | None = None
    return answer(empty, 202, {"Content-Location": address})
