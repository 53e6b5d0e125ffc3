"""Keeping services: from a publisher's documents and local corrections to what is searched."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import rendering, schema, wording
from mobilise.directory.facts import Facts, facts_of, location_step_free, locations_of, terms_of
from mobilise.directory.rendering import to_json
from mobilise.directory.store import day_of, put
from mobilise.sources.hsds.confidential import without_address
from mobilise.sources.hsds.normal import derived_id

if TYPE_CHECKING:
    from collections.abc import Iterable

CHUNK = 500
# Corrections to what HSDS has no field for; all others are to fields of the document.
EXTRA = ("kind", "capacity", "referrals", "step_free", "cost", "points", "assurer")
_DERIVED = (
    schema.slots,
    schema.points,
    schema.service_terms,
    schema.service_languages,
    schema.service_needs,
    schema.service_areas,
    schema.sites,
)


@dataclass(frozen=True)
class Held:
    """A service as its store holds it: the publisher's document and what was changed here."""

    seq: int
    base: dict[str, Any]
    extra: dict[str, Any]
    corrections: dict[str, Any]
    confidential: bool
    gone: str | None
    changed: str
    listed: bool


def digest_of(document: dict[str, Any], extra: dict[str, Any]) -> str:
    """Return what tells whether a publisher has changed a service."""
    text = json.dumps([document, extra], sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def corrected(held: Held) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a service's document and its extra facts, with the local corrections in them."""
    document = {**held.base}
    extra = {**held.extra}
    for name, value in held.corrections.items():
        target = extra if name in EXTRA else document
        if value is None:
            target.pop(name, None)
        else:
            target[name] = value
    if held.gone:
        document["status"] = "inactive"
        document["alert"] = f"No longer listed by its publisher since {held.gone[:10]}."
    if held.confidential:
        document = without_address(document)
    dates = [d for d in (held.base.get("assured_date"), document.get("assured_date")) if d]
    if dates:
        document["assured_date"] = max(dates)
    document["last_modified"] = held.changed
    return document, extra


def render(connection: sa.Connection, seqs: Iterable[int]) -> None:
    """Work out again everything that is searched and shown of some services."""
    wanted = sorted(set(seqs))
    for first in range(0, len(wanted), CHUNK):
        chunk = wanted[first : first + CHUNK]
        _forget(connection, chunk)
        _render(connection, _held(connection, chunk))


def held_of(connection: sa.Connection, service_id: str) -> Held | None:
    """Return a service as it is held, or None."""
    seq = connection.scalar(
        sa.select(schema.services.c.seq).where(schema.services.c.id == service_id)
    )
    return _held(connection, [seq])[0] if seq is not None else None


def _held(connection: sa.Connection, seqs: list[int]) -> list[Held]:
    s, d = schema.services.c, schema.documents.c
    columns = (s.seq, d.base, d.extra, d.corrections, s.confidential, s.hidden, s.gone, s.changed)
    query = (
        sa.select(*columns, s.listed)
        .join(schema.documents, d.seq == s.seq)
        .where(s.seq.in_(seqs))
        .order_by(s.seq)
    )
    return [
        Held(
            row.seq,
            json.loads(row.base),
            json.loads(row.extra),
            json.loads(row.corrections),
            bool(row.confidential or row.hidden),
            row.gone,
            row.changed,
            bool(row.listed),
        )
        for row in connection.execute(query)
    ]


def _forget(connection: sa.Connection, seqs: list[int]) -> None:
    for table in _DERIVED:
        connection.execute(sa.delete(table).where(table.c.service_seq.in_(seqs)))
    wording.forget_words(connection, seqs)


def _render(connection: sa.Connection, services: list[Held]) -> None:
    rows: dict[str, list[dict[str, Any]]] = {}
    texts, narrow, whole, owners = [], [], [], {}
    for held in services:
        document, extra = corrected(held)
        facts = facts_of(document, extra)
        needs = [sign.need for sign in facts.signs]
        full = rendering.with_our_terms(document, facts.kind, needs)
        narrow.append({"_seq": held.seq, **_columns(document, facts, extra)})
        brief = rendering.service_in_brief(document)
        whole.append({"_seq": held.seq, "brief": to_json(brief), "full": to_json(full)})
        if not held.listed:
            continue
        texts.append({"seq": held.seq, "name": document["name"], "words": facts.words})
        for name, derived in _derived(held.seq, full, facts, extra).items():
            rows.setdefault(name, []).extend(derived)
        if "organization" in document:
            owners[document["organization"]["id"]] = document["organization"]
    _with_own_ids(connection, rows.get("sites", []))
    _update(connection, schema.services, narrow)
    _update(connection, schema.documents, whole)
    for table in _DERIVED:
        if found := rows.get(table.name):
            connection.execute(sa.insert(table), found)
    wording.put_words(connection, texts)
    _put_owners(connection, owners)
    _put_terms(connection, [term for held in services for term in terms_of(held.base)])


def _with_own_ids(connection: sa.Connection, sites: list[dict[str, Any]]) -> None:
    """Give sites another id where a publisher uses one for several services."""
    site = schema.sites.c
    wanted = [row["id"] for row in sites]
    taken = set(connection.scalars(sa.select(site.id).where(site.id.in_(wanted))))
    for row in sites:
        if row["id"] in taken:
            own = derived_id("site", str(row["service_seq"]), row["id"])
            for body in ("brief", "full"):
                row[body] = to_json({**json.loads(row[body]), "id": own})
            row["id"] = own
        taken.add(row["id"])


def _columns(document: dict[str, Any], facts: Facts, extra: dict[str, Any]) -> dict[str, Any]:
    return {
        "organization_id": document.get("organization_id"),
        "name": document["name"],
        "status": document["status"],
        "minimum_age": document.get("minimum_age"),
        "maximum_age": document.get("maximum_age"),
        "kind": facts.kind,
        "cost": facts.cost,
        "step_free": None if facts.step_free is None else int(facts.step_free),
        "remote": int(facts.remote),
        "placed": int(facts.placed),
        "capacity": facts.capacity,
        "referrals": facts.referrals,
        "assured": document.get("assured_date"),
        "assured_day": day_of(document.get("assured_date")),
        "assurer": extra.get("assurer") or document.get("assurer_email"),
    }


def _derived(
    seq: int, service: dict[str, Any], facts: Facts, extra: dict[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    terms = {term["id"]: term["taxonomy_id"] for term in terms_of(service)}
    return {
        "points": [
            {"service_seq": seq, "nth": nth, "latitude": at[0], "longitude": at[1]}
            for nth, at in enumerate(points_of(service, extra))
        ],
        "slots": [{"service_seq": seq, **slot._asdict()} for slot in facts.slots],
        "service_terms": [
            {"service_seq": seq, "term_id": term, "taxonomy_id": taxonomy}
            for term, taxonomy in terms.items()
        ],
        "service_languages": [{"service_seq": seq, "language": one} for one in facts.languages],
        "service_needs": [
            {"service_seq": seq, "need": sign.need, "strength": sign.strength, "why": sign.why}
            for sign in facts.signs
        ],
        "service_areas": [
            {"service_seq": seq, "extent": area["extent"]}
            for area in service.get("service_areas", [])
            if str(area.get("extent", "")).lstrip().startswith("{")
        ],
        "sites": [_site(seq, site, service) for site in service.get("service_at_locations", [])],
    }


def _site(seq: int, site: dict[str, Any], service: dict[str, Any]) -> dict[str, Any]:
    location = site.get("location", {})
    addresses = location.get("addresses", [])
    postcode = next((a["postal_code"] for a in addresses if a.get("postal_code")), None)
    step_free = location_step_free(location)
    return {
        "id": site["id"],
        "service_seq": seq,
        "location_id": location.get("id"),
        "postcode": postcode,
        "latitude": location.get("latitude"),
        "longitude": location.get("longitude"),
        "step_free": None if step_free is None else int(step_free),
        "brief": to_json(rendering.site_in_brief(site, service)),
        "full": to_json(rendering.site_in_full(site, service)),
    }


def _update(connection: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        statement = sa.update(table).where(table.c.seq == sa.bindparam("_seq"))
        connection.execute(statement, rows)


def _put_owners(connection: sa.Connection, owners: dict[str, dict[str, Any]]) -> None:
    put(
        connection,
        schema.organizations,
        [
            {
                "id": one["id"],
                "name": one["name"],
                "brief": to_json(rendering.brief_of(one, "organization")),
                "full": to_json(one),
            }
            for _, one in sorted(owners.items())
        ],
        ["id"],
    )


def _put_terms(connection: sa.Connection, terms: list[dict[str, Any]]) -> None:
    by_id = {term["id"]: term for term in terms}
    named = {t["taxonomy_id"]: t.get("taxonomy", "not stated") for t in by_id.values()}
    put_taxonomies(
        connection,
        [{"id": key, "name": name, "description": ""} for key, name in sorted(named.items())],
    )
    put_terms(connection, [term for _, term in sorted(by_id.items())])


def put_taxonomies(connection: sa.Connection, taxonomies: list[dict[str, Any]]) -> None:
    """Keep taxonomies."""
    rows = [{"id": one["id"], "name": one["name"], "brief": to_json(one)} for one in taxonomies]
    put(connection, schema.taxonomies, rows, ["id"])


def put_terms(connection: sa.Connection, terms: list[dict[str, Any]]) -> None:
    """Keep taxonomies' terms."""
    rows = [
        {
            "id": term["id"],
            "taxonomy_id": term["taxonomy_id"],
            "parent_id": term.get("parent_id"),
            "name": term["name"],
            "brief": to_json(term),
        }
        for term in terms
    ]
    put(connection, schema.terms, rows, ["id"])


def points_of(service: dict[str, Any], extra: dict[str, Any]) -> list[tuple[float, float]]:
    """Return where a service is reached: the entrances that are known, or its locations."""
    if "service_at_locations" not in service:
        return []
    known = extra.get("points") or [
        (location["latitude"], location["longitude"])
        for location in locations_of(service)
        if "latitude" in location
    ]
    return [(float(latitude), float(longitude)) for latitude, longitude in known]
