"""A place's data again, later: what changed, and whose recipe stays as it is."""

from __future__ import annotations

import pytest

from mobilise.anywhere import Ask, new_place, update_place
from mobilise.anywhere.changes import changes_text
from mobilise.errors import InputError
from mobilise.fetch import Store
from mobilise.recipe import load_recipe
from mobilise.sources.publishers import load_registry

MUSEUMS = load_registry("england").sources["museums"].address


@pytest.fixture
def wigan(tmp_path, registry, web, store):
    new_place(
        tmp_path / "wigan", Ask(level="district", member="Wigan"), web, store, country=str(registry)
    )
    return tmp_path / "wigan"


@pytest.fixture
def update(wigan, web, store):
    return lambda: update_place(wigan, web, Store(store.folder, max_age=0))


def test_nothing_has_changed_and_little_was_sent(update, server, wigan):
    before = len(server.seen)
    recipe = (wigan / "recipe.toml").read_bytes()
    made = update()
    assert changes_text(made).startswith("Wigan: nothing has changed.")
    assert (wigan / "recipe.toml").read_bytes() == recipe
    big = [s for s in server.seen[before:] if s.status == 200 and s.path.endswith((".csv", ".pbf"))]
    assert big == []
    assert any(s.status == 304 for s in server.seen[before:])


def test_what_changed_is_said_with_rows_before_and_now(update, server, tables):
    more = tables.museums.assign(museum_id=["mm.7", "mm.8", "mm.9"])
    both = tables.museums.merge(more, how="outer")
    server.put(MUSEUMS, both.to_csv(index=False).encode())
    said = changes_text(update())
    assert "Wigan: 1 of 21 sources changed." in said
    assert "Mapping Museums, database of 30 September 2021: 2 rows before, 4 now" in said


def test_what_was_missing_and_is_there_now_joins_the_recipe(update, server, wigan, tables):
    kept = server.files.pop(server.path(MUSEUMS))
    lost = changes_text(update())
    assert lost.startswith("Wigan: nothing has changed")  # the copy of last time was used
    assert "older or other than asked for: an older copy was used: Mapping Museums" in lost
    server.files[server.path(MUSEUMS)] = kept
    assert "# NOTE" not in update().recipe.read_text("utf-8")


def test_a_source_that_is_gone_and_no_longer_in_the_cache_keeps_the_place_s_own_file(
    update, server, wigan, web, store, tmp_path
):
    del server.files[server.path(MUSEUMS)]
    kept = (wigan / "data" / "museums.parquet").read_bytes()
    made = update_place(wigan, web, Store(tmp_path / "another cache"))
    assert made.missing == {}
    assert (wigan / "data" / "museums.parquet").read_bytes() == kept
    assert "museum" in [a.kind for a in load_recipe(made.recipe).assets]
    assert "# NOTE: the file of the time before was kept: Mapping Museums" in (
        made.recipe.read_text("utf-8")
    )
    assert "older or other than asked for: the file of the time before" in changes_text(made)


def test_a_file_that_somebody_has_changed_is_not_taken_for_the_publisher_s(
    server, wigan, web, tmp_path
):
    del server.files[server.path(MUSEUMS)]
    (wigan / "data" / "museums.parquet").write_bytes(b"mine")
    made = update_place(wigan, web, Store(tmp_path / "another cache"))
    assert list(made.missing) == ["museums"]


def test_missing_from_the_start_and_there_later(tmp_path, server, registry, web, store):
    kept = server.files.pop(server.path(MUSEUMS))
    ask = Ask(level="district", member="Wigan")
    made = new_place(tmp_path / "wigan", ask, web, store, country=str(registry))
    assert "museums" in made.missing
    server.files[server.path(MUSEUMS)] = kept
    later = update_place(tmp_path / "wigan", web, Store(store.folder, max_age=0))
    assert "it was missing and is there now (2 rows)" in changes_text(later)
    assert "museum" in [a.kind for a in load_recipe(later.recipe).assets]


def test_a_recipe_that_somebody_edited_is_left_alone(update, server, wigan, tables):
    path = wigan / "recipe.toml"
    path.write_text(
        path.read_text("utf-8").replace("minutes = [15, 30]", "minutes = [20]"), "utf-8"
    )
    edited = path.read_bytes()
    for _ in range(2):
        made = update()
        assert path.read_bytes() == edited
        assert made.recipe == wigan / "recipe.new.toml"
        assert "has been edited, so it was left alone" in changes_text(made)
    load_recipe(made.recipe)


def test_a_folder_that_was_not_made_so_is_one_sentence(tmp_path, web, store):
    with pytest.raises(InputError, match=r"has no sources.json"):
        update_place(tmp_path, web, store)
    (tmp_path / "sources.json").write_text("{]")
    with pytest.raises(InputError, match="is damaged"):
        update_place(tmp_path, web, store)
