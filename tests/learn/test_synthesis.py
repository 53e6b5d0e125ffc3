"""Synthesis: counts that a reader can check by hand, confidence, search, priorities."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from mobilise.errors import BadValues, InputError
from mobilise.learn import synthesis
from mobilise.learn.priorities import area_weights, read_ballots, tally, weights


@pytest.fixture
def small(evidence):
    """Three projects: two tell of the bus (one of them twice), one answers it."""
    evidence.merge(
        {
            "projects": pd.DataFrame(
                [
                    {
                        "project_id": p,
                        "title": p,
                        "phase": phase,
                        "setting": setting,
                        "kinds": kinds,
                        "invented": True,
                    }
                    for p, phase, setting, kinds in (
                        ("p", 1, "coast", "library; park"),
                        ("q", 2, "town", "park"),
                        ("r", 2, "town", None),
                    )
                ]
            ),
            "documents": pd.DataFrame(
                [
                    {"document_id": d, "project_id": p, "title": d, "kind": "text"}
                    for d, p in (("d1", "p"), ("d2", "q"), ("d3", "r"))
                ]
            ),
            "codes": pd.DataFrame(
                [
                    {
                        "code_id": "bus",
                        "order": 1,
                        "name": "No bus",
                        "sort": "barrier",
                        "theme": "Access",
                        "codable": True,
                    },
                    {
                        "code_id": "lift",
                        "order": 2,
                        "name": "A lift",
                        "sort": "enabler",
                        "theme": "Access",
                        "codable": True,
                    },
                    {
                        "code_id": "soup",
                        "order": 3,
                        "name": "Soup",
                        "sort": "enabler",
                        "theme": "Trust",
                        "codable": True,
                    },
                ]
            ),
            "extracts": pd.DataFrame(
                [
                    {
                        "extract_id": e,
                        "document_id": d,
                        "kind": "text",
                        "start": i,
                        "end": i + 1,
                        "text": e,
                    }
                    for i, (e, d) in enumerate(
                        (("e1", "d1"), ("e2", "d1"), ("e3", "d2"), ("e4", "d3"), ("e5", "d3"))
                    )
                ]
            ),
            "codings": pd.DataFrame(
                [
                    {
                        "coding_id": f"{e}{c}{who}",
                        "document_id": d,
                        "extract_id": e,
                        "code_id": c,
                        "coder_id": who,
                        "status": status,
                    }
                    for e, d, c, who, status in (
                        ("e1", "d1", "bus", "A", "accepted"),
                        ("e1", "d1", "bus", "B", "accepted"),
                        ("e2", "d1", "bus", "A", "accepted"),
                        ("e3", "d2", "bus", "A", "accepted"),
                        ("e3", "d2", "lift", "A", "accepted"),
                        ("e4", "d3", "lift", "A", "accepted"),
                        ("e5", "d3", "soup", "A", "suggested"),
                    )
                ]
            ),
            "links": pd.DataFrame(
                [{"link_id": "l", "name": "answers", "from_id": "e4", "to_id": "e1"}]
            ),
        }
    )
    return evidence


def test_projects_are_counted_and_not_quotes(small):
    told = synthesis.told(small)
    assert len(told) == 5  # two coders' same code is one; a suggestion is none
    everywhere = synthesis.by_context(small, told, "all").set_index("code_id")
    assert everywhere.loc["bus", ["projects", "of_projects", "extracts"]].tolist() == [2, 3, 3]
    assert "soup" not in everywhere.index
    by_kind = synthesis.by_context(small, told, "kind").set_index(["code_id", "context"])
    assert by_kind.loc[("bus", "park"), ["projects", "of_projects"]].tolist() == [2, 2]
    assert by_kind.loc[("bus", "library"), ["projects", "of_projects"]].tolist() == [1, 1]
    assert by_kind.loc[("lift", "not stated"), "projects"] == 1


def test_matrix_and_what_is_behind_a_cell(small):
    matrix = synthesis.framework_matrix(synthesis.told(small))
    assert matrix.counts.loc["Access"].to_dict() == {"p": 2, "q": 1, "r": 1}
    assert matrix.projects["Access"] == 3
    assert matrix.cell("Access", "p")["extract_id"].tolist() == ["e1", "e2"]
    with pytest.raises(InputError, match="did you mean 'theme'"):
        synthesis.framework_matrix(synthesis.told(small), "themes")


def test_answers_are_linked_or_only_alongside(small):
    found = synthesis.answered(small, synthesis.told(small)).set_index(["barrier_id", "enabler_id"])
    assert found.loc[("bus", "lift"), ["linked", "alongside"]].tolist() == [1, 1]


def test_what_is_told_together(small):
    pairs = synthesis.together(synthesis.told(small))
    assert pairs[["first", "second", "projects"]].to_numpy().tolist() == [["bus", "lift", 1]]
    assert pairs["jaccard"].tolist() == [pytest.approx(1 / 3)]


def test_judgements_need_reasons(small):
    row = {
        "finding_id": "f",
        "order": 1,
        "theme": "Access",
        "sort": "barrier",
        "statement": "No bus.",
        "confidence": "hihg",
        "coherence": "none",
    }
    small.merge({"findings": pd.DataFrame([row])})
    found = "\n".join(synthesis.judgement_faults(small))
    for said in (
        "rests on no extract",
        "'hihg'",
        "'coherence' is judged without a reason",
        "before all four",
    ):
        assert said in found


def test_demo_findings_rest_on_what_they_say(filled):
    assert synthesis.judgement_faults(filled) == []
    trail = synthesis.trail(filled)
    rests = trail[~trail["against"].astype(bool)].groupby("finding_id")["project_id"].nunique()
    words = dict(enumerate(["", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"]))
    for row in filled.table("findings").itertuples():
        assert row.adequacy_why.startswith(words[rests[row.finding_id]]), row.finding_id
    for row in trail.itertuples():
        assert filled.text(row.document_id)[row.start : row.end] == row.text


def test_search_finds_forms_phrases_and_beginnings(filled):
    found = synthesis.search(filled, "interpreters budget", most=50)
    assert {p.kind for p in found} >= {"extract", "document"}
    assert any("«interpreters»" in p.passage or "«Interpreters»" in p.passage for p in found)
    assert synthesis.search(filled, '"green scarf"', kinds=("document",))[0].of_id == "D16"
    assert synthesis.search(filled, "fossil*", kinds=("document",))
    assert synthesis.search(filled, 'dried AND NOT "peas NEAR(') == []  # words, no commands
    passage = synthesis.search(filled, "muck heap", kinds=("document",))[0]
    assert filled.text(passage.of_id)[passage.start :]
    with pytest.raises(InputError, match="no word"):
        synthesis.search(filled, "!! --")


def test_the_index_follows_the_tables(small):
    assert synthesis.search(small, "marmalade") == []
    extracts = small.table("extracts")
    extracts.loc[0, "text"] = "Marmalade on the bus"
    small.replace({"extracts": extracts})
    assert [p.of_id for p in synthesis.search(small, "marmalade")] == ["e1"]


def ballots(path, rows):
    head = "person,of,item,points,age"
    path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def told_all(n):
    return n


GROUPS = pd.DataFrame([{"dimension": "all", "group": "all", "participants": 10}])


def test_everybody_counts_the_same(evidence, tmp_path):
    rows = [(f"R{i}", "kind", "library", 100, "old") for i in range(4)]
    rows += [
        (f"S{i}", "kind", item, points, "young")
        for i in range(6)
        for item, points in (("park", 3), ("library", 1))
    ]
    cast = read_ballots(ballots(tmp_path / "b.csv", rows))
    tally(evidence, cast, round_name="one", groups=GROUPS, told=told_all, kinds=["library", "park"])
    found = weights(evidence, "kind")
    assert found == pytest.approx({"library": (4 + 6 * 0.25) / 10, "park": 6 * 0.75 / 10})
    table = evidence.table("priorities").set_index("item")
    assert table.loc["park", "lower"] < found["park"] < table.loc["park", "upper"]
    assert sorted(p.name for p in evidence.folder.iterdir()) == [
        "priorities.parquet",
        "priority_groups.parquet",
    ]


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (("R1", "kind", "park", -1, "old"), "0 or more"),
        (("R1", "colour", "park", 1, "old"), "'of' must be"),
        (("", "kind", "park", 1, "old"), "must be given"),
        (("R0", "kind", "library", 1, "old"), "twice"),
        (("R0", "kind", "park", 1, "young"), "different groups"),
    ],
)
def test_ballots_that_cannot_count(tmp_path, row, says):
    path = ballots(tmp_path / "b.csv", [("R0", "kind", "library", 1, "old"), row])
    with pytest.raises(BadValues, match=says) as told:
        read_ballots(path)
    assert "R0" not in str(told.value)


def test_few_people_are_not_told(evidence, tmp_path):
    cast = read_ballots(
        ballots(tmp_path / "b.csv", [(f"R{i}", "kind", "library", 1, "old") for i in range(5)])
    )
    with pytest.raises(InputError, match="Fewer than 8"):
        tally(evidence, cast, round_name="one", groups=GROUPS, told=told_all)


def test_area_weights_are_one_on_average():
    given = area_weights({"a": 0.9, "b": 0.1}, ["a", "b", "c"])
    assert np.mean(given) == pytest.approx(1)
    assert given[0] > given[2] == given[1] * ((1 / 6) / (1 / 6))
    assert area_weights({}, ["a", "b"]) == [1.0, 1.0]
