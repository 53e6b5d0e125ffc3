"""What the commands share: how one is added, and the options that several have."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

PORT = 8000


def command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], int], does: str
) -> argparse.ArgumentParser:
    """Add a command: its name, what runs it (returning the exit status), and what it does."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=does, description=does)
    parser.add_argument("--debug", action="store_true", help="show tracebacks")
    parser.set_defaults(run=run)
    return parser


def recipe_options(parser: argparse.ArgumentParser) -> None:
    """Add a recipe, and where its relative paths start from."""
    parser.add_argument("recipe", type=Path, metavar="RECIPE")
    parser.add_argument("--data", type=Path, metavar="DIR", help="where relative paths start from")


def serving_options(parser: argparse.ArgumentParser) -> None:
    """Add the address that a server listens on."""
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on")
    parser.add_argument("--port", type=int, default=PORT, help=f"port to serve on ({PORT})")


def tell(text: str) -> None:
    """Show a line of progress."""
    print(f"  {text}", file=sys.stderr, flush=True)


def short(path: Path) -> str:
    """Return a path relative to the working directory where it lies inside it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
