"""Projects and publications as the Gateway to Research (GtR-2) writes them in JSON.

Names are those of "Gateway to Research API 2", version 1.7.5
(https://gtr.ukri.org/resources/GtR-2-API-v1.7.5.pdf), JSON of ``application/vnd.rcuk.gtr.json-v7``:
an object has ``links.link`` (``href``, ``rel``, and ``start`` and ``end`` in milliseconds, where a
project's own dates are mostly to be found: at its ``FUND``); the award is its fund's
``valuePounds.amount``; organisations are linked as ``LEAD_ORG``, ``PARTICIPANT_ORG`` and the like,
and ``participantValues`` is filled for few projects.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.errors import SourceBroken
from mobilise.learn.evidence import new_id
from mobilise.learn.left_out import noted, tallied
from mobilise.learn.plain import records, several
from mobilise.learn.register.csl import plain_doi
from mobilise.place import write_json
from mobilise.tables import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mobilise.notes import Note

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECTORS = {  # a participant's role does not say its sector; its name often does
    "arts council": "policy",
    "research council": "policy",
    "universit": "academia",
    "college": "academia",
    "nhs": "health",
    "council": "council",
    "borough": "council",
    "trust": "charity",
    "charity": "charity",
    "foundation": "charity",
    "department": "policy",
}
UNSURE = "charity"
_ORGANISATION = "_ORG"  # how a link's rel ends that leads to an organisation
_READ = ("project", "publication", "fund", "organisation")
_LEADS_TO = {"FUND": "fund", "PUBLICATION": "publication", "PROJECT": "project"}


def read_gateway(path: Path) -> tuple[dict[str, pd.DataFrame], list[Note]]:
    """Read projects, their participants and publications from GtR-2 JSON.

    Parameters
    ----------
    path
        A page of results, one object, or a list of pages put together: ``project``,
        ``publication``, ``fund`` and ``organisation`` are read. What a project links to is
        found where it is in the same file: put the pages of funds and organisations in.

    Returns
    -------
    dict
        Rows of ``projects``, ``partners`` and ``outputs``. A partner's sector is told from
        its name, and is ``charity`` where the name does not tell.
    list of Note
        Links that lead to what is not in the file, or to what is not read; pages that are
        lacking; partners whose sector their name does not tell.

    Raises
    ------
    SourceBroken
        The file is not such JSON.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (ValueError, OSError) as error:
        raise SourceBroken(f"{path}: it is not JSON ({error}).") from error
    kinds = {key: _all(found, key) for key in _READ}
    if not kinds["project"] and not kinds["publication"]:
        raise SourceBroken(f"{path}: it has neither 'project' nor 'publication'; is it of GtR-2?")
    try:
        tables = _tables(kinds)
        return tables, [*_pages_lacking(path, found), *_left_out(path, kinds, tables)]
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SourceBroken(f"{path}: it is not as GtR-2 has it ({error}).") from error


def write_gateway(tables: dict[str, pd.DataFrame], path: Path) -> None:
    """Write projects, partners and outputs as GtR-2 JSON that :func:`read_gateway` reads."""
    partners = records(tables["partners"])
    projects = [
        _project_out(row, [p for p in partners if p["project_id"] == row["project_id"]])
        for row in records(tables["projects"])
    ]
    funds = [_fund_out(row) for row in records(tables["projects"]) if row["award"]]
    publications = [_publication_out(row) for row in records(tables["outputs"])]
    write_json(path, {"project": projects, "fund": funds, "publication": publications})


def _all(found: Any, key: str) -> list[dict[str, Any]]:
    if isinstance(found, list):
        return [one for part in found for one in _all(part, key)]
    if not isinstance(found, dict):
        return []
    if key == "project" and "grantCategory" in found:
        return [found]
    value = found.get(key, [])
    return value if isinstance(value, list) else [value]


def _tables(kinds: dict[str, list[dict[str, Any]]]) -> dict[str, pd.DataFrame]:
    funds = {fund["id"]: fund for fund in kinds["fund"]}
    names = {one["id"]: one["name"] for one in kinds["organisation"]}
    for one in kinds["project"]:
        names |= {
            p["organisationId"]: p["organisationName"]
            for p in _participants(one)
            if "organisationId" in p
        }
    projects = [_read(one, "project", lambda p: _project_in(p, funds)) for one in kinds["project"]]
    partners = [row for one in kinds["project"] for row in _partners_in(one, names)]
    of = {id_: one["id"] for one in kinds["project"] for id_ in _linked(one, "PUBLICATION")}
    outputs = [
        _read(one, "publication", lambda p: _publication_in(p, of)) for one in kinds["publication"]
    ]
    rows = {"projects": projects, "partners": partners, "outputs": outputs}
    return {name: validate(name, pd.DataFrame(made)) for name, made in rows.items() if made}


def _read(
    one: dict[str, Any], what: str, make: Callable[[dict[str, Any]], dict[str, Any]]
) -> dict[str, Any]:
    """Return an object's row; what is wrong with it is told by its id or title."""
    try:
        return make(one)
    except KeyError as error:
        named = one.get("id") or one.get("title") or "without an id"
        raise ValueError(f"the {what} '{named}' lacks {error}") from error


def _pages_lacking(path: Path, found: Any) -> list[Note]:
    """Return a note of the kinds of which the file holds some pages only."""
    pages = [page for page in (found if isinstance(found, list) else [found]) if page]
    lacking = []
    for key in _READ:
        of = [page for page in pages if isinstance(page, dict) and key in page]
        there = len(_all(of, key))
        total = max((int(page.get("totalSize") or 0) for page in of), default=0)
        if there < total:
            lacking.append(f"{there:,} of {total:,} {key}s are here")
    return noted(path.name, "pages of results are lacking", lacking)


def _left_out(
    path: Path, kinds: dict[str, list[dict[str, Any]]], tables: dict[str, pd.DataFrame]
) -> list[Note]:
    """Return notes of links that lead nowhere, or are not read, and of sectors not told."""
    here = {key: {one.get("id") for one in kinds[key]} for key in _READ}
    here["organisation"] |= {
        p.get("organisationId") for one in kinds["project"] for p in _participants(one)
    }
    lost: dict[str, list[str]] = {key: [] for key in _READ}
    unread: Counter[str] = Counter()
    for one in [*kinds["project"], *kinds["publication"]]:
        for link in _links(one):
            rel = str(link.get("rel") or "no relation")
            kind = "organisation" if rel.endswith(_ORGANISATION) else _LEADS_TO.get(rel)
            if kind is None:
                unread[rel] += 1
            elif _id_of(link) not in here[kind]:
                lost[kind].append(f"{rel} {_id_of(link)} of {one.get('id')}")
    partners = tables.get("partners", pd.DataFrame(columns=["organisation"]))["organisation"]
    unsure = sorted({name for name in partners if not _sectors_in(name)})
    return [
        *noted(path.name, "links to organisations that are not in the file, left out",
               lost["organisation"]),
        *noted(path.name, "links to awards that are not in the file, left out", lost["fund"]),
        *noted(path.name, "links to publications that are not in the file, left out",
               lost["publication"]),
        *noted(path.name, "publications whose project is not in the file", lost["project"]),
        *tallied(path.name, "links of sorts that are not read", unread),
        *noted(path.name, f"partners whose name does not tell their sector, entered as {UNSURE}",
               unsure),
    ]  # fmt: skip


def _project_in(one: dict[str, Any], funds: dict[str, dict[str, Any]]) -> dict[str, Any]:
    identifiers = one.get("identifiers", {}).get("identifier", [])
    ordered = sorted(identifiers, key=lambda known: known.get("type") != "RCUK")
    link = next((link for link in _links(one) if link.get("rel") == "FUND"), {})
    fund = next((funds[i] for i in _linked(one, "FUND") if i in funds), {})
    amount = fund.get("valuePounds", {}).get("amount")
    if amount is None:
        amount = sum(float(p.get("grantOffer") or 0) for p in _participants(one)) or None
    topics = [t["text"] for t in one.get("researchTopics", {}).get("researchTopic", [])]
    return {
        "project_id": one["id"],
        "programme_id": None,
        "title": one["title"],
        "summary": one.get("abstractText"),
        "themes": "; ".join(topics) or None,
        "start": _day(one.get("start") or link.get("start") or fund.get("start")),
        "end": _day(one.get("end") or link.get("end") or fund.get("end")),
        "award": amount,
        "funders": one.get("leadFunder"),
        "reference": next((known["value"] for known in ordered), None),
        "url": one.get("href"),
        "invented": False,
    }


def _partners_in(one: dict[str, Any], names: dict[str, str]) -> list[dict[str, Any]]:
    """Return a project's organisations: its participants, and those linked and in the file."""
    roles: dict[str, Any] = {}
    for link in _links(one):
        name, rel = names.get(_id_of(link)), str(link.get("rel", ""))
        if name and rel.endswith(_ORGANISATION):
            roles.setdefault(name, rel.removesuffix(_ORGANISATION))
    roles |= {p["organisationName"]: p.get("role") for p in _participants(one)}
    return [
        {
            "project_id": one["id"],
            "organisation": name,
            "sector": _sector(name),
            "role": role,
        }
        for name, role in roles.items()
    ]


def _participants(one: dict[str, Any]) -> list[dict[str, Any]]:
    return list(one.get("participantValues", {}).get("participant", []))


def _publication_in(one: dict[str, Any], of: dict[str, str]) -> dict[str, Any]:
    doi = plain_doi(one.get("doi"))
    return {
        "output_id": one.get("id") or new_id("output", doi, one["title"]),
        "project_id": next(iter(_linked(one, "PROJECT")), of.get(str(one.get("id")))),
        "type": "article-journal" if one.get("journalTitle") else "report",
        "title": one["title"],
        "authors": one.get("author"),
        "issued": _day(one.get("datePublished")),
        "container": one.get("journalTitle"),
        "volume": one.get("volumeTitle"),
        "issue": one.get("issue"),
        "pages": one.get("pageReference"),
        "doi": doi,
        "url": one.get("publicationUrl"),
        "summary": one.get("abstractText"),
    }


def _linked(one: dict[str, Any], rel: str) -> list[str]:
    return [_id_of(link) for link in _links(one) if link.get("rel") == rel]


def _links(one: dict[str, Any]) -> list[dict[str, Any]]:
    return list(one.get("links", {}).get("link", []))


def _id_of(link: dict[str, Any]) -> str:
    return str(link["href"]).rsplit("/", 1)[-1]


def _day(value: object) -> str | None:
    """Return a day; GtR-2 counts milliseconds since 1970, and also writes days as text."""
    if value is None or value == "":
        return None
    if isinstance(value, int | float):
        return (_EPOCH + timedelta(milliseconds=value)).date().isoformat()
    return str(value)[:10]


def _milliseconds(day: str | None) -> int | None:
    if not day:
        return None
    full = f"{day}{'-01' * (2 - day.count('-'))}"
    since = datetime.fromisoformat(full).replace(tzinfo=UTC) - _EPOCH
    return since // timedelta(milliseconds=1)


def _sector(name: str) -> str:
    return next(iter(_sectors_in(name)), UNSURE)


def _sectors_in(name: str) -> list[str]:
    return [sector for part, sector in _SECTORS.items() if part in name.lower()]


def _project_out(row: dict[str, Any], partners: list[dict[str, Any]]) -> dict[str, Any]:
    fund = [{"href": f"funds/{new_id('fund', row['project_id'])}", "rel": "FUND"}]
    one = {
        "id": row["project_id"],
        "href": row["url"],
        "links": {"link": fund if row["award"] else []},
        "identifiers": {"identifier": [{"value": row["reference"], "type": "RCUK"}]}
        if row["reference"]
        else {"identifier": []},
        "title": row["title"],
        "grantCategory": "Research Grant",
        "leadFunder": row["funders"],
        "abstractText": row["summary"],
        "researchTopics": {
            "researchTopic": [{"id": new_id("topic", t), "text": t} for t in several(row["themes"])]
        },
        "start": _milliseconds(row["start"]),
        "end": _milliseconds(row["end"]),
        "participantValues": {
            "participant": [
                {
                    "organisationId": new_id("organisation", p["organisation"]),
                    "organisationName": p["organisation"],
                    "role": p["role"],
                }
                for p in partners
            ]
        },
    }
    return {key: value for key, value in one.items() if value is not None}


def _fund_out(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": new_id("fund", row["project_id"]),
        "valuePounds": {"currencyCode": "GBP", "amount": row["award"]},
    }


def _publication_out(row: dict[str, Any]) -> dict[str, Any]:
    project = row["project_id"]
    one = {
        "id": row["output_id"],
        "links": {"link": [{"href": f"projects/{project}", "rel": "PROJECT"}] if project else []},
        "title": row["title"],
        "type": row["type"],
        "author": row["authors"],
        "datePublished": row["issued"],
        "journalTitle": row["container"],
        "volumeTitle": row["volume"],
        "issue": row["issue"],
        "pageReference": row["pages"],
        "doi": row["doi"],
        "publicationUrl": row["url"],
        "abstractText": row["summary"],
    }
    return {key: value for key, value in one.items() if value is not None}
