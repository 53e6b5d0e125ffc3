"""The kinds of asset: read from ``kinds.toml``, where a person can read and change them."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from itertools import permutations
from typing import TYPE_CHECKING, Any

from mobilise.assets.tags import ANY, Rule
from mobilise.errors import suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

REACHED_AT = ("point", "edge")
BARRED = ("private", "no")
GONE = ("disused", "abandoned", "demolished", "removed")


@dataclass(frozen=True)
class Kind:
    """One kind of asset, as ``kinds.toml`` has it; see the notes at its top."""

    name: str
    label: str
    plural: str
    says: str
    domain: str
    reached_at: str
    osm: tuple[Rule, ...]
    generic: frozenset[str] = frozenset()
    same_within_m: float = 0.0
    pieces_within_m: float = 0.0
    min_area_m2: float = 0.0
    min_length_m: float = 0.0
    open_edge: bool = False
    any_access: bool = False

    @property
    def amid(self) -> str:
        """The label as it stands amid a sentence; abbreviations keep their capitals."""
        label = self.label
        return label if label[1:2].isupper() else label[:1].lower() + label[1:]

    @property
    def by_edge(self) -> bool:
        """Whether it is reached at entrances or along its edge, not at a point."""
        return self.reached_at == "edge"


@dataclass(frozen=True)
class Domain:
    """A family of kinds."""

    name: str
    label: str
    colour: int


@dataclass(frozen=True)
class Likeness:
    """When records of two sources are one asset; see ``[duplicates]`` in ``kinds.toml``."""

    merge_from: float
    check_from: float
    name: float
    unnamed: tuple[float, float]
    unnamed_within: float
    other_kind: float
    same_core: float
    within_name: float
    core: float
    other_number: float


@dataclass(frozen=True)
class Catalogue:
    """Everything in ``kinds.toml``."""

    kinds: dict[str, Kind]
    domains: dict[str, Domain]
    alike: frozenset[tuple[str, str]]
    likeness: Likeness
    small_words: frozenset[str]
    spelling: dict[str, str] = field(hash=False)
    gates: tuple[Rule, ...]
    gate_within_m: float


@cache
def catalogue() -> Catalogue:
    """Return the kinds and all that is known of them, read once."""
    text = files("mobilise.assets").joinpath("kinds.toml").read_text(encoding="utf-8")
    return read_catalogue(tomllib.loads(text))


def read_catalogue(data: Mapping[str, Any]) -> Catalogue:
    """Return the catalogue that parsed TOML describes.

    Raises
    ------
    ValueError
        A kind's domain, way of being reached or tag rule is not known, or two kinds that are
        called alike do not exist.
    """
    domains = {name: Domain(name, **entry) for name, entry in data["domains"].items()}
    kinds = {name: _kind(name, entry, domains) for name, entry in data["kinds"].items()}
    unknown = {kind for pair in data["alike"]["kinds"] for kind in pair} - kinds.keys()
    if unknown:
        raise ValueError(f"kinds.toml: [alike] names {sorted(unknown)}, which are no kinds")
    alike = {tuple(pair) for both in data["alike"]["kinds"] for pair in permutations(both)}
    likeness = {**data["duplicates"], "unnamed": tuple(data["duplicates"]["unnamed"])}
    return Catalogue(
        kinds,
        domains,
        frozenset(alike | {(kind, kind) for kind in kinds}),
        Likeness(**likeness),
        frozenset(data["names"]["small"]),
        dict(data["names"]["spell"]),
        tuple(Rule.parse(rule) for rule in data["entrances"]["osm"]),
        float(data["entrances"]["within_m"]),
    )


def kind_of(tags: Mapping[str, str]) -> str | None:
    """Return the kind that OpenStreetMap tags tell, or None for no asset.

    The first kind in the order of ``kinds.toml`` wins. What is closed to the public
    (``access`` private or no) or gone (``disused=yes`` and the like) is no asset.

    Examples
    --------
    >>> kind_of({"amenity": "library", "name": "Oakham Library"})
    'library'
    >>> kind_of({"leisure": "pitch"}) is None
    True
    """
    if any(tags.get(key) == "yes" for key in GONE):
        return None
    barred = tags.get("access") in BARRED
    for kind in catalogue().kinds.values():
        if (kind.any_access or not barred) and any(rule.fits(tags) for rule in kind.osm):
            return kind.name
    return None


def is_gate(tags: Mapping[str, str]) -> bool:
    """Tell whether OpenStreetMap tags are those of a gate or entrance open to people on foot."""
    return any(rule.fits(tags) for rule in catalogue().gates)


def osm_tags() -> dict[str, list[str] | None]:
    """Return the tags of which a feature must have one to be an asset or an entrance.

    Values by key; None for any value.
    """
    rules = [rule for kind in catalogue().kinds.values() for rule in kind.osm]
    wanted: dict[str, set[str]] = {}
    for rule in (*rules, *catalogue().gates):
        key, values = rule.has[0]
        wanted.setdefault(key, set()).update(values)
    return {key: None if ANY in wanted[key] else sorted(wanted[key]) for key in sorted(wanted)}


def check_kinds(names: Iterable[str]) -> list[str]:
    """Return a sentence for each name that is no kind; ``library+museum`` is a set of kinds.

    Examples
    --------
    >>> check_kinds(["library", "libary"])
    ["there is no kind 'libary'; did you mean 'library'?"]
    """
    known = catalogue().kinds
    parts = [part.strip() for name in names for part in name.split("+")]
    wrong = [part for part in dict.fromkeys(parts) if part not in known]
    return [f"there is no kind '{part}'{suggestion(part, sorted(known))}" for part in wrong]


def _kind(name: str, entry: Mapping[str, Any], domains: Mapping[str, Domain]) -> Kind:
    if entry["domain"] not in domains:
        raise ValueError(f"kinds.toml: the domain {entry['domain']!r} of {name!r} is not defined")
    if entry["reached_at"] not in REACHED_AT:
        raise ValueError(f"kinds.toml: {name!r} must be reached at one of {REACHED_AT}")
    by_edge = entry["reached_at"] == "edge"
    distances = (
        {"same_within_m": 100.0, "pieces_within_m": 50.0}
        if by_edge
        else {"same_within_m": 300.0, "pieces_within_m": 100.0}
    )
    rules = tuple(Rule.parse(rule) for rule in entry["osm"])
    given = {**distances, **entry, "generic": frozenset(entry["generic"]), "osm": rules}
    return Kind(name=name, **given)
