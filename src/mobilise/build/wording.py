"""Measures of reach in words: what each row of ``reach`` is, as a noun in a sentence."""

from __future__ import annotations

from dataclasses import dataclass

from mobilise.assets.phrases import phrase, plural_phrase

ORDINALS = {"nearest": "nearest", "nearest2": "second nearest", "nearest3": "third nearest"}
CATCHMENTS = {
    "2sfca": "two-step catchments",
    "e2sfca": "two-step catchments with decay",
    "3sfca": "three-step catchments",
    "m2sfca": "modified two-step catchments",
    "bfca": "balanced catchments",
    "spatial_availability": "spatial availability",
}


@dataclass(frozen=True)
class Said:
    """A measure in words.

    Parameters
    ----------
    of
        A noun phrase that can stand before "is".
    higher
        What more of it means for people.
    who
        What people in reach have, to stand after "of people"; empty where there is no such share.
    """

    of: str
    higher: str
    who: str = ""


def say_measure(kind: str, measure: str, limit: float, group: str | None) -> Said:
    """Return a measure in words.

    Parameters
    ----------
    kind, measure, limit, group
        As in the table ``reach``; `group` None is everyone.

    Examples
    --------
    >>> say_measure("library", "nearest2", float("nan"), None).of
    'the walk to the second nearest library'
    >>> say_measure("gp", "bfca", 15, "aged_65_and_over").of
    'provision of GP practices within 15 minutes (balanced catchments), for aged_65_and_over'
    """
    whose = f", for {group}" if group else ""
    within = f"within {limit:g} minutes" + ("" if group else "' walk")
    if measure in ORDINALS:
        way = "the way" if group else "the walk"
        return Said(
            f"{way} to the {ORDINALS[measure]} {phrase(kind, article=False)}{whose}", "worse"
        )
    if measure == "count":
        of = f"the number of {plural_phrase(kind)} {within}{whose}"
        return Said(of, "better", f"have {phrase(kind)} {within}{whose}")
    if measure == "choice":
        names = " and ".join(plural_phrase(part) for part in kind.split("+"))
        return Said(f"the choice among {names} {within}{whose}", "better")
    if measure == "gravity":
        of = f"the pull of {plural_phrase(kind)} {within}, nearer ones counting more{whose}"
        return Said(of, "better")
    how = CATCHMENTS[measure]
    minutes = f"within {limit:g} minutes"
    return Said(f"provision of {plural_phrase(kind)} {minutes} ({how}){whose}", "better")
