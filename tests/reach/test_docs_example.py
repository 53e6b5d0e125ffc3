"""The worked example of docs/reach.md: what a reader checks by hand is what is computed."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from mobilise import reach
from mobilise.reach.question import MEASURES
from tests.conftest import ROOT

TEXT = (ROOT / "docs/reach.md").read_text(encoding="utf-8")
EXAMPLE = TEXT.split("### An example to check by hand")[1].split("\n## ")[0]


def _rows():
    return [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in EXAMPLE.splitlines()
        if line.startswith("|")
    ]


def _inputs():
    rows = [row for row in _rows() if row[0] in {"A", "B", "C"}]
    areas = pd.DataFrame({"area_id": [r[0] for r in rows], "population": [int(r[1]) for r in rows]})
    times = [
        (r[0], asset, float(cell))
        for r in rows
        for asset, cell in zip(("L1", "L2"), r[2:], strict=True)
        if cell
    ]
    capacity = [int(n) for n in re.findall(r"\(capacity (\d+)\)", EXAMPLE)]
    assets = pd.DataFrame({"asset_id": ["L1", "L2"], "kind": "library", "capacity": capacity})
    return areas, assets, pd.DataFrame(times, columns=["from_id", "to_id", "minutes"])


def test_every_measure_is_defined_and_worked():
    defined = TEXT.split("## What is measured")[1].split("**Why")[0]
    assert set(re.findall(r"`(\w+)`", defined)) == set(MEASURES)
    assert {row[0].strip("`") for row in _rows() if row[0].startswith("`")} == set(MEASURES)


@pytest.mark.parametrize("measure", MEASURES)
def test_the_example_is_right(measure):
    areas, assets, times = _inputs()
    written = next(row[1:] for row in _rows() if row[0] == f"`{measure}`")
    table = reach.measure(areas, assets, times=times, measures=[measure], minutes=[15]).table
    expected = [float(cell) if cell else float("nan") for cell in written]
    assert table["value"].round(2).tolist() == pytest.approx(expected, nan_ok=True)
