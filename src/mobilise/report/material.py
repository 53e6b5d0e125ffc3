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
from mobilise.report.words import capital, clean, listed
from mobilise.tables import empty

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from mobilise.place import Place

HEALTH = "health"  # the domain of places that people are sent from
PLANS = (
    "plan",
    "plan_effects",
    "plan_areas",
    "plan_frontier",
    "plan_robustness",
    "plan_closing",
)
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
    explanations: pd.DataFrame
    referral_equity: pd.DataFrame
    plans: dict[str, pd.DataFrame]
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
        """The areas' names, with the larger area that people know them by where there is one."""
        names = [clean(name) for name in self.areas["name"]]
        group = _named_group(self.areas)
        if group is None:
            return names
        around = [text_or(value, "") for value in self.areas[group]]
        return [a if b in a else f"{a}, {b}" for a, b in zip(names, around, strict=True)]

    @cached_property
    def here(self) -> Any:
        """The assets within the place's boundary."""
        return self.assets[self.inside]

    @cached_property
    def kinds_reached(self) -> list[str]:
        """The kinds whose walk was measured: assets first, then places to refer from."""
        nearest = (self.reach["measure"] == "nearest") & self.reach["group"].isna()
        return in_order(self.reach.loc[nearest, "kind"])

    @cached_property
    def kinds_missed(self) -> list[str]:
        """The kinds that people can miss: no places to refer from, and nothing counted twice.

        A set of kinds is left out where each of its kinds is measured by itself.
        """
        alone = set(self.kinds_reached)
        return [
            kind
            for kind in self.kinds_reached
            if not is_health(kind) and not ("+" in kind and set(kind.split("+")) <= alone)
        ]

    @cached_property
    def main_axis(self) -> str:
        """What ``gaps`` calls the deprivation that the place's fifths are made of."""
        said = self.parameters.get("deprivation") or {}
        named = str(said.get("name") or said.get("column") or "")
        by = self.gaps.loc[self.gaps["level"].notna(), "by"]
        if by.empty or (by == named).any():
            return named
        return str(by.value_counts().sort_index().idxmax())

    @cached_property
    def gradients(self) -> pd.DataFrame:
        """The rows of ``gaps`` by the place's own deprivation."""
        return self.gaps[(self.gaps["by"] == self.main_axis) & self.gaps["part"].isna()]

    def limit_of(self, kind: str) -> float:
        """Return the shortest limit within which a kind was counted, in minutes."""
        limited = (self.reach["kind"] == kind) & self.reach["limit"].notna()
        limited &= self.reach["group"].isna()
        counted = self.reach[limited & (self.reach["measure"] == "count")]
        limits = (counted if len(counted) else self.reach[limited])["limit"]
        return float(limits.min()) if len(limits) else DEFAULT_LIMIT

    def walks(self, kind: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return each area's minutes to the nearest of a kind, and whether they are in doubt."""
        chosen = (self.reach["kind"] == kind) & (self.reach["measure"] == "nearest")
        rows = self.reach[chosen & self.reach["group"].isna()].set_index("area_id")
        rows = rows.reindex(self.areas["area_id"])
        edge = rows["edge"].fillna(value=False).to_numpy(dtype=bool)
        return rows["value"].to_numpy(dtype=float), edge

    def people_of(self, group: str | None) -> NDArray[np.float64]:
        """Return the people in each area that a group of ``reach`` is about.

        Everyone, unless the group (or its part before ``, ``) is a column that counts people.
        """
        column = "" if group is None else group.partition(", ")[0]
        if column not in self.areas.columns:
            return self.population
        return np.asarray(self.areas[column].fillna(0), dtype=float)

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
        for name in (
            "reach",
            "gaps",
            "indicators",
            "duplicates",
            "explanations",
            "referral_equity",
            *PLANS,
        )
    }
    plans = {name: tables.pop(name) for name in PLANS}
    areas, assets = place.table("areas"), place.table("assets")
    boundary = place.table("boundary").geometry.iloc[0]
    shapely.prepare(boundary)
    inside = shapely.intersects(boundary, assets.geometry.to_numpy())
    return Material(
        facts=place.facts,
        areas=areas,
        assets=assets,
        inside=inside,
        ground=lay_ground(areas, boundary),
        plans=plans,
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


def in_order(kinds: Iterable[str]) -> list[str]:
    """Return each kind once, assets first, then places to refer from, by their headings."""
    return sorted(set(kinds), key=lambda kind: (is_health(kind), heading_of(kind).lower(), kind))


def slug(kind: str) -> str:
    """Return a kind as part of an id."""
    return kind.replace("+", "-").replace("_", "-").replace(" ", "-")


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


def sources_named(material: Material, labels: Iterable[str], *, but: str = "") -> str:
    """Return sources as the line under a figure has them: who, of when, which licence, which rows.

    Parameters
    ----------
    material
        The place.
    labels
        Files, as the tables name them; several may be joined by ``; ``.
    but
        A use that a figure makes no use of: what a file has besides, from somebody else.
    """
    wanted = {part.strip() for label in labels for part in label.split(";")} - {""}
    cards = material.facts.get("sources", [])
    used = {n: str(card.get("used_for") or "used") for n, card in enumerate(cards, 1)}
    rows = [n for n in used if str(cards[n - 1]["label"]) in wanted and used[n] != but]
    unknown = sorted(wanted - {str(card["label"]) for card in cards})
    who: dict[str, set[str]] = {}
    for n in rows:
        card = cards[n - 1]
        name = clean(card.get("publisher") or card.get("title") or card["label"])
        who.setdefault(name, set()).update([clean(card["year"])] if card.get("year") else [])
    said = [", ".join([name, *sorted(years)]) for name, years in who.items()]
    said += [clean(label) for label in unknown]
    licences = sorted({clean(cards[n - 1]["licence"]) for n in rows if cards[n - 1].get("licence")})
    if not said:
        return "Source: not stated in the recipe."
    line = f"Source: {'; '.join(said)}."
    if licences:
        line += f" Licence: {'; '.join(licences)}."
    if rows:
        line += f" In full under Sources and licences, {_numbers(rows)}."
    return line


def _named_group(areas: pd.DataFrame) -> str | None:
    """Return the first group of areas that goes by names, not by codes: no digit in any."""
    for column in areas.columns:
        if str(column).startswith("group_"):
            values = areas[column].dropna().astype(str)
            if len(values) and not values.str.contains(r"\d").any():
                return str(column)
    return None


def _numbers(rows: list[int]) -> str:
    """Return row numbers with runs drawn together: "numbers 1 to 3 and 7"."""
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    said = []
    for run in runs:
        said += [f"{run[0]} to {run[-1]}"] if len(run) > 2 else [str(row) for row in run]
    return f"{'number' if len(rows) == 1 else 'numbers'} {listed(said)}"


def records(frame: pd.DataFrame) -> list[Any]:
    """Return a table's rows, each with its columns as attributes."""
    return list(frame.itertuples(index=False))


def area_sources(material: Material) -> list[str]:
    """Return the labels of the files that the areas come from."""
    return _used_for(material, "areas")


def walk_sources(material: Material, kind: str) -> list[str]:
    """Return the labels of the files that the walks to a kind rest on, but for the areas."""
    assets = [str(source) for source in material.of_kind(kind)["source"].unique()]
    return [*assets, *_used_for(material, "walking network")]


def _used_for(material: Material, use: str) -> list[str]:
    cards = material.facts.get("sources", [])
    return [str(card["label"]) for card in cards if use in str(card.get("used_for", ""))]
