"""Across projects: estimates of several studies pooled, what parts them, and what is missing."""

from mobilise.learn.meta.bias import egger_test, leave_one_out
from mobilise.learn.meta.heterogeneity import METHODS, between_study_variance, variance_interval
from mobilise.learn.meta.moderators import Regression, meta_regression
from mobilise.learn.meta.pooling import Pooled, pool

__all__ = [
    "METHODS",
    "Pooled",
    "Regression",
    "between_study_variance",
    "egger_test",
    "leave_one_out",
    "meta_regression",
    "pool",
    "variance_interval",
]
