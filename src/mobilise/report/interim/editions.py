"""Editions: a report whose data changed is a new one, and says what changed.

The states of earlier editions are kept beside the evidence, in ``editions.json``; no date is
written, so that the same evidence gives the same report.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mobilise.learn.plain import records
from mobilise.place import write_json
from mobilise.report.interim.words import ended
from mobilise.report.words import counted

if TYPE_CHECKING:
    import pandas as pd

    from mobilise.report.interim.material import Material

FILE = "editions.json"
_MOST = 40  # changes of one sort that are told one by one
_TOLD_ONE_BY_ONE = {  # by table: its key, and what a row is called
    "projects": ("project_id", "project"),
    "documents": ("document_id", "document"),
    "outputs": ("output_id", "output"),
}
_TOLD_AS_ONE = {
    "programmes": "Programmes",
    "phases": "Phases",
    "partners": "Partners of projects",
    "codes": "The codebook",
    "links": "Which passages answer which",
    "priorities": "Residents' weights",
    "priority_effects": "What residents' weights change",
    "estimates": "Analyses",
}


@dataclass(frozen=True)
class Edition:
    """Which edition a report is, and what changed since the one before it."""

    number: int
    changes: tuple[str, ...]


def edition_of(material: Material) -> Edition:
    """Return the edition that the evidence makes, and keep its state.

    Evidence that has not changed makes the same edition again, with the same list of changes.
    """
    path = material.evidence.folder / FILE
    kept: list[dict[str, Any]] = []
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
    state = _state(material)
    if not kept or kept[-1]["state"] != state:
        changes = _changes(kept[-1]["state"], state) if kept else []
        kept = [*kept, {"edition": len(kept) + 1, "changes": changes, "state": state}]
        write_json(path, kept)
    return Edition(kept[-1]["edition"], tuple(kept[-1]["changes"]))


def _state(material: Material) -> dict[str, Any]:
    """Return what readers would want to know a change of."""
    speaks_against = material.trail["against"].astype(bool)
    rests = material.trail[~speaks_against]
    against = material.trail[speaks_against].groupby("finding_id")["extract_id"].nunique().to_dict()
    projects = rests.groupby("finding_id")["project_id"].nunique().to_dict()
    extracts = rests.groupby("finding_id")["extract_id"].nunique().to_dict()
    table = material.evidence.table
    codings = table("codings")
    accepted = codings[codings["status"] == "accepted"]
    return {
        "findings": {
            row["finding_id"]: {
                "statement": row["statement"],
                "confidence": row["confidence"],
                "projects": int(projects.get(row["finding_id"], 0)),
                "extracts": int(extracts.get(row["finding_id"], 0)),
                "against": int(against.get(row["finding_id"], 0)),
                "judgement": _hash([row[key] for key in sorted(row)]),
            }
            for row in material.findings
        },
        "projects": {row["project_id"]: row["title"] for row in material.projects},
        "documents": {
            row["document_id"]: row["title"]
            for row in records(table("documents"))
            if row["part_of"] is None
        },
        "outputs": {entry.output_id: entry.title for entry in material.library},
        "codings": {"accepted": len(accepted), "hash": _hash(sorted(accepted["coding_id"]))},
        "rounds": sorted(set(table("priorities")["round"])),
        "analyses": {
            row["analysis"]: row["sentence"]
            for row in records(table("estimates"))
            if row["order"] == 1
        },
        "rows": {name: {k: _hash(row) for k, row in _keyed(table(name), key)}
                 for name, (key, _) in _TOLD_ONE_BY_ONE.items()},
        "tables": {name: _hash(records(table(name))) for name in _TOLD_AS_ONE},
    }  # fmt: skip


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    changes = []
    for key, row in after["findings"].items():
        was = before["findings"].get(key)
        if was is None:
            changes.append(f"New finding: {row['statement']}")
        elif was != {key: value for key, value in row.items() if key in was}:
            changes.append(_finding(was, row))
    gone = [row for key, row in before["findings"].items() if key not in after["findings"]]
    changes += [f"Withdrawn: {row['statement']}" for row in gone]
    for name, one in (("projects", "project"), ("documents", "document"), ("outputs", "output")):
        changes += _more(before[name], after[name], one)
    changes += _edited(before, after)
    difference = after["codings"]["accepted"] - before["codings"]["accepted"]
    if difference:
        many = counted(abs(difference), "coding", "codings")
        way = "more" if difference > 0 else "fewer"
        changes.append(f"{many} {way} ({after['codings']['accepted']:,} now).")
    elif before["codings"] != after["codings"]:
        changes.append("Codings were changed.")
    analyses, earlier = after["analyses"], before.get("analyses", {})
    changes += _more({key: key for key in earlier}, {key: key for key in analyses}, "analysis")
    changes += [
        f"{ended(key)} Now: {said}"
        for key, said in analyses.items()
        if earlier.get(key, said) != said
    ]
    rounds = [one for one in after["rounds"] if one not in before["rounds"]]
    changes += [f"New round of priorities: {one}." for one in rounds]
    return changes


def _edited(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what was changed in rows and tables that were there before, and are still."""
    said = []
    for name, (_, one) in _TOLD_ONE_BY_ONE.items():
        was, now = before.get("rows", {}).get(name, {}), after["rows"][name]
        changed = [key for key in now if key in was and was[key] != now[key]]
        titles = after[name]
        told = [titles[key] for key in changed if key in titles]
        said += [ended(f"Changed {one}: {title}") for title in told[:_MOST]]
        if len(told) > _MOST:
            said.append(f"{len(told) - _MOST:,} more {name} were changed.")
    earlier = before.get("tables", {})
    by_name = before.get("analyses", {}) != after["analyses"]  # told one by one already
    said += [
        f"Changed: {words[0].lower()}{words[1:]}."
        for name, words in _TOLD_AS_ONE.items()
        if earlier.get(name, after["tables"][name]) != after["tables"][name]
        and not (name == "estimates" and by_name)
    ]
    return said


def _keyed(table: pd.DataFrame, key: str) -> list[tuple[str, dict[str, Any]]]:
    return [(row[key], row) for row in records(table)]


def _finding(was: dict[str, Any], now: dict[str, Any]) -> str:
    said = []
    if was["statement"] != now["statement"]:
        said.append(f"it read '{was['statement']}'")
    if was["confidence"] != now["confidence"]:
        earlier, later = (one["confidence"] or "not judged" for one in (was, now))
        said.append(f"confidence was {earlier}, is {later}")
    if (was["projects"], was["extracts"]) != (now["projects"], now["extracts"]):
        said.append(
            f"it rested on {was['extracts']} passages of {was['projects']} projects, now on "
            f"{now['extracts']} of {now['projects']}"
        )
    if was.get("against", now["against"]) != now["against"]:
        said.append(f"{was['against']} passages spoke against it, now {now['against']}")
    other = "what you may do, or the reasons of its judgement"
    return f"{ended(now['statement'])} Changed: {'; '.join(said) or other}."


def _more(before: dict[str, str], after: dict[str, str], one: str) -> list[str]:
    new = [title for key, title in after.items() if key not in before]
    gone = [title for key, title in before.items() if key not in after]
    said = [ended(f"New {one}: {title}") for title in new[:_MOST]]
    if len(new) > _MOST:
        said.append(f"And {len(new) - _MOST:,} more of the sort are new.")
    said += [ended(f"No longer there: {one} {title}") for title in gone[:_MOST]]
    if len(gone) > _MOST:
        said.append(f"And {len(gone) - _MOST:,} more of the sort are no longer there.")
    return said


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, default=str).encode()).hexdigest()[:16]
