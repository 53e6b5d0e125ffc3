"""A PostgreSQL server of a benchmark's own: durable, as it would be in use."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACES = ("/usr/local/bin", "/usr/lib/postgresql/*/bin", "/opt/homebrew/bin")
SECONDS_TO_START = 30.0


@contextmanager
def postgres() -> Iterator[str]:
    """Yield the address of an empty database on a server that ends with the benchmark.

    Every commit is on disk before it is acknowledged (PostgreSQL's own defaults).

    Raises
    ------
    InputError
        PostgreSQL is not installed, or does not start.
    """
    programs = [_program(name) for name in ("initdb", "postgres")]
    if None in programs:
        raise InputError("PostgreSQL (initdb and postgres) is not installed.")
    initdb, server = (str(program) for program in programs)
    folder = Path(tempfile.mkdtemp(prefix="mobilise-bench-"))
    user = _other_user()
    try:
        if user:
            shutil.chown(folder, user=user)
        as_user = ["runuser", "-u", user, "--"] if user else []
        data, port = folder / "data", _free_port()
        made = [*as_user, initdb, "-D", str(data), "-A", "trust", "-U", "postgres", "-E", "UTF8"]
        subprocess.run(made, check=True, capture_output=True, cwd=folder)
        run = [*as_user, server, "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([*run, "-k", str(folder)], stdout=log, stderr=log)
            try:
                _await(port, process)
                yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
            finally:
                _end(data, process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _program(name: str) -> str | None:
    folders = [folder for pattern in PLACES for folder in sorted(Path("/").glob(pattern[1:]))]
    found = (folder / name for folder in folders if (folder / name).is_file())
    return shutil.which(name) or next((str(path) for path in found), None)


def _other_user() -> str:
    """Return whom to run it as where we are root, which PostgreSQL refuses; else nobody."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return ""
    import pwd

    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    import psycopg

    end = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < end and process.poll() is None:
        try:
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise InputError("PostgreSQL did not start; its log is beside its data.")


def _end(data: Path, process: subprocess.Popen[bytes]) -> None:
    """Stop the server by the id that it wrote itself."""
    written = data / "postmaster.pid"
    if written.is_file():
        os.kill(int(written.read_text(encoding="utf-8").splitlines()[0]), signal.SIGINT)
    else:
        process.terminate()
    process.wait(30)
