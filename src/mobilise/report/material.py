"""What a report is written from: a place's tables, read once, with the words for its kinds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from mobilise.assets.kinds import catalogue
from mobilise.assets.phrases import plural_phrase
from mobilise.notes import Note
from mobilise.report.ground import Ground, lay_ground
from mobilise.report.words import capital, clean
from mobilise.tables import empty

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from mobilise.place import Place

HEALTH = "health"  # the domain of places that people are sent from
DEFAULT_LIMIT = 15.0  # minutes, where the recipe counts nothing within a limit


@dataclass(frozen=True)
class Material:
    """A place's facts and tables; `ground` is where they lie on a map."""

    facts: dict[str, Any]
    areas: Any
    assets: Any
    reach: pd.DataFrame
    gaps: pd.DataFrame
    indicators: pd.DataFrame
    duplicates: pd.DataFrame
    inside: NDArray[np.bool_]
    ground: Ground

    @property
    def name(self) -> str:
        """The place's name."""
        return clean(self.facts["name"])

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters that the figures depend on."""
        return dict(self.facts.get("parameters", {}))

    @property
    def on_streets(self) -> bool:
        """Whether walks follow streets."""
        return bool(self.parameters.get("network") == "streets")

    @property
    def notes(self) -> list[Note]:
        """What the steps dropped, repaired or could not match."""
        return [Note.from_dict(note) for note in self.facts.get("notes", [])]

    @property
    def people(self) -> float:
        """How many people live in the place."""
        return float(self.areas["population"].sum())

    @cached_property
    def population(self) -> NDArray[np.float64]:
        """People in each area."""
        return np.asarray(self.areas["population"], dtype=float)

    @cached_property
    def area_names(self) -> list[str]:
        """The areas' names as they can be printed."""
        return [clean(name) for name in self.areas["name"]]

    @cached_property
    def here(self) -> Any:
        """The assets within the place's boundary."""
        return self.assets[self.inside]

    @cached_property
    def kinds_reached(self) -> list[str]:
        """The kinds whose walk was measured: assets first, then places to refer from."""
        kinds = set(self.reach.loc[self.reach["measure"] == "nearest", "kind"])
        return sorted(kinds, key=lambda kind: (is_health(kind), heading_of(kind).lower(), kind))

    def limit_of(self, kind: str) -> float:
        """Return the shortest limit within which a kind was counted, in minutes."""
        counted = self.reach[(self.reach["kind"] == kind) & self.reach["limit"].notna()]
        return float(counted["limit"].min()) if len(counted) else DEFAULT_LIMIT

    def walks(self, kind: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return each area's minutes to the nearest of a kind, and whether they are in doubt."""
        chosen = (self.reach["kind"] == kind) & (self.reach["measure"] == "nearest")
        rows = self.reach[chosen & self.reach["group"].isna()].set_index("area_id")
        rows = rows.reindex(self.areas["area_id"])
        edge = rows["edge"].fillna(value=False).to_numpy(dtype=bool)
        return rows["value"].to_numpy(dtype=float), edge

    def of_kind(self, kind: str) -> Any:
        """Return the assets of a kind (or of any of a set of kinds), beyond the border too."""
        return self.assets[self.assets["kind"].isin(kind.split("+"))]


def read_material(place: Place) -> Material:
    """Read what a report needs of a place; a table that was not built is empty.

    Parameters
    ----------
    place
        A place with areas and assets at least.

    Raises
    ------
    PlaceError
        It lacks one of them.
    """
    there = set(place.tables())
    tables = {
        name: place.table(name) if name in there else empty(name)
        for name in ("reach", "gaps", "indicators", "duplicates")
    }
    areas, assets = place.table("areas"), place.table("assets")
    boundary = place.table("boundary").geometry.union_all()
    shapely.prepare(boundary)
    inside = shapely.intersects(boundary, assets.geometry.to_numpy())
    return Material(
        facts=place.facts,
        areas=areas,
        assets=assets,
        inside=inside,
        ground=lay_ground(areas, boundary),
        **tables,
    )


def heading_of(kind: str) -> str:
    """Return a kind or a set of kinds as a heading has it.

    Examples
    --------
    >>> heading_of("gp"), heading_of("library+museum")
    ('GP practices', 'Libraries or museums')
    """
    return capital(plural_phrase(kind))


def domain_of(kind: str) -> str:
    """Return the label of a kind's family."""
    known = catalogue()
    entry = known.kinds.get(kind)
    return known.domains[entry.domain].label if entry else "Other"


def is_health(kind: str) -> bool:
    """Return whether a kind is a place to refer from, not an asset to go to."""
    entries = [catalogue().kinds.get(part) for part in kind.split("+")]
    return all(entry is not None and entry.domain == HEALTH for entry in entries)


def text_or(value: Any, otherwise: str) -> str:
    """Return a text cell that may be missing."""
    return otherwise if pd.isna(value) or not str(value).strip() else clean(value)


def sources_named(material: Material, labels: Iterable[str]) -> str:
    """Return sources as a line under a figure has them: title, publisher, year, licence.

    Parameters
    ----------
    material
        The place.
    labels
        Files, as the tables name them; several may be joined by ``; ``.
    """
    single = {part.strip() for label in labels for part in label.split(";")}
    cards = {str(card["label"]): card for card in material.facts.get("sources", [])}
    said = []
    for label in sorted(single - {""}):
        card = cards.get(label, {})
        facts = [card.get(key) for key in ("publisher", "year", "licence")]
        further = ", ".join(clean(fact) for fact in facts if fact)
        name = clean(card.get("title") or label)
        said.append(f"{name} ({further})" if further else name)
    return "; ".join(dict.fromkeys(said))


def records(frame: pd.DataFrame) -> list[Any]:
    """Return a table's rows, each with its columns as attributes."""
    return list(frame.itertuples(index=False))


def area_sources(material: Material) -> list[str]:
    """Return the labels of the files that the areas come from."""
    cards = material.facts.get("sources", [])
    return [str(card["label"]) for card in cards if "areas" in str(card.get("used_for", ""))]
