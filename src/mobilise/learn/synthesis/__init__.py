"""Synthesis: what the coded evidence says together, and how far it can be trusted."""

from mobilise.learn.synthesis.answers import answered
from mobilise.learn.synthesis.confidence import COMPONENTS, LEVELS, judgement_faults, trail
from mobilise.learn.synthesis.contexts import by_context
from mobilise.learn.synthesis.cooccurrence import together
from mobilise.learn.synthesis.matrix import Matrix, framework_matrix
from mobilise.learn.synthesis.search import Passage, search
from mobilise.learn.synthesis.told import told

__all__ = [
    "COMPONENTS",
    "LEVELS",
    "Matrix",
    "Passage",
    "answered",
    "by_context",
    "framework_matrix",
    "judgement_faults",
    "search",
    "together",
    "told",
    "trail",
]
