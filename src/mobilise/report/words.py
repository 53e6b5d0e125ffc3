"""Numbers and names as people say them, in British plain English."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MISSING = "not known"
_CONTROL = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff\ud800-\udfff\u200e\u200f\u202a-\u202e\u2066-\u2069]"
)


def clean(text: object) -> str:
    r"""Return a source's text without the signs that break XML or turn the writing round.

    Examples
    --------
    >>> clean("Hale\x00 Library  ")
    'Hale Library'
    """
    return " ".join(_CONTROL.sub("", str(text)).split())


def whole(value: float) -> str:
    """Return a count with thousands separators.

    Examples
    --------
    >>> whole(241025.0)
    '241,025'
    """
    return MISSING if _absent(value) else f"{value:,.0f}"


def decimal(value: float, places: int = 1) -> str:
    """Return a number to `places` decimals, with a true minus sign.

    Examples
    --------
    >>> decimal(-3.14159), decimal(-0.01), decimal(1234.5)
    ('−3.1', '0.0', '1,234.5')
    """
    if _absent(value):
        return MISSING
    text = f"{value:,.{places}f}"
    return text.replace("-", "−") if float(text.replace(",", "")) else text.lstrip("-")


def minutes(value: float) -> str:
    """Return a time to a tenth of a minute.

    Examples
    --------
    >>> minutes(12.34), minutes(1.0)
    ('12.3 minutes', '1.0 minutes')
    """
    return MISSING if _absent(value) else f"{decimal(value)} minutes"


def percent(share: float) -> str:
    """Return a share of 1 in per cent, never rounding some to none or most to all.

    Examples
    --------
    >>> percent(0.7049), percent(0.004), percent(0.999), percent(0.0), percent(1.0)
    ('70%', 'less than 1%', 'more than 99%', '0%', '100%')
    """
    if _absent(share):
        return MISSING
    said = f"{100 * share:.0f}%"
    if said == "0%" and share > 0:
        return "less than 1%"
    if said == "100%" and share < 1:
        return "more than 99%"
    return said


def limit(value: float) -> str:
    """Return a limit in minutes as it was given.

    Examples
    --------
    >>> limit(15.0), limit(7.5)
    ('15 minutes', '7.5 minutes')
    """
    return f"{value:g} minutes"


def in_unit(value: float, unit: str) -> str:
    """Return a value with its unit, to a tenth (counts of people or things: whole).

    Examples
    --------
    >>> in_unit(83.26, "%"), in_unit(78.94, "years"), in_unit(1234.4, "persons")
    ('83.3%', '78.9 years', '1,234 persons')
    """
    if _absent(value):
        return MISSING
    shown = whole(value) if unit in {"persons", "people"} else decimal(value, places_for(value))
    return f"{shown}{unit}" if unit.startswith("%") else f"{shown} {unit}".rstrip()


def places_for(value: float) -> int:
    """Return how many decimals show `value` to two figures at least, and one decimal at least."""
    if value == 0 or abs(value) >= 1 or not math.isfinite(value):
        return 1
    return min(6, 1 - math.floor(math.log10(abs(value))))


def interval(lower: float, upper: float, confidence: float, unit: str) -> str:
    """Return an interval, or "none" where there is none.

    Examples
    --------
    >>> interval(7.81, 9.72, 0.95, "years")
    '7.8 to 9.7 (95%)'
    """
    if _absent(lower) or _absent(upper):
        return "none"
    level = f" ({100 * confidence:g}%)" if not _absent(confidence) else ""
    places = max(places_for(lower), places_for(upper)) if unit != "persons" else 0
    return f"{decimal(lower, places)} to {decimal(upper, places)}{level}"


def fifth(level: float) -> str:
    """Return a deprivation quintile as pages write it.

    Examples
    --------
    >>> fifth(1), fifth(3), fifth(5)
    ('1 (most deprived)', '3', '5 (least deprived)')
    """
    return _rank(level, 5)


def tenth(level: float) -> str:
    """Return a deprivation decile as pages write it.

    Examples
    --------
    >>> tenth(1), tenth(10)
    ('1 (most deprived)', '10 (least deprived)')
    """
    return _rank(level, 10)


def listed(names: Sequence[str]) -> str:
    """Return names as a list in a sentence.

    Examples
    --------
    >>> listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])
    ('a', 'a and b', 'a, b and c')
    """
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def counted(number: float, one: str, many: str) -> str:
    """Return a count with its noun.

    Examples
    --------
    >>> counted(1, "library", "libraries"), counted(1200, "library", "libraries")
    ('1 library', '1,200 libraries')
    """
    return f"{whole(number)} {one if number == 1 else many}"


def capital(text: str) -> str:
    """Return `text` with a capital at its beginning."""
    return text[:1].upper() + text[1:]


def amid(label: str) -> str:
    """Return a label as it stands amid a sentence; abbreviations keep their capitals.

    Examples
    --------
    >>> amid("Public libraries"), amid("GP practices")
    ('public libraries', 'GP practices')
    """
    return label if label[1:2].isupper() else label[:1].lower() + label[1:]


def _rank(level: float, of: int) -> str:
    if _absent(level):
        return MISSING
    said = {1: " (most deprived)", of: " (least deprived)"}
    return f"{int(level)}{said.get(int(level), '')}"


def _absent(value: object) -> bool:
    return value is None or value != value  # noqa: PLR0124  (a missing number is not itself)
