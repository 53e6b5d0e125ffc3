"""Find support: the directory, for residents and those who help them."""

from dataclasses import asdict
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from mobilise.directory import Found, search
from mobilise.directory.needs import catalogue
from mobilise.errors import InputError
from mobilise.web.finding import find
from mobilise.web.languages import labels_of, languages
from mobilise.web.shell import page
from mobilise.web.site import Site, TheSite

router = APIRouter()
MINUTES = (10, 15, 20, 30, 45)
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
A_PAGE, LISTED = 15, 20
ID = Annotated[str, Field(max_length=100)]


class Search(BaseModel):
    """What somebody looks for; nothing of it is kept."""

    model_config = ConfigDict(extra="ignore")

    lang: str = Field("en", max_length=10)
    words: str = Field("", max_length=200)
    need: str = Field("", max_length=60)
    near: str = Field("", max_length=100)
    minutes: Literal["", "10", "15", "20", "30", "45"] = ""
    day: Literal["", "MO", "TU", "WE", "TH", "FR", "SA", "SU"] = ""
    free: bool = False
    step_free: bool = False
    remote: bool = False
    with_room: bool = False
    large: bool = False
    page: int = Field(1, ge=1, le=1000)
    keep: list[ID] = Field(default_factory=list, max_length=LISTED)

    def link(self, **changes: Any) -> str:
        """Return the address of the same search with some of it changed."""
        values = {**self.model_dump(exclude_defaults=True), **changes}
        said = {k: "true" if v is True else v for k, v in values.items() if v not in ("", False)}
        return "?" + urlencode(said, doseq=True)


@router.get("/support", include_in_schema=False)
def support_page(
    request: Request, site: TheSite, asked: Annotated[Search, Query()]
) -> HTMLResponse:
    """Show the form, and what fits."""
    lang, labels = labels_of(asked.lang)
    found, fault = None, ""
    try:
        found = _found(site, asked)
    except InputError as error:
        fault = str(error)
    needs = catalogue()
    return page(
        request,
        "support.html",
        422 if fault else 200,
        asked=asked,
        found=found,
        fault=fault,
        lang=lang,
        dir=labels["dir"],
        t=labels,
        tongues={tag: one["name"] for tag, one in languages().items()},
        needs={
            label: [(n.name, n.label) for n in needs.needs.values() if n.domain == domain]
            for domain, label in needs.domains.items()
        },
        minutes=MINUTES,
        days=list(zip(DAYS, labels["days"], strict=True)),
        pages=-(-found.total // A_PAGE) if found else 0,
    )


@router.get("/support.json", summary="Services that fit, with the reasons")
def support_json(site: TheSite, asked: Annotated[Search, Query()]) -> dict[str, Any]:
    """Answer with a page of listings."""
    return asdict(_found(site, asked))


@router.get("/support/list", include_in_schema=False)
def handout(request: Request, site: TheSite, asked: Annotated[Search, Query()]) -> HTMLResponse:
    """Show what somebody put on their list, to be printed."""
    lang, labels = labels_of(asked.lang)
    chosen = [one for key in asked.keep if (one := listing_of(site, key)) is not None]
    return page(
        request, "handout.html", chosen=chosen, asked=asked, lang=lang, dir=labels["dir"], t=labels
    )


def listing_of(site: Site, service_id: str) -> dict[str, Any] | None:
    """Return what the directory says of a service; None if there is no such service."""
    import json  # noqa: PLC0415

    from mobilise.directory.lists import service_document  # noqa: PLC0415

    if site.directory is None:
        return None
    with site.directory.reading() as connection:
        text, _ = service_document(connection, service_id)
    return None if text is None else dict(json.loads(text))


def _found(site: Site, asked: Search) -> Found:
    if site.directory is None:
        raise HTTPException(404, "This place has no directory of services.")
    postcode, point = _start(site, asked.near)
    return search(
        site.directory,
        asked.words,
        need=asked.need or None,
        postcode=postcode,
        point=point,
        minutes=float(asked.minutes) if asked.minutes and (postcode or point) else None,
        day=asked.day or None,
        cost=0.0 if asked.free else None,
        step_free=asked.step_free,
        how="remote" if asked.remote else None,
        with_room=asked.with_room,
        page=asked.page,
        per_page=A_PAGE,
    )


def _start(site: Site, near: str) -> tuple[str | None, tuple[float, float] | None]:
    """Return where somebody is: the middle of an area of that name, or else a postcode."""
    if not near.strip():
        return None, None
    areas = find(site, near).areas
    if not areas:
        return near, None
    row = site.areas.iloc[site.rows[areas[0][0]]]
    return None, (float(row["lat"]), float(row["lon"]))
