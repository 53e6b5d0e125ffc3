"""The gradient of referral over fifths of deprivation, widened by what rounding may hide."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.equity.people import PER
from mobilise.equity.rates import CONFIDENCE, UNIT, rows_by
from mobilise.equity.words import FIFTHS, RATES
from mobilise.gaps import event_relative_index, event_slope_index
from mobilise.gaps.checks import measured
from mobilise.gaps.sentences import ratio_sentence, slope_sentence

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from mobilise.equity.people import InNeed
    from mobilise.gaps import Gap

ROUNDED = (
    " Of counts as released, rounded: the interval holds those of the steepest and of the "
    "flattest gradient that the rounded counts can stand for."
)
KEPT_BACK = "Not computed: the count of a fifth was kept back, or nobody lives in one."


def slope_rows(
    counts: pd.DataFrame, areas: pd.DataFrame, in_need: InNeed
) -> Iterator[dict[str, Any]]:
    """Yield the slope and the relative index of each stage, in the place and near assets."""
    places = {
        "quintile": (rows_by(counts, "stage", "quintile"), areas),
        "quintile, near": (
            _near(rows_by(counts, "stage", "quintile", "near")),
            _near(areas),
        ),
    }
    for by, (rows, among) in places.items():
        people = (
            among.groupby("quintile")["people"].sum().reindex(list(FIFTHS)).to_numpy(dtype=float)
        )
        for stage in RATES:
            fifths = rows[rows["stage"] == stage].set_index("quintile").reindex(list(FIFTHS))
            yield from _indices(fifths, people, by, stage, in_need)


def _near(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["near"] == "near"]


def _indices(
    fifths: pd.DataFrame, people: Any, by: str, stage: str, in_need: InNeed
) -> Iterator[dict[str, Any]]:
    of = RATES[stage] + (" where an asset is near" if "near" in by else "")
    if fifths["count"].isna().any() or not (people > 0).all():
        for statistic, unit in (("slope_index", UNIT), ("relative_index", "ratio")):
            why = f"The gradient of {of} cannot be told: the count of a fifth was kept back."
            yield _record(None, None, None, statistic, by, stage, unit, KEPT_BACK, why)
        return
    given, low, high = (fifths[c].to_numpy(dtype=float) for c in ("count", "lower", "upper"))
    possible = [given, *_ends(low, high)]
    slopes = [_slope(c, people, of, in_need) for c in possible]
    yield _widened(slopes, "slope_index", by, stage, of, in_need)
    if low.min() > 0:
        ratios = [_ratio(c, people, of) for c in possible]
        yield _widened(ratios, "relative_index", by, stage, of, in_need)


def _ends(low: Any, high: Any) -> list[Any]:
    """Return the flattest and the steepest counts there can be; the middle fifth at both ends."""
    ends = []
    for middle in (low[2], high[2]):
        for poorer, richer in ((low, high), (high, low)):
            ends.append(np.concatenate([poorer[:2], [middle], richer[3:]]))
    return ends


def _slope(counts: Any, people: Any, of: str, in_need: InNeed) -> Gap:
    return event_slope_index(
        counts, people, deprivation=np.arange(1.0, 6.0), deprivation_higher="better",
        higher="better", per=PER, errors="model", of=of, unit=f"{UNIT} {in_need.who}",
    )  # fmt: skip


def _ratio(counts: Any, people: Any, of: str) -> Gap:
    return event_relative_index(
        counts, people, deprivation=np.arange(1.0, 6.0), deprivation_higher="better",
        higher="better", errors="model", of=of,
    )  # fmt: skip


def _widened(
    gaps: list[Gap], statistic: str, by: str, stage: str, of: str, in_need: InNeed
) -> dict[str, Any]:
    """Return the index of the counts as given, with the interval of all that they can be."""
    first = gaps[0]
    lows = [gap.lower for gap in gaps if gap.lower is not None]
    highs = [gap.upper for gap in gaps if gap.upper is not None]
    if first.value is None or len(lows) < len(gaps):
        return _record(None, None, None, statistic, by, stage, first.unit, first.method,
                       first.sentence)  # fmt: skip
    limits = min(lows), max(highs)
    if statistic == "slope_index":
        about = measured(of, f"{UNIT} {in_need.who}", "better", CONFIDENCE)
        sentence = slope_sentence(first.value, limits, about)
    else:
        about = measured(of, "", "better", CONFIDENCE)
        sentence = ratio_sentence(first.value, limits, about)
    told = replace(first, lower=limits[0], upper=limits[1], sentence=sentence)
    unit = UNIT if statistic == "slope_index" else "ratio"
    method = f"{told.method}{ROUNDED} {in_need.method}"
    return _record(told.value, *limits, statistic, by, stage, unit, method, sentence)


def _record(
    value: float | None,
    lower: float | None,
    upper: float | None,
    statistic: str,
    by: str,
    stage: str,
    unit: str,
    method: str,
    sentence: str,
) -> dict[str, Any]:
    return {
        "by": by, "level": None, "stage": stage, "statistic": statistic, "value": value,
        "lower": lower, "upper": upper, "confidence": CONFIDENCE if value is not None else None,
        "count": None, "people": None, "unit": unit, "higher": "better", "method": method,
        "sentence": sentence,
    }  # fmt: skip
