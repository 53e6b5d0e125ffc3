"""The command that says where the next site helps most."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, short, tell

if TYPE_CHECKING:
    import argparse

    from mobilise.recipe import Plan

SAME = (
    "kind", "add", "close", "closing", "minutes", "objective", "budget", "must", "forbidden",
    "per_district", "at_least", "statistic", "weight", "residents", "capacity_per_person", "extend",
    "stops_per_day", "days", "candidates", "frontier", "robustness", "name",
)  # fmt: skip
ONE_QUESTION = "Say what to plan: --kind KIND and what to do, or --scenarios FILE."


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    plan = command(commands, "plan", _plan, "where the next sites help most, or what closing does")
    plan.add_argument("place", type=Path, metavar="PLACE")
    _what(plan)
    _how(plan)
    plan.add_argument("--frontier", type=int, metavar="N", help="most people to fairest")
    plan.add_argument("--robustness", type=int, metavar="N", help="how often tried anew")
    plan.add_argument("--name", help="the scenario's name")
    plan.add_argument(
        "--save", type=Path, metavar="FILE", help="add what is asked to a scenario file"
    )
    plan.add_argument(
        "--scenarios",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="make and compare the plans of these files",
    )
    plan.add_argument(
        "--data", type=Path, metavar="DIR", help="where relative paths in them start from"
    )
    plan.add_argument("--page", type=Path, metavar="FILE", help="write a page with maps and tables")


def _what(plan: argparse.ArgumentParser) -> None:
    plan.add_argument("--kind", help="the kind of asset")
    plan.add_argument("--add", type=int, metavar="N", help="how many new sites")
    plan.add_argument(
        "--budget", type=float, metavar="COST", help="what new sites may cost together"
    )
    plan.add_argument("--close", type=int, metavar="N", help="close those least missed")
    plan.add_argument("--closing", nargs="+", metavar="ID", help="close these assets")
    plan.add_argument(
        "--extend", type=float, metavar="CAPACITY", help="today's sites may have so much more"
    )
    plan.add_argument("--stops-per-day", type=int, metavar="N", help="of a mobile service")
    plan.add_argument("--days", nargs="+", metavar="DAY", help="Monday to Friday by default")
    plan.add_argument("--candidates", nargs="+", metavar="KIND", help="areas, or kinds that host")
    plan.add_argument("--sites", type=Path, metavar="FILE", help="a file of candidates, too")
    plan.add_argument(
        "--columns",
        nargs="+",
        default=[],
        metavar="KEY=COLUMN",
        help="its columns: id=, name=, x=, y=, cost=, ...; crs= and where= too",
    )
    plan.add_argument("--must", nargs="+", metavar="ID", help="sites to open, or to keep")
    plan.add_argument("--forbidden", nargs="+", metavar="ID", help="sites not to open")
    plan.add_argument(
        "--per-district", type=int, metavar="N", help="new sites in one district at most"
    )


def _how(plan: argparse.ArgumentParser) -> None:
    plan.add_argument("--minutes", type=float, help="the limit of reach (15)")
    plan.add_argument("--objective", help="coverage (by default), equity, ...")
    plan.add_argument(
        "--floor",
        nargs="+",
        default=[],
        metavar="FIFTH=SHARE",
        help="1=0.8: at least 80%% of the most deprived fifth",
    )
    plan.add_argument(
        "--at-least", type=float, metavar="SHARE", help="of people, with least-inequality"
    )
    plan.add_argument(
        "--statistic", help="slope_index or concentration_index, with least-inequality"
    )
    plan.add_argument("--weight", metavar="COLUMN", help="what people of an area count")
    plan.add_argument(
        "--residents", metavar="ROUND", help="weights of a round of priorities; 'last': the last"
    )
    plan.add_argument("--capacity-per-person", type=float, metavar="N", help="one person's share")


def _plan(options: argparse.Namespace) -> int:
    from mobilise.build.plans import place_plans, plan_text
    from mobilise.place import Place
    from mobilise.reach import load_streets
    from mobilise.recipe import load_scenarios

    sections = [
        one for file in options.scenarios for one in load_scenarios(file, data=options.data)
    ]
    asked = _asked(options)
    if asked is not None:
        sections.append(asked)
    _check(sections)
    place = Place.open(options.place)
    network = place.folder / "network.npz"
    streets = load_streets(network) if network.is_file() else None
    made = place_plans(place, sections, streets, say=tell)
    print(plan_text(made))
    if options.page is not None:
        from mobilise.report import write_plan_page

        write_plan_page(place, made.tables, made.scenarios, options.page)
        tell(f"Page: {short(options.page.resolve())}")
    if options.save is not None and asked is not None:
        _save(options.save, asked)
    return 0


def _asked(options: argparse.Namespace) -> Plan | None:
    """Return what the options ask for; None where they leave it to scenario files."""
    from mobilise.errors import InputError
    from mobilise.recipe import plan_section

    given = {key: getattr(options, key) for key in SAME if getattr(options, key) is not None}
    if options.floor:
        floors = _pairs(options.floor, "--floor")
        given["floors"] = {fifth: _number(share, "--floor") for fifth, share in floors}
    if options.sites is not None:
        columns = dict(_pairs(options.columns, "--columns"))
        file = {"id": "id", "file": str(options.sites.resolve()), **columns}
        given["candidates"] = [*given.get("candidates", []), file]
    if options.kind is None:
        if given or not options.scenarios:
            raise InputError(ONE_QUESTION)
        return None
    return plan_section(given)


def _pairs(given: list[str], option: str) -> list[tuple[str, str]]:
    from mobilise.errors import InputError

    pairs = [one.partition("=") for one in given]
    for key, sign, value in pairs:
        if not (key and sign and value):
            raise InputError(f"{option}: '{key}{sign}{value}' is not of the form KEY=VALUE.")
    return [(key, value) for key, _, value in pairs]


def _number(text: str, option: str) -> float:
    from mobilise.errors import InputError

    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{option}: '{text}' is not a number.") from error


def _check(sections: list[Plan]) -> None:
    from mobilise.assets.kinds import check_kinds
    from mobilise.errors import InputError

    for section in sections:
        wrong = check_kinds(section.kinds)
        if wrong:
            raise InputError(wrong[0])


def _save(file: Path, asked: Plan) -> None:
    from mobilise.place import replacing
    from mobilise.recipe import scenario_text

    before = file.read_text(encoding="utf-8").rstrip() + "\n\n" if file.is_file() else ""
    with replacing(file) as beside:
        beside.write_text(before + scenario_text(asked), encoding="utf-8")
    tell(f"Saved in {short(file.resolve())}")
