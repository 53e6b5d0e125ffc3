"""Bad input: one clear sentence, exit status 2, never a traceback, never a wrong number."""

from __future__ import annotations

import numpy as np
import pytest

from mobilise.cli import main
from mobilise.place import Place


def spoil(name, **columns):
    """Return a change of a table: columns replaced by values or by functions of the old ones."""

    def change(town):
        frame = town.table(name)
        for column, value in columns.items():
            frame[column] = value(frame[column]) if callable(value) else value
        town.write(name, frame)

    return change


def first_is(value):
    def change(column):
        column = column.astype(object)
        column.iloc[0] = value
        return column

    return change


def empty_file(town):
    (town.folder / "libraries.csv").write_text("")


def only_a_header(town):
    town.write("libraries", town.table("libraries").head(0))


def truncated_pbf(town):
    (town.folder / "town.osm.pbf").write_bytes(b"\x00\x00\x00\x0d\x0a\x09OSMHeader\x18\x99\x01half")
    town.change("[[reach]]", '[network]\nosm = "town.osm.pbf"\n[[reach]]')


def truncated_geopackage(town):
    path = town.folder / "squares.gpkg"
    path.write_bytes(path.read_bytes()[:3000])


def misspelt_columns(town):
    town.change('name = "name"\nx = "x"', 'name = "nam"\nx = "x"').change('"score"', '"scor"')


def missing_files(town):
    town.change('"squares.gpkg"', '"squares.gpk"').change('"health.csv"', '"helth.csv"')


def nothing_passes(town):
    town.change('id = "code"\nname', 'where = "people > 1e9"\nid = "code"\nname')


def unknown_kind(town):
    town.change('kind = "library"', 'kind = "libary"')


def lat_lon_called_metres(town):
    town.change('kind = "library"', 'kind = "library"\n# in degrees')
    town.write("libraries", town.table("libraries").assign(x=-1.99, y=52.6))


def metres_called_lat_lon(town):
    town.change('crs = "EPSG:27700"\ncapacity', "capacity")


def swapped_areas(town):
    areas = town.table("areas")
    lon, lat = np.linspace(-2.01, -1.97, 9), np.linspace(52.58, 52.62, 9)
    town.write("areas", areas.assign(x=lat, y=lon))
    town.change('y = "y"\ncrs = "EPSG:27700"\npop', 'y = "y"\npop')


def far_from_their_polygons(town):
    spoil("areas", x=lambda x: x + 50_000)(town)


@pytest.mark.parametrize(
    ("ruin", "says"),
    [
        (spoil("areas", code="A11"), ["areas.csv", "'A11'", "more than once"]),
        (spoil("areas", code=first_is(None)), ["areas.csv", "row 1", "'code'"]),
        (spoil("areas", people=first_is("many")), ["areas.csv", "'people'", "'many'"]),
        (spoil("areas", people=first_is(-5)), ["areas.csv", "'A11'", "negative population", "-5"]),
        (spoil("areas", people=np.nan), ["areas.csv", "'people'", "no area any population"]),
        (spoil("areas", score=np.nan), ["areas.csv", "'score'", "no deprivation"]),
        (spoil("areas", score=first_is("high")), ["areas.csv", "'score'", "'high'"]),
        (spoil("libraries", hours=first_is("all day")), ["libraries.csv", "'hours'", "'all day'"]),
        (spoil("health", code=lambda c: "E" + c), ["health.csv", "'EA11'", "'A11'", "vintage"]),
        (spoil("health", code="A11"), ["health.csv", "'A11'", "more than one value"]),
        (spoil("health", lower=99), ["health.csv", "Good health", "not between its limits"]),
        (empty_file, ["libraries.csv", "empty"]),
        (only_a_header, ["libraries.csv", "no rows"]),
        (truncated_pbf, ["town.osm.pbf"]),
        (truncated_geopackage, ["squares.gpkg"]),
        (misspelt_columns, ["did you mean 'name'?", "did you mean 'score'?"]),
        (missing_files, ["squares.gpk: there is no such file", "helth.csv: there is no such file"]),
        (nothing_passes, ["areas.csv", "no row is left"]),
        (unknown_kind, ["assets[1].kind", "did you mean 'library'?"]),
        (lat_lon_called_metres, ["libraries.csv", "degrees"]),
        (metres_called_lat_lon, ["libraries.csv", "metres"]),
        (swapped_areas, ["areas.csv", "swapped"]),
        (far_from_their_polygons, ["areas.csv", "far from their polygons"]),
    ],
)
def test_what_cannot_be_used_is_named_with_its_mend(town, capsys, ruin, says):
    ruin(town)
    town.load()
    recipe = town.folder / "town.toml"
    assert main(["build", str(recipe), "--out", str(town.folder / "out")]) == 2
    told = capsys.readouterr().err
    assert all(part in told for part in says), told
    assert "Traceback" not in told
    assert not (town.folder / "out" / "place.json").exists()


def notes_of(town):
    return {
        (n["step"], n["count"]): n for n in town.build(to="reach").facts["notes"] if n["warning"]
    }


@pytest.mark.parametrize(
    ("ruin", "step", "count", "says"),
    [
        (spoil("areas", people=first_is(None)), "areas", 1, "have no population"),
        (spoil("areas", score=first_is(None)), "areas", 1, "have no deprivation"),
        (spoil("libraries", x=first_is(700_000)), "assets", 1, ""),
        (spoil("libraries", x=first_is(None)), "assets", 1, ""),
        (spoil("health", percent=first_is(None)), "indicators", 1, "8 of the place's 9 areas"),
    ],
)
def test_what_is_left_out_is_counted_in_a_warning(town, ruin, step, count, says):
    ruin(town)
    warned = notes_of(town)
    assert (step, count) in warned, warned
    assert says in warned[step, count]["says"]


def test_a_join_that_matches_some_names_those_it_does_not(town):
    areas = town.table("areas")
    town.write("extra", areas[["code"]].head(7).assign(more=1.5))
    town.change("[[assets]]", '[[areas.join]]\nfile = "extra.csv"\nid = "code"\n[[assets]]')
    place = town.build(to="areas")
    note = next(n for n in place.facts["notes"] if n["source"] == "extra.csv")
    assert note["examples"] == ["A32", "A33"]
    assert "7 of 9 rows found a match" in note["says"]
    left = (place.folder / "checks" / "areas_unmatched.csv").read_text()
    assert "extra.csv,rows without a match,A33" in left
    assert place.table("areas")["more"].isna().sum() == 2


def test_a_fault_of_ours_is_one_sentence_and_status_one(town, capsys, monkeypatch):
    monkeypatch.setattr("mobilise.build.fingerprints", lambda _: 1 / 0)
    town.load()
    assert main(["build", str(town.folder / "town.toml"), "--out", str(town.folder / "o")]) == 1
    told = capsys.readouterr().err
    assert "unforeseen fault" in told
    assert "Traceback" not in told


def test_population_missing_in_one_area_weighs_nothing(town):
    spoil("areas", people=first_is(None))(town)
    place = town.build(to="gaps")
    assert isinstance(place, Place)
    means = place.table("gaps").query("statistic == 'mean' and of == 'Good health'")
    # Quintile 1 is A11 (nobody) and A12 (71%).
    assert means.loc[means["level"] == 1, "value"].item() == pytest.approx(71.0)


def test_an_area_without_deprivation_is_in_no_gradient_but_in_the_place(town):
    spoil("areas", score=first_is(None))(town)
    gaps = town.build(to="gaps").table("gaps").query("of == 'Good health'")
    means = gaps[gaps["statistic"] == "mean"]
    assert means.loc[means["level"].isna(), "n"].item() == 9
    assert gaps.loc[gaps["statistic"] == "slope_index", "n"].item() == 8
