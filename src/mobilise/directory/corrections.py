"""Corrections made here: they stay, whatever the publisher sends; and confirmations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.facts import CAPACITIES
from mobilise.directory.history import record
from mobilise.directory.keeping import Held, corrected, held_of, render
from mobilise.directory.store import moment
from mobilise.errors import InputError, suggestion
from mobilise.sources.hsds.confidential import without_address
from mobilise.sources.hsds.normal import read_value
from mobilise.sources.hsds.shapes import SHAPES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mobilise.directory.store import Directory

MOST_TEXT = 5000
_NOT_BY_HAND = {"id", "organization_id", "last_modified", "assured_date", "assurer_email"}
FIELDS = {k: v for k, v in SHAPES["service"].fields.items() if k not in _NOT_BY_HAND}
FIELDS |= {"capacity": "|".join(CAPACITIES), "referrals": "line", "cost": "number"}
FIELDS |= {"step_free": "yes|no"}


def correct(
    directory: Directory,
    service_id: str,
    change: Mapping[str, Any],
    *,
    by: str,
    at: datetime | None = None,
) -> dict[str, list[Any]]:
    """Correct a listing's fields.

    Parameters
    ----------
    directory
        An open directory.
    service_id
        The service.
    change
        The new value of each field of :data:`FIELDS`; "" takes it away.
    by
        Who corrects it: a role or an organisation, not a person's name.
    at
        When; by default now.

    Returns
    -------
    dict
        Of each field that changed, what it was and what it is.

    Raises
    ------
    InputError
        There is no such service or field, or a value does not fit its field.
    """
    clean = checked(change)
    with directory.changing() as connection:
        return apply_change(connection, service_id, clean, by=by, at=moment(at))


def confirm(directory: Directory, service_id: str, *, by: str, at: datetime | None = None) -> None:
    """Note that a listing is right, today.

    Parameters
    ----------
    directory, service_id, by, at
        As for :func:`correct`.

    Raises
    ------
    InputError
        There is no such service.
    """
    with directory.changing() as connection:
        apply_change(connection, service_id, {}, by=by, at=moment(at), confirmed=True)


def hide(
    directory: Directory, service_id: str, *, by: str, at: datetime | None = None
) -> str | None:
    """Take a listing's address out, everywhere and for good: it is confidential.

    Parameters
    ----------
    directory, service_id, by, at
        As for :func:`correct`.

    Returns
    -------
    str or None
        The asset of the place that it also is: that has to be left out in the recipe.

    Raises
    ------
    InputError
        There is no such service.
    """
    now = moment(at)
    with directory.changing() as connection:
        held = _held(connection, service_id)
        bare = json.dumps(without_address(held.base), ensure_ascii=False)
        extra = json.dumps({k: v for k, v in held.extra.items() if k != "points"})
        s, d = schema.services, schema.documents
        connection.execute(sa.update(s).where(s.c.seq == held.seq).values(hidden=1, changed=now))
        connection.execute(sa.update(d).where(d.c.seq == held.seq).values(base=bare, extra=extra))
        record(connection, service_id, by, "address hidden", {}, now)
        render(connection, [held.seq])
        asset: str | None = connection.scalar(sa.select(s.c.asset_id).where(s.c.seq == held.seq))
    return asset


def checked(change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a change with clean values; None where a field is taken away.

    Raises
    ------
    InputError
        A field is not known, too long, or of another kind.
    """
    clean: dict[str, Any] = {}
    for name, raw in change.items():
        if name not in FIELDS:
            raise InputError(f"{name}: there is no such field{suggestion(name, FIELDS)}")
        if raw is None or str(raw).strip() == "":
            clean[name] = None
            continue
        if len(str(raw)) > MOST_TEXT:
            raise InputError(f"{name}: at most {MOST_TEXT:,} characters.")
        value = read_value(FIELDS[name], raw)
        if value is None or value == "":
            raise InputError(f"{name}: {_expected(FIELDS[name])}.")
        clean[name] = value == "yes" if name == "step_free" else value
    if clean.get("name", "") is None:
        raise InputError("name: a service needs one.")
    return clean


def apply_change(
    connection: sa.Connection,
    service_id: str,
    clean: Mapping[str, Any],
    *,
    by: str,
    at: str,
    confirmed: bool = False,
) -> dict[str, list[Any]]:
    """Apply a checked change within a transaction; note that it was confirmed, where it was."""
    held = _held(connection, service_id)
    document, extra = corrected(held)
    before = {**document, **extra}
    changed = {
        name: [before.get(name), value]
        for name, value in clean.items()
        if before.get(name) != value
    }
    corrections = {**held.corrections, **{name: pair[1] for name, pair in changed.items()}}
    if confirmed:
        corrections |= {"assured_date": at[:10], "assurer": by}
    s, d = schema.services, schema.documents
    connection.execute(sa.update(s).where(s.c.seq == held.seq).values(changed=at))
    text = json.dumps(corrections, ensure_ascii=False)
    connection.execute(sa.update(d).where(d.c.seq == held.seq).values(corrections=text))
    if changed:
        record(connection, service_id, by, "corrected", changed, at)
    if confirmed:
        record(connection, service_id, by, "confirmed", {}, at)
    render(connection, [held.seq])
    return changed


def _held(connection: sa.Connection, service_id: str) -> Held:
    held = held_of(connection, service_id)
    if held is None:
        raise InputError(f"there is no service with the id '{service_id[:60]}'.")
    return held


def _expected(kind: str) -> str:
    named = {
        "url": "must be a web address, such as https://example.org",
        "email": "must be an e-mail address",
        "number": "must be a number",
    }
    return named.get(kind, f"must be one of {', '.join(kind.split('|'))}")
