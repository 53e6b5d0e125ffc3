"""In short: five sentences with numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.assets.phrases import phrase, plural_phrase
from mobilise.report import words
from mobilise.report.gradients import not_borne_out, slope_rows
from mobilise.report.material import DEFAULT_LIMIT, is_health, records
from mobilise.report.model import Point, Points, Section
from mobilise.report.sections.left_out import worst_areas

if TYPE_CHECKING:
    import pandas as pd

    from mobilise.report.material import Material


def summary_section(material: Material) -> Section:
    """Return the section: who lives here, what is here, who reaches it, the gap, the worst."""
    sentences = (
        Point(people_sentence(material), lead="People. "),
        Point(_assets(material), lead="Assets. "),
        Point(_reach(material), lead="Reach. "),
        Point(_gap(material), lead="Gap. "),
        Point(_worst(material), lead="Worst served. "),
    )
    return Section("in-short", "In short", (Points(sentences),))


def people_sentence(material: Material) -> str:
    """Say how many people live here, in how many areas, and how many in deprived ones."""
    areas = words.counted(len(material.areas), "small area", "small areas")
    people = words.counted(material.people, "person lives", "people live")
    said = f"{people} in {material.name}, in {areas}"
    quintile = material.areas["deprivation_quintile"]
    if not quintile.notna().any():
        return f"{said}."
    deprived = (quintile == 1).fillna(value=False).to_numpy(dtype=bool)
    share = words.percent(material.population[deprived].sum() / (material.people or 1.0))
    among = (material.parameters.get("deprivation") or {}).get("among")
    where = "of all areas compared" if among == "file" else "of its areas"
    if not deprived.any():
        return f"{said}; none of the areas is in the most deprived fifth {where}."
    return f"{said}; {share} of them live in the most deprived fifth {where}."


def _assets(material: Material) -> str:
    kinds = material.here["kind"]
    community = kinds[[not is_health(kind) for kind in kinds]]
    if community.empty:
        return "The sources hold no asset inside its border."
    counts = community.value_counts()
    counts = counts.sort_index().sort_values(ascending=False, kind="stable")
    top = [
        f"{words.whole(n)} {plural_phrase(k) if n > 1 else phrase(k, article=False)}"
        for k, n in counts.head(3).items()
    ]
    whole = words.counted(len(community), "asset", "assets")
    kinds_said = words.counted(len(counts), "kind", "kinds")
    return f"There are {whole} of {kinds_said}, most of all {words.listed(top)}."


def _reach(material: Material) -> str:
    kinds = material.kinds_missed
    shares = [(_share_within(material, kind), kind) for kind in kinds]
    if not shares:
        return "No walk to any kind of asset was measured."
    limits = {material.limit_of(kind) for kind in kinds} or {DEFAULT_LIMIT}
    (most, best), (least, last) = max(shares), min(shares)
    walk = "on foot" if material.on_streets else "on foot (straight line with a detour factor)"
    if len(shares) == 1:
        within = words.limit(material.limit_of(best))
        share = words.capital(words.percent(most))
        return f"{share} of people have {phrase(best)} within {within} {walk}."
    within = (
        f"within {words.limit(limits.pop())} {walk}"
        if len(limits) == 1
        else f"within the limit {walk}"
    )
    said = f"{words.capital(words.percent(most))} of people have {phrase(best)} {within}"
    if words.percent(most) == words.percent(least):
        return f"{said}, and as many have {phrase(last)}."
    return f"{said}, but {words.percent(least)} have {phrase(last)}."


def _share_within(material: Material, kind: str) -> float:
    walks, _ = material.walks(kind)
    within = walks <= material.limit_of(kind)
    return float(material.population[within].sum() / (material.people or 1.0))


def _gap(material: Material) -> str:
    everyone = material.gradients[material.gradients["of"] == "reach"]
    rows = slope_rows(everyone[everyone["measure"] == "nearest"])
    rows = rows[
        rows["value"].notna() & ~rows["kind"].map(is_health, na_action="ignore").astype(bool)
    ]
    if rows.empty:
        return "No gap by deprivation could be worked out."
    clear = rows[(rows["lower"] > 0) | (rows["upper"] < 0)]
    blurred = {str(row.kind) for row in records(clear) if not_borne_out(row, everyone)}
    clear = clear[~clear["kind"].isin(blurred)]
    worse = clear[clear["value"] < 0]  # a longer walk in the most deprived areas
    if not worse.empty:
        return _telling(material, worse)
    none = "No kind is clearly further from the most deprived areas."
    health = _health(material)
    if health:
        return f"{none} {health}"
    if not clear.empty:
        return f"{none} {_telling(material, clear)}"
    count = words.counted(len(rows), "kind", "kinds")
    return (
        f"For none of the {count} measured do people in the most and the least deprived areas "
        "clearly differ in how far they walk."
    )


def _telling(material: Material, rows: pd.DataFrame) -> str:
    """Return the sentence of the gap that is largest against the kind's mean walk."""

    def size(row: Any) -> float:
        walks, _ = material.walks(str(row.kind))
        mean = float(np.nanmean(walks)) if np.isfinite(walks).any() else np.nan
        return abs(float(row.value)) / mean if mean > 0 else 0.0

    ordered = sorted(records(rows), key=lambda row: (-size(row), str(row.kind)))
    return words.clean(ordered[0].sentence)


def _health(material: Material) -> str:
    """Return the sentence of the clearest gap in an indicator that is worse for the deprived."""
    rows = slope_rows(material.gradients[material.gradients["kind"].isna()])
    rows = rows[(rows["se"] > 0) & ((rows["lower"] > 0) | (rows["upper"] < 0))]
    worse = rows[(rows["value"] > 0) == (rows["higher"] == "better")]
    known = material.indicators["lower"].notna()
    measured = tuple(material.indicators.loc[known, "indicator"].astype(str).unique())

    def rank(row: Any) -> tuple[bool, float, str]:
        # A figure with published limits was counted; one without may be a smooth model.
        return not str(row.of).startswith(measured), -abs(row.value / row.se), str(row.of)

    ordered = sorted(records(worse), key=rank)
    return words.clean(ordered[0].sentence) if ordered else ""


def _worst(material: Material) -> str:
    worst = worst_areas(material, 1)
    if not worst:
        return "No area has a measured kind of asset further away than the limit."
    item = worst[0]
    kinds = [phrase(kind, article=False) for kind, _ in item.missing]
    named = words.listed(kinds[:3] if len(kinds) > 4 else kinds)
    further = f"among them {named}" if len(kinds) > 4 else named
    count = words.counted(len(kinds), "kind", "kinds")
    people = words.counted(item.people, "person", "people")
    area = material.area_names[item.area]
    return f"In {area}, {people} have {count} of asset out of reach: {further}."
