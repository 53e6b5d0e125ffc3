"""Directories of services in the Open Referral standards: read from files, folders and APIs."""

from mobilise.sources.hsds.feeds import harvest, read_feed
from mobilise.sources.hsds.normal import Normal, Problem, normalise

__all__ = ["Normal", "Problem", "harvest", "normalise", "read_feed"]
