"""The commands of the wall: let protected counts out, see what was, and measure equity on them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, tell

if TYPE_CHECKING:
    import argparse


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    out = command(
        commands, "release", _release, "let protected counts of referrals into a place's folder"
    )
    out.add_argument("place", type=Path, metavar="PLACE")
    out.add_argument("--from", dest="first", metavar="QUARTER", help="the first, such as 2025Q1")
    out.add_argument("--to", dest="last", metavar="QUARTER", help="the last (default: the first)")
    out.add_argument("--tables", nargs="+", default=[], metavar="NAME", help="some of the list's")
    out.add_argument("--least", type=int, metavar="N", help="show no count below (8)")
    out.add_argument("--base", type=int, metavar="N", help="round to multiples of (5)")
    out.add_argument("--hide-zeros", action="store_true", help="keep 0 back as well")
    out.add_argument("--minutes", type=float, default=15.0, help="how far is near, on foot (15)")
    out.add_argument("--kinds", nargs="+", default=[], metavar="KIND", help="near to which assets")
    out.add_argument("--database", metavar="URL", help="by default MOBILISE_DATABASE_URL")
    out.add_argument("--log", action="store_true", help="print what was let out; let out nothing")

    equity = command(
        commands, "equity", _equity, "who is referred and who is not, per 1,000 people in need"
    )
    equity.add_argument("place", type=Path, metavar="PLACE")
    equity.add_argument("--need", metavar="INDICATOR", help="a percentage of people in need")
    equity.add_argument("--people", type=Path, metavar="CSV", help="people in need by group")


def _release(options: argparse.Namespace) -> int:
    from mobilise.disclosure.letting import log_text, release_to
    from mobilise.errors import InputError
    from mobilise.place import Place
    from mobilise.referrals import open_store, operator

    store = open_store(options.database, create=False)
    try:
        if options.log:
            print(log_text(store))
            return 0
        if options.first is None:
            raise InputError("Say which quarters to release: --from 2025Q1 --to 2025Q4.")
        asked = {key: getattr(options, key) for key in ("tables", "minutes", "kinds")}
        stricter = {"least": options.least, "base": options.base, "hide_zeros": options.hide_zeros}
        quarters = (options.first, options.last or options.first)
        place = Place.open(options.place)
        print(release_to(place, store, operator(), quarters, **asked, **stricter, say=tell))
    finally:
        store.close()
    return 0


def _equity(options: argparse.Namespace) -> int:
    from mobilise.equity import measure_equity
    from mobilise.place import Place

    place = Place.open(options.place)
    print(measure_equity(place, need=options.need, people=options.people))
    return 0
