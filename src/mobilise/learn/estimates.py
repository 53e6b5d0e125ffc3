"""The record of one estimate: its interval, what it assumes, and the finding in words."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from scipy import special

from mobilise.errors import InputError
from mobilise.gaps.sentences import interval_of, places_for, quantity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.gaps.records import Higher, Limits, Measured


@dataclass(frozen=True)
class Estimate:
    """One estimate, complete enough that it cannot be quoted without its doubts.

    Parameters
    ----------
    statistic
        The published name in lower case: ``mean_change``, ``difference_in_differences``, ...
    of
        What was measured, a noun phrase that can stand before "is".
    value
        In `unit`; None where it is not defined (`method` says why).
    se
        Its standard error; None where the method gives none.
    lower, upper
        Limits of the interval; None where the method gives none.
    confidence
        Of the interval, between 0 and 1; None without one.
    n
        How many people, areas, periods or studies it rests on.
    unit
        Of `value`.
    higher
        What a higher value of the thing measured means for people: ``better`` or ``worse``.
    method
        How it was computed, and what was left out.
    assumptions
        Sentences: what must hold for the number to mean what it says.
    sentence
        The finding in plain English, the right way round.
    by, level
        What it is broken down by ("" for all), and which part of that it is about.
    p, df
        Two-sided p value of no effect, and degrees of freedom (infinite: normal).
    """

    statistic: str
    of: str
    value: float | None
    se: float | None
    lower: float | None
    upper: float | None
    confidence: float | None
    n: int
    unit: str
    higher: Higher
    method: str
    assumptions: tuple[str, ...]
    sentence: str
    by: str = ""
    level: str = ""
    p: float | None = None
    df: float | None = None

    @property
    def benefit(self) -> float | None:
        """The value turned so that positive is better for people, whatever is measured."""
        if self.value is None:
            return None
        return self.value if self.higher == "better" else -self.value

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain data: one row of the table ``estimates``."""
        return asdict(self) | {"assumptions": " ".join(self.assumptions)}

    def at(self, by: str, level: str) -> Estimate:
        """Return the same estimate as the part `level` of a breakdown `by`."""
        return replace(self, by=by, level=level)


def estimated(
    statistic: str,
    value: float,
    se: float,
    about: Measured,
    *,
    n: int,
    method: str,
    assumptions: Sequence[str] = (),
    df: float = math.inf,
    sentence: str = "",
    than: str = "",
    unit: str | None = None,
) -> Estimate:
    """Return the record of a value with its standard error; the interval is Student's t.

    Parameters
    ----------
    statistic, value, se, n, method, assumptions, df
        As in :class:`Estimate`.
    about
        What is measured, its unit, direction and the confidence.
    sentence
        By default that of an effect: :func:`effect_sentence`.
    than
        What it is compared with, for that sentence: "than without it".
    unit
        Where it is not that of `about`.
    """
    unit = about.unit if unit is None else unit
    if not (math.isfinite(value) and math.isfinite(se)) or df <= 0:
        why = "there are too few values to estimate it with an error"
        return undefined_estimate(statistic, about, n=n, method=method, why=why, unit=unit)
    half = t_of(about.confidence, df) * se
    limits = (value - half, value + half)
    return Estimate(
        statistic=statistic, of=about.of, value=float(value), se=float(se),
        lower=float(limits[0]), upper=float(limits[1]), confidence=about.confidence, n=int(n),
        unit=unit, higher=about.higher, method=method, assumptions=tuple(assumptions),
        sentence=sentence or effect_sentence(value, limits, about, unit, than),
        p=p_of(value, se, df), df=float(df),
    )  # fmt: skip


def undefined_estimate(
    statistic: str, about: Measured, *, n: int, method: str, why: str, unit: str | None = None
) -> Estimate:
    """Return the record of an estimate that has no value, with the reason."""
    return Estimate(
        statistic=statistic, of=about.of, value=None, se=None, lower=None, upper=None,
        confidence=None, n=int(n), unit=about.unit if unit is None else unit, higher=about.higher,
        method=f"{method.rstrip('.')}. Not defined: {why}.", assumptions=(),
        sentence=f"The effect on {about.of} is not known: {why}.",
    )  # fmt: skip


def t_of(confidence: float, df: float) -> float:
    """Return the quantile of a two-sided interval: Student's t, normal where df is infinite."""
    tail = (1 + confidence) / 2
    return float(special.ndtri(tail) if math.isinf(df) else special.stdtrit(df, tail))


def p_of(value: float, se: float, df: float) -> float:
    """Return the two-sided p value of no effect."""
    if se == 0:
        return 1.0 if value == 0 else 0.0
    t = -abs(value / se)
    return float(2 * (special.ndtr(t) if math.isinf(df) else special.stdtr(df, t)))


def effect_sentence(
    value: float, limits: Limits, about: Measured, unit: str, than: str = ""
) -> str:
    """Say an effect: how much higher or lower than what, whether that is good, how sure it is.

    Parameters
    ----------
    value, limits, unit
        The effect, its interval and unit.
    about
        What is measured.
    than
        What it is compared with, as it goes after "higher"; "" where that is clear.

    Examples
    --------
    >>> from mobilise.gaps.records import Measured
    >>> about = Measured("wellbeing", "points", "better")
    >>> effect_sentence(2.1, (1.0, 3.2), about, "points", "than without it")
    'Wellbeing is 2.1 points higher than without it (95% interval 1.0 to 3.2): better for people.'
    """
    places = places_for(value, *limits)
    name = about.of[:1].upper() + about.of[1:]
    unit = "percentage points" if unit == "%" else unit
    way = f"{'higher' if value > 0 else 'lower'} {than}".rstrip()
    size = quantity(abs(value), unit, places)
    if limits[0] <= 0 <= limits[1]:
        shown = interval_of(limits, about.confidence, places)
        return f"No clear difference in {about.of}: {size} {way} ({shown}, which holds zero)."
    low, high = sorted((abs(limits[0]), abs(limits[1])))
    good = "better" if (value > 0) == (about.higher == "better") else "worse"
    shown = interval_of((low, high), about.confidence, places)
    return f"{name} is {size} {way} ({shown}): {good} for people."


def demand(holds: object, sentence: str) -> None:
    """Raise an InputError with `sentence` unless it holds."""
    if not holds:
        raise InputError(sentence)
