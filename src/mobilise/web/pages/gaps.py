"""Gaps: larger areas side by side, gradients by deprivation, and everything as a table."""

from typing import Annotated, Any

import pandas as pd
from fastapi import APIRouter, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse

from mobilise.web.beside import beside, csv_of
from mobilise.web.beside import sentence_of as sentence_of_places
from mobilise.web.groups import VERDICTS, Groups, kinds_of_groups, sentence_of
from mobilise.web.maptable import value_words
from mobilise.web.shell import page
from mobilise.web.site import Site, TheSite
from mobilise.web.spine import spine_chart

router = APIRouter()
PARTS = {
    "left-out": "Each kind of asset by deprivation",
    "gaps": "Gaps side by side",
    "health": "Health and wellbeing by deprivation",
    "explained": "What goes with the gaps",
}
SHOWN = 6
Part = Annotated[str, Query(max_length=200)]


@router.get("/gaps", include_in_schema=False)
def gaps_page(
    request: Request,
    site: TheSite,
    by: Part = "",
    part: Part = "",
    second: Annotated[str, Query(alias="with", max_length=200)] = "",
) -> HTMLResponse:
    """Show who is left out: in sentences, then larger areas beside each other."""
    kinds = kinds_of_groups(site)
    groups = site.groups(by if by in kinds else kinds[0]) if kinds else None
    rows = [row for name in (part, second) if groups and (row := groups.row(name)) is not None]
    spine = spine_chart(groups, rows, place=site.name) if groups and rows else ""
    said = [sentence_of(groups, row, site.name) for row in rows] if groups else []
    return page(
        request,
        "gaps.html",
        sentences=clear_gaps(site)[:SHOWN],
        parts=parts(site),
        kinds=kinds,
        groups=groups,
        rows=rows,
        spine=spine,
        said=said,
        rug=_rug(groups) if groups else [],
        verdicts=VERDICTS,
    )


@router.get("/gaps.csv", summary="Every gap: value, interval, method, sentence")
def gaps_csv(site: TheSite) -> Response:
    """Answer with the table ``gaps``."""
    table = site.place.table("gaps") if "gaps" in site.place.tables() else pd.DataFrame()
    return Response(str(table.to_csv(index=False)), media_type="text/csv; charset=utf-8")


@router.get("/gaps.json", summary="Every gap: value, interval, method, sentence")
def gaps_json(site: TheSite) -> Response:
    """Answer with the table ``gaps``, one record a row."""
    table = site.place.table("gaps") if "gaps" in site.place.tables() else pd.DataFrame()
    return Response(str(table.to_json(orient="records")), media_type="application/json")


@router.get("/gaps/beside", include_in_schema=False)
def beside_page(request: Request, site: TheSite) -> HTMLResponse:
    """Show this place beside another: what both measure alike, and what they do not."""
    there = _other(site)
    found = beside(site, there)
    return page(
        request,
        "beside.html",
        found=found,
        there=there,
        said=sentence_of_places(found, site.name, there.name),
    )


@router.get("/gaps/beside.csv", summary="This place beside another, where one is served beside it")
def beside_csv(site: TheSite) -> Response:
    """Answer with what both places measure alike."""
    there = _other(site)
    text = csv_of(beside(site, there), site.name, there.name)
    return Response(text, media_type="text/csv; charset=utf-8")


@router.get("/gaps/{part}", include_in_schema=False)
def gaps_part(request: Request, site: TheSite, part: str) -> HTMLResponse:
    """Show one part of the gaps: its charts, and a table behind each."""
    if part not in parts(site):
        raise HTTPException(404)
    section = site.sections[part]
    return page(request, "part.html", section=section, parts=parts(site), part=part, back="/gaps")


def parts(site: Site) -> dict[str, str]:
    """Return the parts that there are, by the report's ids, with their titles."""
    named = {key: name for key, name in PARTS.items() if key in site.sections}
    more = {
        key: section["title"]
        for key, section in site.sections.items()
        if key.startswith("explained") and key not in named
    }
    return named | more


def clear_gaps(site: Site) -> list[str]:
    """Return the sentences of the gaps that are clearly worse for the most deprived areas."""
    if "gaps" not in site.place.tables():
        return []
    table = site.gaps
    slopes = table[(table["statistic"] == "slope_index") & (table["measure"] != "count")]
    clear = slopes[(slopes["lower"] > 0) | (slopes["upper"] < 0)]
    worse = clear[(clear["value"] > 0) == (clear["higher"] == "better")]
    ranked = worse.assign(size=(worse["value"] / worse["se"]).abs())
    return [str(s) for s in ranked.sort_values(["size", "of"], ascending=[False, True])["sentence"]]


def _other(site: Site) -> Site:
    if site.beside is None:
        raise HTTPException(
            404, "No other place is served beside this one; 'mobilise serve --beside' does it."
        )
    return site.beside


def _rug(groups: Groups) -> list[dict[str, Any]]:
    """Return the rug's rows: a larger area, its people, and a value and a verdict a measure."""
    found = []
    for row, name in enumerate(groups.names):
        cells = [
            (value_words(layer, float(value)), int(verdict))
            for layer, value, verdict in zip(
                groups.layers, groups.means[row], groups.verdicts[row], strict=True
            )
        ]
        found.append({"name": name, "people": float(groups.people[row]), "cells": cells})
    return found
