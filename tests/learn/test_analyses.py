"""Whole analyses on files, through the command line: what is kept, what is drawn, what is refused."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from mobilise import cli
from mobilise.build.learned import kept_tables, learn_demonstration
from mobilise.demo.learning import write_learning
from mobilise.learn.analyses import outcomes_of
from mobilise.report.model import Figure
from mobilise.report.sections.learned import analysis_blocks, learned_section
from mobilise.tables import validate

parse_xml = ET.fromstring
ABOUT = ["--of", "wellbeing", "--unit", "points"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with the demonstration's tables, and everything learned from them."""
    folder = tmp_path_factory.mktemp("learned")
    files = write_learning(folder / "sources")
    place = folder / "place"
    place.mkdir()
    swemwbs = ["--scale", "swemwbs", "--raw", "--by", "offer"]
    runs = [
        ["outcomes", place, files["people"], *swemwbs, "--name", "people", "--synthetic"],
        ["compare", place, files["rollout"], "--design", "staggered", *ABOUT, "--synthetic"],
        [
            "compare",
            place,
            files["months"],
            "--design",
            "series",
            "--higher",
            "worse",
            "--synthetic",
        ],
        ["pool", place, files["projects"], "--moderators", "co_located", *ABOUT, "--synthetic"],
        ["network", place, files["organisations"], files["links"], "--models", files["models"]],
    ]
    for run in runs:
        assert cli.main(["learn", *map(str, run)]) == 0
    return place, files


def test_what_is_kept_has_the_declared_shape_and_no_person(made):
    place, _ = made
    tables = kept_tables(place)
    assert set(tables) == {
        "estimates", "organisations", "collaborations", "sector_links", "collaborative_models",
    }  # fmt: skip
    for name, table in tables.items():
        pd.testing.assert_frame_equal(validate(name, table), table)
    rows = tables["estimates"]
    assert rows["synthetic"].all()
    assert rows["sentence"].notna().all()
    headline = rows.groupby("analysis").first()
    assert (headline["assumptions"].str.len() > 20).all()
    people = rows[rows["analysis"] == "people"]
    assert people["n"].min() >= 0
    small = people[(people["n"] > 0) & (people["n"] < 10)]
    assert small.empty


def test_the_same_files_give_the_same_bytes(made, tmp_path):
    place, files = made
    again = write_learning(tmp_path / "again")
    for name, path in files.items():
        assert path.read_bytes() == again[name].read_bytes()
    run = ["learn", "pool", str(place), str(files["projects"]), *ABOUT, "--synthetic"]
    assert cli.main(run) == 0
    first = (place / "evidence" / "estimates.parquet").read_bytes()
    assert cli.main(run) == 0
    assert (place / "evidence" / "estimates.parquet").read_bytes() == first
    kept = kept_tables(place)["estimates"]
    assert set(kept["analysis"]) == {"people", "learn_rollout", "learn_months", "learn_projects"}


def test_the_section_has_every_chart_with_its_table_and_says_that_it_is_made_up(made):
    place, _ = made
    section = learned_section(kept_tables(place))
    figures = [b for b in section.blocks if isinstance(b, Figure)]
    kinds = {f.id.split("-")[-1] for f in figures}
    assert {"course", "series", "forest", "funnel", "missing", "picture"} <= kinds
    assert len({f.id for f in figures}) == len(figures)
    for figure in figures:
        svg = parse_xml(figure.svg)
        assert svg.attrib["role"] == "img"
        assert figure.table.rows
        assert len({len(row) for row in figure.table.rows} | {len(figure.table.columns)}) == 1
        width, height = (float(v) for v in svg.attrib["viewBox"].split()[2:])
        for element in svg.iter():
            for key, most in (("cx", width), ("cy", height), ("x", width), ("y", height)):
                if key in element.attrib:
                    assert -1 <= float(element.attrib[key]) <= most + 1, (figure.id, key)
    said = [b for b in section.blocks if b.block == "callout"]
    assert len(said) == 4
    held = [b.text for b in section.blocks if b.block == "prose" and "What must hold" in b.text]
    assert len(held) == 4


def test_a_withheld_group_is_said_and_not_drawn(tmp_path):
    frame = pd.DataFrame(
        {
            "before": [20.0] * 60,
            "after": np.linspace(21, 24, 60),
            "site": ["a"] * 40 + ["c"] * 13 + ["b"] * 7,
        }
    )
    frame.to_csv(tmp_path / "p.csv", index=False)
    run = ["learn", "outcomes", str(tmp_path), str(tmp_path / "p.csv"), "--scale", "swemwbs"]
    assert cli.main([*run, "--by", "site"]) == 0
    rows = kept_tables(tmp_path)["estimates"]
    b = rows[rows["by"] == "site"].set_index("level").loc["b"]
    assert pd.isna(b["value"])
    assert b["n"] == 0
    (figure,) = [
        f for f in analysis_blocks("p", rows, 1) if isinstance(f, Figure) and "site" in f.caption
    ]
    assert "withheld" in str(figure.table.rows)


def test_reach_times_effect_is_kept_for_those_whom_it_is_for(made, tmp_path):
    _, files = made
    whom = pd.DataFrame({"level": [1, 2, 3, 4, 5], "people": [900, 800, 700, 600, 500]})
    whom.to_csv(tmp_path / "whom.csv", index=False)
    run = ["learn", "outcomes", str(tmp_path), str(files["people"]), "--scale", "swemwbs", "--raw"]
    assert cli.main([*run, "--eligible", str(tmp_path / "whom.csv")]) == 0
    rows = kept_tables(tmp_path)["estimates"].set_index(["statistic", "by", "level"])["value"]
    people = pd.read_csv(files["people"])
    reach = 100 * (people["quintile"] == 1).sum() / 900
    assert rows["reach", "quintile", "1"] == pytest.approx(reach)
    product = rows["mean_change", "quintile", "1"] * reach / 100
    assert rows["reach_adjusted_effect", "quintile", "1"] == pytest.approx(product)


@pytest.mark.parametrize("design", ["differences", "people", "counts"])
def test_the_other_designs_run_on_files(tmp_path, design, made):
    random = np.random.default_rng(1)
    if design == "differences":
        frame = pd.read_csv(made[1]["rollout"])
        frame = frame[frame["area_id"].isin([f"Ward {k:02d}" for k in (1, 3, 4, 6, 7, 9, 10, 12)])]
        features = []
    elif design == "people":
        need = random.normal(size=200)
        treated = (random.uniform(size=200) < 1 / (1 + np.exp(-need))).astype(int)
        before = 20 + need + random.normal(size=200)
        after = before + 2 * treated + random.normal(size=200)
        frame = pd.DataFrame({"need": need, "treated": treated, "before": before, "after": after})
        features = ["--features", "need"]
    else:
        month = np.arange(1, 37)
        rate = np.exp(-4 - 0.3 * (month > 18))
        frame = pd.DataFrame(
            {"time": month, "count": random.poisson(20_000 * rate), "people": 20_000,
             "treated": (month > 18).astype(int)}
        )  # fmt: skip
        features = []
    frame.to_csv(tmp_path / "f.csv", index=False)
    run = ["learn", "compare", str(tmp_path), str(tmp_path / "f.csv"), "--design", design]
    assert cli.main([*run, *features, "--draw", str(tmp_path / "drawn")]) == 0
    rows = kept_tables(tmp_path)["estimates"]
    truth = {"people": 2.0, "counts": -0.3}.get(design)
    if truth is not None:
        assert rows["lower"].iloc[0] < truth < rows["upper"].iloc[0]
    statistics = set(rows["statistic"])
    placebo = {"people": "placebo_before"}.get(design, "placebo_period")
    assert placebo in statistics
    drawn = {p.suffix for p in (tmp_path / "drawn").glob("*")} if design != "people" else set()
    assert drawn in (set(), {".svg", ".csv"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["outcomes", "{people}", "--scale", "swemwb"], "did you mean 'swemwbs'"),
        (["outcomes", "{people}", "--scale", "ons4_happy_yesterday"], "runs from 0 to 10"),
        (["outcomes", "{people}", "--scale", "swemwbs"], "add --raw, which converts them"),
        (["outcomes", "{projects}", "--scale", "swemwbs"], "no column 'before'"),
        (
            ["outcomes", "{people}", "--scale", "swemwbs", "--raw", "--by", "offers"],
            "did you mean 'offer'",
        ),
        (["compare", "{rollout}", "--design", "stagger"], "did you mean 'staggered'"),
        (["compare", "{months}", "--design", "series", "--features", "x"], "leave them out"),
        (["pool", "{projects}", "--method", "XX"], "choose one of"),
        (["pool", "{rollout}"], "no column 'study'"),
        (["pool", "{projects}", "--higher", "up"], "say 'better' or 'worse'"),
        (["pool", "{gone}"], "gone.csv"),
    ],
)
def test_bad_input_is_one_sentence_with_status_two(made, capsys, arguments, said):
    place, files = made
    names = {**{k: str(v) for k, v in files.items()}, "gone": str(place / "gone.csv")}
    action, file, *rest = (a.format(**names) for a in arguments)
    assert cli.main(["learn", action, str(place), file, *rest]) == 2
    told = capsys.readouterr().err.strip()
    assert said in told
    assert len(told.splitlines()) == 1


def test_eight_people_at_least(tmp_path, capsys):
    pd.DataFrame({"before": range(7), "after": range(1, 8)}).to_csv(tmp_path / "p.csv", index=False)
    run = ["outcomes", str(tmp_path), str(tmp_path / "p.csv"), "--scale", "ons4_worthwhile"]
    assert cli.main(["learn", *run]) == 2
    assert "too few to show" in capsys.readouterr().err


def test_shares_at_two_thresholds_never_differ_by_a_few(tmp_path):
    """40 stayed, 20 rose by 2, 3 more by 4: that 3 rose by 2.87 or more is kept back."""
    after = [20.5] * 40 + [22.5] * 20 + [24.5] * 3
    frame = pd.DataFrame({"before": [20.5] * 63, "after": after})
    shown = {(e.statistic, e.level): e.value for e in outcomes_of(frame, scale="swemwbs")}
    assert shown["share_better", "1.03"] == pytest.approx(100 * 23 / 63)
    assert shown["share_better", "2.87"] is None
    assert shown["share_worse", "1.03"] == 0


def test_where_few_are_lost_their_start_cannot_be_worked_out():
    before, after = np.full(60, 20.0), np.linspace(19, 24, 60)
    after[:3] = np.nan
    found = outcomes_of(pd.DataFrame({"before": before, "after": after}), scale="swemwbs")
    named = {e.statistic: e for e in found if not e.by}
    for name in ("change_if_worst", "change_if_best", "lost_less_kept_before"):
        assert named[name].value is None
    assert "too few to say" in named["followed_up"].sentence


def test_the_demonstration_learns_everything_and_finds_its_story(tmp_path):
    learn_demonstration(tmp_path, write_learning(tmp_path / "sources"))
    tables = kept_tables(tmp_path)
    first = tables["estimates"].query("order == 1").set_index("analysis")
    assert len(first) == 4
    assert all(name.endswith("?") for name in first.index)
    assert (first["lower"] * first["upper"] > 0).all()  # each has something clear to show
    change = tables["estimates"].query("statistic == 'gap_change'").iloc[0]
    assert change["upper"] < 0
    assert tables["organisations"]["synthetic"].all()
