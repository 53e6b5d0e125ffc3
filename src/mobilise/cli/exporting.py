"""The command that hands a place to other programs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mobilise.cli.options import command, tell

if TYPE_CHECKING:
    import argparse

FORMATS = ("csv", "geopackage", "hsds")


def add_commands(commands: Any) -> None:
    """Add them to the parser's commands."""
    export = command(commands, "export", _export, "hand a place to other programs")
    export.add_argument("place", type=Path, metavar="PLACE")
    export.add_argument("--to", required=True, choices=FORMATS, help="the format")
    export.add_argument("--out", type=Path, metavar="DIR", help="where to (default: PLACE/export)")


def _export(options: argparse.Namespace) -> int:
    from mobilise.directory import place_directory
    from mobilise.place import Place

    place = Place.open(options.place)
    folder = options.out or options.place / "export"
    if options.to == "hsds":
        from mobilise.directory.exporting import write_hsds

        directory = place_directory(place, tell)
        paths = write_hsds(directory, folder)
    else:
        from mobilise.exports import write_csv, write_geopackage

        paths = (write_csv if options.to == "csv" else write_geopackage)(place, folder)
    for path in paths:
        print(path)
    return 0
