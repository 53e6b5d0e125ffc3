"""What is wrong with the register, all of it at once, and what is in it twice."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rapidfuzz import fuzz, process, utils

from mobilise.errors import suggestion
from mobilise.learn.plain import records, several
from mobilise.learn.sectors import SECTORS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    import pandas as pd

    from mobilise.learn.evidence import Evidence

ALIKE = 92.0  # of 100: titles that differ by a word or a subtitle's punctuation
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_ADDRESS = re.compile(r"https?://[^\s]+")


@dataclass(frozen=True)
class Duplicate:
    """Two outputs that may be one: their ids, what is alike (``doi``, ``title``), how much."""

    first: str
    second: str
    by: str
    score: float
    title: str
    other_title: str


def faults(
    evidence: Evidence,
    *,
    areas: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
) -> list[str]:
    """Return every fault of the register, one sentence each; an empty list: none.

    Parameters
    ----------
    evidence
        What is checked.
    areas
        Ids of the place's areas, to check where projects are; None: not checked.
    kinds
        The kinds of asset that there are; None: not checked.
    """
    tables = {name: evidence.table(name) for name in ("programmes", "projects", "outputs")}
    found = list(_dangling(evidence))
    for name, frame in tables.items():
        for row in records(frame):
            found += _form(name, row)
    for row in records(tables["projects"]):
        found += _choices(row, "area_ids", areas, "area of the place")
        found += _choices(row, "kinds", kinds, "kind of asset")
        if row["phase"] is not None and row["phase"] < 1:
            found.append(_told("projects", row["project_id"], "phase", row["phase"], "1 or more"))
        if row["start"] and row["end"] and row["end"] < row["start"]:
            found.append(f"projects '{row['project_id']}': it ends before it starts.")
    for row in records(evidence.table("partners")):
        if row["sector"] not in SECTORS:
            found.append(
                f"partners '{row['organisation']}' of '{row['project_id']}': there is no sector "
                f"'{row['sector']}'{suggestion(row['sector'], SECTORS)}"
            )
    return found


def duplicates(outputs: pd.DataFrame, alike: float = ALIKE) -> list[Duplicate]:
    """Return pairs of outputs with the same DOI, or with titles that are much alike.

    Two outputs with different DOIs are two, however alike their titles.

    Parameters
    ----------
    outputs
        Rows of the table.
    alike
        From which likeness of titles (0 to 100, rapidfuzz's token sort ratio) a pair is told.
    """
    rows = records(outputs)
    scores = process.cdist(
        [row["title"] for row in rows],
        [row["title"] for row in rows],
        scorer=fuzz.token_sort_ratio,
        processor=utils.default_process,
        score_cutoff=alike,
    )
    found = []
    for i, one in enumerate(rows):
        for j in range(i + 1, len(rows)):
            other = rows[j]
            both = one["doi"] and other["doi"]
            if both and one["doi"] == other["doi"]:
                found.append(_pair(one, other, "doi", 100.0))
            elif scores[i, j] >= alike and not both:
                found.append(_pair(one, other, "title", float(scores[i, j])))
    return found


def _pair(one: dict[str, Any], other: dict[str, Any], by: str, score: float) -> Duplicate:
    ids = one["output_id"], other["output_id"]
    return Duplicate(*ids, by, score / 100, one["title"], other["title"])


def _dangling(evidence: Evidence) -> Iterator[str]:
    """Yield a sentence for each reference to something that is not there."""
    for name, column, other, key in (
        ("projects", "programme_id", "programmes", "programme_id"),
        ("phases", "programme_id", "programmes", "programme_id"),
        ("partners", "project_id", "projects", "project_id"),
        ("outputs", "project_id", "projects", "project_id"),
        ("documents", "project_id", "projects", "project_id"),
        ("documents", "output_id", "outputs", "output_id"),
        ("finding_extracts", "finding_id", "findings", "finding_id"),
        ("finding_extracts", "extract_id", "extracts", "extract_id"),
        ("codings", "code_id", "codes", "code_id"),
        ("codings", "extract_id", "extracts", "extract_id"),
        ("codings", "document_id", "documents", "document_id"),
        ("extracts", "document_id", "documents", "document_id"),
    ):
        known = set(evidence.table(other)[key])
        for value in sorted(set(evidence.table(name)[column].dropna()) - known):
            yield (
                f"{name}: '{column}' names '{value}', which is not in {other}"
                f"{suggestion(value, sorted(known))}"
            )


def _form(name: str, row: dict[str, Any]) -> Iterator[str]:
    key = row[f"{name[:-1]}_id"]
    for column in ("start", "end", "issued"):
        value = row.get(column)
        if value and not _DATE.fullmatch(value):
            yield _told(name, key, column, value, "a year, 2024-05 or 2024-05-31")
    if row.get("doi") and not _DOI.fullmatch(row["doi"]):
        yield _told(name, key, "doi", row["doi"], "a DOI such as 10.1000/182")
    if row.get("url") and not _ADDRESS.fullmatch(row["url"]):
        yield _told(name, key, "url", row["url"], "an address with http:// or https://")


def _choices(
    row: dict[str, Any], column: str, known: Collection[str] | None, what: str
) -> Iterator[str]:
    for value in several(row[column]) if known is not None else ():
        if value not in (known or ()):
            yield (
                f"projects '{row['project_id']}': '{column}' names '{value}', which is no {what}"
                f"{suggestion(value, sorted(known or ()))}"
            )


def _told(name: str, key: str, column: str, value: object, should: str) -> str:
    return f"{name} '{key}': '{column}' is '{value}'; it must be {should}."
