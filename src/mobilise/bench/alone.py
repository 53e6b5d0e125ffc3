"""One side of a benchmark, alone in a process: ``python -m mobilise.bench.alone JOB OUT``.

JOB is JSON: module, function, size, repeats, cores. The function sets up its inputs and
returns what is :class:`Timed`; or raises ImportError where the peer is not there.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

_NO_PEER = 3


@dataclass(frozen=True)
class Timed:
    """What is timed.

    Parameters
    ----------
    call
        The work.
    result
        From what `call` returned to the array that is compared; outside of the timing.
    times
        How often `call` does the job: seconds are of one.
    note
        From what `call` returned and the seconds of one job to a remark.
    """

    call: Callable[[], Any]
    result: Callable[[Any], Any] = np.asarray
    times: int = 1
    note: Callable[[Any, float], str] = lambda _, __: ""


SOURCE = Path(__file__).resolve().parents[2]
_STATUS = Path("/proc/self/status")


def measured(
    function: str, size: dict[str, Any], repeats: int, *, cores: int = 1, peer: bool = False
) -> dict[str, Any]:
    """Run one side, "module:function", in a process of its own.

    Returns
    -------
    dict
        seconds (median), peak_mib, note and result (an array); or missing, with the reason.
    """
    job = {"function": function, "size": size, "repeats": repeats, "cores": cores}
    python = os.environ.get("MOBILISE_BENCH_PYTHON", sys.executable) if peer else sys.executable
    environment = os.environ | {"PYTHONPATH": _search_path(), "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.npz"
        done = subprocess.run(
            [python, "-m", "mobilise.bench.alone", json.dumps(job), str(out)],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        lines = done.stderr.strip().splitlines() or ["no message"]
        if done.returncode == _NO_PEER:
            return {"missing": f"skipped: {lines[-1]}"}
        if done.returncode != 0:
            return {"missing": f"failed: {lines[-1]}"}
        with np.load(out) as file:
            told: dict[str, Any] = json.loads(file["told"].tobytes())
            return told | {"result": file["result"]}


def _search_path() -> str:
    """Return where another interpreter finds this package."""
    return str(SOURCE)


def main() -> int:
    """Do what the command line says."""
    job, out = json.loads(sys.argv[1]), sys.argv[2]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-job["cores"] :])
    try:
        module, name = job["function"].split(":")
        timed: Timed = getattr(importlib.import_module(module), name)(**job["size"])
    except ImportError as error:
        print(f"{error.name or error} is not installed", file=sys.stderr)
        return _NO_PEER
    found = timed.call() if job["repeats"] > 1 else None  # compiles, and fills caches
    del found
    before = _start_of_peak()
    # Of one core, its own seconds: the clock's on an idle machine, and fair on a busy one.
    clock = _own_seconds if job["cores"] == 1 else time.perf_counter
    seconds = []
    found = None
    for _ in range(job["repeats"]):
        start = clock()
        found = timed.call()
        seconds.append(clock() - start)
    peak, once = _peak() - before, statistics.median(seconds) / timed.times
    told = {"seconds": once, "peak_mib": peak, "note": timed.note(found, once)}
    text = np.frombuffer(json.dumps(told).encode(), np.uint8)
    np.savez(out, told=text, result=np.asarray(timed.result(found), dtype=float))
    return 0


def _own_seconds() -> float:
    """Return the processor's seconds of this process, and of those that it ran and that ended."""
    ended = os.times()
    return time.process_time() + ended.children_user + ended.children_system


def _start_of_peak() -> float:
    """Forget the peak so far where the system can; return the memory in use, in MiB."""
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # what was freed is not in use
        ctypes.CDLL(None).malloc_trim(0)
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return _peak()
    return _status("VmRSS")


def _peak() -> float:
    if _STATUS.exists():
        return _status("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _status(key: str) -> float:
    line = next(x for x in _STATUS.read_text().splitlines() if x.startswith(key + ":"))
    return int(line.split()[1]) / 1024


if __name__ == "__main__":
    sys.exit(main())
