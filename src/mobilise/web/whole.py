"""Everything side by side in one process: open pages, open interfaces and, if asked, the care."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from starlette.routing import Route

from mobilise.web.public import public_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send

    from mobilise.place import Place
    from mobilise.web.site import Site


@contextmanager
def whole_site(
    place: Place,
    address: str,
    database: str | None,
    who_to_be: list[dict[str, str]],
    progress: Callable[[str], None] = lambda _: None,
    *,
    beside: Place | None = None,
) -> Iterator[FastAPI]:
    """Yield the application of a place with all that is mounted in it, and end it after.

    Parameters
    ----------
    place
        A built place with a report.
    address
        Where it will be served, without a slash at the end.
    database
        Of the personal plane; None: the open plane alone.
    who_to_be
        Invented people whom the page for signing in names.
    progress
        Called with a sentence while the pages are made ready.
    beside
        Another place, to be compared with it.
    """
    app = public_app(place, beside=beside, progress=progress)
    site: Site = app.state.site
    try:
        if database is None:
            yield app
        else:
            site.who_to_be = who_to_be
            with _care(app, place, address, database):
                yield app
    finally:
        site.planner.close()
        if site.directory is not None:
            site.directory.close()


class _AsIf:
    """Answers as another address does: a client may leave the slash out, and is sent nowhere."""

    def __init__(self, path: str, app: ASGIApp) -> None:
        self.path, self.app = path, app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        there = {**scope, "path": self.path, "raw_path": self.path.encode()}
        await self.app(there, receive, send)


@contextmanager
def _care(app: FastAPI, place: Place, address: str, database: str) -> Iterator[None]:
    """Mount the personal plane, and carry its notices out while it is there."""
    from mobilise.referrals.access.oidc import oidc_app  # noqa: PLC0415  (only where it is wanted)
    from mobilise.referrals.api import fhir_app  # noqa: PLC0415
    from mobilise.referrals.fromplace import take_in_place  # noqa: PLC0415
    from mobilise.referrals.residence import areas_of_postcodes  # noqa: PLC0415
    from mobilise.referrals.running import personal_plane  # noqa: PLC0415
    from mobilise.web.care import care_app  # noqa: PLC0415

    site: Site = app.state.site
    with personal_plane(database, address) as settings:
        settings.store.area_of = areas_of_postcodes(place) or settings.store.area_of
        if site.directory is not None:
            take_in_place(settings.store, site.directory)
        site.signed_in = True
        app.mount("/fhir", fhir_app(settings))
        app.router.routes.append(Route("/fhir", _AsIf("/fhir/", app.router)))
        if settings.oidc is not None:
            app.mount("/sign-in/oidc", oidc_app(settings.store, settings.oidc, settings.secret))
        app.mount("/care", care_app(settings, site, directory=site.directory))
        yield
