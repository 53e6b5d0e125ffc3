"""The commands that go on running: the demonstration, the server, the benchmarks."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, serving_options, short, tell

if TYPE_CHECKING:
    import argparse

    from mobilise.place import Place


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    demo = command(commands, "demo", _demo, "build the demonstration place and serve it")
    demo.add_argument("--no-serve", action="store_true", help="build it and end")
    demo.add_argument("--out", type=Path, default=Path("out/demo"), help="its folder")
    serving_options(demo)

    serve = command(commands, "serve", _serve, "show a place in the browser")
    serve.add_argument("place", type=Path, metavar="PLACE")
    serve.add_argument("--database", metavar="URL", help="of referrals: adds their pages and FHIR")
    serve.add_argument(
        "--beside", type=Path, metavar="OTHER", help="another place, compared with it in Gaps"
    )
    serving_options(serve)

    bench = command(commands, "bench", _bench, "measure speed beside the peers installed")
    bench.add_argument(
        "names", nargs="*", metavar="NAME", help="reach, gaps, plan, ...; all by default"
    )
    bench.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")


def _demo(options: argparse.Namespace) -> int:
    from mobilise import demo
    from mobilise.build.learned import learn_demonstration, learn_released
    from mobilise.build.residents import count_round, residents_effects
    from mobilise.cli.places import built
    from mobilise.demo.learning import write_learning
    from mobilise.report.interim import write_interim
    from mobilise.web import serve

    sources = options.out / "sources"
    place = built(demo.write_demo(sources), out=options.out)
    evidence = demo.fill_evidence(options.out, sources / demo.EVIDENCE, tell)
    ballots = sources / demo.EVIDENCE / demo.BALLOTS
    count_round(evidence, ballots, round_name=demo.ROUND, date=demo.CLOSED)
    residents_effects(place, evidence, say=tell)
    learn_demonstration(options.out, write_learning(sources))
    database, who = _invented_people(options.out, place)
    place = _let_out(database, place)
    learn_released(options.out)
    written = write_interim(options.out, options.out / "report" / "learn", progress=tell)
    print(f"Evidence: {short(written[0])}")
    if not options.no_serve:
        serve(
            place,
            host=options.host,
            port=options.port,
            database=database,
            who_to_be=who,
            progress=tell,
        )
    return 0


def _invented_people(out: Path, place: Place) -> tuple[str, list[dict[str, str]]]:
    """Keep the demonstration's invented people in a database beside the place, never in it."""
    from mobilise.referrals import open_store
    from mobilise.referrals.demonstration import write_demo_people

    folder = out.with_name(f"{out.name}-people")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    database = f"sqlite:///{folder.resolve()}/care.db"
    store = open_store(database)
    try:
        return database, write_demo_people(store, place, tell)
    finally:
        store.close()


def _let_out(database: str, place: Place) -> Place:
    """Let protected counts of the invented people out, and measure equity of referral on them."""
    from mobilise import demo
    from mobilise.disclosure.letting import release_to
    from mobilise.equity import measure_equity
    from mobilise.place import Place
    from mobilise.referrals import open_store, operator
    from mobilise.report import write_report

    store = open_store(database)
    try:
        tell("letting counts of referrals out, suppressed")
        release_to(place, store, operator(), demo.COUNTED)
    finally:
        store.close()
    measure_equity(Place.open(place.folder), need=demo.NEED)
    write_report(Place.open(place.folder), place.folder / "report", progress=tell)
    return Place.open(place.folder)


def _serve(options: argparse.Namespace) -> int:
    from mobilise.place import Place
    from mobilise.web import serve

    serve(
        Place.open(options.place),
        host=options.host,
        port=options.port,
        database=options.database or os.environ.get("MOBILISE_DATABASE_URL"),
        beside=None if options.beside is None else Place.open(options.beside),
        progress=tell,
    )
    return 0


def _bench(options: argparse.Namespace) -> int:
    from mobilise.bench import run, table_of

    rows = run(options.names or None)
    print(table_of(rows))
    if options.json is not None:
        from mobilise.place import write_json

        write_json(options.json, rows)
    return 0
