"""What a search asks for, and what it finds: listings that explain why they are where they are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mobilise.directory.nearby import Point

How = Literal["remote", "in person"]


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for. Nothing of it is kept.

    Parameters
    ----------
    words
        In their own words; all must be there, or else some.
    needs
        How much each need counts, from 0 to 1; see ``needs.toml``.
    kinds
        How much each kind of asset counts beside others (1 where not said).
    kind
        Only this kind of asset.
    start
        Where they are: latitude, longitude.
    minutes
        How long a walk may be.
    metres
        How far away it may be, in a straight line.
    day, at
        When it is to be open: Monday = 0; a time of day.
    cost
        The most it may cost, in pounds; 0: free.
    age
        Of the person it is for.
    language
        That is spoken there, besides English.
    step_free
        Whether there may be no steps.
    how
        Only what is used from home, or only what one goes to.
    with_room
        Whether what is full is left out.
    today
        The day from which confirmations are counted.
    """

    words: str = ""
    needs: Mapping[str, float] = field(default_factory=dict)
    kinds: Mapping[str, float] = field(default_factory=dict)
    kind: str | None = None
    start: Point | None = None
    minutes: float | None = None
    metres: float | None = None
    day: int | None = None
    at: time | None = None
    cost: float | None = None
    age: float | None = None
    language: str | None = None
    step_free: bool = False
    how: How | None = None
    with_room: bool = False
    today: date = field(default_factory=date.today)


@dataclass(frozen=True)
class Listing:
    """One service that was found.

    Parameters
    ----------
    service_id, name, organization, description, url, email, phone
        As it is listed; "" where not known.
    kind
        The kind of asset, if it is one.
    asset_id
        The asset, if it is one of the place's.
    address
        In one line; "" where there is none, or where it is confidential.
    latitude, longitude
        Its nearest site; None where there is none.
    minutes
        On foot from where the search started; None where not known.
    cost
        The least it costs, in pounds; 0 = free; None = not known.
    step_free
        None = not known.
    remote
        Whether it can be used from home.
    capacity
        "open", "waiting list", "full"; None = not known.
    referrals
        How people are referred: "professional", "self"; None = not known.
    opens
        Its usual week in words, such as "Tuesday 10:00-12:00".
    assured
        When somebody last confirmed it (ISO date); None = never.
    confidence
        That the listing is still right, from 0 to 1.
    score
        What it is ranked by, from 0 to 1.
    reasons
        Why it is here, in words.
    unknown
        What was asked for and is not known of it, in words.
    """

    service_id: str
    name: str
    organization: str
    description: str
    url: str
    email: str
    phone: str
    kind: str | None
    asset_id: str | None
    address: str
    latitude: float | None
    longitude: float | None
    minutes: float | None
    cost: float | None
    step_free: bool | None
    remote: bool
    capacity: str | None
    referrals: str | None
    opens: str
    assured: str | None
    confidence: float
    score: float
    reasons: tuple[str, ...]
    unknown: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """What a search found: a page of listings, how many there are, and remarks for the reader."""

    listings: tuple[Listing, ...]
    total: int
    page: int
    per_page: int
    remarks: tuple[str, ...] = ()
