"""The page: one file, no outside request, accessible structure, hostile names harmless."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections import Counter
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from mobilise.errors import InputError
from mobilise.report import write_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mobilise.place import Place

parse_xml = ET.fromstring
VOID = {"meta", "link", "br", "hr", "img", "input"}
HOSTILE = "<script>alert('x')</script> & #strong[Sons]"


class Reader(HTMLParser):
    """Keeps what the tests ask about, and checks that every tag is closed in turn."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text: list[tuple[tuple[str, ...], str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {k: v or "" for k, v in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append((tuple(self.open), data))

    def words(self) -> str:
        return " ".join(" ".join(d for where, d in self.text if "style" not in where).split())

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag == name]


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def html(town: Place, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("page")
    (path,) = write_report(town, folder, formats=["html"])
    assert path == folder / "index.html"
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Reader:
    return read(html)


def test_nothing_is_asked_of_another_site(html: str, page: Reader) -> None:
    for tag, attributes in page.tags:
        for name in ("src", "srcset", "data", "poster", "action", "xlink:href"):
            assert name not in attributes, tag
        if "href" in attributes and tag != "a":
            assert attributes["href"] == "data:,"
    assert not page.all("script")
    style = "".join(d for where, d in page.text if "style" in where)
    assert "@import" not in style
    assert "url(" not in style
    outside = [u for u in re.findall(r"url\(([^)]*)\)", html) if not u.startswith("#")]
    assert outside == []


def test_ids_are_unique_and_every_reference_is_met(page: Reader) -> None:
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert [i for i, n in Counter(ids).items() if n > 1] == []
    for _, attributes in page.tags:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(attributes.get(name, "").split()) <= set(ids)
        if attributes.get("href", "").startswith("#"):
            assert attributes["href"][1:] in ids


def test_headings_come_in_order(page: Reader) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_landmarks_language_title_and_skip_link(page: Reader) -> None:
    assert page.all("html")[0]["lang"] == "en-GB"
    for landmark in ("header", "nav", "main", "footer"):
        assert len(page.all(landmark)) == 1
    first = page.all("a")[0]
    assert (first["class"], first["href"]) == ("skip", "#main")
    title = [d for where, d in page.text if where[-1:] == ("title",) and "svg" not in where]
    assert title[0].startswith("Testham")


def test_every_figure_is_named_described_and_has_its_table(html: str) -> None:
    found = re.findall(r"<figure .*?</figure>", html, flags=re.DOTALL)
    assert len(found) == 2 + 6 + 12 + 1 + 2
    for text in found:
        figure = read(text)
        (picture,) = [a for a in figure.all("svg") if a.get("role") == "img"]
        assert len(picture["aria-labelledby"].split()) == 2
        assert len(figure.all("figcaption")) == len(figure.all("desc")) == 1
        assert len(figure.all("table")) == len(figure.all("caption")) == 1
        assert {a["scope"] for a in figure.all("th")} == {"col", "row"}


def test_pictures_are_xml(html: str) -> None:
    pictures = re.findall(r"<svg .*?</svg>", html, flags=re.DOTALL)
    assert len(pictures) > 21
    for picture in pictures:
        parse_xml(picture)


def test_hostile_names_are_words(html: str, page: Reader) -> None:
    assert "<script" not in html
    assert HOSTILE in page.words()
    assert "Area <b>& Co</b>" in page.words()
    assert "javascript:" not in html


def test_maps_do_not_add_tab_stops(page: Reader) -> None:
    stops = [tag for tag, a in page.tags if a.get("tabindex") == "0"]
    assert set(stops) == {"div"}  # tables that scroll
    assert all(a.get("aria-labelledby") for a in page.all("div") if a.get("role") == "region")


def test_a_made_up_place_is_called_so_in_every_section(
    make_town: Callable[..., Place], tmp_path: Path, page: Reader
) -> None:
    (path,) = write_report(make_town(synthetic=True), tmp_path / "r", formats=["html"])
    made_up = read(path.read_text(encoding="utf-8"))
    assert "no finding here is about the real world" in made_up.words()
    tags = [a for tag, a in made_up.tags if tag == "p" and a.get("class") == "made-up"]
    assert len(tags) == len(made_up.all("section"))
    assert "made up" not in page.words().lower()


def test_the_page_is_small(html: str) -> None:
    assert len(html) < 400_000


def test_same_place_same_bytes(town: Place, tmp_path: Path, html: str) -> None:
    (again,) = write_report(town, tmp_path, formats=["html"])
    assert again.read_text(encoding="utf-8") == html


def test_no_half_written_file_is_left(town: Place, tmp_path: Path) -> None:
    write_report(town, tmp_path, formats=["html"])
    assert [p.name for p in tmp_path.iterdir()] == ["index.html"]


def test_an_unknown_format_is_refused(town: Place, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'docx'"):
        write_report(town, tmp_path, formats=["docx"])
    assert not list(tmp_path.iterdir())


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance and contrast ratio."""

    def light(colour: str) -> float:
        full = colour.lstrip("#")
        full = "".join(c * 2 for c in full) if len(full) == 3 else full
        parts = [int(full[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    high, low = sorted((light(one), light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_colours_reach_wcag_contrast_in_light_and_dark(html: str) -> None:
    schemes = re.findall(r":root \{(.*?)\}", html, flags=re.DOTALL)[:2]
    assert len(schemes) == 2
    for scheme in schemes:
        colour = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", scheme))
        for back in ("paper", "soft", "warn"):
            assert contrast(colour["ink"], colour[back]) >= 7
        for word in ("quiet", "link"):
            assert contrast(colour[word], colour["paper"]) >= 4.5
        for mark in ("mark", "focus"):
            assert contrast(colour[mark], colour["paper"]) >= 3
