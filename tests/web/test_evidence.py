"""Evidence in the browser: from a finding to the very words."""

from __future__ import annotations

from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from mobilise.learn.evidence import Evidence
from mobilise.learn.synthesis.told import told
from mobilise.web.pages.evidence import spans

TEXT = "We walked to the library together, and nobody was left behind."


@given(
    st.lists(
        st.tuples(st.integers(0, len(TEXT)), st.integers(0, len(TEXT)), st.sampled_from("abc")),
        max_size=6,
    )
)
def test_marks_never_change_the_words_and_cover_what_was_coded(marks):
    given_ = [(min(a, b), max(a, b), code, f"x{n}") for n, (a, b, code) in enumerate(marks)]
    cut = spans(TEXT, given_)
    assert "".join(one.text for one in cut) == TEXT
    at = 0
    for one in cut:
        for position in range(at, at + len(one.text)):
            codes = {code for begin, end, code, _ in given_ if begin <= position < end}
            assert set(one.codes) == codes
        at += len(one.text)


def test_each_cell_of_the_matrix_leads_to_its_extracts(client, town, site):
    if not site.has_evidence:
        assert client.get("/evidence").status_code == 404
        return
    evidence = Evidence.of(town.folder)
    table = told(evidence)
    row, column = table[["theme", "project_id"]].dropna().iloc[0]
    behind = table[(table["theme"] == row) & (table["project_id"] == column)]
    page = unescape(client.get("/evidence/matrix", params={"row": row, "column": column}).text)
    for text in behind["text"].unique():
        assert text.strip() in page
    document = behind["document_id"].iloc[0]
    shown = client.get(f"/evidence/documents/{document}").text
    assert f'id="{behind["extract_id"].iloc[0]}"' in shown or "<mark" in shown
    for finding in evidence.table("findings")["finding_id"]:
        assert client.get(f"/evidence/findings/{finding}").status_code == 200
    assert client.get("/evidence/search?q=library").status_code == 200
