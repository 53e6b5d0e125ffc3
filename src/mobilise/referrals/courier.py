"""The courier: sends what the outbox holds, and makes the exports that were asked for.

It is woken by a change in its own process and looks by itself every few seconds, for what other
processes wrote. A notice is leased, sent, and only then marked as sent: if the process dies in
between, it is sent again, under the same key, by which the receiver knows it.
"""

from __future__ import annotations

import logging
import smtplib
import ssl
import threading
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import or_, select, update

from mobilise.referrals import exporting
from mobilise.referrals.access.links import link_token
from mobilise.referrals.actors import operator
from mobilise.referrals.fhir.elements import instant
from mobilise.referrals.model import Link, Notice, Subscription
from mobilise.referrals.receivers import pinned

if TYPE_CHECKING:
    from datetime import datetime

    from mobilise.referrals.settings import Settings

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 40  # the last ones an hour apart: about thirty hours
_log = logging.getLogger("mobilise.referrals")


@dataclass
class Courier:
    """A thread that carries notices out until it is stopped.

    Parameters
    ----------
    settings
        The server's.
    every
        After how many seconds to look again, unwoken.
    """

    settings: Settings
    every: float = 5.0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> Courier:
        """Begin."""
        self._thread = threading.Thread(target=self._go_on, name="courier", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """End, after what is under way."""
        self._stopped.set()
        self.settings.store.changed.set()
        if self._thread is not None:
            self._thread.join()

    def _go_on(self) -> None:
        store = self.settings.store
        while not self._stopped.is_set():
            store.changed.clear()
            try:
                deliver(self.settings)
                exporting.run_waiting(store, self.settings.exports)
                exporting.clear(store, self.settings.exports, store.clock())
            except Exception as error:  # noqa: BLE001  (whatever it is, the next notice must go out)
                _log.warning("the courier will try again: %s", type(error).__name__)
            store.changed.wait(self.every)


def deliver(settings: Settings) -> int:
    """Send every notice that is due; return how many went out."""
    sent = 0
    with httpx.Client(timeout=10, follow_redirects=False, trust_env=False) as client:
        while (notice_id := _lease(settings)) is not None:
            sent += _deliver_one(settings, notice_id, client)
    return sent


def _lease(settings: Settings) -> str | None:
    """Take the next notice that is due, so that no other courier sends it meanwhile."""
    store = settings.store
    with store.work(operator()) as work:
        due = (Notice.sent.is_(None), Notice.due <= work.now, Notice.attempts < MOST_ATTEMPTS)
        query = select(Notice.id).where(*due).order_by(Notice.created, Notice.event).limit(1)
        identity = work.session.scalar(query.with_for_update(skip_locked=True))
        if identity is None:
            return None
        work.session.execute(
            update(Notice)
            .where(Notice.id == identity)
            .values(due=work.now + LEASE, attempts=Notice.attempts + 1)
        )
    return identity


def _deliver_one(settings: Settings, identity: str, client: httpx.Client) -> int:
    store = settings.store
    with store.reading() as session:
        notice = session.get_one(Notice, identity)
        subscription = session.get(Subscription, notice.subscription_id or "")
        link = session.get(Link, notice.link_id or "")
    fault = _send(settings, notice, subscription, link, client)
    with store.work(operator()) as work:
        later = work.now + _pause(notice.attempts)
        values: dict[str, Any] = (
            {"sent": work.now, "due": None, "fault": None}
            if fault is None
            else {"due": later, "fault": fault}
        )
        work.session.execute(update(Notice).where(Notice.id == identity).values(**values))
        work.note(
            "send",
            notice.about.partition("/")[0],
            notice.about.partition("/")[2],
            outcome="success" if fault is None else "failed",
            detail=(subscription or link or notice).__class__.__name__,
        )
    return fault is None


def _pause(attempts: int) -> timedelta:
    """Return how long to wait after a failure: 2, 4, 8 ... seconds, an hour at most."""
    return timedelta(seconds=min(2**attempts, 3600))


def _send(
    settings: Settings,
    notice: Notice,
    subscription: Subscription | None,
    link: Link | None,
    client: httpx.Client,
) -> str | None:
    """Send one notice; return what went wrong, or null."""
    try:
        if link is not None:
            _mail(settings, link.email, _LINK, _link_text(settings, link), notice.id)
        elif subscription is not None and subscription.status == "active":
            if subscription.channel == "email":
                to = subscription.endpoint.removeprefix("mailto:")
                _mail(settings, to, _CHANGE, f"{settings.base}/{notice.about}\n", notice.id)
            else:
                return _post(settings, notice, subscription, client)
    except (httpx.HTTPError, httpx.InvalidURL, smtplib.SMTPException, OSError, ValueError) as error:
        return type(error).__name__[:200]
    return None


_LINK = "Somebody was referred to you"
_CHANGE = "A referral changed"


def _link_text(settings: Settings, link: Link) -> str:
    address = f"{settings.pages}/answer/{link_token(settings.secret, link.id)}"
    return (
        "A link worker would like to send somebody to you. This page says what they ask, and\n"
        f"lets you accept or decline:\n\n{address}\n\n"
        f"It can be used until {link.expires:%d %B %Y}. No names are in this message.\n"
    )


def _mail(settings: Settings, to: str, subject: str, text: str, key: str) -> None:
    mail = settings.mail
    if mail is None:
        raise OSError("no mail server is set")
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = mail.sender, to, subject
    message["Message-ID"] = f"<{key}@mobilise>"
    message["X-Idempotency-Key"] = key
    message.set_content(text, cte="7bit" if text.isascii() else "8bit")  # links stay whole
    with smtplib.SMTP(mail.host, mail.port, timeout=10) as server:
        if mail.tls:
            server.starttls(context=ssl.create_default_context())  # else nobody's name is checked
        if mail.user:
            server.login(mail.user, mail.password or "")
        server.send_message(message)


def _post(
    settings: Settings, notice: Notice, subscription: Subscription, client: httpx.Client
) -> str | None:
    receiver = pinned(subscription.endpoint, settings.store.private_receivers)
    headers = {
        "Host": receiver.host,
        "Idempotency-Key": notice.id,
        "Content-Type": "application/fhir+json",
    }
    with client.stream(  # what it answers is not read, however much it is
        "POST",
        receiver.url,
        json=notification(settings, notice, subscription, settings.store.clock()),
        headers=headers,
        extensions={"sni_hostname": receiver.name},
    ) as answer:
        return None if answer.is_success else f"status {answer.status_code}"


def notification(
    settings: Settings, notice: Notice, subscription: Subscription, now: datetime
) -> dict[str, Any]:
    """Return an id-only notification, as the R4 Subscriptions Backport has it: no personal data."""
    status = {
        "resourceType": "Parameters",
        "id": notice.id,
        "parameter": [
            {
                "name": "subscription",
                "valueReference": {"reference": f"Subscription/{subscription.id}"},
            },
            {"name": "status", "valueCode": "active"},
            {"name": "type", "valueCode": "event-notification"},
            {"name": "events-since-subscription-start", "valueString": str(notice.event)},
            {
                "name": "notification-event",
                "part": [
                    {"name": "event-number", "valueString": str(notice.event)},
                    {"name": "timestamp", "valueInstant": instant(notice.created)},
                    {"name": "focus", "valueReference": {"reference": notice.about}},
                ],
            },
        ],
    }
    return {
        "resourceType": "Bundle",
        "type": "history",
        "timestamp": instant(now),
        "entry": [
            {
                "fullUrl": f"urn:uuid:{notice.id}",
                "resource": status,
                "request": {"method": "GET", "url": f"Subscription/{subscription.id}/$status"},
                "response": {"status": "200"},
            },
            {
                "fullUrl": f"{settings.base}/{notice.about}",
                "request": {"method": "PUT", "url": notice.about},
                "response": {"status": "200"},
            },
        ],
    }


def waiting(settings: Settings) -> int:
    """Return how many notices have not gone out yet."""
    with settings.store.reading() as session:
        query = select(Notice.id).where(
            Notice.sent.is_(None), or_(Notice.attempts < MOST_ATTEMPTS, Notice.due.is_not(None))
        )
        return len(session.scalars(query).all())
