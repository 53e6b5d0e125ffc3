"""The record of one inequality statistic, complete enough that it cannot be misread."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

Higher: TypeAlias = Literal["better", "worse"]
Limits: TypeAlias = tuple[float, float]

# Statistics whose value is signed: positive where the least deprived have more.
SIGNED = frozenset(
    {
        "slope_index",
        "difference",
        "absolute_concentration_index",
        "relative_concentration_index",
        "erreygers_index",
        "wagstaff_index",
    }
)
RATIOS = frozenset({"relative_index", "ratio", "palma_ratio"})


@dataclass(frozen=True)
class Gap:
    """One statistic with its interval, its direction and the finding in words.

    Parameters
    ----------
    statistic
        The published name in lower case: ``slope_index``, ``mean``, ``gini``, ...
    value
        The value, in `unit`; None where it is not defined (`method` says why).
    se
        Its standard error (of its natural logarithm for a ratio); None where the
        method gives none.
    lower, upper
        Limits of the interval; None where the method gives none.
    confidence
        Of the interval, between 0 and 1; None without one.
    n
        How many areas, groups or people it rests on.
    unit
        Unit of `value`.
    higher
        What a higher value *of the thing measured* means for people: ``better`` or ``worse``.
    method
        How it was computed, and what was left out.
    sentence
        The finding in plain English, the right way round.
    level
        The quintile or group, 1 = most deprived; None for the whole place.
    """

    statistic: str
    value: float | None
    se: float | None
    lower: float | None
    upper: float | None
    confidence: float | None
    n: int
    unit: str
    higher: Higher
    method: str
    sentence: str
    level: int | None = None

    @property
    def disadvantage(self) -> float | None:
        """How much worse off the most deprived are: positive = worse, whatever is measured.

        The value of a signed statistic, or the logarithm of a ratio, turned so that
        favourable and adverse indicators may be put side by side. None for statistics
        that do not say who is worse off (means, Gini, Theil, ...).
        """
        sign = 1.0 if self.higher == "better" else -1.0
        if self.value is None:
            return None
        if self.statistic in SIGNED:
            return sign * self.value
        if self.statistic in RATIOS and self.value > 0:
            return sign * math.log(self.value)
        return None

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain data: one row of the table ``gaps``."""
        return asdict(self)


@dataclass(frozen=True)
class Measured:
    """What a statistic is about, for its record and its sentence.

    Parameters
    ----------
    of
        What was measured, a noun phrase that can stand before "is".
    unit
        Unit of the values.
    higher
        What a higher value means for people.
    confidence
        Of intervals.
    """

    of: str
    unit: str
    higher: Higher
    confidence: float = 0.95


def defined(
    statistic: str,
    value: float,
    about: Measured,
    *,
    n: int,
    method: str,
    sentence: str,
    se: float | None = None,
    limits: Limits | None = None,
    unit: str | None = None,
    level: int | None = None,
) -> Gap:
    """Return the record of a statistic that has a value; `unit` where it is not the values'."""
    low, high = limits if limits is not None else (None, None)
    return Gap(
        statistic=statistic,
        value=float(value),
        se=None if se is None else float(se),
        lower=None if low is None else float(low),
        upper=None if high is None else float(high),
        confidence=about.confidence if limits is not None else None,
        n=n,
        unit=about.unit if unit is None else unit,
        higher=about.higher,
        method=method,
        sentence=sentence,
        level=level,
    )


def undefined(
    statistic: str,
    about: Measured,
    *,
    n: int,
    method: str,
    why: str,
    sentence: str,
    unit: str | None = None,
    level: int | None = None,
) -> Gap:
    """Return the record of a statistic that has no value, with the reason in its method."""
    return Gap(
        statistic=statistic,
        value=None,
        se=None,
        lower=None,
        upper=None,
        confidence=None,
        n=n,
        unit=about.unit if unit is None else unit,
        higher=about.higher,
        method=f"{method.rstrip('.')}. Not defined: {why}.",
        sentence=sentence,
        level=level,
    )
