"""What the demonstration learns from: people, a roll-out, projects and a network, all made up."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from mobilise.demo.writing import write_table

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.random import Generator

PEOPLE, WARDS, QUARTERS, MONTHS = 420, 24, 12, 36
_NETWORK = ("organisations", "links", "models")


def write_learning(folder: Path, *, seed: int = 2026) -> dict[str, Path]:
    """Write the tables that the demonstration learns from.

    Parameters
    ----------
    folder
        Where to; made if need be.
    seed
        Of all chance: the same seed gives the same bytes.

    Returns
    -------
    dict of Path
        ``people, rollout, months, projects, organisations, links, models``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    streams = [
        np.random.Generator(np.random.PCG64(s)) for s in np.random.SeedSequence(seed).spawn(5)
    ]
    tables = {
        "people": people_before_and_after(streams[0]),
        "rollout": staggered_rollout(streams[1]),
        "months": monthly_visits(streams[2]),
        "projects": projects_pooled(streams[3]),
    }
    paths = {name: folder / f"learn_{name}.csv" for name in (*tables, *_NETWORK)}
    for name, table in tables.items():
        write_table(paths[name], table)
    for name in _NETWORK:  # written by hand: a network that was drawn by chance has no story
        text = files("mobilise.demo").joinpath("network", f"{name}.csv").read_text("utf-8")
        paths[name].write_text(text, encoding="utf-8", newline="\n")
    return paths


def people_before_and_after(random: Generator) -> pd.DataFrame:
    """Return raw SWEMWBS sums before and after; the worse off gain more, and answer less."""
    fifth = random.choice([1, 2, 3, 4, 5], PEOPLE, p=[0.32, 0.25, 0.19, 0.14, 0.10])
    before = np.clip(np.round(random.normal(18.2 + 0.7 * fifth, 3.6)), 7, 35)
    gain = random.normal(5.2 - 0.9 * fifth, 3.0)
    after = np.clip(np.round(before + gain), 7, 35)
    lost = random.uniform(size=PEOPLE) < 1 / (
        1 + np.exp(-0.4 - 0.12 * (14 - before) + 0.25 * fifth)
    )
    offers = random.choice(["choir", "garden", "museum group"], PEOPLE)
    answered = pd.array(after.astype(int), dtype="Int64")
    answered[lost] = pd.NA
    return pd.DataFrame(
        {"quintile": fifth, "offer": offers, "before": before.astype(int), "after": answered}
    )


def staggered_rollout(random: Generator) -> pd.DataFrame:
    """Return quarterly wellbeing of wards: a link worker comes early, late, or never."""
    begins = np.array([5, 8, 99])[np.arange(WARDS) % 3]
    level = random.normal(24, 1.2, WARDS)
    rows = []
    for ward in range(WARDS):
        for quarter in range(1, QUARTERS + 1):
            since = quarter - begins[ward]
            effect = 0.5 + 0.12 * since if since >= 0 else 0.0
            score = level[ward] - 0.05 * quarter + effect + random.normal(0, 0.35)
            rows.append((f"Ward {ward + 1:02d}", quarter, round(score, 2), int(since >= 0)))
    return pd.DataFrame(rows, columns=["area_id", "time", "outcome", "treated"])


def monthly_visits(random: Generator) -> pd.DataFrame:
    """Return monthly visits to general practice a thousand people; they drop after month 24."""
    month = np.arange(1, MONTHS + 1)
    after = month > 24
    line = 52 + 0.12 * month - 2.6 * after - 0.15 * np.maximum(0, month - 24)
    noise = np.zeros(MONTHS)
    for k in range(MONTHS):
        noise[k] = (0.2 * noise[k - 1] if k else 0.0) + random.normal(0, 0.7)
    names = [f"{2023 + k // 12}-{k % 12 + 1:02d}" for k in range(MONTHS)]
    return pd.DataFrame(
        {"time": names, "outcome": np.round(line + noise, 2), "treated": after.astype(int)}
    )


def projects_pooled(random: Generator) -> pd.DataFrame:
    """Return the effects of ten invented projects on wellbeing, with their errors."""
    names = [
        "Harbour Choirs", "Seeds and Stories", "The Long Table", "Canal Walks", "Museum Mornings",
        "Reading Aloud", "Make and Mend", "Sea Air", "Sound of Home", "Open Studio",
    ]  # fmt: skip
    people = random.integers(24, 260, len(names))
    se = np.round(6.5 / np.sqrt(people), 2)
    effect = np.round(random.normal(1.3, 0.55, len(names)) + random.normal(0, se), 2)
    together = random.integers(0, 2, len(names))
    return pd.DataFrame(
        {"study": names, "effect": effect, "se": se, "people": people, "co_located": together}
    )
