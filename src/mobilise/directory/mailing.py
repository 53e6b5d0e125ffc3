"""Letters that carry the links: written to files, or handed to a mail server."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from typing import TYPE_CHECKING

import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.confirming import issue_link
from mobilise.directory.keeping import corrected, held_of
from mobilise.directory.store import day_of, moment
from mobilise.errors import InputError
from mobilise.place import replacing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path

    from mobilise.directory.store import Directory

_TEXT = """Dear colleagues,

{name} is listed in the directory of {place}. People look for help there, and link workers send
them on: is what it says about you still right?

Please open this link. One click confirms it; or change what is wrong:

{address}

The link is for you alone, works once, and ends on {expires}. Nobody needs an account.

Thank you.
"""


def letters(
    directory: Directory,
    service_ids: Sequence[str],
    base_url: str,
    sender: str,
    *,
    days: int = 30,
    at: datetime | None = None,
) -> tuple[list[EmailMessage], list[str]]:
    """Return a letter with a link for each service, to its e-mail address.

    Parameters
    ----------
    directory
        An open directory.
    service_ids
        The services.
    base_url
        Where the place is served.
    sender
        The address that letters come from.
    days
        How long links hold.
    at
        When they are issued; by default now.

    Returns
    -------
    letters, without
        The letters, and the services that have no e-mail address.
    """
    written, without = [], []
    for service_id in service_ids:
        with directory.reading() as connection:
            held = held_of(connection, service_id)
        if held is None:
            raise InputError(f"there is no service with the id '{service_id[:60]}'.")
        document, _ = corrected(held)
        to = document.get("email") or document.get("organization", {}).get("email")
        if not to:
            without.append(service_id)
            continue
        link = issue_link(directory, service_id, base_url, days=days, at=at)
        letter = EmailMessage()
        letter["From"], letter["To"] = sender, to
        letter["Subject"] = f"Is your listing right? {document['name']}"[:150].replace("\n", " ")
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(
            _TEXT.format(
                name=document["name"],
                place=directory.name,
                address=link.address,
                expires=link.expires[:10],
            )
        )
        written.append(letter)
    return written, without


def stale(directory: Directory, days: int, *, at: datetime | None = None) -> list[str]:
    """Return the active services that nobody has confirmed for so many days, the oldest first."""
    s = schema.services.c
    today = day_of(moment(at)[:10]) or 0
    query = sa.select(s.id).where(
        s.listed == 1,
        s.status == "active",
        sa.or_(s.assured_day.is_(None), s.assured_day < today - days),
    )
    with directory.reading() as connection:
        return list(
            connection.scalars(query.order_by(s.assured_day.is_(None), s.assured_day, s.seq))
        )


def write_letters(letters: Iterable[EmailMessage], folder: Path) -> list[Path]:
    """Write letters as ``.eml`` files, which any mail program opens and sends."""
    paths = []
    for number, letter in enumerate(letters, 1):
        path = folder / f"{number:04d}.eml"
        with replacing(path) as beside:
            beside.write_bytes(bytes(letter))
        paths.append(path)
    return paths


def send_letters(letters: Iterable[EmailMessage], server: str) -> int:
    """Hand letters to a mail server ("host" or "host:port"); return how many it took.

    Raises
    ------
    InputError
        The server does not answer, or refuses one.
    """
    host, _, port = server.partition(":")
    sent = 0
    try:
        with smtplib.SMTP(host, int(port or 25), timeout=30) as smtp:
            for letter in letters:
                smtp.send_message(letter)
                sent += 1
    except (OSError, smtplib.SMTPException, ValueError) as error:
        raise InputError(
            f"the mail server took {sent} letters, then failed ({type(error).__name__})."
        ) from error
    return sent
