"""The benchmarks: sides measured alone, compared, and a peer that is missing said to be so."""

from __future__ import annotations

import os

import numpy as np
import pytest

from mobilise import bench
from mobilise.bench import alone, reach
from mobilise.errors import InputError

SIDES = "mobilise.bench.reach_sides:"


def test_both_sides_are_timed_alone_and_agree_on_the_same_town():
    size = {"blocks": 12}
    ours = alone.measured(SIDES + "nearest", size, 2)
    theirs = alone.measured(SIDES + "scipy_min_only", size, 1)
    job = reach.Job("nearest", "nearest", "scipy", "scipy_min_only", size, "12 blocks")
    row = reach._row(job, ours, theirs)
    assert row["ratio"] == pytest.approx(theirs["seconds"] / ours["seconds"])
    assert row["agreement"] < 1e-12
    assert row["ours_peak_mib"] >= 0


def test_a_missing_peer_is_skipped_and_said_so(monkeypatch, tmp_path):
    (tmp_path / "peerless.py").write_text("def side():\n    import no_such_peer\n")
    monkeypatch.delenv("MOBILISE_BENCH_PYTHON", raising=False)
    monkeypatch.setattr(
        alone, "_search_path", lambda: os.pathsep.join([str(alone.SOURCE), str(tmp_path)])
    )
    missing = alone.measured("peerless:side", {}, 1, peer=True)
    assert missing == {"missing": "skipped: no_such_peer is not installed"}
    job = reach.Job("a job", "ours", "no_such_peer", "side", {}, "small", note="On one core.")
    row = reach._row(job, {"seconds": 1.0, "peak_mib": 2.0}, missing)
    assert row["note"] == "On one core. skipped: no_such_peer is not installed"
    assert "ratio" not in row


def test_differences_are_relative_and_holes_must_meet_holes():
    ours, theirs = np.array([1.0, np.nan, 4.0]), np.array([1.0, np.nan, 5.0])
    assert reach._difference(ours, theirs) == pytest.approx(0.2)
    assert reach._difference(ours, np.array([1.0, 2.0, 5.0])) == float("inf")


def test_an_unknown_benchmark_is_named():
    with pytest.raises(InputError, match="did you mean 'reach'"):
        bench.run(["raech"])


def test_a_row_reads_as_lines():
    row = dict.fromkeys(bench.COLUMNS) | {
        "job": "Nearest", "size": "small", "peer": "scipy", "ours_seconds": 0.5, "peer_seconds": 5.0,
        "ratio": 10.0, "ours_peak_mib": 1.0, "peer_peak_mib": 20.0, "agreement": 0.0,
    }  # fmt: skip
    assert bench.table_of([row]).splitlines() == [
        "Nearest (small): 0.5 s, 1 MiB",
        "  scipy: 5 s, 20 MiB; results differ by at most 0; 10.0 times",
    ]
    slower = row | {"ours_seconds": 5.0, "peer_seconds": 0.2, "ratio": 0.04}
    assert bench.table_of([slower]).endswith("ours takes 25.0 times as long")
