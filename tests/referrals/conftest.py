"""A store on each database, and invented organisations and people in it."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from argon2 import PasswordHasher

from mobilise.referrals import (
    Actor,
    NewPerson,
    Store,
    add_organisation,
    add_service,
    open_store,
    operator,
    refer,
)
from mobilise.referrals import store as stores
from mobilise.referrals.access import accounts


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords():
    """Hash passwords by little work: what is tested does not depend on how much."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(accounts, "HASHER", PasswordHasher(time_cost=1, memory_cost=64))
        yield


@pytest.fixture(scope="session", autouse=True)
def _quick_disk():
    """Let SQLite not wait for the disk: no test in this process pulls the plug."""
    tune = stores._tune_sqlite

    def quick(connection, record):
        tune(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stores, "_tune_sqlite", quick)
        yield


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request, tmp_path):
    """Return the address of an empty database, on each that we keep."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/empty.db"
    return request.getfixturevalue("postgres_url")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """Return a SQLite file with all tables and nothing in them: copying it is quick."""
    file = tmp_path_factory.mktemp("template") / "care.db"
    open_store(f"sqlite:///{file}").close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture(scope="session")
def postgres_template(postgres_server):
    """Return the name of a PostgreSQL database with all tables and nothing in them."""
    with _administrating(postgres_server) as connection:
        connection.execute("create database care_template")
    open_store(f"{postgres_server}/care_template").close()
    return "care_template"


@contextmanager
def _administrating(server):
    import psycopg

    plain = server.replace("+psycopg", "")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        yield connection


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    """Yield the address of a database that has its tables, on each that we keep."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "care.db")
        yield f"sqlite:///{tmp_path}/care.db"
        return
    server = request.getfixturevalue("postgres_server")
    template = request.getfixturevalue("postgres_template")
    name = f"care_{os.urandom(6).hex()}"
    with _administrating(server) as connection:
        connection.execute(f"create database {name} template {template} strategy file_copy")
    yield f"{server}/{name}"
    with _administrating(server) as connection:
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def store(url):
    opened = open_store(url)
    yield opened
    opened.close()


@dataclass
class Care:
    """A practice, a team of link workers, a choir, and somebody of each."""

    store: Store
    practice: str
    team: str
    choir: str
    other_choir: str
    service: str
    referrer: Actor
    worker: Actor
    provider: Actor
    stranger: Actor
    analyst: Actor
    administrator: Actor

    def refer(self, consented=("referral", "sharing", "feedback"), **more):
        with self.store.work(self.referrer) as work:
            return refer(
                work, ADA, to=self.team, needs=["loneliness"], consented=list(consented), **more
            )


ADA = NewPerson(
    "Ada",
    "Invented",
    birth_date=date(1950, 3, 1),
    sex="female",
    ethnicity="C",
    nhs_number="9434765919",
    phone="01632 960001",
    email="ada@example.org",
    address="1 Made-up Street",
    postcode="ZZ99 1AA",
)


def people(store):
    """Return the organisations and actors, kept in the store."""
    with store.work(operator()) as work:
        practice = add_organisation(work, "Invented Practice", "practice")
        team = add_organisation(work, "Invented Link Workers", "link worker service")
        choir = add_organisation(work, "Invented Choir", "provider", email="choir@example.org")
        other = add_organisation(work, "Another Choir", "provider")
        service = add_service(work, "Sing together", choir.id, kind="music", places_free=4)
    return Care(
        store,
        practice.id,
        team.id,
        choir.id,
        other.id,
        service.id,
        Actor("user/referrer", "referrer", practice.id),
        Actor("user/worker", "link worker", team.id),
        Actor("user/provider", "provider", choir.id),
        Actor("user/stranger", "provider", other.id),
        Actor("user/analyst", "analyst"),
        Actor("user/administrator", "administrator"),
    )


@pytest.fixture
def care(store):
    return people(store)


@pytest.fixture
def small(tmp_path, sqlite_template):
    """Return the same on SQLite alone, for what no database could change."""
    shutil.copy(sqlite_template, tmp_path / "small.db")
    opened = open_store(f"sqlite:///{tmp_path}/small.db")
    yield people(opened)
    opened.close()
