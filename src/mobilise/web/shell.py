"""What all pages share: the frame around them, and how a refusal reads."""

from __future__ import annotations

from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from mobilise.errors import (
    Busy,
    Conflict,
    MobiliseError,
    NotAllowed,
    NotSignedIn,
    NotThere,
    StoreError,
    TooMany,
)
from mobilise.report.words import amid
from mobilise.web.languages import written_out
from mobilise.web.static import address

if TYPE_CHECKING:
    from fastapi import Request, Response

STATUS: dict[type[MobiliseError], int] = {
    NotSignedIn: 401,
    NotAllowed: 403,
    NotThere: 404,
    Conflict: 409,
    TooMany: 429,
    StoreError: 503,
    Busy: 503,
}
REFUSALS = {
    404: "There is no such page. It may have moved, or the address may be mistyped.",
    405: "This address cannot be used in that way.",
}

TITLES = {
    403: "That is not yours to see",
    404: "Not found",
    409: "Somebody was faster",
    422: "That cannot be done",
    429: "Too many attempts",
    503: "Not just now",
}


@cache
def environment() -> Environment:
    """Return where the templates are; what is not given to one is an error, not a blank."""
    made = Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("mobilise.web"),
                PrefixLoader({"report": PackageLoader("mobilise.report")}),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["static"] = address
    made.filters["amid"] = amid
    made.filters["day"] = written_out
    made.filters["picture"] = Markup  # only for what mobilise.report.svg has made
    return made


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page.

    Parameters
    ----------
    request
        What is answered.
    template
        The template's file name.
    status
        The HTTP status.
    values
        What the template shows, beside what every page knows: the site, the menu, where we are.
    """
    shared = {
        "site": request.app.state.site,
        "menu": request.app.state.site.menu,
        "here": request.url.path,
    }
    made = environment().get_template(template).render(**shared, **values)
    return HTMLResponse(made, status_code=status)


def refusal(request: Request, error: Exception) -> Response:
    """Return the page (or, where JSON was asked for, the record) that says why there is none."""
    status, detail = _what(error)
    standard = HTTPStatus(status).phrase
    says = detail if detail and detail != standard else REFUSALS.get(status, standard)
    if request.url.path.endswith((".json", ".csv")) or "text/html" not in request.headers.get(
        "accept", ""
    ):
        return JSONResponse({"error": says}, status_code=status)
    title = TITLES.get(status, standard)
    return page(request, "refusal.html", status, says=f"{says[:1].upper()}{says[1:]}", title=title)


def _what(error: Exception) -> tuple[int, str]:
    """Return the status of an error, and its sentence."""
    if isinstance(error, MobiliseError):
        return next((s for kind, s in STATUS.items() if isinstance(error, kind)), 422), str(error)
    if isinstance(error, RequestValidationError):
        first = error.errors()[0]
        return 422, f"{'.'.join(str(part) for part in first['loc'][1:])}: {first['msg']}."
    return getattr(error, "status_code", 500), str(getattr(error, "detail", ""))
