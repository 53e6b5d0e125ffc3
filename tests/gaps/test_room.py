"""The room itself: what it offers, and that it keeps to arrays and records."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pandas as pd
import pytest

from mobilise import gaps, tables

FOLDER = Path(gaps.__file__).parent


def test_all_is_what_is_there() -> None:
    assert gaps.__all__ == sorted(gaps._HOMES)
    for name in gaps.__all__:
        assert getattr(gaps, name).__module__ == f"mobilise.gaps.{gaps._HOMES[name]}"


def test_no_chapter_has_the_name_of_what_is_offered() -> None:
    """Else importing the chapter would hide the function."""
    assert not {path.stem for path in FOLDER.glob("*.py")} & set(gaps.__all__)


def test_what_a_build_needs_does_not_load_the_models() -> None:
    """Statsmodels and the compiler take seconds to load: means and slopes do without."""
    code = (
        "import sys\n"
        "from mobilise.gaps import Gap, quintile_means, quintile_shares, relative_index, slope_index\n"
        "print(sorted({'statsmodels', 'numba', 'scipy.stats'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.py")), ids=lambda path: path.stem)
def test_no_chapter_reads_a_file_or_knows_a_place(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom)
            else []
        )
    }  # fmt: skip
    ours = {name for name in imported if name.startswith("mobilise")}
    assert all(name.startswith("mobilise.gaps") or name == "mobilise.errors" for name in ours)
    assert not imported & {"os", "pathlib", "io", "sqlite3", "requests", "urllib"}
    called = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert "open" not in called


def test_a_record_is_a_row_of_the_table() -> None:
    declared = {column.name for column in tables.TABLES["gaps"].columns}
    assert {field.name for field in fields(gaps.Gap)} <= declared
    rows = gaps.quintile_means(
        [5.0, None, 12.0], population=[1, 2, 3], quintile=[1, 2, 5], higher="worse", unit="minutes"
    )
    frame = pd.DataFrame([row.as_dict() for row in rows]).assign(of="reach", by="deprivation")
    valid = tables.validate("gaps", frame)
    assert len(valid) == 6
    assert valid["value"].isna().sum() == 3
