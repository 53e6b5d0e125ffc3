"""Whole analyses: from a table with known columns to every estimate that answers its question."""

from mobilise.learn.analyses.comparisons import DESIGNS, compared
from mobilise.learn.analyses.pools import pooled
from mobilise.learn.analyses.released import outcomes_released
from mobilise.learn.analyses.table import estimates_table
from mobilise.learn.analyses.wellbeing import outcomes_of

__all__ = ["DESIGNS", "compared", "estimates_table", "outcomes_of", "outcomes_released", "pooled"]
