"""The audit trail as AuditEvent: read by administrators, written by nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, func, select

from mobilise.errors import InputError, NotThere
from mobilise.referrals.access.grants import allow
from mobilise.referrals.fhir.elements import instant, present
from mobilise.referrals.fhir.parameters import span
from mobilise.referrals.fhir.searching import MOST, USUAL, Found, Pairs
from mobilise.referrals.model import AuditEntry

if TYPE_CHECKING:
    from mobilise.referrals.store import Work

_SYSTEM = "http://terminology.hl7.org/CodeSystem/"
_ACTIONS = {"create": "C", "read": "R", "search": "R", "export": "R", "update": "U", "erase": "D"}
_INTERNAL = {"Contact", "Attendance", "User", "Client", "Session"}


def read(work: Work, identity: str) -> dict[str, Any]:
    """Return one event of the trail."""
    allow(work.actor, "AuditEvent", "r")
    number = int(identity) if identity.isascii() and identity.isdigit() else 0
    entry = work.session.get(AuditEntry, number) if 0 < number < 2**31 else None
    if entry is None:
        raise NotThere("there is no such event.")
    work.note("read", "AuditEvent", identity)
    return show(entry)


def search(work: Work, pairs: Pairs) -> Found:
    """Return the newest events first, by date, person, agent or action."""
    allow(work.actor, "AuditEvent", "s")
    conditions: list[ColumnElement[bool]] = []
    count, before = USUAL, None
    for name, value in pairs:
        if name == "_count":
            count = min(_number(value, "_count"), MOST)
        elif name == "_after":
            before = _number(value, "_after")
        else:
            conditions.append(_condition(name, value))
    query = select(AuditEntry).where(*conditions)
    total = work.session.scalar(select(func.count()).select_from(AuditEntry).where(*conditions))
    if before is not None:
        query = query.where(AuditEntry.number < before)
    entries = list(work.session.scalars(query.order_by(AuditEntry.number.desc()).limit(count + 1)))
    more, entries = len(entries) > count, entries[:count]
    work.note("search", "AuditEvent")
    after = str(entries[-1].number) if more and entries else None
    return Found([show(entry) for entry in entries], [], total or 0, after)


def _condition(name: str, value: str) -> ColumnElement[bool]:
    if name in {"patient", "entity"}:
        return AuditEntry.person_id == value.removeprefix("Patient/")
    if name == "agent":
        return AuditEntry.who == value
    if name == "action":
        return AuditEntry.action.in_([key for key, code in _ACTIONS.items() if code == value])
    if name == "_id":
        return AuditEntry.number == _number(value, "_id")
    if name == "date":
        prefix, text = (value[:2], value[2:]) if value[:2] in {"ge", "lt"} else ("eq", value)
        try:
            low, high = span(text.replace(" ", "+"))
        except (ValueError, OverflowError) as error:
            raise InputError("date: ge2026-02-03 and lt2026-02-04, or one day.") from error
        if prefix == "eq":
            return (AuditEntry.at >= low) & (AuditEntry.at < high)
        return AuditEntry.at >= low if prefix == "ge" else AuditEntry.at < low
    raise InputError("AuditEvent: search by date, patient, agent, action or _id.")


def _number(text: str, name: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InputError(f"{name} is a number.")
    return int(text)


def show(entry: AuditEntry) -> dict[str, Any]:
    """Return one event; who is an account's id, not a name."""
    rest = {
        "system": _SYSTEM + "audit-event-type",
        "code": "rest",
        "display": "RESTful Operation",
    }
    return {
        "resourceType": "AuditEvent",
        "id": str(entry.number),
        "meta": {"versionId": "1", "lastUpdated": instant(entry.at)},
        "type": rest,
        "action": _ACTIONS.get(entry.action, "E"),
        "recorded": instant(entry.at),
        "outcome": "0" if entry.outcome == "success" else "8",
        "purposeOfEvent": [{"coding": [{"system": _SYSTEM + "v3-ActReason", "code": entry.why}]}],
        "agent": [
            {
                "role": [{"text": entry.role}],
                "who": {"identifier": {"value": entry.who}},
                "requestor": True,
            }
        ],
        "source": {"observer": {"display": "mobilise"}},
        "entity": _entities(entry),
    }


def _entities(entry: AuditEntry) -> list[dict[str, Any]]:
    entities = []
    if entry.person_id is not None:
        entities.append({"what": {"reference": f"Patient/{entry.person_id}"}})
    if entry.id is not None and entry.type != "Patient":
        kept = entry.type not in _INTERNAL
        what = (
            {"reference": f"{entry.type}/{entry.id}"}
            if kept
            else {"identifier": {"value": f"{entry.type}/{entry.id}"}}
        )
        entities.append(present(what=what, description=f"{entry.action} {entry.detail}".strip()))
    return entities or [{"description": entry.action}]
