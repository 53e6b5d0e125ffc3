"""Which practices work with which services already: noted by hand, of organisations alone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.keeping import held_of
from mobilise.directory.store import put
from mobilise.errors import InputError

if TYPE_CHECKING:
    from mobilise.directory.store import Directory


def link_practice(
    directory: Directory, practice: str, service_id: str, *, since: str | None = None
) -> None:
    """Note that a practice works with a service already.

    Parameters
    ----------
    directory
        An open directory.
    practice
        The practice's code.
    service_id
        The service.
    since
        A date, where it is known.

    Raises
    ------
    InputError
        There is no such service, or `since` is no date.
    """
    try:
        when = None if since is None else date.fromisoformat(since).isoformat()
    except ValueError as error:
        raise InputError("since: must be a date, such as 2026-03-01.") from error
    with directory.changing() as connection:
        if held_of(connection, service_id) is None:
            raise InputError(f"there is no service with the id '{service_id[:60]}'.")
        row = {"practice": practice.strip().upper(), "service_id": service_id, "since": when}
        put(connection, schema.links, row, ["practice", "service_id"])


def unlink_practice(directory: Directory, practice: str, service_id: str) -> None:
    """Note that a practice and a service no longer work together."""
    k = schema.links
    this = (k.c.practice == practice.strip().upper()) & (k.c.service_id == service_id)
    with directory.changing() as connection:
        connection.execute(sa.delete(k).where(this))


def linked_services(directory: Directory, practices: list[str]) -> set[str]:
    """Return the services that any of some practices works with already."""
    k = schema.links.c
    codes = [practice.strip().upper() for practice in practices]
    with directory.reading() as connection:
        return set(connection.scalars(sa.select(k.service_id).where(k.practice.in_(codes))))
