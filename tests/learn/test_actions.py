"""The actions of `mobilise learn` on evidence, as a person types them; rounds behind the wall."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from mobilise import cli
from mobilise.build.residents import count_round
from mobilise.build.weights import compared
from mobilise.demo import accounts
from mobilise.errors import SourceBroken
from mobilise.learn.incoming import add_files


@pytest.fixture
def run(demo_place, tmp_path, capsys):
    import shutil

    folder = shutil.copytree(demo_place, tmp_path / "copy")

    def call(action, *arguments):
        status = cli.main(["learn", action, str(folder), *map(str, arguments)])
        return status, capsys.readouterr().out

    return call


@pytest.mark.parametrize(
    ("action", "arguments", "says"),
    [
        ("check", (), "No faults."),
        ("library", ("--phase", "3", "--kind", "waterway"), "1 outputs"),
        ("search", ("muck", "heap"), "muck"),
        ("matrix", ("--columns", "setting", "--csv"), "theme,coast,estate,rural,town,projects"),
        ("factors", ("--by", "phase", "--csv"), "barrier"),
        ("answers", ("--csv",), "coproduction.unpaid"),
        ("agreement", ("Ama O.", "Rhys B."), "kappa"),
        ("agreement", ("Ama O.", "Rhys B.", "--differences"), "first_only"),
        ("suggest", ("--most", "3"), "like "),
    ],
)
def test_actions_answer(run, action, arguments, says):
    status, out = run(action, *arguments)
    assert status == 0
    assert says in out


def test_export_and_add_through_files(run, tmp_path):
    status, _ = run("export", tmp_path / "book.toml")
    assert status == 0
    status, out = run("add", tmp_path / "book.toml")
    assert status == 0
    assert "changed" in out
    status, _ = run("export", tmp_path / "what.xyz")
    assert status == 2


def test_faults_end_with_status_two(run, tmp_path):
    (tmp_path / "partners.csv").write_text("project_id,organisation,sector\nnobody,X,helth\n")
    run("add", tmp_path / "partners.csv")
    status, out = run("check")
    assert status == 2
    assert "did you mean 'health'" in out


def test_small_groups_cannot_be_had_by_subtraction(evidence, tmp_path):
    ages = ["young"] * 3 + ["middle"] * 40 + ["old"] * 12 + ["oldest"] * 9
    rows = [
        {"person": f"R{i}", "of": "kind", "item": "library", "points": 1, "age": age}
        for i, age in enumerate(ages)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "ballots.csv", index=False)
    count_round(evidence, tmp_path / "ballots.csv", round_name="one", date="2026-04-18")
    told = evidence.table("priority_groups").set_index("group")["participants"]
    assert pd.isna(told["young"])
    known = told.dropna()  # rounded to 5: each is up to 2 more or less
    least = known["all"] - 2 - (known.drop("all") + 2).sum()
    most = known["all"] + 2 - (known.drop("all") - 2).sum()
    assert least <= 1
    assert most >= 7  # any small number is as possible as the true one
    assert (told.dropna() % 5 == 0).all()
    assert "R1" not in " ".join(map(str, evidence.table("priorities").to_numpy().ravel()))


def test_the_sentence_says_what_changes():
    assert compared(("Park at A", 100.0), ("Park at A", 100.0))["changed"] is False
    said = compared(("Park at A", 1200.0), ("Library at B", 1100.0))
    assert said["sentence"] == (
        "With residents' weights the choice changes from Park at A (1,200 people newly within "
        "reach) to Library at B (1,100)."
    )


def test_the_demonstration_is_said_to_be_invented():
    for account in accounts.read_accounts():
        assert accounts.MADE_UP in account.text
        for words, *_ in account.passages.values():
            assert account.text.count(words) == 1


def test_a_round_without_groups_tells_only_how_many_took_part(evidence, tmp_path):
    rows = [{"person": f"R{i}", "of": "area", "item": "A1", "points": 1} for i in range(12)]
    pd.DataFrame(rows).to_csv(tmp_path / "ballots.csv", index=False)
    count_round(evidence, tmp_path / "ballots.csv", round_name="one")
    told = evidence.table("priority_groups")
    assert told[["dimension", "group", "participants"]].to_numpy().tolist() == [["all", "all", 10]]


def test_a_codebook_that_comes_along_is_added_by_its_name(evidence, tmp_path):
    (tmp_path / "diary.txt").write_text("People trusted the leader.", encoding="utf-8")
    marks = "document_id,quote,codes,coder_id\ndiary,People trusted,{},ann\n"
    (tmp_path / "marks.csv").write_text(marks.format("trust"), encoding="utf-8")
    with pytest.raises(SourceBroken, match="no codes yet; add a codebook first"):
        add_files(evidence, [tmp_path / "diary.txt", tmp_path / "marks.csv"])
    add_files(evidence, [Path("themes")])
    known = evidence.table("codes")["code_id"].tolist()
    (tmp_path / "marks.csv").write_text(marks.format(known[0] + "x"), encoding="utf-8")
    with pytest.raises(SourceBroken, match=f"did you mean '{known[0]}'"):
        add_files(evidence, [tmp_path / "marks.csv"])


def test_from_nothing_to_a_matrix_as_the_guide_says(evidence, tmp_path, capsys):
    """The walk-through of docs/learn.md: what it types works, and what is left out is told."""
    place = str(evidence.folder.parent)
    sheets = {
        "projects.csv": "project_id,title,setting\ngarden,The Tuesday Garden,town\n",
        "partners.csv": "project_id,organisation,sector\ngarden,Mill Lane Surgery,health\n",
        "interview.txt": "My neighbour brought me along.\nThe money ends in March.\n",
        "marks.csv": "document_id,quote,codes,coder_id\n"
        "interview,My neighbour brought me along,trust.known,ann\n"
        "interview,My neighbour brought me along,trust.known,ben\n"
        "interview,The money ends in March,funding.short,ann\n"
        "interview,The money,own,ben\n",
        "codes.csv": "code_id,name,order\nown,Our own,99\n",
    }
    for name, text in sheets.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [str(tmp_path / name) for name in ("projects.csv", "partners.csv", "interview.txt")]
    assert cli.main(["learn", "add", place, *files, "themes", "--project", "garden"]) == 0
    assert cli.main(["learn", "add", place, *(str(tmp_path / f"{n}.csv") for n in ("codes", "marks"))]) == 0  # fmt: skip
    said = capsys.readouterr().out
    assert "projects.csv: projects 1 new." in said
    assert "! codes.csv: codes without a theme or without a sort" in said
    assert not evidence.table("projects")["invented"].any()
    assert cli.main(["learn", "check", place]) == 0
    assert cli.main(["learn", "agreement", place, "ann", "ben"]) == 0
    assert "all codes" in capsys.readouterr().out
    assert cli.main(["learn", "matrix", place]) == 0
    found = capsys.readouterr()
    assert found.out.split() == ["theme", "garden", "projects", "Funding", "and", "commissioning", "1", "1", "Trust", "1", "1"]  # fmt: skip
    assert "1 coded passages have no theme or project, and are left out" in found.err
    assert cli.main(["learn", "answers", place]) == 0
    assert capsys.readouterr().out == "Nothing yet.\n"
    (tmp_path / "findings.csv").write_text("finding_id,statement\nf,So it is.\n")
    assert cli.main(["learn", "add", place, str(tmp_path / "findings.csv")]) == 2
    assert "findings.csv: Table findings: column 'order' is missing" in capsys.readouterr().err
