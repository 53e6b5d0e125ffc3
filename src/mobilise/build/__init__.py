"""Builds a place: runs a recipe's steps in order, and only those that are out of date."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mobilise import __version__
from mobilise.build.cache import Record, Workshop, only_build, step_key
from mobilise.build.listings import fetch_feeds
from mobilise.build.provenance import cards, fingerprints, plain, sources_of
from mobilise.build.sections import Say, buffer_of
from mobilise.build.steps import STEPS, Job, Step
from mobilise.errors import InputError, suggestion
from mobilise.place import FACTS, Place, finish_publishing, publish, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from mobilise.recipe import Recipe

__all__ = ["build_place"]


def build_place(
    recipe: Recipe,
    *,
    to: str | None = None,
    fresh: bool = False,
    on: str | None = None,
    say: Say = lambda _: None,
) -> Place:
    """Build the place of a recipe, or bring it up to date.

    Steps whose sources, parameters and code have not changed are skipped. The place's
    tables change all at once, at the end; an interrupted build leaves the last one whole,
    and the next goes on from the steps that were finished.

    Parameters
    ----------
    recipe
        As :func:`mobilise.recipe.load_recipe` returns it.
    to
        The last step to run; by default all are.
    fresh
        Run every step, even if it is up to date.
    on
        Address of a Dask scheduler on whose workers reach is computed, or "local".
    say
        Called with a sentence as each step begins and ends.

    Returns
    -------
    Place
        ``facts["skipped"]`` of it (in memory only) lists the steps that were up to date.

    Raises
    ------
    MobiliseError
        Something that the user can mend; the place is as it was.
    """
    steps = _steps_to(to)
    folder = recipe.output
    with only_build(folder):
        finish_publishing(folder)
        fetch_feeds(recipe, fresh=fresh, say=say)
        if any(not used.path.exists() for used in sources_of(recipe)):
            _check(recipe)
        hashes = fingerprints(recipe)
        workshop = Workshop(folder, _keys(recipe, hashes))
        if fresh:
            workshop.forget()
        records, skipped = _run(recipe, steps, workshop, hashes, say, on)
        place = _finish(recipe, workshop, records, hashes)
    place.facts["skipped"] = skipped
    return place


def _keys(recipe: Recipe, hashes: dict[Path, str]) -> dict[str, str]:
    """Return the key of every step: they rest on the recipe and its sources alone."""
    keys: dict[str, str] = {}
    for step in STEPS:
        inputs = {recipe.label(path): hashes[path] for path in step.reads(recipe)}
        before = [keys[name] for name in step.needs]
        keys[step.name] = step_key(step.name, plain(step.depends(recipe), recipe), inputs, before)
    return keys


def _check(recipe: Recipe) -> None:
    from mobilise.check import check_sources  # noqa: PLC0415  (slow, and not needed to skip)

    check_sources(recipe)


def _steps_to(name: str | None) -> list[Step]:
    names = [step.name for step in STEPS]
    if name is None:
        return list(STEPS)
    if name not in names:
        raise InputError(f"--to: there is no step '{name}'{suggestion(name, names)}")
    return list(STEPS[: names.index(name) + 1])


def _run(
    recipe: Recipe,
    steps: list[Step],
    workshop: Workshop,
    hashes: dict[Path, str],
    say: Say,
    on: str | None,
) -> tuple[dict[str, Record], list[str]]:
    """Run the steps that are out of date; keep what later steps made if it still holds."""
    records: dict[str, Record] = {}
    skipped = []
    for step in STEPS:
        record = workshop.done(step.name, step.needs)
        if record is not None:
            skipped.append(step.name)
        elif step in steps:
            if len(skipped) == len(records):
                _check(recipe)
            facts = _facts(recipe, records, hashes)
            record = _run_step(step, recipe, workshop, facts, say, on)
        if record is not None:
            records[step.name] = record
    return records, skipped


def _run_step(
    step: Step,
    recipe: Recipe,
    workshop: Workshop,
    facts: dict[str, Any],
    say: Say,
    on: str | None,
) -> Record:
    say(f"{step.name} ...")
    began = time.perf_counter()
    workshop.staged.mkdir(exist_ok=True)
    place = Place(workshop.folder, facts, staged=workshop.staged)
    outcome = step.run(Job(recipe, place, workshop.staged, say, on))
    record = Record(workshop.keys[step.name], outcome, round(time.perf_counter() - began, 3))
    workshop.add(step.name, record)
    say(f"{step.name}: done in {record.seconds:.1f} s")
    return record


def _finish(
    recipe: Recipe, workshop: Workshop, records: dict[str, Record], hashes: dict[Path, str]
) -> Place:
    """Publish what was made, with ``place.json`` as the last file of the change."""
    folder = workshop.folder
    facts = _facts(recipe, records, hashes)
    staged, gone = workshop.made(records)
    if not (workshop.pending or gone) and (folder / FACTS).is_file():
        return Place.open(folder)
    workshop.staged.mkdir(exist_ok=True)
    facts["files"] = workshop.sizes(records)
    facts["built"] = datetime.now(UTC).isoformat(timespec="seconds")
    write_json(workshop.staged / FACTS, facts)
    publish(folder, workshop.staged, [*staged, FACTS], gone)
    shutil.rmtree(workshop.staged, ignore_errors=True)
    return Place(folder, facts)


def _facts(recipe: Recipe, records: dict[str, Record], hashes: dict[Path, str]) -> dict[str, Any]:
    """Return what ``place.json`` holds, so far as the steps have come."""
    rows = {label: n for record in records.values() for label, n in record.outcome.rows.items()}
    notes = [note.as_dict() for record in records.values() for note in record.outcome.notes]
    network, deprivation = recipe.network, recipe.areas.deprivation
    on_streets = network.osm is not None or network.ways is not None
    ranked = records["areas"].outcome.facts["ranked"] if "areas" in records else 0
    return {
        "name": recipe.place.name,
        "synthetic": recipe.place.synthetic,
        "crs": recipe.place.crs,
        "mobilise": __version__,
        "recipe": plain(recipe, recipe),
        "sources": cards(recipe, hashes, rows),
        "parameters": {
            "network": "streets" if on_streets else "straight line",
            "speed_kmh": network.speed_kmh,
            "detour": None if on_streets else network.detour,
            "snap_m": network.snap_m if on_streets else None,
            "buffer_m": buffer_of(recipe),
            "deprivation": {
                "column": deprivation.column,
                "name": deprivation.name or deprivation.column,
                "higher": deprivation.higher,
                "among": deprivation.among,
                "areas_ranked": ranked,
            }
            if deprivation
            else None,
        },
        "notes": notes,
        "steps": {name: record.as_dict() for name, record in records.items()},
    }
