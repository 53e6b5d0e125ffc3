"""Estimates as rows of the table ``estimates``."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from mobilise.learn.estimates import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.gaps.records import Measured


def estimates_table(
    found: Sequence[Estimate], *, analysis: str, source: str, synthetic: bool = False
) -> pd.DataFrame:
    """Return rows of the table ``estimates``, in the order given.

    Parameters
    ----------
    found
        Estimates of one analysis.
    analysis
        Its name.
    source
        The data that they come from.
    synthetic
        Whether those data were made up.
    """
    rows = [e.as_dict() for e in found]
    table = pd.DataFrame(rows)
    table["df"] = [None if v is None or math.isinf(v) else v for v in table["df"]]
    table["order"] = range(1, len(table) + 1)
    return table.assign(analysis=analysis, source=source, synthetic=synthetic)


def figure(
    statistic: str, value: float, about: Measured, *, n: int, method: str, sentence: str, unit: str
) -> Estimate:
    """Return the record of a figure without an interval of its own (a share, a fitted line)."""
    return Estimate(
        statistic=statistic, of=about.of, value=None if math.isnan(value) else float(value),
        se=None, lower=None, upper=None, confidence=None, n=n, unit=unit, higher=about.higher,
        method=method, assumptions=(), sentence=sentence,
    )  # fmt: skip
