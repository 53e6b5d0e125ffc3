"""The sections of a recipe that say where its data are, as typed models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from mobilise.recipe.types import (
    Crs,
    Feed,
    MetricCrs,
    Positive,
    Source,
    SpeedKmh,
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
    "opening_hours",
    "wheelchair",
    "entrances",
)  # keys of [[assets]] that say nothing about an OpenStreetMap extract
NOT_OF_FEEDS = tuple(key for key in TABLE_ONLY if key not in {"kind", "where"})
AREA = "area"  # the level of an indicator that is published for the areas themselves


class Model(BaseModel):
    """What all parts of a recipe share: unknown keys are errors, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Origin(Model):
    """Where a source comes from: printed beside every figure that rests on it."""

    title: Text | None = None
    publisher: Text | None = None
    licence: Text | None = None
    attribution: Text | None = None
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
    around: Where | None = None
    join: tuple[Join, ...] = ()

    @model_validator(mode="after")
    def _both(self) -> Areas:
        return x_and_y(self)  # type: ignore[no-any-return]


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
        return x_and_y(self)  # type: ignore[no-any-return]


class Postcodes(Table):
    """``[postcodes]``: where each postcode is (Code-Point Open or the like)."""

    postcode: Text = "postcode"
    x: Text = "easting"
    y: Text = "northing"
    crs: Crs = "EPSG:27700"


class Assets(Origin):
    """``[[assets]]``: one source: a table, an OpenStreetMap extract, or a directory of services."""

    file: Source | None = None
    osm: Source | None = None
    hsds: Feed | None = None
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
    opening_hours: Text | None = None
    wheelchair: Text | None = None
    beyond: bool = False
    entrances: Entrances | None = None
    join: tuple[Join, ...] = ()

    @model_validator(mode="after")
    def _one_source(self) -> Assets:
        if sum(source is not None for source in (self.file, self.osm, self.hsds)) != 1:
            raise ValueError("give either 'file', 'osm' or 'hsds'")
        if self.osm is None and self.kind is None:
            raise ValueError(
                "'kind' is missing: name the kind of all rows, or map a column's values to kinds"
            )
        written = [key for key in TABLE_ONLY if getattr(self, key) is not None]
        if self.osm is not None and written:
            raise ValueError(f"'{written[0]}' does not go with 'osm', whose tags say it")
        written = [key for key in NOT_OF_FEEDS if getattr(self, key) is not None]
        if self.hsds is not None and (written or self.join):
            key = written[0] if written else "join"
            raise ValueError(f"'{key}' does not go with 'hsds', whose records say it")
        if self.osm is None and self.kinds is not None:
            raise ValueError("'kinds' goes with 'osm'; for a table use 'kind'")
        if self.postcode is not None and (self.x is not None or self.y is not None):
            raise ValueError("give either 'x' and 'y' or 'postcode'")
        return x_and_y(self)  # type: ignore[no-any-return]


def _as_table(value: Any) -> Any:
    """Return a file given by its name alone as the table that it is short for."""
    return {"file": value} if isinstance(value, str) else value


class Elevation(Origin):
    """A raster of heights."""

    file: Source


class Network(Origin):
    """``[network]``: the streets, and how fast people walk."""

    osm: Source | None = None
    ways: Source | None = None
    elevation: Annotated[Elevation, BeforeValidator(_as_table)] | None = None
    speed_kmh: SpeedKmh = 4.8
    detour: Annotated[float, Field(ge=1, le=5, strict=True)] = 1.3
    snap_m: Positive = 500.0

    @model_validator(mode="after")
    def _one_source(self) -> Network:
        if self.osm is not None and self.ways is not None:
            raise ValueError("give either 'osm' or 'ways', or neither (straight line x detour)")
        if self.elevation is not None and self.osm is None and self.ways is None:
            raise ValueError("'elevation' needs streets: give 'osm' or 'ways'")
        return self


class Column(Model):
    """The value is in a column, row by row."""

    column: Text


TextOrColumn = Annotated[
    Annotated[Text, Tag("text")] | Annotated[Column, Tag("table")], Discriminator(given)
]


class Bridge(Table):
    """A lookup from areas of another year, which an indicator is published for, to the place's."""

    old: Text
    new: Text
    weight: Text


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
    bridge: Bridge | None = None


def x_and_y(model: Any) -> Any:
    """Refuse one coordinate without the other."""
    if (model.x is None) != (model.y is None):
        raise ValueError("'x' and 'y' go together: give both or neither")
    return model
