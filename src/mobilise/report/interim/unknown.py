"""What is not known: gaps in the evidence, told by the evidence itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mobilise.learn.plain import records
from mobilise.learn.synthesis import COMPONENTS
from mobilise.report.interim.words import named
from mobilise.report.model import Point, Points, Prose, Section
from mobilise.report.words import clean, counted, listed

if TYPE_CHECKING:
    from mobilise.report.interim.material import Material


def unknown_section(material: Material) -> Section:
    """Return what a reader must not take for known."""
    points = [
        *_doubted(material),
        *_lost(material),
        *_unheard(material),
        *_uncounted(material),
        *_unused(material),
        *_open(material),
    ]
    if not points:
        return Section("unknown", "What is not known", (Prose("Nothing was marked as unknown."),))
    words = (
        "What the evidence cannot say, as far as it can tell. What nobody thought of asking is not "
        "in this list."
    )
    return Section("unknown", "What is not known", (Prose(words), Points(tuple(points))))


def _doubted(material: Material) -> list[Point]:
    points = []
    for row in material.findings:
        if row["confidence"] in {"low", "very low", None}:
            reasons = [
                row[f"{key}_why"]
                for key in COMPONENTS
                if row[key] in {"moderate", "serious"} and row[f"{key}_why"]
            ]
            why = " ".join(reasons) or row["confidence_why"] or "It has not been judged."
            lead = f"Confidence {row['confidence'] or 'not judged'}. "
            points.append(Point(f"{row['statement']} {why}", lead))
    against = set(material.trail.loc[material.trail["against"].astype(bool), "finding_id"])
    numbers = [
        str(at) for at, row in enumerate(material.findings, 1) if row["finding_id"] in against
    ]
    if numbers:
        said = "Finding" if len(numbers) == 1 else "Findings"
        verb = "has" if len(numbers) == 1 else "have"
        words = f"{said} {listed(numbers)} {verb} passages that speak against; read them first."
        points.append(Point(words, "Contradicted. "))
    return points


def _lost(material: Material) -> list[Point]:
    """Return what those who did not answer again leave open, analysis by analysis."""
    estimates = material.evidence.table("estimates")
    lost = estimates[(estimates["statistic"] == "followed_up") & (estimates["by"] == "")]
    return [
        Point(clean(row["sentence"]), named(row["analysis"]))
        for row in records(lost.sort_values("analysis"))
        if row["value"] is not None and row["value"] < 100
    ]


def _unheard(material: Material) -> list[Point]:
    points = []
    heard = set(material.told["project_id"].dropna())
    silent = [row["title"] for row in material.projects if row["project_id"] not in heard]
    if silent:
        points.append(Point(f"No coded passage from {listed(silent)}.", "Not heard. "))
    partners = material.evidence.table("partners")
    with_them = set(partners.loc[partners["sector"] == "lived experience", "project_id"])
    without = [row["title"] for row in material.projects if row["project_id"] not in with_them]
    if without and len(partners):
        verb = "names" if len(without) == 1 else "name"
        said = f"{listed(without)} {verb} no partner with lived experience."
        points.append(Point(said, "Whose voice. "))
    settings = material.told.groupby("setting")["project_id"].nunique()
    single = sorted(settings[settings == 1].index)
    if single:
        said = f"Only one project speaks for the setting {listed(single)}."
        points.append(Point(said, "Thin. "))
    return points


def _uncounted(material: Material) -> list[Point]:
    """Return how many passages have codes of which no table can make use."""
    told = material.told
    bare = told[told["theme"].isna() | told["sort"].isna()]
    counted_too = told.loc[told["theme"].notna() & told["sort"].notna(), "extract_id"]
    lost = bare[~bare["extract_id"].isin(counted_too)]["extract_id"].nunique()
    if not lost:
        return []
    names = "; ".join(sorted(bare["code"].unique()))
    said = f"{counted(lost, 'passage has', 'passages have')} codes without a theme or a sort only"
    return [Point(f"{said}: {names}. Matrix and counts are without them.", "Not counted. ")]


def _unused(material: Material) -> list[Point]:
    codes = material.evidence.table("codes")
    asked = codes[codes["sort"].isin(["barrier", "enabler"])]
    never = sorted(asked.loc[~asked["code_id"].isin(material.told["code_id"]), "name"])
    if not never:
        return []
    return [Point(f"Never told, or never looked for: {'; '.join(never)}.", "Silence. ")]


def _open(material: Material) -> list[Point]:
    codings = material.evidence.table("codings")
    waiting = int((codings["status"] == "suggested").sum())
    if not waiting:
        return []
    said = counted(waiting, "suggested code waits", "suggested codes wait")
    return [Point(f"{said} for a person to accept or reject; none of them counts here.", "Open. ")]
