"""The record of one inequality statistic, complete enough that it cannot be misread."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias

Higher: TypeAlias = Literal["better", "worse"]


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
        Its standard error; None where the method gives none.
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

    def as_dict(self) -> dict[str, Any]:
        """Return the record as plain data: one row of the table ``gaps``."""
        return asdict(self)
