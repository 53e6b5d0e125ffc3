"""The benchmarks' peers do the same work another way: so their results must agree."""

from __future__ import annotations

from mobilise.bench import COLUMNS
from mobilise.bench.gaps import run


def test_peers_agree_and_rows_are_complete() -> None:
    rows = run(quick=True)
    assert all(set(row) == set(COLUMNS) for row in rows)
    assert all(row["ours_seconds"] > 0 and row["peer_seconds"] > 0 for row in rows)
    agreement = {row["peer"]: row["agreement"] for row in rows}
    assert agreement["pandas groupby, an area at a time"] < 1e-12
    assert agreement["plain Python life table, an area at a time"] < 1e-12
    # Simulated: 10,000 draws place a limit to about two parts in a hundred of the interval.
    assert agreement["NumPy simulation, a place at a time"] < 0.06
    # The spread of 200 draws is known to one part in twenty.
    assert agreement["NumPy loop"] < 0.25
