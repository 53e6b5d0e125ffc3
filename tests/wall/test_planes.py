"""Nothing in the open plane reaches the personal one; the wall is the only exit."""

from __future__ import annotations

import ast
import subprocess
import sys

from tests.conftest import ROOT

PACKAGE = ROOT / "src" / "mobilise"
# Those that may know of people: the personal plane itself, the wall, and what puts the two
# planes before a user without mixing them.
ALLOWED = {"referrals", "disclosure", "web", "cli", "bench"}
PERSONAL = ("mobilise.referrals", "sqlalchemy.orm", "alembic")


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def room(path):
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def test_no_open_room_imports_the_personal_plane():
    reached = {
        (room(path), name)
        for path in PACKAGE.rglob("*.py")
        if room(path) not in ALLOWED
        for name in imports_of(path)
        if name.startswith(PERSONAL[0])
    }
    assert reached == set()


def test_the_personal_plane_is_really_looked_at():
    names = {name for path in (PACKAGE / "referrals").rglob("*.py") for name in imports_of(path)}
    assert "mobilise.referrals.store" in names


def test_loading_the_open_plane_loads_nothing_personal():
    code = """
import sys, mobilise
for name in mobilise.__all__:
    getattr(mobilise, name)
import mobilise.build, mobilise.report
print(*sorted(m for m in sys.modules if m.startswith("mobilise.referrals")))
"""
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert loaded == []
