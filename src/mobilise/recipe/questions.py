"""The sections of a recipe that ask: how far, how unequal, where next, and what to write."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from mobilise.recipe.sections import Model, Table, x_and_y
from mobilise.recipe.types import (
    Crs,
    Measure,
    Objective,
    Positive,
    SpeedKmh,
    Statistic,
    Text,
    Where,
    given,
    listed,
    named,
)

DECAY_NEEDS: dict[str, tuple[str, ...]] = {
    "steps": ("minutes", "weights"),
    "table": ("minutes", "weights"),
    "exponential": ("half_life",),
    "gaussian": ("sd",),
    "linear": (),
    "power": ("exponent",),
    "logistic": ("middle", "sd"),
}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
# Finer wishes of a plan, and the objectives that know them.
GOES_WITH: dict[str, tuple[str, ...]] = {
    "floors": ("coverage", "equity"),
    "at_least": ("least-inequality",),
    "statistic": ("least-inequality",),
    "capacity_per_person": ("capacity",),
    "extend": ("capacity",),
}
DECAY_KEYS = ("minutes", "weights", "half_life", "sd", "exponent", "middle")


class Decay(Model):
    """How an asset counts for less the longer the way to it is."""

    shape: Literal["steps", "table", "exponential", "gaussian", "linear", "power", "logistic"]
    minutes: tuple[Positive, ...] | None = None
    weights: tuple[Annotated[float, Field(ge=0, strict=True)], ...] | None = None
    half_life: Positive | None = None
    sd: Positive | None = None
    exponent: Positive | None = None
    middle: Positive | None = None

    @model_validator(mode="after")
    def _needs(self) -> Decay:
        missing = [key for key in DECAY_NEEDS[self.shape] if getattr(self, key) is None]
        if missing:
            raise ValueError(f"shape = '{self.shape}' needs '{missing[0]}'")
        written = [key for key in DECAY_KEYS if getattr(self, key) is not None]
        unused = [key for key in written if key not in DECAY_NEEDS[self.shape]]
        if unused:
            raise ValueError(f"'{unused[0]}' does not go with shape = '{self.shape}'")
        return self


class Walker(Model):
    """People who walk otherwise than ``[network]`` says."""

    name: Text
    speed_kmh: SpeedKmh | None = None
    step_free: bool = False


class Times(Table):
    """Minutes between areas and assets from another router: by bus, by car, by any mode."""

    name: Text
    origin: Text = "from_id"
    asset: Text = "to_id"
    minutes: Text = "minutes"


class Reach(Model):
    """``[[reach]]``: which measures, of which kinds, within how many minutes, for whom."""

    kinds: Annotated[tuple[Text, ...], Field(min_length=1)]
    measures: Annotated[tuple[Measure, ...], Field(min_length=1)] = ("nearest", "count")
    minutes: Annotated[tuple[Positive, ...], Field(min_length=1)] | None = None
    metres: Annotated[tuple[Positive, ...], Field(min_length=1)] | None = None
    groups: tuple[Text, ...] = ()
    decay: Decay | None = None
    walker: Walker | None = None
    times: Times | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> Reach:
        if self.minutes is not None and self.metres is not None:
            raise ValueError("give limits in 'minutes' or in 'metres', not both")
        if self.times is not None and (self.walker is not None or self.metres is not None):
            raise ValueError("'times' tell the minutes: 'walker' and 'metres' do not go with them")
        return self

    def limits(self, speed_kmh: float) -> tuple[float, ...]:
        """Return the limits in minutes, at the speed of the network or of the walker."""
        if self.metres is not None:
            return tuple(metres * 60 / (self.speed(speed_kmh) * 1000) for metres in self.metres)
        return self.minutes or (15.0,)

    def speed(self, speed_kmh: float) -> float:
        """Return how fast these people walk, where others walk at `speed_kmh`."""
        return (self.walker.speed_kmh if self.walker else None) or speed_kmh


class By(Model):
    """What people are ranked by (a column of the areas) or grouped by (one of their groups)."""

    column: Text | None = None
    higher: Literal["worse", "better"] | None = None
    name: Text | None = None
    group: Text | None = None

    @model_validator(mode="after")
    def _one_of_each(self) -> By:
        if (self.column is None) == (self.group is None):
            raise ValueError("give either 'column' or 'group'")
        if (self.column is None) != (self.higher is None):
            raise ValueError("'column' needs 'higher', and 'group' has none")
        return self


class Gaps(Model):
    """``[[gaps]]``: further statistics, of some outcomes or all, by deprivation or otherwise."""

    of: tuple[Text, ...] = ()
    kinds: tuple[Text, ...] = ()
    measures: tuple[Measure, ...] = ()
    statistics: tuple[Statistic, ...] = ()
    by: By | None = None


class Explain(Model):
    """``[[explain]]``: what goes with an inequality."""

    of: Text
    determinants: Annotated[dict[Text, Text], BeforeValidator(named), Field(min_length=1)]
    method: Literal["concentration", "oaxaca-blinder"] = "concentration"
    first: Where | None = None
    names: tuple[Text, Text] = ("the first areas", "the other areas")

    @model_validator(mode="after")
    def _groups(self) -> Explain:
        if (self.method == "oaxaca-blinder") != (self.first is not None):
            raise ValueError("'first' says which areas are compared, with method 'oaxaca-blinder'")
        return self


class Candidates(Table):
    """Sites that a plan may open, from a file."""

    id: Text
    name: Text | None = None
    x: Text | None = None
    y: Text | None = None
    crs: Crs = "EPSG:4326"
    cost: Text | None = None
    capacity: Text | None = None
    district: Text | None = None

    @model_validator(mode="after")
    def _both(self) -> Candidates:
        return x_and_y(self)  # type: ignore[no-any-return]


Host = Annotated[
    Annotated[Text, Tag("text")] | Annotated[Candidates, Tag("table")], Discriminator(given)
]
SomeCandidates = Annotated[tuple[Host, ...], BeforeValidator(listed)]


class Plan(Model):
    """``[[plan]]``: where the next sites help most, or what closing some would do."""

    name: Text | None = None
    kind: Text
    minutes: Positive = 15.0
    objective: Objective = "coverage"
    add: Annotated[int, Field(ge=1, strict=True)] | None = None
    budget: Positive | None = None
    close: Annotated[int, Field(ge=0, strict=True)] = 0
    closing: tuple[Text, ...] = ()
    must: tuple[Text, ...] = ()
    forbidden: tuple[Text, ...] = ()
    per_district: Annotated[int, Field(ge=1, strict=True)] | None = None
    floors: dict[Literal["1", "2", "3", "4", "5"], Annotated[float, Field(gt=0, le=1)]] = Field(
        default_factory=dict
    )
    at_least: Annotated[float, Field(ge=0, le=1)] = 0.0
    statistic: Literal["slope_index", "concentration_index"] = "slope_index"
    weight: Text | None = None
    residents: Text | None = None
    capacity_per_person: Positive | None = None
    extend: Positive | None = None
    stops_per_day: Annotated[int, Field(ge=1, strict=True)] | None = None
    days: Annotated[tuple[Text, ...], Field(min_length=1)] = WEEKDAYS
    candidates: SomeCandidates = ("areas",)
    frontier: Annotated[int, Field(ge=0, le=200, strict=True)] = 0
    robustness: Annotated[int, Field(ge=0, le=10_000, strict=True)] = 0

    @property
    def hosts(self) -> tuple[str | Candidates, ...]:
        """Where sites may open; where sites are extended, only what is named."""
        return () if self.extend and "candidates" not in self.model_fields_set else self.candidates

    @property
    def files(self) -> tuple[Candidates, ...]:
        """The files of candidates."""
        return tuple(one for one in self.hosts if isinstance(one, Candidates))

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of asset that are named: to be planned, and to host."""
        return (self.kind, *(one for one in self.hosts if isinstance(one, str) and one != "areas"))

    @property
    def scenario(self) -> str:
        """The name of the scenario, or what it does where it has none."""
        if self.name:
            return self.name
        doing = [f"{self.add} more"] if self.add else []
        doing += [f"{self.stops_per_day} stops a day"] if self.stops_per_day else []
        doing += [f"a budget of {self.budget:g}"] if self.budget else []
        doing += [f"close {len(self.closing) or self.close}"] if self.closing or self.close else []
        chosen = self.add or self.budget or self.close or self.stops_per_day
        aim = f" ({self.objective})" if chosen else ""
        return f"{self.kind}: {', '.join(doing) or 'plan'}{aim}"

    @model_validator(mode="after")
    def _something(self) -> Plan:
        if not (self.add or self.budget or self.close or self.closing or self.stops_per_day):
            raise ValueError(
                "say what to do: 'add', 'budget', 'close', 'closing' or 'stops_per_day'"
            )
        return self

    @model_validator(mode="after")
    def _together(self) -> Plan:
        both = sorted(set(self.must) & {*self.forbidden, *self.closing})
        if both:
            raise ValueError(f"'{both[0]}' is both a must and forbidden (or closing)")
        wrong = [key for key, aims in GOES_WITH.items() if self._asks(key, aims)]
        if wrong:
            aims = " or ".join(f"'{aim}'" for aim in GOES_WITH[wrong[0]])
            raise ValueError(f"'{wrong[0]}' goes with objective = {aims}")
        if self.stops_per_day and self._given({"add", "budget", "close", "closing", "frontier"}):
            raise ValueError(
                "'stops_per_day' says how many stops there are: it goes without 'add', 'budget', "
                "'close', 'closing' and 'frontier'"
            )
        if self.weight and self.residents:
            raise ValueError("'weight' and 'residents' both say what people count: give one")
        if len(set(self.days)) < len(self.days):
            raise ValueError("'days' names a day twice")
        return self

    def _asks(self, key: str, aims: tuple[str, ...]) -> bool:
        return bool(self._given({key})) and self.objective not in aims

    def _given(self, keys: set[str]) -> set[str]:
        return {key for key in keys & self.model_fields_set if getattr(self, key)}


class Report(Model):
    """``[report]``: the formats to write."""

    formats: tuple[Literal["html", "pdf"], ...] = ("html", "pdf")
