"""A server with the made-up corner of England behind it, its registry, and a way out to it."""

from __future__ import annotations

import pytest

from mobilise.fetch import Patience, Store, Web
from tests.anywhere.england import registry_file, serve
from tests.anywhere.made import made_tables
from tests.anywhere.publishers import Publishers


@pytest.fixture(scope="session")
def tables():
    return made_tables()


@pytest.fixture
def server(tables):
    publishers = Publishers()
    serve(publishers, tables)
    yield publishers
    publishers.stop()


@pytest.fixture
def registry(server, tmp_path):
    return registry_file(server, tmp_path)


@pytest.fixture
def said():
    return []


@pytest.fixture
def web(said):
    with Web(Patience(tries=2, read=10), said.append, lambda _: None) as web:
        yield web


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "cache")
