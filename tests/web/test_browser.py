"""Every page in a real browser: accessible, whole at every width, by keyboard, and by itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect, sync_playwright

from mobilise.directory import search
from mobilise.learn.evidence import Evidence
from tests.web.browser import FLAGS, chromium, faults, overflow, watched
from tests.web.conftest import serving

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="Chromium is not installed (apt-get install chromium)"
)
PAGES = [
    "/",
    "/search?q=lib",
    "/map?layer=nearest.library",
    "/map?layer=count.park.15&against=true&assets=park&entrances=true",
    "/areas/WX0004",
    "/walks?lat={lat}&lon={lon}",
    "/gaps?part=Dunmarsh&with=Hartlow",
    "/gaps/health",
    "/plan?kind=library&add=2&minutes=15&fair=1",
    "/method",
    "/support?words=library&near=Dunmarsh",
    "/support?lang=ar&words=library&large=true",
    "/say",
    "/equity",
    "/evidence",
    "/evidence/search?q=library",
    "/evidence/matrix",
    "/evidence/network",
    "/evidence/findings/{finding}",
    "/evidence/documents/{document}",
    "/listing/suggest/{service}",
]
LOOKS = [(1280, "light"), (320, "dark")]  # axe looks at both; 768 must fit as well


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as player:
        started = player.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


@pytest.fixture(scope="module")
def base(app):
    with serving(app) as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def view(browser, base):
    with watched(browser, base) as found:
        yield found
        assert found.wrong == []


@pytest.fixture(scope="module")
def there(site, town):
    """What stands in the addresses of pages about one thing."""
    spot = site.areas.iloc[10]
    evidence = Evidence.of(town.folder)
    return {
        "lat": round(spot["lat"], 5),
        "lon": round(spot["lon"], 5),
        "finding": evidence.table("findings")["finding_id"].iloc[0],
        "document": evidence.table("extracts")["document_id"].iloc[0],
        "service": search(site.directory, "library").listings[0].service_id,
    }


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_fits_and_asks_nobody(view, there, path):
    page = view.open(path.format(**there))
    if page.locator("#map-state").count():
        view.drawn()
    for width, scheme in LOOKS:
        page.emulate_media(color_scheme=scheme)
        assert overflow(page, width) <= 0
        assert faults(page) == []
    assert overflow(page, 768) <= 0


def test_a_page_that_opens_small_and_dark_is_as_it_is_when_made_so(browser, base):
    with watched(browser, base, width=320, dark=True) as found:
        page = found.open("/map?layer=nearest.library")
        found.drawn()
        assert overflow(page, 320) <= 0
        assert faults(page) == []
        assert found.wrong == []


@pytest.mark.parametrize("path", ["/gaps/left-out", "/report/index.html"])
def test_a_long_page_fits_a_small_screen_and_asks_nobody(browser, base, path):
    with watched(browser, base, width=320) as found:
        page = found.open(path)
        assert overflow(page, 320) <= 0
        assert found.wrong == []


@pytest.mark.parametrize("path", ["/", "/map", "/plan?kind=library&add=2&minutes=15&fair=1"])
def test_pages_are_whole_without_javascript(browser, base, path):
    with watched(browser, base, javascript=False) as found:
        page = found.open(path)
        assert page.locator("h1").is_visible()
        if path.startswith("/plan"):
            assert page.locator(".plan svg.map").is_visible()
        if path == "/map":
            assert page.locator("#map img").evaluate("image => image.naturalWidth") > 0
            assert page.locator("#table tbody tr").count() == 25
        assert found.wrong == []


def test_somebody_finds_an_area_by_keyboard(view):
    page = view.open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    for _ in range(3):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "q":
            break
    page.keyboard.type("WX0004")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/areas/WX0004"))


def test_somebody_reads_a_report_card_off_the_map_by_keyboard(view):
    page = view.open("/map")
    view.drawn()
    page.locator("#map canvas").focus()
    page.keyboard.press("ArrowUp")
    view.drawn()
    page.keyboard.press("Enter")
    page.wait_for_selector("#card h2")
    assert page.evaluate("document.activeElement.id") == "card"
    assert "area=WX" in page.url


def test_a_change_of_layer_is_in_the_address_and_comes_back(view):
    page = view.open("/map?layer=nearest.library")
    view.drawn()
    page.locator("#layer-choice").select_option("nearest.museum")
    expect(page).to_have_title(re.compile("museum"))
    view.drawn()
    assert "layer=nearest.museum" in page.url
    page.go_back()
    expect(page).to_have_title(re.compile("library"))
    view.drawn()


def test_walks_from_a_point_by_keyboard(view):
    page = view.open("/map")
    view.drawn()
    page.locator("#from-here").press("Enter")
    assert page.locator("#from-here").get_attribute("aria-pressed") == "true"
    page.locator("#map canvas").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#card .nearest")
    view.drawn()
    assert "from=" in page.url
    assert "Minutes on foot from the point" in page.locator("#layer").inner_text()


def test_a_plan_is_made_by_keyboard_shown_on_the_map_and_its_address_is_the_plan(view):
    page = view.open("/plan")
    page.locator("#kind").select_option("library")
    page.locator("#add").fill("2")
    page.locator("#fair").focus()
    page.keyboard.press("ArrowRight")
    page.locator("#go").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("#plan-h", timeout=60_000)
    assert "kind=library" in page.url
    said = page.locator("#plan-h").inner_text()
    view.drawn()
    assert page.locator(".sitemark").all_inner_texts() == ["2", "1"]
    assert not page.locator(".plan figure[id$='-map-figure'] svg.map").is_visible()
    page.locator("#map canvas").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".maplibregl-popup p")).to_contain_text("within 15 minutes")
    page.emulate_media(media="print")
    assert page.locator(".plan figure[id$='-map-figure'] svg.map").is_visible()
    page.emulate_media(media="screen")
    page.reload()
    assert page.locator("#plan-h").inner_text() == said


def test_somebody_finds_support_by_keyboard_and_prints_a_list(view):
    page = view.open("/support")
    page.locator("#near").focus()
    page.keyboard.type("Dunmarsh")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found .listings li h3")
    view.drawn()
    page.locator("#s1 a:has-text('Put on my list')").press("Enter")
    page.wait_for_url(re.compile("keep="))
    view.drawn()
    page.locator("a:has-text('Show my list')").press("Enter")
    page.wait_for_url(re.compile("/support/list"))
    assert page.locator(".listings li").count() == 1
