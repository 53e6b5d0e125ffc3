"""What residents' weights change: the same choice made with and without them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise import plan, reach
from mobilise.assets.kinds import catalogue
from mobilise.build.plans import problem_of
from mobilise.errors import InputError
from mobilise.learn.priorities import area_weights, rounds, weights
from mobilise.recipe import plan_section

if TYPE_CHECKING:
    from collections.abc import Callable

    from mobilise.learn.evidence import Evidence
    from mobilise.place import Place
    from mobilise.reach import Streets


def residents_effects(
    place: Place,
    evidence: Evidence,
    *,
    round_name: str | None = None,
    minutes: float = 15.0,
    say: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Choose one new site with and without the weights of a round, and enter what differs.

    Parameters
    ----------
    place
        A built place.
    evidence
        With rounds of priorities.
    round_name
        Which round; None: the last one.
    minutes
        The limit of reach.
    say
        Called with a line of progress.

    Returns
    -------
    DataFrame
        Rows of ``priority_effects``: for kinds, which kind is opened where if the people newly
        within the limit count times their kind's weight; for areas, where the kind that
        residents want most is opened if each area's people count their weight.

    Raises
    ------
    InputError
        There is no such round, or it is about neither kinds nor areas.
    """
    name = round_name or next(reversed(rounds(evidence)), None)
    kinds, areas = weights(evidence, "kind", name), weights(evidence, "area", name)
    if not kinds:
        raise InputError(f"The round '{name}' is not about kinds; there is nothing to choose from.")
    network = place.folder / "network.npz"
    streets = reach.load_streets(network) if network.is_file() else None
    found = [_by_kind(place, kinds, minutes, streets, say)]
    if areas:
        wanted = max(kinds, key=lambda kind: (kinds[kind], kind))
        found.append(_by_area(place, wanted, areas, minutes, streets))
    rows = pd.DataFrame(found).assign(round=name, minutes=minutes)
    evidence.merge({"priority_effects": rows})
    return rows


def _by_kind(
    place: Place,
    given: dict[str, float],
    minutes: float,
    streets: Streets | None,
    say: Callable[[str], None],
) -> dict[str, Any]:
    choices = {}
    for kind in sorted(given):
        say(f"learn: one more {_label(kind)} ({given[kind]:.0%} of residents' points)")
        made = plan.solve(_problem(place, kind, minutes, streets), add=1, minutes=minutes, time_limit_seconds=0)
        first = made.table.iloc[0]
        choices[kind] = (str(first["name"]), float(first["gain"]))
    plain = max(choices, key=lambda kind: (choices[kind][1], kind))
    weighed = max(choices, key=lambda kind: (choices[kind][1] * given[kind], kind))
    return _row("kind", _said(plain, choices[plain][0]), choices[plain][1]) | _changed(
        _said(plain, choices[plain][0]), _said(weighed, choices[weighed][0]), choices[weighed][1]
    )


def _by_area(
    place: Place, kind: str, given: dict[str, float], minutes: float, streets: Streets | None
) -> dict[str, Any]:
    problem = _problem(place, kind, minutes, streets)
    counted = area_weights(given, problem.areas["area_id"].tolist())
    weighed = replace(problem, areas=problem.areas.assign(weight=counted))
    chosen = [plan.solve(p, add=1, minutes=minutes, time_limit_seconds=0) for p in (problem, weighed)]
    reached = [plan.effects(problem, made).table.iloc[0]["gained"] for made in chosen]
    names = [_said(kind, str(made.table.iloc[0]["name"])) for made in chosen]
    return _row("area", names[0], float(reached[0])) | _changed(
        names[0], names[1], float(reached[1])
    )


def _row(of: str, without: str, people: float) -> dict[str, Any]:
    return {"of": of, "without": without, "people_without": people}


def _changed(without: str, with_: str, people: float) -> dict[str, Any]:
    changed = without != with_
    if changed:
        sentence = (
            f"With residents' weights the choice changes from {without} to {with_}, which newly "
            f"reaches {people:,.0f} people."
        )
    else:
        sentence = f"With residents' weights the choice stays the same: {without}."
    return {"with": with_, "changed": changed, "people_with": people, "sentence": sentence}


def _problem(place: Place, kind: str, minutes: float, streets: Streets | None) -> plan.Problem:
    section = plan_section({"kind": kind, "add": 1, "minutes": minutes})
    return problem_of(place, section, streets)


def _said(kind: str, site: str) -> str:
    return f"{_label(kind)} at {site}"


def _label(kind: str) -> str:
    known = catalogue().kinds.get(kind)
    return known.label if known else kind
