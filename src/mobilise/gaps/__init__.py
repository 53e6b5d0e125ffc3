"""Gaps: how unequal a place is, each statistic with its interval and a sentence in words.

Pure: arrays and tables in, records out. No file, no place, no database.
"""

from __future__ import annotations

from mobilise.gaps.fifths import quintile_difference, quintile_means, quintile_shares
from mobilise.gaps.ranks import mid_ranks
from mobilise.gaps.records import Gap
from mobilise.gaps.slope import relative_index, slope_index

__all__ = [
    "Gap",
    "mid_ranks",
    "quintile_difference",
    "quintile_means",
    "quintile_shares",
    "relative_index",
    "slope_index",
]
