"""Needs: what people look for, and the signs that a service is for it; all in ``needs.toml``."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from mobilise.assets import check_kinds
from mobilise.assets.kinds import catalogue as kind_catalogue
from mobilise.errors import InputError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class Need:
    """One need, as ``needs.toml`` has it; see the notes at its top."""

    name: str
    label: str
    says: str
    domain: str
    words: re.Pattern[str]
    terms: re.Pattern[str]
    kinds: Mapping[str, float]
    indicators: tuple[str, ...]


@dataclass(frozen=True)
class Needs:
    """Everything in ``needs.toml``."""

    needs: dict[str, Need]
    domains: dict[str, str]
    weights: dict[str, float]
    kinds: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Sign:
    """That a service is for a need: how strong the sign is, from 0 to 1, and what it rests on."""

    need: str
    strength: float
    why: str


@cache
def catalogue() -> Needs:
    """Return the needs and all that is known of them, read once."""
    text = files("mobilise.directory").joinpath("needs.toml").read_text(encoding="utf-8")
    return read_needs(tomllib.loads(text))


def read_needs(data: Mapping[str, Any]) -> Needs:
    """Return the needs that parsed TOML describes.

    Raises
    ------
    ValueError
        A need's domain or one of its kinds is not known, or a weight is not between 0 and 1.
    """
    needs = {name: _need(name, entry, data["domains"]) for name, entry in data["needs"].items()}
    weights = {key: float(value) for key, value in data["weights"].items()}
    if not all(0 < weight <= 1 for weight in weights.values()):
        raise ValueError("needs.toml: [weights] must lie between 0 and 1")
    return Needs(needs, dict(data["domains"]), weights, dict(data.get("kinds", {})))


def check_needs(names: Iterable[str]) -> list[str]:
    """Return `names`, each of which must be a need.

    Raises
    ------
    InputError
        One is not.
    """
    known = catalogue().needs
    for name in (names := list(names)):
        if name not in known:
            raise InputError(f"need: there is no need '{name}'{suggestion(name, sorted(known))}")
    return names


def signs(name: str, description: str, terms: Iterable[str], kind: str | None) -> list[Sign]:
    """Return what a service is for, as its own words and its publisher's terms tell.

    Parameters
    ----------
    name, description
        The service's.
    terms
        Names of the terms it is listed under.
    kind
        The kind of asset it is, if it is one.

    Examples
    --------
    >>> [(sign.need, sign.why) for sign in signs("Carers' café", "", [], None)]
    [('carers', "its name says 'Carers'")]
    """
    weights = catalogue().weights
    listed = [(term, _small(term)) for term in terms]
    texts = [("name", name, _small(name)), ("description", description, _small(description))]
    found = []
    for need in catalogue().needs.values():
        signs_of = [
            Sign(need.name, weights["term"], f"listed under '{term}'")
            for term, small in listed
            if need.terms.search(small)
        ]
        for part, text, small in texts:
            if match := need.words.search(small):
                why = f"its {part} says '{' '.join(text[slice(*match.span())].split())}'"
                signs_of.append(Sign(need.name, weights[part], why))
        if kind is not None and kind in need.kinds:
            signs_of.append(Sign(need.name, need.kinds[kind], _it_is(kind)))
        if signs_of:
            found.append(max(signs_of, key=lambda sign: sign.strength))
    return found


def _need(name: str, entry: Mapping[str, Any], domains: Mapping[str, str]) -> Need:
    if entry["domain"] not in domains:
        raise ValueError(f"needs.toml: the domain {entry['domain']!r} of {name!r} is not defined")
    kinds = {kind: float(weight) for kind, weight in entry.get("kinds", {}).items()}
    if wrong := check_kinds(kinds):
        raise ValueError(f"needs.toml: {name}: {wrong[0]}")
    return Need(
        name,
        entry["label"],
        entry["says"],
        entry["domain"],
        _pattern(entry["words"]),
        _pattern(entry["terms"]),
        kinds,
        tuple(word.lower() for word in entry.get("indicators", ())),
    )


def _it_is(kind: str) -> str:
    said = kind_catalogue().kinds[kind].amid
    return f"it is {'an' if said[0] in 'aeiou' else 'a'} {said}"


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds any of the words in small letters; * at a word's end: any ending.

    Small letters on both sides: telling them apart in the pattern takes three times as long.
    """
    parts = [
        re.escape(word.lower().removesuffix("*")).replace(r"\ ", r"\s+")
        + (r"\w*" if word.endswith("*") else r"\b")
        for word in words
    ]
    return re.compile(rf"\b(?:{'|'.join(parts)})")


def _small(text: str) -> str:
    """Return a text in small letters, of the same length, so that what is found can be shown."""
    small = text.lower()
    return small if len(small) == len(text) else text
