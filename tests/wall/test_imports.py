"""The open plane cannot reach the personal one: the imports say so, and so does a fresh Python."""

from __future__ import annotations

import subprocess
import sys

from tests.test_architecture import PACKAGE, imports

PERSONAL = {"referrals"}
WALL = "disclosure"
# Who may touch the personal plane: the wall, the command line, the care pages, the benchmarks.
MAY = {WALL, "cli", "web", "bench", "__main__"}


def test_only_the_wall_and_the_doors_import_the_personal_plane():
    wrong = [
        (room, file) for room, other, file in imports() if other in PERSONAL and room not in MAY
    ]
    assert [pair for pair in wrong if pair[0] not in PERSONAL] == []


def test_no_room_below_the_wall_imports_it():
    users = {room for room, other, _ in imports() if other == WALL}
    assert users <= {WALL, "cli", "web", "bench"}


def test_the_open_plane_runs_without_the_personal_one():
    """Import every open room in a Python of its own: nothing personal is loaded."""
    closed = PERSONAL | MAY | {"__init__", "__pycache__", "py.typed"}
    rooms = sorted({path.name.removesuffix(".py") for path in PACKAGE.iterdir()} - closed)
    lines = [f"import mobilise.{room}" for room in rooms]
    code = "\n".join([*lines, "import sys", "print(*sys.modules)"])
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    reached = [
        name for name in loaded for room in [*PERSONAL, WALL] if name.startswith(f"mobilise.{room}")
    ]
    assert len(rooms) > 10
    assert reached == []


def test_this_test_would_see_it():
    """A module that imports the personal plane is found by the same reading."""
    users = {room for room, other, _ in imports() if other == "tables"}
    assert WALL in users
