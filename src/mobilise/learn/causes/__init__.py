"""Did it cause it? Designs that compare what happened with what would have happened without.

Each result prints its assumptions beside the number; none of them can be proved from data.
"""

from mobilise.learn.causes.adjusted import adjusted_change, e_value
from mobilise.learn.causes.differences import difference_in_differences
from mobilise.learn.causes.eventstudy import Course, event_study
from mobilise.learn.causes.leastsquares import Fit, contrast_test, covariance, least_squares
from mobilise.learn.causes.matching import Matched, nearest_neighbour
from mobilise.learn.causes.placebo import placebo_periods, placebo_units
from mobilise.learn.causes.series import Interrupted, interrupted_counts, interrupted_series
from mobilise.learn.causes.staggered import Staggered, group_time_effects
from mobilise.learn.causes.weighting import Weighted, inverse_probability_weighting, propensity

__all__ = [
    "Course",
    "Fit",
    "Interrupted",
    "Matched",
    "Staggered",
    "Weighted",
    "adjusted_change",
    "contrast_test",
    "covariance",
    "difference_in_differences",
    "e_value",
    "event_study",
    "group_time_effects",
    "interrupted_counts",
    "interrupted_series",
    "inverse_probability_weighting",
    "least_squares",
    "nearest_neighbour",
    "placebo_periods",
    "placebo_units",
    "propensity",
]
