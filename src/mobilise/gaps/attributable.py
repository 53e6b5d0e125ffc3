"""What would be gained if everybody did as well as the best group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mobilise.errors import InputError
from mobilise.gaps import sentences
from mobilise.gaps.checks import best_of, grouped, measured, row_of, z_of
from mobilise.gaps.records import Gap, Measured, defined, undefined

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from mobilise.gaps.checks import Grouped


def population_attributable_risk(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    reference: int | None = None,
    per: float | None = None,
    confidence: float = 0.95,
    of: str = "the value",
    unit: str = "",
) -> Gap:
    """Return the reference group's value less the mean: what closing the gap would change.

    Parameters
    ----------
    values
        One a group: proportions or rates.
    population
        People in each.
    higher
        What a higher value means for people.
    reference
        The row of the group to catch up with; the best when not given.
    per
        What the values are out of (1, 100, 1,000), for an interval; None for none.
    confidence
        Of the interval.
    of, unit
        What was measured, and its unit.

    Returns
    -------
    Gap
        Positive where higher is better, negative where it is worse; 0, without an
        interval, where the reference does no better than the mean.

    Raises
    ------
    InputError
        The reference has no value, or a value lies outside 0 and `per`.

    Notes
    -----
    Walter 1978, doi:10.1093/ije/7.2.175.
    """
    about = measured(of, unit, higher, confidence)
    kept = grouped(values, population)
    if not kept.n:
        return _none("population_attributable_risk", about, kept, unit)
    gain = _gain(kept, about, reference)
    se = _fraction_se(kept, reference, about, per) * kept.mean if per and gain else None
    return _record("population_attributable_risk", gain, se, about, kept, unit=unit)


def population_attributable_fraction(
    values: ArrayLike,
    *,
    population: ArrayLike,
    higher: str,
    reference: int | None = None,
    per: float | None = None,
    confidence: float = 0.95,
    of: str = "the value",
) -> Gap:
    """Return the population attributable risk in percent of the mean.

    Parameters
    ----------
    values, population, higher, reference, per, confidence, of
        As for :func:`population_attributable_risk`.

    Returns
    -------
    Gap
        In percent, and so are its error and limits (healthequal 1.0.1 leaves the error a
        proportion); None where the mean is zero.

    Raises
    ------
    InputError
        As for :func:`population_attributable_risk`.
    """
    about = measured(of, "%", higher, confidence)
    kept = grouped(values, population)
    if not kept.n or kept.mean == 0:
        return _none("population_attributable_fraction", about, kept, "%")
    gain = 100 * _gain(kept, about, reference) / kept.mean
    se = 100 * _fraction_se(kept, reference, about, per) if per and gain else None
    return _record("population_attributable_fraction", gain, se, about, kept, unit="%")


def _reference(kept: Grouped, about: Measured, given: int | None) -> int:
    return best_of(kept.y, about) if given is None else row_of(kept, given)


def _gain(kept: Grouped, about: Measured, given: int | None) -> float:
    gain = float(kept.y[_reference(kept, about, given)] - kept.mean)
    return gain if (gain > 0) == (about.higher == "better") else 0.0


def _fraction_se(kept: Grouped, given: int | None, about: Measured, per: float) -> float:
    """Return Walter's error of the fraction, from the four-fold table of cases and exposure."""
    if (kept.y < 0).any() or (kept.y > per).any():
        raise InputError(f"A value lies outside 0 and {per:g}: 'per' is what they are out of.")
    row = _reference(kept, about, given)
    total, group = float(kept.people.sum()), float(kept.people[row])
    c = float(kept.y[row]) / per * group
    d = group - c
    a = kept.mean / per * total - c
    b = total - a - group
    inside = c * total * (a * d * (total - c) + b * c**2)
    return float(np.sqrt(inside / ((a + c) ** 3 * (c + d) ** 3)))


def _none(statistic: str, about: Measured, kept: Grouped, unit: str) -> Gap:
    why = "the mean is zero" if kept.n else "there are no values"
    sentence = sentences.undefined_sentence("The population attributable part of", about, why)
    return undefined(
        statistic, about, n=kept.n, method=_NAMES[statistic], why=why, sentence=sentence, unit=unit
    )


_NAMES = {
    "population_attributable_risk": "Population attributable risk",
    "population_attributable_fraction": "Population attributable fraction",
}


def _record(
    statistic: str, gain: float, se: float | None, about: Measured, kept: Grouped, *, unit: str
) -> Gap:
    half = z_of(about.confidence) * se if se is not None else 0.0
    interval = (gain - half, gain + half) if se is not None else None
    if gain == 0:
        sentence = f"The reference group does no better in {about.of} than the place on average."
    else:
        size = sentences.quantity(abs(gain), unit)
        change = "higher" if gain > 0 else "lower"
        sentence = (
            f"If every group did as well as the reference group, {about.of} would be {size} "
            f"{change}: better."
        )
    how = "error after Walter (1978)" if se is not None else "no interval"
    return defined(
        statistic, gain, about, n=kept.n, method=f"{_NAMES[statistic]}; {how}.{kept.said}",
        sentence=sentence, se=se, limits=interval, unit=unit,
    )  # fmt: skip
