"""The open plane cannot reach the personal one: the imports say so, and so does a fresh Python."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache

from tests.test_architecture import PACKAGE

PERSONAL = "referrals"
WALL = "disclosure"
# Who may touch the personal plane: the wall's own doors, and those who let people in.
DOORS = {"log", "rows", "letting"}
MAY = {WALL, "cli", "web", "bench", "__main__"}


@cache
def wall_imports():
    """Return every (module that imports, imported module), each file read once."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        here = ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("mobilise."):
                found.add((here, node.module.removeprefix("mobilise.")))
    return found


def test_only_the_wall_and_the_doors_import_the_personal_plane():
    users = {
        here.split(".")[0] for here, other in wall_imports() if other.split(".")[0] == PERSONAL
    }
    assert users - {PERSONAL} <= MAY


def test_within_the_wall_only_its_doors_touch_the_personal_plane():
    touching = {
        here
        for here, other in wall_imports()
        if here.startswith(f"{WALL}.") and other.split(".")[0] == PERSONAL
    }
    assert touching <= {f"{WALL}.{door}" for door in DOORS}
    through = {
        here
        for here, other in wall_imports()
        if here.startswith(f"{WALL}.") and other in {f"{WALL}.{door}" for door in DOORS}
    }
    assert through <= {f"{WALL}.{door}" for door in DOORS}


def test_the_open_plane_uses_no_door():
    """The engine protects any counts, residents' ballots too; the doors lead to people."""
    doors = {f"{WALL}.{door}" for door in DOORS}
    users = {here.split(".")[0] for here, other in wall_imports() if other in doors}
    assert users <= MAY


def test_the_open_plane_runs_without_the_personal_one():
    """Import every module of every open room in a Python of its own: nothing personal is loaded."""
    closed = {PERSONAL, *MAY}
    names = []
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        if parts[0] not in closed:
            names.append(".".join(("mobilise", *(p for p in parts if p != "__init__"))))
    lines = [f"import {name}" for name in names]
    code = "\n".join([*lines, "import sys", "print(*sys.modules)"])
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    barred = [f"mobilise.{PERSONAL}", *(f"mobilise.{WALL}.{door}" for door in DOORS)]
    assert [name for name in loaded if any(name.startswith(one) for one in barred)] == []
    assert "mobilise.equity" in loaded
    assert len(names) > 100


def test_these_tests_would_see_it():
    """The readings above do find imports: of the engine, and through the doors."""
    assert (f"{WALL}.rows", PERSONAL) in wall_imports()
    assert (f"{WALL}.letting", f"{WALL}.log") in wall_imports()
