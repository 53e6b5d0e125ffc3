"""The benchmarks of learn: both sides agree, and a peer that is missing is said to be."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from mobilise.bench import COLUMNS, MODULES, learn, learn_sides


def result(side, **size):
    timed = getattr(learn_sides, side)(**size)
    return np.asarray(timed.result(timed.call()), dtype=float)


def test_cr2_agrees_with_the_printed_formula_in_whole_matrices() -> None:
    size = {"units": 30, "times": 7}
    one, other = (result(side, **size) for side in ("two_way_cr2", "two_way_cr2_matrices"))
    assert one == pytest.approx(other, rel=1e-9)


def test_pooling_agrees_with_statsmodels_where_it_is_above_zero() -> None:
    size = {"analyses": 40, "studies": 8}
    one, other = (result(side, **size) for side in ("pooled_dl", "pooled_dl_statsmodels"))
    known = np.isfinite(one)
    assert known.sum() > 20
    assert one[known] == pytest.approx(other[known], rel=1e-9)
    assert (other[~known] <= 1e-12).all()


def test_a_missing_peer_is_said_and_ours_is_still_timed() -> None:
    assert "learn" in MODULES
    ours = {"seconds": 0.5, "peak_mib": 1.0, "result": np.ones(2)}
    row = learn._row("job", {"units": 3}, "peer", ours, {"missing": "skipped: not there"}, "note")
    assert row["note"] == "peer: skipped: not there"
    assert row["ours_seconds"] == 0.5
    assert set(row) <= set(COLUMNS)


@pytest.mark.skipif(
    importlib.util.find_spec("pyfixest") is None, reason="pyfixest is not installed"
)
def test_two_way_errors_agree_with_pyfixest() -> None:
    size = {"units": 40, "times": 6}
    one, other = (result(side, **size) for side in ("two_way", "two_way_pyfixest"))
    assert one == pytest.approx(other, rel=1e-9)
