"""Did it help? Change from before to after, for whom, and what missing answers could hide."""

from mobilise.learn.outcomes.breakdown import by_group
from mobilise.learn.outcomes.change import mean_change, share_changed
from mobilise.learn.outcomes.impact import Impact, reach_adjusted_effect, wellby_value
from mobilise.learn.outcomes.inequality import gap_among_helped
from mobilise.learn.outcomes.missing import FollowUp, follow_up
from mobilise.learn.outcomes.scales import (
    Scale,
    Threshold,
    band_of,
    scales,
    swemwbs_metric,
    swemwbs_score,
)

__all__ = [
    "FollowUp",
    "Impact",
    "Scale",
    "Threshold",
    "band_of",
    "by_group",
    "follow_up",
    "gap_among_helped",
    "mean_change",
    "reach_adjusted_effect",
    "scales",
    "share_changed",
    "swemwbs_metric",
    "swemwbs_score",
    "wellby_value",
]
