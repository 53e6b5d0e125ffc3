"""Nothing lost: servers killed at random moments under writes, then everything is looked for.

Two servers on one database take transactions that each refer somebody, from several processes.
One of the servers is killed (SIGKILL) at a random moment, started again, and so on. A writer whose
answer does not come sends the same once more, made conditional by its identifiers. At the end:
every referral that was acknowledged is there, none is there twice, none is there in part, the
audit's chain holds, and the outbox has told the subscriber of every task.
"""

from __future__ import annotations

import http.client
import json
import multiprocessing
import random
import tempfile
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.bench import care
from mobilise.bench.postgres import postgres
from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess

KILLS = 200
WRITERS = 3
BETWEEN = (0.05, 0.8)  # seconds from a server's being up to the next kill
OUTBOX_SECONDS = 240.0  # a notice that a killed server held is free again after a minute


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    """Return one row for each database (see :func:`mobilise.bench.run`)."""
    kills = 4 if quick else KILLS
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        rows.append(_row("SQLite", kills, lambda: killed(f"sqlite:///{folder}/care.db", kills)))
    try:
        with postgres() as url:
            rows.append(_row("PostgreSQL", kills, lambda: killed(url, kills)))
    except InputError as error:
        rows.append({"job": "Nothing lost, PostgreSQL", "size": "", "peer": "none",
                     "note": str(error)})  # fmt: skip
    return rows


def _row(name: str, kills: int, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    began = time.monotonic()
    found = work()
    note = ", ".join(f"{key} {value:,}" for key, value in found.items())
    return {
        "job": f"Nothing lost, {name}",
        "size": f"{kills} kills, {WRITERS} writers, 2 servers",
        "peer": "none",
        "ours_seconds": time.monotonic() - began,
        "note": note,
    }


def killed(
    url: str, kills: int, *, seed: int = 1, patience: float = OUTBOX_SECONDS
) -> dict[str, Any]:
    """Kill servers under writes, and return what was found afterwards.

    Parameters
    ----------
    url
        An empty database.
    kills
        How often.
    seed
        Of the moments.
    patience
        How long to wait for the outbox at the end, in seconds.

    Returns
    -------
    dict
        ``acknowledged, kept, lost, twice, in_part, audit_entries, audit_faults, notices,
        untold``: lost, twice, in_part, audit_faults and untold must be 0.
    """
    there = care.prepared(url)
    ports = [care.free_port(), care.free_port()]
    with tempfile.TemporaryDirectory() as folder, _subscriber() as (address, told):
        servers = [care.start_server(url, port, courier=True) for port in ports]
        for port in ports:
            care.await_server(port)
        _subscribe(there, ports[0], address)
        stop = Path(folder) / "stop"
        writers = _writers(there, ports, folder, stop)
        chance = random.Random(seed)  # noqa: S311  (moments, not secrets)
        for _ in range(kills):
            time.sleep(chance.uniform(*BETWEEN))
            which = chance.randrange(len(ports))
            care.kill(servers[which])
            servers[which] = care.start_server(url, ports[which], courier=True)
            care.await_server(ports[which])  # so that the next kill meets servers at work
        stop.touch()
        for writer in writers:
            writer.join()
        acknowledged = _acknowledged(folder)
        untold = _await_outbox(acknowledged, told, patience)
        for server in servers:
            care.kill(server)
        return {"acknowledged": len(acknowledged), **_found(url, acknowledged),
                "notices": len(told), "untold": untold}  # fmt: skip


def _writers(there: care.Care, ports: list[int], folder: str, stop: Path) -> list[BaseProcess]:
    context = multiprocessing.get_context("forkserver")
    writers = [
        context.Process(target=write, args=(there, ports, f"{folder}/acks-{n}", str(stop), n))
        for n in range(WRITERS)
    ]
    for writer in writers:
        writer.start()
    return list(writers)


def write(there: care.Care, ports: list[int], acks: str, stop: str, number: int) -> None:
    """Refer one invented person after the other until told to stop; note what was acknowledged."""
    chance = random.Random(number)  # noqa: S311  (which server, not secrets)
    granted, until, count = "", 0.0, 0
    with Path(acks).open("a", encoding="utf-8", buffering=1) as noted:
        while not Path(stop).exists():
            count += 1
            who = f"{number}-{count}"
            entries = care.person_entries(who, ("referral",))
            entries += care.referral_entries(there, entries[0]["fullUrl"], who)
            body, task = care.bundle(entries), None
            while task is None:
                with suppress(OSError, http.client.HTTPException, RuntimeError):
                    port = chance.choice(ports)
                    if time.monotonic() > until:
                        granted, until = care.token(there, port), time.monotonic() + 120
                    task = _sent(port, body, granted)
            noted.write(f"{who} {task}\n")


def _sent(port: int, body: bytes, granted: str) -> str | None:
    """Send a transaction; return the task's id once it is acknowledged."""
    status, answer = care.asked_once(port, "/", body, care.fhir_headers(granted))
    if status != 200:
        return None
    last = json.loads(answer)["entry"][-1]
    return str(last["resource"]["id"])


def _acknowledged(folder: str) -> dict[str, str]:
    lines = [
        line.split()
        for path in sorted(Path(folder).glob("acks-*"))
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return {who: task for who, task in lines}  # noqa: C416  (lists of two)


class _subscriber:  # noqa: N801  (used as a function)
    """A subscriber on a port of its own: yields its address and the ids it was told of."""

    def __enter__(self) -> tuple[str, dict[str, int]]:
        told: dict[str, int] = {}

        class Receiver(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                body = self.rfile.read(length)
                if len(body) < length:  # its sender was killed: it will come again
                    return
                for task in _tasks_in(json.loads(body)):
                    told[task] = told.get(task, 0) + 1
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self.server.server_port}/", told

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()


def _tasks_in(value: Any) -> Iterator[str]:
    """Yield the ids of the tasks that a notification points at."""
    if isinstance(value, dict):
        reference = value.get("reference")
        if isinstance(reference, str) and "Task/" in reference:
            yield reference.rpartition("Task/")[2]
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _tasks_in(one)


def _subscribe(there: care.Care, port: int, address: str) -> None:
    wanted = {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "to be told",
        "criteria": "Task?status=requested",
        "channel": {"type": "rest-hook", "endpoint": address, "payload": "application/fhir+json"},
    }
    headers = care.fhir_headers(care.token(there, port))
    status, answer = care.asked_once(port, "/Subscription", json.dumps(wanted).encode(), headers)
    if status != 201:
        raise RuntimeError(f"no subscription: {status} {answer[:200]!r}")


def _await_outbox(acknowledged: dict[str, str], told: dict[str, int], patience: float) -> int:
    """Wait until the subscriber was told of every task; return of how many it was not."""
    end = time.monotonic() + patience
    while time.monotonic() < end and not set(acknowledged.values()) <= set(told):
        time.sleep(0.5)
    return len(set(acknowledged.values()) - set(told))


def _found(url: str, acknowledged: dict[str, str]) -> dict[str, int]:
    """Look for everything in the database itself."""
    from sqlalchemy import text

    from mobilise.referrals import audit, open_store

    store = open_store(url, create=False)
    query = text("select type, value from search_values where parameter='identifier' "
                 "and system=:system")  # fmt: skip
    with store.reading() as session:
        rows = session.execute(query, {"system": care.NUMBER}).all()
        report = audit.verify(session)
        tasks = set(session.execute(text("select id from tasks")).scalars())
    store.close()
    times: dict[tuple[str, str], int] = {}
    for type_, value in rows:
        times[type_, value] = times.get((type_, value), 0) + 1
    people = {value for type_, value in times if type_ == "Patient"}
    whole = {
        who
        for who in people
        if times.get(("ServiceRequest", f"{who}-request")) and times.get(("Task", f"{who}-task"))
    }
    return {
        "kept": len(people),
        "lost": sum(who not in whole or task not in tasks for who, task in acknowledged.items()),
        "twice": sum(count > 1 for count in times.values()),
        "in_part": len(people - whole),
        "audit_entries": report.entries,
        "audit_faults": len(report.faults),
    }
