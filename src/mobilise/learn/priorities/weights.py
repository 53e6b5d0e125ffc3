"""Weights of a round, in the forms that planning and matching take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.errors import InputError, suggestion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mobilise.learn.evidence import Evidence


def rounds(evidence: Evidence, subject: str | None = None) -> list[str]:
    """Return the names of the rounds, oldest first; with a `subject`, of those about it."""
    table = evidence.table("priorities")
    if subject is not None:
        table = table[table["of"] == subject]
    table = table.drop_duplicates("round")
    return list(table.sort_values(["date", "round"], na_position="first")["round"])


def weights(evidence: Evidence, subject: str, round_name: str | None = None) -> dict[str, float]:
    """Return the weights that people gave to kinds, needs or areas.

    Parameters
    ----------
    evidence
        Where from.
    subject
        ``kind``, ``need`` or ``area``.
    round_name
        Which round; None: the last one.

    Returns
    -------
    dict
        From item to weight; they add up to 1. Empty where the round is not about these.

    Raises
    ------
    InputError
        There is no such round.
    """
    known = rounds(evidence)
    if not known:
        raise InputError(
            "There is no round of priorities yet; 'mobilise learn priorities' adds one."
        )
    name = round_name or known[-1]
    if name not in known:
        raise InputError(f"There is no round '{name}'{suggestion(name, known)}")
    table = evidence.table("priorities")
    here = table[(table["round"] == name) & (table["of"] == subject)]
    return dict(zip(here["item"], here["weight"].astype(float), strict=True))


def area_weights(given: dict[str, float], areas: Sequence[str]) -> list[float]:
    """Return what a person of each area counts in a plan: 1 on average over the areas.

    Parameters
    ----------
    given
        Weights by area; from :func:`weights`.
    areas
        Ids of areas, in the order of the result. Areas that nobody named count what is least:
        half of an equal share, so that no area is planned away because nobody from there came.
    """
    if not given:
        return [1.0] * len(areas)
    equal = 1 / len(areas)
    raw = [max(given.get(area, 0.0), equal / 2) for area in areas]
    mean = sum(raw) / len(raw)
    return [value / mean for value in raw]


def relative_weights(given: dict[str, float], items: Iterable[str]) -> dict[str, float]:
    """Return how much each item counts beside the one that residents want most, which counts 1.

    Parameters
    ----------
    given
        Weights by item; from :func:`weights`.
    items
        All there are. What nobody named counts a half, so that nothing that may be right for
        a person is lost because a round was not about it. Without weights the result is empty.

    Examples
    --------
    >>> relative_weights({"library": 0.6, "park": 0.3}, ["library", "museum", "park"])
    {'library': 1.0, 'museum': 0.5, 'park': 0.75}
    """
    most = max(given.values(), default=0.0)
    if most <= 0:
        return {}
    return {item: 0.5 + 0.5 * given.get(item, 0.0) / most for item in items}
