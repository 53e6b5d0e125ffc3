"""What analyses say first, for the summary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from mobilise.report.sections.learned import findings

if TYPE_CHECKING:
    from mobilise.report.interim.material import Material


RELEASED = "counts and means released"  # how the source of figures behind the wall begins
# What a figure counts, and what must be said beside it, by what comes first in an analysis.
_COUNTED = {
    "mean_change": "people measured twice",
    "average_effect_on_treated": "areas",
    "difference_in_differences": "areas",
    "level_change": "periods",
    "weighted_difference_att": "people",
}
_CAUTION = {"mean_change": "A change is not an effect: people may have changed without it."}


def headlines(material: Material) -> dict[str, str]:
    """Return the first sentence of each analysis with what it rests on, by its name."""
    path = material.evidence.folder / "estimates.parquet"
    if not path.is_file():
        return {}
    told = {}
    for name, rows in pd.read_parquet(path).sort_values("order").groupby("analysis", sort=True):
        sentences = findings(rows)
        if sentences:
            told[str(name)] = " ".join([sentences[0], *_beside(rows.iloc[0])])
    return told


def _beside(first: pd.Series) -> list[str]:
    """Return how many a figure rests on, and the first thing that it takes for granted."""
    statistic, said = str(first["statistic"]), []
    if statistic in _COUNTED and first["n"]:
        of = f"{int(first['n']):,} {_COUNTED[statistic]}"
        released = str(first["source"]).startswith(RELEASED)
        said.append(f"Of about {of}, rounded." if released else f"Of {of}.")
    if statistic in _CAUTION:
        return [*said, _CAUTION[statistic]]
    assumed = re.split(r"[.:] ", str(first["assumptions"]).strip())[0].rstrip(".")
    if assumed:
        small = f"{assumed[:1].lower()}{assumed[1:]}"
        said.append(f"It takes for granted, among other things, that {small}.")
    return said
