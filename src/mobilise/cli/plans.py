"""The command that says where the next site helps most."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command

if TYPE_CHECKING:
    import argparse


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    plan = command(commands, "plan", _plan, "where the next sites help most, or what closing does")
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
