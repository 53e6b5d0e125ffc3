"""People see what is kept of them, and have it erased; the audit stays provable."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from mobilise.cli import main
from mobilise.errors import NotAllowed, NotThere
from mobilise.referrals import (
    accept,
    audit,
    complete,
    counted,
    operator,
    record_attendance,
    record_contact,
    record_outcome,
    send_on,
)
from mobilise.referrals.access.links import send_link
from mobilise.referrals.model import Base
from mobilise.referrals.subjects import erase, find_people, held, over, subject_access
from tests.referrals.serving import serving, signed_in


def lived(care):
    task = care.refer(reason="MARKED reason")
    with care.store.work(care.worker) as work:
        accept(work, task.id)
        record_contact(work, task.id, how="phone", reached=True, note="MARKED note")
        part = send_on(work, task.id, care.service, needs=["loneliness"], note="MARKED words")
        send_link(work, part.id)
    with care.store.work(care.provider) as work:
        accept(work, part.id)
        record_attendance(work, part.id, datetime.now(UTC).date(), "attended")
        record_outcome(work, part.id, "ucla-3", 4, "after")
        complete(work, part.id, "MARKED message")
    with care.store.work(care.worker) as work:
        complete(work, task.id, "MARKED back")
    return task


def everything(store):
    """Return every value of every table but the audit's, as text."""
    with store.engine.connect() as connection:
        tables = [t for t in Base.metadata.sorted_tables if not t.name.startswith("audit")]
        return str([tuple(row) for table in tables for row in connection.execute(table.select())])


def test_a_person_is_shown_everything_and_who_saw_it(care):
    task = lived(care)
    with care.store.work(operator("PATRQT")) as work:
        (person,) = find_people(work, "a inv")
        told = subject_access(work, person.id)
    whole = json.dumps(told)
    for mark in ("reason", "note", "words", "message", "back"):
        assert f"MARKED {mark}" in whole
    assert person.id == task.person_id
    assert {e["who"] for e in told["seen_by"]} >= {"user/referrer", "user/worker", "user/provider"}


def test_erasing_leaves_nothing_but_a_provable_audit(care):
    task, other = lived(care), care.refer()
    before = everything(care.store)
    for mark in ("MARKED", "Ada", "9434765919", "01632 960001"):
        assert mark in before
    with care.store.work(operator("PATRQT")) as work:
        assert held(work, task.person_id)["tasks"] == 2
        erase(work, task.person_id)
    with care.store.work(operator("PATRQT")) as work:
        erase(work, other.person_id)
        for action in (held, subject_access, erase):
            with pytest.raises(NotThere):
                action(work, task.person_id)
    after = everything(care.store)
    for mark in ("MARKED", "Ada", "9434765919", "01632", "1950", "ZZ99"):
        assert mark not in after
    with care.store.reading() as session:
        assert audit.verify(session).faults == ()
        count = session.scalar(
            text("SELECT count(*) FROM audit WHERE person_id = :p"), {"p": task.person_id}
        )
        assert count > 10
    assert list(counted(care.store)) == []
    with serving(care.store) as settings:
        worker = signed_in(settings, "link worker", care.team)
        for address in (
            f"/Patient/{task.person_id}",
            f"/Task/{task.id}",
            f"/Task/{task.id}/_history/1",
        ):
            assert worker.get(address).status_code == 404
        assert worker.get("/Task").json()["total"] == 0


def test_sqlite_keeps_no_trace_in_its_file(small, tmp_path):
    task = lived(small)
    with small.store.work(operator("PATRQT")) as work:
        erase(work, task.person_id)
    file = small.store.engine.url.database
    small.store.close()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for file in tmp_path.glob("small.db*"):
        assert b"MARKED" not in file.read_bytes()
        assert b"Made-up Street" not in file.read_bytes()


def test_the_log_keeps_no_trace_either_while_a_server_is_running(small, tmp_path):
    task = lived(small)
    database = ["--database", str(small.store.engine.url)]
    assert main(["care", "erase", "--id", task.person_id, "--yes", *database]) == 0
    files = sorted(tmp_path.glob("small.db*"))
    assert len(files) > 1  # the server's connections keep the log
    for file in files:
        assert b"MARKED" not in file.read_bytes()


def test_what_is_over_is_erased_after_its_time_and_not_before(small):
    ended, still_open = lived(small), small.refer()
    later = datetime.now(UTC) + timedelta(days=365 * 8 + 10)
    with small.store.work(operator()) as work:
        assert over(work, 8) == []
    small.store.clock = lambda: later
    with small.store.work(operator()) as work:
        assert over(work, 8) == [ended.person_id]
    assert still_open.person_id != ended.person_id


def test_only_the_operator_sees_to_it(small):
    task = small.refer()
    for actor in (small.worker, small.administrator, small.analyst):
        with small.store.work(actor) as work, pytest.raises(NotAllowed):
            subject_access(work, task.person_id)


def test_the_commands(small, tmp_path, capsys):
    task = lived(small)
    at = ["--database", small.store.engine.url.render_as_string()]
    assert main(["care", "people", "--name", "ada", *at]) == 0
    assert task.person_id in capsys.readouterr().out
    file = tmp_path / "told.json"
    assert main(["care", "subject-access", "--id", task.person_id, "--to", str(file), *at]) == 0
    assert "MARKED" in file.read_text(encoding="utf-8")
    assert file.stat().st_mode & 0o077 == 0
    assert main(["care", "erase", "--id", task.person_id, *at]) == 0
    assert "Nothing was changed" in capsys.readouterr().out
    assert main(["care", "erase", "--id", task.person_id, "--yes", *at]) == 0
    assert main(["care", "retain", *at]) == 0
    capsys.readouterr()
    assert main(["audit", "verify", *at]) == 0
    noted = capsys.readouterr().out.split("--noted ")[1].strip()
    assert main(["audit", "verify", "--noted", noted, *at]) == 0
    with small.store.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET who = 'x' WHERE number = 3"))
    assert main(["audit", "verify", *at]) == 2
    assert "entry 3" in capsys.readouterr().out
