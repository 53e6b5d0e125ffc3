"""The API of Open Referral UK (HSDS-UK 3.0): read-only, public, without a key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, StreamingResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

from mobilise.directory import lists, schema
from mobilise.directory.answers import JSON, Problem, etag_of, page_answer, unchanged
from mobilise.directory.queries import (
    Asked,
    AskedOrganizations,
    AskedServices,
    AskedSites,
    AskedTerms,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import sqlalchemy as sa

    from mobilise.directory.store import Directory

VERSION = "HSDS-UK-3.0"
PROFILE = "https://docs.openreferraluk.org/"
STREAM = 500
# Threads that make pages: more only wait for each other, and the slowest answers take longer.
AT_ONCE = 4
_PATHS = ("services", "service_at_locations", "organizations", "taxonomies", "taxonomy_terms")


def hsds_app(directory: Directory) -> FastAPI:
    """Return the API of a directory as an ASGI application.

    Parameters
    ----------
    directory
        An open directory.

    Returns
    -------
    FastAPI
        To be served alone, or mounted (at ``/hsds``).
    """
    app = FastAPI(
        title=f"Open Referral UK: {directory.name}",
        version=VERSION,
        description="Services of a place, by the Human Services Data Specification, UK profile.",
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "HEAD", "POST", "OPTIONS"],
        allow_headers=["Content-Type", "If-None-Match", "If-Modified-Since"],
        expose_headers=["ETag", "Last-Modified", "Link"],
    )
    _tell_problems(app)
    _add_about(app)
    _add_lists(app, directory)
    _add_records(app, directory)
    return app


def _add_about(app: FastAPI) -> None:
    @app.get("/", summary="What this API is")
    def about(request: Request) -> dict[str, str]:
        base = str(request.url.replace(query="", fragment="")).rstrip("/")
        return {"version": VERSION, "profile": PROFILE, "openapi_url": f"{base}/openapi.json"}


def _add_lists(app: FastAPI, directory: Directory) -> None:
    """Add the lists, by GET, and by POST so that what is searched for stays out of logs."""
    kinds: dict[str, tuple[type[Asked], Callable[[sa.Connection, Any], lists.Rows]]] = {
        "services": (AskedServices, lists.service_page),
        "service_at_locations": (AskedSites, lists.site_page),
        "organizations": (AskedOrganizations, lists.organization_page),
        "taxonomies": (Asked, lists.taxonomy_page),
        "taxonomy_terms": (AskedTerms, lists.term_page),
    }
    few = CapacityLimiter(AT_ONCE)
    for name, (model, page) in kinds.items():
        _add_list(app, directory, name, model, page, few)


def _add_list(
    app: FastAPI,
    directory: Directory,
    name: str,
    model: type[Asked],
    page: Callable[[sa.Connection, Any], lists.Rows],
    few: CapacityLimiter,
) -> None:
    def answer(asked: Any, request: Request) -> Response:
        if asked.format == "ndjson":
            return StreamingResponse(
                _stream(directory, asked, page), media_type="application/x-ndjson"
            )
        with directory.reading() as connection:
            return _cached(
                connection,
                request,
                lambda: page_answer(_found(connection, asked, page), asked, request),
            )

    async def by_get(request: Request) -> Response:
        return await run_sync(answer, _asked(model, request), request, limiter=few)

    async def by_post(asked: Any, request: Request) -> Response:
        return await run_sync(answer, asked, request, limiter=few)

    by_post.__annotations__["asked"] = model
    app.get(
        f"/{name}",
        summary=f"A page of {name}",
        name=name,
        openapi_extra={"parameters": _described(model)},
        responses={422: {"description": "A parameter is wrong; the answer names it."}},
    )(by_get)
    app.post(f"/{name}", summary="The same, with the question in the body", name=f"{name}_post")(
        by_post
    )


def _asked(model: type[Asked], request: Request) -> Asked:
    """Return what is asked by GET; the framework's own way takes three times as long.

    Raises
    ------
    RequestValidationError
        A parameter is wrong.
    """
    try:
        return model.model_validate(dict(request.query_params))
    except ValidationError as error:
        wrong = [{**one, "loc": ("query", *one["loc"])} for one in error.errors()]
        raise RequestValidationError(wrong) from error


def _described(model: type[Asked]) -> list[dict[str, Any]]:
    """Return the parameters of a list as OpenAPI describes them."""
    return [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in model.model_json_schema()["properties"].items()
    ]


def _add_records(app: FastAPI, directory: Directory) -> None:
    @app.get("/services/{key}", summary="A service in full")
    def service(key: str, request: Request) -> Response:
        with directory.reading() as connection:
            found, merged = lists.service_document(connection, key)
            if merged is not None:
                return RedirectResponse(f"{request.url.path.rsplit('/', 1)[0]}/{merged}", 308)
            return _one(connection, request, found, "service")

    @app.get("/service_at_locations/{key}", summary="A service at a location, in full")
    def site(key: str, request: Request) -> Response:
        with directory.reading() as connection:
            found = lists.document(connection, schema.sites, schema.sites.c.full, key)
            return _one(connection, request, found, "service at a location")

    @app.get("/organizations/{key}", summary="An organisation and its services")
    def organization(key: str, request: Request, *, full_service: bool = False) -> Response:
        with directory.reading() as connection:
            found = lists.organization_document(connection, key, whole=full_service)
            return _one(connection, request, found, "organisation")

    @app.get("/taxonomies/{key}", summary="A taxonomy and its terms")
    def taxonomy(key: str, request: Request) -> Response:
        with directory.reading() as connection:
            found = lists.taxonomy_document(connection, key)
            return _one(connection, request, found, "taxonomy")

    @app.get("/taxonomy_terms/{key}", summary="A term of a taxonomy")
    def term(key: str, request: Request) -> Response:
        with directory.reading() as connection:
            found = lists.document(connection, schema.terms, schema.terms.c.brief, key)
            return _one(connection, request, found, "term")


def _one(connection: sa.Connection, request: Request, found: str | None, what: str) -> Response:
    if found is None:
        raise Problem(404, f"there is no {what} with this id", "id")
    return _cached(connection, request, lambda: Response(found, media_type=JSON))


def _cached(connection: sa.Connection, request: Request, make: Callable[[], Response]) -> Response:
    """Return an answer with its tags, or 304 where the asker has it already."""
    if request.method == "POST":
        answer = make()
        answer.headers["Cache-Control"] = "no-store"
        return answer
    etag, modified = etag_of(connection, request)
    answer = Response(status_code=304) if unchanged(request, etag, modified) else make()
    answer.headers["ETag"] = etag
    answer.headers["Last-Modified"] = modified
    answer.headers["Cache-Control"] = "no-cache"
    return answer


def _found(
    connection: sa.Connection, asked: Any, page: Callable[[sa.Connection, Any], lists.Rows]
) -> lists.Rows:
    if getattr(asked, "proximity", None) is not None and asked.postcode is None:
        raise Problem(422, "needs a postcode to measure from", "proximity")
    try:
        return page(connection, asked)
    except LookupError as error:
        raise Problem(422, str(error), "postcode") from error


def _stream(
    directory: Directory, asked: Any, page: Callable[[sa.Connection, Any], lists.Rows]
) -> Iterator[str]:
    """Yield every row on a line of its own, read a page at a time."""
    following: int | None = asked.after or 0
    while following is not None:
        with directory.reading() as connection:
            part = asked.model_copy(update={"after": following, "per_page": STREAM})
            found = _found(connection, part, page)
        yield "".join(f"{row}\n" for row in found.rows)
        following = found.after


def _tell_problems(app: FastAPI) -> None:
    """Answer whatever is wrong with JSON that names the parameter, never what it held."""

    @app.exception_handler(Problem)
    def problem(_: Request, error: Problem) -> Response:
        return error.answer()

    @app.exception_handler(RequestValidationError)
    def invalid(_: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        names = [str(part) for part in first["loc"] if part not in {"query", "body", "path"}]
        says = first["msg"].removeprefix("Value error, ")
        return Problem(422, says, ".".join(names) or "body").answer()

    @app.exception_handler(HTTPException)
    def refused(_: Request, error: HTTPException) -> Response:
        says = f"there is nothing here; try one of /{', /'.join(_PATHS)}"
        return Problem(
            error.status_code, says if error.status_code == 404 else error.detail
        ).answer()
