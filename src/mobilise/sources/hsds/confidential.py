"""Confidential addresses: told by their words, and taken out before anything is kept."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

WITHHELD = "(address withheld)"
_POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][A-Z0-9]?\s*[0-9][A-Z]{2}\b", re.IGNORECASE)
_STREET = re.compile(
    r"\b\d+[a-z]?,?\s+(?:[\w'’.-]+\s+){1,4}(?:street|st|road|rd|lane|avenue|ave|close|drive|way|place"
    r"|terrace|grove|crescent|court|square|gardens|hill|row|walk|mews)\b\.?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Rules:
    """When an address is confidential; see ``confidential.toml``."""

    says: re.Pattern[str]
    what: re.Pattern[str]
    for_whom: re.Pattern[str]
    never: re.Pattern[str]


@cache
def rules() -> Rules:
    """Return the rules, read once."""
    text = files("mobilise.sources.hsds").joinpath("confidential.toml").read_text("utf-8")
    lists = tomllib.loads(text)
    return Rules(**{key: re.compile("|".join(lists[key]), re.IGNORECASE) for key in lists})


def is_confidential(*texts: str | None) -> bool:
    """Tell whether a service's own words say that its address is not for everybody.

    Parameters
    ----------
    texts
        Its name, description and whatever else is said of it.

    Examples
    --------
    >>> is_confidential("Haven", "A refuge for women leaving domestic abuse.")
    True
    >>> is_confidential("Pinders Wildlife Refuge", "Birds, and a women's walking group.")
    False
    """
    told = rules()
    whole = told.never.sub(" ", " . ".join(text for text in texts if text))
    if told.says.search(whole):
        return True
    return bool(told.what.search(whole) and told.for_whom.search(whole))


def without_address(service: dict[str, Any]) -> dict[str, Any]:
    """Return an HSDS service without anything that tells where it is.

    Parameters
    ----------
    service
        A nested service.

    Returns
    -------
    dict
        No locations and no schedules of locations; streets and postcodes in its texts replaced.
    """
    bare = {k: v for k, v in service.items() if k not in {"service_at_locations", "service_areas"}}
    bare = _masked(bare)
    return {**bare, "id": service["id"], "name": service["name"]}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _STREET.sub(WITHHELD, _POSTCODE.sub(WITHHELD, value))
    if isinstance(value, list):
        return [_masked(one) for one in value]
    if isinstance(value, dict):
        return {k: v if k == "id" or k.endswith("_id") else _masked(v) for k, v in value.items()}
    return value
