"""Gaps: how unequal a place is, each statistic with its interval and a sentence in words.

Pure: arrays and tables in, records out. No file, no place, no database. Each chapter is
imported when something in it is first used.

=================  =================================================================
what               where
=================  =================================================================
rates              `rates`, `standardised`, `life`, `ordering`, `funnels`
the gradient       `slope` (public-health method), `regression`, `events`, `places`
concentration      `concentration`, decomposed by `explain`
two groups         `pairs`, split by `oaxaca`
many groups        `fifths`, `variation`, `deviations`, `attributable`,
                   `disproportion`, `tails`
through time       `trend`
replicates         `replicate`
=================  =================================================================
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mobilise.gaps.attributable import (
        population_attributable_fraction,
        population_attributable_risk,
    )
    from mobilise.gaps.concentration import concentration_index
    from mobilise.gaps.deviations import (
        index_of_disparity,
        mean_difference_from_best,
        mean_difference_from_mean,
        mean_difference_from_reference,
    )
    from mobilise.gaps.disproportion import (
        Components,
        atkinson,
        gini,
        hoover,
        mean_log_deviation,
        theil,
        theil_components,
    )
    from mobilise.gaps.events import event_relative_index, event_slope_index
    from mobilise.gaps.explain import Contribution, Explanation, explain_concentration
    from mobilise.gaps.fifths import quintile_difference, quintile_means, quintile_shares
    from mobilise.gaps.funnels import funnel_position, proportion_funnel, ratio_funnel
    from mobilise.gaps.life import LifeTable, life_expectancy
    from mobilise.gaps.oaxaca import Decomposition, decompose_difference
    from mobilise.gaps.ordering import quantiles
    from mobilise.gaps.pairs import difference, ratio
    from mobilise.gaps.places import slope_indices
    from mobilise.gaps.ranks import mid_ranks
    from mobilise.gaps.rates import crude_rate, mean, poisson_limits, proportion
    from mobilise.gaps.records import Gap
    from mobilise.gaps.regression import regression_relative_index, regression_slope_index
    from mobilise.gaps.replicate import replicated_indices
    from mobilise.gaps.slope import relative_index, slope_index
    from mobilise.gaps.standardised import (
        directly_standardised_rate,
        indirectly_standardised_ratio,
    )
    from mobilise.gaps.survey import Survey
    from mobilise.gaps.tails import palma_ratio, shortfall
    from mobilise.gaps.trend import (
        Trend,
        adjust_for_many,
        adjusted_p,
        cochran_armitage,
        gap_trend,
        proportion_trend,
        rate_trend,
    )
    from mobilise.gaps.variation import (
        between_group_standard_deviation,
        between_group_variance,
        coefficient_of_variation,
    )

__all__ = [
    "Components",
    "Contribution",
    "Decomposition",
    "Explanation",
    "Gap",
    "LifeTable",
    "Survey",
    "Trend",
    "adjust_for_many",
    "adjusted_p",
    "atkinson",
    "between_group_standard_deviation",
    "between_group_variance",
    "cochran_armitage",
    "coefficient_of_variation",
    "concentration_index",
    "crude_rate",
    "decompose_difference",
    "difference",
    "directly_standardised_rate",
    "event_relative_index",
    "event_slope_index",
    "explain_concentration",
    "funnel_position",
    "gap_trend",
    "gini",
    "hoover",
    "index_of_disparity",
    "indirectly_standardised_ratio",
    "life_expectancy",
    "mean",
    "mean_difference_from_best",
    "mean_difference_from_mean",
    "mean_difference_from_reference",
    "mean_log_deviation",
    "mid_ranks",
    "palma_ratio",
    "poisson_limits",
    "population_attributable_fraction",
    "population_attributable_risk",
    "proportion",
    "proportion_funnel",
    "proportion_trend",
    "quantiles",
    "quintile_difference",
    "quintile_means",
    "quintile_shares",
    "rate_trend",
    "ratio",
    "ratio_funnel",
    "regression_relative_index",
    "regression_slope_index",
    "relative_index",
    "replicated_indices",
    "shortfall",
    "slope_index",
    "slope_indices",
    "theil",
    "theil_components",
]

_HOMES = {
    "Components": "disproportion",
    "Contribution": "explain",
    "Decomposition": "oaxaca",
    "Explanation": "explain",
    "Gap": "records",
    "LifeTable": "life",
    "Survey": "survey",
    "Trend": "trend",
    "adjust_for_many": "trend",
    "adjusted_p": "trend",
    "atkinson": "disproportion",
    "between_group_standard_deviation": "variation",
    "between_group_variance": "variation",
    "cochran_armitage": "trend",
    "coefficient_of_variation": "variation",
    "concentration_index": "concentration",
    "crude_rate": "rates",
    "decompose_difference": "oaxaca",
    "difference": "pairs",
    "directly_standardised_rate": "standardised",
    "event_relative_index": "events",
    "event_slope_index": "events",
    "explain_concentration": "explain",
    "funnel_position": "funnels",
    "gap_trend": "trend",
    "gini": "disproportion",
    "hoover": "disproportion",
    "index_of_disparity": "deviations",
    "indirectly_standardised_ratio": "standardised",
    "life_expectancy": "life",
    "mean": "rates",
    "mean_difference_from_best": "deviations",
    "mean_difference_from_mean": "deviations",
    "mean_difference_from_reference": "deviations",
    "mean_log_deviation": "disproportion",
    "mid_ranks": "ranks",
    "palma_ratio": "tails",
    "poisson_limits": "rates",
    "population_attributable_fraction": "attributable",
    "population_attributable_risk": "attributable",
    "proportion": "rates",
    "proportion_funnel": "funnels",
    "proportion_trend": "trend",
    "quantiles": "ordering",
    "quintile_difference": "fifths",
    "quintile_means": "fifths",
    "quintile_shares": "fifths",
    "rate_trend": "trend",
    "ratio": "pairs",
    "ratio_funnel": "funnels",
    "regression_relative_index": "regression",
    "regression_slope_index": "regression",
    "relative_index": "slope",
    "replicated_indices": "replicate",
    "shortfall": "tails",
    "slope_index": "slope",
    "slope_indices": "places",
    "theil": "disproportion",
    "theil_components": "disproportion",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, the first time."""
    if name not in _HOMES:
        raise AttributeError(f"module 'mobilise.gaps' has no attribute '{name}'")
    return getattr(importlib.import_module(f"mobilise.gaps.{_HOMES[name]}"), name)
