"""The evidence of the demonstration: invented projects, what was written about them, findings.

It comes as the files that a team would have: sheets, texts, a codebook, ballots; and they are
taken in by the same door as anybody's.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mobilise.demo.writing import write_table
from mobilise.learn.coding import shipped_codebook, write_codebook
from mobilise.learn.evidence import Evidence
from mobilise.learn.incoming import add_files

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

BALLOTS = "ballots.csv"
ROUND = "What matters here, spring 2026"
CLOSED = "2026-04-18"
CODERS = ("Ama O.", "Rhys B.")
MADE_UP = "(Invented: written for the demonstration. No person, place or project in it is real.)"
_MARK = re.compile(r"\[\[(\w+): (.+?)\|([^|\]]+)\|([^|\]]+)\]\]", re.DOTALL)
_PEOPLE = 64


@dataclass(frozen=True)
class Account:
    """One document: its head, its text without marks, and its passages by key."""

    document_id: str
    project_id: str
    sort: str
    date: str
    title: str
    text: str
    passages: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]]


def write_evidence(folder: Path, wards: Mapping[str, Sequence[str]], seed: int) -> None:
    """Write the evidence as files.

    Parameters
    ----------
    folder
        Where to.
    wards
        From each ward's name to the ids of its areas.
    seed
        Of the ballots.
    """
    accounts, register = read_accounts(), _toml("register.toml")
    findings = _toml("findings.toml")
    texts = folder / "documents"
    texts.mkdir(parents=True, exist_ok=True)
    for account in accounts:
        path = texts / f"{account.document_id}.txt"
        path.write_text(account.text, encoding="utf-8", newline="\n")
    write_codebook(shipped_codebook("themes"), folder / "codebook.toml")
    outputs = register["outputs"]
    of_output = {one: row["output_id"] for row in outputs for one in row.get("documents", ())}
    sheets = {
        "programmes": register["programmes"],
        "phases": register["phases"],
        "projects": [_project(row, wards) for row in register["projects"]],
        "partners": [p for row in register["projects"] for p in _partners(row)],
        "outputs": [_output(row) for row in outputs],
        "documents": [_document(account, of_output) for account in accounts],
        "marks": [mark for account in accounts for mark in _marks(account)],
        "findings": [_finding(at, row, findings) for at, row in enumerate(findings["findings"], 1)],
        "trail": _trail(findings["findings"], accounts),
        "answers": _answers(findings["answers"][0]["pairs"], accounts),
    }
    for name, rows in sheets.items():
        write_table(folder / f"{name}.csv", pd.DataFrame(rows))
    write_table(folder / BALLOTS, _ballots(wards, seed))


def fill_evidence(
    place: Path, folder: Path, say: Callable[[str], None] = lambda _: None
) -> Evidence:
    """Take the demonstration's evidence into a place; its ballots are counted apart.

    Parameters
    ----------
    place
        The place's folder.
    folder
        What :func:`write_evidence` wrote.
    say
        Called with a line of progress.
    """
    evidence = Evidence.of(place)
    add_files(evidence, [folder])
    counts = {name: len(evidence.table(name)) for name in ("documents", "extracts")}
    say(f"learn: {counts['documents']} documents with {counts['extracts']} extracts taken in")
    return evidence


def read_accounts() -> list[Account]:
    """Return the demonstration's documents."""
    text = files("mobilise.demo").joinpath("evidence", "accounts.txt").read_text(encoding="utf-8")
    return [_account(part) for part in text.split("\n=== ")[1:]]


def _account(part: str) -> Account:
    head, _, body = part.partition("\n")
    document_id, project_id, sort, date, title = (one.strip() for one in head.split(" | "))
    passages = {
        key: (words, _codes(first), _codes(first if second == "=" else second))
        for key, words, first, second in _MARK.findall(body)
    }
    plain = _MARK.sub(lambda match: match[2], body).strip()
    text = f"{title}\n{sort.capitalize()}, {date}\n{MADE_UP}\n\n{plain}\n"
    return Account(document_id, project_id, sort, date, title, text, passages)


def _codes(said: str) -> tuple[str, ...]:
    return () if said == "-" else tuple(said.split("+"))


def _toml(name: str) -> dict[str, Any]:
    held = files("mobilise.demo").joinpath("evidence", name).read_text(encoding="utf-8")
    return tomllib.loads(held)


def _project(row: dict[str, Any], wards: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key not in {"wards", "partners"}}
    named = [name for name in row.get("wards", ()) if name in wards]
    places = [*row.get("wards", ()), *filter(None, row.get("places", "").split("; "))]
    return kept | {
        "programme_id": "open-doors",
        "places": "; ".join(places),
        "area_ids": "; ".join(sorted(area for name in named for area in wards[name])) or None,
        "funders": "The Wexmere Foundation (invented)",
        "reference": f"OD/{row['phase']}/{row['project_id']}",
        "url": f"https://example.org/open-doors/{row['project_id']}",
        "invented": True,
    }


def _partners(row: dict[str, Any]) -> list[dict[str, Any]]:
    found = []
    for partner in row["partners"]:
        organisation, sector, role = partner.split(": ")
        at = {"project_id": row["project_id"], "organisation": organisation}
        found.append({**at, "sector": sector, "role": role})
    return found


def _output(row: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in row.items() if key != "documents"}
    usual = {
        "type": "report",
        "publisher": "Wexmere Evidence Collective (invented)",
        "url": f"https://example.org/library/{row['output_id']}",
    }
    return usual | kept


def _document(account: Account, of_output: Mapping[str, str]) -> dict[str, Any]:
    return {
        "document_id": account.document_id,
        "project_id": account.project_id,
        "output_id": of_output.get(account.document_id),
        "title": f"{account.title} ({account.sort})",
        "date": account.date,
        "memo": "Invented, written for the demonstration",
    }


def _marks(account: Account) -> list[dict[str, Any]]:
    return [
        {
            "document_id": account.document_id,
            "quote": words,
            "codes": "; ".join(codes),
            "coder_id": coder,
            "date": "2025-10-27" if coder == CODERS[0] else "2025-10-29",
        }
        for words, *both in account.passages.values()
        for coder, codes in zip(CODERS, both, strict=True)
        if codes
    ]


def _finding(order: int, row: dict[str, Any], findings: dict[str, Any]) -> dict[str, Any]:
    judged = ("limitations", "coherence", "adequacy", "relevance", "confidence")
    kept = {k: v for k, v in row.items() if k not in {*judged, "on", "against"}}
    for component in judged:
        kept[component], kept[f"{component}_why"] = row[component]
    return {"order": order, **kept, "judged_by": findings["judged_by"], "date": findings["date"]}


def _passages(accounts: Sequence[Account]) -> dict[str, tuple[str, str]]:
    return {
        key: (account.document_id, words)
        for account in accounts
        for key, (words, *_) in account.passages.items()
    }


def _trail(findings: list[dict[str, Any]], accounts: Sequence[Account]) -> list[dict[str, Any]]:
    known = _passages(accounts)
    return [
        {
            "finding_id": row["finding_id"],
            "document_id": known[key][0],
            "quote": known[key][1],
            "against": side == "against",
        }
        for row in findings
        for side in ("on", "against")
        for key in row.get(side, ())
    ]


def _answers(pairs: Sequence[str], accounts: Sequence[Account]) -> list[dict[str, Any]]:
    known = _passages(accounts)
    rows = []
    for pair in pairs:
        one, other = pair.split(">")
        rows.append(
            {
                "document_id": known[one][0],
                "quote": known[one][1],
                "answers_document_id": known[other][0],
                "answers_quote": known[other][1],
            }
        )
    return rows


def _ballots(wards: Mapping[str, Sequence[str]], seed: int) -> pd.DataFrame:
    """Return what invented residents gave ten points each to: kinds, needs and areas."""
    random = np.random.default_rng(seed)
    kinds = {"community": 5, "library": 4, "park": 3, "allotment": 2, "arts": 2, "museum": 1}
    needs = {"company": 5, "getting there": 4, "money advice": 3, "mental health": 4, "language": 1}
    areas = {area: 3.0 if ward == "Dunmarsh" else 1.0 for ward in wards for area in wards[ward][:3]}
    ages = random.choice(["16 to 24", "25 to 64", "65 and over"], _PEOPLE, p=[0.08, 0.57, 0.35])
    live = random.choice(["yes", "no", "not said"], _PEOPLE, p=[0.5, 0.42, 0.08])
    rows = []
    for person in range(_PEOPLE):
        for of, liked in (("kind", kinds), ("need", needs), ("area", areas)):
            weights = np.array(list(liked.values())) * random.gamma(1.5, 1.0, len(liked))
            points = random.multinomial(10, weights / weights.sum())
            rows += [
                {
                    "person": f"R{person + 1:02d}",
                    "of": of,
                    "item": item,
                    "points": int(given),
                    "age": ages[person],
                    "long-term condition": live[person],
                }
                for item, given in zip(liked, points, strict=True)
                if given
            ]
    return pd.DataFrame(rows)
