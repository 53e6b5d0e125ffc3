"""Pages of services, organisations, sites, taxonomies and terms.

A list goes by ``seq``, which only grows: what is added while somebody reads comes at the end,
and ``after`` goes on from the last row read, whatever has changed before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.hours import day_number
from mobilise.directory.nearby import distance_squared, point_of, within
from mobilise.directory.store import moment, state_of
from mobilise.directory.wording import with_words, words_of

if TYPE_CHECKING:
    from datetime import time

    from mobilise.directory.queries import (
        Asked,
        AskedOrganizations,
        AskedServices,
        AskedSites,
        AskedTerms,
    )

_OF_A_PAGE = {"page", "per_page", "after", "format", "full", "full_service", "minimal"}
_TOTALS: dict[tuple[str, str, str, str], int] = {}  # a cache: forget_totals() clears it
_MOST_TOTALS = 5000
S, D, SITE = schema.services.c, schema.documents.c, schema.sites.c


@dataclass(frozen=True)
class Rows:
    """A page: rows as JSON texts, how many there are in all, and where the next page begins."""

    rows: list[str]
    total: int
    after: int | None


def service_page(connection: sa.Connection, asked: AskedServices) -> Rows:
    """Return a page of services."""
    where = [S.listed == 1, *_of_service(connection, asked)]
    if asked.minimal:
        return _minimal(connection, where)
    body = D.full if asked.full else D.brief
    return _page(connection, S.seq, where, asked, D.seq, body)


def site_page(connection: sa.Connection, asked: AskedSites) -> Rows:
    """Return a page of services at locations; with a postcode and a distance, nearest first.

    Raises
    ------
    LookupError
        The postcode is not known here.
    """
    where: list[Any] = []
    if of_service := _of_service(connection, asked):
        where.append(SITE.service_seq.in_(sa.select(S.seq).where(S.listed == 1, *of_service)))
    order = None
    if asked.postcode is not None:
        point = point_of(connection, asked.postcode)
        if asked.proximity is None:
            where.append(_covered(connection, point))
        else:
            where.append(within(point, asked.proximity, "sites"))
            order = distance_squared(point, "sites")
    body = SITE.full if asked.full else SITE.brief
    return _page(connection, SITE.seq, where, asked, SITE.seq, body, order)


def organization_page(connection: sa.Connection, asked: AskedOrganizations) -> Rows:
    """Return a page of organisations."""
    o = schema.organizations.c
    where: list[Any] = [sa.exists().where(S.organization_id == o.id, S.listed == 1)]
    where += _named(o.name, asked)
    body = o.full if asked.full or asked.full_service else o.brief
    found = _page(connection, o.seq, where, asked, o.seq, body)
    if not (asked.full or asked.full_service):
        return found
    return Rows(
        [_with_services(connection, row, whole=asked.full_service) for row in found.rows],
        found.total,
        found.after,
    )


def taxonomy_page(connection: sa.Connection, asked: Asked) -> Rows:
    """Return a page of taxonomies."""
    t = schema.taxonomies.c
    where = _named(t.name, asked)
    return _page(connection, t.seq, where, asked, t.seq, t.brief)


def term_page(connection: sa.Connection, asked: AskedTerms) -> Rows:
    """Return a page of taxonomies' terms."""
    t = schema.terms.c
    where = _named(t.name, asked)
    if asked.taxonomy_id is not None:
        where.append(t.taxonomy_id == str(asked.taxonomy_id))
    if asked.parent_id is not None:
        where.append(t.parent_id == str(asked.parent_id))
    if asked.top_only:
        where.append(t.parent_id.is_(None))
    return _page(connection, t.seq, where, asked, t.seq, t.brief)


def service_document(connection: sa.Connection, service_id: str) -> tuple[str | None, str | None]:
    """Return a service in full, or else the id of the service that it was merged into."""
    query = (
        sa.select(D.full, S.listed, S.merged_into)
        .join(schema.documents, D.seq == S.seq)
        .where(S.id == service_id)
    )
    row = connection.execute(query).first()
    if row is None:
        return None, None
    return (row.full, None) if row.listed else (None, row.merged_into)


def document(connection: sa.Connection, table: sa.Table, column: Any, key: str) -> str | None:
    """Return one record of a table by its id."""
    found: str | None = connection.scalar(sa.select(column).where(table.c.id == key))
    return found


def organization_document(
    connection: sa.Connection, organization_id: str, *, whole: bool
) -> str | None:
    """Return an organisation in full: with its services' names, or with the services whole."""
    full = document(connection, schema.organizations, schema.organizations.c.full, organization_id)
    return None if full is None else _with_services(connection, full, whole=whole)


def taxonomy_document(connection: sa.Connection, taxonomy_id: str) -> str | None:
    """Return a taxonomy with its terms."""
    t = schema.terms.c
    brief = document(connection, schema.taxonomies, schema.taxonomies.c.brief, taxonomy_id)
    if brief is None:
        return None
    query = sa.select(t.brief).where(t.taxonomy_id == taxonomy_id).order_by(t.seq)
    return _added(brief, "taxonomy_terms", list(connection.scalars(query)))


def _page(
    connection: sa.Connection,
    seq: Any,
    where: list[Any],
    asked: Asked,
    body_seq: Any,
    body: Any,
    order: Any = None,
) -> Rows:
    """Return a page; `body` is read only for its own rows."""
    total = _total(connection, seq.table, where, asked)
    size = asked.per_page
    wanted = sa.select(seq.label("seq"))
    if order is not None:
        keys = wanted.where(*where).order_by(order, seq).limit(size)
        keys = keys.offset((asked.page - 1) * size)
    elif asked.after is not None:
        keys = wanted.where(*where, seq > asked.after).order_by(seq).limit(size)
    else:
        keys = wanted.where(*where).order_by(seq).limit(size).offset((asked.page - 1) * size)
    seqs = list(connection.scalars(keys))
    if not seqs:
        return Rows([], total, None)
    bodies = connection.execute(sa.select(body_seq, body).where(body_seq.in_(seqs)))
    found: dict[int, str] = {row[0]: row[1] for row in bodies}
    more = len(seqs) == size and order is None
    return Rows([found[key] for key in seqs], total, seqs[-1] if more else None)


def _total(connection: sa.Connection, table: Any, where: list[Any], asked: Asked) -> int:
    """Return how many rows there are: counted once a state of the directory, page after page."""
    key = (
        str(connection.engine.url),
        state_of(connection)[0],
        table.name,
        asked.model_dump_json(exclude=_OF_A_PAGE),
    )
    if key not in _TOTALS:
        if len(_TOTALS) >= _MOST_TOTALS:
            _TOTALS.clear()
        count = sa.select(sa.func.count()).select_from(table).where(*where)
        _TOTALS[key] = connection.scalar(count) or 0
    return _TOTALS[key]


def forget_totals() -> None:
    """Forget what has been counted."""
    _TOTALS.clear()


def _minimal(connection: sa.Connection, where: list[Any]) -> Rows:
    """Return every service's id and date in one page, so that others know what to fetch."""
    import json  # noqa: PLC0415

    query = sa.select(S.id, S.name, S.status, S.changed).where(*where).order_by(S.seq)
    rows = [
        json.dumps(
            {
                "id": row.id,
                "name": row.name,
                "status": row.status,
                "last_modified": row.changed,
                "modified_date": row.changed,
            },
            ensure_ascii=False,
        )
        for row in connection.execute(query)
    ]
    return Rows(rows, len(rows), None)


def _of_service(connection: sa.Connection, asked: AskedServices) -> list[Any]:
    """Return the conditions on a service that a query asks for."""
    t = schema.service_terms.c
    where: list[Any] = []
    if asked.search is not None:
        where.append(with_words(connection, words_of(asked.search), S.seq))
    if asked.taxonomy_term_id is not None:
        term = sa.select(t.service_seq).where(t.term_id == str(asked.taxonomy_term_id))
        where.append(S.seq.in_(term))
    if asked.taxonomy_id is not None:
        under = sa.select(t.service_seq).where(t.taxonomy_id == str(asked.taxonomy_id))
        where.append(S.seq.in_(under))
    if asked.organization_id is not None:
        where.append(S.organization_id == str(asked.organization_id))
    if asked.modified_after is not None:
        where.append(S.changed >= moment(asked.modified_after))
    if asked.minimum_age is not None:
        where.append(S.minimum_age >= asked.minimum_age)
    if asked.maximum_age is not None:
        where.append(S.maximum_age <= asked.maximum_age)
    if slot := _slot(asked):
        where.append(S.seq.in_(sa.select(schema.slots.c.service_seq).where(*slot)))
    return where


def _slot(asked: AskedServices) -> list[Any]:
    slot = schema.slots.c
    where: list[Any] = []
    if asked.day is not None:
        where.append(slot.day == day_number(asked.day))
    if asked.start_time is not None:
        where.append(slot.opens >= _minutes(asked.start_time))
    if asked.end_time is not None:
        where.append(slot.closes <= _minutes(asked.end_time))
    return where


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _covered(connection: sa.Connection, point: tuple[float, float]) -> Any:
    """Return the condition that a service works at a point, as far as its areas say."""
    import shapely  # noqa: PLC0415  (slow to import, and few searches need it)

    at = shapely.Point(point[1], point[0])
    area = schema.service_areas.c
    covers: dict[int, bool] = {}
    for seq, extent in connection.execute(sa.select(area.service_seq, area.extent)):
        try:
            shape = shapely.from_geojson(extent)
        except shapely.errors.GEOSException:
            continue  # an extent that is no shape says nothing
        covers[seq] = covers.get(seq, False) or bool(shapely.covers(shape, at))
    elsewhere = sorted(seq for seq, here in covers.items() if not here)
    return SITE.service_seq.not_in(elsewhere)


def _with_services(connection: sa.Connection, organization: str, *, whole: bool) -> str:
    import json  # noqa: PLC0415

    key = json.loads(organization)["id"]
    body = D.full if whole else D.brief
    query = (
        sa.select(body)
        .join(schema.services, D.seq == S.seq)
        .where(S.organization_id == key, S.listed == 1)
        .order_by(S.seq)
    )
    services = list(connection.scalars(query))
    if not whole:
        kept = ("id", "name", "status")
        briefs = [json.loads(service) for service in services]
        services = [json.dumps({k: b[k] for k in kept}, ensure_ascii=False) for b in briefs]
    return _added(organization, "services", services)


def _added(record: str, name: str, rows: list[str]) -> str:
    """Return a record's JSON with a list added to it."""
    return f'{record[:-1]},"{name}":[{",".join(rows)}]}}' if rows else record


def _named(name: Any, asked: Asked) -> list[Any]:
    """Return the conditions that a name has all the words asked for."""
    words = words_of(asked.search or "")
    if asked.search and not words:
        return [sa.false()]
    return [name.ilike(f"%{_like(word)}%", escape="\\") for word in words]


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
