"""What every test may use: the shared open data, where it is there, and a database of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SERVERS = ("/usr/local/bin", "/usr/lib/postgresql/*/bin", "/opt/homebrew/bin")


@pytest.fixture(scope="session")
def shared() -> Path:
    """Return the folder of real open data and reference values, or skip."""
    folder = Path(os.environ.get("MOBILISE_SHARED", ROOT.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"the shared open data is not at {folder} (set MOBILISE_SHARED)")
    return folder


@pytest.fixture(scope="session")
def postgres_server():
    """Yield the address of a PostgreSQL server of this test run's own, or skip."""
    server, initdb = (_program(name) for name in ("postgres", "initdb"))
    if server is None or initdb is None:
        pytest.skip("PostgreSQL (postgres and initdb) is not installed")
    as_user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="mobilise-postgres-"))
    try:
        if as_user:
            shutil.chown(folder, user=as_user[-2])
        data, port = folder / "data", _free_port()
        made = subprocess.run(
            [*as_user, initdb, "-D", data, "-A", "trust", "-U", "postgres", "-E", "UTF8", "-N"],
            capture_output=True,
            text=True,
            cwd=folder,
            check=False,
        )
        if made.returncode:
            pytest.skip(f"PostgreSQL cannot make a cluster here: {made.stderr.strip()[-200:]}")
        settings = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
        flags = [part for setting in settings for part in ("-c", setting)]
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *as_user,
                    server,
                    "-D",
                    data,
                    "-h",
                    "127.0.0.1",
                    "-p",
                    str(port),
                    "-k",
                    folder,
                    *flags,
                ],
                stdout=log,
                stderr=log,
                cwd=folder,
            )
        try:
            address = f"postgresql+psycopg://postgres@127.0.0.1:{port}"
            _await_server(address, process, folder / "log")
            yield address
        finally:
            _end(data, process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str):
    """Yield the address of an empty PostgreSQL database, as SQLAlchemy takes it."""
    import psycopg

    name = f"test_{os.urandom(6).hex()}"
    plain = postgres_server.replace("+psycopg", "")
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f"create database {name}")
    yield f"{postgres_server}/{name}"
    with psycopg.connect(f"{plain}/postgres", autocommit=True) as connection:
        connection.execute(f"drop database {name} with (force)")


def _program(name):
    """Return where a program of PostgreSQL is, or None."""
    if found := shutil.which(name):
        return found
    places = [folder for pattern in SERVERS for folder in Path("/").glob(pattern[1:])]
    return next((str(p / name) for p in sorted(places) if (p / name).is_file()), None)


def _unprivileged():
    """Return what runs a command as another user, where we are root: PostgreSQL refuses root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return []
    import pwd

    names = {user.pw_name for user in pwd.getpwall()}
    user = next((name for name in ("postgres", "nobody") if name in names), None)
    if user is None or shutil.which("runuser") is None:
        pytest.skip("PostgreSQL does not run as root, and there is no runuser or no other user")
    return ["runuser", "-u", user, "--"]


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _await_server(address, process, log):
    """Return as soon as the server takes connections."""
    import psycopg

    for _ in range(600):
        if process.poll() is not None:
            pytest.skip(f"PostgreSQL does not start here: {log.read_text()[-300:]}")
        try:
            psycopg.connect(address.replace("+psycopg", "") + "/postgres").close()
        except psycopg.OperationalError:
            process_wait(process, 0.05)
        else:
            return
    pytest.fail("PostgreSQL did not take connections within 30 seconds")


def process_wait(process, seconds):
    """Wait for a process to end, at most so long."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return


def _end(data, process):
    """Stop the server at once, by the id that it wrote itself."""
    import signal

    pid_file = data / "postmaster.pid"
    if pid_file.exists():
        os.kill(int(pid_file.read_text().splitlines()[0]), signal.SIGINT)
    else:
        process.terminate()
    process.wait(30)
