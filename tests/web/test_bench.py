"""The benchmark of the pages runs, and tells seconds and memory of each."""

from __future__ import annotations

from mobilise.bench.web import PAGES, run


def test_every_page_is_timed():
    rows = run(quick=True)
    assert [row["job"] for row in rows[:-1]] == [f"page {path}" for path in PAGES]
    assert all(0 < row["ours_seconds"] < 60 for row in rows)
    assert all(row["ours_peak_mib"] > 50 for row in rows)
