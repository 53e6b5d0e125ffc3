"""The PDF: tagged, titled, in English, with the report's words, whatever names it holds."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest
from pypdf import PdfReader

from mobilise.report import write_report
from mobilise.report.content import report_of
from mobilise.report.material import read_material
from mobilise.report.model import Prose, Report, Section
from mobilise.report.pdf import pdf_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mobilise.place import Place


@pytest.fixture(scope="module")
def path(town: Place, tmp_path_factory: pytest.TempPathFactory) -> Path:
    (path,) = write_report(town, tmp_path_factory.mktemp("pdf"), formats=["pdf"])
    return path


@pytest.fixture(scope="module")
def pdf(path: Path) -> PdfReader:
    return PdfReader(path)


@pytest.fixture(scope="module")
def words(pdf: PdfReader) -> str:
    return " ".join(" ".join(page.extract_text() for page in pdf.pages).split())


def root(pdf: PdfReader) -> Any:
    return pdf.trailer["/Root"]


def test_it_is_tagged_titled_and_in_english(pdf: PdfReader) -> None:
    assert root(pdf)["/MarkInfo"]["/Marked"]
    assert root(pdf)["/Lang"] == "en-GB"
    assert root(pdf)["/ViewerPreferences"]["/DisplayDocTitle"]
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Testham: community assets and who can reach them"


def test_it_claims_pdf_ua(pdf: PdfReader) -> None:
    assert b"pdfuaid" in root(pdf)["/Metadata"].get_data()


def test_every_picture_has_a_description(pdf: PdfReader, town: Place) -> None:
    found = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for child in node:
                walk(child)
        elif isinstance(node, dict):
            if node.get("/S") == "/Figure":
                found.append(str(node.get("/Alt", "")))
            walk(node.get("/K", []))

    walk(root(pdf)["/StructTreeRoot"])
    report = report_of(read_material(town))
    pictures = [
        figure.alt
        for section in report.sections
        for block in section.blocks
        for figure in getattr(block, "figures", [block])
        if hasattr(figure, "svg")
    ]
    assert sorted(found) == sorted(pictures)


def test_it_has_bookmarks_for_the_sections(pdf: PdfReader, town: Place) -> None:
    titles = [entry["/Title"] for entry in pdf.outline if not isinstance(entry, list)]
    assert titles == [s.title for s in report_of(read_material(town)).sections]


def test_it_says_what_the_page_says(words: str) -> None:
    assert "34,350 people live in Testham" in words
    assert "1 (most deprived)" in words
    assert "These are not street routes." in words
    assert "Life expectancy at birth, females, 2016 to 2020" in words
    assert "Areas of Testham" in words


def test_hostile_names_are_words(words: str) -> None:
    assert "<script>alert('x')</script> & #strong[Sons]" in words.replace("’", "'")
    assert "$x$ *b* _i_ \\u{41} @ref `c`" in words


def test_no_date_and_the_same_bytes(
    town: Place, tmp_path: Path, path: Path, pdf: PdfReader
) -> None:
    (again,) = write_report(town, tmp_path, formats=["pdf"])
    assert again.read_bytes() == path.read_bytes()
    assert pdf.metadata is not None
    assert pdf.metadata.creation_date is None


def test_a_made_up_place_is_called_so_on_every_page(
    make_town: Callable[..., Place], tmp_path: Path
) -> None:
    (path,) = write_report(make_town(synthetic=True), tmp_path / "r", formats=["pdf"])
    for page in PdfReader(path).pages:
        assert "Made-up place" in page.extract_text()


def test_fonts_are_inside(pdf: PdfReader) -> None:
    names = set()
    for page in pdf.pages:
        for font in page["/Resources"].get("/Font", {}).values():
            inner = font.get_object()["/DescendantFonts"][0].get_object()
            assert {"/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"])
            names.add(str(inner["/BaseFont"]).split("+")[1])
    assert names
    assert all(name.startswith(("Libertinus", "DejaVu")) for name in names)


def test_letters_that_the_fonts_lack_do_not_stop_the_report() -> None:
    report = Report(
        title="T",
        place="図書館",
        summary="S",
        banner="",
        sections=(Section("a", "A", (Prose("Some words."),)),),
    )
    told: list[str] = []
    pdf = PdfReader(BytesIO(pdf_of(report, told.append)))
    assert root(pdf)["/MarkInfo"]["/Marked"]
    assert "Some words." in pdf.pages[0].extract_text()
    assert len(told) == 1
    assert "fonts lack" in told[0]
