"""Referrals in a real browser, by keyboard alone, at the widths that people have."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from playwright.sync_api import sync_playwright

from mobilise.referrals import add_organisation, add_service, open_store, operator
from mobilise.referrals.access.accounts import add_user
from mobilise.referrals.access.limits import Limiter
from mobilise.referrals.settings import Settings
from mobilise.web.care import care_app
from mobilise.web.static import router as static
from tests.web.browser import FLAGS, chromium, faults, overflow, watched
from tests.web.conftest import serving

pytestmark = pytest.mark.skipif(
    chromium() is None, reason="Chromium is not installed (apt-get install chromium)"
)
SECRET = "invented words of twelve letters"  # noqa: S105  (of invented people)


@pytest.fixture(scope="module")
def base(app, tmp_path_factory):
    store = open_store(f"sqlite:///{tmp_path_factory.mktemp('care')}/care.db")
    with store.work(operator()) as work:
        practice = add_organisation(work, "Invented Practice", "practice").id
        team = add_organisation(work, "Invented Link Workers", "link worker service").id
        choir = add_organisation(work, "Invented Choir", "provider").id
        add_service(work, "Tuesday choir", choir)
        for role, body in (("referrer", practice), ("link worker", team)):
            login = f"{role.split()[0]}@example.org"
            add_user(work, login, "Sam", role, body, password=SECRET, one_time_code=False)
    settings = Settings(store, "http://x/fhir", b"secret", "http://x/care", Limiter("1000/minute"))
    outer = FastAPI()
    outer.include_router(static)
    outer.mount("/care", care_app(settings, app.state.site, directory=app.state.site.directory))
    with serving(outer) as port:
        yield f"http://127.0.0.1:{port}"
    store.close()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as player:
        started = player.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield started
        started.close()


def sign_in(view, who):
    page = view.open("/care/sign-in")
    page.locator("#login").focus()
    page.keyboard.type(f"{who}@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(SECRET)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/care/(referred|caseload)"))
    return page


def accessible(page, width):
    assert overflow(page, width) <= 0
    assert faults(page) == []


def test_a_referral_is_made_by_keyboard_and_worked_on(browser, base):
    with watched(browser, base, width=1280) as view:
        page = view.open("/care/sign-in")
        for width in (768, 320, 1280):
            accessible(page, width)
        page = sign_in(view, "referrer")
        page.goto(f"{base}/care/refer")
        accessible(page, 1280)
        page.locator("#given").focus()
        for text in ("Ada", "Invented", "01632 960001"):
            page.keyboard.type(text)
            page.keyboard.press("Tab")
        page.locator("input[name=needs][value=loneliness]").press("Space")
        for purpose in ("referral", "sharing", "feedback"):
            page.locator(f"input[name=consented][value={purpose}]").press("Space")
        page.locator("button:has-text('Send the referral')").press("Enter")
        page.wait_for_url(re.compile("/care/tasks/"))
        assert "on its way" in page.locator(".done").inner_text()
        accessible(page, 1280)
        assert view.wrong == []
    with watched(browser, base, width=320, dark=True) as view:
        page = sign_in(view, "link")
        accessible(page, 320)
        page.locator("a:has-text('Ada Invented')").press("Enter")
        page.wait_for_selector("button:has-text('Accept')")
        page.locator("button:has-text('Accept')").press("Enter")
        page.wait_for_selector(".done")
        accessible(page, 320)
        page.locator("a:has-text('Find a service')").press("Enter")
        page.wait_for_url(re.compile("/match"))
        accessible(page, 320)
        assert view.wrong == []
