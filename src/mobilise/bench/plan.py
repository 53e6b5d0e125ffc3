"""Plan beside spopt (with CBC) and HiGHS alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mobilise.bench.alone import measured
from mobilise.bench.plan_sides import england

if TYPE_CHECKING:
    from collections.abc import Iterator

_SIDES = "mobilise.bench.plan_sides:"
HIGHS_SECONDS = 90.0


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
    repeats: int = 3


def run(*, quick: bool = False) -> list[dict[str, Any]]:
    """Return one row for each job (see :func:`mobilise.bench.run`).

    Where the two plans are not worth the same, ``note`` says which is better.
    """
    return [_row(job) for job in _jobs(quick=quick)]


def _jobs(*, quick: bool) -> Iterator[Job]:
    part = 10 if quick else 1

    def cover(
        name: str, peer: tuple[str, str | None], areas: int, sites: int, add: int, **more: float
    ) -> Job:
        places = max(10, areas // part), max(5, sites // part), max(2, add // part)
        size = dict(zip(("areas", "sites", "add"), places, strict=True))
        said = f"{places[0]:,} areas, {places[1]:,} candidates, {places[2]} added"
        seconds = HIGHS_SECONDS / part
        extra = {"clusters": 0, "enough": 1e-9, "seconds": seconds, **more}
        repeats = 5 if sites <= 2_000 else 2
        return Job(name, "cover", *peer, {**size, **extra}, said, repeats=repeats)

    spopt, highs = ("spopt", "cover_spopt"), ("HiGHS alone", "cover_highs")
    even, towns = "Covering, spread evenly", "Covering, crowded in towns"
    yield cover(even, spopt, 2_000, 400, 20, radius=5)
    yield cover(towns, spopt, 2_000, 400, 20, radius=5, clusters=60)
    for name, clusters in ((even, 0), (towns, 60)):
        yield cover(
            name, highs, 33_755, 2_000, 100, radius=3, clusters=clusters, enough=0.003
        )  # fmt: skip
    large = {"radius": 2.5, "enough": 0.007}
    yield cover(even, highs, 30_000, 8_000, 300, **large)
    # In the one run made, HiGHS alone went on for minutes past its limit and was ended by hand.
    yield cover(towns, ("none", None), 30_000, 8_000, 300, clusters=60, **large)
    if england().is_dir():
        for areas, sites, add, enough in ((33_755, 2_000, 100, 0.003), (30_000, 8_000, 300, 0.007)):
            places = areas // part, sites // part, add // part
            size = dict(zip(("areas", "sites", "add"), places, strict=True))
            said = f"{places[0]:,} areas, {places[1]:,} candidates, {places[2]} added, 3 km"
            asked = {**size, "radius": 3.0, "enough": enough}
            yield Job("Covering, England", "cover_england", "none", None, asked, said, repeats=2)
    size = {"areas": 600 // part, "sites": 150 // part, "add": max(2, 15 // part)}
    said = f"{size['areas']} areas, {size['sites']} candidates, {size['add']} added"
    whole = {**size, "nearest": size["sites"], "enough": 1e-4}
    yield Job("P-median", "median", "spopt", "median_spopt", whole, said, repeats=5)
    size = {"areas": 33_755 // part, "sites": 2_000 // part, "add": 100 // part}
    said = f"{size['areas']:,} areas, {size['sites']:,} candidates, {size['add']} added"
    sparse = {**size, "nearest": min(size["sites"], 200), "enough": 0.005}
    yield Job("P-median", "median", "none", None, sparse, said, repeats=1)
    size = {"areas": 1_500 // part, "sites": 500 // part, "add": 10, "radius": 5, "points": 20}
    said = f"{size['areas']:,} areas, {size['sites']} candidates, 20 points"
    yield Job("Frontier", "edge", "none", None, size, said)


def _row(job: Job) -> dict[str, Any]:
    ours = measured(_SIDES + job.ours, job.size, job.repeats)
    theirs: dict[str, Any] = {}
    if job.theirs:  # HiGHS comes with mobilise
        theirs = measured(_SIDES + job.theirs, job.size, 1, peer=job.peer == "spopt")
    told = [one.get("missing", one.get("note", "")) for one in (ours, theirs)]
    row: dict[str, Any] = {
        "job": job.name,
        "size": job.said,
        "peer": job.peer,
        "ours_seconds": ours.get("seconds"),
        "peer_seconds": theirs.get("seconds"),
        "ours_peak_mib": ours.get("peak_mib"),
        "peer_peak_mib": theirs.get("peak_mib"),
        "note": " ".join(note for note in (job.note, *told) if note),
    }
    if "seconds" in ours and "seconds" in theirs:
        row["ratio"] = theirs["seconds"] / ours["seconds"]
        mine, other = float(ours["result"][0]), float(theirs["result"][0])
        better = (other - mine) if job.ours == "median" else (mine - other)
        alike = abs(better) <= abs(other)
        row["agreement"] = abs(better) / abs(other) if other and alike else None
        if not alike:
            row["note"] += " The plans are not alike."
        elif abs(better) > 1e-7 * abs(other):
            word = "better" if better > 0 else "worse"
            row["note"] += f" Our plan is {abs(better) / abs(other):.2%} {word}."
    return row
