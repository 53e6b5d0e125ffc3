"""The audit trail: append-only, each entry sealing the one before it.

An entry names people, records and accounts by their ids alone, so that it stays provable, and
says nothing about anybody, after the person is erased.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, insert, select, update

from mobilise.referrals.model import AuditEntry, AuditHead
from mobilise.referrals.rowwise import table_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from mobilise.referrals.actors import Actor

FIRST_SEAL = "0" * 64
_BATCH = 2000
# Rows, not objects, and statements made once: what others wait for is over sooner.
_APPEND = insert(table_of(AuditEntry))
_HEADS = table_of(AuditHead)
_HEAD = select(_HEADS.c.number, _HEADS.c.seal).where(_HEADS.c.id == 1).with_for_update()
_MOVE_HEAD = (
    update(_HEADS)
    .where(_HEADS.c.id == 1)
    .values(number=bindparam("last"), seal=bindparam("sealed"))
)


@dataclass(frozen=True)
class Entry:
    """One thing that somebody did, before it is numbered and sealed."""

    action: str
    type: str
    id: str | None = None
    person_id: str | None = None
    version: int | None = None
    outcome: str = "success"
    detail: str = ""


@dataclass(frozen=True)
class AuditReport:
    """What verifying found.

    Attributes
    ----------
    entries
        How many were read.
    seal
        The last seal; noted elsewhere, it also shows whether the whole trail was rewritten.
    faults
        One sentence for each entry that was changed, removed or moved.
    """

    entries: int
    seal: str
    faults: tuple[str, ...]


def append(session: Session, actor: Actor, at: datetime, entries: Sequence[Entry]) -> None:
    """Add entries, numbered and sealed: the last thing that a transaction does.

    The head's row is locked until the commit, so entries of concurrent writers queue here.
    """
    if not entries:
        return
    connection = session.connection()
    number, seal = connection.execute(_HEAD).one()
    rows = []
    for entry in entries:
        number += 1
        row = _row(entry, actor, at, number, seal)
        seal = row["seal"] = seal_of(row)
        rows.append(row)
    connection.execute(_APPEND, rows)
    connection.execute(_MOVE_HEAD, {"last": number, "sealed": seal})


def verify(session: Session, *, noted: tuple[int, str] | None = None) -> AuditReport:
    """Read the whole trail, and say what in it was changed, removed or moved.

    Parameters
    ----------
    session
        A session on the store.
    noted
        A number and its seal as noted elsewhere earlier: a trail that was rewritten whole
        does not match it.
    """
    faults: list[str] = []
    expected, seal, count = 1, FIRST_SEAL, 0
    query = select(AuditEntry).order_by(AuditEntry.number).execution_options(yield_per=_BATCH)
    for entry in session.scalars(query):
        count += 1
        faults += _faults_of(entry, expected, seal)
        if noted is not None and entry.number == noted[0] and entry.seal != noted[1]:
            faults.append(f"entry {entry.number}: its seal is not the one that was noted.")
        expected, seal = entry.number + 1, entry.seal
    head = session.get_one(AuditHead, 1)
    if (head.number, head.seal) != (expected - 1, seal):
        faults.append(f"the end: entries after {expected - 1} were removed, up to {head.number}.")
    if noted is not None and noted[0] >= expected:
        faults.append(f"the end: entry {noted[0]}, which was noted, is not there.")
    return AuditReport(count, seal, tuple(faults))


def _faults_of(entry: AuditEntry, expected: int, before: str) -> list[str]:
    faults = []
    if entry.number != expected:
        faults.append(f"entry {expected}: removed or moved; the next is {entry.number}.")
    elif entry.before != before:
        faults.append(f"entry {entry.number}: it does not follow the entry before it.")
    row = {column.name: getattr(entry, column.name) for column in AuditEntry.__table__.columns}
    if entry.seal != seal_of(row):
        faults.append(f"entry {entry.number}: its contents were changed.")
    return faults


def seal_of(row: dict[str, Any]) -> str:
    """Return the SHA-256 of an entry and the seal before it, in hexadecimal."""
    values = {
        name: value.astimezone(UTC).isoformat() if name == "at" else value
        for name, value in row.items()
        if name != "seal"
    }
    told = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def _row(entry: Entry, actor: Actor, at: datetime, number: int, before: str) -> dict[str, Any]:
    return {
        "number": number,
        "at": at,
        "who": actor.who,
        "role": actor.role,
        "organisation_id": actor.organisation_id,
        "action": entry.action,
        "type": entry.type,
        "id": entry.id,
        "version": entry.version,
        "person_id": entry.person_id,
        "why": actor.why,
        "outcome": entry.outcome,
        "detail": entry.detail[:200],
        "before": before,
    }
