"""A round is counted: what people gave their points to, and who took part.

Ballots are read and counted, and never kept. What enters the evidence are weights, and counts
of people that have passed the wall (:mod:`mobilise.disclosure`), which lies above this room:
whoever counts a round says which numbers may be told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.errors import BadValues, InputError, MissingColumn, SourceBroken, suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from mobilise.learn.evidence import Evidence

SUBJECTS = ("kind", "need", "area")
FEWEST = 8  # people of a round, below which nothing is told of it
ENOUGH = 10  # people, from which an interval is told
DRAWS = 2_000
_USED = ("person", "of", "item", "points")


@dataclass(frozen=True)
class Ballots:
    """The ballots of one round, as they were cast; not to be kept.

    Parameters
    ----------
    points
        ``person, of, item, points``: what each person gave to what.
    people
        ``person`` and a column for each way of grouping people.
    """

    points: pd.DataFrame
    people: pd.DataFrame


def read_ballots(path: Path) -> Ballots:
    """Read the ballots of a round.

    Parameters
    ----------
    path
        CSV, a row for each thing that a person gave points to: ``person`` (a number or code
        that names nobody), ``of`` (kind, need or area), ``item``, ``points`` (0 or more); all
        further columns are ways of grouping people, the same in each of a person's rows.

    Raises
    ------
    MissingColumn, BadValues, SourceBroken
        Something is wrong; the sentence says what and where, and never who.
    """
    try:
        frame = pd.read_csv(path, dtype="str", encoding="utf-8-sig")
    except (ValueError, OSError) as error:
        raise SourceBroken(f"{path}: it cannot be read as CSV ({error}).") from error
    for column in _USED:
        if column not in frame:
            raise MissingColumn(column, frame.columns, path)
    points = pd.to_numeric(frame["points"], errors="coerce")
    _refuse(path, ~(points >= 0) | np.isinf(points), "'points' must be a number of 0 or more")
    _refuse(path, ~frame["of"].isin(SUBJECTS), f"'of' must be one of {', '.join(SUBJECTS)}")
    _refuse(path, frame[["person", "item"]].isna().any(axis=1), "'person' and 'item' must be given")
    _refuse(path, frame.duplicated(["person", "of", "item"]), "a person has given points twice")
    further = [column for column in frame.columns if column not in _USED]
    people = frame[["person", *further]].drop_duplicates()
    unlike = frame["person"].isin(people.loc[people["person"].duplicated(), "person"])
    _refuse(path, unlike, "a person is in different groups in different rows")
    given = frame[["person", "of", "item"]].assign(points=points)
    return Ballots(given, people.reset_index(drop=True))


def tally(
    evidence: Evidence,
    ballots: Ballots,
    *,
    round_name: str,
    groups: pd.DataFrame,
    told: Callable[[int], int | None],
    date: str | None = None,
    kinds: Sequence[str] | None = None,
    areas: Sequence[str] | None = None,
    seed: int = 1,
) -> pd.DataFrame:
    """Count a round and enter it.

    Parameters
    ----------
    evidence
        Where to.
    ballots
        From :func:`read_ballots`.
    round_name
        What the round is called; a round of the same name is replaced.
    groups
        Who took part, as it may be told: ``dimension, group, participants``.
    told
        From a number of people to the one that may be told; None: it may not.
    date
        When it closed.
    kinds, areas
        The kinds of asset and the ids of areas that there are; None: not checked.
    seed
        Of drawing people anew for the intervals.

    Returns
    -------
    DataFrame
        Rows of ``priorities``. A weight is the mean over people of the share of their points:
        everybody counts the same, however many points they gave.

    Raises
    ------
    InputError
        An item is no kind or area that there is; or fewer than 8 people took part, of whom
        nothing can be told without telling who they are.
    """
    for subject, known in (("kind", kinds), ("area", areas)):
        named = ballots.points.loc[ballots.points["of"] == subject, "item"].unique()
        unknown = [item for item in named if known is not None and item not in known]
        if unknown:
            raise InputError(
                f"There is no {subject} '{unknown[0]}'{suggestion(unknown[0], known or ())}"
            )
    if len(ballots.people) < FEWEST:
        raise InputError(f"Fewer than {FEWEST} people took part: nothing is told of so few.")
    rows: list[dict[str, Any]] = []
    for subject in SUBJECTS:
        rows += _weighed(ballots.points[ballots.points["of"] == subject], subject, told, seed)
    weighed = pd.DataFrame(rows).assign(round=round_name, date=date)
    tables = {"priorities": weighed, "priority_groups": groups.assign(round=round_name)}
    kept = {name: evidence.table(name) for name in tables}
    evidence.replace(
        {
            name: pd.concat([kept[name][kept[name]["round"] != round_name], frame])
            for name, frame in tables.items()
        }
    )
    return weighed


def _weighed(
    points: pd.DataFrame, subject: str, told: Callable[[int], int | None], seed: int
) -> list[dict[str, Any]]:
    table = points.pivot_table(index="person", columns="item", values="points", aggfunc="sum")
    table = table.fillna(0.0)
    table = table[table.sum(axis=1) > 0]
    if not len(table):
        return []
    shares = (table.to_numpy(float).T / table.sum(axis=1).to_numpy(float)).T
    people = len(shares)
    lower = upper = np.full(shares.shape[1], np.nan)
    if people >= ENOUGH:
        random = np.random.default_rng(seed)
        drawn = random.multinomial(people, np.full(people, 1 / people), size=DRAWS)
        lower, upper = np.quantile(drawn @ shares / people, [0.025, 0.975], axis=0)
    gave = (shares > 0).sum(axis=0)
    return [
        {
            "of": subject,
            "item": item,
            "participants": told(int(gave[at])),
            "weight": float(shares[:, at].mean()),
            "lower": float(lower[at]),
            "upper": float(upper[at]),
        }
        for at, item in enumerate(table.columns)
    ]


def _refuse(path: Path, wrong: Any, says: str) -> None:
    if wrong.any():
        raise BadValues(f"{path}: row {int(wrong.to_numpy().argmax()) + 2}: {says}.")
