"""The pages of a listing: an organisation confirms or corrects it, the public suggests."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.concurrency import run_in_threadpool

from mobilise.directory.confirming import service_of, use_link
from mobilise.directory.corrections import FIELDS
from mobilise.directory.keeping import corrected, held_of
from mobilise.directory.suggestions import suggest
from mobilise.errors import InputError

if TYPE_CHECKING:
    from jinja2 import Template

    from mobilise.directory.store import Directory

MOST_BYTES = 60_000
OFTEN = parse("30/hour")  # suggestions from one address: the queue is for everybody
ASKED = {
    "name": "Name",
    "description": "What it does",
    "status": "Is it running?",
    "url": "Web page",
    "email": "E-mail",
    "fees": "What it costs, in words",
    "minimum_age": "Youngest age",
    "maximum_age": "Oldest age",
    "capacity": "Is there room?",
    "referrals": "How people are referred",
    "step_free": "Can one get in without steps?",
}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def listing_app(directory: Directory) -> FastAPI:
    """Return the pages on which listings are confirmed, corrected and suggested about.

    Parameters
    ----------
    directory
        An open directory.

    Returns
    -------
    FastAPI
        To be mounted at ``/listing``: links that are sent lead to ``/listing/confirm/...``.
    """
    often = SlidingWindowCounterRateLimiter(MemoryStorage())
    app = FastAPI(
        title=f"Listings: {directory.name}", docs_url=None, redoc_url=None, openapi_url=None
    )

    @app.get("/confirm/{token}", response_class=HTMLResponse)
    def ask(token: str) -> Response:
        return _confirm_page(directory, token)

    @app.post("/confirm/{token}", response_class=HTMLResponse)
    async def answer(token: str, request: Request) -> Response:
        form = await _form(request)
        return await run_in_threadpool(_confirmed, directory, token, form)

    @app.get("/suggest/{service_id}", response_class=HTMLResponse)
    def suggesting(service_id: str) -> Response:
        return _suggest_page(directory, service_id)

    @app.post("/suggest/{service_id}", response_class=HTMLResponse)
    async def suggested(service_id: str, request: Request) -> Response:
        who = request.client.host if request.client else "?"
        if not often.hit(OFTEN, who):
            told = "Many suggestions came from your network. Please try again in an hour."
            return _page(directory, "Not just now", wrong=told, status=429)
        form = await _form(request)
        return await run_in_threadpool(_suggested, directory, service_id, form)

    return app


def _confirm_page(directory: Directory, token: str, wrong: str = "") -> Response:
    try:
        service = _service(directory, service_of(directory, token))
    except InputError as error:
        return _page(directory, "This link does not work", wrong=_sentence(error), status=410)
    heading = "Is your listing right?"
    return _page(directory, heading, service=service, confirming=True, wrong=wrong)


def _confirmed(directory: Directory, token: str, form: dict[str, str] | None) -> Response:
    if form is None:
        return _confirm_page(directory, token, "This was too long to be read.")
    try:
        before = _service(directory, service_of(directory, token))
        change = {} if form.get("right") else _changes(before, form)
        use_link(directory, token, change)
    except InputError as error:
        return _confirm_page(directory, token, _sentence(error))
    done = "Thank you. Your listing is marked as confirmed today."
    return _page(directory, "Confirmed", done=done)


def _suggest_page(directory: Directory, service_id: str, wrong: str = "") -> Response:
    service = _service(directory, service_id)
    if service is None:
        return _page(
            directory, "There is no such listing", wrong="Was the address copied whole?", status=404
        )
    return _page(directory, f"Suggest a change: {service['name']}", service=service, wrong=wrong)


def _suggested(directory: Directory, service_id: str, form: dict[str, str] | None) -> Response:
    if form is None:
        return _suggest_page(directory, service_id, "This was too long to be read.")
    done = "Thank you. Somebody will look at it before anything is shown."
    if form.get("website2"):  # only a machine fills in what nobody sees
        return _page(directory, "Sent", done=done)
    before = _service(directory, service_id)
    try:
        change = _changes(before, form)
        suggest(directory, service_id, change, form.get("note", ""))
    except InputError as error:
        return _suggest_page(directory, service_id, _sentence(error))
    return _page(directory, "Sent", done=done)


def _service(directory: Directory, service_id: str) -> dict[str, Any] | None:
    """Return what is asked of a service as a form shows it."""
    with directory.reading() as connection:
        held = held_of(connection, service_id)
    if held is None:
        return None
    document, extra = corrected(held)
    shown = {name: {**document, **extra}.get(name) for name in ASKED}
    if isinstance(shown["step_free"], bool):
        shown["step_free"] = "yes" if shown["step_free"] else "no"
    return {name: "" if value is None else value for name, value in shown.items()}


def _changes(before: dict[str, Any] | None, form: dict[str, str]) -> dict[str, str]:
    """Return the fields of a form that say something else than the listing."""
    known = before or {}
    return {
        name: form[name]
        for name in ASKED
        if name in form and _lines(form[name]) != _lines(str(known.get(name, "")))
    }


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


async def _form(request: Request) -> dict[str, str] | None:
    """Return a form's fields; None where it is too long."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return None
    fields = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=40)
    return {name: values[-1] for name, values in fields.items()}


def _page(
    directory: Directory,
    heading: str,
    *,
    service: dict[str, Any] | None = None,
    confirming: bool = False,
    wrong: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    fields = [(name, label, FIELDS[name]) for name, label in ASKED.items()]
    text = _template().render(
        title=heading,
        heading=heading,
        place=directory.name,
        service=service,
        confirming=confirming,
        fields=fields,
        wrong=wrong,
        done=done,
    )
    return HTMLResponse(text, status if not wrong or status != 200 else 422, headers=HEADERS)


@cache
def _template() -> Template:
    from jinja2 import Environment, PackageLoader  # noqa: PLC0415

    loader = PackageLoader("mobilise.directory", "templates")
    return Environment(loader=loader, autoescape=True).get_template("listing.html")


def _sentence(error: InputError) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]
