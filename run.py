#!/usr/bin/env python3
"""Set up mobilise and run its tasks, with nothing but Python 3.11+ and git.

    python3 run.py demo [--no-serve]   build the demonstration place and serve it
    python3 run.py test [ARGS]         run the tests (ARGS go to pytest)
    python3 run.py check               lint, format and type checks
    python3 run.py bench [NAME]        benchmarks beside the peers installed
    python3 run.py screenshots [DIR]   pictures of every page of the demonstration
    python3 run.py setup               only make the environment
    python3 run.py lock                renew requirements.lock (needs uv)

The environment lives in .venv beside this file and is made once: a stamp
holds the hash of what it was made from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".venv"
LOCK = HERE / "requirements.lock"
STAMP = ENVIRONMENT / "mobilise.stamp"
BIN = ENVIRONMENT / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
CHECKS = (
    ["ruff", "format", "--check", "."],
    ["ruff", "check", "."],
    ["mypy"],
)


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 11):
        return fail(f"mobilise needs Python 3.11 or newer; this is {sys.version.split()[0]}.")
    task, rest = (arguments[0], arguments[1:]) if arguments else ("help", [])
    tasks: dict[str, Callable[[], int]] = {
        "setup": lambda: 0,
        "demo": lambda: run("mobilise", "demo", *rest),
        "test": lambda: run("pytest", *(rest or ["-n", "2"])),
        "check": check,
        "bench": lambda: run("mobilise", "bench", *rest),
        "screenshots": lambda: run("tests.web.screenshots", *rest),
    }
    if task == "lock":
        return lock()
    if task not in tasks:
        print(__doc__)
        return 0 if task in {"help", "-h", "--help"} else 2
    return set_up() or tasks[task]()


def set_up() -> int:
    """Make .venv and install the locked packages, unless that has been done."""
    wanted = fingerprint()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    print("Setting up .venv (once; a minute or two) ...", flush=True)
    try:
        import ensurepip  # noqa: F401  (Debian ships venv without it)
    except ImportError:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        return fail(f"Python's venv module is incomplete: run 'apt install python{version}-venv'.")
    uv = working_uv()
    shutil.rmtree(ENVIRONMENT, ignore_errors=True)
    venv.create(ENVIRONMENT, with_pip=uv is None, symlinks=os.name != "nt")
    pip = (
        [uv, "pip", "install", "--python", str(PYTHON)]
        if uv
        else [str(PYTHON), "-m", "pip", "install"]
    )
    quiet = ["--quiet"] if uv else ["--quiet", "--disable-pip-version-check"]
    for step in (
        ["--require-hashes", "-r", str(LOCK)],
        ["--no-deps", "--no-build-isolation", "-e", str(HERE)],
    ):
        if subprocess.call([*pip, *quiet, *step], cwd=HERE):
            return fail(
                "The packages could not be installed: see the message above, then run this again."
            )
    STAMP.write_text(wanted)
    return 0


def fingerprint() -> str:
    """Return a hash of what the environment is made from: a changed lint rule is not part of it."""
    import tomllib  # new in Python 3.11, which main() asks for first

    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))
    made_from = [project["project"], project["build-system"], sys.version, str(HERE)]
    return hashlib.sha256(LOCK.read_bytes() + repr(made_from).encode()).hexdigest()


def working_uv() -> str | None:
    """Return uv's path if there is one that runs (a version manager's shim may not)."""
    uv = shutil.which("uv")
    if (
        uv
        and subprocess.call([uv, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        == 0
    ):
        return uv
    return None


def run(program: str, *arguments: str) -> int:
    try:
        return subprocess.call([str(PYTHON), "-m", program, *arguments], cwd=HERE)
    except KeyboardInterrupt:
        return 130


def check() -> int:
    """Run every check, even after one has failed, so that all findings show at once."""
    return max(run(*command) for command in CHECKS)


def lock() -> int:
    uv = working_uv()
    if uv is None:
        return fail("Renewing the lock needs uv: 'pip install uv'.")
    command = (
        "pip compile pyproject.toml --group dev --universal --python-version 3.11 --upgrade --quiet"
    )
    output = "--generate-hashes --no-emit-index-url --no-header --no-annotate -o requirements.lock"
    return subprocess.call([uv, *command.split(), *output.split()], cwd=HERE)


def fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
