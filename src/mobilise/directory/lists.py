"""Pages of services, organisations, sites, taxonomies and terms.

A list goes by ``seq``, which only grows: what is added while somebody reads comes at the end,
and ``after`` goes on from the last row read, whatever has changed before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.hours import day_number
from mobilise.directory.nearby import point_of
from mobilise.directory.remembered import (
    Remembered,
    is_among,
    matching,
    remembered,
    sites_of,
    slots_of,
)
from mobilise.directory.store import moment
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
    from mobilise.directory.remembered import Seqs

_OF_A_PAGE = {"page", "per_page", "after", "format", "full", "full_service", "minimal"}
S, D, SITE = schema.services.c, schema.documents.c, schema.sites.c
_LISTED = sa.select(S.seq).where(S.listed == 1)


@dataclass(frozen=True)
class Rows:
    """A page: rows as JSON texts, how many there are in all, and where the next page begins."""

    rows: list[str]
    total: int
    after: int | None


def service_page(connection: sa.Connection, asked: AskedServices) -> Rows:
    """Return a page of services."""
    fit = _fitting(connection, remembered(connection), asked)
    if asked.minimal:
        return _minimal(connection, fit)
    shown = _slice(fit, asked)
    bodies = _bodies(connection, D.seq, D.full if asked.full else D.brief, shown)
    return Rows(bodies, len(fit), _following(shown, asked))


def site_page(connection: sa.Connection, asked: AskedSites) -> Rows:
    """Return a page of services at locations; with a postcode and a distance, nearest first.

    Raises
    ------
    LookupError
        The postcode is not known here.
    """
    known = remembered(connection)
    sites = sites_of(connection, known)
    fit = _fitting(connection, known, asked)
    if asked.postcode is None or asked.proximity is None:
        kept = is_among(sites.service_seq, fit)
        if asked.postcode is not None:
            point = point_of(connection, asked.postcode)
            kept &= ~is_among(sites.service_seq, _elsewhere(connection, point))
        here = sites.seq[kept]
        shown = _slice(here, asked)
        return Rows(_sites(connection, shown, asked), len(here), _following(shown, asked))
    square = sites.square_from(point_of(connection, asked.postcode))
    near = np.flatnonzero(square <= asked.proximity**2)
    near = near[is_among(sites.service_seq[near], fit)]
    near = near[np.argsort(square[near], kind="stable")]
    first = (asked.page - 1) * asked.per_page
    shown = sites.seq[near[first : first + asked.per_page]]
    return Rows(_sites(connection, shown, asked), len(near), None)


def organization_page(connection: sa.Connection, asked: AskedOrganizations) -> Rows:
    """Return a page of organisations."""
    o = schema.organizations.c
    where: list[Any] = [sa.exists().where(S.organization_id == o.id, S.listed == 1)]
    where += _named(o.name, asked)
    body = o.full if asked.full or asked.full_service else o.brief
    found = _page(connection, o.seq, where, asked, body, "organizations")
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
    return _page(connection, t.seq, where, asked, t.brief, "taxonomies")


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
    return _page(connection, t.seq, where, asked, t.brief, "terms")


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


def _fitting(connection: sa.Connection, known: Remembered, asked: AskedServices) -> Seqs:
    """Return the listed services that fit all of a question's filters, in the order of lists.

    What fits each filter is looked up once a state of the directory; a question is what they have
    in common, begun with the fewest.
    """
    listed = matching(connection, known, "listed", _LISTED)
    found = [
        matching(connection, known, key, query, within=listed)
        for key, query in _filters(connection, asked).items()
    ]
    if asked.day is not None or asked.start_time is not None or asked.end_time is not None:
        found.append(_open(connection, known, asked, listed))
    found.sort(key=len)
    fit = found[0] if found else listed
    for more in found[1:]:
        fit = fit[is_among(fit, more)]
    return fit


def _slice(fit: Seqs, asked: Asked) -> Seqs:
    """Return the rows of a page: those after a row, or those of its number."""
    first = (asked.page - 1) * asked.per_page
    if asked.after is not None:
        first = int(np.searchsorted(fit, asked.after, side="right"))
    return fit[first : first + asked.per_page]


def _following(shown: Seqs, asked: Asked) -> int | None:
    return int(shown[-1]) if len(shown) == asked.per_page else None


def _bodies(connection: sa.Connection, seq: Any, body: Any, wanted: Seqs) -> list[str]:
    """Return documents by their numbers, in the order of these.

    The numbers are our own, and written into the query: it costs half as much as binding them.
    """
    if not len(wanted):
        return []
    numbers = wanted.tolist()
    listed = ",".join(map(str, numbers))
    rows = connection.exec_driver_sql(
        f'select seq, "{body.name}" from {body.table.name} where {seq.name} in ({listed})'  # noqa: S608
    )
    found = {row[0]: row[1] for row in rows}
    return [found[number] for number in numbers if number in found]


def _sites(connection: sa.Connection, shown: Seqs, asked: AskedSites) -> list[str]:
    return _bodies(connection, SITE.seq, SITE.full if asked.full else SITE.brief, shown)


def _page(
    connection: sa.Connection, seq: Any, where: list[Any], asked: Asked, body: Any, kind: str
) -> Rows:
    """Return a page of a small table; `body` is read only for its own rows."""
    key = f"{kind} {asked.model_dump_json(exclude=_OF_A_PAGE, exclude_none=True)}"
    known = remembered(connection)
    fit = matching(connection, known, key, sa.select(seq).where(*where))
    shown = _slice(fit, asked)
    return Rows(_bodies(connection, seq, body, shown), len(fit), _following(shown, asked))


def _minimal(connection: sa.Connection, fit: Seqs) -> Rows:
    """Return every service's id and date in one page, so that others know what to fetch."""
    import json  # noqa: PLC0415

    wanted = set(fit.tolist())
    query = sa.select(S.seq, S.id, S.name, S.status, S.changed).order_by(S.seq)
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
        if row.seq in wanted
    ]
    return Rows(rows, len(rows), None)


def _filters(connection: sa.Connection, asked: AskedServices) -> dict[str, Any]:
    """Return the queries for the services that fit each filter asked for, by what tells them."""
    t = schema.service_terms.c
    found: dict[str, Any] = {}
    if asked.search is not None:
        words = words_of(asked.search)
        found[f"words {words}"] = sa.select(S.seq).where(with_words(connection, words, S.seq))
    if (term := asked.taxonomy_term_id) is not None:
        found[f"term {term}"] = sa.select(t.service_seq).where(t.term_id == str(term))
    if (taxonomy := asked.taxonomy_id) is not None:
        found[f"taxonomy {taxonomy}"] = sa.select(t.service_seq).where(
            t.taxonomy_id == str(taxonomy)
        )
    if (owner := asked.organization_id) is not None:
        found[f"organization {owner}"] = sa.select(S.seq).where(S.organization_id == str(owner))
    if asked.modified_after is not None:
        since = moment(asked.modified_after)
        found[f"since {since}"] = sa.select(S.seq).where(S.changed >= since)
    if (lowest := asked.minimum_age) is not None:
        found[f"from age {lowest}"] = sa.select(S.seq).where(S.minimum_age >= lowest)
    if (highest := asked.maximum_age) is not None:
        found[f"to age {highest}"] = sa.select(S.seq).where(S.maximum_age <= highest)
    return found


def _open(connection: sa.Connection, known: Remembered, asked: AskedServices, listed: Seqs) -> Seqs:
    """Return the listed services that are open as asked."""
    number = None if asked.day is None else day_number(asked.day)
    found = []
    for day in range(7) if number is None else (number,):
        slots = slots_of(connection, known, day)
        fits = np.ones(len(slots.opens), dtype=bool)
        if asked.start_time is not None:
            fits &= slots.opens >= _minutes(asked.start_time)
        if asked.end_time is not None:
            fits &= slots.closes <= _minutes(asked.end_time)
        found.append(slots.service_seq[fits])
    fit = np.unique(np.concatenate(found))
    return fit[is_among(fit, listed)]


def _minutes(at: time) -> int:
    return at.hour * 60 + at.minute


def _elsewhere(connection: sa.Connection, point: tuple[float, float]) -> Seqs:
    """Return the services whose areas, as far as they say, do not cover a point."""
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
    return np.array(sorted(seq for seq, here in covers.items() if not here), dtype=np.int64)


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
