"""The command line: parse, call, print.

Each module beside this one adds the commands of one step of the loop.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from mobilise import __version__
from mobilise.cli import (
    anywhere,
    directory,
    exporting,
    learn,
    places,
    plans,
    referrals,
    releases,
    running,
)
from mobilise.errors import FAULT, MobiliseError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ABOUT = (
    "Map a place's community assets, measure who can reach them and who is left out, and say so "
    "in a report."
)
STEPS = (anywhere, places, plans, directory, exporting, learn, referrals, releases, running)


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
    for step in STEPS:
        step.add_commands(commands)
    return parser
