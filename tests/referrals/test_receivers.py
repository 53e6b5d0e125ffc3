"""Where notices may go: never to a door that only the server can reach."""

from __future__ import annotations

import socket

import pytest

from mobilise.errors import InputError
from mobilise.referrals.courier import deliver
from mobilise.referrals.model import Notice
from mobilise.referrals.receivers import NotReached, check_receiver, may_reach, networks_of, pinned
from tests.referrals.examples import subscription
from tests.referrals.serving import serving, signed_in

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104  (refused, not listened on)
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1%eth0",
    "fd00::1",
    "::ffff:127.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "64:ff9b:1::7f00:1",
    "::7f00:1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused(address):
    assert not may_reach(address, ())


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe"])
def test_what_is_public_is_allowed(address):
    assert may_reach(address, ())


def test_the_deployer_may_name_networks():
    allowed = networks_of("10.2.0.0/16, ::1")
    assert may_reach("10.2.3.4", allowed)
    assert may_reach("::1", allowed)
    assert not may_reach("10.3.0.1", allowed)
    with pytest.raises(InputError, match="MOBILISE_PRIVATE_RECEIVERS"):
        networks_of("the office")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/x",
        "http://[::1]/x",
        "https://localhost/x",
        "http://user:word@9.9.9.9/",
        "http:///x",
        "http://[zz/",
        "http://9.9.9.9:port/",
    ],
)
def test_a_receiver_that_is_seen_to_be_private_is_refused_at_once(url):
    with pytest.raises(InputError):
        check_receiver(url, ())


def named(monkeypatch, *addresses):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 0)) for one in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)


def test_a_name_is_looked_up_once_and_every_address_of_it_must_be_public(monkeypatch):
    named(monkeypatch, "9.9.9.9")
    sent = pinned("https://hook.example.org/a?b=1", ())
    assert (sent.url, sent.host, sent.name) == (
        "https://9.9.9.9:443/a?b=1",
        "hook.example.org",
        "hook.example.org",
    )
    named(monkeypatch, "9.9.9.9", "127.0.0.1")
    with pytest.raises(NotReached):
        pinned("https://hook.example.org/", ())


def test_a_name_that_leads_inside_is_not_knocked_at_when_a_notice_is_due(small, monkeypatch):
    with serving(small.store) as settings:
        small.store.private_receivers = ()
        worker = signed_in(settings, "link worker", small.team)
        inside = worker.post("/Subscription", json=subscription("http://127.0.0.1:9/"))
        assert inside.status_code == 400
        made = worker.post("/Subscription", json=subscription("http://inside.example.org:9/"))
        assert made.status_code == 201
        small.refer()
        named(monkeypatch, "127.0.0.1")
        assert deliver(settings) == 0
        monkeypatch.undo()
    with small.store.reading() as session:
        assert [n.fault for n in session.query(Notice)] == ["NotReached"]
