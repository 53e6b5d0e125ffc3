"""The house: what is public, what imports what, and that every error is in the tree."""

from __future__ import annotations

import ast
import subprocess
import sys

import mobilise
from mobilise import errors
from tests.conftest import ROOT

PACKAGE = ROOT / "src" / "mobilise"
# A room imports only from floors below its own; rooms of one floor do not import each other,
# but for those that are named here.
FLOORS = [
    {"errors"},
    {"notes", "filters", "tables"},
    {"recipe", "place", "gaps"},
    {"sources"},
    {"fetch", "joins"},
    {"bridges"},
    {"areas", "assets", "equity", "indicators", "learn", "plan", "reach"},
    {"directory"},
    {"referrals"},
    {"disclosure"},
    {"report", "build", "check", "summary", "demo", "exports", "anywhere"},
    {"web"},
    {"bench"},
    {"cli"},
    {"__main__"},
]
NEIGHBOURS = {("build", "report"), ("build", "check"), ("check", "build"), ("recipe", "place")}
STEPS = {
    "sources",
    "areas",
    "assets",
    "equity",
    "indicators",
    "learn",
    "plan",
    "reach",
    "referrals",
}


def floor_of(room):
    return next(i for i, rooms in enumerate(FLOORS) if room in rooms)


def imports():
    """Yield (room, imported room, file) for every import inside the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        if room == "__init__":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.ImportFrom) and node.module:
                whole = node.module == "mobilise"
                names = [f"mobilise.{a.name}" for a in node.names] if whole else [node.module]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                parts = name.split(".")
                if parts[0] == "mobilise" and len(parts) > 1 and parts[1] != "__version__":
                    yield room, parts[1], path.name


def test_rooms_import_only_from_the_floors_below():
    wrong = [
        (room, other, file)
        for room, other, file in imports()
        if room != other and (room, other) not in NEIGHBOURS and floor_of(other) >= floor_of(room)
    ]
    assert wrong == []


def test_every_room_is_on_a_floor():
    rooms = {path.name.removesuffix(".py") for path in PACKAGE.iterdir()}
    rooms -= {"__init__", "__pycache__", "py.typed"}
    assert rooms == set().union(*FLOORS)


def test_the_public_names_are_there_and_no_others():
    for name in mobilise.__all__:
        assert getattr(mobilise, name) is not None
    homes = set(mobilise._HOMES) | {"__version__", "gaps", "plan", "reach"}
    assert homes == set(mobilise.__all__)


def test_importing_the_package_is_cheap():
    code = "import sys, mobilise.cli; print(*sorted(sys.modules))"
    loaded = subprocess.check_output([sys.executable, "-c", code], text=True).split()
    assert not {"numpy", "pandas", "geopandas", "numba", "pydantic"} & set(loaded)


def test_every_error_is_in_the_tree_of_the_docstring():
    classes = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.MobiliseError)
    }
    assert errors.__doc__ is not None
    drawn = {word for line in errors.__doc__.splitlines() for word in line.split()}
    assert classes <= drawn


def test_errors_are_also_of_the_built_in_kind():
    assert issubclass(errors.SourceMissing, FileNotFoundError)
    assert issubclass(errors.MissingColumn, KeyError)
    assert issubclass(errors.BadValues, ValueError)
    told = str(errors.MissingColumn("LSOA21CDE", ["lsoa21_code", "name"], "areas.csv"))
    assert told == "areas.csv: no column 'LSOA21CDE'; did you mean 'lsoa21_code'?"


def test_no_module_is_two_rooms():
    long = {
        path.name: lines
        for path in PACKAGE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 450
    }
    assert long == {}
