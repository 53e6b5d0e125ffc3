"""What an interim report is made from: the evidence, read once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from mobilise.learn.evidence import Evidence
from mobilise.learn.plain import records
from mobilise.learn.register import Entry, library, sole_programme
from mobilise.learn.synthesis import told, trail
from mobilise.place import FACTS

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Material:
    """The evidence of a place or programme, in the forms that sections want.

    Parameters
    ----------
    name
        Of the place or programme.
    invented
        Whether it was made up for a demonstration.
    evidence
        Where further tables and texts are.
    projects, programmes, phases, findings
        Rows of the tables as dicts.
    told
        From :func:`mobilise.learn.synthesis.told`.
    trail
        From :func:`mobilise.learn.synthesis.trail`.
    library
        Its pages.
    areas
        The names of the place's areas, by id; empty where none was built.
    """

    name: str
    invented: bool
    evidence: Evidence
    projects: list[dict[str, Any]]
    programmes: list[dict[str, Any]]
    phases: list[dict[str, Any]]
    findings: list[dict[str, Any]]
    told: pd.DataFrame
    trail: pd.DataFrame
    library: list[Entry]
    areas: dict[str, str]

    @property
    def titles(self) -> dict[str, str]:
        """Return the title of each project."""
        return {row["project_id"]: row["title"] for row in self.projects}

    @property
    def heard(self) -> int:
        """Return how many projects have any coded extract."""
        return int(self.told["project_id"].nunique())


def read_material(place: Path) -> Material:
    """Read the evidence in a place's folder, which need not hold a built place.

    Raises
    ------
    PlaceError
        There is no such folder, or a table is damaged.
    """
    evidence = Evidence.of(place)
    projects = records(evidence.table("projects").sort_values(["phase", "start", "project_id"]))
    programmes = records(evidence.table("programmes"))
    facts = place / FACTS
    name = json.loads(facts.read_text(encoding="utf-8"))["name"] if facts.is_file() else ""
    if not name:
        name = sole_programme(projects, programmes).get("name") or place.name
    return Material(
        name=name,
        invented=any(row["invented"] for row in projects),
        evidence=evidence,
        projects=projects,
        programmes=programmes,
        phases=records(evidence.table("phases")),
        findings=records(evidence.table("findings").sort_values(["order", "finding_id"])),
        told=told(evidence),
        trail=trail(evidence),
        library=library(evidence),
        areas=_areas(place),
    )


def _areas(place: Path) -> dict[str, str]:
    path = place / "areas.parquet"
    if not path.is_file():
        return {}
    table = pd.read_parquet(path, columns=["area_id", "name"])
    return dict(zip(table["area_id"], table["name"], strict=True))
