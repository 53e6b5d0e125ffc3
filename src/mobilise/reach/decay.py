"""How much less an asset counts the longer the walk to it is.

Each function here returns a :class:`Decay`; the measures cut it off at their limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mobilise.reach.points import Floats

HAIR = 1e-9
"""Minutes that are no difference: limits and steps are inclusive up to rounding."""


@dataclass(frozen=True)
class Decay:
    """A weight for every travel time.

    Parameters
    ----------
    says
        The formula, for methods and notes.
    weight
        From minutes to weights, as arrays.
    steps
        Where the weight is a staircase: minutes up to which (inclusive) each weight holds.
        A staircase is summed faster.
    """

    says: str
    weight: Callable[[Any], Floats]
    steps: tuple[tuple[float, float], ...] = ()


def binary() -> Decay:
    """Return the weight 1 up to the limit."""
    return Decay("1 within the limit", np.ones_like, ((np.inf, 1.0),))


def steps(minutes: Sequence[float], weights: Sequence[float]) -> Decay:
    """Return a staircase: each weight holds up to its minutes, inclusive; 0 after the last.

    Raises
    ------
    InputError
        The minutes do not rise, or there are not as many weights.
    """
    upto, weight = np.array(minutes, float), np.array([*weights, 0.0])
    if len(upto) == 0 or len(weight) != len(upto) + 1 or (np.diff(upto) <= 0).any():
        raise InputError("steps need rising minutes, and one weight for each.")
    return Decay(
        "weights " + ", ".join(f"{w:g} to {m:g}" for m, w in zip(minutes, weights, strict=True)),
        lambda t: weight[np.searchsorted(upto + HAIR, t)],
        tuple(zip(map(float, minutes), map(float, weights), strict=True)),
    )


def thirds(limit_minutes: float) -> Decay:
    """Return weights 1, 0.68 and 0.22 by thirds of the limit (Luo & Qi 2009)."""
    upto = [limit_minutes / 3, limit_minutes * 2 / 3, limit_minutes]
    return steps(upto, [1.0, 0.68, 0.22])


def exponential(rate_per_minute: float) -> Decay:
    """Return exp(-rate × t)."""
    return Decay(f"exp(-{rate_per_minute:g} t)", lambda t: np.exp(-rate_per_minute * t))


def half_life(minutes: float) -> Decay:
    """Return the exponential decay that halves every so many minutes."""
    return exponential(np.log(2) / minutes)


def power(exponent: float, least_minutes: float = 1.0) -> Decay:
    """Return t to the minus `exponent`; times below `least_minutes` count as that."""
    return Decay(
        f"max(t, {least_minutes:g})^-{exponent:g}",
        lambda t: np.maximum(t, least_minutes) ** -exponent,
    )


def gaussian(sd_minutes: float) -> Decay:
    """Return exp(-t² / (2 sd²)), which is 1 at the door."""
    return Decay(f"exp(-t²/(2×{sd_minutes:g}²))", lambda t: np.exp(-(t**2) / (2 * sd_minutes**2)))


def gaussian_to_zero(limit_minutes: float) -> Decay:
    """Return the Gaussian that falls from 1 at the door to 0 at the limit (Dai 2010)."""
    floor = np.exp(-0.5)

    def weight(t: Any) -> Floats:
        falling = (np.exp(-0.5 * (t / limit_minutes) ** 2) - floor) / (1 - floor)
        return np.asarray(np.maximum(falling, 0.0))

    return Decay(f"Gaussian from 1 to 0 at {limit_minutes:g}", weight)


def linear(limit_minutes: float) -> Decay:
    """Return the straight fall from 1 at the door to 0 at the limit."""
    return Decay(f"1 - t/{limit_minutes:g}", lambda t: np.maximum(1 - t / limit_minutes, 0.0))


def logistic(middle_minutes: float, sd_minutes: float) -> Decay:
    """Return the logistic share of people who would walk at least t: half of them at the middle."""
    slope = np.pi / (sd_minutes * np.sqrt(3))
    return Decay(
        f"logistic, middle {middle_minutes:g}, sd {sd_minutes:g}",
        lambda t: 1 / (1 + np.exp(slope * (t - middle_minutes))),
    )


def table(minutes: Sequence[float], weights: Sequence[float]) -> Decay:
    """Return weights read off a user's table, straight lines between its rows, 0 beyond it.

    Raises
    ------
    InputError
        The minutes do not rise, or there are not as many weights.
    """
    upto, weight = np.array(minutes, float), np.array(weights, float)
    if len(upto) == 0 or len(upto) != len(weight) or (np.diff(upto) <= 0).any():
        raise InputError("a decay table needs rising minutes, and one weight for each.")
    return Decay(f"a table of {len(upto)} weights", lambda t: np.interp(t, upto, weight, right=0.0))
