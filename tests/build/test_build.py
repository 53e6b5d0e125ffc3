"""A build, from files to tables, on a town that can be checked by hand."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from mobilise.build import build_place
from mobilise.build.cache import only_build
from mobilise.errors import InputError, MobiliseError, PlaceError
from mobilise.place import Place

METRES_A_MINUTE = 80.0  # 4.8 km/h
DETOUR = 1.3
ALL_STEPS = ["areas", "network", "assets", "directory"]
ALL_STEPS += ["indicators", "reach", "gaps", "plan", "report"]
TABLES = ("areas", "boundary", "assets", "entrances", "duplicates", "indicators", "reach", "gaps")


def minutes(metres):
    return metres * DETOUR / METRES_A_MINUTE


def test_reach_is_what_a_ruler_gives(town):
    reach = town.build(to="reach").table("reach")
    nearest = reach[reach["measure"] == "nearest"].set_index("area_id")["value"]
    # Steps of a kilometre east and north to the nearer library.
    steps = {"A11": (0, 0), "A12": (1, 0), "A13": (2, 0), "A21": (0, 1), "A22": (1, 1)}
    steps |= {"A23": (0, 1), "A31": (2, 0), "A32": (1, 0), "A33": (0, 0)}
    expected = {area: minutes(1000 * np.hypot(*step)) for area, step in steps.items()}
    # The engine counts whole decimetres: a tenth of a metre is 0.0013 minutes.
    assert nearest.to_dict() == pytest.approx(expected, abs=0.002)
    count = reach[(reach["measure"] == "count") & (reach["limit"] == 30)]
    count = count.set_index("area_id")["value"]
    # 30 minutes are 1,846 m in a straight line; the middle is 1,414 m from both.
    assert count.to_dict() == {**dict.fromkeys(steps, 1), "A22": 2, "A13": 0, "A31": 0}


def test_areas_have_quintiles_groups_and_origins(town):
    areas = town.build(to="areas").table("areas").set_index("area_id")
    assert areas["deprivation_quintile"].tolist() == [1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert areas.loc["A21", "group_ward"] == "Row 2"
    assert (areas.loc["A11", "origin_x"], areas.loc["A11", "origin_y"]) == (400_500, 300_500)
    assert areas.geometry.area.tolist() == [1e6] * 9
    assert areas.crs.to_epsg() == 27700


def test_areas_whose_border_is_nearer_than_their_library_are_flagged(town):
    place = town.build(to="reach")
    areas = place.table("areas").set_index("area_id")
    # Every origin but the centre's is 500 m from the border; libraries stand at two of them.
    # The centre: 1,500 m from the border, 1,414 m from a library.
    flagged = areas["edge"]
    assert flagged.to_dict() == {
        **dict.fromkeys(areas.index, True),
        **dict.fromkeys(("A11", "A22", "A33"), False),
    }
    reach = place.table("reach")
    assert reach.groupby("area_id")["edge"].first().to_dict() == flagged.to_dict()


def test_sources_that_go_on_beyond_the_border_flag_fewer_areas(town):
    town.change('capacity = "hours"', 'capacity = "hours"\nbeyond = true')
    areas = town.build(to="reach").table("areas").set_index("area_id")
    # What is known goes on for 10 km beyond the border, and no library is further than 2 km.
    assert not areas["edge"].any()


def test_gaps_are_what_numpy_gives(town):
    place = town.build(to="gaps")
    gaps, areas = place.table("gaps"), place.table("areas")
    people = areas["population"].to_numpy()
    percent = place.table("indicators")["value"].to_numpy()
    whole = gaps[(gaps["of"] == "Good health") & (gaps["statistic"] == "mean")]
    assert whole.loc[whole["level"].isna(), "value"].item() == pytest.approx(
        np.average(percent, weights=people)
    )
    first = whole.loc[whole["level"] == 1, "value"].item()
    assert first == pytest.approx((100 * 70 + 200 * 71) / 300)
    ranks = (np.cumsum(people) - people / 2) / people.sum()
    slope, _ = np.polyfit(ranks, percent, 1, w=np.sqrt(people))
    index = gaps[(gaps["of"] == "Good health") & (gaps["statistic"] == "slope_index")]
    assert index["value"].item() == pytest.approx(slope)
    assert index["by"].item() == "income deprivation"
    share = gaps[(gaps["statistic"] == "share_reached") & (gaps["limit"] == 15)]
    # 15 minutes are 923 m: nobody but A11 (100 people) and A33 (300) reaches a library.
    assert share.loc[share["level"].isna(), "value"].item() == pytest.approx(100 * 400 / 1800)


def test_an_indicator_of_larger_areas_counts_each_of_them_once(town):
    wards = pd.DataFrame({"ward": ["Row 1", "Row 2", "Row 3"], "percent": [70.0, 74, 78]})
    wards = wards.assign(lower=wards["percent"] - 2, upper=wards["percent"] + 2)
    town.write("health", wards).change('id = "code"\nvalue', 'id = "ward"\nlevel = "ward"\nvalue')
    place = town.build(to="gaps")
    gaps = place.table("gaps")
    index = gaps[(gaps["of"] == "Good health") & (gaps["statistic"] == "slope_index")]
    assert index["n"].item() == 3
    # Three wards of 600 people: mid-ranks 1/6, 3/6, 5/6, so the slope is 4 / (1/3).
    assert index["value"].item() == pytest.approx(12.0)
    assert set(place.table("indicators")["level"]) == {"ward"}


def digests(folder):
    paths = [folder / f"{name}.parquet" for name in TABLES]
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def test_two_builds_in_two_folders_give_the_same_bytes(town):
    first, second = town.build("one"), town.build("two")
    assert digests(first.folder) == digests(second.folder)
    report = "report/index.html"
    assert (first.folder / report).read_bytes() == (second.folder / report).read_bytes()


def test_the_order_of_rows_in_the_sources_does_not_matter(town):
    first = town.build("one", to="gaps")
    for name in ("areas", "libraries", "health"):
        town.write(name, town.table(name).iloc[::-1])
    second = town.build("two", to="gaps")
    assert digests(first.folder) == digests(second.folder)


def test_a_second_build_skips_everything(town):
    town.build()
    assert town.build().facts["skipped"] == ALL_STEPS


@pytest.mark.parametrize(
    ("change", "ran"),
    [
        (("minutes = [15, 30]", "minutes = [15, 20]"), ["reach", "gaps", "plan", "report"]),
        (('formats = ["html"]', "formats = []"), ["report"]),
        (('period = "2021"', 'period = "2022"'), ["indicators", "gaps", "report"]),
        (
            ("[[reach]]", "[network]\nspeed_kmh = 3\n[[reach]]"),
            ["network", "assets", "reach", "gaps", "plan", "report"],
        ),
    ],
)
def test_only_what_depends_on_a_change_runs_again(town, change, ran):
    town.build()
    skipped = town.change(*change).build().facts["skipped"]
    assert [step for step in ALL_STEPS if step not in skipped] == ran


def test_a_changed_file_runs_its_step_and_what_follows(town):
    town.build()
    libraries = town.table("libraries")
    skipped = town.write("libraries", libraries.head(1)).build().facts["skipped"]
    assert skipped == ["areas", "network", "directory", "indicators"]


def test_fresh_runs_every_step(town):
    town.build()
    assert town.build(fresh=True).facts["skipped"] == []


def test_what_a_recipe_no_longer_makes_is_removed(town):
    place = town.build()
    assert (place.folder / "report" / "index.html").is_file()
    town.change('formats = ["html"]', "formats = []").build()
    assert not (place.folder / "report" / "index.html").exists()


def test_a_failed_build_leaves_the_last_good_place(town):
    place = town.build()
    before = digests(place.folder)
    town.write("health", town.table("health").assign(percent="many"))
    with pytest.raises(Exception, match="many"):
        town.build()
    assert digests(place.folder) == before
    assert Place.open(place.folder).table("gaps").equals(place.table("gaps"))


def test_provenance_names_every_source_with_its_hash(town):
    facts = json.loads((town.build(to="reach").folder / "place.json").read_text())
    cards = {card["label"]: card for card in facts["sources"]}
    assert set(cards) == {"areas.csv", "squares.gpkg", "libraries.csv", "health.csv"}
    path = town.folder / "areas.csv"
    assert cards["areas.csv"]["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert cards["areas.csv"]["rows"] == 9
    assert str(town.folder) not in json.dumps(facts)


def test_geoparquet_opens_and_says_its_crs(town):
    place = town.build(to="assets")
    for name in ("areas", "assets"):
        frame = gpd.read_parquet(place.folder / f"{name}.parquet")
        assert frame.crs.to_epsg() == 27700
        assert frame.geometry.is_valid.all()


def test_an_unknown_step_is_named(town):
    with pytest.raises(InputError, match="did you mean 'reach'"):
        town.build(to="reech")


def test_two_builds_at_once_in_one_folder_are_refused(town):
    recipe = town.load()
    with only_build(recipe.output), pytest.raises(PlaceError, match="another build"):
        build_place(recipe)


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize("lines", [1, 2, 4, 7, 9, 11, 13])
def test_a_build_killed_at_any_step_leaves_a_whole_place_and_the_next_finishes(town, lines):
    good = town.build()
    before = digests(good.folder)
    town.write("libraries", town.table("libraries").head(1)).load()
    command = [sys.executable, "-m", "mobilise", "build", "town.toml", "--out", "out"]
    started = subprocess.Popen(
        command, cwd=town.folder, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    assert started.stderr is not None
    for _ in range(lines):  # a line as each step begins and ends
        started.stderr.readline()
    started.send_signal(signal.SIGKILL)
    started.wait()
    started.stderr.close()
    now = Place.open(good.folder)
    reopened = digests(now.folder)
    finished = town.build("fresh")
    assert reopened in (before, digests(finished.folder))
    assert len(now.table("reach")) == len(finished.table("reach"))
    assert digests(town.build().folder) == digests(finished.folder)


def test_a_mean_over_larger_areas_has_their_published_error(town):
    wards = pd.DataFrame({"ward": ["Row 1", "Row 2", "Row 3"], "percent": [70.0, 74, 78]})
    wards = wards.assign(lower=wards["percent"] - 1.96, upper=wards["percent"] + 1.96)
    town.write("health", wards).change('id = "code"\nvalue', 'id = "ward"\nlevel = "ward"\nvalue')
    gaps = town.build(to="gaps").table("gaps")
    means = gaps[(gaps["of"] == "Good health") & (gaps["statistic"] == "mean")]
    # Fifth 2 is A13 (300 people, row 1) and A21 (100, row 2); each ward's error is 1.
    second = means[means["level"] == 2].iloc[0]
    assert second["value"] == pytest.approx((300 * 70 + 100 * 74) / 400)
    assert second["se"] == pytest.approx(np.hypot(0.75, 0.25), rel=1e-4)
    # The whole place is the three wards of 600 people, each counted once.
    whole = means[means["level"].isna()].iloc[0]
    assert whole["value"] == pytest.approx(74)
    assert whole["se"] == pytest.approx(1 / np.sqrt(3), rel=1e-4)


def test_what_an_abandoned_build_left_behind_is_in_no_later_one(town):
    first = town.build(to="gaps")
    before = digests(first.folder)
    recipe, hours = town.recipe, town.table("libraries")
    # Fewer areas are staged, and then the assets fail.
    town.change('id = "code"\nname', 'where = "people > 150"\nid = "code"\nname')
    town.write("libraries", hours.assign(hours="many"))
    with pytest.raises(MobiliseError):
        town.build(to="gaps")
    town.write("libraries", hours).recipe = recipe
    town.change("minutes = [15, 30]", "minutes = [30, 15]")
    assert digests(town.build(to="gaps").folder) == before


@pytest.mark.parametrize("file", ["boundary.parquet", "areas.parquet", "reach.parquet"])
def test_a_file_that_is_gone_or_cut_short_is_made_again(town, file):
    folder = town.build(to="gaps").folder
    before = digests(folder)
    (folder / file).unlink()
    assert digests(town.build(to="gaps").folder) == before
    (folder / file).write_bytes((folder / file).read_bytes()[:100])
    assert digests(town.build(to="gaps").folder) == before


def test_later_tables_are_kept_as_long_as_they_hold(town):
    folder = town.build(to="gaps").folder
    town.build(to="areas")
    assert (folder / "gaps.parquet").is_file()
    town.change("minutes = [15, 30]", "minutes = [10]").build(to="indicators")
    assert (folder / "indicators.parquet").is_file()
    assert not (folder / "reach.parquet").exists()


def test_a_damaged_table_is_one_sentence(town):
    place = town.build(to="reach")
    path = place.folder / "reach.parquet"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(PlaceError, match="is damaged"):
        place.table("reach")
