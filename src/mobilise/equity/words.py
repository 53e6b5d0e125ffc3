"""Equity of referral in words: each figure as a sentence, the right way round."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from mobilise.gaps.sentences import number, places_for

if TYPE_CHECKING:
    import pandas as pd

Value: TypeAlias = tuple[float | None, float | None, float | None]

# What is counted is referrals: a person offered twice counts twice.
NOUNS = {
    "offered": "offers of social prescribing",
    "referred": "referrals",
    "accepted": "accepted referrals",
    "attended": "referrals that led to attendance",
    "completed": "completed referrals",
}
RATES = {
    "offered": "the rate of offers",
    "referred": "the rate of referral",
    "accepted": "the rate of accepted referrals",
    "attended": "the rate of referrals that led to attendance",
    "completed": "the rate of completed referrals",
}
FIFTHS = {
    "1": "the most deprived fifth",
    "2": "the second most deprived fifth",
    "3": "the middle fifth",
    "4": "the second least deprived fifth",
    "5": "the least deprived fifth",
}
FIELDS = {
    "age_band": "people aged {}",
    "sex": "people whose sex is {}",
    "ethnicity": "people of the ethnic group {}",
    "route": "the route {}",
    "kind": "assets of the kind {}",
}
NEAR = {"near": "areas with an asset near", "not near": "areas without an asset near"}


def rate_sentence(by: str, level: str | None, stage: str, value: Value, who: str) -> str:
    """Say a rate: "In the most deprived fifth there were 4.1 referrals per 1,000 people ..."."""
    where = _where(by, level)
    told, low, high = value
    if told is None or low is None or high is None:
        return f"In {where} the count of {NOUNS[stage]} was kept back."
    places = places_for(told, low, high)
    return (
        f"In {where} there were {number(told, places)} {NOUNS[stage]} per 1,000 {who} "
        f"(95% interval {number(low, places)} to {number(high, places)})."
    )


def share_sentence(field: str, level: str, stage: str, value: Value) -> str:
    """Say a group's share of those offered."""
    del stage
    who = _who(field, level)
    told, low, high = value
    if told is None or low is None or high is None:
        return f"The count of offers for {who} was kept back."
    return (
        f"Of all offers {number(told, 0)}% were for {who} "
        f"(95% interval {number(low, 0)}% to {number(high, 0)}%)."
    )


def conversion_sentence(field: str, level: str, stage: str, value: Value) -> str:
    """Say how many of a group's offers came as far as a stage."""
    who = _who(field, level)
    told, low, high = value
    if told is None or low is None or high is None:
        return f"For {who} the count of {NOUNS[stage]} or of offers was kept back."
    return (
        f"For {who} {number(told, 0)}% of offers came to {NOUNS[stage]} "
        f"(95% interval {number(low, 0)}% to {number(high, 0)}%)."
    )


def equity_text(table: pd.DataFrame) -> str:
    """Return the findings that matter most, a line each."""
    lines = []
    for period, rows in table.groupby("period", sort=True):
        lines.append(f"{period}")
        main = rows[rows["statistic"] == "slope_index"]
        lines += [f"  {s}" for s in main["sentence"]]
        rates = rows[(rows["by"] == "quintile") & (rows["stage"] == "referred")]
        lines += [f"  {s}" for s in rates.loc[rates["statistic"] == "rate", "sentence"]]
        lines += [f"  {s}" for s in nobody_referred(rows)]
    return "\n".join(lines)


def nobody_referred(rows: pd.DataFrame) -> list[str]:
    """Say in how many areas nobody was referred, and how many people live there."""
    none = rows[(rows["by"] == "area") & (rows["count"] == 0) & (rows["stage"] == "referred")]
    if none.empty:
        return []
    people = f"{none['people'].sum():,.0f}"
    return [
        f"From {len(none):,} areas, home to {people} of the people counted, nobody was referred."
    ]


def _where(by: str, level: str | None) -> str:
    if by == "quintile":
        return FIFTHS[str(level)]
    if by.startswith("quintile, "):
        near = NEAR[by.removeprefix("quintile, ")]
        return f"{FIFTHS[str(level)]}, in {near},"
    if by == "area":
        return f"the area {level}"
    return "the place" if level is None else _who(by, level)


def _who(field: str, level: str) -> str:
    if field == "quintile":
        return FIFTHS.get(level, "people whose area is not recorded")
    if field == "near":
        return NEAR.get(level, "areas that are not recorded")
    return FIELDS[field].format(level)
