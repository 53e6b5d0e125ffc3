"""Who takes part in the demonstration: organisations, services, accounts; all invented."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from mobilise.referrals.access.accounts import add_user
from mobilise.referrals.actors import LINK_WORKER, PROVIDER, REFERRER, Actor, operator
from mobilise.referrals.model import Service
from mobilise.referrals.organising import ListedService, add_organisation, take_in

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from mobilise.place import Place
    from mobilise.referrals.store import Store, Work

PASSWORD = "only-a-demonstration"  # noqa: S105  (shown on the page, for accounts of nobody)
FIRST_DAY = date(2025, 1, 6)
OFFERED = {
    "arts": ("creative activity", "mental wellbeing"),
    "museum": ("creative activity", "loneliness"),
    "library": ("loneliness", "work", "language"),
    "community": ("loneliness", "food", "family", "money"),
    "allotment": ("physical activity", "mental wellbeing"),
    "leisure": ("physical activity", "long-term condition"),
    "garden": ("mental wellbeing", "bereavement"),
}


@dataclass
class Calendar:
    """What happens when: it is done in order of days, and may put more on later ones."""

    store: Store
    days: list[tuple[datetime, int, Callable[[], None]]] = field(default_factory=list)
    count: int = 0

    def put(self, day: datetime, happen: Callable[[], None]) -> None:
        """Put something on the calendar."""
        heapq.heappush(self.days, (day, self.count, happen))
        self.count += 1

    def run(self) -> None:
        """Do it all, day by day."""
        while self.days:
            day, _, happen = heapq.heappop(self.days)
            self.store.clock = at_day(day)
            happen()


@dataclass
class Cast:
    """Who takes part: their actors, and the services that people are sent on to."""

    referrers: dict[str, Actor]
    team: Actor
    services: dict[str, list[str]]
    owners: dict[str, Actor]
    calendar: Calendar


def cast(store: Store, place: Place, chance: random.Random) -> Cast:
    """Keep who takes part, on the first day."""
    store_clock, first = store.clock, datetime.combine(FIRST_DAY, datetime.min.time(), UTC)
    store.clock = at_day(first)
    with store.work(operator()) as work:
        bodies = {
            route: add_organisation(work, f"{name} (invented)", kind)
            for route, name, kind in (
                ("gp", "Mere Road Practice", "practice"),
                ("nhs", "Wexmere Community Nurses", "nhs"),
                ("council", "Wexmere Council Wellbeing Team", "council"),
                ("charity", "Wexmere Neighbours", "charity"),
            )
        }
        team = add_organisation(
            work, "Wexmere Link Workers (invented)", "link worker service", phone="01632 960100"
        )
        services = _services(work, place, chance)
        owners = {
            service: work.session.get_one(Service, service).organisation_id
            for each in services.values()
            for service in each
        }
        actors = _accounts(work, bodies["gp"].id, team.id, next(iter(owners.values())))
    store.clock = store_clock
    referrers = {
        route: Actor(f"user/{actors[REFERRER] if route == 'gp' else route}", REFERRER, body.id)
        for route, body in bodies.items()
    }
    link = Actor(f"user/{actors[LINK_WORKER]}", LINK_WORKER, team.id)
    return Cast(
        referrers,
        link,
        services,
        {s: Actor(f"user/{actors[PROVIDER]}", PROVIDER, body) for s, body in owners.items()},
        Calendar(store),
    )


def _services(work: Work, place: Place, chance: random.Random) -> dict[str, list[str]]:
    """Keep a few assets of each kind as services, by the need that they answer."""
    assets = place.table("assets")
    found: dict[str, list[str]] = {}
    for kind, needs in OFFERED.items():
        names = assets[(assets["kind"] == kind) & assets["name"].notna()]
        names = names.drop_duplicates("name").sort_values("asset_id")
        for row in names.head(3).itertuples():
            free = chance.choice([None, 0, 2, 5, 12])
            service = take_in(work, _listed(row, kind, free))
            for need in needs:
                found.setdefault(need, []).append(service.id)
    return found


def _listed(row: Any, kind: str, free: int | None) -> ListedService:
    return ListedService(
        service_id=f"demonstration-{row.asset_id}",
        name=f"Sessions at {row.name}",
        organisation_id=f"demonstration-{row.asset_id}",
        organisation=str(row.name),
        kind=kind,
        description="An invented service of an invented town.",
        email=f"{kind}@example.org",
        phone="01632 960200",
        places_free=free,
    )


def _accounts(work: Work, practice: str, team: str, body: str | None) -> dict[str, str]:
    made = {}
    for login, name, role, organisation in (
        ("gp@example.org", "Dr Hester Nightlow", REFERRER, practice),
        ("link@example.org", "Kofi Birchwold", LINK_WORKER, team),
        ("group@example.org", "Orla Foxlow", PROVIDER, body),
        ("analyst@example.org", "Leila Tarnwick", "analyst", None),
        ("admin@example.org", "Percy Umberly", "administrator", None),
    ):
        user, _ = add_user(
            work, login, name, role, organisation, password=PASSWORD, one_time_code=False
        )
        made[role] = user.id
    return made


def at_day(day: datetime) -> Callable[[], datetime]:
    """Return a clock that stands still."""
    return lambda: day
