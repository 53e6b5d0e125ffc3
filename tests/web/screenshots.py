"""Takes a picture of every page of the demonstration: ``python3 run.py screenshots [FOLDER]``.

Wide and narrow, light and dark. They are for looking at, not for comparing: a person sees
what no test does.
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from mobilise.cli.running import _invented_people
from mobilise.place import Place
from mobilise.web.pages.planning import Wish
from mobilise.web.whole import whole_site
from tests.web.browser import FLAGS, chromium, watched
from tests.web.conftest import serving

OPEN = {
    "place": "/",
    "map": "/map?layer=nearest.library",
    "map-two-ways": "/map?layer=nearest.library&against=true&assets=library",
    "map-card": "/map?layer=nearest.library&area=WX0007",
    "area": "/areas/WX0007",
    "walks": "/walks?lat={lat}&lon={lon}",
    "gaps": "/gaps?by=ward&part=Dunmarsh&with=Hartlow",
    "gaps-by-kind": "/gaps/left-out",
    "plan": "/plan?kind=library&add=3&minutes=15&fair=1",
    "support": "/support?need=loneliness&near=Dunmarsh&minutes=30",
    "support-arabic": "/support?lang=ar&words=library",
    "support-welsh-large": "/support?lang=cy&words=library&large=true",
    "say": "/say",
    "evidence": "/evidence",
    "evidence-matrix": "/evidence/matrix",
    "evidence-network": "/evidence/network",
    "evidence-finding": "/evidence/findings/core-costs",
    "evidence-document": "/evidence/documents/D11",
    "equity": "/equity",
    "method": "/method",
    "sign-in": "/care/sign-in",
}
INSIDE = {
    "referrer": ("/care/refer", "/care/referred"),
    "link worker": ("/care/caseload",),
    "provider": ("/care/inbox",),
}
LOOKS = ((1280, False), (768, True), (320, False))


def main(arguments: list[str]) -> int:
    """Take them."""
    folder = Path(arguments[0]) if arguments else Path("out/screenshots")
    demo = Path(arguments[1]) if len(arguments) > 1 else Path("out/demo")
    if not (demo / "place.json").is_file():
        print(f"{demo} holds no demonstration; 'python3 run.py demo --no-serve' makes one.")
        return 2
    if chromium() is None:
        print("Chromium is not installed: apt-get install chromium.")
        return 2
    place = Place.open(demo)
    database, who = _invented_people(demo, place)
    folder.mkdir(parents=True, exist_ok=True)
    with whole_site(place, "http://127.0.0.1", database, who, print) as app, serving(app) as port:
        print("making a plan, the first of which takes a while")
        app.state.site.planner.solve(Wish(kind="library", add=3, fair=1).asked())
        shoot(f"http://127.0.0.1:{port}", app.state.site, folder)
    return 0


def shoot(base, site, folder):
    spot = site.areas.iloc[10]
    at = {"lat": round(spot["lat"], 5), "lon": round(spot["lon"], 5)}
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=chromium(), args=FLAGS)
        for width, dark in LOOKS:
            look = f"{width}{'-dark' if dark else ''}"
            with watched(browser, base, width=width, dark=dark) as view:
                for name, path in OPEN.items():
                    _picture(view, path.format(**at), folder / f"{name}-{look}.png")
            for person in site.who_to_be[:3]:
                with watched(browser, base, width=width, dark=dark) as view:
                    _inside(view, person, folder, look)
        browser.close()


def _inside(view, person, folder, look):
    page = view.open("/care/sign-in")
    page.fill("#login", person["login"])
    page.fill("#password", person["password"])
    page.click("main button:has-text('Sign in')")
    page.wait_for_load_state()
    role = person["role"].split(",")[0]
    for path in INSIDE[role]:
        _picture(view, path, folder / f"{path.split('/')[-1]}-{look}.png")
    task = page.locator("a[href^='/care/tasks/']").first
    if task.count():
        path = task.get_attribute("href")
        _picture(view, path, folder / f"case-{role.replace(' ', '-')}-{look}.png")
        if role == "link worker":
            _picture(view, f"{path}/match", folder / f"match-{look}.png")


def _picture(view, path, file):
    page = view.open(path)
    if page.locator("#map-state").count():
        view.drawn()
    page.screenshot(path=file, full_page=True)
    print(file, *view.wrong)
    view.wrong.clear()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
