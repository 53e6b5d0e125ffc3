"""The personal plane's referrals as the wall counts them: one row each, by the list's fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.disclosure.allowed import NONE_YET, SEVERAL, allowed
from mobilise.disclosure.changes import BEFORE, CHANGE
from mobilise.disclosure.release import PERSON
from mobilise.errors import InputError
from mobilise.referrals import counted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from mobilise.referrals import Counted, Store

COLUMNS = (PERSON, "area", "age_band", "sex", "ethnicity", "route", "kind", "progress")
ENDED_EARLY = ("cancelled", "failed", "rejected")


@dataclass(frozen=True)
class Period:
    """A run of whole quarters of the calendar, as counts of quarters: year times 4 plus 0 to 3."""

    first: int
    last: int

    @classmethod
    def read(cls, first: str, last: str) -> Period:
        """Read two quarters, such as ``2025Q1`` and ``2025Q4``.

        Raises
        ------
        InputError
            One of them is no quarter, or they are the wrong way round.
        """
        period = cls(_quarter(first), _quarter(last))
        if period.last < period.first:
            raise InputError(f"The period ends ({last}) before it begins ({first}).")
        return period

    def __str__(self) -> str:
        """Return it as it is printed: ``2025 Q1 to 2025 Q4``."""
        ends = [f"{n // 4} Q{n % 4 + 1}" for n in (self.first, self.last)]
        return ends[0] if self.first == self.last else " to ".join(ends)

    def overlaps(self, first: int, last: int) -> bool:
        """Return whether it shares a quarter with another period."""
        return self.first <= last and first <= self.last

    def has_ended(self, today: date) -> bool:
        """Return whether its last day has passed."""
        return self.last < today.year * 4 + (today.month - 1) // 3


def rows_of(store: Store, period: Period) -> pd.DataFrame:
    """Return the referrals of a period, as :func:`mobilise.disclosure.release.release` reads them.

    Parameters
    ----------
    store
        The personal plane. People who refused to be counted are not in it.
    period
        When the referral was offered.
    """
    inside = [one for one in counted(store) if period.overlaps(*[_when(one)] * 2)]
    return frame_of(inside)


def frame_of(counts: Iterable[Counted]) -> pd.DataFrame:
    """Return counted referrals as a table."""
    rows = [_row(one) for one in counts]
    scores = [kind + name for name in allowed().scores for kind in (BEFORE, CHANGE)]
    return pd.DataFrame(rows, columns=[*COLUMNS, *scores])


def _row(one: Counted) -> dict[str, Any]:
    kinds = {0: NONE_YET, 1: one.kinds[0] if one.kinds else ""}
    return {
        PERSON: one.person,
        "area": one.area_id,
        "age_band": one.age,
        "sex": one.sex,
        "ethnicity": one.ethnic_group,
        "route": one.route,
        "kind": kinds.get(len(one.kinds), SEVERAL),
        "progress": _progress(one),
        **_scores(one),
    }


def _progress(one: Counted) -> str:
    """Return how far it came and how it stands; every state of a task has its place."""
    if not one.referred:
        return "offered, declined" if one.status == "declined" else "offered, waiting"
    if not one.accepted:
        early = "ended early" if one.status in {"cancelled", "failed"} else "waiting"
        return f"referred, {'declined' if one.status == 'rejected' else early}"
    if one.status == "completed":
        return "completed, completed" if one.attended else "accepted, completed"
    stands = {"on-hold": "on hold"} | dict.fromkeys(ENDED_EARLY, "ended early")
    return f"{'attended' if one.attended else 'accepted'}, {stands.get(one.status, 'open')}"


def _scores(one: Counted) -> dict[str, float]:
    """Return each score's first before, and its change: the last after, less that."""
    found = {}
    for name in allowed().scores:
        taken = [(moment, value) for score, moment, value in one.scores if score == name]
        before = [value for moment, value in taken if moment == "before"]
        after = [value for moment, value in taken if moment == "after"]
        if before:
            found[BEFORE + name] = before[0]
        if before and after:
            found[CHANGE + name] = after[-1] - before[0]
    return found


def _when(one: Counted) -> int:
    return one.year * 4 + one.quarter - 1


def _quarter(text: str) -> int:
    year, _, quarter = text.upper().replace(" ", "").partition("Q")
    if not (year.isdigit() and quarter in {"1", "2", "3", "4"}):
        raise InputError(f"'{text}' is no quarter: write it as 2025Q1.")
    return int(year) * 4 + int(quarter) - 1
