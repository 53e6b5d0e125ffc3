"""Coding: texts out of files, codebooks, agreement against libraries that we did not write."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from mobilise.errors import InputError, SourceBroken, TableError
from mobilise.learn import coding
from mobilise.learn.coding.agreement import _kappa
from mobilise.learn.coding.marks import read_marks
from mobilise.learn.coding.suggest import MACHINE, tf_idf

WORDS = ["Doors open at nine.", "Zoë brought soup – twice.", "Nobody had the keys 🗝."]


def test_text_of_docx_html_and_plain(tmp_path):
    from docx import Document

    document = Document()
    for line in WORDS:
        document.add_paragraph(line)
    document.add_table(rows=1, cols=2).rows[0].cells[1].text = "in a cell"
    document.save(tmp_path / "a.docx")
    text = coding.extract_text(tmp_path / "a.docx")
    assert text.split("\n") == [*WORDS, "\tin a cell"]
    body = "".join(f"<p>{line}</p>" for line in WORDS)
    (tmp_path / "a.html").write_text(
        f"<html><head><title>no</title><style>p{{}}</style></head><body>{body}<script>no()</script></body></html>",
        encoding="utf-8",
    )
    assert coding.extract_text(tmp_path / "a.html") == "\n".join(WORDS)
    held = "\r\n".join(WORDS).encode()
    (tmp_path / "a.txt").write_bytes(held)
    assert coding.extract_text(tmp_path / "a.txt").encode() == held


def test_text_of_pdf(tmp_path, evidence):
    import typst

    source = "#set page(height: 90pt)\nDoors open at nine.\n#pagebreak()\nNobody had the keys."
    (tmp_path / "a.pdf").write_bytes(typst.compile(source.encode(), format="pdf"))
    document = coding.add_document(evidence, tmp_path / "a.pdf")
    text = evidence.text(document)
    assert [page.strip() for page in text.split("\f")] == [
        "Doors open at nine.",
        "Nobody had the keys.",
    ]
    documents = evidence.table("documents").set_index("document_id")
    assert documents.loc["a-text", ["part_of", "part"]].tolist() == ["a", "representation"]


@pytest.mark.parametrize(
    ("name", "held", "says"),
    [("a.pdf", b"%PDF-1.4 x", "PDF"), ("a.docx", b"x", "zip"), ("a.txt", b"\xff\xfa", "UTF-8")],
)
def test_broken_files_are_told(tmp_path, name, held, says):
    (tmp_path / name).write_bytes(held)
    with pytest.raises(SourceBroken, match=says):
        coding.extract_text(tmp_path / name)


def test_a_document_with_marks_keeps_its_text(evidence, tmp_path):
    evidence.merge({"codes": coding.shipped_codebook("themes")})
    path = tmp_path / "a.txt"
    path.write_text("Nobody had the keys.")
    coding.add_document(evidence, path)
    coding.mark(evidence, "a", 0, 6, codes=["colocation.space"], coder="A")
    path.write_text("Somebody had the keys.")
    with pytest.raises(InputError, match="another text"):
        coding.add_document(evidence, path)
    with pytest.raises(InputError, match="no code 'keys'"):
        coding.mark(evidence, "a", 0, 6, codes=["keys"], coder="A")


def test_a_change_that_was_broken_off_is_no_hindrance(evidence):
    left = evidence.folder / ".changing" / "codes.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half a table")
    phases = pd.DataFrame([{"programme_id": "p", "phase": 1, "name": "One"}])
    evidence.merge({"phases": phases})
    assert evidence.table("phases")["name"].tolist() == ["One"]
    with pytest.raises(TableError):
        evidence.merge({"phases": phases.assign(name="Two"), "codings": pd.DataFrame([{"x": 1}])})
    assert evidence.table("phases")["name"].tolist() == ["One"]
    assert not left.parent.exists()


@pytest.mark.parametrize("name", ["themes", "cfir2022"])
def test_codebooks_survive_toml(tmp_path, name):
    codes = coding.shipped_codebook(name)
    coding.write_codebook(codes, tmp_path / "book.toml")
    again = coding.read_codebook(tmp_path / "book.toml")
    assert_frame_equal(again, codes)


def test_cfir_has_its_five_domains():
    codes = coding.shipped_codebook("cfir2022")
    domains = codes.loc[codes["parent_id"] == "cfir", "name"].tolist()
    assert sorted(domains) == sorted(
        ["Innovation", "Outer setting", "Inner setting", "Individuals", "Implementation process"]
    )
    themes = coding.shipped_codebook("themes")
    assert set(themes["domain"].dropna()) <= set(domains)
    assert len(themes.loc[themes["parent_id"].isna()]) == 8


def test_codebooks_tell_all_that_is_wrong(tmp_path):
    (tmp_path / "b.toml").write_text('[codes]\na = { nam = "A" }\n"x.y" = { sort = "barier" }\n')
    with pytest.raises(SourceBroken) as told:
        coding.read_codebook(tmp_path / "b.toml")
    assert all(said in str(told.value) for said in ("'nam'", "part of 'x'", "'barier'"))


def coded(marks):
    """Return extracts and codings for (start, end, coder, codes) in one document."""
    extracts, codings = [], []
    for start, end, coder, codes in marks:
        own = f"{start}-{end}"
        extracts.append(
            {
                "extract_id": own,
                "document_id": "d",
                "kind": "text",
                "start": start,
                "end": end,
                "text": "x" * (end - start),
                "coder_id": coder,
            }
        )
        codings += [
            {
                "coding_id": f"{own}{coder}{code}",
                "document_id": "d",
                "extract_id": own,
                "code_id": code,
                "coder_id": coder,
                "status": "accepted",
            }
            for code in codes
        ]
    return pd.DataFrame(extracts).drop_duplicates("extract_id"), pd.DataFrame(codings)


def test_spans_that_share_half_are_one_passage():
    extracts, codings = coded(
        [
            (0, 10, "A", ["t"]),
            (2, 10, "B", ["t"]),
            (20, 30, "A", ["t"]),
            (27, 40, "B", ["t"]),
            (50, 60, "B", ["u"]),
        ]
    )
    units = coding.coded_units(extracts, codings, "A", "B")
    assert units[["start", "first", "second"]].to_numpy().tolist() == [
        [0, {"t"}, {"t"}],
        [20, {"t"}, set()],
        [27, set(), {"t"}],
        [50, set(), {"u"}],
    ]
    apart = coding.to_reconcile(units)
    assert apart["start"].tolist() == [20, 27, 50]
    with pytest.raises(InputError, match="no document in common"):
        coding.coded_units(extracts, codings, "A", "C")


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=2, max_size=40))
@settings(deadline=None)
def test_alpha_equals_the_library_that_is_built_for_it(pairs):
    library = pytest.importorskip("krippendorff")
    values = np.array(pairs, float).T
    ours = coding.krippendorff_alpha(values)
    if len(np.unique(values)) == 1:
        assert ours is None
        return
    theirs = library.alpha(reliability_data=values, level_of_measurement="nominal")
    assert ours == pytest.approx(theirs, abs=1e-12)


def test_alpha_with_missing_judgements_equals_the_published_example():
    # Krippendorff 2011, "Computing Krippendorff's alpha-reliability", example C: nominal 0.743
    rows = [
        "1 2 3 3 2 1 4 1 2 * * *",
        "1 2 3 3 2 2 4 1 2 5 * 3",
        "* 3 3 3 2 3 4 2 2 5 1 *",
        "1 2 3 3 2 4 4 1 2 5 1 *",
    ]
    values = np.array([[np.nan if v == "*" else float(v) for v in row.split()] for row in rows])
    assert coding.krippendorff_alpha(values) == pytest.approx(0.743, abs=5e-4)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=4, max_size=60))
@settings(deadline=None)
def test_kappa_equals_its_definition(pairs):
    a, b = np.array(pairs, bool).T
    table = np.array([[(a & b).sum(), (a & ~b).sum()], [(~a & b).sum(), (~a & ~b).sum()]])
    kappa = _kappa(table)[0]
    chance = a.mean() * b.mean() + (1 - a.mean()) * (1 - b.mean())
    if a.all() or b.all() or not a.any() or not b.any():
        assert kappa is None
    else:
        assert kappa == pytest.approx(((a == b).mean() - chance) / (1 - chance))


def test_quotes_become_spans_and_all_faults_come_at_once(evidence, tmp_path):
    evidence.merge({"codes": coding.shipped_codebook("themes")})
    (tmp_path / "a.txt").write_text("🎈 The keys. The bus. The keys.")
    coding.add_document(evidence, tmp_path / "a.txt")
    sheet = tmp_path / "marks.csv"
    sheet.write_text("document_id,quote,codes,coder_id\na,The bus,access.transport,A\n")
    read_marks(evidence, sheet)
    extract = evidence.table("extracts").iloc[0]
    assert evidence.text("a")[extract["start"] : extract["end"]] == "The bus"
    assert extract["start"] == 12
    sheet.write_text(
        "document_id,quote,codes,coder_id\na,The keys,access.transport,A\na,The tram,nothing,A\nb,x,access.cost,A\n"
    )
    with pytest.raises(SourceBroken) as told:
        read_marks(evidence, sheet)
    for said in (
        "more than once",
        "'The tram' is not in 'a'",
        "no code 'nothing'",
        "no document 'b'",
    ):
        assert said in str(told.value)


def test_suggestions_wait_for_a_person(filled):
    before = coding.coded_units(
        filled.table("extracts"), filled.table("codings"), "Ama O.", "Rhys B."
    )
    found = coding.suggest_codes(filled, most=10)
    assert len(found) == 10
    assert (found["status"] == "suggested").all()
    assert found["why"].str.startswith(("keyword ", "like ")).all()
    assert found["score"].is_monotonic_decreasing
    after = coding.coded_units(
        filled.table("extracts"), filled.table("codings"), "Ama O.", "Rhys B."
    )
    assert len(before) == len(after)
    first, second = found["coding_id"][:2]
    coding.decide(filled, first, "Ama O.", accept=True)
    coding.decide(filled, second, "Ama O.", accept=False)
    codings = filled.table("codings").set_index("coding_id")
    assert codings.loc[first, ["status", "coder_id"]].tolist() == ["accepted", "Ama O."]
    assert codings.loc[second, "status"] == "rejected"
    again = coding.suggest_codes(filled, most=500)
    assert second not in set(again["coding_id"])
    with pytest.raises(InputError, match="no open suggestion"):
        coding.decide(filled, first, "Ama O.", accept=True)


def test_suggestions_do_not_go_out(filled, other, tmp_path):
    coding.suggest_codes(filled, most=20)
    coding.write_project(filled, tmp_path / "out.qdpx")
    coding.read_project(other, tmp_path / "out.qdpx")
    assert MACHINE not in set(other.table("coders")["name"])
    assert len(other.table("codings")) == (filled.table("codings")["status"] == "accepted").sum()


def test_tf_idf_by_hand():
    vectors = tf_idf(["walk walk river", "river bench", "walk"]).toarray()
    idf = {"bench": np.log(4 / 2) + 1, "river": np.log(4 / 3) + 1, "walk": np.log(4 / 3) + 1}
    first = np.array([0, idf["river"], 2 * idf["walk"]])
    assert vectors[0] == pytest.approx(first / np.linalg.norm(first))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1)
