"""History: every change of a listing, who made it and when."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.directory import schema

if TYPE_CHECKING:
    from mobilise.directory.store import Directory


def record(
    connection: sa.Connection,
    service_id: str,
    by: str,
    action: str,
    change: dict[str, Any],
    at: str,
) -> None:
    """Add a change to a service's history."""
    row = {"service_id": service_id, "at": at, "by": by, "action": action}
    text = json.dumps(change, ensure_ascii=False, sort_keys=True)
    connection.execute(sa.insert(schema.history), {**row, "change": text})


def history_of(directory: Directory, service_id: str) -> list[dict[str, Any]]:
    """Return the changes of a service, the latest first.

    Parameters
    ----------
    directory
        An open directory.
    service_id
        The service.

    Returns
    -------
    list of dict
        ``at`` (ISO 8601), ``by``, ``action``, and ``change``: for each field ``[before, after]``.
    """
    h = schema.history.c
    query = sa.select(h.at, h.by, h.action, h.change).where(h.service_id == service_id)
    with directory.reading() as connection:
        rows = connection.execute(query.order_by(h.n.desc())).all()
    return [{**row._mapping, "change": json.loads(row.change)} for row in rows]  # noqa: SLF001
