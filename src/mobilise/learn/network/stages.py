"""How closely organisations work together: a published ladder of five levels."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from mobilise.learn.network.links import Network


@dataclass(frozen=True)
class Stage:
    """A level of the ladder: 1 to 5, its name, and what it means."""

    level: int
    name: str
    says: str


@cache
def stages() -> tuple[Stage, ...]:
    """Return the Levels of Collaboration Scale, from networking to collaboration.

    Notes
    -----
    Frey, Lohmeier, Lee & Tollefson (2006, 10.1177/1098214006290356). A level is what people
    say of a link; nothing is guessed where they said none.
    """
    text = files("mobilise.learn.network").joinpath("stages.toml").read_text(encoding="utf-8")
    return tuple(Stage(**one) for one in tomllib.loads(text)["stages"])


def stage_counts(network: Network, period: float) -> pd.DataFrame:
    """Return how many pairs of organisations are at each level, and how many did not say.

    Parameters
    ----------
    network
        From :func:`mobilise.learn.network.network_of`.
    period
        When.

    Returns
    -------
    DataFrame
        ``level, name, pairs, share`` (%); a pair counts at the highest level of its links.
        The last row, level missing, holds pairs of which nobody said.
    """
    links = network.at(period)
    pair = [tuple(sorted(p)) for p in zip(links["from_id"], links["to_id"], strict=True)]
    highest = links["stage"].groupby(pd.Series(pair, index=links.index)).max()
    total = len(highest)
    rows = [(s.level, s.name, int((highest == s.level).sum())) for s in stages()]
    table = pd.DataFrame(
        [*rows, (None, "not said", int(highest.isna().sum()))], columns=["level", "name", "pairs"]
    )
    table["share"] = 100 * table["pairs"] / total if total else float("nan")
    return table.astype({"level": "Int64"})
