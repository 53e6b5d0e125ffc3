"""Search: the services that fit what somebody looks for, and why each is where it is."""

from __future__ import annotations

import json
from datetime import date, time
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from mobilise.assets import check_kinds
from mobilise.directory import schema
from mobilise.directory.candidates import Candidate, candidates, complete
from mobilise.directory.found import Found, How, Listing, Wanted
from mobilise.directory.hours import DAY_NAMES, Slot, clock, day_number
from mobilise.directory.nearby import Point, point_of
from mobilise.directory.needs import check_needs
from mobilise.directory.ranking import confidence, reasons, score, unknowns
from mobilise.directory.wording import words_of
from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mobilise.directory.store import Directory


def search(
    directory: Directory,
    words: str = "",
    *,
    kind: str | None = None,
    need: str | None = None,
    postcode: str | None = None,
    point: Point | None = None,
    minutes: float | None = None,
    metres: float | None = None,
    day: str | None = None,
    at: time | None = None,
    cost: float | None = None,
    age: float | None = None,
    language: str | None = None,
    step_free: bool = False,
    how: How | None = None,
    with_room: bool = False,
    page: int = 1,
    per_page: int = 20,
    today: date | None = None,
) -> Found:
    """Search a directory.

    What is known of a service to be otherwise than asked leaves it out; what is not known stays,
    lower, and says so.

    Parameters
    ----------
    directory
        An open directory.
    words
        What somebody wrote. All words must be there; if no service has all, those with some.
    kind
        Only this kind of asset, such as "library".
    need
        Only for this need; see ``needs.toml``.
    postcode, point
        Where they are: a postcode of the place, or latitude and longitude (degrees).
    minutes
        How long a walk may be.
    metres
        How far away, in a straight line.
    day, at
        Open on this day ("TU", "Tuesday") and at this time of day.
    cost
        The most it may cost, in pounds; 0: only what is free.
    age
        Of the person, in years.
    language
        Spoken there, such as "Polish".
    step_free
        Only where one gets in without steps.
    how
        "remote" or "in person".
    with_room
        Leave out what is full.
    page, per_page
        Which listings, from 1; how many.
    today
        The day from which confirmations are counted; by default today.

    Returns
    -------
    Found
        A page of listings, the best first.

    Raises
    ------
    InputError
        An argument is out of its range, or the postcode is not known.
    """
    if kind is not None and (wrong := check_kinds([kind])):
        raise InputError(f"kind: {wrong[0]}")
    day_asked = None if day is None else day_number(day)
    if day is not None and day_asked is None:
        raise InputError("day: must be MO, TU, WE, TH, FR, SA, SU, or a day's name.")
    wanted = Wanted(
        words=words,
        needs={} if need is None else {check_needs([need])[0]: 1.0},
        kind=kind,
        start=start_of(directory, postcode, point),
        minutes=minutes,
        metres=metres,
        day=day_asked,
        at=at,
        cost=cost,
        age=age,
        language=language or None,
        step_free=step_free,
        how=how,
        with_room=with_room,
        today=today or date.today(),  # noqa: DTZ011  (people live by their own day)
    )
    return find(directory, wanted, page=page, per_page=per_page)


def match(
    directory: Directory,
    needs: Sequence[str],
    *,
    weights: Mapping[str, float] | None = None,
    kind_weights: Mapping[str, float] | None = None,
    postcode: str | None = None,
    point: Point | None = None,
    minutes: float | None = None,
    cost: float | None = None,
    age: float | None = None,
    language: str | None = None,
    step_free: bool = False,
    day: str | None = None,
    at: time | None = None,
    how: How | None = None,
    page: int = 1,
    per_page: int = 20,
    today: date | None = None,
) -> Found:
    """Return the services that are right for a person's needs, the best first, with reasons.

    Nothing is used but what is passed, and nothing of it is kept.

    Parameters
    ----------
    directory
        An open directory.
    needs
        Names of needs; see ``needs.toml``.
    weights, kind_weights
        How much needs, and kinds of asset, count beside each other: what residents said matters.
        From 0 to 1; 1 where not said. What has no known kind counts like the mean of the kinds.
    postcode, point, minutes, cost, age, language, step_free, day, at, how
        The person's limits, as for :func:`search`.
    page, per_page, today
        As for :func:`search`.

    Returns
    -------
    Found
        A page of listings; full services come last.

    Raises
    ------
    InputError
        No need is given, one is not known, or a weight or limit is out of its range.
    """
    if not needs:
        raise InputError("needs: name at least one need.")
    counts, kinds = dict(weights or {}), dict(kind_weights or {})
    if not all(0 <= weight <= 1 for weight in (*counts.values(), *kinds.values())):
        raise InputError("weights: must be numbers from 0 to 1.")
    if unknown := check_kinds(kinds):
        raise InputError(f"kind_weights: {unknown[0]}")
    day_asked = None if day is None else day_number(day)
    if day is not None and day_asked is None:
        raise InputError("day: must be MO, TU, WE, TH, FR, SA, SU, or a day's name.")
    wanted = Wanted(
        needs={need: counts.get(need, 1.0) for need in check_needs(needs)},
        kinds=kinds,
        start=start_of(directory, postcode, point),
        minutes=minutes,
        day=day_asked,
        at=at,
        cost=cost,
        age=age,
        language=language or None,
        step_free=step_free,
        how=how,
        today=today or date.today(),  # noqa: DTZ011  (people live by their own day)
    )
    return find(directory, wanted, page=page, per_page=per_page)


def start_of(directory: Directory, postcode: str | None, point: Point | None) -> Point | None:
    """Return where somebody is, by postcode or point.

    Raises
    ------
    InputError
        The postcode is not known here, or the point is nowhere on Earth.
    """
    if point is not None:
        if not (abs(point[0]) <= 90 and abs(point[1]) <= 180):
            raise InputError("point: latitude lies within 90 degrees, longitude within 180.")
        return point
    if postcode is None or not postcode.strip():
        return None
    with directory.reading() as connection:
        try:
            return point_of(connection, postcode)
        except LookupError as error:
            raise InputError(f"postcode: {error}.") from error


def find(directory: Directory, wanted: Wanted, *, page: int = 1, per_page: int = 20) -> Found:
    """Return a page of what is wanted.

    Raises
    ------
    InputError
        There is no such page.
    """
    if page < 1 or not 1 <= per_page <= 1000:
        raise InputError("page and per_page: pages begin at 1, and have 1 to 1,000 listings.")
    words = words_of(wanted.words)
    with directory.reading() as connection:
        found = candidates(connection, wanted)
        complete(connection, wanted, found.found)
        kept = _walked(directory, wanted, found.found)
        ranked = sorted(
            ((score(wanted, one, words), one) for one in kept),
            key=lambda pair: (-pair[0], pair[1].row.seq),
        )
        shown = ranked[(page - 1) * per_page : page * per_page]
        listings = _listings(connection, wanted, shown)
    total = found.total - (len(found.found) - len(kept))
    return Found(tuple(listings), total, page, per_page, _remarks(found.all_words, total, kept))


def _walked(directory: Directory, wanted: Wanted, found: list[Candidate]) -> list[Candidate]:
    """Return the candidates within the walk, each with its minutes."""
    if wanted.start is None:
        return found
    placed = [(one, one.site) for one in found if one.site is not None]
    for (one, _), minutes in zip(
        placed, directory.walk(wanted.start, [site for _, site in placed]), strict=True
    ):
        one.minutes = minutes
    if wanted.minutes is None:
        return found
    return [
        one
        for one in found
        if one.site is None
        or one.row.remote
        or (one.minutes is not None and one.minutes <= wanted.minutes)
    ]


def _remarks(all_words: bool, total: int, kept: list[Candidate]) -> tuple[str, ...]:
    told = []
    if not all_words and kept:
        told.append("No service has all of these words; these have some of them.")
    if total > len(kept):
        told.append(
            f"The best {len(kept):,} of {total:,} are ranked; narrow the search for others."
        )
    return tuple(told)


def _listings(
    connection: sa.Connection, wanted: Wanted, ranked: Sequence[tuple[float, Candidate]]
) -> list[Listing]:
    seqs = [one.row.seq for _, one in ranked]
    d = schema.documents.c
    full = {
        row.seq: json.loads(row.full)
        for row in connection.execute(sa.select(d.seq, d.full).where(d.seq.in_(seqs)))
    }
    weeks = _weeks(connection, seqs)
    return [
        _listing(wanted, one, number, full[one.row.seq], weeks.get(one.row.seq, ""))
        for number, one in ranked
    ]


def _listing(
    wanted: Wanted, one: Candidate, number: float, service: dict[str, Any], opens: str
) -> Listing:
    row = one.row
    return Listing(
        service_id=row.id,
        name=row.name,
        organization=service.get("organization", {}).get("name", ""),
        description=service.get("description", ""),
        url=service.get("url", ""),
        email=service.get("email", ""),
        phone=_phone(service),
        kind=row.kind,
        asset_id=row.asset_id,
        address=_address(service, one.site),
        latitude=one.site[0] if one.site else None,
        longitude=one.site[1] if one.site else None,
        minutes=one.minutes,
        cost=row.cost,
        step_free=None if row.step_free is None else bool(row.step_free),
        remote=bool(row.remote),
        capacity=row.capacity,
        referrals=row.referrals,
        opens=opens,
        assured=row.assured,
        confidence=confidence(row.assured_day, wanted.today),
        score=number,
        reasons=tuple(reasons(wanted, one, opens)),
        unknown=tuple(unknowns(wanted, one)),
    )


def _phone(service: dict[str, Any]) -> str:
    phones = list(service.get("phones", []))
    for contact in service.get("contacts", []):
        phones += contact.get("phones", [])
    return str(phones[0]["number"]) if phones else ""


def _address(service: dict[str, Any], site: Point | None) -> str:
    """Return the address of the site that is shown, in one line."""
    for at in service.get("service_at_locations", []):
        location = at.get("location", {})
        here = (location.get("latitude"), location.get("longitude"))
        if location.get("addresses") and (site is None or here == site):
            address = location["addresses"][0]
            parts = [address.get(k, "") for k in ("address_1", "address_2", "city", "postal_code")]
            return ", ".join(part for part in parts if part)
    return ""


def _weeks(connection: sa.Connection, seqs: list[int]) -> dict[int, str]:
    """Return the usual week of services, in words."""
    slot = schema.slots.c
    query = sa.select(slot.service_seq, slot.day, slot.opens, slot.closes)
    slots: dict[int, list[Slot]] = {}
    for seq, *when in connection.execute(query.where(slot.service_seq.in_(seqs))):
        slots.setdefault(seq, []).append(Slot(*when))
    return {seq: week_in_words(sorted(found)) for seq, found in slots.items()}


def week_in_words(slots: Sequence[Slot]) -> str:
    """Return a usual week in words, days with the same hours together.

    Examples
    --------
    >>> week_in_words([Slot(0, 540, 1020), Slot(1, 540, 1020), Slot(5, 600, 720)])
    'Monday to Tuesday 09:00-17:00, Saturday 10:00-12:00'
    """
    days: dict[int, list[str]] = {}
    for slot in slots:
        days.setdefault(slot.day, []).append(f"{clock(slot.opens)}-{clock(slot.closes)}")
    runs: list[tuple[int, int, str]] = []
    for day in sorted(days):
        hours = " and ".join(days[day])
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == hours:
            runs[-1] = (runs[-1][0], day, hours)
        else:
            runs.append((day, day, hours))
    return ", ".join(
        f"{DAY_NAMES[first]}{f' to {DAY_NAMES[last]}' if last > first else ''} {hours}"
        for first, last, hours in runs
    )
