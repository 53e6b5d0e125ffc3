"""The commands as people type them, in processes of their own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pandas as pd
import pytest

from mobilise.cli import main
from mobilise.sources.publishers import load_registry

SOURCES = load_registry("england").sources
BIG = SOURCES["museums"].address


@pytest.fixture
def run(tmp_path, registry, monkeypatch, capsys):
    """Return what runs a command here: its status, and what it says."""
    monkeypatch.setenv("MOBILISE_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def here(*arguments):
        capsys.readouterr()
        status = main([*arguments, "--country", str(registry)])
        said = capsys.readouterr()
        return status, said.out, said.err

    return here


@pytest.fixture
def start(tmp_path, registry):
    """Return what starts a command in a process of its own."""
    environment = {**os.environ, "MOBILISE_CACHE": str(tmp_path / "cache")}

    def process(*arguments):
        command = [sys.executable, "-m", "mobilise", *arguments, "--country", str(registry)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, **pipes)

    return process


def test_new_killed_in_the_middle_of_a_download_goes_on_from_where_it_was(
    start, server, tmp_path, tables
):
    far = pd.DataFrame({"museum_id": [f"far{i}" for i in range(5_000)], "museum_name": "Far"})
    far = far.assign(latitude=60.1, longitude=-1.2, year_closed="9999:9999")
    both = pd.concat([tables.museums, far], ignore_index=True)
    server.put(BIG, both.to_csv(index=False).encode(), chunk=512, wait=0.01)
    whole = server.files[server.path(BIG)]
    first = start("new", "wigan", "--district", "Wigan")
    deadline = time.monotonic() + 60
    while _part(tmp_path) < 20_000:
        assert first.poll() is None, first.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    kept = _part(tmp_path)
    assert 20_000 <= kept < len(whole.body)
    assert not (tmp_path / "wigan" / "recipe.toml").exists()
    whole.chunk, whole.wait = 1 << 16, 0.0
    before = len(server.seen)
    second = start("new", "wigan", "--district", "Wigan")
    out, err = second.communicate()
    assert second.returncode == 0, err
    assert "Wigan: 9 areas and 9 neighbours; 21 of 21 sources." in out
    again = [s for s in server.seen[before:] if s.path == server.path(BIG)]
    assert [(s.status, s.sent) for s in again] == [(206, len(whole.body) - kept)]
    assert again[0].headers["Range"] == f"bytes={kept}-"
    fetched_again = {s.path for s in server.seen[before:] if s.status == 200}
    assert server.path(SOURCES["deprivation"].address) not in fetched_again
    text = (tmp_path / "wigan" / "recipe.toml").read_text("utf-8")
    assert "#     mobilise new wigan --district Wigan" in text
    museums = pd.read_parquet(tmp_path / "wigan" / "data" / "museums.parquet")
    assert museums["museum_id"].tolist() == ["mm.1", "mm.2"]


def _part(folder):
    return max((p.stat().st_size for p in (folder / "cache").rglob("part")), default=0)


def test_a_built_place_carries_the_attributions_at_its_foot(run, tmp_path, server):
    status, _, err = run("new", "wigan", "--district", "E08000010")
    assert status == 0, err
    from mobilise.build import build_place
    from mobilise.recipe import load_recipe

    path = tmp_path / "wigan" / "recipe.toml"
    path.write_text(path.read_text("utf-8").replace(', "pdf"]', "]"), encoding="utf-8")
    recipe = load_recipe(path, out=tmp_path / "out")
    place = build_place(recipe)
    html = (tmp_path / "out" / "report" / "index.html").read_text("utf-8")
    foot = html.split("<footer>")[1]
    wanted = {card["attribution"] for card in place.facts["sources"]}
    assert len(wanted) >= 8
    for words in wanted:
        assert words.rstrip(".") in foot
    assert "OpenStreetMap contributors" in foot
    reach = place.table("reach")
    assert set(reach["area_id"]) == set(place.table("areas")["area_id"])
    assert len(place.table("areas")) == 9
    assert {"library", "museum", "park", "waterway", "gp", "community"} <= set(reach["kind"])
    says = " ".join(note["says"] for note in place.facts["notes"])
    assert "9 neighbouring areas beyond the border" in says


def test_districts_are_listed(run):
    status, out, _ = run("new", "--list")
    assert (status, out.splitlines()) == (0, ["E08000011  Bolton", "E08000010  Wigan"])
    status, out, _ = run("new", "--list", "ward")
    assert len(out.splitlines()) == 6


def test_a_wrong_name_is_one_sentence_and_status_two(run):
    status, out, err = run("new", "x", "--district", "Wigam")
    assert (status, out) == (2, "")
    assert err.splitlines()[-1].startswith("mobilise: there is no district 'Wigam'")
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["x", "--district", "A", "--ward", "B"], "choose --district or --ward"),
        (["x", "--postcode", "WN1 1AA", "--km", "0"], "--km must be more than 0"),
        (["x", "--level", "region"], "--level needs --name"),
        (["--district", "A"], "say where: mobilise new DIR"),
        (["x", "--district", "A", "--country", "narnia"], "narnia: there is no such registry"),
    ],
)
def test_what_cannot_be_meant_is_told(arguments, says, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOBILISE_CACHE", str(tmp_path / "cache"))
    assert main(["new", *arguments]) == 2
    assert says in capsys.readouterr().err


def test_without_a_place_a_template_is_written(tmp_path, capsys):
    assert main(["new", str(tmp_path / "somewhere")]) == 0
    assert "Edit it" in capsys.readouterr().out


def test_update_says_what_changed(run, server, tmp_path, tables, capsys):
    run("new", "wigan", "--district", "Wigan")
    fewer = tables.museums[tables.museums["museum_id"] == "mm.1"]
    server.put(SOURCES["museums"].address, fewer.to_csv(index=False).encode())
    assert main(["update", str(tmp_path / "wigan")]) == 0
    assert "2 rows before, 1 now" in capsys.readouterr().out


def test_doctor_looks_here_and_asks_nobody(run, server):
    status, out, _ = run("doctor")
    assert status == 0
    assert "registry: England" in out
    assert "are marked as not verified" in out
    assert server.seen == []


def test_doctor_online_asks_every_address_and_fetches_no_file(run, server):
    server.put(SOURCES["museums"].address, b"<html>moved</html>")
    overpass = SOURCES["streets_overpass"].address
    server.put(overpass, b"<osm></osm>")
    server.put(SOURCES["libraries_enhanced"].address, b"name,type,postcode,year_opened\n1,2,3,4\n")
    server.put(SOURCES["libraries"].address, b"<!DOCTYPE html><a href='/about'>About</a>")
    layer = server.layers[server.path(SOURCES["icbs"].address)]
    layer.rows = [{"LSOA21CD": "E", "ICB25CD": "E", "ICB25NM": "E"}]
    status, out, _ = run("doctor", "--online")
    assert status == 2
    lines = {line.split()[1]: line for line in out.splitlines() if line[:5] in {"ok   ", "FAILS"}}
    assert set(lines) == set(SOURCES)
    failed = {key for key, line in lines.items() if line.startswith("FAILS")}
    assert failed == {"museums", "icbs", "libraries", "libraries_enhanced"}
    assert "no link on the page fits" in lines["libraries"]
    assert "no column 'year_closed'" in lines["libraries_enhanced"]
    assert "all 27 columns are there" in lines["gps"]
    assert "offered as GeoPackage" in lines["rivers"]
    assert "a web page came back" in lines["museums"]
    assert "no column 'ICB24CD'; did you mean 'ICB25CD'" in lines["icbs"]
    assert "all 6 columns are there" in lines["areas"]
    assert all("not verified before" in line for line in lines.values())
    assert max(s.sent for s in server.seen) <= 70_000  # heads, and what layers say of themselves
    ranged = [s for s in server.seen if "Range" in s.headers]
    assert ranged
    assert not [s for s in server.seen if s.path.endswith("/query")]


def test_doctor_online_takes_nothing_from_the_cache(run, server):
    assert run("new", "wigan", "--district", "Wigan")[0] == 0
    server.stop()
    status, out, err = run("doctor", "--online")
    assert status == 2
    checks = [line for line in out.splitlines() if line[:5] in {"ok   ", "FAILS"}]
    assert len(checks) == len(SOURCES)
    assert all("no connection to the server" in line for line in checks)
    assert all("see whether this machine is online" in line for line in checks)
    assert "trying again" not in err
