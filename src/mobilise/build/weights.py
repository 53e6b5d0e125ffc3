"""Residents' weights, joined to what they weigh: the areas of a plan, and matching."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError, MobiliseError
from mobilise.learn.priorities import area_weights, relative_weights, rounds, weights

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise import plan
    from mobilise.learn.evidence import Evidence
    from mobilise.recipe import Recipe

LAST = "last"  # the last round that is about what is asked


def match_weights(folder: Path, round_name: str | None = None) -> dict[str, Any]:
    """Return the weights that :func:`mobilise.directory.match` takes, from a place's rounds.

    Parameters
    ----------
    folder
        The place's; it need not be built.
    round_name
        Which round; None: for needs and for kinds, the last that is about them.

    Returns
    -------
    dict
        ``weights`` of needs and ``kind_weights``: 1 what residents want most, a half what nobody
        named. Empty where no round is about them.

    Raises
    ------
    InputError
        There is no such round.
    """
    from mobilise.assets.kinds import catalogue as kinds  # noqa: PLC0415  (the page starts sooner)
    from mobilise.directory.needs import catalogue as needs  # noqa: PLC0415
    from mobilise.learn.evidence import Evidence  # noqa: PLC0415

    evidence = Evidence.of(folder)
    return {
        "weights": relative_weights(_of(evidence, "need", round_name)[1], needs().needs),
        "kind_weights": relative_weights(_of(evidence, "kind", round_name)[1], kinds().kinds),
    }


def area_round(folder: Path, round_name: str) -> tuple[str, dict[str, float]]:
    """Return the name of a round about areas, and what residents gave to each.

    Parameters
    ----------
    folder
        The place's.
    round_name
        Which round; ``last``: the last that is about areas.

    Raises
    ------
    InputError
        There is no such round, or it is not about areas; the sentence says what is.
    """
    from mobilise.learn.evidence import Evidence  # noqa: PLC0415

    name, given = _of(Evidence.of(folder), "area", None if round_name == LAST else round_name)
    if not given:
        which = f"The round '{round_name}' is" if round_name != LAST else "No round here is"
        not_about = "not about areas" if round_name != LAST else "about areas"
        raise InputError(
            f"residents: {which} {not_about}, so a plan of one kind has nothing to weigh; add a "
            "round with 'mobilise learn priorities', or ask 'mobilise learn weigh' which kind."
        )
    return name, given


def weighed(problem: plan.Problem, given: dict[str, float]) -> plan.Problem:
    """Return a problem in which each area's people count its weight.

    Parameters
    ----------
    problem
        Of the place.
    given
        Weights by area, from :func:`area_round`.
    """
    counted = area_weights(given, problem.areas["area_id"].tolist())
    return replace(problem, areas=problem.areas.assign(weight=counted))


def planned_weights(recipe: Recipe) -> dict[str, dict[str, float]]:
    """Return the weights that the recipe's plans rest on, by round: another round, another plan.

    What is not there yet is left out: the plan itself says so, when it is made.
    """
    found = {}
    for name in sorted({section.residents for section in recipe.plan if section.residents}):
        with suppress(MobiliseError):
            found[name] = area_round(recipe.output, name)[1]
    return found


def compared(without: tuple[str, float], with_: tuple[str, float]) -> dict[str, Any]:
    """Return both choices with the people whom each newly reaches, and the same in words.

    Parameters
    ----------
    without, with_
        What is chosen when every person counts the same, and with residents' weights: in words,
        and the people (not weighed) whom it brings newly within the limit.
    """
    if without[0] == with_[0]:
        sentence = f"With residents' weights the choice stays the same: {without[0]}."
    else:
        sentence = (
            f"With residents' weights the choice changes from {without[0]} ({without[1]:,.0f} "
            f"people newly within reach) to {with_[0]} ({with_[1]:,.0f})."
        )
    return {
        "without": without[0],
        "people_without": without[1],
        "with": with_[0],
        "people_with": with_[1],
        "changed": without[0] != with_[0],
        "sentence": sentence,
    }


def _of(evidence: Evidence, subject: str, name: str | None) -> tuple[str, dict[str, float]]:
    """Return a round's name and its weights; without a name, of the last that is about these."""
    if name is not None:
        return name, weights(evidence, subject, name)
    for known in reversed(rounds(evidence)):
        if given := weights(evidence, subject, known):
            return known, given
    return "", {}
