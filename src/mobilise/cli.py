"""The command line: parse, call, print."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise import __version__
from mobilise.errors import FAULT, MobiliseError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PORT = 8000
ABOUT = (
    "Map a place's community assets, measure who can reach them and who is left out, and say so "
    "in a report."
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments
        What follows ``mobilise``; by default the process's own.

    Returns
    -------
    int
        0, or 2 where the user's input is at fault, or 1 for a fault of ours.
    """
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        return run(options)
    except MobiliseError as error:
        if options.debug:
            raise
        print(f"mobilise: {error}", file=sys.stderr)
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except Exception as error:  # the last resort: a sentence instead of a traceback
        if options.debug:
            raise
        print(
            f"mobilise: an unforeseen fault ({type(error).__name__}: {error}); run the same again "
            "with --debug and report what it prints.",
            file=sys.stderr,
        )
        return FAULT


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="mobilise", description=ABOUT)
    parser.add_argument("--version", action="version", version=f"mobilise {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    demo = _command(commands, "demo", _demo, "build the demonstration place and serve it")
    demo.add_argument("--no-serve", action="store_true", help="build it and end")
    demo.add_argument("--out", type=Path, default=Path("out/demo"), help="its folder")
    _served(demo)

    new = _command(commands, "new", _new, "write a commented recipe to start from")
    new.add_argument("folder", type=Path, metavar="DIR")

    check = _command(commands, "check", _check, "check a recipe and its sources; write nothing")
    _recipe(check)

    build = _command(commands, "build", _build, "build a place from its recipe")
    _recipe(build)
    build.add_argument("--out", type=Path, help="the place's folder (default: out/<recipe>)")
    build.add_argument("--to", metavar="STEP", help="the last step to run")
    build.add_argument("--fresh", action="store_true", help="run every step again")
    build.add_argument(
        "--on", metavar="SCHEDULER", help="compute reach on Dask: tcp://host:port, or local"
    )

    show = _command(commands, "show", _show, "print a place's summary or one of its tables")
    show.add_argument("place", type=Path, metavar="PLACE")
    show.add_argument("table", nargs="?", metavar="TABLE")
    show.add_argument("--csv", action="store_true", help="the whole table as CSV")

    plan = _command(commands, "plan", _plan, "where the next sites help most, or what closing does")
    plan.add_argument("place", type=Path, metavar="PLACE")
    plan.add_argument("--kind", required=True, help="the kind of asset")
    plan.add_argument("--add", type=int, metavar="N", help="how many new sites")
    plan.add_argument("--close", type=int, default=0, metavar="N", help="close those least missed")
    plan.add_argument("--closing", nargs="+", default=[], metavar="ID", help="close these assets")
    plan.add_argument("--minutes", type=float, default=15.0, help="the limit of reach")
    plan.add_argument("--objective", default="coverage", help="coverage, equity, ...")
    plan.add_argument(
        "--candidates",
        nargs="+",
        default=["areas"],
        metavar="KIND",
        help="areas, or kinds that host",
    )
    plan.add_argument("--frontier", type=int, default=0, metavar="N", help="most people to fairest")
    plan.add_argument("--robustness", type=int, default=0, metavar="N", help="how often tried anew")

    report = _command(commands, "report", _report, "write a place's report again")
    report.add_argument("place", type=Path, metavar="PLACE")

    serve = _command(commands, "serve", _serve, "show a place in the browser")
    serve.add_argument("place", type=Path, metavar="PLACE")
    _served(serve)

    bench = _command(commands, "bench", _bench, "measure speed beside the peers installed")
    bench.add_argument("names", nargs="*", metavar="NAME", help="reach, gaps; all by default")
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], does: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=does, description=does)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(run=run)
    return parser


def _recipe(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("recipe", type=Path, metavar="RECIPE")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where relative paths start from")


def _served(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on")
    parser.add_argument("--port", type=int, default=PORT, help=f"port to serve on ({PORT})")


def _tell(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _demo(options: argparse.Namespace) -> int:
    from mobilise.demo import write_demo
    from mobilise.web import serve

    recipe = write_demo(options.out / "sources")
    place = _built(recipe, out=options.out)
    if not options.no_serve:
        serve(place, host=options.host, port=options.port)
    return 0


def _new(options: argparse.Namespace) -> int:
    from mobilise.recipe.template import write_template

    path = write_template(options.folder)
    print(f"Wrote {path}. Edit it, then: mobilise check {path}")
    return 0


def _check(options: argparse.Namespace) -> int:
    from mobilise.check import rehearse
    from mobilise.recipe import load_recipe

    print(rehearse(load_recipe(options.recipe, data=options.data), say=_tell))
    return 0


def _build(options: argparse.Namespace) -> int:
    _built(
        options.recipe,
        data=options.data,
        out=options.out,
        to=options.to,
        fresh=options.fresh,
        on=options.on,
    )
    return 0


def _built(
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
    print(f"Building {loaded.place.name} in {_short(loaded.output)}", file=sys.stderr, flush=True)
    place = build_place(loaded, to=to, fresh=fresh, on=on, say=_tell)
    print(summarise(place))
    report = loaded.output / "report" / "index.html"
    if report.is_file():
        print(f"Report: {_short(report)}")
    print(f"Built in {time.perf_counter() - began:.1f} s")
    return place


def _short(path: Path) -> str:
    """Return a path relative to the working directory where it lies inside it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _show(options: argparse.Namespace) -> int:
    from mobilise.place import Place
    from mobilise.summary import summarise, table_text

    place = Place.open(options.place)
    print(table_text(place, options.table, csv=options.csv) if options.table else summarise(place))
    return 0


def _plan(options: argparse.Namespace) -> int:
    from mobilise.assets.kinds import check_kinds
    from mobilise.build.plans import plan_text
    from mobilise.errors import InputError
    from mobilise.place import Place
    from mobilise.recipe import plan_section

    wrong = check_kinds([options.kind, *(c for c in options.candidates if c != "areas")])
    if wrong:
        raise InputError(wrong[0])
    keys = ("kind", "add", "close", "closing", "minutes", "objective", "candidates")
    asked = {key: getattr(options, key) for key in (*keys, "frontier", "robustness")}
    print(plan_text(Place.open(options.place), plan_section(asked)))
    return 0


def _report(options: argparse.Namespace) -> int:
    from mobilise.place import Place
    from mobilise.report import write_report

    place = Place.open(options.place)
    formats = place.facts["recipe"].get("report", {}).get("formats", ["html", "pdf"])
    for path in write_report(place, options.place / "report", formats=formats, progress=_tell):
        print(path)
    return 0


def _serve(options: argparse.Namespace) -> int:
    from mobilise.place import Place
    from mobilise.web import serve

    serve(Place.open(options.place), host=options.host, port=options.port)
    return 0


def _bench(options: argparse.Namespace) -> int:
    from mobilise.bench import run, table_of

    rows = run(options.names or None)
    print(table_of(rows))
    if options.json is not None:
        from mobilise.place import write_json

        write_json(options.json, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
