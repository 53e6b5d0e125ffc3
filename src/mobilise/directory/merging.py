"""Merging records of one service, and taking a merge back: nothing is deleted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.duplicates import APART, MERGED, TO_REVIEW
from mobilise.directory.history import record
from mobilise.directory.keeping import render
from mobilise.directory.store import moment
from mobilise.errors import InputError

if TYPE_CHECKING:
    from datetime import datetime

    from mobilise.directory.store import Directory


@dataclass(frozen=True)
class Review:
    """A pair to look at: both names and sources, how likely they are one, what they share."""

    number: int
    score: float
    kept: str
    kept_name: str
    kept_source: str
    other: str
    other_name: str
    other_source: str
    why: tuple[str, ...]
    state: str


def review_list(directory: Directory, *, state: str = TO_REVIEW) -> list[Review]:
    """Return the pairs of a state, the likeliest first."""
    p = schema.pairs.c
    one, two = schema.services.alias("one"), schema.services.alias("two")
    query = (
        sa.select(*p, one.c.name, one.c.source, two.c.name, two.c.source)
        .select_from(schema.pairs.join(one, one.c.id == p.kept).join(two, two.c.id == p.other))
        .where(p.state == state)
        .order_by(p.score.desc(), p.n)
    )
    with directory.reading() as connection:
        return [
            Review(
                row.n,
                row.score,
                row.kept,
                row[-4],
                row[-3],
                row.other,
                row[-2],
                row[-1],
                tuple(json.loads(row.why)),
                row.state,
            )
            for row in connection.execute(query)
        ]


def merge(
    directory: Directory, number: int, *, by: str, at: datetime | None = None
) -> tuple[str, str]:
    """Merge a pair of the review list: the later record is no longer listed; the first stays.

    Parameters
    ----------
    directory
        An open directory.
    number
        The pair's.
    by
        Who decides: a role, not a person's name.
    at
        When; by default now.

    Returns
    -------
    kept, other
        The two services.

    Raises
    ------
    InputError
        There is no such pair to review, or one of the two is no longer listed.
    """
    now = moment(at)
    s = schema.services
    with directory.changing() as connection:
        kept, other = _pair(connection, number, (TO_REVIEW, APART))
        listed = set(
            connection.scalars(sa.select(s.c.id).where(s.c.id.in_([kept, other]), s.c.listed == 1))
        )
        if listed != {kept, other}:
            raise InputError(f"pair {number}: one of the two is no longer listed.")
        changed = {"listed": 0, "merged_into": kept, "changed": now}
        connection.execute(sa.update(s).where(s.c.id == other).values(**changed))
        _decide(connection, number, MERGED, by, now)
        record(connection, other, by, "merged", {"into": [None, kept]}, now)
        record(connection, kept, by, "merged", {"took in": [None, other]}, now)
        render(connection, _seqs(connection, other))
    return kept, other


def unmerge(
    directory: Directory, number: int, *, by: str, at: datetime | None = None
) -> tuple[str, str]:
    """Take a merge back: both records are listed again, as they are now.

    Parameters and errors are those of :func:`merge`.
    """
    now = moment(at)
    s = schema.services
    with directory.changing() as connection:
        kept, other = _pair(connection, number, (MERGED,))
        changed = {"listed": 1, "merged_into": None, "changed": now}
        connection.execute(sa.update(s).where(s.c.id == other).values(**changed))
        _decide(connection, number, TO_REVIEW, by, now)
        record(connection, other, by, "merge taken back", {"into": [kept, None]}, now)
        record(connection, kept, by, "merge taken back", {"took in": [other, None]}, now)
        render(connection, _seqs(connection, other))
    return kept, other


def keep_apart(directory: Directory, number: int, *, by: str, at: datetime | None = None) -> None:
    """Note that a pair are two services: they are not asked about again."""
    with directory.changing() as connection:
        _pair(connection, number, (TO_REVIEW,))
        _decide(connection, number, APART, by, moment(at))


def _pair(connection: sa.Connection, number: int, states: tuple[str, ...]) -> tuple[str, str]:
    p = schema.pairs.c
    query = sa.select(p.kept, p.other).where(p.n == number, p.state.in_(states))
    row = connection.execute(query).first()
    if row is None:
        raise InputError(f"there is no pair {number} that is {' or '.join(states)}.")
    return row.kept, row.other


def _decide(connection: sa.Connection, number: int, state: str, by: str, now: str) -> None:
    p = schema.pairs
    connection.execute(sa.update(p).where(p.c.n == number).values(state=state, decided=now, by=by))


def _seqs(connection: sa.Connection, service_id: str) -> list[int]:
    s = schema.services.c
    return list(connection.scalars(sa.select(s.seq).where(s.id == service_id)))
