"""The sections of a recipe, as typed models; ``docs/recipe.md`` explains every key."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    Tag,
    model_validator,
)

from mobilise.recipe.types import (
    Crs,
    Measure,
    MetricCrs,
    Positive,
    Source,
    SpeedKmh,
    Statistic,
    Text,
    Where,
    given,
)

TABLE_ONLY = (
    "layer",
    "where",
    "kind",
    "id",
    "name",
    "x",
    "y",
    "postcode",
    "capacity",
    "url",
    "updated",
    "entrances",
)  # keys of [[assets]] that say nothing about an OpenStreetMap extract
DECAY_NEEDS: dict[str, tuple[str, ...]] = {
    "steps": ("minutes", "weights"),
    "table": ("minutes", "weights"),
    "exponential": ("half_life",),
    "gaussian": ("sd",),
    "linear": (),
    "power": ("exponent",),
    "logistic": ("middle", "sd"),
}
DECAY_KEYS = ("minutes", "weights", "half_life", "sd", "exponent", "middle")
AREA = "area"  # the level of an indicator that is published for the areas themselves


class Model(BaseModel):
    """What all parts of a recipe share: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Origin(Model):
    """Where a source comes from: printed beside every figure that rests on it."""

    title: Text | None = None
    publisher: Text | None = None
    licence: Text | None = None
    link: Text | None = None
    year: Text | None = None


class Table(Origin):
    """A table in a file."""

    file: Source
    layer: Text | None = None
    where: Where | None = None


class Join(Table):
    """A further table, joined on its own id."""

    id: Text
    on: Text | None = None
    columns: tuple[Text, ...] | None = None
    duplicates: Literal["error", "first"] = "error"


class PlaceSection(Model):
    """``[place]``: what is studied."""

    name: Text
    crs: MetricCrs
    output: Text | None = None
    buffer_m: Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)] | None = None
    synthetic: bool = False


class Deprivation(Model):
    """How deprived an area is: a score or a rank, and which way it runs."""

    column: Text
    higher: Literal["worse", "better"]
    among: Literal["file", "place"] = "file"
    name: Text | None = None


class Areas(Table):
    """``[areas]``: the small areas."""

    id: Text
    name: Text | None = None
    x: Text | None = None
    y: Text | None = None
    crs: Crs = "EPSG:4326"
    population: Text
    deprivation: Deprivation | None = None
    groups: dict[Text, Text] = Field(default_factory=dict)
    join: tuple[Join, ...] = ()

    @model_validator(mode="after")
    def _both(self) -> Areas:
        return _x_and_y(self)  # type: ignore[no-any-return]


class KindMap(Model):
    """Kinds by the values of a column; rows whose value is not listed are left out, and counted."""

    column: Text
    map: dict[str, Text] = Field(min_length=1)


Kind = Annotated[
    Annotated[Text, Tag("text")] | Annotated[KindMap, Tag("table")], Discriminator(given)
]


class Entrances(Table):
    """Points where the polygons or lines of a source are entered."""

    x: Text | None = None
    y: Text | None = None
    crs: Crs = "EPSG:4326"
    within_m: Positive = 20.0

    @model_validator(mode="after")
    def _both(self) -> Entrances:
        return _x_and_y(self)  # type: ignore[no-any-return]


class Postcodes(Table):
    """``[postcodes]``: where each postcode is (Code-Point Open or the like)."""

    postcode: Text = "postcode"
    x: Text = "easting"
    y: Text = "northing"
    crs: Crs = "EPSG:27700"


class Assets(Origin):
    """``[[assets]]``: one source, a table (``file``) or an OpenStreetMap extract (``osm``)."""

    file: Source | None = None
    osm: Source | None = None
    layer: Text | None = None
    where: Where | None = None
    kind: Kind | None = None
    kinds: tuple[Text, ...] | None = None
    id: Text | None = None
    name: Text | None = None
    x: Text | None = None
    y: Text | None = None
    crs: Crs = "EPSG:4326"
    postcode: Text | None = None
    capacity: Text | None = None
    url: Text | None = None
    updated: Text | None = None
    beyond: bool = False
    entrances: Entrances | None = None
    join: tuple[Join, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> Assets:
        if (self.file is None) == (self.osm is None):
            raise ValueError("give either 'file' or 'osm'")
        if self.file is not None and self.kind is None:
            raise ValueError(
                "'kind' is missing: name the kind of all rows, or map a column's values to kinds"
            )
        written = [key for key in TABLE_ONLY if getattr(self, key) is not None]
        if self.osm is not None and written:
            raise ValueError(f"'{written[0]}' does not go with 'osm', whose tags say it")
        if self.file is not None and self.kinds is not None:
            raise ValueError("'kinds' goes with 'osm'; for a table use 'kind'")
        if self.postcode is not None and (self.x is not None or self.y is not None):
            raise ValueError("give either 'x' and 'y' or 'postcode'")
        return _x_and_y(self)  # type: ignore[no-any-return]


class Network(Origin):
    """``[network]``: the streets, and how fast people walk."""

    osm: Source | None = None
    ways: Source | None = None
    speed_kmh: SpeedKmh = 4.8
    detour: Annotated[float, Field(ge=1, le=5, strict=True)] = 1.3
    snap_m: Positive = 500.0

    @model_validator(mode="after")
    def _one_source(self) -> Network:
        if self.osm is not None and self.ways is not None:
            raise ValueError("give either 'osm' or 'ways', or neither (straight line x detour)")
        return self


class Column(Model):
    """The value is in a column, row by row."""

    column: Text


TextOrColumn = Annotated[
    Annotated[Text, Tag("text")] | Annotated[Column, Tag("table")], Discriminator(given)
]


class Indicator(Table):
    """``[[indicators]]``: a measure of health or wellbeing by area."""

    name: Text
    id: Text
    level: Text = AREA
    value: Text
    lower: Text | None = None
    upper: Text | None = None
    numerator: Text | None = None
    denominator: Text | None = None
    unit: Text
    higher: Literal["better", "worse"]
    period: TextOrColumn | None = None
    group: TextOrColumn | None = None


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
    determinants: Annotated[tuple[Text, ...], Field(min_length=1)]
    method: Literal["concentration", "oaxaca-blinder"] = "concentration"
    first: Where | None = None
    names: tuple[Text, Text] = ("the first areas", "the other areas")

    @model_validator(mode="after")
    def _groups(self) -> Explain:
        if (self.method == "oaxaca-blinder") != (self.first is not None):
            raise ValueError("'first' says which areas are compared, with method 'oaxaca-blinder'")
        return self


class Report(Model):
    """``[report]``: the formats to write."""

    formats: tuple[Literal["html", "pdf"], ...] = ("html", "pdf")


class Recipe(Model):
    """A whole recipe; see ``docs/recipe.md`` for every key."""

    place: PlaceSection
    areas: Areas
    assets: Annotated[tuple[Assets, ...], Field(min_length=1)]
    postcodes: Postcodes | None = None
    network: Network = Network()
    indicators: tuple[Indicator, ...] = ()
    reach: tuple[Reach, ...] = ()
    gaps: tuple[Gaps, ...] = ()
    explain: tuple[Explain, ...] = ()
    report: Report = Report()

    _path: Path = PrivateAttr(default=Path())
    _root: Path = PrivateAttr(default=Path())
    _output: Path = PrivateAttr(default=Path())

    @property
    def path(self) -> Path:
        """The recipe's file."""
        return self._path

    @property
    def root(self) -> Path:
        """The folder that relative paths of sources start from."""
        return self._root

    @property
    def output(self) -> Path:
        """The place's folder."""
        return self._output

    def at(self, path: Path, root: Path, output: Path) -> Recipe:
        """Return the recipe as read from `path`, with sources under `root`, built into `output`."""
        placed = self.model_copy()
        placed._path, placed._root, placed._output = path, root, output  # noqa: SLF001
        return placed

    def label(self, file: Path) -> str:
        """Return a source's path as people should read it: relative to the data, never absolute."""
        for base in (self._root, self._path.parent):
            if file.resolve().is_relative_to(base):
                return file.resolve().relative_to(base).as_posix()
        return file.name


def _x_and_y(model: Any) -> Any:
    if (model.x is None) != (model.y is None):
        raise ValueError("'x' and 'y' go together: give both or neither")
    return model
