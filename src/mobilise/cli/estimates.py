"""Actions of `mobilise learn` on numbers: outcomes, comparisons, pooled projects, networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, tell

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable

    import pandas as pd


def add_actions(actions: Any) -> None:
    """Add them to the parser's actions."""
    outcomes = _action(actions, "outcomes", _outcomes, "did people change, and for whom", "?")
    outcomes.add_argument("--scale", help="swemwbs, ons4_life_satisfaction, ...")
    outcomes.add_argument(
        "--from-referrals", action="store_true", help="of what 'mobilise release' let out; no FILE"
    )
    outcomes.add_argument("--raw", action="store_true", help="values are raw SWEMWBS sums")
    outcomes.add_argument("--by", nargs="+", default=[], metavar="COLUMN", help="groups to show")
    outcomes.add_argument(
        "--eligible", metavar="TABLE", help="whom it is for: 'residents', or level and people"
    )
    outcomes.add_argument("--threshold", type=float, metavar="N", help="a change that matters")
    _features(outcomes)

    compare = _action(actions, "compare", _compare, "did it cause it, by a causal design")
    compare.add_argument(
        "--design", required=True, help="differences, staggered, series, counts or people"
    )
    _features(compare)
    _about(compare)

    pool = _action(actions, "pool", _pool, "what projects say together")
    pool.add_argument("--method", default="REML", help="FE, DL, HE, PM, SJ, EB, ML or REML")
    pool.add_argument("--test", default="hartung-knapp", help="hartung-knapp or z")
    pool.add_argument(
        "--moderators", nargs="+", default=[], metavar="COLUMN", help="what parts them"
    )
    _about(pool)

    network = command(actions, "network", _network, "who works with whom, over time")
    network.add_argument("place", type=Path, metavar="PLACE")
    network.add_argument("organisations", type=Path, metavar="ORGANISATIONS")
    network.add_argument("links", type=Path, metavar="LINKS")
    network.add_argument("--models", type=Path, metavar="FILE", help="models of working together")
    network.add_argument("--synthetic", action="store_true", help="the data are made up")
    network.add_argument("--draw", type=Path, metavar="DIR", help="write pictures and tables there")


def _action(
    actions: Any, name: str, run: Any, does: str, file: str | None = None
) -> argparse.ArgumentParser:
    parser = command(actions, name, run, does)
    parser.add_argument("place", type=Path, metavar="PLACE")
    parser.add_argument("file", type=Path, metavar="FILE", nargs=file)
    parser.add_argument("--name", help="of the analysis; by default that of the file")
    parser.add_argument("--synthetic", action="store_true", help="the data are made up")
    parser.add_argument("--draw", type=Path, metavar="DIR", help="write pictures and tables there")
    return parser


def _features(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--features", nargs="+", default=[], metavar="COLUMN", help="what is held equal"
    )


def _about(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--of", default="the outcome", help="what was measured")
    parser.add_argument("--unit", default="", help="its unit")
    parser.add_argument("--higher", default="better", help="a higher value is better or worse")


def _outcomes(options: argparse.Namespace) -> int:
    from mobilise.build.learned import learn_outcomes
    from mobilise.errors import InputError

    if options.from_referrals:
        return _outcomes_released(options)
    if options.file is None or options.scale is None:
        raise InputError("Give a FILE of people and its --scale, or --from-referrals without one.")
    found = learn_outcomes(
        options.place, options.file, name=options.name, scale=options.scale, raw=options.raw,
        by=options.by, features=options.features, eligible=options.eligible,
        threshold=options.threshold, synthetic=options.synthetic,
    )  # fmt: skip
    return _told(options, found.rows, found.notes)


def _outcomes_released(options: argparse.Namespace) -> int:
    from mobilise.build.learned import learn_released
    from mobilise.errors import InputError

    for_people = ("file", "raw", "by", "features", "eligible", "threshold")
    given = [name for name in for_people if getattr(options, name)]
    if given:
        raise InputError(
            f"With --from-referrals there is no table of people: leave out {', '.join(given)}."
        )
    made = learn_released(
        options.place, scale=options.scale, name=options.name, synthetic=options.synthetic
    )
    for one in made:
        print(f"\n{one.rows.iloc[0]['analysis']}")
        _told(options, one.rows, one.notes)
    return 0


def _compare(options: argparse.Namespace) -> int:
    from mobilise.build.learned import learn_comparison

    found = learn_comparison(
        options.place, options.file, name=options.name, design=options.design,
        features=options.features, of=options.of, unit=options.unit, higher=options.higher,
        synthetic=options.synthetic,
    )  # fmt: skip
    return _told(options, found.rows, found.notes)


def _pool(options: argparse.Namespace) -> int:
    from mobilise.build.learned import learn_pool

    found = learn_pool(
        options.place, options.file, name=options.name, method=options.method, test=options.test,
        moderators=options.moderators, of=options.of, unit=options.unit, higher=options.higher,
        synthetic=options.synthetic,
    )  # fmt: skip
    return _told(options, found.rows, found.notes)


def _network(options: argparse.Namespace) -> int:
    from mobilise.build.learned import kept_tables, learn_network
    from mobilise.report.sections.learned_network import network_blocks

    found = learn_network(
        options.place, options.organisations, options.links, models=options.models,
        synthetic=options.synthetic,
    )  # fmt: skip
    for one in found:
        print(f"{one.period:g}: {one.sentence}")
    if options.draw is not None:
        _draw(options.draw, network_blocks(kept_tables(options.place)))
    return 0


def _told(options: argparse.Namespace, rows: pd.DataFrame, notes: Iterable[str]) -> int:
    """Print the findings, each with its value, then what must hold and how it was done."""
    from mobilise.report.sections.learned import figures_of, findings, must_hold

    for note in notes:
        tell(note)
    print("\n".join(findings(rows)))
    first = rows.iloc[0]
    print("", *must_hold(rows), f"How: {first['method']}", sep="\n")
    if options.draw is not None:
        _draw(options.draw, figures_of(rows, str(first["analysis"])))
    return 0


def _draw(folder: Path, blocks: Iterable[Any]) -> None:
    from mobilise.report.drawings import write_figures

    for path in write_figures(folder, blocks):
        print(path)
