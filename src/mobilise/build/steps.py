"""The steps of a build: what each reads, does and writes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from mobilise.build.cache import Outcome
from mobilise.build.sections import (
    Say,
    area_files,
    asset_files,
    buffer_of,
    directory_files,
    indicator_files,
    network_name,
    plan_files,
    reach_files,
    step_free_asked,
    street_files,
    streets_of,
)
from mobilise.build.weights import planned_weights
from mobilise.place import replacing, write_table

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mobilise.joins import Unmatched
    from mobilise.place import Place
    from mobilise.recipe import Recipe


@dataclass(frozen=True)
class Job:
    """What a step works on: the recipe, the tables so far, where to write, how to tell.

    `on` is a scheduler of Dask (or "local") for a step that can use one; None: this process.
    """

    recipe: Recipe
    place: Place
    staged: Path
    say: Say
    on: str | None = None


@dataclass(frozen=True)
class Step:
    """One step.

    Parameters
    ----------
    name
        Its name, as ``--to`` takes it.
    needs
        The steps whose results it reads.
    reads
        The source files it reads, of a recipe.
    depends
        The parts of a recipe that its outcome depends on.
    run
        Does the work.
    """

    name: str
    needs: tuple[str, ...]
    reads: Callable[[Recipe], list[Path]]
    depends: Callable[[Recipe], list[Any]]
    run: Callable[[Job], Outcome]


def run_areas(job: Job) -> Outcome:
    """Write ``areas`` and ``boundary``."""
    from mobilise.areas import boundary_of, build_areas  # noqa: PLC0415  (slow, and often skipped)

    result = build_areas(job.recipe)
    write_table(job.staged, "areas", result.areas)
    write_table(job.staged, "around", result.around)
    write_table(job.staged, "boundary", boundary_of(result.areas, job.recipe.place.name))
    left = _write_unmatched(job.staged, "areas", result.unmatched)
    people = round(float(result.areas["population"].sum()))
    return Outcome(
        ("areas.parquet", "around.parquet", "boundary.parquet", *left),
        tuple(result.notes),
        result.rows,
        {"areas": len(result.areas), "people": people, "ranked": result.ranked},
    )


def run_network(job: Job) -> Outcome:
    """Write ``network.npz``, the walking graph, where the recipe has one."""
    network = job.recipe.network
    path = network.osm or network.ways
    if path is None:
        return Outcome((), facts={"network": None})
    from mobilise import reach  # noqa: PLC0415
    from mobilise.sources.ways import read_ways  # noqa: PLC0415

    ways = read_ways(path)
    crs = job.recipe.place.crs
    hills = network.elevation.file if network.elevation else None
    everyone = streets = reach.build_streets(ways, crs, elevation=hills)
    files = []
    for step_free in (False, True) if step_free_asked(job.recipe) else (False,):
        if step_free:
            streets = reach.build_streets(ways, crs, step_free=True, elevation=hills)
        files.append(network_name(step_free=step_free))
        with replacing(job.staged / files[-1]) as beside:
            reach.save_streets(streets, beside)
    label = job.recipe.label(path)
    rows = {label: len(ways.start) - 1}
    labels = {hills.name: job.recipe.label(hills)} if hills else {}
    notes = tuple(
        replace(note, source=labels.get(note.source, label))
        for note in (*ways.notes, *everyone.notes)
    )
    return Outcome(tuple(files), notes, rows, {"network": everyone.summary()})


def run_assets(job: Job) -> Outcome:
    """Write ``assets``, ``entrances`` and ``duplicates``."""
    from mobilise.assets import gather  # noqa: PLC0415

    boundary = job.place.table("boundary").geometry.iloc[0]
    found = gather(job.recipe, boundary, buffer_of(job.recipe), job.say, _paths(job))
    write_table(job.staged, "assets", found.assets)
    write_table(job.staged, "entrances", found.entrances)
    write_table(job.staged, "duplicates", found.duplicates)
    with replacing(job.staged / "checks" / "duplicates.csv") as beside:
        found.duplicates.to_csv(beside, index=False)
    shapely.prepare(boundary)
    inside = shapely.intersects(boundary, found.assets.geometry.to_numpy())
    kinds = found.assets.loc[inside, "kind"].value_counts().sort_index()
    return Outcome(
        ("assets.parquet", "entrances.parquet", "duplicates.parquet", "checks/duplicates.csv"),
        tuple(found.notes),
        found.rows,
        {
            "kinds": {str(kind): int(count) for kind, count in kinds.items()},
            "outside": int((~inside).sum()),
            "merged": int((found.duplicates["decision"] == "merged").sum()),
            "to_check": int((found.duplicates["decision"] == "check").sum()),
            "beyond": found.beyond,
        },
    )


def _paths(job: Job) -> Any:
    """Return the lines that people may walk along; None without streets."""
    streets = streets_of(job.recipe, job.place, job.staged)
    if streets is None:
        return None
    import geopandas as gpd  # noqa: PLC0415

    ends = np.stack([streets.xy[streets.tail], streets.xy[streets.head]], axis=1)
    return gpd.GeoDataFrame(geometry=shapely.linestrings(ends), crs=streets.crs)


def run_directory(job: Job) -> Outcome:
    """Write ``services`` and ``postcodes``, where the recipe has them."""
    from mobilise.build.listings import place_listings  # noqa: PLC0415

    result = place_listings(job.recipe, job.place, job.staged, job.say)
    for name, table in result.tables.items():
        write_table(job.staged, name, table)
    files = (*(f"{name}.parquet" for name in result.tables), *result.checks)
    return Outcome(files, tuple(result.notes), result.rows, result.facts)


def run_indicators(job: Job) -> Outcome:
    """Write ``indicators``."""
    from mobilise.indicators import build_indicators  # noqa: PLC0415

    result = build_indicators(job.recipe, job.place.table("areas"))
    write_table(job.staged, "indicators", result.indicators)
    left = _write_unmatched(job.staged, "indicators", result.unmatched)
    names = sorted(set(result.indicators["indicator"]))
    return Outcome(
        ("indicators.parquet", *left), tuple(result.notes), result.rows, {"indicators": names}
    )


def run_reach(job: Job) -> Outcome:
    """Write ``reach``, and ``areas`` again with its edge flag."""
    from mobilise.build.walks import place_reach  # noqa: PLC0415

    result = place_reach(job.recipe, job.place, job.staged, job.say, job.on)
    write_table(job.staged, "reach", result.reach)
    write_table(job.staged, "areas", result.areas)
    return Outcome(("reach.parquet", "areas.parquet"), tuple(result.notes), facts=result.facts)


def run_gaps(job: Job) -> Outcome:
    """Write ``gaps`` and ``explanations``."""
    from mobilise.build.circular import circular  # noqa: PLC0415
    from mobilise.build.statistics import place_gaps  # noqa: PLC0415

    deprivation = job.recipe.areas.deprivation
    table, explanations = place_gaps(
        job.place.table("areas"),
        job.place.table("reach"),
        job.place.table("indicators"),
        by=(deprivation.name or deprivation.column) if deprivation else "",
        deprivation_higher=deprivation.higher if deprivation else "worse",
        sections=job.recipe.gaps,
        explanations=job.recipe.explain,
    )
    write_table(job.staged, "gaps", table)
    write_table(job.staged, "explanations", explanations)
    notes = circular(job.recipe)
    facts = {"gaps": len(table), "explanations": len(explanations)}
    return Outcome(("gaps.parquet", "explanations.parquet"), tuple(notes), facts=facts)


def run_plan(job: Job) -> Outcome:
    """Write the tables of plans, where the recipe has any."""
    if not job.recipe.plan:
        return Outcome((), facts={"scenarios": []})
    from mobilise.build.plans import place_plans  # noqa: PLC0415

    streets = streets_of(job.recipe, job.place, job.staged)
    result = place_plans(job.place, job.recipe.plan, streets, label=job.recipe.label, say=job.say)
    for name, table in result.tables.items():
        write_table(job.staged, name, table)
    files = tuple(f"{name}.parquet" for name in result.tables)
    return Outcome(files, tuple(result.notes), facts={"scenarios": result.scenarios})


def run_report(job: Job) -> Outcome:
    """Write the report in the formats asked for."""
    from mobilise.report import write_report  # noqa: PLC0415

    paths = write_report(
        job.place, job.staged / "report", formats=job.recipe.report.formats, progress=job.say
    )
    return Outcome(tuple(path.relative_to(job.staged).as_posix() for path in paths))


def _write_unmatched(staged: Path, step: str, unmatched: list[Unmatched]) -> list[str]:
    """Write every id that a join left over to ``checks/``, for a person to look at."""
    if not unmatched:
        return []
    name = f"checks/{step}_unmatched.csv"
    with replacing(staged / name) as beside:
        pd.DataFrame(unmatched).to_csv(beside, index=False)
    return [name]


STEPS = (
    Step("areas", (), area_files, lambda r: [r.place.name, r.place.crs, r.areas], run_areas),
    Step(
        "network",
        (),
        street_files,
        lambda r: [r.place.crs, r.network, step_free_asked(r)],
        run_network,
    ),
    Step(
        "assets",
        ("areas", "network"),
        asset_files,
        lambda r: [r.place.crs, buffer_of(r), r.postcodes, r.assets],
        run_assets,
    ),
    Step(
        "directory",
        ("areas",),
        directory_files,
        lambda r: [r.place.crs, buffer_of(r), r.postcodes, [a for a in r.assets if a.hsds]],
        run_directory,
    ),
    Step(
        "indicators",
        ("areas",),
        indicator_files,
        lambda r: [r.indicators],
        run_indicators,
    ),
    Step(
        "reach",
        ("areas", "assets", "network"),
        reach_files,
        lambda r: [r.reach, r.network, buffer_of(r)],
        run_reach,
    ),
    Step(
        "gaps",
        ("reach", "indicators"),
        lambda _: [],
        lambda r: [r.areas.deprivation, r.gaps, r.explain],
        run_gaps,
    ),
    Step(
        "plan",
        ("areas", "network", "assets", "reach"),
        plan_files,
        lambda r: [r.plan, r.network, planned_weights(r)],
        run_plan,
    ),
    Step(
        "report",
        ("areas", "assets", "indicators", "network", "reach", "gaps", "plan"),
        lambda _: [],
        lambda r: [r],
        run_report,
    ),
)
