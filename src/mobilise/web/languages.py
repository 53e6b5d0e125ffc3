"""The labels of the public's pages in several languages, from ``languages.toml``."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

ENGLISH = "en"


@cache
def languages() -> dict[str, dict[str, Any]]:
    """Return every language's labels, by its tag (BCP 47); what one lacks is English."""
    text = (files("mobilise.web") / "languages.toml").read_text(encoding="utf-8")
    listed = tomllib.loads(text)
    return {tag: listed[ENGLISH] | labels for tag, labels in listed.items()}


def labels_of(tag: str) -> tuple[str, dict[str, Any]]:
    """Return a language and its labels; English where it is not one of ours.

    Parameters
    ----------
    tag
        Such as ``cy``.
    """
    known = tag if tag in languages() else ENGLISH
    return known, languages()[known]


def written_out(day: date | str, labels: dict[str, Any] | None = None) -> str:
    """Return a day as people write it.

    Parameters
    ----------
    day
        A date, or one that begins with 2026-12-31.
    labels
        Of the language; None: English.

    Examples
    --------
    >>> written_out("2026-07-04 14:00")
    '4 July 2026'
    """
    when = date.fromisoformat(day[:10]) if isinstance(day, str) else day
    months = (labels or languages()[ENGLISH])["months"]
    return f"{when.day} {months[when.month - 1]} {when.year}"
