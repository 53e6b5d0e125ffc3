"""Importing: a publisher's services into the directory; local corrections stay."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import rendering, schema
from mobilise.directory.history import record
from mobilise.directory.keeping import EXTRA, digest_of, put_taxonomies, put_terms, render
from mobilise.directory.store import moment, put
from mobilise.sources.hsds.confidential import without_address
from mobilise.sources.hsds.normal import DROPPED, REPAIRED, Problem, derived_id

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from mobilise.directory.store import Directory
    from mobilise.sources.hsds import Normal

CHUNK = 1000


@dataclass(frozen=True)
class Import:
    """What an import did: how many services of each fate, and every record not taken as it was."""

    source: str
    read: int
    added: int
    changed: int
    unchanged: int
    gone: int
    returned: int
    problems: list[Problem] = field(default_factory=list)

    @property
    def dropped(self) -> int:
        """How many records were dropped."""
        return sum(problem.what == DROPPED for problem in self.problems)

    @property
    def repaired(self) -> int:
        """How many records were repaired."""
        return len({p.record for p in self.problems if p.what == REPAIRED})

    def __str__(self) -> str:
        """Return it as a sentence."""
        return (
            f"{self.source}: {self.read:,} records read; {self.added:,} services added, "
            f"{self.changed:,} changed, {self.unchanged:,} as before, {self.gone:,} gone, "
            f"{self.returned:,} back; {self.dropped:,} records dropped, {self.repaired:,} repaired."
        )


def import_services(
    directory: Directory,
    feed: Normal,
    source: str,
    *,
    complete: bool = True,
    at: datetime | None = None,
) -> Import:
    """Import a feed: new services are added, changed ones updated, those no longer there marked.

    Parameters
    ----------
    directory
        Where to.
    feed
        Clean services, as :func:`mobilise.sources.hsds.normalise` returns them. A service may
        have ``kind`` and others of :data:`~mobilise.directory.keeping.EXTRA` besides HSDS's own.
    source
        The feed's name; the same at each import.
    complete
        Whether the feed is all that the publisher has: then what is missing in it is gone.
        False for what changed after a moment.
    at
        When; by default now.

    Returns
    -------
    Import
        What became of every record.
    """
    now = moment(at)
    problems = list(feed.problems)
    with directory.changing() as connection:
        put_taxonomies(connection, rendering.our_taxonomies())
        put_terms(connection, rendering.our_terms())
        before = _before(connection, source)
        services = _with_own_ids(connection, feed.services, source, problems)
        fates = {"added": 0, "changed": 0, "unchanged": 0, "returned": 0}
        for first in range(0, len(services), CHUNK):
            _put(connection, services[first : first + CHUNK], source, before, fates, now)
        missing = sorted(before.keys() - {service["id"] for service in services})
        gone = _mark_gone(connection, missing, before, now) if complete else 0
        result = Import(source, feed.read, gone=gone, problems=problems, **fates)
        counts = {"read": feed.read, "services": len(services), "gone": gone, **fates}
        counts |= {"dropped": result.dropped, "repaired": result.repaired}
        row = {"source": source, "imported": now, "counts": json.dumps(counts)}
        put(connection, schema.sources, row, ["source"])
    return result


@dataclass(frozen=True)
class _Before:
    seq: int
    digest: str
    gone: str | None
    hidden: bool


def _before(connection: sa.Connection, source: str) -> dict[str, _Before]:
    s, d = schema.services.c, schema.documents.c
    query = (
        sa.select(s.id, s.seq, d.digest, s.gone, s.hidden)
        .join(schema.documents, d.seq == s.seq)
        .where(s.source == source)
    )
    return {
        row.id: _Before(row.seq, row.digest, row.gone, bool(row.hidden))
        for row in connection.execute(query)
    }


def _with_own_ids(
    connection: sa.Connection,
    services: Sequence[dict[str, Any]],
    source: str,
    problems: list[Problem],
) -> list[dict[str, Any]]:
    """Return the services, with other ids for those whose id another source has taken."""
    s = schema.services.c
    others = set(connection.scalars(sa.select(s.id).where(s.source != source)))
    kept = []
    for service in services:
        if service["id"] in others:
            says = "another source has a service with its id; one was made from it"
            problems.append(Problem(service["id"], REPAIRED, says))
            service = {**service, "id": derived_id(source, "service", service["id"])}  # noqa: PLW2901
        kept.append(service)
    return kept


def _put(
    connection: sa.Connection,
    services: Sequence[dict[str, Any]],
    source: str,
    before: dict[str, _Before],
    fates: dict[str, int],
    now: str,
) -> None:
    new, known, documents = [], [], []
    for service in services:
        base, row, extra = _parted(service)
        was = before.get(service["id"])
        digest = digest_of(base, {**extra, **row})
        if was and was.digest == digest and was.gone is None:
            fates["unchanged"] += 1
            continue
        if was and was.hidden:
            base = without_address(base)
        document = {"base": rendering.to_json(base), "digest": digest, "extra": json.dumps(extra)}
        if was:
            known.append({"_seq": was.seq, **row, "gone": None, "changed": now})
            documents.append({"_seq": was.seq, **document})
            fate = "changed" if was.gone is None else "returned"
            fates[fate] += 1
            record(connection, base["id"], source, fate, {}, now)
        else:
            new.append({**_blank(base, source, now), **row, "_document": document})
            fates["added"] += 1
    seqs = _insert(connection, new)
    if known:
        s, d = schema.services, schema.documents
        connection.execute(sa.update(s).where(s.c.seq == sa.bindparam("_seq")), known)
        connection.execute(sa.update(d).where(d.c.seq == sa.bindparam("_seq")), documents)
    render(connection, [*seqs, *(row["_seq"] for row in known)])


def _parted(service: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return the HSDS document, the columns and the extra facts of a service as imported."""
    extra = {key: service[key] for key in EXTRA if key in service}
    row = {
        "confidential": int(service.get("confidential", False)),
        "asset_id": service.get("asset_id"),
    }
    ours = {*EXTRA, "confidential", "asset_id"}
    base = {key: value for key, value in service.items() if key not in ours}
    return base, row, extra


def _blank(service: dict[str, Any], source: str, now: str) -> dict[str, Any]:
    return {
        "id": service["id"],
        "source": source,
        "name": service["name"],
        "status": service["status"],
        "listed": 1,
        "hidden": 0,
        "changed": now,
        "remote": 0,
        "placed": 0,
    }


def _insert(connection: sa.Connection, rows: list[dict[str, Any]]) -> list[int]:
    """Insert services with their documents; return where they are."""
    if not rows:
        return []
    documents = [row.pop("_document") for row in rows]
    connection.execute(sa.insert(schema.services), rows)
    s = schema.services.c
    ids = [row["id"] for row in rows]
    found = connection.execute(sa.select(s.id, s.seq).where(s.id.in_(ids)))
    seq = {row.id: int(row.seq) for row in found}
    blank = {"corrections": "{}", "brief": "", "full": ""}
    connection.execute(
        sa.insert(schema.documents),
        [
            {"seq": seq[key], **blank, **document}
            for key, document in zip(ids, documents, strict=True)
        ],
    )
    return [seq[key] for key in ids]


def _mark_gone(
    connection: sa.Connection, missing: list[str], before: dict[str, _Before], now: str
) -> int:
    """Mark services that their publisher no longer lists."""
    gone = [key for key in missing if before[key].gone is None]
    if gone:
        s = schema.services
        connection.execute(
            sa.update(s).where(s.c.seq == sa.bindparam("_seq")),
            [{"_seq": before[key].seq, "gone": now, "changed": now} for key in gone],
        )
        for key in gone:
            record(connection, key, "", "gone", {}, now)
        render(connection, [before[key].seq for key in gone])
    return len(gone)
