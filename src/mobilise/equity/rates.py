"""Rates and shares of protected counts, with intervals that cover chance and rounding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.equity.people import PER
from mobilise.equity.words import FIFTHS, conversion_sentence, rate_sentence, share_sentence
from mobilise.gaps import poisson_limits, proportion

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mobilise.equity.people import InNeed

FIELDS = ("stage", "status", "quintile", "near", "area_id", "age_band", "sex", "ethnicity",
          "route", "kind")  # fmt: skip
GROUPS = ("quintile", "near", "age_band", "sex", "ethnicity", "route", "kind")
CONFIDENCE = 0.95
UNIT = "per 1,000"
COVERS = (
    "Of counts as released, rounded. The interval covers chance (Poisson, public-health limits) "
    "and every count that the rounded one can stand for."
)
SHARES = (
    "Of counts as released, rounded. The interval covers chance (Wilson) and every count that the "
    "rounded ones can stand for."
)


def rows_by(counts: pd.DataFrame, *fields: str) -> pd.DataFrame:
    """Return the counts by these fields exactly: no other field limits them."""
    others = [field for field in FIELDS if field not in fields]
    chosen = counts[list(fields)].notna().all(axis=1) & counts[others].isna().all(axis=1)
    return counts[chosen]


def records(rows: pd.DataFrame) -> list[Any]:
    """Return a table's rows, each with its columns as attributes."""
    return list(rows.itertuples(index=False))


def rate_rows(
    counts: pd.DataFrame, areas: pd.DataFrame, in_need: InNeed
) -> Iterator[dict[str, Any]]:
    """Yield the rate of each stage in each fifth, in the place, and of each area's referrals."""
    fifths = areas.groupby("quintile")["people"].sum()
    whole = float(areas["people"].sum())
    for row in records(rows_by(counts, "stage")):
        yield _rate(row, whole, in_need, by="everyone", stage=row.stage)
    for row in records(rows_by(counts, "stage", "quintile")):
        if row.quintile in fifths and row.quintile in FIFTHS:
            people = float(fifths[row.quintile])
            yield _rate(row, people, in_need, by="quintile", level=row.quintile, stage=row.stage)
    people_of = areas.set_index("area_id")["people"]
    for row in records(rows_by(counts, "stage", "area_id")):
        if row.area_id in people_of:
            people = float(people_of[row.area_id])
            yield _rate(row, people, in_need, by="area", level=row.area_id, stage=row.stage)


def near_rows(
    counts: pd.DataFrame, areas: pd.DataFrame, in_need: InNeed
) -> Iterator[dict[str, Any]]:
    """Yield the rates of people with and without an asset near, in each fifth and in the place."""
    people = areas.groupby(["quintile", "near"])["people"].sum()
    everyone = areas.groupby("near")["people"].sum()
    for row in records(rows_by(counts, "stage", "near")):
        if row.near in everyone and row.near != "not recorded":
            yield _rate(row, float(everyone[row.near]), in_need, by="near", level=row.near,
                        stage=row.stage)  # fmt: skip
    for row in records(rows_by(counts, "stage", "quintile", "near")):
        known = row.near != "not recorded" and row.quintile in FIFTHS
        if known and (row.quintile, row.near) in people:
            among = float(people[row.quintile, row.near])
            yield _rate(row, among, in_need, by=f"quintile, {row.near}", level=row.quintile,
                            stage=row.stage)  # fmt: skip


def group_rows(
    counts: pd.DataFrame, groups: pd.DataFrame | None, in_need: InNeed
) -> Iterator[dict[str, Any]]:
    """Yield each group's share of those offered, and how many of its own come further.

    With people in need by group (see `people_by_group`), also its rates.
    """
    known = {} if groups is None else groups.set_index(["by", "level"])["people"].to_dict()
    whole = rows_by(counts, "stage").set_index("stage")
    for field in GROUPS:
        rows = rows_by(counts, "stage", field)
        offered = rows[rows["stage"] == "offered"].set_index(field)
        for row in records(rows):
            level = str(getattr(row, field))
            if (field, level) in known:
                people = float(known[field, level])
                yield _rate(row, people, in_need, by=field, level=level, stage=row.stage)
            if row.stage == "offered" and "offered" in whole.index:
                yield _part(row, whole.loc["offered"], "share", field, level)
            elif row.stage != "offered" and level in offered.index:
                yield _part(row, offered.loc[level], "conversion", field, level)


def _rate(
    row: Any, people: float, in_need: InNeed, *, by: str, stage: str, level: str | None = None
) -> dict[str, Any]:
    value = lower = upper = None
    if not pd.isna(row.count) and people > 0:
        value = float(row.count) / people * PER
        lower = float(poisson_limits([row.lower])[0][0]) / people * PER
        upper = float(poisson_limits([row.upper])[1][0]) / people * PER
    return _record(
        row, by=by, level=level, stage=stage, statistic="rate", value=value, lower=lower,
        upper=upper, people=people, unit=UNIT, method=f"{COVERS} {in_need.method}",
        sentence=rate_sentence(by, level, stage, (value, lower, upper), in_need.who),
    )  # fmt: skip


def _part(row: Any, of: Any, statistic: str, field: str, level: str) -> dict[str, Any]:
    """Return a count as a percentage of another; limits at the ends of what both can be."""
    value = lower = upper = None
    if not pd.isna(row.count) and not pd.isna(of["count"]) and of["count"] > 0:
        value = min(100.0, 100 * float(row.count) / float(of["count"]))
        ends = [
            (min(float(row.lower), float(of["upper"])), float(of["upper"])),
            (min(float(row.upper), float(of["lower"])), float(of["lower"])),
        ]
        limits = proportion([count for count, _ in ends], [total for _, total in ends])
        lower, upper = float(limits["lower"].iloc[0]), float(limits["upper"].iloc[1])
    say = share_sentence if statistic == "share" else conversion_sentence
    return _record(
        row, by=field, level=level, stage=row.stage, statistic=statistic, value=value,
        lower=lower, upper=upper, people=None, unit="%", method=SHARES,
        sentence=say(field, level, row.stage, (value, lower, upper)),
    )  # fmt: skip


def _record(row: Any, **values: Any) -> dict[str, Any]:
    known = values["value"] is not None
    return {
        **values,
        "count": None if pd.isna(row.count) else int(row.count),
        "confidence": CONFIDENCE if known else None,
        "higher": "better",
    }
