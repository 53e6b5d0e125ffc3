"""Your say: suggest and weigh, without an account, and nothing shown unseen."""

import csv
import secrets
import threading
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from mobilise.directory.suggestions import suggest
from mobilise.errors import InputError
from mobilise.report.material import is_health
from mobilise.web.forms import Fields, fields_of, one
from mobilise.web.pages.maps import kinds_there
from mobilise.web.shell import page
from mobilise.web.site import Site, TheSite

router = APIRouter()
Posted = Annotated[Fields, Depends(fields_of)]
EDITABLE = {
    "name": "Name",
    "description": "What it is",
    "url": "Website",
    "email": "E-mail address",
}
POINTS = 10
BALLOTS = "ballots.csv"
MOST_BALLOTS = 20_000
_writing = threading.Lock()
THANKS = {
    "suggested": "Thank you. Somebody looks at it before it is shown.",
    "weighed": "Thank you. Your points are counted with everybody’s when the round closes.",
}


@router.get("/say", include_in_schema=False)
def say_page(request: Request, site: TheSite, thanks: str = "") -> HTMLResponse:
    """Show what people can say."""
    return _say(request, site, THANKS.get(thanks, ""))


@router.post("/say/suggest", include_in_schema=False)
def suggested(request: Request, site: TheSite, fields: Posted) -> Response:
    """Take a suggestion of something that is missing."""
    if site.directory is None:
        raise HTTPException(404)
    if one(fields, "website2"):  # only a program fills in what nobody sees
        raise InputError("This was not sent by a person.")
    change = {key: one(fields, key) for key in EDITABLE if one(fields, key)}
    try:
        suggest(site.directory, None, change, one(fields, "note"))
    except InputError as error:
        return _say(request, site, "", fault=str(error), fields=fields)
    return RedirectResponse("/say?thanks=suggested", status_code=303)


@router.post("/say/weigh", include_in_schema=False)
def weighed(request: Request, site: TheSite, fields: Posted) -> Response:
    """Take ten points, given to kinds of asset; who gave them is not asked."""
    try:
        _cast(site, _points(site, fields))
    except InputError as error:
        return _say(request, site, "", fault=str(error), fields=fields)
    return RedirectResponse("/say?thanks=weighed", status_code=303)


def _say(
    request: Request, site: Site, thanks: str, *, fault: str = "", fields: Fields | None = None
) -> HTMLResponse:
    return page(
        request,
        "say.html",
        422 if fault else 200,
        thanks=thanks,
        fault=fault,
        fields=fields or {},
        kinds=_weighable(site),
        points=POINTS,
        editable=EDITABLE,
        listed=site.directory is not None,
    )


def _weighable(site: Site) -> list[tuple[str, str]]:
    return [(kind, label) for kind, label in kinds_there(site) if not is_health(kind)]


def _points(site: Site, fields: Fields) -> dict[str, int]:
    given = {}
    for kind, label in _weighable(site):
        text = one(fields, f"points.{kind}") or "0"
        if not text.isdecimal() or int(text) > POINTS:
            raise InputError(f"{label}: give a whole number from 0 to {POINTS}.")
        if int(text):
            given[kind] = int(text)
    if sum(given.values()) != POINTS:
        raise InputError(
            f"You have given {sum(given.values())} points; there are {POINTS} to give."
        )
    return given


def _cast(site: Site, given: dict[str, int]) -> None:
    """Add a ballot to the round's file, in the form that `mobilise learn priorities` counts."""
    folder = site.place.folder / "say"
    path = folder / BALLOTS
    person = f"{datetime.now(UTC):%Y%m}-{secrets.token_hex(8)}"
    with _writing:
        folder.mkdir(exist_ok=True)
        if path.is_file() and path.stat().st_size > MOST_BALLOTS * 200:
            raise InputError("This round is full; please ask whoever keeps these pages.")
        fresh = not path.is_file()
        with path.open("a", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            if fresh:
                rows.writerow(["person", "of", "item", "points"])
            rows.writerows([person, "kind", kind, points] for kind, points in given.items())
