"""The commands of the directory: services in, searched, confirmed, corrected and merged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, tell

if TYPE_CHECKING:
    import argparse


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    directory = command(
        commands, "directory", _import, "a place's services: import, search, review"
    )
    actions = directory.add_subparsers(title="actions", metavar="ACTION", required=True)

    importing = command(
        actions, "import", _import, "bring a publisher's services in, or up to date"
    )
    _place(importing)
    importing.add_argument(
        "source", metavar="SOURCE", help="a file, folder of pages or API address"
    )
    importing.add_argument("--name", help="what the source is called (default: its file or host)")
    importing.add_argument(
        "--changes", action="store_true", help="of an API: only what changed since the last import"
    )


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", type=Path, metavar="PLACE")


def _import(options: argparse.Namespace) -> int:
    from mobilise.directory import import_source, open_directory

    directory = open_directory(options.place)
    done = import_source(
        directory,
        options.source,
        name=options.name,
        changes=options.changes,
        folder=options.place,
        say=tell,
    )
    print(done)
    if done.listing is not None:
        print(f"Every record that was dropped or repaired: {done.listing}")
    return 0
