"""The command line, as its user meets it."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mobilise import __version__
from mobilise.cli import main


def run(*arguments, cwd=None):
    command = [sys.executable, "-m", "mobilise", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def test_version(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"mobilise {__version__}\n"


def test_a_missing_recipe_is_one_sentence_and_status_two(capsys):
    assert main(["build", "nowhere.toml"]) == 2
    assert capsys.readouterr().err == (
        "mobilise: nowhere.toml: no such recipe; 'mobilise new DIR' writes one to start from.\n"
    )


def test_new_writes_a_recipe_once(tmp_path, capsys):
    assert main(["new", str(tmp_path / "wigan")]) == 0
    assert (tmp_path / "wigan" / "recipe.toml").is_file()
    assert main(["new", str(tmp_path / "wigan")]) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """Return the demonstration place, built by the command itself."""
    folder = tmp_path_factory.mktemp("demo")
    done = run("demo", "--no-serve", "--out", folder / "town")
    assert done.returncode == 0, done.stderr
    return folder / "town", done


def test_the_demonstration_says_it_is_synthetic_on_one_screen(demo):
    folder, done = demo
    assert "SYNTHETIC" in done.stdout
    lines = done.stdout.splitlines()
    assert len(lines) <= 50
    assert "Report: " in done.stdout
    assert json.loads((folder / "place.json").read_text())["synthetic"] is True
    html = (folder / "report" / "index.html").read_text(encoding="utf-8")
    assert html.lower().count("synthetic") > 3


def test_show_prints_the_summary_and_tables(demo, capsys):
    folder, _ = demo
    assert main(["show", str(folder)]) == 0
    assert "Who is left out:" in capsys.readouterr().out
    assert main(["show", str(folder), "gaps", "--csv"]) == 0
    assert capsys.readouterr().out.startswith("of,kind,measure,limit,by,statistic,level,part,value")
    assert main(["show", str(folder), "gasp"]) == 2
    assert "did you mean 'gaps'?" in capsys.readouterr().err


def test_check_reads_everything_and_writes_nothing(demo, capsys):
    folder, _ = demo
    recipe = folder / "sources" / "recipe.toml"
    before = sorted(folder.rglob("*"))
    assert main(["check", str(recipe)]) == 0
    told = capsys.readouterr().out
    assert "ready to build" in told
    assert "rows read" in told
    assert sorted(folder.rglob("*")) == before


def test_report_writes_the_same_report_again(demo, capsys):
    folder, _ = demo
    before = (folder / "report" / "index.html").read_bytes()
    assert main(["report", str(folder)]) == 0
    assert "index.html" in capsys.readouterr().out
    assert (folder / "report" / "index.html").read_bytes() == before


def test_a_pipe_that_closes_early_is_no_fault(demo):
    folder, _ = demo
    command = f"{sys.executable} -m mobilise show {folder} reach --csv | head -1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)  # noqa: S602
    assert done.stdout.startswith("area_id,")
    assert "Traceback" not in done.stderr
