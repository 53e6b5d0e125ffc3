"""Priorities: rounds in which people with lived experience name and weigh what matters."""

from mobilise.learn.priorities.rounds import Ballots, read_ballots, tally
from mobilise.learn.priorities.weights import area_weights, relative_weights, rounds, weights

__all__ = [
    "Ballots",
    "area_weights",
    "read_ballots",
    "relative_weights",
    "rounds",
    "tally",
    "weights",
]
