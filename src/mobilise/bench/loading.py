"""Send requests from one light process: ``python -m mobilise.bench.loading``.

An open loop (:func:`load`): a request leaves when it is due, whether or not earlier ones were
answered, and its time runs from then. Or a closed one (:func:`ask`): so many clients ask one
question after another. The client speaks just enough HTTP/1.1 to keep connections alive, so that
on a small machine it takes little from the server that it measures.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

AHEAD = 0.3  # seconds until the first request is due
PATIENCE = 60.0


@dataclass(frozen=True)
class Answers:
    """When requests were answered, after they were due.

    Attributes
    ----------
    seconds
        Of each request, from when it was due.
    refused
        How many were answered with another status than 200.
    ended
        Seconds from when the first was due to the last answer.
    """

    seconds: list[float]
    refused: int
    ended: float


def load(
    ports: Sequence[int], path: str, headers: dict[str, str], bodies: Sequence[bytes], rate: float
) -> Answers:
    """Send requests from a process of its own; return when they were answered.

    Parameters
    ----------
    ports
        Where servers listen on this machine; requests go round them.
    path, headers
        Of every request.
    bodies
        Of each request, in order.
    rate
        How many are due a second.
    """
    job = {
        "ports": list(ports),
        "path": path,
        "headers": headers,
        "bodies": [body.decode() for body in bodies],
        "rate": rate,
    }
    return _done(job)


def ask(port: int, paths: Sequence[str], clients: int) -> Answers:
    """Ask questions from a process of its own, so many clients at once; each waits for its answer.

    Parameters
    ----------
    port
        Where the server listens on this machine.
    paths
        What is asked; clients take the next one in turn.
    clients
        How many ask at once.
    """
    return _done({"ports": [port], "paths": list(paths), "clients": clients})


def _done(job: dict[str, Any]) -> Answers:
    done = subprocess.run(
        [sys.executable, "-m", "mobilise.bench.loading"],
        input=json.dumps(job).encode(),
        capture_output=True,
        check=True,
    )
    return Answers(**json.loads(done.stdout))


async def _asked(job: dict[str, Any]) -> dict[str, Any]:
    (port,) = job["ports"]
    paths = iter(job["paths"])
    seconds: list[float] = []
    statuses: list[int] = []
    pairs = [await _connected(port) for _ in range(job["clients"])]
    began = time.perf_counter()

    async def client(pair: _Pair) -> None:
        for path in paths:
            left = time.perf_counter()
            pair[1].write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
            statuses.append(await _status(pair[0]))
            seconds.append(time.perf_counter() - left)

    await asyncio.gather(*(client(pair) for pair in pairs))
    refused = sum(status != 200 for status in statuses)
    return {"seconds": seconds, "refused": refused, "ended": time.perf_counter() - began}


async def _sent(job: dict[str, Any]) -> dict[str, Any]:
    requests = [_request(job, body.encode()) for body in job["bodies"]]
    idle: dict[int, list[_Pair]] = {port: [] for port in job["ports"]}
    seconds: list[float] = []
    statuses: list[int] = []
    began = time.perf_counter() + AHEAD

    async def send(port: int, request: bytes, due: float) -> None:
        pair = idle[port].pop() if idle[port] else await _connected(port)
        pair[1].write(request)
        statuses.append(await asyncio.wait_for(_status(pair[0]), PATIENCE))
        seconds.append(time.perf_counter() - due)
        idle[port].append(pair)

    under_way = []
    for number, request in enumerate(requests):
        due = began + number / job["rate"]
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        port = job["ports"][number % len(job["ports"])]
        under_way.append(asyncio.create_task(send(port, request, due)))
    await asyncio.gather(*under_way)
    refused = sum(status != 200 for status in statuses)
    return {"seconds": seconds, "refused": refused, "ended": time.perf_counter() - began}


_Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _connected(port: int) -> _Pair:
    return await asyncio.open_connection("127.0.0.1", port)


def _request(job: dict[str, Any], body: bytes) -> bytes:
    headers = {"Host": "127.0.0.1", **job["headers"], "Content-Length": str(len(body))}
    lines = [f"POST {job['path']} HTTP/1.1", *(f"{name}: {told}" for name, told in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def _status(reader: asyncio.StreamReader) -> int:
    """Read one answer to its end, and return its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    await reader.readexactly(int(length))
    return int(head.split(b" ", 2)[1])


if __name__ == "__main__":
    told = json.load(sys.stdin)
    print(json.dumps(asyncio.run(_asked(told) if "paths" in told else _sent(told))))
