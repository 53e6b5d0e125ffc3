"""Invented referrals: rows as the personal plane hands them to the wall."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mobilise.disclosure.allowed import allowed
from mobilise.disclosure.release import Surroundings

AREAS = tuple(f"E{n:02d}" for n in range(1, 21))


def around_areas():
    fifths = {area: str(1 + n // 4) for n, area in enumerate(AREAS)}
    near = {area: "near" if n % 3 else "not near" for n, area in enumerate(AREAS)}
    return Surroundings(AREAS, {"quintile": fifths, "near": near})


def invented_rows(count=600, seed=1):
    """Return rows in which the most deprived are referred less and come less."""
    rng = np.random.default_rng(seed)
    fields = allowed().fields
    weights = np.linspace(1, 3, len(AREAS))

    def drawn(name, weight):
        weight = np.asarray(weight, float)
        return rng.choice(fields[name]["levels"], count, p=weight / weight.sum())

    before = rng.integers(2, 8, count)
    rows = pd.DataFrame(
        {
            "person": rng.integers(0, int(count * 0.9), count),
            "area": rng.choice(AREAS, count, p=weights / weights.sum()),
            "age_band": drawn("age_band", [1, 3, 5, 8, 9, 6, 1]),
            "sex": drawn("sex", [60, 38, 1, 2]),
            "ethnicity": drawn("ethnicity", [70, 4, 12, 6, 2, 1, 4]),
            "route": drawn("route", [50, 10, 8, 20, 10, 2, 0]),
            "kind": rng.choice(["library", "museum", "park", "allotment"], count),
            "progress": drawn("progress", [1, 1, 2, 1, 1, 3, 1, 1, 0, 3, 1, 1, 5]),
            "change: ons4_life_satisfaction": np.clip(before + rng.normal(1, 2, count), 0, 10)
            - before,
        }
    )
    half = rng.random(count) < 0.5
    rows.loc[half, "change: ons4_life_satisfaction"] = np.nan
    return rows


@pytest.fixture(scope="session")
def around():
    return around_areas()


@pytest.fixture
def rows():
    return invented_rows()
