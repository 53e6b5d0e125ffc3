"""How the API answers: resources, lists, and what was wrong, as FHIR writes it."""

from __future__ import annotations

import json
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from fastapi.responses import Response

from mobilise.errors import (
    Busy,
    Conflict,
    InputError,
    MobiliseError,
    NotAllowed,
    NotSignedIn,
    NotThere,
    Refused,
    StoreError,
    TooMany,
)
from mobilise.referrals.fhir.checking import NotFhir
from mobilise.referrals.fhir.elements import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request

FHIR = "application/fhir+json; charset=utf-8"
_TOLD: tuple[tuple[type[MobiliseError], int, str], ...] = (
    (NotFhir, 400, "invalid"),
    (NotSignedIn, 401, "login"),
    (NotAllowed, 403, "forbidden"),
    (NotThere, 404, "not-found"),
    (Conflict, 409, "conflict"),
    (Refused, 422, "business-rule"),
    (TooMany, 429, "throttled"),
    (Busy, 503, "transient"),
    (StoreError, 503, "transient"),
    (InputError, 400, "invalid"),
)


def answer(
    body: Mapping[str, Any] | None, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a resource as a response that no cache keeps."""
    text = "" if body is None else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(text.encode(), status, kept, media_type=FHIR)


def resource_headers(resource: Mapping[str, Any]) -> dict[str, str]:
    """Return the headers that say which version a resource is."""
    meta = resource["meta"]
    changed = moment(meta["lastUpdated"])
    headers = {"ETag": f'W/"{meta["versionId"]}"'}
    if changed is not None:
        headers["Last-Modified"] = format_datetime(changed.replace(microsecond=0), usegmt=True)
    return headers


def outcome(code: str, told: list[tuple[str | None, str]]) -> dict[str, Any]:
    """Return an OperationOutcome: each fault, where it is, and what it is."""
    issues: list[dict[str, Any]] = []
    for path, text in told:
        issue: dict[str, Any] = {"severity": "error", "code": code, "diagnostics": text}
        if path:
            issue["expression"] = [path]
        issues.append(issue)
    return {"resourceType": "OperationOutcome", "issue": issues}


def told(error: MobiliseError) -> tuple[int, dict[str, Any]]:
    """Return the status and the outcome that an error is answered with."""
    status, code = next(
        ((status, code) for kind, status, code in _TOLD if isinstance(error, kind)),
        (400, "invalid"),
    )
    if isinstance(error, NotFhir):
        return status, outcome(code, [(path, text) for path, text in error.issues])
    return status, outcome(code, [(None, str(error))])


async def answer_error(_request: Request, error: Exception) -> Response:
    """Answer an error of ours; what a record says is in none of them."""
    if not isinstance(error, MobiliseError):
        raise error
    status, body = told(error)
    headers: dict[str, str] = {}
    if isinstance(error, NotSignedIn):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.seconds)
    if status == 503:
        headers["Retry-After"] = "1"
    return answer(body, status, headers)
