"""The words of referrals: routes, roles, purposes, needs, and the codes other systems know."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from mobilise.errors import InputError, suggestion
from mobilise.referrals.model.base import NOT_RECORDED


@cache
def words() -> dict[str, dict[str, Any]]:
    """Return every list of words, by its name in words.toml."""
    return tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Code:
    """One concept of a code system."""

    system: str
    code: str
    display: str


@dataclass(frozen=True)
class Codes:
    """The clinical codes for what can happen to an offer.

    Parameters
    ----------
    offered, referred, declined
        The concepts written into ``ServiceRequest.code``.
    """

    offered: Code
    referred: Code
    declined: Code


def default_codes() -> Codes:
    """Return the SNOMED CT codes that the NHS in England uses for social prescribing."""
    snomed = words()["snomed"]
    return Codes(
        **{
            name: Code(snomed["system"], snomed[name]["code"], snomed[name]["display"])
            for name in ("offered", "referred", "declined")
        }
    )


def check_word(listed: str, word: str) -> str:
    """Return the word if it is one of the list's.

    Raises
    ------
    InputError
        It is not; the message names the list, never a person.
    """
    if word not in words()[listed]:
        raise InputError(f"{listed}: no such word{suggestion(word, words()[listed])}")
    return word


def check_recorded(listed: str, word: str) -> str:
    """Return the word if it is one of the list's, or "not recorded"."""
    return word if word == NOT_RECORDED else check_word(listed, word)


def ethnic_group(ethnicity: str) -> str:
    """Return the census's broad group of an ethnic category.

    Examples
    --------
    >>> ethnic_group("K"), ethnic_group("not recorded")
    ('Asian', 'not recorded')
    """
    known = words()["ethnicities"].get(ethnicity)
    return str(known["group"]) if known else NOT_RECORDED
