"""The directory under load: 50,000 services, 16 clients at once, the slowest of twenty answers.

The services are made from a real council's (``MOBILISE_SHARED`` names the folder of open data),
each with drawn places, hours, ages and costs. The load stays on this machine, and ends by itself.
"""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from mobilise.bench.loading import ask
from mobilise.bench.postgres import postgres
from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.directory import Directory

SERVICES, CLIENTS, REQUESTS = 50_000, 16, 3200
SEED = 20
FEED = "data/directories/oruk_bristol_services.json.gz"
FILTERED, NEARBY = "a filtered page", "words and distance"
LIMITS = {FILTERED: 60.0, NEARBY: 120.0}  # milliseconds, of the 95th percentile
_WORDS = ("support", "carers", "dementia", "debt", "garden", "lunch club", "bereavement", "walking")
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    """Return a row for each store, number of workers and kind of question."""
    feed = Path(os.environ.get("MOBILISE_SHARED", "../shared")) / FEED
    if not feed.is_file():
        return [_row("directory", 0, "", None, f"the real feed is not at {feed}; nothing timed")]
    count, requests = (1000, 160) if quick else (SERVICES, REQUESTS)
    services = made_services(feed, count)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        rows += _of_store(Path(folder) / "SQLite", None, "SQLite", services, requests)
        try:
            with postgres() as url:
                there = Path(folder) / "PostgreSQL"
                rows += _of_store(there, url, "PostgreSQL", services, requests)
        except InputError as error:
            rows.append(_row("directory", count, "PostgreSQL", None, str(error)))
    return rows


def made_services(feed: Path, count: int) -> list[dict[str, Any]]:
    """Return so many services made from a feed's own: the same for the same feed."""
    from mobilise.sources.hsds import normalise, read_feed
    from mobilise.sources.hsds.normal import derived_id

    real = normalise(read_feed(feed), "real").services
    draw = random.Random(SEED)  # noqa: S311  (no secrets)
    made = []
    for number in range(count):
        service = dict(real[number % len(real)])
        key = derived_id("load", str(number))
        service |= {"id": key, "name": f"{service['name']} {number // len(real) + 1}"}
        service["schedules"] = [_schedule(key, draw)]
        if draw.random() < 0.5:
            service["minimum_age"] = draw.choice([0, 5, 11, 16, 18, 50, 65])
            service["maximum_age"] = draw.choice([70, 80, 99, 120])
        if draw.random() < 0.4:
            service["fees"] = draw.choice(["Free", "£3", "£5"])
        service["service_at_locations"] = [_site(key, draw)]
        made.append(service)
    return made


def _schedule(key: str, draw: random.Random) -> dict[str, Any]:
    from mobilise.sources.hsds.normal import derived_id

    opens = draw.randrange(8, 19)
    return {
        "id": derived_id(key, "schedule"),
        "freq": "WEEKLY",
        "byday": ",".join(sorted(draw.sample(_DAYS, draw.randrange(1, 6)), key=_DAYS.index)),
        "opens_at": f"{opens:02d}:00",
        "closes_at": f"{opens + draw.randrange(1, 5):02d}:00",
    }


def _site(key: str, draw: random.Random) -> dict[str, Any]:
    from mobilise.sources.hsds.normal import derived_id

    location = {
        "id": derived_id(key, "location"),
        "location_type": "physical",
        "latitude": round(draw.gauss(51.455, 0.06), 6),
        "longitude": round(draw.gauss(-2.59, 0.09), 6),
    }
    ids = {"id": derived_id(key, "site"), "service_id": key, "location_id": location["id"]}
    return {**ids, "location": location}


def _of_store(
    folder: Path, url: str | None, store: str, services: list[dict[str, Any]], requests: int
) -> list[dict[str, Any]]:
    from mobilise.directory import import_services, open_directory
    from mobilise.directory.nearby import put_postcodes
    from mobilise.sources.hsds import Normal

    directory = open_directory(folder, url=url)
    print(f"directory: {len(services):,} services into {store}", file=sys.stderr, flush=True)
    began = time.perf_counter()
    import_services(directory, Normal(services, read=len(services)), "load")
    took = time.perf_counter() - began
    draw = random.Random(SEED)  # noqa: S311  (no secrets)
    codes = [
        {
            "postcode": f"BS{n // 100 + 1}{n // 10 % 10}A{chr(65 + n % 10)}",
            "latitude": draw.gauss(51.455, 0.05),
            "longitude": draw.gauss(-2.59, 0.07),
        }
        for n in range(300)
    ]
    with directory.changing() as connection:
        put_postcodes(connection, codes)
    tuned(directory)
    asked = _questions(directory, [str(code["postcode"]) for code in codes], requests)
    directory.close()
    rows = [_row(f"import into {store}", len(services), "", took, "")]
    for workers in (1, 2):
        rows += _served(folder, url, store, workers, asked, len(services))
    return rows


def tuned(directory: Directory) -> None:
    """Let the database look at what it holds, as its own housekeeping would in time."""
    with directory.reading() as connection:
        connection.exec_driver_sql("analyze")


def _questions(directory: Directory, postcodes: Sequence[str], count: int) -> dict[str, list[str]]:
    """Return the addresses asked for, of each kind, in a drawn order."""
    draw = random.Random(SEED)  # noqa: S311  (no secrets)
    with directory.reading() as connection:
        read = connection.exec_driver_sql
        terms = read("select distinct term_id from service_terms order by 1").scalars().all()
        owners = read("select id from organizations order by id").scalars().all()
    filtered, nearby = [], []
    for _ in range(count):
        some: list[dict[str, Any]] = [
            {"taxonomy_term_id": draw.choice(terms)},
            {"organization_id": draw.choice(owners)},
            {"day": draw.choice(_DAYS), "start_time": f"{draw.randrange(8, 18):02d}:00"},
            {"minimum_age": draw.choice([5, 16, 50]), "maximum_age": 99},
            {"taxonomy_term_id": draw.choice(terms), "day": draw.choice(_DAYS)},
        ]
        page = {"page": draw.randrange(1, 6), "per_page": 20}
        filtered.append(f"/services?{urlencode({**draw.choice(some), **page})}")
        near = {"postcode": draw.choice(postcodes), "proximity": draw.choice([500, 2000, 5000])}
        near |= {"search": draw.choice(_WORDS), "per_page": 20}
        nearby.append(f"/service_at_locations?{urlencode(near)}")
    return {FILTERED: filtered, NEARBY: nearby}


def _served(
    folder: Path,
    url: str | None,
    store: str,
    workers: int,
    asked: dict[str, list[str]],
    count: int,
) -> list[dict[str, Any]]:
    port = free_port()
    environment = {**os.environ, **({"MOBILISE_DIRECTORY_URL": url} if url else {})}
    command = [sys.executable, "-m", "mobilise.bench.served", str(folder), str(port), str(workers)]
    rows = []
    with subprocess.Popen(command, env=environment) as server:
        try:
            await_port(port)
            for kind, addresses in asked.items():
                ask(port, addresses[: CLIENTS * 10], CLIENTS)  # caches
                answers = ask(port, addresses, CLIENTS)
                if answers.refused:
                    raise RuntimeError(f"{answers.refused} of {len(addresses)} were refused")
                took = sorted(answers.seconds)
                rate = len(took) / answers.ended
                p95 = took[int(len(took) * 0.95)]
                note = (
                    f"p95 {p95 * 1000:.0f} ms (limit {LIMITS[kind]:.0f}), median "
                    f"{took[len(took) // 2] * 1000:.0f} ms, {rate:.0f} a second, "
                    f"{CLIENTS} clients, "
                    f"load {os.getloadavg()[0]:.1f}"
                )
                job = f"{kind}, {store}, {workers} worker{'s' if workers > 1 else ''}"
                rows.append(_row(job, count, "", p95, note))
        finally:
            server.terminate()
    return rows


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def await_port(port: int, seconds: float = 60.0) -> None:
    """Return when somebody listens on a port.

    Raises
    ------
    TimeoutError
        Nobody does in time.
    """
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"nobody listens on port {port}")


def _row(job: str, size: int, peer: str, seconds: float | None, note: str) -> dict[str, Any]:
    named = {"job": job, "size": f"{size:,} services", "peer": peer or "limit"}
    return {**named, "ours_seconds": seconds, "note": note}


if __name__ == "__main__":
    print(json.dumps(run(quick="--quick" in sys.argv), indent=1))
