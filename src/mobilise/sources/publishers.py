"""The registry: who publishes what, where, under which licence, and how it is cut to a place.

A registry is a TOML file, one for each country; ``england.toml`` beside this module is the
one that comes with mobilise. It has no code: another country is another file.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mobilise.errors import InputError, RecipeError, suggestion
from mobilise.filters import Filter

SHIPPED = ("england",)
Protocol = Literal["file", "page", "feature-service", "os-downloads", "geofabrik", "overpass"]
ENDINGS = Literal[
    ".csv",
    ".tsv",
    ".xlsx",
    ".ods",
    ".json",
    ".geojson",
    ".gpkg",
    ".zip",
    ".parquet",
    ".osm.pbf",
    ".osm",
]


class Model(BaseModel):
    """Unknown keys are errors: a misspelt one would be a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Cut(Model):
    """How a source's rows are cut to a place.

    One of: ``areas``, the column of areas' ids, for the rows of the place's areas; ``x`` and
    ``y``, a ``geometry``, or a ``postcode``, for what lies in the place or near it; or nothing,
    and all rows are kept (of a table whose deciles are the nation's, say).
    """

    areas: str | None = None
    x: str | None = None
    y: str | None = None
    crs: str = "EPSG:4326"
    postcode: str | None = None
    geometry: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Cut:
        ways = [self.areas, self.x, self.postcode, self.geometry or None]
        if sum(way is not None for way in ways) > 1 or (self.x is None) != (self.y is None):
            raise ValueError("cut by one of 'areas', 'x' and 'y', 'postcode' or 'geometry'")
        return self


class Source(Model):
    """One thing that somebody publishes."""

    title: str
    publisher: str
    licence: str
    attribution: str | None = None
    link: str
    year: str
    about: str = ""
    protocol: Protocol
    address: str
    verified: bool = False
    optional: bool = False
    or_else: str | None = None
    # how to ask
    where: str = "1=1"
    layout: str | None = None
    area: str = "GB"
    links: tuple[str, ...] = ()
    query: str | None = None
    distinct: bool = False
    shapes: bool = False
    sha256: str | None = None
    # what comes
    ending: ENDINGS | None = None
    inside: str | None = None
    layer: str | None = None
    headings: tuple[str, ...] = ()
    heading_row: Annotated[int, Field(ge=1)] = 1
    columns: tuple[str, ...] = ()
    keep: str | None = None
    latest: str | None = None
    cut: Cut = Cut()

    @model_validator(mode="after")
    def _complete(self) -> Source:
        if self.protocol in {"file", "page", "os-downloads"} and self.ending is None:
            raise ValueError("'ending' is missing: the ending of the file, such as '.csv'")
        if self.protocol == "page" and not self.links:
            raise ValueError("'links' is missing: which links to follow, as regular expressions")
        if self.protocol == "os-downloads" and self.layout is None:
            raise ValueError("'layout' is missing: the format, as the downloads API names it")
        if self.protocol == "overpass" and self.query is None:
            raise ValueError("'query' is missing")
        if self.keep is not None:
            Filter.parse(self.keep)
        for link in self.links:
            try:
                re.compile(link)
            except re.error as error:
                raise ValueError(f"'{link}' is no regular expression ({error})") from error
        return self

    @property
    def label(self) -> str:
        """What people call it: the title and who publishes it."""
        return f"{self.title} ({self.publisher})"

    def origin(self) -> dict[str, str]:
        """Return what a recipe says of it, key by key."""
        keys = ("title", "publisher", "licence", "attribution", "link", "year")
        return {key: getattr(self, key) for key in keys if getattr(self, key)}


class Level(Model):
    """A way in which a place can be named: a district, a ward.

    ``source`` has a row for each member with its ``code`` and ``name``; ``id`` is the column of
    areas' ids, or of another level's codes where ``of`` names one.
    """

    title: str
    source: str
    code: str
    name: str
    id: str
    of: str | None = None


class Country(Model):
    """Which country, and where to find its areas."""

    name: str
    crs: str
    area: str
    areas: str
    id: str
    area_name: str | None = None
    points: str
    points_id: str
    points_x: str | None = None
    points_y: str | None = None
    points_crs: str = "EPSG:4326"
    boundaries: str | None = None
    boundaries_id: str | None = None
    postcodes: str | None = None


class Registry(Model):
    """A country's publishers, and the recipe that their data make."""

    country: Country
    levels: dict[str, Level]
    sources: dict[str, Source]
    recipe: dict[str, Any]

    @model_validator(mode="after")
    def _named(self) -> Registry:
        asked = {
            *(level.source for level in self.levels.values()),
            *(s.or_else for s in self.sources.values() if s.or_else),
            *(getattr(self.country, key) for key in ("areas", "points", "boundaries", "postcodes")),
            *sources_in(self.recipe),
        } - {None}
        for name in sorted(str(key) for key in asked):
            if name not in self.sources:
                raise ValueError(f"there is no source '{name}'{suggestion(name, self.sources)}")
        return self


def sources_in(part: Any) -> list[str]:
    """Return the sources that a part of a recipe names, in its order, each once."""
    found: list[str] = []
    if isinstance(part, dict):
        found += [part[key] for key in ("source", "needs") if isinstance(part.get(key), str)]
        found += [name for value in part.values() for name in sources_in(value)]
    elif isinstance(part, list | tuple):
        found += [name for value in part for name in sources_in(value)]
    return list(dict.fromkeys(found))


def filters_in(part: Any, source: str) -> list[str]:
    """Return the filters by which a part of a recipe takes rows of a source."""
    found: list[str] = []
    if isinstance(part, dict):
        if part.get("source") == source and "where" in part:
            found.append(part["where"])
        found += [text for value in part.values() for text in filters_in(value, source)]
    elif isinstance(part, list | tuple):
        found += [text for value in part for text in filters_in(value, source)]
    return list(dict.fromkeys(found))


def load_registry(country: str | Path = "england") -> Registry:
    """Read a registry.

    Parameters
    ----------
    country
        One that comes with mobilise (``england``), or a TOML file.

    Raises
    ------
    InputError
        There is no such registry.
    RecipeError
        It has faults; all of them are in the message.

    Examples
    --------
    >>> load_registry("england").country.name
    'England'
    """
    path = Path(country)
    if str(country) in SHIPPED:
        text = resources.files("mobilise.sources").joinpath(f"{country}.toml").read_text("utf-8")
    elif path.is_file():
        text = path.read_text(encoding="utf-8-sig")
    else:
        known = suggestion(str(country), SHIPPED)
        raise InputError(f"{country}: there is no such registry, nor a file of that name{known}")
    try:
        return Registry.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise RecipeError(path, [f"it is not valid TOML: {error}."]) from error
    except ValidationError as error:
        raise RecipeError(path, [_fault(item) for item in error.errors()]) from error


def _fault(item: Any) -> str:
    key = ".".join(str(part) for part in item["loc"]) or "registry"
    return f"{key}: {item['msg'].removeprefix('Value error, ')}."
