"""When services are open: HSDS schedules and OpenStreetMap's ``opening_hours`` as a usual week."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MIDNIGHT = 24 * 60
# A week without a public holiday in Britain, and in no school holiday: a usual one.
_USUAL_MONDAY = datetime(2026, 6, 8)  # noqa: DTZ001  (local time, as opening hours are)


class Slot(NamedTuple):
    """Open on a day (Monday = 0) from and to minutes after midnight."""

    day: int
    opens: int
    closes: int


def slots_of(schedules: Iterable[dict[str, Any]]) -> list[Slot]:
    """Return the weekly slots of HSDS schedules.

    Monthly schedules count on their weekdays: "the second Tuesday" is open on some Tuesdays.

    Parameters
    ----------
    schedules
        As HSDS has them: ``byday`` ("TH,FR", "2TU"), ``opens_at``, ``closes_at``.

    Examples
    --------
    >>> slots_of([{"byday": "TU,1TH", "opens_at": "10:00", "closes_at": "18:00"}])
    [Slot(day=1, opens=600, closes=1080), Slot(day=3, opens=600, closes=1080)]
    """
    found = set()
    for schedule in schedules:
        opens = minutes_of(schedule.get("opens_at"))
        closes = minutes_of(schedule.get("closes_at"))
        for part in str(schedule.get("byday") or "").split(","):
            day = part.strip().upper().lstrip("+-0123456789")[:2]
            if day not in DAYS:
                continue
            start = 0 if opens is None else opens
            end = MIDNIGHT if closes is None else closes
            found |= set(_within_days(DAYS.index(day), start, end))
    return sorted(found)


def schedules_of(opening_hours: str) -> list[dict[str, str]]:
    """Return OpenStreetMap's ``opening_hours`` as HSDS weekly schedules of a usual week.

    Parameters
    ----------
    opening_hours
        The tag's value. What is none, or is never open, gives no schedule.

    Examples
    --------
    >>> schedules_of("Mo-Tu 10:00-12:00; PH off")
    [{'freq': 'WEEKLY', 'byday': 'MO,TU', 'opens_at': '10:00', 'closes_at': '12:00'}]
    """
    days: dict[tuple[int, int], list[str]] = {}
    for slot in _usual_week(opening_hours):
        days.setdefault((slot.opens, slot.closes), []).append(DAYS[slot.day])
    return [
        {
            "freq": "WEEKLY",
            "byday": ",".join(days[times]),
            "opens_at": clock(times[0]),
            "closes_at": clock(times[1]),
        }
        for times in sorted(days, key=lambda times: (DAYS.index(days[times][0]), times))
    ]


def day_number(written: str) -> int | None:
    """Return a day's number, Monday = 0, from "MO", "mon" or "Monday"; None if it is none."""
    text = written.strip().lower()
    fits = [
        i for i, name in enumerate(DAY_NAMES) if len(text) >= 2 and name.lower().startswith(text)
    ]
    return fits[0] if len(fits) == 1 else None


def minutes_of(written: Any) -> int | None:
    """Return minutes after midnight of "10:30" or "10:30:00"; None if it is no time of day."""
    parts = str(written or "").split(":")
    if len(parts) < 2 or not all(part[:2].isdigit() for part in parts[:2]):
        return None
    minutes = int(parts[0]) * 60 + int(parts[1][:2])
    return minutes if minutes <= MIDNIGHT else None


def clock(minutes: int) -> str:
    """Return "10:30" for 630 minutes after midnight."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _usual_week(opening_hours: str) -> list[Slot]:
    from opening_hours import OpeningHours, State, validate  # noqa: PLC0415  (few need it)

    if not validate(opening_hours):
        return []
    week = OpeningHours(opening_hours)
    intervals = list(week.intervals(_USUAL_MONDAY, _USUAL_MONDAY + timedelta(days=7)))
    found: list[Slot] = []
    for start, end, state, *_ in intervals:
        if state == State.OPEN:
            found += _cut(start, end or _USUAL_MONDAY + timedelta(days=7))
    return sorted(found)


def _cut(start: datetime, end: datetime) -> list[Slot]:
    """Return an interval day by day, within the usual week."""
    start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
    slots = []
    for day in range(7):
        midnight = _USUAL_MONDAY + timedelta(days=day)
        opens = max((start - midnight) // timedelta(minutes=1), 0)
        closes = min((end - midnight) // timedelta(minutes=1), MIDNIGHT)
        if opens < closes:
            slots.append(Slot(day, opens, closes))
    return slots


def _within_days(day: int, opens: int, closes: int) -> list[Slot]:
    """Return a slot; one that closes after midnight goes on the day after."""
    if opens < closes:
        return [Slot(day, opens, closes)]
    if opens == closes:
        return []
    after = [Slot((day + 1) % 7, 0, closes)] if closes else []
    return [Slot(day, opens, MIDNIGHT), *after]
