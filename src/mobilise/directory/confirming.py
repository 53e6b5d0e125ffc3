"""Links by which an organisation confirms or corrects its listing: signed, expiring, used once."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from itsdangerous import BadSignature, URLSafeSerializer

from mobilise.directory import schema
from mobilise.directory.corrections import apply_change, checked
from mobilise.directory.keeping import held_of
from mobilise.directory.store import moment
from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mobilise.directory.store import Directory

SECRET = "MOBILISE_SECRET"  # noqa: S105  (the name of a variable)
DAYS = 30
BY = "the organisation, by its link"
_SALT = "mobilise.directory.confirm"


@dataclass(frozen=True)
class Link:
    """A link to a listing: its address, and until when it holds (ISO 8601)."""

    service_id: str
    address: str
    expires: str


def issue_link(
    directory: Directory,
    service_id: str,
    base_url: str,
    *,
    days: int = DAYS,
    at: datetime | None = None,
) -> Link:
    """Return a new link by which a listing can be confirmed or corrected, once.

    Parameters
    ----------
    directory
        An open directory.
    service_id
        The service.
    base_url
        Where the place is served, such as ``https://directory.example``.
    days
        How long the link holds.
    at
        When it is issued; by default now.

    Raises
    ------
    InputError
        There is no such service, or the address or the days are out of range.
    """
    if not base_url.startswith(("http://", "https://")):
        raise InputError("the address of the site must begin with http:// or https://.")
    if not 1 <= days <= 366:
        raise InputError("days: a link holds for 1 to 366 days.")
    issued = at or datetime.now(UTC)
    expires = moment(issued + timedelta(days=days))
    with directory.changing() as connection:
        if held_of(connection, service_id) is None:
            raise InputError(f"there is no service with the id '{service_id[:60]}'.")
        token = _signer().dumps([service_id, expires, secrets.token_urlsafe(12)])
        row = {"digest": _digest(token), "service_id": service_id, "issued": moment(issued)}
        connection.execute(sa.insert(schema.tokens), {**row, "expires": expires})
    return Link(service_id, f"{base_url.rstrip('/')}/listing/confirm/{token}", expires)


def service_of(directory: Directory, token: str, *, at: datetime | None = None) -> str:
    """Return the service that a link is for; the link stays unused.

    Raises
    ------
    InputError
        The link is none of ours, has expired, or was used.
    """
    with directory.reading() as connection:
        return _checked(connection, token, moment(at))


def use_link(
    directory: Directory,
    token: str,
    change: Mapping[str, Any] | None = None,
    *,
    at: datetime | None = None,
) -> dict[str, list[Any]]:
    """Confirm a listing by its link, with corrections where there are any; the link is then used.

    Parameters
    ----------
    directory
        An open directory.
    token
        The end of the link's address.
    change
        Corrections, as for :func:`mobilise.directory.corrections.correct`.
    at
        When; by default now.

    Returns
    -------
    dict
        Of each field that changed, what it was and what it is.

    Raises
    ------
    InputError
        The link is none of ours, has expired, or was used; or a correction does not fit.
    """
    clean = checked(change or {})
    now = moment(at)
    with directory.changing() as connection:
        service_id = _checked(connection, token, now)
        t = schema.tokens
        unused = (t.c.digest == _digest(token)) & t.c.used.is_(None)
        if connection.execute(sa.update(t).where(unused).values(used=now)).rowcount != 1:
            raise InputError("this link has been used; ask for another.")
        return apply_change(connection, service_id, clean, by=BY, at=now, confirmed=True)


def _checked(connection: sa.Connection, token: str, now: str) -> str:
    try:
        service_id, expires, _ = _signer().loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise InputError("this link is not one of ours; was it copied whole?") from error
    t = schema.tokens.c
    row = connection.execute(sa.select(t.used).where(t.digest == _digest(token))).first()
    if row is None:
        raise InputError("this link is not one of ours; was it copied whole?")
    if row.used is not None:
        raise InputError("this link has been used; ask for another.")
    if now >= expires:
        raise InputError("this link has expired; ask for another.")
    return str(service_id)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(_secret(), salt=_SALT, signer_kwargs={"digest_method": hashlib.sha256})


def _secret() -> str:
    """Return what links are signed with: never kept in a place's folder, which is public."""
    if given := os.environ.get(SECRET):
        if len(given) < 32:
            raise InputError(f"{SECRET} must have at least 32 characters.")
        return given
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    path = Path(home) / "mobilise" / "secret"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:  # another process has just made it
            return path.read_text(encoding="ascii").strip()
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
