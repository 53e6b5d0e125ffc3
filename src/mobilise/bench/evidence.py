"""Benchmarks of the coded evidence: searching it, its matrix, and taking a large project in."""

from __future__ import annotations

from typing import Any

from mobilise.bench.alone import measured

_SIDES = "mobilise.bench.evidence_sides"
# Job, side, size, quick size, peer, its side, repeats.
_JOBS = (
    (
        "search for two words",
        "search_ours",
        {"extracts": 100_000},
        {"extracts": 2_500},
        "pandas, text by text",
        "search_pandas",
        5,
    ),
    (
        "framework matrix from disk",
        "matrix_ours",
        {"extracts": 100_000},
        {"extracts": 2_500},
        "a loop over rows",
        "matrix_loop",
        3,
    ),
    (
        "import of a REFI-QDA project",
        "read_ours",
        {"extracts": 100_000, "media_mb": 180},
        {"extracts": 2_500, "media_mb": 20},
        "pyrefiqda (reads, keeps nothing)",
        "read_pyrefiqda",
        1,
    ),
)


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Run the benchmarks and return one row a job and peer.

    Parameters
    ----------
    quick
        Small sizes, to try them out.
    """
    rows = []
    for job, ours_side, full, small, peer, peer_side, repeats in _JOBS:
        size = small if quick else full
        ours = measured(f"{_SIDES}:{ours_side}", size, repeats)
        theirs = measured(f"{_SIDES}:{peer_side}", size, repeats, peer=True)
        rows.append(_row(job, size, peer, ours, theirs))
    return rows


def _row(
    job: str, size: dict[str, int], peer: str, ours: dict[str, Any], theirs: dict[str, Any]
) -> dict[str, Any]:
    said = ", ".join(f"{value:,} {key.replace('_', ' ')}" for key, value in size.items())
    row: dict[str, Any] = {"job": job, "size": said, "peer": peer}
    if "missing" in ours:
        return row | {"note": ours["missing"]}
    row |= {"ours_seconds": ours["seconds"], "ours_peak_mib": ours["peak_mib"]}
    if "missing" in theirs:
        return row | {"note": theirs["missing"]}
    same = ours["result"].shape == theirs["result"].shape
    return row | {
        "peer_seconds": theirs["seconds"],
        "peer_peak_mib": theirs["peak_mib"],
        "ratio": theirs["seconds"] / ours["seconds"],
        "agreement": float(abs(ours["result"] - theirs["result"]).max()) if same else None,
        "note": ours["note"] if same else f"{ours['note']} results have different shapes".strip(),
    }
