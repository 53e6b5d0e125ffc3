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


def test_each_cell_of_the_matrix_leads_to_its_extracts(client, town):
    evidence = Evidence.of(town.folder)
    table = told(evidence)
    row, column = table[["theme", "project_id"]].dropna().iloc[0]
    behind = table[(table["theme"] == row) & (table["project_id"] == column)]
    page = unescape(client.get("/evidence/matrix", params={"row": row, "column": column}).text)
    for text in behind["text"].unique():
        assert text.strip() in page
    document = behind["document_id"].iloc[0]
    shown = client.get(f"/evidence/documents/{document}").text
    assert f'id="{behind["extract_id"].iloc[0]}"' in shown
    for finding in evidence.table("findings")["finding_id"]:
        assert client.get(f"/evidence/findings/{finding}").status_code == 200
    assert "<mark>" in client.get("/evidence/search?q=library").text


def test_the_network_shows_who_brokers_who_is_alone_and_how_it_came_to_be(client, town):
    page = unescape(client.get("/evidence/network").text)
    every = town.table("organisations")
    last = every[every["period"] == every["period"].max()]
    assert 'class="chart network"' in page
    for row in last.itertuples():
        assert f">{row.name}<" in page  # in the table behind the picture
    broker = last.sort_values("brokerage")["name"].iloc[-1]
    assert f"over {broker}" in page
    alone = last.loc[last["isolated"].astype(bool), "name"]
    assert f"Without any link: {alone.iloc[0]}" in page
    pairs = len(last) * (len(last) - 1) / 2
    links = town.table("collaborations")
    now = links[~(links["end"] < last["period"].iloc[0])]
    linked = {frozenset(pair) for pair in zip(now["from_id"], now["to_id"], strict=True)}
    assert f'<td class="n">{100 * len(linked) / pairs:.0f}%</td>' in page
    first = f"{every['period'].min():g}"
    before = client.get(f"/evidence/network?period={first}").text
    assert f"Organisations and their links, {first}" in before
    assert client.get("/evidence/network?period=1066").status_code == 404
    rows = client.get("/evidence/organisations.csv").text.splitlines()
    assert len(rows) == 1 + len(every)
