"""Ranking: what counts, how much, and in which words it is told.

A service's score is a product, so that nothing good makes up for what rules it out:

- **fit**: how strong the signs are that it is for the need; or 1, and more for words in its name;
- **nearness**: 1 at the door, a half at 20 minutes on foot, as 1 / (1 + (minutes / 20)²); what is
  used from home counts like 20 minutes; what has no known place like 35;
- **residents' weights** of its kind, where a round gave some;
- **sureness**: between a half and 1 as the confidence that the listing is still right;
- **room**: a waiting list counts 0.6, and what is full 0.2;
- **what is not known** of what was asked for: 0.7 each time.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mobilise.assets.kinds import catalogue as kinds
from mobilise.directory.hours import DAY_NAMES
from mobilise.directory.needs import catalogue
from mobilise.directory.store import day_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from mobilise.directory.candidates import Candidate
    from mobilise.directory.found import Wanted

HALF_AT_MINUTES = 20.0
FROM_HOME = 0.5
NO_PLACE = 0.25
NOT_KNOWN = 0.7
ROOM = {"waiting list": 0.6, "full": 0.2}
HALF_CONFIDENCE_DAYS = 365
NEVER_CONFIRMED = 0.2
WORDS_IN_NAME = 0.4


def confidence(assured_day: int | None, today: date) -> float:
    """Return the confidence that a listing is still right: 1 when confirmed, a half a year later.

    It falls as 1 / (1 + days / 365); a listing never confirmed has 0.2.

    Parameters
    ----------
    assured_day
        When it was confirmed, in days since 1970; None: never.
    today
        Today.

    Examples
    --------
    >>> from datetime import date
    >>> confidence(0, date(1971, 1, 1)), confidence(None, date(1971, 1, 1))
    (0.5, 0.2)
    """
    if assured_day is None:
        return NEVER_CONFIRMED
    days = max((day_of(today.isoformat()) or 0) - assured_day, 0)
    return 1 / (1 + days / HALF_CONFIDENCE_DAYS)


def score(wanted: Wanted, one: Candidate, words: Sequence[str]) -> float:
    """Return a candidate's score, from 0 to 1; see the module's text."""
    fit = one.fit * _need_fit(wanted, one) * _kind_counts(wanted, one.row.kind)
    if words:
        name = one.row.name.lower()
        said = sum(word in name for word in words) / len(words)
        fit *= 1 - WORDS_IN_NAME + WORDS_IN_NAME * said
    sure = 0.5 + 0.5 * confidence(one.row.assured_day, wanted.today)
    room = ROOM.get(one.row.capacity or "", 1.0)
    gaps: float = NOT_KNOWN ** len(unknowns(wanted, one))
    return fit * _nearness(wanted, one) * sure * room * gaps


def unknowns(wanted: Wanted, one: Candidate) -> list[str]:
    """Return what was asked for and is not known of a service, in words."""
    row, found = one.row, []
    if wanted.cost is not None and row.cost is None:
        found.append("its cost is not stated")
    if wanted.step_free and row.step_free is None and not row.remote:
        found.append("whether it is step-free is not stated")
    if wanted.language is not None and not one.speaks:
        found.append(f"whether {wanted.language} is spoken is not stated")
    if (wanted.day is not None or wanted.at is not None) and not one.open_then:
        found.append("when it is open is not stated")
    if wanted.start is not None and one.site is None and not row.remote:
        found.append("where it is is not stated")
    return found


def reasons(wanted: Wanted, one: Candidate, opens: str) -> list[str]:
    """Return why a service is where it is, in words, the weightiest first."""
    row = one.row
    told = [
        f"for {catalogue().needs[need].label.lower()}: {why}"
        for need, (_, why) in sorted(one.needs.items(), key=lambda item: (-item[1][0], item[0]))
    ]
    told += _residents(wanted, one)
    if one.minutes is not None:
        told.append(_walk(one.minutes))
    if row.remote:
        told.append("can be used from home")
    if row.cost is not None:
        told.append("free" if row.cost == 0 else f"£{row.cost:g} or more")
    if one.open_then and wanted.day is not None:
        told.append(f"open {DAY_NAMES[wanted.day]}")
    elif opens:
        told.append(f"open {opens}")
    if wanted.step_free and row.step_free:
        told.append("step-free")
    if one.speaks and wanted.language:
        told.append(f"in {wanted.language}")
    if row.capacity in ROOM:
        told.append("has a waiting list" if row.capacity == "waiting list" else "full at present")
    told.append(_confirmed(row.assured_day, wanted.today))
    return told


def _need_fit(wanted: Wanted, one: Candidate) -> float:
    """Return how well a service fits the needs together: each adds, none takes away."""
    if not wanted.needs:
        return 1.0
    most = max(wanted.needs.values()) or 1.0
    misses = [
        1 - min(strength * wanted.needs[need] / most, 1.0)
        for need, (strength, _) in one.needs.items()
    ]
    return 1 - math.prod(misses)


def _kind_counts(wanted: Wanted, kind: str | None) -> float:
    """Return how much a kind counts; what has none like the mean, as nothing is known of it."""
    if not wanted.kinds:
        return 1.0
    if kind is None:
        return math.fsum(wanted.kinds.values()) / len(wanted.kinds)
    return wanted.kinds.get(kind, 1.0)


def _residents(wanted: Wanted, one: Candidate) -> list[str]:
    """Return what residents' weights did to a service, in words."""
    told = []
    if len(set(wanted.needs.values())) > 1:
        told += [
            f"{catalogue().needs[need].label.lower()} counts {wanted.needs[need]:.2f} by "
            "residents' weights"
            for need in sorted(one.needs)
        ]
    kind = one.row.kind
    if kind in wanted.kinds:
        said = kinds().kinds[kind].amid
        told.append(f"{said} counts {wanted.kinds[kind]:.2f} by residents' weights")
    elif wanted.kinds:
        told.append(
            f"no known kind: counts {_kind_counts(wanted, kind):.2f}, the mean of residents' "
            "weights"
        )
    return told


def _nearness(wanted: Wanted, one: Candidate) -> float:
    if wanted.start is None:
        return 1.0
    home = FROM_HOME if one.row.remote else 0.0
    if one.minutes is None:
        return max(home, NO_PLACE)
    return max(home, 1 / (1 + (one.minutes / HALF_AT_MINUTES) ** 2))


def _walk(minutes: float) -> str:
    whole = max(round(minutes), 1)
    return "1 minute's walk" if whole == 1 else f"{whole} minutes' walk"


def _confirmed(assured_day: int | None, today: date) -> str:
    if assured_day is None:
        return "never confirmed"
    days = max((day_of(today.isoformat()) or 0) - assured_day, 0)
    for unit, size in (("year", 365), ("month", 30), ("week", 7), ("day", 1)):
        if days >= size * (2 if unit in {"year", "month", "week"} else 1):
            number = days // size
            return f"confirmed {number} {unit}{'' if number == 1 else 's'} ago"
    return "confirmed today"
