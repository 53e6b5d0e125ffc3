"""The interim report: its trail leads to the words, its editions say what changed."""

from __future__ import annotations

import json
import re
import zipfile
from html.parser import HTMLParser

import pandas as pd
import pytest
from pypdf import PdfReader

from mobilise.demo import accounts
from mobilise.errors import InputError, PlaceError
from mobilise.learn.evidence import Evidence
from mobilise.report.interim import write_interim
from mobilise.report.interim.content import interim_of
from mobilise.report.interim.editions import edition_of
from mobilise.report.interim.material import read_material
from mobilise.report.interim.pages import pieces_of
from mobilise.report.page import page_of


class Page(HTMLParser):
    """Collects ids, links and the text after each id."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.open = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])


def page_of_evidence(place):
    """Return the report's page alone, without those beside it."""
    material = read_material(place)
    return page_of(interim_of(material, edition_of(material)))


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("interim")
    accounts.write_evidence(folder / "sources", {"Dunmarsh": ["WX0001"]}, 1)
    (folder / "place").mkdir()
    accounts.fill_evidence(folder / "place", folder / "sources")
    return folder / "place"


@pytest.fixture(scope="module")
def report(place):
    write_interim(place, place / "report" / "learn")
    return place / "report" / "learn"


def test_every_link_leads_somewhere(report):
    pages = {path: Page(path.read_text(encoding="utf-8")) for path in report.rglob("*.html")}
    assert len(pages) == 1 + 1 + 15 + 35
    broken = []
    for path, page in pages.items():
        assert len(page.ids) == len(set(page.ids)), path
        for link in page.links:
            if link.startswith("https://"):
                continue
            name, _, anchor = link.partition("#")
            target = (path.parent / name).resolve() if name else path
            if not target.is_file() or (anchor and anchor not in pages[target].ids):
                broken.append((path.name, link))
    assert broken == []


def test_the_trail_leads_to_the_very_words(report, place):
    evidence = Evidence.of(place)
    trail = evidence.table("finding_extracts").merge(evidence.table("extracts"), on="extract_id")
    page = Page((report / "index.html").read_text(encoding="utf-8"))
    for row in trail.itertuples():
        assert f"documents/{row.document_id}.html#x-{row.extract_id}" in page.links
        source = (report / "documents" / f"{row.document_id}.html").read_text(encoding="utf-8")
        marked = re.search(
            rf'<span id="x-{row.extract_id}"></span><mark>(.*?)</mark>', source, re.DOTALL
        )
        said = marked[1].replace("&#39;", "'").replace("&#34;", '"').replace("&amp;", "&")
        assert said == row.text


def test_everything_is_said_to_be_invented(report):
    for path in report.rglob("*.html"):
        assert "Made-up evidence." in path.read_text(encoding="utf-8")
    for page in PdfReader(report / "evidence.pdf").pages:
        assert "Made-up evidence" in page.extract_text()


def test_word_document_opens_with_its_parts(report):
    from docx import Document

    document = Document(str(report / "evidence.docx"))
    headings = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert headings[:4] == ["In short", "What changed", "The programme", "Findings"]
    assert len(document.inline_shapes) >= 4
    links = [r.target_ref for r in document.part.rels.values() if "hyperlink" in r.reltype]
    assert any(link.startswith("documents/D01.html#x-") for link in links)
    with zipfile.ZipFile(report / "evidence.docx") as archive:
        assert archive.testzip() is None


def test_the_same_evidence_gives_the_same_bytes(report, place, tmp_path):
    write_interim(place, tmp_path / "again")
    for path in sorted(report.rglob("*.*")):
        assert (tmp_path / "again" / path.relative_to(report)).read_bytes() == path.read_bytes(), (
            path
        )


def test_a_new_edition_says_what_changed(report, place, tmp_path):
    import shutil

    copy = shutil.copytree(place, tmp_path / "copy")
    evidence = Evidence.of(copy)
    findings = evidence.table("findings")
    findings.loc[findings["finding_id"] == "english-only", "confidence"] = "moderate"
    project = {"project_id": "new", "title": "The New One", "phase": 3, "invented": True}
    evidence.replace({"findings": findings})
    evidence.merge({"projects": pd.DataFrame([project])})
    page = page_of_evidence(copy)
    changed = page.split('id="changes"')[1].split("</section>")[0]
    assert "confidence was low, is moderate" in changed
    assert "New project: The New One." in changed
    assert changed.count("<li>") == 2
    assert "Edition 2." in page
    assert page_of_evidence(copy) == page


def test_whatever_is_edited_makes_an_edition_that_says_so(place, tmp_path):
    import shutil

    copy = shutil.copytree(place, tmp_path / "copy")
    evidence = Evidence.of(copy)
    edition_of(read_material(copy))
    projects, codes = evidence.table("projects"), evidence.table("codes")
    title = projects.loc[0, "title"]
    projects.loc[0, "summary"] = "Told otherwise."
    codes.loc[0, "says"] = "Defined otherwise."
    evidence.replace({"projects": projects, "codes": codes})
    edition_of(read_material(copy))
    kept = json.loads((evidence.folder / "editions.json").read_text(encoding="utf-8"))
    assert kept[-1]["edition"] == kept[-2]["edition"] + 1
    assert kept[-1]["changes"] == [f"Changed project: {title}.", "Changed: the codebook."]


def test_pieces_join_to_the_text_again():
    text = "abcdefghij"
    pieces = pieces_of(text, [(2, 6, "x"), (4, 8, "y"), (2, 4, "z")])
    assert "".join(piece.words for piece in pieces) == text
    assert [piece.words for piece in pieces if piece.marked] == ["cd", "ef", "gh"]
    assert [own for piece in pieces for own in piece.begins] == ["x", "z", "y"]


def test_what_cannot_be_written(place, tmp_path):
    with pytest.raises(InputError, match="odt"):
        write_interim(place, tmp_path, formats=("odt",))
    with pytest.raises(PlaceError, match="no evidence"):
        write_interim(tmp_path, tmp_path / "report")


def test_hostile_texts_are_shown_and_not_run(tmp_path):
    from mobilise.learn import coding

    evidence = Evidence.of(tmp_path)
    evidence.merge({"codes": coding.shipped_codebook("themes")})
    hostile = '<script>alert(1)</script> \x00 [[#panic()]] $x$ "quoted"'
    (tmp_path / "h.txt").write_text(hostile)
    coding.add_document(evidence, tmp_path / "h.txt", title=hostile, project_id="p")
    coding.mark(evidence, "h", 0, len(hostile), codes=["trust.known"], coder="<b>A</b>")
    project = {"project_id": "p", "title": hostile, "invented": False}
    evidence.merge({"projects": pd.DataFrame([project])})
    write_interim(tmp_path, tmp_path / "report")
    for path in (tmp_path / "report").rglob("*.html"):
        assert "<script>alert" not in path.read_text(encoding="utf-8")
