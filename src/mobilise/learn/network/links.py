"""Organisations and the links between them, checked, with the time that each link lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.errors import InputError, suggestion
from mobilise.gaps.checks import numbers
from mobilise.learn.sectors import SECTORS

if TYPE_CHECKING:
    from collections.abc import Iterable

# What a link is, and whether it leads from one to the other.
KINDS = {
    "refers to": True,
    "funds": True,
    "delivers with": False,
    "co-located": False,
    "shares data": False,
}
HIGHEST_STAGE = 5


@dataclass(frozen=True)
class Network:
    """Organisations and links.

    Parameters
    ----------
    organisations
        ``organisation_id, name, sector``, in order of the id.
    links
        ``from_id, to_id, kind, start, end, stage``; an end that is missing is not yet.
    """

    organisations: pd.DataFrame
    links: pd.DataFrame

    def at(self, period: float) -> pd.DataFrame:
        """Return the links that last at `period`, start and end included."""
        links = self.links
        return links[(links["start"] <= period) & ~(links["end"] < period)]

    def periods(self) -> tuple[float, ...]:
        """Return every period in which a link starts, and the last in which one ends."""
        ends = self.links["end"].dropna()
        known = set(self.links["start"]) | ({float(ends.max())} if len(ends) else set())
        return tuple(sorted(float(p) for p in known))


def network_of(organisations: pd.DataFrame, links: pd.DataFrame) -> Network:
    """Return a network from its two tables.

    Parameters
    ----------
    organisations
        ``organisation_id, name, sector``; sectors of :data:`SECTORS`.
    links
        ``from_id, to_id, kind``, of :data:`KINDS`; ``start`` and, where it has ended,
        ``end`` (years); ``stage`` from 1 to 5 where people said one.

    Raises
    ------
    InputError
        A column, sector, kind or organisation is not known, or a link ends before it starts.

    Examples
    --------
    >>> people = pd.DataFrame(
    ...     {"organisation_id": ["a", "b"], "name": ["A", "B"], "sector": ["health", "charity"]})
    >>> links = pd.DataFrame(
    ...     {"from_id": ["a"], "to_id": ["b"], "kind": ["refers to"], "start": [2023]})
    >>> network_of(people, links).periods()
    (2023.0,)
    """
    _columns(organisations, ("organisation_id", "name", "sector"), "organisations")
    _columns(links, ("from_id", "to_id", "kind", "start"), "links")
    nodes = organisations.assign(
        **{c: organisations[c].astype(str) for c in ("organisation_id", "name", "sector")}
    )
    nodes = nodes.sort_values("organisation_id", ignore_index=True)
    _known(nodes["sector"], SECTORS, "sector", "organisations")
    if nodes["organisation_id"].duplicated().any():
        twice = nodes.loc[nodes["organisation_id"].duplicated(), "organisation_id"].iloc[0]
        raise InputError(f"organisations: '{twice}' is there twice: give each one row.")
    edges = _links(links)
    _known(edges["kind"], KINDS, "kind", "links")
    for end in ("from_id", "to_id"):
        _known(edges[end], list(nodes["organisation_id"]), end, "links")
    _demand_order(edges)
    return Network(nodes, edges)


def _links(links: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({c: links[c].astype(str) for c in ("from_id", "to_id", "kind")})
    for name in ("start", "end", "stage"):
        given = links[name] if name in links.columns else np.full(len(links), np.nan)
        frame[name] = numbers(given, name)
    return frame.sort_values(["from_id", "to_id", "kind", "start"], ignore_index=True)


def _demand_order(edges: pd.DataFrame) -> None:
    bad = {
        "has no start: say since when it lasts": edges["start"].isna(),
        "ends before it starts": edges["end"] < edges["start"],
        "links an organisation with itself": edges["from_id"] == edges["to_id"],
        f"has a stage that is not a whole number from 1 to {HIGHEST_STAGE}": ~(
            edges["stage"].isna() | edges["stage"].isin(range(1, HIGHEST_STAGE + 1))
        ),
        "is there twice": edges.duplicated(["from_id", "to_id", "kind", "start"]),
    }
    for what, where in bad.items():
        if where.any():
            row = edges[where].iloc[0]
            raise InputError(f"links: '{row['from_id']}' {row['kind']} '{row['to_id']}' {what}.")


def _columns(frame: pd.DataFrame, wanted: Iterable[str], table: str) -> None:
    for name in wanted:
        if name not in frame.columns:
            raise InputError(f"{table}: no column '{name}'{suggestion(name, frame.columns)}")


def _known(values: pd.Series, known: Iterable[str], name: str, table: str) -> None:
    allowed = list(known)
    wrong = values[~values.isin(allowed)]
    if len(wrong):
        raise InputError(
            f"{table}: row {int(wrong.index[0]) + 1} has the {name} '{wrong.iloc[0]}'"
            f"{suggestion(wrong.iloc[0], allowed)}"
        )
