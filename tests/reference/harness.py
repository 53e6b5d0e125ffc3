"""What the reference test and its adapters share: cases, and how a value is compared."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.errors import MobiliseError

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(
    os.environ.get(
        "MOBILISE_REFERENCE",
        Path(os.environ.get("MOBILISE_SHARED", Path(__file__).resolve().parents[3] / "shared"))
        / "reference",
    )
)


@dataclass(frozen=True)
class NotCompared:
    """Stands where an expected value is not compared, and says why."""

    reason: str


@dataclass(frozen=True)
class Looser:
    """Ours, compared to `rel` where the reference itself is less exact than its tolerance."""

    value: Any
    rel: float
    reason: str


@dataclass(frozen=True)
class Case:
    """One case of a reference file, its shared inputs put in."""

    file: str
    id: str
    function: str
    inputs: dict[str, Any]
    params: dict[str, Any]
    expected: dict[str, Any]
    tolerance: dict[str, Any]
    document: dict[str, Any]

    def other(self, case_id: str) -> dict[str, Any]:
        """Return what the same file expects of another case."""
        return next(c["expected"] for c in self.document["cases"] if c["id"] == case_id)


def cases() -> list[Case]:
    """Return every case of every file in the folder, in order; a file without cases is one."""
    found = []
    for path in sorted(FOLDER.glob("*.json")):
        document = json.loads(path.read_text(encoding="utf-8"))
        for raw in document.get("cases", [{"id": "whole file"}]):
            inputs = dict(raw.get("inputs") or {})
            inputs = {**document.get(inputs.pop("$ref", ""), {}), **inputs}
            expected = raw.get("expected", {})
            found.append(
                Case(
                    file=path.stem,
                    id=raw["id"],
                    function=raw.get("reference", {}).get("function", ""),
                    inputs=inputs,
                    params=raw.get("params") or {},
                    expected=expected if isinstance(expected, dict) else {"value": expected},
                    tolerance=raw.get("tolerance") or {},
                    document=document,
                )
            )
    return found


def refused(case: Case, adapter: Callable[[Case], dict[str, Any]]) -> bool:
    """Whether we refuse what the reference stops at: an error of ours, or no value at all."""
    try:
        ours = adapter(case)
    except MobiliseError:
        return True
    values = [value for value in ours.values() if not isinstance(value, (NotCompared, str))]
    return all(np.isnan(np.asarray(value, dtype=float)).all() for value in values)


def disagreements(case: Case, ours: dict[str, Any]) -> list[str]:
    """Return, for every expected value, where ours is missing or outside the tolerance."""
    found = []
    for key, expected in case.expected.items():
        if key not in ours:
            found.append(f"{key}: not computed, and no reason given")
        elif not isinstance(ours[key], NotCompared) and (wrong := _compare(case, key, ours[key])):
            found.append(f"{key}: ours {ours[key]!r}, expected {expected!r}: {wrong}")
    return found


def _compare(case: Case, key: str, ours: Any) -> str:
    expected = case.expected[key]
    if isinstance(expected, dict) and "mean_over_6_seeds" in expected:
        return _simulated(case, key, ours)
    if isinstance(expected, dict):
        return "; ".join(
            f"{inner}: {wrong}"
            for inner, value in expected.items()
            if (wrong := _close(case, ours[inner], value))
        )
    if "ci" in case.tolerance and key in {"lowerci", "upperci"}:
        width = case.expected["upperci"] - case.expected["lowerci"]
        return "" if abs(ours - expected) <= 0.15 * width + 1e-9 else "beyond 15% of the width"
    return _close(case, ours, expected)


def _simulated(case: Case, key: str, ours: float) -> str:
    mean, sd = (case.expected[key][part] for part in ("mean_over_6_seeds", "sd_over_seeds"))
    ends = [
        case.expected[key.replace(one, other)]["mean_over_6_seeds"]
        for one, other in (("upper", "lower"), ("lower", "upper"))
    ]
    allowed = max(5 * sd, 0.005 * abs(ends[1] - ends[0]))
    return "" if abs(ours - mean) <= allowed else f"beyond {allowed:g}"


def _close(case: Case, ours: Any, expected: Any) -> str:
    rel = case.tolerance.get("rel", 0.0)
    if isinstance(ours, Looser):
        ours, rel = ours.value, ours.rel
    want = np.asarray(expected)
    if want.dtype.kind in "US":
        return "" if np.array_equal(np.asarray(ours, dtype=str), want) else "text differs"
    want = np.asarray(expected, dtype=float)
    have = np.asarray(ours, dtype=float)
    if want.shape != have.shape:
        return f"shape {have.shape}, not {want.shape}"
    near = case.tolerance.get("abs", 1e-9)
    close = np.isclose(have, want, rtol=rel, atol=near, equal_nan=True)
    if close.all():
        return ""
    return f"{int((~close).sum())} of {close.size} beyond rel {rel:g}"
