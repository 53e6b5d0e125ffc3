"""Two groups set side by side: their difference and their ratio."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import best_of, grouped, measured, row_of, z_of
from mobilise.gaps.records import Gap, Limits, Measured, defined, undefined

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike

    from mobilise.gaps.checks import Grouped


def difference(
    values: ArrayLike,
    *,
    higher: str,
    between: tuple[int, int] | None = None,
    names: Sequence[str] | None = None,
    se: ArrayLike | None = None,
    confidence: float = 0.95,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return the value of one group minus that of another.

    Parameters
    ----------
    values
        One a group.
    higher
        What a higher value means for people.
    between
        The rows compared, first minus second; the best and the worst when not given.
    names
        What the groups are called in the sentence.
    se
        Standard errors, for an interval.
    confidence
        Of the interval.
    of, unit
        What was measured, and its unit.

    Returns
    -------
    Gap
        ``statistic`` is ``difference_of_groups``.

    Raises
    ------
    InputError
        A row compared has no value.
    """
    about = measured(of, unit, higher, confidence)
    kept, first, second, called = _pair(values, about, between, names, se)
    one, other = kept.y[first], kept.y[second]
    error, interval = None, None
    if kept.errors is not None:
        error = float(np.hypot(kept.errors[first], kept.errors[second]))
        interval = _around(one - other, error, confidence)
    method = f"Difference of two of {kept.n} groups."
    sentence = sentences.pair_sentence(float(one), float(other), interval, about, called)
    return defined(
        "difference_of_groups", float(one - other), about, n=kept.n, method=method,
        sentence=sentence, se=error, limits=interval,
    )  # fmt: skip


def ratio(
    values: ArrayLike,
    *,
    higher: str,
    between: tuple[int, int] | None = None,
    names: Sequence[str] | None = None,
    se: ArrayLike | None = None,
    confidence: float = 0.95,
    of: str = "the value",
) -> Gap:
    """Return the value of one group over that of another.

    Parameters
    ----------
    values, higher, between, names, se, confidence, of
        As for :func:`difference`.

    Returns
    -------
    Gap
        ``statistic`` is ``ratio_of_groups``; ``se`` is that of the natural logarithm, on
        which the interval is symmetrical. None where either value is not above zero.

    Raises
    ------
    InputError
        A row compared has no value.
    """
    about = measured(of, "", higher, confidence)
    kept, first, second, called = _pair(values, about, between, names, se)
    one, other = float(kept.y[first]), float(kept.y[second])
    method = f"Ratio of two of {kept.n} groups; error on the logarithm."
    if min(one, other) <= 0:
        why = "a value is not above zero"
        sentence = sentences.undefined_sentence("The ratio between groups of", about, why)
        return undefined(
            "ratio_of_groups", about, n=kept.n, method=method, why=why, sentence=sentence,
            unit="ratio",
        )  # fmt: skip
    error, interval = None, None
    if kept.errors is not None:
        error = float(np.hypot(kept.errors[first] / one, kept.errors[second] / other))
        low, high = _around(np.log(one / other), error, confidence)
        interval = (float(np.exp(low)), float(np.exp(high)))
    shown = f" ({sentences.interval_of(interval, confidence, 2)})" if interval is not None else ""
    sentence = (
        f"In {called[0]} {of} is {sentences.number(one / other, 2)} times what it is in "
        f"{called[1]}{shown}."
    )
    return defined(
        "ratio_of_groups", one / other, about, n=kept.n, method=method, sentence=sentence,
        se=error, limits=interval, unit="ratio",
    )  # fmt: skip


def _pair(
    values: ArrayLike,
    about: Measured,
    between: tuple[int, int] | None,
    names: Sequence[str] | None,
    se: ArrayLike | None,
) -> tuple[Grouped, int, int, tuple[str, str]]:
    count = len(np.ravel(np.asarray(values, dtype=object)))
    kept = grouped(values, np.ones(count), se)
    if kept.n < 2:
        raise InputError("A comparison needs two groups with a value.")
    if between is None:
        first = best_of(kept.y, about)
        worst = kept.y.argmin() if about.higher == "better" else kept.y.argmax()
        rows = (int(np.flatnonzero(kept.kept)[first]), int(np.flatnonzero(kept.kept)[worst]))
    else:
        rows = between
    called = [names[row] if names is not None else f"group {row + 1}" for row in rows]
    return kept, row_of(kept, rows[0]), row_of(kept, rows[1]), (called[0], called[1])


def _around(value: float, se: float, confidence: float) -> Limits:
    half = z_of(confidence) * se
    return float(value - half), float(value + half)
