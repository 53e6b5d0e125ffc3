"""Suggestions from the public: a queue that somebody looks through before anything is shown."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.corrections import apply_change, checked
from mobilise.directory.importing import import_services
from mobilise.directory.keeping import held_of
from mobilise.directory.store import moment
from mobilise.errors import InputError
from mobilise.sources.hsds import normalise
from mobilise.sources.hsds.texts import plain_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mobilise.directory.store import Directory

WAITING, ACCEPTED, REFUSED = "waiting", "accepted", "refused"
MOST_WAITING = 2000
MOST_FOR_ONE = 20
MOST_NOTE = 1000
ADDED_HERE = "added here"


@dataclass(frozen=True)
class Suggestion:
    """A suggestion that waits: for which service (None: a new one), what to change, and a note."""

    number: int
    service_id: str | None
    service: str
    at: str
    change: dict[str, Any]
    note: str


def suggest(
    directory: Directory,
    service_id: str | None,
    change: Mapping[str, Any],
    note: str = "",
    *,
    at: datetime | None = None,
) -> int:
    """Put a suggestion into the queue; nothing of it is shown until somebody accepts it.

    Parameters
    ----------
    directory
        An open directory.
    service_id
        The service; None to suggest a new one (which needs a ``name``).
    change
        New values of fields, as for :func:`mobilise.directory.corrections.correct`.
    note
        What else to say to whoever looks. It is deleted when they have decided.
    at
        When; by default now.

    Returns
    -------
    int
        The suggestion's number.

    Raises
    ------
    InputError
        There is nothing in it, a value does not fit, or too many are waiting.
    """
    clean = checked(change)
    text = plain_text(note)
    if len(text) > MOST_NOTE:
        raise InputError(f"note: at most {MOST_NOTE:,} characters.")
    if not clean and not text:
        raise InputError("nothing was suggested: change a field, or write a note.")
    if service_id is None and not clean.get("name"):
        raise InputError("name: a new service needs one.")
    q = schema.suggestions
    with directory.changing() as connection:
        if service_id is not None and held_of(connection, service_id) is None:
            raise InputError("there is no service with this id.")
        waiting = sa.select(sa.func.count()).where(q.c.state == WAITING)
        for_one = waiting.where(q.c.service_id == service_id)
        if (connection.scalar(waiting) or 0) >= MOST_WAITING:
            raise InputError("too many suggestions are waiting; please try again later.")
        if service_id is not None and (connection.scalar(for_one) or 0) >= MOST_FOR_ONE:
            raise InputError("too many suggestions are waiting for this service already.")
        row = {"service_id": service_id, "at": moment(at), "note": text, "state": WAITING}
        row["change"] = json.dumps(clean, ensure_ascii=False)
        return int(connection.execute(sa.insert(q).returning(q.c.n), row).scalar_one())


def waiting(directory: Directory) -> list[Suggestion]:
    """Return the suggestions that wait, the oldest first."""
    q, s = schema.suggestions.c, schema.services.c
    query = (
        sa.select(q.n, q.service_id, s.name, q.at, q.change, q.note)
        .select_from(schema.suggestions.outerjoin(schema.services, s.id == q.service_id))
        .where(q.state == WAITING)
        .order_by(q.n)
    )
    with directory.reading() as connection:
        return [
            Suggestion(
                row.n, row.service_id, row.name or "", row.at, json.loads(row.change), row.note
            )
            for row in connection.execute(query)
        ]


def decide(
    directory: Directory, number: int, *, accept: bool, by: str, at: datetime | None = None
) -> str | None:
    """Accept or refuse a suggestion.

    Parameters
    ----------
    directory
        An open directory.
    number
        The suggestion's.
    accept
        Whether its change is made.
    by
        Who decides: a role, not a person's name.
    at
        When; by default now.

    Returns
    -------
    str or None
        The service that was changed or added.

    Raises
    ------
    InputError
        There is no such suggestion waiting.
    """
    now = moment(at)
    q = schema.suggestions
    with directory.changing() as connection:
        this = (q.c.n == number) & (q.c.state == WAITING)
        row = connection.execute(sa.select(q.c.service_id, q.c.change).where(this)).first()
        if row is None:
            raise InputError(f"no suggestion {number} is waiting.")
        state = ACCEPTED if accept else REFUSED
        done = {"state": state, "decided": now, "by": by, "note": ""}
        connection.execute(sa.update(q).where(q.c.n == number).values(**done))
        if accept and row.service_id is not None:
            whose = f"{by}, as the public suggested"
            apply_change(connection, row.service_id, json.loads(row.change), by=whose, at=now)
    if accept and row.service_id is None:
        return _added(directory, number, json.loads(row.change), at)
    return str(row.service_id) if accept else None


def _added(directory: Directory, number: int, change: dict[str, Any], at: datetime | None) -> str:
    record = {"id": f"suggestion {number}", "status": "active", **change}
    feed = normalise([record], ADDED_HERE)
    import_services(directory, feed, ADDED_HERE, complete=False, at=at)
    return str(feed.services[0]["id"])
