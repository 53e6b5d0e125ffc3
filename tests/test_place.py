"""A place's folder: written whole or not at all."""

from __future__ import annotations

import json

import pytest

from mobilise.errors import PlaceError
from mobilise.place import (
    FACTS,
    JOURNAL,
    Place,
    finish_publishing,
    publish,
    replacing,
    write_json,
    write_table,
)
from mobilise.tables import empty


def test_a_folder_without_a_place_says_how_to_make_one(tmp_path):
    with pytest.raises(PlaceError, match="holds no place"):
        Place.open(tmp_path)


def test_a_damaged_place_says_so(tmp_path):
    (tmp_path / FACTS).write_text("{")
    with pytest.raises(PlaceError, match="damaged"):
        Place.open(tmp_path)


def test_a_table_that_is_not_there_is_named(tmp_path):
    write_json(tmp_path / FACTS, {"name": "Town"})
    with pytest.raises(PlaceError, match="no table 'areas'"):
        Place.open(tmp_path).table("areas")


def test_a_table_of_an_earlier_version_says_what_it_lacks_and_who_built_it(tmp_path):
    write_json(tmp_path / FACTS, {"name": "Town", "mobilise": "0.0.1"})
    write_table(tmp_path, "reach", empty("reach"))
    assert Place.open(tmp_path).table("reach").empty
    empty("reach").drop(columns=["unit", "edge"]).to_parquet(tmp_path / "reach.parquet")
    with pytest.raises(PlaceError) as told:
        Place.open(tmp_path).table("reach")
    said = str(told.value)
    assert f"{tmp_path / 'reach.parquet'} lacks the columns 'unit', 'edge'" in said
    assert "built by mobilise 0.0.1; build it again with 'mobilise build RECIPE --out" in said


def test_a_failed_write_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("old")

    def write_half():
        with replacing(path) as beside:
            beside.write_text("half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def staged_change(folder):
    """Return a staging folder that holds a new edition of two files."""
    for name in ("a.txt", "report/b.txt", "gone.txt"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("old")
    staged = folder / ".building"
    (staged / "report").mkdir(parents=True)
    for name in ("a.txt", "report/b.txt"):
        (staged / name).write_text("new")
    return staged


def state(folder):
    names = ("a.txt", "report/b.txt", "gone.txt")
    return [(folder / n).read_text() if (folder / n).exists() else None for n in names]


def test_a_change_is_published_whole(tmp_path):
    publish(tmp_path, staged_change(tmp_path), ["a.txt", "report/b.txt"], ["gone.txt"])
    assert state(tmp_path) == ["new", "new", None]
    assert not (tmp_path / JOURNAL).exists()


@pytest.mark.parametrize("moved", [0, 1, 2])
def test_a_change_interrupted_at_any_file_is_finished_by_the_next_reader(tmp_path, moved):
    staged = staged_change(tmp_path)
    files = ["a.txt", "report/b.txt"]
    journal = {"from": ".building", "files": files, "gone": ["gone.txt"]}
    (tmp_path / JOURNAL).write_text(json.dumps(journal))
    for name in files[:moved]:
        (staged / name).replace(tmp_path / name)
    finish_publishing(tmp_path)
    assert state(tmp_path) == ["new", "new", None]


def test_a_change_interrupted_before_its_journal_has_not_happened(tmp_path):
    staged_change(tmp_path)
    finish_publishing(tmp_path)
    assert state(tmp_path) == ["old", "old", "old"]
