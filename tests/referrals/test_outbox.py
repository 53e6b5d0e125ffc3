"""Notices: written with the change, sent at least once, the same under the same key."""

from __future__ import annotations

import ssl
import threading
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from aiosmtpd.controller import Controller
from fastapi import FastAPI, Request
from fastapi.responses import Response

from mobilise.errors import NotAllowed, NotSignedIn
from mobilise.referrals import (
    accept,
    case,
    complete,
    inbox,
    record_attendance,
    record_outcome,
    refer,
    send_on,
)
from mobilise.referrals.access.links import (
    actor_of_link,
    link_token,
    minimum,
    revoke_links,
    send_link,
)
from mobilise.referrals.courier import Courier, _lease, _mail, deliver
from mobilise.referrals.model import Link, Notice
from mobilise.referrals.settings import Mail, Settings
from mobilise.web import listen
from tests.referrals.conftest import ADA, people
from tests.referrals.examples import kept, referral_bundle, subscription
from tests.referrals.serving import running, serving, signed_in


class Receiver:
    """Another system's hook: keeps what it gets; fails as often as it is told to."""

    def __init__(self):
        self.got = []
        self.failing = 0
        self.arrived = threading.Event()
        self.app = FastAPI()
        self.app.add_api_route("/hook", self.take, methods=["POST"])

    async def take(self, request: Request) -> Response:
        self.got.append((request.headers["idempotency-key"], await request.json()))
        self.failing -= 1
        self.arrived.set()
        return Response(status_code=503 if self.failing >= 0 else 200)


class Clock:
    """A clock that is moved by hand."""

    def __init__(self):
        self.now = datetime.now(UTC)

    def __call__(self):
        return self.now


@pytest.fixture
def hook():
    receiver = Receiver()
    with running(receiver.app) as port:
        receiver.address = f"http://127.0.0.1:{port}/hook"
        yield receiver


@pytest.fixture
def mails():
    class Handler:
        def __init__(self):
            self.got = []

        async def handle_DATA(self, server, session, envelope):  # noqa: N802  (its name)
            self.got.append((envelope.rcpt_tos, envelope.content.decode()))
            return "250 OK"

    handler = Handler()
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler.got, Mail("127.0.0.1", port)
    controller.stop()


def test_a_change_is_told_by_its_id_alone_until_it_is_taken(store, hook):
    care = people(store)
    with serving(store) as settings:
        worker = signed_in(settings, "link worker", care.team)
        gp = signed_in(settings, "referrer", care.practice)
        made = worker.post("/Subscription", json=subscription(hook.address))
        assert made.json()["status"] == "active"
        task = kept(gp.post("/", json=referral_bundle(care.practice, care.team)), "Task")
        hook.failing = 1
        assert deliver(settings) == 0
        store.clock = Clock()
        store.clock.now += timedelta(seconds=5)
        assert deliver(settings) == 1
        assert deliver(settings) == 0
    (first, _), (second, told) = hook.got
    assert first == second
    assert told["entry"][1]["request"]["url"] == f"Task/{task['id']}"
    assert "Invented" not in str(hook.got)


def test_what_nobody_may_see_is_not_told_to_them(small, hook):
    with serving(small.store) as settings:
        stranger = signed_in(settings, "provider", small.other_choir)
        stranger.post("/Subscription", json=subscription(hook.address, "Task"))
        small.refer()
        assert deliver(settings) == 0
        analyst = signed_in(settings, "analyst", None)
        assert analyst.post("/Subscription", json=subscription(hook.address)).status_code == 403
    assert hook.got == []


def test_a_change_that_is_undone_is_told_to_nobody(small, hook):
    with serving(small.store) as settings:
        worker = signed_in(settings, "link worker", small.team)
        worker.post("/Subscription", json=subscription(hook.address))
        with pytest.raises(ZeroDivisionError):
            undone(small)
        assert deliver(settings) == 0


def undone(care):
    with care.store.work(care.referrer) as work:
        refer(work, ADA, to=care.team, needs=["money"], consented=["referral"])
        raise ZeroDivisionError


def test_a_notice_that_was_leased_and_not_sent_is_sent_by_the_next_courier(small, hook):
    """As if the process died between the lease and the sending."""
    with serving(small.store) as settings:
        worker = signed_in(settings, "link worker", small.team)
        worker.post("/Subscription", json=subscription(hook.address))
        small.refer()
        leased = _lease(settings)
        assert leased is not None
        assert deliver(settings) == 0
        small.store.clock = Clock()
        small.store.clock.now += timedelta(minutes=2)
        assert deliver(settings) == 1
    assert [key for key, _ in hook.got] == [leased]


def test_the_courier_is_woken_by_a_change(small, hook):
    with serving(small.store) as settings:
        worker = signed_in(settings, "link worker", small.team)
        worker.post("/Subscription", json=subscription(hook.address))
        courier = Courier(settings, every=3600).start()
        try:
            small.refer()
            assert hook.arrived.wait(20)
        finally:
            courier.stop()


def sent_on(care):
    task = care.refer()
    with care.store.work(care.worker) as work:
        accept(work, task.id)
        part = send_on(work, task.id, care.service, needs=["loneliness"], note="Sings alto.")
        send_link(work, part.id)
    return part


def test_a_small_group_answers_by_an_e_mailed_link(small, mails):
    got, mail = mails
    part = sent_on(small)
    settings = Settings(small.store, "http://x/fhir", b"secret", pages="http://x", mail=mail)
    assert deliver(settings) == 1
    ((to, text),) = got
    assert to == ["choir@example.org"]
    assert "Ada" not in text
    token = next(word for word in text.split() if word.startswith("http://x/answer/"))
    token = token.removeprefix("http://x/answer/")
    actor = actor_of_link(small.store, b"secret", token)
    with small.store.work(actor) as work:
        shown = minimum(work)
        assert (shown.given, shown.phone, shown.note) == (None, None, "Sings alto.")
        assert shown.needs == ("Loneliness or isolation",)
        accept(work, shown.task_id)
        assert minimum(work).phone == "01632 960001"
        record_attendance(work, part.id, date(2026, 2, 3), "attended")
        complete(work, part.id, "She came.")
    with small.store.work(actor) as work:
        assert not minimum(work).open
        for forbidden in (case, inbox):
            with pytest.raises(NotAllowed):
                forbidden(work, part.id) if forbidden is case else forbidden(work)
        with pytest.raises(NotAllowed):
            record_outcome(work, part.id, "ucla-3", 4, "after")


def test_a_link_ends_and_cannot_be_forged(small):
    part = sent_on(small)
    with small.store.reading() as session:
        link = session.query(Link).one()
    token = link_token(b"secret", link.id)
    assert actor_of_link(small.store, b"secret", token).task_id == part.id
    for wrong in (
        token[:-1] + "0" if token[-1] != "0" else token[:-1] + "1",
        link.id,
        "",
        "a.b",
        "é.é",
    ):
        with pytest.raises(NotSignedIn):
            actor_of_link(small.store, b"secret", wrong)
    with pytest.raises(NotSignedIn):
        actor_of_link(small.store, b"another secret", token)
    with small.store.work(small.worker) as work:
        assert revoke_links(work, part.id) == 1
    with pytest.raises(NotSignedIn):
        actor_of_link(small.store, b"secret", token)
    part = sent_on(small)
    with small.store.reading() as session:
        link = session.query(Link).filter_by(task_id=part.id).one()
    small.store.clock = Clock()
    small.store.clock.now += timedelta(days=15)
    with pytest.raises(NotSignedIn):
        actor_of_link(small.store, b"secret", link_token(b"secret", link.id))


def test_a_mail_server_that_is_away_loses_nothing(small):
    sent_on(small)
    settings = Settings(small.store, "http://x/fhir", b"s", mail=Mail("127.0.0.1", 1))
    assert deliver(settings) == 0
    with small.store.reading() as session:
        (notice,) = session.query(Notice).all()
    assert (notice.sent, notice.attempts) == (None, 1)


def test_a_subscription_by_e_mail_holds_an_address_and_no_person(small, mails):
    got, mail = mails
    with serving(small.store, mail=mail) as settings:
        worker = signed_in(settings, "link worker", small.team)
        channel = {"type": "email", "endpoint": "mailto:team@example.org"}
        sent = subscription("x") | {"channel": channel}
        assert worker.post("/Subscription", json=sent).status_code == 201
        task = small.refer()
        assert deliver(settings) == 1
    ((to, text),) = got
    assert to == ["team@example.org"]
    assert f"Task/{task.id}" in text
    assert "Ada" not in text


def test_a_mail_server_that_asks_for_tls_proves_who_it_is(monkeypatch):
    said = []

    class Server:
        def __init__(self, *_, **__): ...
        def __enter__(self):
            return self

        def __exit__(self, *_): ...
        def starttls(self, context):
            said.append(context)

        def send_message(self, message):
            said.append(message["To"])

    monkeypatch.setattr("smtplib.SMTP", Server)
    settings = SimpleNamespace(mail=Mail("mail.example", tls=True))
    _mail(settings, "group@example.org", "About", "text", "key")
    assert said[0].verify_mode is ssl.CERT_REQUIRED
    assert said[0].check_hostname
    assert said[1:] == ["group@example.org"]
