"""Candidates: the services that may be what somebody looks for, by what is known of them.

What is known to be otherwise is left out; what is not known stays, and says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.nearby import SPEED_M_A_MINUTE, distance_squared, within
from mobilise.directory.wording import by_relevance, with_words, words_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.directory.found import Wanted

MOST = 400  # are ranked; further ones are further away, or fit the words less
MOST_RELEVANT = 4000
S, AT = schema.services.c, schema.points.c


@dataclass
class Candidate:
    """A service that may be what somebody looks for."""

    row: Any
    fit: float = 1.0
    needs: dict[str, tuple[float, str]] = field(default_factory=dict)
    site: tuple[float, float] | None = None
    minutes: float | None = None
    open_then: bool | None = None
    speaks: bool | None = None


@dataclass(frozen=True)
class Candidates:
    """The best candidates, how many fit in all, and whether they have all of the words."""

    found: list[Candidate]
    total: int
    all_words: bool = True


def candidates(connection: sa.Connection, wanted: Wanted) -> Candidates:
    """Return the candidates for a search: nearest first, or those that fit the words best."""
    words = words_of(wanted.words)
    found = _candidates(connection, wanted, words, all_words=True)
    if not found.found and len(words) > 1:
        return _candidates(connection, wanted, words, all_words=False)
    return found


def _candidates(
    connection: sa.Connection, wanted: Wanted, words: Sequence[str], *, all_words: bool
) -> Candidates:
    fits: dict[int, float] = {}
    where = [S.listed == 1, S.status == "active", *_known_otherwise(wanted)]
    if wanted.words and not words:
        return Candidates([], 0, all_words)
    if words and all_words:
        where.append(with_words(connection, list(words), S.seq))
    elif words:
        fits = by_relevance(connection, list(words), MOST_RELEVANT)
        where.append(S.seq.in_(list(fits)))
    if wanted.needs:
        n = schema.service_needs.c
        for_them = sa.select(n.service_seq).where(n.need.in_(list(wanted.needs)))
        where.append(S.seq.in_(for_them))
    columns = [S.seq, S.id, S.name, S.kind, S.cost, S.step_free, S.remote, S.placed, S.capacity]
    columns += [S.referrals, S.assured, S.assured_day, S.asset_id]
    tables: Any = schema.services
    order: list[Any] = [S.assured_day.is_(None), S.assured_day.desc(), S.seq]
    if wanted.start is not None:
        near = _near(wanted)
        tables = schema.services.outerjoin(near, near.c.seq == S.seq)
        columns.append(near.c.square)
        order = [near.c.square.is_(None), near.c.square, S.seq]
        if _limit(wanted) is not None:
            where.append(sa.or_(near.c.square.is_not(None), S.remote == 1, S.placed == 0))
    query = sa.select(*columns).select_from(tables).where(*where)
    total = connection.scalar(sa.select(sa.func.count()).select_from(tables).where(*where)) or 0
    if words and all_words and wanted.start is None and total > MOST:
        fits = by_relevance(connection, list(words), MOST_RELEVANT)
    rows = connection.execute(query.order_by(*order).limit(MOST)).all()
    return Candidates([Candidate(row, fits.get(row.seq, 1.0)) for row in rows], total, all_words)


def complete(connection: sa.Connection, wanted: Wanted, found: list[Candidate]) -> None:
    """Add to candidates what other tables know: needs, sites, hours, languages."""
    by_seq = {candidate.row.seq: candidate for candidate in found}
    seqs = list(by_seq)
    if wanted.needs:
        n = schema.service_needs.c
        query = sa.select(n.service_seq, n.need, n.strength, n.why)
        query = query.where(n.service_seq.in_(seqs), n.need.in_(list(wanted.needs)))
        for row in connection.execute(query):
            by_seq[row.service_seq].needs[row.need] = (row.strength, row.why)
    _add_sites(connection, wanted, by_seq)
    if wanted.day is not None or wanted.at is not None:
        _add_hours(connection, wanted, by_seq)
    if wanted.language is not None:
        speaks = schema.service_languages.c
        said = sa.select(speaks.service_seq, speaks.language)
        for spoken in connection.execute(said.where(speaks.service_seq.in_(seqs))):
            one = by_seq[spoken.service_seq]
            one.speaks = one.speaks or spoken.language == wanted.language.strip().lower()


def _known_otherwise(wanted: Wanted) -> list[Any]:
    """Return the conditions that nothing known of a service is against it."""
    where: list[Any] = []
    if wanted.kind is not None:
        where.append(S.kind == wanted.kind)
    if wanted.cost is not None:
        where.append(sa.or_(S.cost.is_(None), S.cost <= wanted.cost))
    if wanted.age is not None:
        where.append(sa.or_(S.minimum_age.is_(None), S.minimum_age <= wanted.age))
        where.append(sa.or_(S.maximum_age.is_(None), S.maximum_age >= wanted.age))
    if wanted.step_free:
        where.append(sa.or_(S.step_free.is_(None), S.step_free == 1, S.remote == 1))
    if wanted.how == "remote":
        where.append(S.remote == 1)
    if wanted.how == "in person":
        where.append(sa.or_(S.placed == 1, S.remote == 0))
    if wanted.with_room:
        where.append(sa.or_(S.capacity.is_(None), S.capacity != "full"))
    if wanted.day is not None or wanted.at is not None:
        slot = schema.slots.c
        known = sa.exists().where(slot.service_seq == S.seq)
        where.append(sa.or_(S.seq.in_(sa.select(slot.service_seq).where(*_open(wanted))), ~known))
    if wanted.language is not None:
        speaks = schema.service_languages.c
        known = sa.exists().where(speaks.service_seq == S.seq)
        it = sa.select(speaks.service_seq).where(speaks.language == wanted.language.strip().lower())
        where.append(sa.or_(S.seq.in_(it), ~known))
    return where


def _open(wanted: Wanted) -> list[Any]:
    slot = schema.slots.c
    where: list[Any] = []
    if wanted.day is not None:
        where.append(slot.day == wanted.day)
    if wanted.at is not None:
        minutes = wanted.at.hour * 60 + wanted.at.minute
        where += [slot.opens <= minutes, slot.closes > minutes]
    return where


def _limit(wanted: Wanted) -> float | None:
    """Return how far a straight line may be, in metres; None: any distance."""
    limits = [] if wanted.metres is None else [wanted.metres]
    if wanted.minutes is not None:
        limits.append(wanted.minutes * SPEED_M_A_MINUTE * 1.05)  # exact minutes come after
    return min(limits, default=None)


def _near(wanted: Wanted) -> Any:
    """Return each service's nearest site within the limit: ``seq``, and the distance squared."""
    assert wanted.start is not None
    limit = _limit(wanted)
    square = distance_squared(wanted.start, "points")
    near = sa.select(AT.service_seq.label("seq"), sa.func.min(square).label("square"))
    if limit is not None:
        near = near.where(within(wanted.start, limit, "points"))
    return near.group_by(AT.service_seq).subquery("near")


def _add_sites(connection: sa.Connection, wanted: Wanted, by_seq: dict[int, Candidate]) -> None:
    """Give each candidate its nearest site, or else its first."""
    query = sa.select(AT.service_seq, AT.latitude, AT.longitude).where(
        AT.service_seq.in_(list(by_seq))
    )
    order: list[Any] = [AT.nth]
    if wanted.start is not None:
        order = [distance_squared(wanted.start, "points"), AT.nth]
    for site in connection.execute(query.order_by(*order)):
        one = by_seq[site.service_seq]
        one.site = one.site or (site.latitude, site.longitude)


def _add_hours(connection: sa.Connection, wanted: Wanted, by_seq: dict[int, Candidate]) -> None:
    slot = schema.slots.c
    query = sa.select(slot.service_seq).distinct()
    query = query.where(slot.service_seq.in_(list(by_seq)), *_open(wanted))
    for seq in connection.scalars(query):
        by_seq[seq].open_then = True
