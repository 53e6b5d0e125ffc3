"""The commands that make a place and show what it holds."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, recipe_options, short, tell

if TYPE_CHECKING:
    import argparse


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    check = command(commands, "check", _check, "check a recipe and its sources; write nothing")
    recipe_options(check)

    build = command(commands, "build", _build, "build a place from its recipe")
    recipe_options(build)
    build.add_argument("--out", type=Path, help="the place's folder (default: out/<recipe>)")
    build.add_argument("--to", metavar="STEP", help="the last step to run")
    build.add_argument("--fresh", action="store_true", help="run every step again")
    build.add_argument(
        "--on", metavar="SCHEDULER", help="compute reach on Dask: tcp://host:port, or local"
    )

    show = command(commands, "show", _show, "print a place's summary or one of its tables")
    show.add_argument("place", type=Path, metavar="PLACE")
    show.add_argument("table", nargs="?", metavar="TABLE")
    show.add_argument("--csv", action="store_true", help="the whole table as CSV")

    report = command(commands, "report", _report, "write a place's report again")
    report.add_argument("place", type=Path, metavar="PLACE")
    report.add_argument("--learn", action="store_true", help="the report on the evidence instead")


def _check(options: argparse.Namespace) -> int:
    from mobilise.check import rehearse
    from mobilise.recipe import load_recipe

    print(rehearse(load_recipe(options.recipe, data=options.data), say=tell))
    return 0


def _build(options: argparse.Namespace) -> int:
    built(
        options.recipe,
        data=options.data,
        out=options.out,
        to=options.to,
        fresh=options.fresh,
        on=options.on,
    )
    return 0


def _show(options: argparse.Namespace) -> int:
    from mobilise.place import Place
    from mobilise.summary import summarise, table_text

    place = Place.open(options.place)
    print(table_text(place, options.table, csv=options.csv) if options.table else summarise(place))
    return 0


def _report(options: argparse.Namespace) -> int:
    if options.learn:
        return _interim(options.place)
    from mobilise.place import Place
    from mobilise.report import write_report

    place = Place.open(options.place)
    formats = place.facts["recipe"].get("report", {}).get("formats", ["html", "pdf"])
    for path in write_report(place, options.place / "report", formats=formats, progress=tell):
        print(path)
    return 0


def _interim(place: Path) -> int:
    from mobilise.report.interim import write_interim

    for path in write_interim(place, place / "report" / "learn", progress=tell):
        print(path)
    return 0


def built(
    recipe: Path,
    *,
    data: Path | None = None,
    out: Path | None = None,
    to: str | None = None,
    fresh: bool = False,
    on: str | None = None,
) -> Any:
    """Build a place, print its summary, and return it."""
    from mobilise.build import build_place
    from mobilise.recipe import load_recipe
    from mobilise.summary import summarise

    began = time.perf_counter()
    loaded = load_recipe(recipe, data=data, out=out)
    print(f"Building {loaded.place.name} in {short(loaded.output)}", file=sys.stderr, flush=True)
    place = build_place(loaded, to=to, fresh=fresh, on=on, say=tell)
    print(summarise(place))
    report = loaded.output / "report" / "index.html"
    if report.is_file():
        print(f"Report: {short(report)}")
    print(f"Built in {time.perf_counter() - began:.1f} s")
    return place
