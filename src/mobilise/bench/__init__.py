"""Benchmarks: how fast and how lean mobilise is beside the programs that people use now.

Each job runs in processes of its own, ours and the peer's, on the same inputs drawn from a
seed; seconds are medians (of processor time where a job has one core), memory is the peak
above what the inputs take, and the results are compared. A peer that is not installed is
skipped, and the row says so. Peers that need another Python are found through
``MOBILISE_BENCH_PYTHON``, the path of an interpreter that has them and what mobilise needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError, suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

MODULES = ("reach", "gaps", "plan", "learn", "referrals", "web", "directory", "duplicates")
SOAKS = ("killing",)  # run by name alone: they take many minutes
COLUMNS = (
    "job",
    "size",
    "peer",
    "ours_seconds",
    "peer_seconds",
    "ratio",
    "ours_peak_mib",
    "peer_peak_mib",
    "agreement",
    "note",
)


def run(names: Sequence[str] | None = None, *, quick: bool = False) -> list[dict[str, Any]]:
    """Run the benchmarks.

    Parameters
    ----------
    names
        Of :data:`MODULES` or :data:`SOAKS`; None or empty: all of the former.
    quick
        Small sizes: seconds instead of minutes, and ratios that flatter nobody.

    Returns
    -------
    list of dict
        One for each job and peer, with the keys :data:`COLUMNS`. ``ratio`` is the peer's
        seconds over ours; ``agreement`` the greatest relative difference of the results.
        None: not measured, and ``note`` says why.

    Raises
    ------
    InputError
        There is no such benchmark.
    """
    for name in names or ():
        if name not in (*MODULES, *SOAKS):
            raise InputError(
                f"There is no benchmark '{name}'{suggestion(name, (*MODULES, *SOAKS))}."
            )
    rows = []
    for name in names or MODULES:
        for row in importlib.import_module(f"mobilise.bench.{name}").run(quick=quick):
            rows.append({column: row.get(column) for column in COLUMNS})  # noqa: PERF401 - reads
    return rows


def table_of(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as lines of text for a terminal."""
    lines = []
    for row in rows:
        ratio = "" if row["ratio"] is None else _ratio(row["ratio"])
        lines.append(
            f"{row['job']} ({row['size']}): {_seconds(row['ours_seconds'])}, "
            f"{_mib(row['ours_peak_mib'])}"
        )
        beside = f"  {row['peer']}: {_seconds(row['peer_seconds'])}, {_mib(row['peer_peak_mib'])}"
        if row["agreement"] is not None:
            beside += f"; results differ by at most {row['agreement']:.1g}"
        lines.append(f"{beside}; {ratio}" if ratio else beside)
        if row["note"]:
            lines.append(f"  {row['note']}")
    return "\n".join(lines)


def _ratio(ratio: float) -> str:
    return f"{ratio:,.1f} times" if ratio >= 1 else f"ours takes {1 / ratio:,.1f} times as long"


def _seconds(seconds: float | None) -> str:
    return "not timed" if seconds is None else f"{seconds:.4g} s"


def _mib(mib: float | None) -> str:
    return "memory not measured" if mib is None else f"{mib:,.0f} MiB"
