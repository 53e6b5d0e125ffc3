"""Panels with a known effect, for the tests of causal designs."""

from __future__ import annotations

import numpy as np
import pandas as pd


def staggered_panel(seed=1, units=60, times=8, *, effect=1.0, growth=0.5, noise=0.4):
    """A third never begins, a third at 4, a third at 6; the effect grows with time since."""
    random = np.random.default_rng(seed)
    start = np.array([np.inf, 4.0, 6.0])[np.arange(units) % 3]
    level, x = random.normal(0, 1, units), random.normal(0, 1, units)
    rows = []
    for i in range(units):
        for t in range(1, times + 1):
            since = t - start[i]
            on = float(since >= 0)
            gain = on * (effect + growth * max(since, 0.0)) if on else 0.0
            y = level[i] + 0.3 * t + 0.2 * x[i] * t + gain + random.normal(0, noise)
            rows.append((f"u{i:02d}", t, y, on, x[i], start[i]))
    names = ["area_id", "time", "outcome", "treated", "x", "start"]
    return pd.DataFrame(rows, columns=names)
