"""Recipes: what is read, and how faults are told."""

from __future__ import annotations

import tomllib

import pytest

from mobilise.errors import InputError, RecipeError, SourceMissing
from mobilise.recipe import load_recipe
from mobilise.recipe.template import write_template

SMALLEST = """
[place]
name = "Town"
crs = "EPSG:27700"
[areas]
file = "areas.csv"
id = "code"
population = "people"
[[assets]]
file = "libraries.csv"
kind = "library"
x = "lon"
y = "lat"
"""


@pytest.fixture
def write(tmp_path):
    def writer(text):
        path = tmp_path / "town.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return writer


def problems(path, **options):
    with pytest.raises(RecipeError) as caught:
        load_recipe(path, **options)
    return caught.value.problems


def test_defaults_are_those_of_the_design(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    recipe = load_recipe(write(SMALLEST))
    assert (recipe.network.speed_kmh, recipe.network.detour) == (4.8, 1.3)
    assert recipe.areas.crs == "EPSG:4326"
    assert recipe.report.formats == ("html", "pdf")
    assert recipe.output == tmp_path / "out" / "town"
    assert recipe.areas.file == tmp_path / "areas.csv"


def test_paths_start_from_the_data_folder_when_given(write, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    recipe = load_recipe(write(SMALLEST), data=data, out=tmp_path / "here")
    assert recipe.assets[0].file == data / "libraries.csv"
    assert recipe.output == tmp_path / "here"
    assert recipe.label(recipe.assets[0].file) == "libraries.csv"


def test_every_fault_is_told_at_once(write):
    text = SMALLEST.replace('id = "code"', 'idd = "code"').replace("27700", "4326")
    text += "minutes = 3\n[network]\nspeed_kmh = 40\n[[reach]]\nkinds = []\n"
    found = problems(write(text))
    assert [problem.split(":")[0] for problem in found] == [
        "place.crs",
        "areas.id",
        "areas.idd",
        "assets[1].minutes",
        "network.speed_kmh",
        "reach[1].kinds",
    ]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("population", "popultion"), "areas.popultion: unknown key; did you mean 'population'?"),
        (('kind = "library"', ""), "assets[1]: 'kind' is missing"),
        (('y = "lat"', ""), "assets[1]: 'x' and 'y' go together"),
        (('x = "lon"\ny = "lat"', 'postcode = "pc"'), "a [postcodes] section must name the table"),
        (
            ('x = "lon"', 'osm = "a.pbf"\nx = "lon"'),
            "assets[1]: give either 'file', 'osm' or 'hsds'",
        ),
        (('file = "libraries.csv"', 'osm = "a.pbf"'), "'kind' does not go with 'osm'"),
        (('kind = "library"', 'kind = { column = "t" }'), "assets[1].kind.map: is missing"),
        (('kind = "library"', 'kind = "library"\nwhere = "a = 1"'), "assets[1].where: cannot read"),
        (("EPSG:27700", "EPSG:99999999"), "is no coordinate system that PROJ knows"),
        (('name = "Town"', 'name = "Town'), "it is not valid TOML"),
        (('"areas.csv"', "3"), "areas.file: must be the path of a file"),
        (('name = "Town"', 'name = "${NO_SUCH_NAME}"'), "no variable NO_SUCH_NAME"),
        (('name = "Town"', 'name = "Town"\nbuffer_m = "5"'), "must be a number, without quotes"),
    ],
)
def test_names_the_key_and_the_mend(write, change, says):
    assert says in "\n".join(problems(write(SMALLEST.replace(*change, 1))))


def test_an_indicator_of_an_unknown_level_is_refused(write):
    text = SMALLEST.replace('population = "people"', 'population = "people"\ngroups = {msoa = "m"}')
    text += '[[indicators]]\nfile="a"\nname="b"\nid="c"\nvalue="d"\nunit="y"\nhigher="better"\n'
    found = problems(write(text + 'level = "msao"\n'))
    assert found == ["indicators[1].level: 'msao' is not one of areas.groups; did you mean 'msoa'?"]


def test_environment_variables_are_filled_in(write, tmp_path, monkeypatch):
    monkeypatch.setenv("OPEN_DATA", str(tmp_path / "open"))
    recipe = load_recipe(write(SMALLEST.replace("libraries.csv", "${OPEN_DATA}/libraries.csv")))
    assert recipe.assets[0].file == tmp_path / "open" / "libraries.csv"


def test_a_recipe_that_is_not_there(tmp_path):
    with pytest.raises(SourceMissing, match="no such recipe"):
        load_recipe(tmp_path / "none.toml")


def test_the_template_is_a_valid_recipe_with_every_key_of_its_comments(tmp_path):
    path = write_template(tmp_path / "new town")
    assert load_recipe(path).place.name == "New Town"
    lines = path.read_text(encoding="utf-8").splitlines()
    switched_on = [line.removeprefix("# ") if _is_switched_off(line) else line for line in lines]
    path.write_text("\n".join(switched_on), encoding="utf-8")
    recipe = load_recipe(path)
    assert recipe.indicators
    assert recipe.areas.join
    with pytest.raises(InputError, match="exists already"):
        write_template(tmp_path / "new town")


def _is_switched_off(line):
    if not line.startswith("# "):
        return False
    try:
        tomllib.loads(line.removeprefix("# "))
    except tomllib.TOMLDecodeError:
        return False
    return True
