"""Benchmarks of :mod:`mobilise.learn`: causal designs and pooling beside the packages for them."""

from __future__ import annotations

from typing import Any

import numpy as np

from mobilise.bench import evidence
from mobilise.bench.alone import measured

_SIDES = "mobilise.bench.learn_sides"
_JOBS = (
    (
        "two-way fixed effects, CR1 errors",
        "two_way",
        {"units": 5_000, "times": 20},
        {"units": 300, "times": 8},
        (("pyfixest", "two_way_pyfixest"), ("linearmodels", "two_way_linearmodels")),
        "effect and error",
    ),
    (
        "two-way fixed effects, CR2 errors with degrees of freedom",
        "two_way_cr2",
        {"units": 400, "times": 12},
        {"units": 60, "times": 8},
        (("NumPy, whole matrices", "two_way_cr2_matrices"),),
        "effect, error and degrees of freedom; no peer in Python has them, so: the printed formula",
    ),
    (
        "staggered adoption, every group and period, event study",
        "staggered",
        {"units": 3_000, "times": 16},
        {"units": 150, "times": 8},
        (("differences", "staggered_differences"),),
        "event-study effects and errors",
    ),
    (
        "random effects by REML, 2,000 analyses of 20 studies",
        "pooled",
        {"analyses": 2_000, "studies": 20},
        {"analyses": 50, "studies": 20},
        (("PyMARE", "pooled_pymare"),),
        "tau squared; the peer stops its search earlier",
    ),
    (
        "random effects by DerSimonian-Laird, 2,000 analyses of 20 studies",
        "pooled_dl",
        {"analyses": 2_000, "studies": 20},
        {"analyses": 50, "studies": 20},
        (("statsmodels", "pooled_dl_statsmodels"),),
        "tau squared where the peer's is above 0; it does not truncate",
    ),
    (
        "segmented regression with AR(1) errors, 240 periods",
        "series",
        {"periods": 240},
        {"periods": 60},
        (("statsmodels GLSAR", "series_statsmodels"),),
        "level and trend before; ours is REML, theirs iterated Cochrane-Orcutt: not the same model",
    ),
)


def run(quick: bool = False) -> list[dict[str, Any]]:
    """Run the benchmarks and return one row a job and peer.

    Parameters
    ----------
    quick
        Small sizes, to try them out.

    Returns
    -------
    list of dict
        With the keys that :mod:`mobilise.bench` names.
    """
    repeats = 2 if quick else 5
    rows = []
    for job, ours, size, small, peers, note in _JOBS:
        chosen = small if quick else size
        mine = measured(f"{_SIDES}:{ours}", chosen, repeats)
        for peer, function in peers:
            theirs = measured(f"{_SIDES}:{function}", chosen, min(repeats, 3), peer=True)
            rows.append(_row(job, chosen, peer, mine, theirs, note))
    return rows + evidence.run(quick)


def _row(
    job: str, size: dict[str, Any], peer: str, ours: dict[str, Any], theirs: dict[str, Any],
    note: str,
) -> dict[str, Any]:  # fmt: skip
    row: dict[str, Any] = {
        "job": job,
        "size": ", ".join(f"{v:,} {k}" for k, v in size.items()),
        "peer": peer,
    }
    missing = ours.get("missing") or theirs.get("missing")
    row["note"] = f"{peer}: {missing}" if missing else f"compared: {note}"
    if "missing" not in ours:
        row |= {"ours_seconds": ours["seconds"], "ours_peak_mib": ours["peak_mib"]}
    if missing:
        return row
    one, other = ours["result"], theirs["result"]
    apart = np.abs(one - other) / np.maximum(np.abs(other), 1e-6)
    known = np.isfinite(apart)
    return row | {
        "peer_seconds": theirs["seconds"],
        "peer_peak_mib": theirs["peak_mib"],
        "ratio": theirs["seconds"] / ours["seconds"],
        "agreement": float(apart[known].max()) if known.any() else None,
    }
