"""A server on this machine, and a way out to it that waits for nothing."""

from __future__ import annotations

import pytest

from mobilise.fetch import Patience, Store, Web
from tests.anywhere.publishers import Publishers


@pytest.fixture
def server():
    publishers = Publishers()
    yield publishers
    publishers.stop()


@pytest.fixture
def out():
    """Yield a way out, what it said and what it waited."""
    said, waited = [], []
    with Web(Patience(tries=4, read=10), said.append, waited.append) as web:
        yield web, said, waited


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache")
