"""The integration map: what a practice's patients can reach, what takes referrals, what is missing.

Pure of travel: minutes come in as a table, since how people walk is another room's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from mobilise.directory import schema
from mobilise.directory.needs import catalogue
from mobilise.directory.practices import linked_services
from mobilise.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mobilise.directory.store import Directory

SERVICE_COLUMNS = (
    "service_id",
    "name",
    "kind",
    "patients",
    "share",
    "minutes",
    "referrals",
    "linked",
    "needs",
)
NEED_COLUMNS = ("need", "label", "services", "take_referrals", "linked", "share", "burden")


@dataclass(frozen=True)
class IntegrationMap:
    """What is there for a list of patients.

    Parameters
    ----------
    title
        Whose patients.
    patients
        By area: ``area_id``, ``patients``, ``services`` within the limit, ``minutes`` to the
        nearest of any (null: none within it).
    services
        Those within reach of any of them, most patients first: ``patients`` and ``share`` (%) who
        can walk there, ``minutes`` of these in the middle (median), how they take ``referrals``
        (null: not known), whether a practice is ``linked`` with them, their ``needs``.
    needs
        Each need: how many ``services`` are within reach, how many of these ``take_referrals``
        and are ``linked``, the ``share`` (%) of patients with one within reach, and the
        ``burden``: how common the need is among them beside the place (1 = as common; null: no
        measure of it). Least served and most common first.
    remote
        Services for use from home: these are within everybody's reach, and not counted above.
    minutes
        The limit of a walk.
    basis
        Where the patients come from, in words.
    """

    title: str
    patients: pd.DataFrame
    services: pd.DataFrame
    needs: pd.DataFrame
    remote: int
    minutes: float
    basis: str

    @property
    def total(self) -> float:
        """How many patients there are."""
        return float(self.patients["patients"].sum())


def service_points(directory: Directory) -> pd.DataFrame:
    """Return where active services are reached: service_id, latitude, longitude, a row a point."""
    s, p = schema.services.c, schema.points.c
    query = (
        sa.select(s.id.label("service_id"), p.latitude, p.longitude)
        .join(schema.points, p.service_seq == s.seq)
        .where(s.listed == 1, s.status == "active")
        .order_by(s.seq, p.nth)
    )
    with directory.reading() as connection:
        rows = connection.execute(query).all()
    return pd.DataFrame(
        [tuple(row) for row in rows], columns=["service_id", "latitude", "longitude"]
    )


def integration_map(
    directory: Directory,
    *,
    title: str,
    patients: Mapping[str, float],
    times: pd.DataFrame,
    minutes: float = 15.0,
    practices: Sequence[str] = (),
    burdens: Mapping[str, float] | None = None,
    basis: str = "",
) -> IntegrationMap:
    """Return what the patients of a practice, a network or a board can reach.

    Parameters
    ----------
    directory
        An open directory.
    title
        Whose patients.
    patients
        How many live in each area.
    times
        ``area_id``, ``service_id`` and ``minutes`` on foot, of every pair within the limit.
    minutes
        How long a walk may be; at most so long counts.
    practices
        Codes of the practices, whose links are looked up.
    burdens
        How common each need is among the patients beside the place, as a ratio.
    basis
        Where the patients come from, in words.

    Raises
    ------
    InputError
        There are no patients.
    """
    people = pd.Series(dict(patients), dtype="float64")
    people = people[people > 0].sort_index()
    if people.empty:
        raise InputError(f"{title}: there are no patients in the place's areas.")
    near = times[(times["minutes"] <= minutes) & times["area_id"].isin(people.index)]
    near = near.groupby(["area_id", "service_id"])[["minutes"]].min().reset_index()
    near["patients"] = near["area_id"].map(people)
    facts = _facts(directory)
    linked = linked_services(directory, list(practices))
    services = _services(near, facts, linked, float(people.sum()))
    needs = _needs(near, services, float(people.sum()), burdens or {})
    remote = sum(bool(row["remote"]) for row in facts.values())
    return IntegrationMap(title, _patients(people, near), services, needs, remote, minutes, basis)


def patients_around(
    areas: pd.DataFrame, times: pd.DataFrame, sizes: Mapping[str, float]
) -> pd.DataFrame:
    """Return where practices' patients live, as an estimate: for lists that are not known by area.

    Each area's people are shared among the practices within reach, in proportion to the size of
    their lists and to how near they are, as size / (1 + (minutes / 10)²); an area with none within
    reach has nobody in it counted.

    Parameters
    ----------
    areas
        ``area_id`` and ``population``.
    times
        ``area_id``, ``practice`` and ``minutes`` on foot.
    sizes
        The length of each practice's list; 1 where it is not known.

    Returns
    -------
    DataFrame
        ``practice``, ``area_id``, ``patients``.
    """
    pulled = times.copy()
    size = pulled["practice"].map(lambda practice: sizes.get(practice, 1.0)).astype("float64")
    pulled["pull"] = size / (1 + (pulled["minutes"] / 10) ** 2)
    whole = pulled.groupby("area_id")["pull"].transform("sum")
    people = pulled["area_id"].map(areas.set_index("area_id")["population"])
    pulled["patients"] = people * pulled["pull"] / whole
    return pulled[["practice", "area_id", "patients"]]


def reached_from(
    service_id: str, times: pd.DataFrame, patients: pd.DataFrame, minutes: float
) -> pd.DataFrame:
    """Return whose patients a service could serve: by practice, how many are within reach.

    Parameters
    ----------
    service_id
        The service.
    times
        ``area_id``, ``service_id`` and ``minutes``.
    patients
        ``practice``, ``area_id``, ``patients``.
    minutes
        How long a walk may be.

    Returns
    -------
    DataFrame
        ``practice``, ``patients`` (all), ``within`` and ``share`` (%), most within first.
    """
    mine = times[(times["service_id"] == service_id) & (times["minutes"] <= minutes)]
    here = patients["area_id"].isin(mine["area_id"])
    table = pd.DataFrame(
        {
            "patients": patients.groupby("practice")["patients"].sum(),
            "within": patients[here].groupby("practice")["patients"].sum(),
        }
    ).fillna(0.0)
    table["share"] = 100 * table["within"] / table["patients"].where(table["patients"] > 0)
    table = table[table["within"] > 0].rename_axis("practice").reset_index()
    return table.sort_values(["within", "practice"], ascending=[False, True], ignore_index=True)


def burden_of(
    values: Mapping[str, pd.Series[Any]], patients: Mapping[str, float], people: pd.Series[Any]
) -> dict[str, float]:
    """Return how common each need is among patients beside the place: means of its measures.

    Parameters
    ----------
    values
        By the name of a measure: its values by area, higher = more need.
    patients
        How many live in each area.
    people
        The place's people by area.

    Returns
    -------
    dict
        By need: the patients' mean over the place's, the mean of these over the need's measures.
    """
    weights = pd.Series(dict(patients), dtype="float64")
    found = {}
    for need in catalogue().needs.values():
        ratios = []
        for name, series in values.items():
            if any(word in name.lower() for word in need.indicators):
                known = series.dropna()
                here = _mean(known, weights)
                there = _mean(known, people)
                if here is not None and there:
                    ratios.append(here / there)
        if ratios:
            found[need.name] = float(np.mean(ratios))
    return found


def _mean(values: pd.Series[Any], weights: pd.Series[Any]) -> float | None:
    by = weights.reindex(values.index).fillna(0.0)
    return float((values * by).sum() / by.sum()) if by.sum() > 0 else None


def _facts(directory: Directory) -> dict[str, dict[str, Any]]:
    s, n = schema.services.c, schema.service_needs.c
    query = sa.select(s.id, s.seq, s.name, s.kind, s.referrals, s.remote)
    with directory.reading() as connection:
        rows = connection.execute(query.where(s.listed == 1, s.status == "active")).all()
        needs: dict[int, list[str]] = {}
        for seq, need in connection.execute(sa.select(n.service_seq, n.need).order_by(n.need)):
            needs.setdefault(seq, []).append(need)
    return {
        row.id: {
            "name": row.name,
            "kind": row.kind,
            "referrals": row.referrals,
            "remote": row.remote,
            "needs": needs.get(row.seq, []),
        }
        for row in rows
    }


def _services(
    near: pd.DataFrame, facts: Mapping[str, dict[str, Any]], linked: set[str], total: float
) -> pd.DataFrame:
    rows = []
    for service_id, pairs in near.groupby("service_id"):
        fact = facts.get(str(service_id))
        if fact is None:
            continue
        reached = float(pairs["patients"].sum())
        rows.append(
            {
                "service_id": service_id,
                **{key: fact[key] for key in ("name", "kind", "referrals", "needs")},
                "patients": reached,
                "share": 100 * reached / total,
                "minutes": _middle(pairs["minutes"], pairs["patients"]),
                "linked": service_id in linked,
            }
        )
    table = pd.DataFrame(rows, columns=list(SERVICE_COLUMNS))
    return table.sort_values(
        ["patients", "name", "service_id"], ascending=[False, True, True], ignore_index=True
    )


def _middle(values: pd.Series[Any], weights: pd.Series[Any]) -> float:
    """Return the weighted median: half of the patients walk no longer."""
    order = np.argsort(values.to_numpy(), kind="stable")
    running = np.cumsum(weights.to_numpy()[order])
    return float(values.to_numpy()[order][np.searchsorted(running, running[-1] / 2)])


def _needs(
    near: pd.DataFrame, services: pd.DataFrame, total: float, burdens: Mapping[str, float]
) -> pd.DataFrame:
    people = near.drop_duplicates("area_id").set_index("area_id")["patients"]
    rows = []
    for need in catalogue().needs.values():
        for_it = services[[need.name in needs for needs in services["needs"]]]
        areas = near.loc[near["service_id"].isin(for_it["service_id"]), "area_id"].unique()
        rows.append(
            {
                "need": need.name,
                "label": need.label,
                "services": len(for_it),
                "take_referrals": int(for_it["referrals"].notna().sum()),
                "linked": int(for_it["linked"].sum()),
                "share": 100 * float(people.reindex(areas).sum()) / total,
                "burden": burdens.get(need.name),
            }
        )
    table = pd.DataFrame(rows, columns=list(NEED_COLUMNS)).astype({"burden": "float64"})
    missing = (100 - table["share"]) * table["burden"].fillna(1.0)
    order = missing.sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _patients(people: pd.Series[Any], near: pd.DataFrame) -> pd.DataFrame:
    by_area = near.groupby("area_id")
    return pd.DataFrame(
        {
            "area_id": people.index,
            "patients": people.to_numpy(),
            "services": by_area.size().reindex(people.index).fillna(0).astype(int).to_numpy(),
            "minutes": by_area["minutes"].min().reindex(people.index).to_numpy(),
        }
    )
