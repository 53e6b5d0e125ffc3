"""Referrals in the browser: from the practice to the choir and back, and nothing lost on the way."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

import pytest
from starlette.testclient import TestClient

from mobilise.referrals import add_organisation, add_service, open_store, operator, send_on
from mobilise.referrals.access.accounts import add_user
from mobilise.referrals.access.limits import Limiter
from mobilise.referrals.access.links import link_token
from mobilise.referrals.access.links import send_link as make_link
from mobilise.referrals.access.sessions import COOKIE
from mobilise.referrals.actors import Actor
from mobilise.referrals.settings import Settings
from mobilise.web.care import care_app

SECRET = "invented words of twelve letters"  # noqa: S105  (of invented people)
ROLES = {"referrer": "practice", "link worker": "team", "provider": "choir"}


@dataclass
class Desk:
    """The care pages, and who can sign in."""

    client: TestClient
    store: object
    bodies: dict
    service: str

    def sign_in(self, role):
        self.client.cookies.clear()
        form = {"login": f"{role.replace(' ', '.')}@example.org", "password": SECRET}
        answer = self.client.post("/care/sign-in", data=form, follow_redirects=False)
        assert answer.status_code == 303
        return self

    def page(self, path, status=200):
        answer = self.client.get(f"/care{path}")
        assert answer.status_code == status, answer.text
        return unescape(answer.text)

    def hidden(self, path, action=None):
        """Return the hidden fields of a page's form."""
        page = self.page(path)
        part = page if action is None else page.split(f'{action}"')[1].split("</form>")[0]
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', part))

    def send(self, path, action, status=303, **fields):
        form = self.hidden(path, action) | fields
        answer = self.client.post(f"/care{action}", data=form, follow_redirects=False)
        assert answer.status_code == status, unescape(answer.text)
        return answer


@pytest.fixture
def desk(site, tmp_path):
    store = open_store(f"sqlite:///{tmp_path}/care.db")
    with store.work(operator()) as work:
        bodies = {
            "practice": add_organisation(work, "Invented Practice", "practice").id,
            "team": add_organisation(work, "Invented Link Workers", "link worker service").id,
            "choir": add_organisation(work, "Invented Choir", "provider", email="c@example.org").id,
        }
        service = add_service(work, "Tuesday choir", bodies["choir"], kind="arts").id
        for role, body in ROLES.items():
            login = f"{role.replace(' ', '.')}@example.org"
            add_user(
                work, login, f"Sam {role}", role, bodies[body],
                password=SECRET, one_time_code=False,
            )  # fmt: skip
    often = Limiter(sign_in="1000/minute", link="1000/minute")
    settings = Settings(
        store, "http://testserver/fhir", b"secret", "http://testserver/care", limiter=often
    )
    from fastapi import FastAPI

    outer = FastAPI()
    outer.mount("/care", care_app(settings, site))
    client = TestClient(outer, headers={"Accept": "text/html"})
    yield Desk(client, store, bodies, service)
    store.close()


PERSON = {
    "given": "Ada",
    "family": "Invented",
    "phone": "01632 960001",
    "needs": ["loneliness", "creative activity"],
    "consented": ["referral", "sharing", "feedback"],
    "reason": "Misses singing.",
}


def referred(desk):
    """Refer Ada, and return the address of the team's task."""
    desk.sign_in("referrer")
    form = PERSON | {"to": desk.bodies["team"]}
    where = desk.send("/refer", "/refer", **form).headers["location"]
    return where.removeprefix("/care").split("?")[0]


def test_nobody_sees_anything_who_is_not_signed_in(desk):
    for path in ("/", "/caseload", "/inbox", "/referred", "/refer", "/tasks/x", "/tasks/x/match"):
        answer = desk.client.get(f"/care{path}")
        assert answer.status_code == 401
        assert "<h1>Sign in</h1>" in answer.text
        assert answer.headers["cache-control"] == "no-store"


def test_a_wrong_password_is_refused_and_the_name_stays(desk):
    form = {"login": "referrer@example.org", "password": "not the right one"}
    answer = desk.client.post("/care/sign-in", data=form)
    assert answer.status_code == 401
    assert 'value="referrer@example.org"' in answer.text
    assert COOKIE not in desk.client.cookies


def test_a_referral_goes_round_from_practice_to_choir_and_back(desk):
    task = referred(desk)
    assert "Waiting for an answer" in desk.page(task)

    desk.sign_in("link worker")
    assert "Ada Invented" in desk.page("/caseload")
    desk.send(task, f"{task}/accept")
    desk.send(
        task, f"{task}/contact", how="phone", reached="yes", minutes="15", note="Shy of trains."
    )
    assert "Shy of trains." in desk.page(task)
    form = desk.hidden(f"{task}/match", f"{task}/send-on")
    form |= {"service": desk.service, "needs": ["loneliness"], "note": "Likes old songs."}
    sent = desk.client.post(f"/care{task}/send-on", data=form, follow_redirects=False)
    assert sent.status_code == 303
    assert "Tuesday choir" in desk.page(task)

    desk.sign_in("provider")
    inbox = desk.page("/inbox")
    part = re.search(r"/care(/tasks/[\w-]+)", inbox)[1]
    seen = desk.page(part)
    assert "Likes old songs." in seen
    assert "Shy of trains." not in seen
    desk.send(part, f"{part}/accept")
    desk.send(part, f"{part}/attendance", held_on="2026-11-24", state="attended")
    desk.send(part, f"{part}/complete", message="She sings.")

    desk.sign_in("link worker")
    desk.send(task, f"{task}/outcome", instrument="swemwbs", moment="after", value="24")
    desk.send(task, f"{task}/complete", message="Ada sings on Tuesdays.")

    desk.sign_in("referrer")
    told = desk.page(task)
    assert "Ada sings on Tuesdays." in told
    assert "Shy of trains." not in told
    assert "Completed" in told


def test_the_same_form_sent_twice_refers_once(desk):
    desk.sign_in("referrer")
    form = desk.hidden("/refer") | PERSON | {"to": desk.bodies["team"]}
    first, second = (
        desk.client.post("/care/refer", data=form, follow_redirects=False) for _ in range(2)
    )
    assert first.headers["location"] == second.headers["location"]
    assert desk.page("/referred").count("Ada Invented") == 1


def test_what_cannot_be_sent_comes_back_with_all_that_was_written(desk):
    desk.sign_in("referrer")
    form = desk.hidden("/refer") | PERSON | {"to": desk.bodies["team"], "consented": ["sharing"]}
    answer = desk.client.post("/care/refer", data=form)
    assert answer.status_code == 422
    assert "record the consent first" in answer.text
    assert "Misses singing." in answer.text
    assert 'value="loneliness" checked' in answer.text
    assert "Nobody is waiting" in desk.page("/referred")


def test_a_page_that_was_overtaken_changes_nothing_and_says_so(desk):
    task = referred(desk)
    desk.sign_in("link worker")
    old = desk.hidden(task, f"{task}/decline") | {"reason": "We are full."}
    desk.send(task, f"{task}/accept")
    answer = desk.client.post(f"/care{task}/decline", data=old)
    assert answer.status_code == 409
    assert "somebody else changed" in answer.text.casefold()
    assert "Accepted" in desk.page(task)


def test_what_was_written_before_the_session_ended_can_still_be_sent(desk):
    desk.sign_in("referrer")
    form = desk.hidden("/refer") | PERSON | {"to": desk.bodies["team"]}
    desk.client.cookies.clear()
    lost = desk.client.post("/care/refer", data=form)
    assert lost.status_code == 401
    assert "You were signed out" in unescape(lost.text)
    kept = re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)"', lost.text)
    again = {"login": "referrer@example.org", "password": SECRET}
    fields = {}
    for name, value in kept:
        fields.setdefault(name, []).append(unescape(value))
    resumed = desk.client.post("/care/sign-in", data=fields | again)
    assert "Send what you wrote?" in resumed.text
    fields = {}
    for name, value in re.findall(
        r'<input type="hidden" name="(\w+)" value="([^"]*)"', resumed.text
    ):
        fields.setdefault(name, []).append(unescape(value))
    assert desk.client.post("/care/refer", data=fields, follow_redirects=False).status_code == 303
    assert "Ada Invented" in desk.page("/referred")


def test_a_form_of_another_session_is_refused(desk):
    task = referred(desk)
    desk.sign_in("link worker")
    answer = desk.client.post(f"/care{task}/accept", data={"form": "0" * 64})
    assert answer.status_code == 403
    assert "Waiting for an answer" in desk.page(task)


def test_one_team_does_not_see_anothers_people(desk):
    task = referred(desk)
    desk.sign_in("provider")
    assert desk.client.get(f"/care{task}").status_code == 404
    assert "Ada" not in desk.page("/inbox")


def test_a_small_group_answers_by_its_link_alone(desk):
    task = referred(desk)
    desk.sign_in("link worker")
    desk.send(task, f"{task}/accept")
    worker = Actor("user/worker", "link worker", desk.bodies["team"])
    with desk.store.work(worker) as work:
        part = send_on(work, task.split("/")[-1], desk.service, needs=["loneliness"])
    with desk.store.work(worker) as work:
        link = make_link(work, part.id)
    desk.client.cookies.clear()
    path = f"/answer/{link_token(b'secret', link.id)}"
    before = desk.page(path)
    assert "Ada" not in before
    assert "01632" not in before
    desk.send(path, path, answer="accept")
    after = desk.page(path)
    assert "Ada" in after
    assert "01632 960001" in after
    desk.send(path, path, answer="came")
    desk.send(path, path, answer="complete", message="Good voice.")
    assert "nothing left to answer" in desk.page(path)
    assert "this link is over" in desk.page("/answer/x.y", status=422).casefold()
