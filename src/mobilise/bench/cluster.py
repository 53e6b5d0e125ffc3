"""A PostgreSQL server of a benchmark's own, in a temporary folder, ended with it."""

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

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def postgres() -> Iterator[str | None]:
    """Yield the address of an empty database, or None where PostgreSQL is not installed."""
    programs = [shutil.which(name) for name in ("postgres", "initdb")]
    as_user = _as_user()
    if None in programs or as_user is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="mobilise-bench-"))
    try:
        if as_user:
            shutil.chown(folder, user=as_user[2])
        data, port = folder / "data", free_port()
        subprocess.run(
            [*as_user, str(programs[1]), "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8"],
            check=True,
            capture_output=True,
            cwd=folder,
        )
        command = [*as_user, str(programs[0]), "-D", str(data), "-h", "127.0.0.1", "-p", str(port)]
        command += ["-k", str(folder), "-c", "shared_buffers=256MB"]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            await_port(port)
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            pid = (data / "postmaster.pid").read_text().splitlines()[0]
            os.kill(int(pid), signal.SIGINT)
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
            time.sleep(0.3)
            return
    raise TimeoutError(f"nobody listens on port {port}")


def _as_user() -> list[str] | None:
    """Return what runs a command as another user, where we are root; None: there is no way."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    import pwd

    names = {user.pw_name for user in pwd.getpwall()}
    user = next((name for name in ("postgres", "nobody") if name in names), None)
    return ["runuser", "-u", user, "--"] if user and shutil.which("runuser") else None
