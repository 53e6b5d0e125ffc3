"""The commands that fetch a place's data: new, update, doctor."""

from __future__ import annotations

import itertools
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, short, tell

if TYPE_CHECKING:
    import argparse

    from mobilise.anywhere import Ask, Made

LEVELS = ("district", "ward", "icb", "county")


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    new = command(commands, "new", _new, "a place's recipe, with its data where you name the place")
    new.add_argument("folder", type=Path, nargs="?", metavar="DIR")
    for level in LEVELS:
        new.add_argument(f"--{level}", metavar="NAME", help=f"a {level} by its name or code")
    new.add_argument("--level", metavar="LEVEL", help="another level of the registry, with --name")
    new.add_argument("--name", metavar="NAME", help="a name or code of --level")
    new.add_argument("--postcode", metavar="POSTCODE", help="a place around a postcode")
    new.add_argument("--km", type=float, default=5.0, metavar="KM", help="how far around (5)")
    new.add_argument("--polygon", type=Path, metavar="FILE", help="a map with the place's outline")
    new.add_argument("--list", nargs="?", const="district", metavar="LEVEL", help="name them all")
    new.add_argument("--feed", action="append", default=[], metavar="URL", help="a service feed")
    new.add_argument(
        "--with", nargs="+", default=[], metavar="SOURCE", dest="extras", help="optional sources"
    )
    new.add_argument("--country", default="england", metavar="FILE", help="another registry")

    update = command(commands, "update", _update, "fetch a place's data again; say what changed")
    update.add_argument("folder", type=Path, metavar="DIR")

    doctor = command(commands, "doctor", _doctor, "check that everything is in order here")
    doctor.add_argument("--online", action="store_true", help="check every publisher's address")
    doctor.add_argument("--country", default="england", metavar="FILE", help="another registry")


def _new(options: argparse.Namespace) -> int:
    if options.list:
        return _list(options)
    if options.folder is None:
        from mobilise.errors import InputError

        raise InputError("say where: mobilise new DIR --district NAME.")
    ask = _ask(options)
    if ask is None:
        from mobilise.recipe.template import write_template

        path = write_template(options.folder)
        print(f"Wrote {path}. Edit it, then: mobilise check {path}")
        return 0
    from mobilise.anywhere import new_place
    from mobilise.fetch import Store, Web, default_folder

    with Web(say=tell) as web:
        made = new_place(
            options.folder,
            ask,
            web,
            Store(default_folder()),
            country=options.country,
            extras=options.extras,
            feeds=options.feed,
            command=f"mobilise {shlex.join(sys.argv[1:])}",
        )
    _show(made)
    return 0


def _ask(options: argparse.Namespace) -> Ask | None:
    """Return which place was named; None where none was, and a template is wanted."""
    from mobilise.errors import InputError

    named = [level for level in LEVELS if getattr(options, level) is not None]
    ways = [f"--{level}" for level in named]
    ways += [f"--{way}" for way in ("level", "postcode", "polygon") if getattr(options, way)]
    if not ways:
        return None
    if len(ways) > 1:
        raise InputError(f"a place is named in one way: choose {' or '.join(ways)}.")
    if options.level and not options.name:
        raise InputError("--level needs --name: which one?")
    from mobilise.anywhere import Ask

    if options.postcode:
        if not 0 < options.km <= 100:
            raise InputError(f"--km must be more than 0 and at most 100, not {options.km:g}.")
        return Ask(postcode=options.postcode, km=options.km)
    if options.polygon:
        return Ask(polygon=options.polygon.resolve())
    level = options.level or named[0]
    return Ask(level=level, member=options.name if options.level else getattr(options, level))


def _list(options: argparse.Namespace) -> int:
    from mobilise.anywhere import list_members
    from mobilise.fetch import Store, Web, default_folder

    with Web(say=tell) as web:
        found = list_members(options.list, web, Store(default_folder()), country=options.country)
    for code, name in found:
        print(f"{code}  {name}")
    return 0


def _update(options: argparse.Namespace) -> int:
    from mobilise.anywhere import update_place
    from mobilise.anywhere.changes import changes_text
    from mobilise.fetch import Store, Web, default_folder

    command = f"mobilise {shlex.join(sys.argv[1:])}"
    with Web(say=tell) as web:
        store = Store(default_folder(), max_age=0.0)
        made = update_place(options.folder, web, store, command=command)
    print(changes_text(made))
    return 0


def _show(made: Made) -> None:
    from mobilise.anywhere.changes import made_text

    print(made_text(made, short(made.recipe)))


def _doctor(options: argparse.Namespace) -> int:
    from mobilise.anywhere.doctor import check_here, check_online
    from mobilise.fetch import Patience, Store, Web, default_folder
    from mobilise.sources.publishers import load_registry

    registry = load_registry(options.country)
    store = Store(default_folder())
    well = True
    with Web(Patience(tries=1), tell) as web:
        online = check_online(registry, web) if options.online else ()
        for line, good in itertools.chain(check_here(registry, store), online):
            print(line, flush=True)
            well = well and good
    return 0 if well else 2
