"""Small versions of the load and of the kills: the full ones are `mobilise bench` by name."""

from __future__ import annotations

import sys

import pytest

from mobilise.bench import care, killing, referrals

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL and forkserver are POSIX")


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, tmp_path):
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/care.db"
    return request.getfixturevalue("postgres_url")


def test_nothing_is_lost_when_servers_are_killed(url):
    found = killing.killed(url, 3, seed=4, patience=4)
    assert found["acknowledged"] > 0
    assert found["kept"] >= found["acknowledged"]
    assert found["untold"] <= 3  # a killed courier's notice is free again after a minute
    wrong = ("lost", "twice", "in_part", "audit_faults")
    assert {name: found[name] for name in wrong} == dict.fromkeys(wrong, 0)
    assert found["audit_entries"] > found["acknowledged"]


def test_what_is_lost_would_be_found(tmp_path):
    """The look-up is worth something: it misses what was never written."""
    url = f"sqlite:///{tmp_path}/care.db"
    care.prepared(url)
    found = killing._found(url, {"nobody-1": "no-such-task"})
    assert (found["lost"], found["kept"]) == (1, 0)


def test_a_load_is_answered_and_told(tmp_path):
    job = referrals.Job("SQLite", 10, whole=True, servers=1)
    row = referrals._row(job, f"sqlite:///{tmp_path}/care.db", 0.5)
    assert "0 of 5 refused" in row["note"]
    assert row["ours_seconds"] > row["peer_seconds"] > 0
