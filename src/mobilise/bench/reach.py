"""Reach beside scipy, PySAL access and pandana."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mobilise.bench.alone import measured

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIDES = "mobilise.bench.reach_sides:"


@dataclass(frozen=True)
class Job:
    """One comparison: ours and the peer's side, and on what."""

    name: str
    ours: str
    peer: str
    theirs: str | None
    size: dict[str, Any]
    said: str
    note: str = ""
    repeats: int = 5
    peer_repeats: int = 3
    compared: bool = True
    cores: int = 1


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    """Return one row for each job (see :func:`mobilise.bench.run`)."""
    cache: dict[tuple[str, str], dict[str, Any]] = {}
    rows = []
    for job in _jobs(quick=quick):
        key = (job.ours, str(job.size))
        if key not in cache:
            cache[key] = measured(_SIDES + job.ours, job.size, job.repeats, cores=job.cores)
        theirs: dict[str, Any] = {}
        if job.theirs:
            theirs = measured(_SIDES + job.theirs, job.size, job.peer_repeats, peer=True)
        rows.append(_row(job, cache[key], theirs))
    return rows


def _jobs(*, quick: bool) -> Iterator[Job]:
    share = 0.02 if quick else 1.0
    spread = {"areas": int(178_605 * share), "assets": int(100_000 * share)}
    said = f"{spread['areas']:,} areas, {spread['assets']:,} assets, straight line"
    pysal = "PySAL access"  # once: it takes half a minute and two gigabytes
    yield Job(
        "E2SFCA",
        "straight_e2sfca",
        pysal,
        "pysal_e2sfca",
        spread,
        said,
        "The peer is given the pairs within the radius by scipy's tree, timed too.",
        peer_repeats=1,
    )
    yield Job(
        "E2SFCA, distances given to the peer",
        "straight_e2sfca",
        pysal,
        "pysal_e2sfca_of_distances",
        spread,
        said,
        "Ours finds the distances as it goes.",
        peer_repeats=1,
    )
    for name, ours in (("3SFCA", "straight_3sfca"), ("BFCA", "straight_bfca")):
        own = ("our own E2SFCA", "straight_e2sfca", spread, said)
        yield Job(name, ours, *own, peer_repeats=5, compared=False)
    blocks = 60 if quick else 400
    streets = {"blocks": blocks}
    said = f"{blocks * blocks * 5.5:,.0f} nodes"
    yield Job(
        "Searches to 2,400 m",
        "bounded_searches",
        "scipy dijkstra(limit=)",
        "scipy_limit",
        streets,
        said,
    )
    yield Job(
        "Nearest of 1 in 10",
        "nearest",
        "scipy dijkstra(min_only=)",
        "scipy_min_only",
        streets,
        said,
    )
    blocks = 60 if quick else 150
    streets, said = {"blocks": blocks}, f"{blocks * blocks * 5.5:,.0f} nodes"
    unlike = "Ours is the whole measure for all areas, theirs one sum around every node."
    for name, ours, theirs in (
        ("E2SFCA by streets", "streets_e2sfca", "pandana_aggregate"),
        (
            "E2SFCA by streets, network made too",
            "streets_e2sfca_from_scratch",
            "pandana_build_and_aggregate",
        ),
    ):
        beside = ("pandana aggregate", theirs, streets, said, unlike)
        yield Job(name, ours, *beside, peer_repeats=1, compared=False)
    blocks = 60 if quick else 200
    yield Job(
        "OpenStreetMap extract to network",
        "extract_to_streets",
        "pyrosm",
        "pyrosm_network",
        {"blocks": blocks},
        f"{blocks * blocks * 5.5:,.0f} nodes",
        "Ours measures in the place's grid, theirs on the sphere.",
        repeats=3,
    )
    blocks = 100 if quick else 1000
    yield Job(
        "A country: E2SFCA of six kinds",
        "country",
        "none",
        None,
        {"blocks": blocks},
        f"{blocks * blocks * 5.5:,.0f} nodes, {int(0.178605 * blocks**2):,} areas, "
        f"{int(0.1 * blocks**2):,} assets",
        "From the streets as arrays to the table; on two cores.",
        repeats=2,
        cores=2,
    )


def _row(job: Job, ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    notes = [
        job.note,
        ours.get("missing", ours.get("note", "")),
        theirs.get("missing", theirs.get("note", "")),
    ]
    row: dict[str, Any] = {
        "job": job.name,
        "size": job.said,
        "peer": job.peer,
        "ours_seconds": ours.get("seconds"),
        "peer_seconds": theirs.get("seconds"),
        "ours_peak_mib": ours.get("peak_mib"),
        "peer_peak_mib": theirs.get("peak_mib"),
        "note": " ".join(note for note in notes if note),
    }
    if "seconds" in ours and "seconds" in theirs:
        row["ratio"] = theirs["seconds"] / ours["seconds"]
        if job.compared:
            row["agreement"] = _difference(ours["result"], theirs["result"])
    return row


def _difference(ours: Any, theirs: Any) -> float:
    """Return the greatest difference, relative to the greatest value; nan must meet nan."""
    if ours.shape != theirs.shape or (np.isnan(ours) != np.isnan(theirs)).any():
        return float("inf")
    scale = max(float(np.nanmax(np.abs(theirs), initial=0.0)), 1e-300)
    return float(np.nanmax(np.abs(ours - theirs), initial=0.0)) / scale
