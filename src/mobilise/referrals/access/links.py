"""Direct referral light: a small group answers by an e-mailed link, without an account.

The link opens one task, shows the least that is needed, and ends by itself. It is signed with
the server's secret, so the database alone cannot make one.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import insert, make_url, select

from mobilise.errors import InputError, NotAllowed, NotSignedIn
from mobilise.referrals.access.rows import find
from mobilise.referrals.actors import PROVIDER, Actor
from mobilise.referrals.model import (
    Link,
    Need,
    Notice,
    Organisation,
    Person,
    Referral,
    Service,
    Task,
    new_id,
)
from mobilise.referrals.words import words
from mobilise.referrals.workflow import CLOSED

if TYPE_CHECKING:
    from datetime import datetime

    from mobilise.referrals.store import Store, Work

VARIABLE = "MOBILISE_SECRET"
LASTS = timedelta(days=14)
LEAST_SECRET = 32


def send_link(work: Work, task_id: str, lasts: timedelta = LASTS) -> Link:
    """Have a link e-mailed to the organisation that a task was sent to.

    Raises
    ------
    InputError
        The organisation has no e-mail address.
    NotAllowed
        The task was not sent by the actor's organisation.
    """
    task: Task = find(work.session, work.actor, Task, task_id)
    if work.actor.organisation_id != task.requester_id:
        raise NotAllowed("only who sent a task on may send its link.")
    body = work.session.get(Organisation, task.owner_id) if task.owner_id else None
    if body is None or not body.email:
        raise InputError("the organisation has no e-mail address; add one first.")
    link = Link(id=new_id(), task_id=task.id, email=body.email, expires=work.now + lasts)
    work.session.add(link)
    work.session.flush()
    work.session.execute(
        insert(Notice),
        [
            {
                "id": new_id(),
                "created": work.now,
                "link_id": link.id,
                "about": f"Task/{task.id}",
                "due": work.now,
                "event": 0,
                "attempts": 0,
            }
        ],
    )
    work.note("send", "Task", task.id, person_id=task.person_id, detail="link")
    work.told = True
    return link


def revoke_links(work: Work, task_id: str) -> int:
    """End every link to a task at once; return how many there were."""
    task: Task = find(work.session, work.actor, Task, task_id)
    return end_links(work, task.id)


def end_links(work: Work, task_id: str) -> int:
    """End every link to a task that the actor may change; return how many there were."""
    links = work.session.scalars(select(Link).where(Link.task_id == task_id, ~Link.revoked)).all()
    for link in links:
        link.revoked = True
    return len(links)


def link_token(secret: bytes, link_id: str) -> str:
    """Return what the e-mailed address ends in."""
    return f"{link_id}.{_sign(secret, link_id)}"


def actor_of_link(store: Store, secret: bytes, token: str) -> Actor:
    """Return who a link lets in: a provider, for one task.

    Raises
    ------
    NotSignedIn
        The link is not ours, is over, or was revoked.
    """
    link_id, _, signature = token.partition(".")
    over = NotSignedIn("this link is over, or not complete; ask who sent it for a new one.")
    if not hmac.compare_digest(
        signature.encode("utf-8", "replace"), _sign(secret, link_id).encode()
    ):
        raise over
    with store.reading() as session:
        link = session.get(Link, link_id)
        if link is None or link.revoked or link.expires <= store.clock():
            raise over
        task = session.get_one(Task, link.task_id)
        return Actor(f"link/{link.id}", PROVIDER, task.owner_id, frozenset(), task_id=task.id)


@dataclass(frozen=True)
class Minimum:
    """The least that a small group needs to answer a referral.

    Attributes
    ----------
    task_id, version, status
        The task; the version goes back with the answer.
    given, phone
        What to call the person, and how to ring them: only once the task is accepted.
    service, sender
        What they are sent to, and by whom.
    needs, note
        What the link worker chose to tell.
    ends
        When the link ends.
    open
        Whether there is still something to answer.
    """

    task_id: str
    version: int
    status: str
    given: str | None
    phone: str | None
    service: str
    sender: str
    needs: tuple[str, ...]
    note: str | None
    ends: datetime
    open: bool


def minimum(work: Work) -> Minimum:
    """Return what the page behind a link shows."""
    if work.actor.task_id is None:
        raise NotAllowed("this page is reached by a link.")
    task: Task = find(work.session, work.actor, Task, work.actor.task_id)
    referral = work.session.get_one(Referral, task.referral_id)
    service = work.session.get(Service, referral.service_id) if referral.service_id else None
    person = work.session.get_one(Person, task.person_id)
    known = task.status not in {"requested", "rejected"}
    needs = work.session.scalars(
        select(Need.code).where(Need.referral_id == referral.id).order_by(Need.code)
    )
    work.note("read", "Task", task.id, person_id=task.person_id, detail="by link")
    return Minimum(
        task.id,
        task.version,
        task.status,
        person.given if known else None,
        person.phone if known else None,
        service.name if service else "",
        work.session.get_one(Organisation, task.requester_id).name,
        tuple(words()["needs"][code] for code in needs),
        referral.reason,
        work.session.get_one(Link, work.actor.who.removeprefix("link/")).expires,
        task.status not in CLOSED,
    )


def server_secret(url: str) -> bytes:
    """Return the secret that links are signed with.

    It is what MOBILISE_SECRET says; beside a SQLite file, one is made once and kept in a file
    that only its owner can read.

    Raises
    ------
    InputError
        The database is PostgreSQL, and no secret is set; or the one that is set is short.
    """
    if given := os.environ.get(VARIABLE):
        if len(given) < LEAST_SECRET:
            raise InputError(f"{VARIABLE} must have at least {LEAST_SECRET} characters.")
        return given.encode()
    address = make_url(url)
    if address.get_backend_name() != "sqlite" or not address.database:
        raise InputError(f"set {VARIABLE} to a long random text: links are signed with it.")
    path = Path(address.database).with_suffix(".secret")
    if not path.exists():
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").encode()


def _sign(secret: bytes, link_id: str) -> str:
    return hmac.new(
        secret, f"link:{link_id}".encode("utf-8", "replace"), hashlib.sha256
    ).hexdigest()
