"""A real browser, and what it must not see: errors, outside requests, pages wider than it."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


def chromium():
    """Return Chromium's path; None where there is none."""
    named = os.environ.get("MOBILISE_CHROMIUM")
    return named or shutil.which("chromium") or shutil.which("chromium-browser")


def faults(page):
    """Return what axe-core finds wrong with a page, by WCAG A and AA, and where."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [(one["id"], [node["target"] for node in one["nodes"]][:4]) for one in found]


def overflow(page, width):
    """Return by how many CSS pixels a page is wider than a window of that width."""
    page.set_viewport_size({"width": width, "height": 900})
    return page.evaluate("document.documentElement.scrollWidth") - width


class Watched:
    """A page that is watched: `wrong` lists what a page must not do."""

    def __init__(self, context, base):
        self.page, self.base, self.wrong = context.new_page(), base, []
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("request", self._request)
        self.page.on("requestfailed", self._failed)

    def open(self, path, *, status=200):
        answer = self.page.goto(self.base + path)
        assert answer.status == status, (path, answer.status)
        return self.page

    def drawn(self):
        """Wait until the map says that it is drawn."""
        self.page.wait_for_selector(
            '#map-state[data-idle="true"]', state="attached", timeout=30_000
        )

    def _console(self, message):
        if message.type in {"error", "warning"} and "GPU stall" not in message.text:
            self.wrong.append(f"console {message.type}: {message.text}")

    def _request(self, request):
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.wrong.append(f"outside request: {request.url}")

    def _failed(self, request):
        if "ERR_ABORTED" not in (request.failure or ""):
            self.wrong.append(f"failed: {request.url} {request.failure}")


@contextmanager
def watched(browser, base, *, width=1280, dark=False, javascript=True):
    """Yield a watched page of a width in CSS pixels, without motion."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        java_script_enabled=javascript,
    )
    context.set_default_timeout(60_000)
    yield Watched(context, base)
    context.close()
