"""The place's first page."""

from __future__ import annotations

from starlette.testclient import TestClient

from mobilise.report.sections.summary import summary_section
from mobilise.web.public import public_app


def test_the_home_page_says_the_five_sentences_and_that_the_town_is_made_up(town):
    app = public_app(town)
    page = TestClient(app).get("/").text
    (points,) = summary_section(app.state.site.material).blocks
    for item in points.items:
        assert item.text in page
    assert "Made-up place" in page
