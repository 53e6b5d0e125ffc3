"""How many referrals a second the FHIR API takes, with the audit on, beside a bare insert.

Requests leave on schedule whether or not earlier ones were answered, and a request's time runs
from when it was due: a server that stalls is charged for all who wait. Everything (database,
servers, clients) runs on this machine.
"""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.bench import care
from mobilise.bench.loading import Answers, load
from mobilise.bench.postgres import postgres
from mobilise.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

PEER = "bare insert"
SECONDS = 20.0
PURPOSES = ("referral", "sharing", "feedback")
GOAL_MS = 250.0


@dataclass(frozen=True)
class Job:
    """One load: which database, how many a second, and what is sent."""

    database: str
    rate: int
    whole: bool  # the person and three consents too, not only request and task
    servers: int

    @property
    def name(self) -> str:
        """How it is called."""
        what = "Person, consents and referral" if self.whole else "Referral"
        return f"{what}, {self.database}"


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    """Return one row for each load (see :func:`mobilise.bench.run`).

    ``ours_seconds`` is the median time of an answer, ``peer_seconds`` that of inserting and
    committing one row of the same bytes; ``ratio`` is the peer's over ours.
    """
    seconds = 3.0 if quick else SECONDS
    rows = []
    for job in (
        Job("SQLite", 30, whole=False, servers=1),
        Job("SQLite", 10, whole=True, servers=1),
    ):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(_row(job, f"sqlite:///{folder}/care.db", seconds))
    for job in (
        Job("PostgreSQL", 100, whole=False, servers=2),
        Job("PostgreSQL", 25, whole=True, servers=2),
    ):
        try:
            with postgres() as url:
                rows.append(_row(job, url, seconds))
        except InputError as error:
            rows.append({"job": job.name, "size": "", "peer": PEER, "note": str(error)})
    return rows


def _row(job: Job, url: str, seconds: float) -> dict[str, Any]:
    there = care.prepared(url)
    ports = [care.free_port() for _ in range(job.servers)]
    servers = [care.start_server(url, port) for port in ports]
    try:
        for port in ports:
            care.await_server(port)
        bodies = _bodies(job, there, ports, int(job.rate * seconds))
        headers = care.fhir_headers(care.token(there, ports[0])) | {"Prefer": "return=minimal"}
        answers = load(ports, "/", headers, bodies, job.rate)
    finally:
        for server in servers:
            care.kill(server)
    took = np.asarray(answers.seconds) * 1000
    bare = float(np.median(_bare(url, bodies[: min(len(bodies), 200)])))
    return {
        "job": job.name,
        "size": f"{job.rate} a second for {seconds:g} s, {job.servers} server processes",
        "peer": PEER,
        "ours_seconds": float(np.median(took)) / 1000,
        "peer_seconds": bare,
        "ratio": bare / (float(np.median(took)) / 1000),
        "note": _note(job, took, answers, len(bodies)),
    }


def _note(job: Job, took: NDArray[np.float64], answers: Answers, sent: int) -> str:
    kept = len(took) / answers.ended if answers.ended else 0.0
    p50, p95, p99 = (float(np.percentile(took, q)) for q in (50, 95, 99))
    held = p99 < GOAL_MS and kept > 0.97 * job.rate and not answers.refused
    busy = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return (
        f"{kept:.1f} a second sustained of {job.rate}; p50 {p50:.0f} ms, p95 {p95:.0f} ms, p99 "
        f"{p99:.0f} ms, most {took.max():.0f} ms; {answers.refused} of {sent:,} refused; "
        f"{'under' if held else 'NOT under'} {GOAL_MS:g} ms at the 99th; load average {busy}."
    )


def _bodies(job: Job, there: care.Care, ports: list[int], count: int) -> list[bytes]:
    """Return what is sent; where people are known before, register them first."""
    if job.whole:
        return [care.bundle(_whole(there, f"w{n}")) for n in range(count)]
    people = _registered(there, ports[0], 50)
    return [
        care.bundle(_plain(care.referral_entries(there, people[n % len(people)], f"r{n}")))
        for n in range(count)
    ]


def _whole(there: care.Care, number: str) -> list[dict[str, Any]]:
    entries = care.person_entries(number, PURPOSES)
    return _plain(entries + care.referral_entries(there, entries[0]["fullUrl"], number))


def _plain(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the entries without their conditions: each is sent once."""
    for entry in entries:
        del entry["request"]["ifNoneExist"]
    return entries


def _registered(there: care.Care, port: int, count: int) -> list[str]:
    import json

    headers = care.fhir_headers(care.token(there, port))
    found = []
    for n in range(count):
        body = care.bundle(care.person_entries(f"p{n}", PURPOSES))
        status, answer = care.asked_once(port, "/", body, headers)
        if status != 200:
            raise RuntimeError(f"a person was not registered: status {status}")
        found.append(f"Patient/{json.loads(answer)['entry'][0]['resource']['id']}")
    return found


def _bare(url: str, bodies: list[bytes]) -> list[float]:
    """Return the seconds of inserting each body as one row, committed, nothing else done."""
    from sqlalchemy import text

    from mobilise.referrals import open_store

    store = open_store(url, create=False)
    took = []
    try:
        with store.engine.begin() as connection:
            connection.execute(text("create table bare (number integer, body text)"))
        for number, body in enumerate(bodies):
            began = time.perf_counter()
            with store.engine.begin() as connection:
                connection.execute(
                    text("insert into bare values (:n, :b)"), {"n": number, "b": body.decode()}
                )
            took.append(time.perf_counter() - began)
    finally:
        store.close()
    return took
