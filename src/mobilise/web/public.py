"""The open plane in the browser: a place, and no database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.gzip import GZipMiddleware
from starlette.exceptions import HTTPException

from mobilise import __version__
from mobilise.directory import hsds_app, listing_app, place_directory
from mobilise.errors import MobiliseError, PlaceError
from mobilise.web import files, static
from mobilise.web.headers import SafeHeaders
from mobilise.web.pages import (
    area,
    equity,
    evidence,
    gaps,
    home,
    maps,
    method,
    planning,
    say,
    support,
    walking,
)
from mobilise.web.prepare import prepared
from mobilise.web.shell import refusal
from mobilise.web.site import Site

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.directory import Directory
    from mobilise.place import Place

PARTS = (
    home,
    maps,
    area,
    walking,
    gaps,
    planning,
    support,
    say,
    evidence,
    equity,
    method,
    files,
    static,
)


def public_app(
    place: Place,
    *,
    beside: Place | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> FastAPI:
    """Return the application that shows a place to anybody.

    Parameters
    ----------
    place
        A built place with a report.
    beside
        Another place, to be compared with it.
    progress
        Called with a sentence while the pages are made ready.

    Returns
    -------
    FastAPI
        Without the framework's own documentation pages, which fetch from elsewhere.

    Raises
    ------
    PlaceError
        The place has no report.
    """
    if not (place.folder / "report" / "index.html").is_file():
        raise PlaceError(f"{place.folder} has no report to show; 'mobilise report' writes it.")
    app = FastAPI(
        title=f"{place.name}: open data", version=__version__, docs_url=None, redoc_url=None
    )
    site = Site(place, prepared(place, progress), directory_of(place, progress))
    if beside is not None:
        site.beside = Site(beside, prepared(beside, progress))
    site.warm()
    app.state.site = site
    for part in PARTS:
        app.include_router(part.router)
    if site.directory is not None:
        app.mount("/hsds", hsds_app(site.directory))
        app.mount("/listing", listing_app(site.directory))
    app.add_exception_handler(HTTPException, refusal)
    app.add_exception_handler(MobiliseError, refusal)
    app.add_exception_handler(RequestValidationError, refusal)
    app.add_middleware(GZipMiddleware, minimum_size=800, compresslevel=5)
    app.add_middleware(SafeHeaders)
    return app


def directory_of(place: Place, progress: Callable[[str], None]) -> Directory | None:
    """Return the place's directory of services; None where its folder cannot be written.

    Parameters
    ----------
    place
        A built place.
    progress
        Called with a sentence where it has to be brought up to date.
    """
    try:
        return place_directory(place, progress)
    except PlaceError as error:
        progress(f"without the directory of services: {error}")
        return None
