"""The personal plane in the browser: an application of its own, with its own settings.

Nothing here is reached without signing in, or without a link that opens one task; nothing is kept
by the browser; no address holds anything about a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from mobilise import __version__
from mobilise.errors import MobiliseError, NotSignedIn
from mobilise.referrals.api.guards import Bounded, Quiet
from mobilise.web.caring import answering, cases, lists, matching, refer, signing
from mobilise.web.caring.door import Once, lost_session
from mobilise.web.headers import SafeHeaders
from mobilise.web.shell import refusal

if TYPE_CHECKING:
    from mobilise.referrals.settings import Settings
    from mobilise.web.site import Site

LARGEST = 256 * 1024  # bytes: of any form
PRIVATE = {"Cache-Control": "no-store"}


def care_app(settings: Settings, site: Site, *, directory: Any = None) -> FastAPI:
    """Return the application for people who refer, link and answer.

    Parameters
    ----------
    settings
        The store, the secret of links, the public addresses.
    site
        The place that the pages are about.
    directory
        An open :class:`mobilise.directory.Directory`; None: services are those in the store.
    """
    app = FastAPI(
        title=f"{site.name}: referrals", version=__version__, docs_url=None, redoc_url=None,
        openapi_url=None,
    )  # fmt: skip
    app.state.settings, app.state.site, app.state.directory = settings, site, directory
    app.state.once = Once()
    for part in (signing, lists, refer, matching, cases, answering):
        app.include_router(part.router)
    app.add_exception_handler(NotSignedIn, lost_session)
    for kind in (HTTPException, MobiliseError, RequestValidationError):
        app.add_exception_handler(kind, refusal)
    app.add_middleware(Bounded, largest=LARGEST)
    app.add_middleware(SafeHeaders, more=PRIVATE)
    app.add_middleware(Quiet)
    return app
