"""The FHIR R4 API: an application that stands by itself, or under ``/fhir`` of another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response  # noqa: TC002  (FastAPI reads the annotations)
from starlette.exceptions import HTTPException

from mobilise.errors import MobiliseError
from mobilise.referrals.api.answers import answer, answer_error, outcome
from mobilise.referrals.api.bulk import bulk_routes
from mobilise.referrals.api.door import Door
from mobilise.referrals.api.guards import Bounded, Quiet
from mobilise.referrals.api.reading import reading_routes
from mobilise.referrals.api.signing import signing_routes
from mobilise.referrals.api.statement import capability_statement
from mobilise.referrals.api.writing import writing_routes

if TYPE_CHECKING:
    from mobilise.referrals.settings import Settings

__all__ = ["fhir_app"]


def fhir_app(settings: Settings) -> FastAPI:
    """Return the FHIR R4 API over a store.

    Parameters
    ----------
    settings
        The store, the public address, how often doors may be knocked at.

    Notes
    -----
    Notices and exports are carried out by a :class:`mobilise.referrals.courier.Courier`, which
    whoever runs the application starts and stops.
    """
    app = FastAPI(
        title="mobilise FHIR R4",
        version="4.0.1",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    door = Door(settings)

    @app.get("/metadata", operation_id="capabilities")
    def metadata() -> Response:
        return answer(capability_statement(settings))

    for routes in (
        signing_routes(settings),
        bulk_routes(door),
        writing_routes(door),
        reading_routes(door),
    ):
        app.include_router(routes)
    app.add_exception_handler(MobiliseError, answer_error)
    app.add_middleware(Bounded)
    fault = outcome("exception", [(None, "a fault of the server; nothing was changed.")])
    app.add_middleware(Quiet, fault=answer(fault, 500))
    app.add_exception_handler(RecursionError, _answer_invalid)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(RequestValidationError, _answer_invalid)
    return app


async def _answer_http(_request: Request, error: Exception) -> Response:
    status: int = getattr(error, "status_code", 400)
    known: dict[int, tuple[str, str]] = {
        404: ("not-found", "there is nothing at this address."),
        405: ("not-supported", "this address does not take that method."),
        413: ("too-costly", "a body is at most 4 MiB."),
    }
    code, text = known.get(status, ("invalid", "the request cannot be read."))
    headers: dict[str, Any] = dict(getattr(error, "headers", None) or {})
    return answer(outcome(code, [(None, text)]), status, headers)


async def _answer_invalid(_request: Request, _error: Exception) -> Response:
    return answer(outcome("invalid", [(None, "the request cannot be read.")]), 400)
