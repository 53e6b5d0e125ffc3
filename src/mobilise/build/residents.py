"""What residents want, counted, and what their weights change in a choice of sites."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise import plan, reach
from mobilise.assets.kinds import catalogue
from mobilise.build.plan_sites import problem_of
from mobilise.build.weights import compared, weighed
from mobilise.disclosure.cells import CountTable, Dimension, implied_cells
from mobilise.disclosure.cells import tally as cells_of
from mobilise.disclosure.protect import protect
from mobilise.disclosure.rule import Rule
from mobilise.errors import InputError
from mobilise.learn.priorities import read_ballots, rounds, tally, weights
from mobilise.recipe import plan_section

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mobilise.learn.evidence import Evidence
    from mobilise.place import Place
    from mobilise.reach import Streets


def count_round(
    evidence: Evidence,
    path: Path,
    *,
    round_name: str,
    date: str | None = None,
    areas: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Count the ballots of a round; who took part passes the wall first.

    Parameters
    ----------
    evidence
        Where to.
    path
        The ballots, as :func:`mobilise.learn.priorities.read_ballots` reads them.
    round_name, date
        What the round is called, and when it closed.
    areas
        Ids of the place's areas; None: not checked.

    Returns
    -------
    DataFrame
        Rows of ``priorities``. Numbers of people are rounded, small ones kept back.
    """
    ballots, rule = read_ballots(path), Rule()
    return tally(
        evidence,
        ballots,
        round_name=round_name,
        groups=_who_took_part(ballots.people, rule),
        told=rule.figure,
        date=date,
        kinds=sorted(catalogue().kinds),
        areas=areas,
    )


def _who_took_part(people: pd.DataFrame, rule: Rule) -> pd.DataFrame:
    """Return how many people of each group took part, as an outsider may know it."""
    said = people.fillna("not said").astype(str)
    dimensions = {
        name: Dimension(name, tuple(sorted(said[name].unique())))
        for name in said.columns.drop("person")
    }
    tables = [CountTable((name,)) for name in dimensions] or [CountTable(())]
    shown = list(dict.fromkeys(cell for one in tables for cell in one.cells(dimensions)))
    every = [*shown, *implied_cells(shown, dimensions)]
    done = protect(cells_of(said, every, dimensions, "person"), dimensions, rule, shown=shown)
    rows = [
        {
            "dimension": cell[0][0] if cell else "all",
            "group": cell[0][1] if cell else "all",
            "participants": figure,
        }
        for cell, figure in done.figures.items()
    ]
    return pd.DataFrame(rows)


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
        made = _best(_problem(place, kind, minutes, streets), minutes)
        if made is not None:
            choices[kind] = (str(made.table["name"].iloc[0]), float(made.table["gain"].iloc[0]))
    if not choices:
        return {"of": "kind", **_nobody(minutes)}
    plain = max(choices, key=lambda kind: (choices[kind][1], kind))
    wanted = max(choices, key=lambda kind: (choices[kind][1] * given[kind], kind))
    both = [(_said(kind, choices[kind][0]), choices[kind][1]) for kind in (plain, wanted)]
    return {"of": "kind", **compared(*both)}


def _by_area(
    place: Place, kind: str, given: dict[str, float], minutes: float, streets: Streets | None
) -> dict[str, Any]:
    problem = _problem(place, kind, minutes, streets)
    both = []
    for asked in (problem, weighed(problem, given)):
        made = _best(asked, minutes)
        if made is None:
            return {"of": "area", **_nobody(minutes)}
        gained = float(plan.effects(problem, made).table.iloc[0]["gained"])
        both.append((_said(kind, str(made.table["name"].iloc[0])), gained))
    return {"of": "area", **compared(*both)}


def _best(problem: plan.Problem, minutes: float) -> plan.Plan | None:
    """Return the best one new site; None where no site brings anyone newly within the limit."""
    try:
        return plan.solve(problem, add=1, minutes=minutes, time_limit_seconds=0)
    except InputError:
        return None


def _nobody(minutes: float) -> dict[str, Any]:
    return {
        "without": "none",
        "people_without": 0.0,
        "with": "none",
        "people_with": 0.0,
        "changed": False,
        "sentence": f"No one new site brings anybody newly within {minutes:g} minutes.",
    }


def _problem(place: Place, kind: str, minutes: float, streets: Streets | None) -> plan.Problem:
    section = plan_section({"kind": kind, "add": 1, "minutes": minutes})
    return problem_of(place, section, streets)


def _said(kind: str, site: str) -> str:
    return f"{_label(kind)} at {site}"


def _label(kind: str) -> str:
    known = catalogue().kinds.get(kind)
    return known.label if known else kind
