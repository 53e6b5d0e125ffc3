"""The command `learn`: its actions are in modules of their own, by what they are about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise.cli import estimates, evidence
from mobilise.cli.options import command

if TYPE_CHECKING:
    import argparse

PARTS = (evidence, estimates)
DOES = "evidence: what was done, what people said, whether it helped, what follows from it"


def add_commands(commands: Any) -> None:
    """Add it to the parser's commands."""
    learn = command(commands, "learn", _which, DOES)
    actions = learn.add_subparsers(title="actions", metavar="ACTION", required=True)
    for part in PARTS:
        part.add_actions(actions)


def _which(_: argparse.Namespace) -> int:
    return 0
