"""The database: its tables, its steps, its refusals."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from mobilise.errors import Conflict, InputError, StoreError
from mobilise.referrals import NewPerson, operator
from mobilise.referrals.keeping import keep
from mobilise.referrals.migrations import upgrade
from mobilise.referrals.model import Base, Person
from mobilise.referrals.referring import register
from mobilise.referrals.store import open_store


def test_the_steps_make_the_tables_that_the_code_has(empty_url):
    store = open_store(empty_url)
    with store.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []
    assert upgrade(store.engine) is False
    store.close()


def test_a_database_that_is_not_up_to_date_is_refused(empty_url):
    with pytest.raises(StoreError, match="upgrade"):
        open_store(empty_url, create=False)


@pytest.mark.parametrize("wrong", ["", "mysql://x/y", "sqlite://", "nonsense"])
def test_an_address_that_cannot_be_used_is_said_so(wrong, monkeypatch):
    monkeypatch.delenv("MOBILISE_DATABASE_URL", raising=False)
    with pytest.raises(InputError):
        open_store(wrong)


def test_a_password_is_never_shown():
    with pytest.raises(StoreError) as told:
        open_store("postgresql+psycopg://somebody:secret-word@127.0.0.1:1/none")
    assert "secret-word" not in str(told.value)


def fail_after_registering(care, given):
    with care.store.work(care.referrer) as work:
        register(work, NewPerson(given, "Invented"))
        raise ZeroDivisionError


def test_work_that_fails_leaves_nothing(care):
    with pytest.raises(ZeroDivisionError):
        fail_after_registering(care, "Ada")
    with care.store.reading() as session:
        assert session.query(Person).count() == 0


def test_what_the_database_refuses_is_said_without_repeating_it(care):
    twice = Person(id="same", given="Marked", registered_by="nobody", version=0)
    with pytest.raises(Conflict) as told, care.store.work(care.referrer) as work:
        keep(work, twice)
    assert "Marked" not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize("number", ["9434765910", "943476591", "94347659190", "abcdefghij"])
def test_a_wrong_nhs_number_is_refused(small, number):
    with pytest.raises(InputError) as told, small.store.work(small.referrer) as work:
        register(work, NewPerson("Ada", "Invented", nhs_number=number))
    assert number not in str(told.value)


def test_what_nobody_asked_for_is_said_to_be_not_recorded(small):
    with small.store.work(small.referrer) as work:
        person = register(work, NewPerson("Ada", ""))
    assert (person.sex, person.ethnicity, person.area_id) == ("not recorded",) * 3
    assert operator().role == "operator"
