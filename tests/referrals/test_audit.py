"""A trail that was tampered with does not verify."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from mobilise.referrals import audit, operator


def drop_guard(connection):
    """Take the database's own guard away, as somebody with its password could."""
    if connection.dialect.name == "sqlite":
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("DROP TRIGGER audit_no_delete"))
    else:
        connection.execute(text("DROP TRIGGER audit_append_only ON audit"))


def filled(store):
    for number in range(6):
        with store.work(operator()) as work:
            work.note("read", "Patient", f"p{number}", person_id=f"p{number}")
            work.note("update", "Patient", f"p{number}", person_id=f"p{number}", version=2)


def faults(store, noted=None):
    with store.reading() as session:
        return audit.verify(session, noted=noted).faults


TAMPERING = {
    "changed": ["UPDATE audit SET who = 'somebody else' WHERE number = 4"],
    "moment": ["UPDATE audit SET at = (SELECT at FROM audit WHERE number = 12) WHERE number = 1"],
    "removed": ["DELETE FROM audit WHERE number = 5"],
    "first removed": ["DELETE FROM audit WHERE number = 1"],
    "last removed": ["DELETE FROM audit WHERE number = 12"],
    "emptied": ["DELETE FROM audit"],
    "swapped": [
        "UPDATE audit SET number = 100 WHERE number = 3",
        "UPDATE audit SET number = 3 WHERE number = 7",
        "UPDATE audit SET number = 7 WHERE number = 100",
    ],
    "moved up": [
        "DELETE FROM audit WHERE number = 11",
        "UPDATE audit SET number = 11 WHERE number = 12",
    ],
}


@pytest.mark.parametrize("tampering", TAMPERING.values(), ids=TAMPERING)
def test_what_was_changed_removed_or_moved_is_found(store, tampering):
    filled(store)
    assert faults(store) == ()
    with store.engine.begin() as connection:
        drop_guard(connection)
        for statement in tampering:
            connection.execute(text(statement))
    assert faults(store) != ()


@pytest.mark.parametrize("statement", ["UPDATE audit SET who = 'x'", "DELETE FROM audit"])
def test_the_database_itself_refuses(store, statement):
    filled(store)
    with pytest.raises(DBAPIError), store.engine.begin() as connection:
        connection.execute(text(statement))
    assert faults(store) == ()


def test_a_trail_rewritten_whole_differs_from_the_seal_noted_elsewhere(store):
    filled(store)
    with store.reading() as session:
        report = audit.verify(session)
    noted = (report.entries, report.seal)
    assert faults(store, noted) == ()
    with store.engine.begin() as connection:
        drop_guard(connection)
        connection.execute(text("DELETE FROM audit"))
        connection.execute(
            text("UPDATE audit_head SET number = 0, seal = :seal"), {"seal": audit.FIRST_SEAL}
        )
    filled(store)
    assert faults(store) == ()
    assert faults(store, noted) != ()
