"""Outcome scores: numbers of known scales, within their range; never a question or an answer."""

from __future__ import annotations

import math

from mobilise.errors import InputError


def check_score(instrument: str, value: float | None) -> float | None:
    """Return a score that its scale can have; of a scale that is not known, any.

    Parameters
    ----------
    instrument
        The scale's key (``ons4_life_satisfaction``, ``ucla3_loneliness``, ``swemwbs``, ...).
    value
        The score: of SWEMWBS the metric one, not the sum.

    Raises
    ------
    InputError
        It is out of the scale's range, or no number. The score itself is not told.

    Examples
    --------
    >>> check_score("ucla3_loneliness", 6.0)
    6.0
    >>> check_score("ucla3_loneliness", 12.0)
    Traceback (most recent call last):
    mobilise.errors.InputError: ucla3_loneliness: a score is from 3 to 9.
    """
    from mobilise.learn.outcomes.scales import scales  # noqa: PLC0415  (loads the statistics)

    if value is not None and not math.isfinite(value):
        raise InputError("a score is a number.")
    scale = scales().get(instrument)
    if scale is None or value is None or scale.lowest <= value <= scale.highest:
        return value
    raise InputError(f"{instrument}: a score is from {scale.lowest:g} to {scale.highest:g}.")
