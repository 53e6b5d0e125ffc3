"""Ways around the rules that somebody might try, each of them shut."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from mobilise.errors import InputError, NotSignedIn, NotThere
from mobilise.referrals import (
    accept,
    exporting,
    operator,
    record_consent,
    record_refusal,
    send_on,
    withdraw,
)
from mobilise.referrals.access.links import actor_of_link, link_token, send_link, server_secret
from mobilise.referrals.access.systems import ASSERTION, close_client, token_for
from mobilise.referrals.courier import deliver, waiting
from mobilise.referrals.listing import case
from mobilise.referrals.model import Link, Subscription
from mobilise.referrals.running import EXPORTS, personal_plane
from mobilise.referrals.subjects import erase
from tests.referrals.examples import referral_bundle, subscription
from tests.referrals.serving import registered, serving, signed_in


def sent_on(care, consented=("referral", "sharing", "feedback")):
    """Return a first task and the one that the choir was sent."""
    task = care.refer(consented)
    with care.store.work(care.worker) as work:
        accept(work, task.id)
        return task, send_on(work, task.id, care.service, note="An invented note.")


@pytest.fixture
def choir(small):
    sent_on(small)
    with serving(small.store) as settings:
        yield signed_in(settings, "provider", small.choir)


@pytest.mark.parametrize(
    "query",
    [
        "Patient?birthdate=1950-03-01",
        "Patient?birthdate:missing=false",
        "Patient?identifier=9434765919",
        "Patient?address-postalcode=ZZ99",
        "Patient?general-practitioner:missing=true",
        "Patient?_include=Patient:organization",
        "Organization?_revinclude=Patient:organization",
    ],
)
def test_a_provider_cannot_guess_what_it_is_not_shown(choir, query):
    assert choir.get(f"/{query}").status_code == 400
    lenient = choir.get(f"/{query}", headers={"Prefer": "handling=lenient"})
    assert lenient.status_code == 400 or lenient.json()["total"] == 1  # whatever was guessed
    type_, _, rest = query.partition("?")
    posted = choir.post(f"/{type_}/_search", content=rest)
    assert posted.status_code == 400
    entry = {"request": {"method": "GET", "url": query}}
    bundle = {"resourceType": "Bundle", "type": "batch", "entry": [entry]}
    assert choir.post("/", json=bundle).json()["entry"][0]["response"]["status"] == "400"


def test_a_provider_finds_people_by_what_it_is_shown(choir):
    assert choir.get("/Patient?family=Invented").json()["total"] == 1


def test_a_provider_cannot_guess_by_being_told_or_by_pointing_either(choir):
    told = subscription("http://127.0.0.1:9/", "Patient?identifier=9434765919")
    assert choir.post("/Subscription", json=told).status_code == 400
    mine = choir.get("/Task").json()["entry"][0]["resource"]
    mine["for"] = {"reference": "Patient?birthdate=1950-03-01"}
    entry = {"resource": mine, "request": {"method": "PUT", "url": f"Task/{mine['id']}"}}
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
    assert choir.post("/", json=bundle).status_code == 400


def test_a_conditional_reference_needs_the_scope_to_search(small):
    with serving(small.store) as settings:
        scopes = ("system/Patient.c", "system/ServiceRequest.c", "system/Task.c")
        gp = signed_in(settings, "referrer", small.practice, scopes)
        bundle = referral_bundle(small.practice, small.team)
        request = bundle["entry"][-2]["resource"]
        request["subject"] = {"reference": "Patient?family=Invented"}
        bundle["entry"] = bundle["entry"][-2:-1]
        answer = gp.post("/", json=bundle)
        assert answer.status_code == 403
        assert "search" in answer.text


def test_what_points_back_is_bounded(small, monkeypatch):
    monkeypatch.setattr("mobilise.referrals.fhir.searching.MOST_INCLUDED", 1)
    with serving(small.store) as settings:
        gp = signed_in(settings, "referrer", small.practice)
        other = signed_in(settings, "referrer", small.team)
        for _ in range(2):
            gp.post("/", json=referral_bundle(small.practice, small.team))
        query = "/Organization?_revinclude=Task:owner&_revinclude=AuditEvent:patient"
        assert gp.get(query).status_code == 400
        assert gp.get("/Organization?_revinclude=Task:owner").status_code == 400
        nothing = other.get("/Organization?_revinclude=Task:owner")  # others' do not count
        assert nothing.status_code == 200
        assert "Task" not in {e["resource"]["resourceType"] for e in nothing.json()["entry"]}


def test_a_link_ends_when_the_task_is_asked_of_somebody_else(small):
    _, part = sent_on(small)
    secret = b"a secret of the test"
    with small.store.work(small.worker) as work:
        token = link_token(secret, send_link(work, part.id).id)
    assert actor_of_link(small.store, secret, token).task_id == part.id
    with serving(small.store) as settings:
        worker = signed_in(settings, "link worker", small.team)
        shown = worker.get(f"/Task/{part.id}").json()
        owner = {"reference": f"Organization/{small.other_choir}"}
        moved = worker.put(f"/Task/{part.id}", json=shown | {"owner": owner})
        assert moved.status_code == 200, moved.text
    with pytest.raises(NotSignedIn):
        actor_of_link(small.store, secret, token)
    with small.store.reading() as session:
        assert session.scalars(select(Link.revoked)).all() == [True]


def test_who_may_not_see_a_referral_any_more_does_not_see_it_by_what_was_sent_on(small):
    task, part = sent_on(small)
    with serving(small.store) as settings:
        worker = signed_in(settings, "link worker", small.team)
        assert worker.get(f"/Task/{part.id}").status_code == 200
        with small.store.work(small.referrer) as work:
            withdraw(work, task.person_id, "referral")
        for address in (
            f"/Task/{task.id}",
            f"/Task/{part.id}",
            f"/ServiceRequest/{part.referral_id}",
            f"/ServiceRequest/{part.referral_id}/_history",
            f"/Patient/{task.person_id}",
            f"/Patient/{task.person_id}/_history/1",
        ):
            assert worker.get(address).status_code == 404, address
        assert worker.get("/Task").json()["total"] == 0
    with pytest.raises(NotThere), small.store.work(small.worker) as work:
        case(work, task.id)


def exported(settings, client):
    asked = client.get("/Patient/$export", headers={"Prefer": "respond-async"})
    exporting.run_waiting(settings.store, settings.exports)
    address = asked.headers["Content-Location"]
    told = client.get(address)
    return address, told.json()["output"][0]["url"]


@pytest.mark.parametrize("what", ["withdraw", "refuse", "erase"])
def test_an_export_ends_with_what_was_taken_back(small, tmp_path, what):
    task = small.refer()
    small.store.clock = lambda: datetime.now(UTC)
    with serving(small.store, exports=tmp_path) as settings:
        worker = signed_in(settings, "link worker", small.team)
        address, file = exported(settings, worker)
        assert "Invented" in worker.get(file).text
        small.store.clock = lambda: datetime.now(UTC) + timedelta(seconds=1)
        if what == "erase":
            with small.store.work(operator("PATRQT")) as work:
                erase(work, task.person_id)
        else:
            with small.store.work(small.worker) as work:
                if what == "withdraw":
                    withdraw(work, task.person_id, "feedback")
                else:
                    record_refusal(work, task.person_id, "statistics")
        assert worker.get(file).status_code == 404
        assert worker.get(address).status_code == 404
        exporting.clear(small.store, tmp_path, small.store.clock())
        assert list(tmp_path.glob("*.ndjson")) == []


def test_a_consent_that_is_given_ends_no_export(small, tmp_path):
    task = small.refer(("referral",))
    with serving(small.store, exports=tmp_path) as settings:
        worker = signed_in(settings, "link worker", small.team)
        _, file = exported(settings, worker)
        with small.store.work(small.worker) as work:
            record_consent(work, task.person_id, "sharing")
        assert worker.get(file).status_code == 200


def test_an_export_that_fails_or_is_given_up_leaves_no_file(small, tmp_path, monkeypatch):
    small.refer()
    with serving(small.store, exports=tmp_path) as settings:
        worker = signed_in(settings, "link worker", small.team)
        write = exporting._write

        def given_up(store, job, type_, folder):
            if type_ == "Task":
                worker.delete(f"/$export-status/{job.id}")
            return write(store, job, type_, folder)

        def failing(store, job, type_, folder):
            if type_ == "Task":
                raise OSError
            return write(store, job, type_, folder)

        for way in (given_up, failing):
            monkeypatch.setattr(exporting, "_write", way)
            worker.get("/$export", headers={"Prefer": "respond-async"})
            exporting.run_waiting(settings.store, tmp_path)
            assert [*tmp_path.glob("*.ndjson"), *tmp_path.glob("*.part")] == []


def test_exports_go_with_the_server_unless_a_folder_was_named(small, tmp_path, monkeypatch):
    monkeypatch.delenv(EXPORTS, raising=False)
    database = str(small.store.engine.url)
    with personal_plane(database, "http://x") as settings:
        folder = settings.exports
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists()
    monkeypatch.setenv(EXPORTS, str(tmp_path / "kept"))
    with personal_plane(database, "http://x") as settings:
        folder = settings.exports
    assert folder.exists()


def test_who_is_shut_out_is_told_nothing_more(small):
    with serving(small.store) as settings:
        worker = signed_in(settings, "link worker", small.team)
        worker.post("/Subscription", json=subscription("http://127.0.0.1:9/"))
        small.refer()
        with small.store.reading() as session:
            who = session.scalars(select(Subscription.subscriber)).one()
        with small.store.work(operator()) as work:
            close_client(work, who.removeprefix("client/"))
        assert worker.get("/Task").status_code == 401
        small.refer()
        deliver(settings)  # nobody listens there: a knock would fail, and would wait
        assert waiting(settings) == 0


def encoded(text):
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_an_assertion_that_is_not_signed_with_the_key_is_refused(small, algorithm):
    client_id, _ = registered(small.store, "referrer", small.practice)
    header, claims = {"alg": algorithm}, {"iss": client_id, "sub": client_id}
    forged = ".".join([*(encoded(json.dumps(part)) for part in (header, claims)), ""])
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": forged,
    }
    with pytest.raises(NotSignedIn):
        token_for(small.store, form, "http://x/auth/token")


@pytest.mark.parametrize("payload", ["[" * 50_000, '{"iss": 1e999}', "9" * 5000, "[]", "null"])
def test_an_assertion_that_is_a_bomb_is_refused(small, payload):
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION,
        "client_assertion": f"eyJhbGciOiJFUzM4NCJ9.{encoded(payload)}.AA",
    }
    with pytest.raises(NotSignedIn):
        token_for(small.store, form, "http://x/auth/token")


@pytest.mark.parametrize("depth", [400, 900, 100_000])
def test_a_body_that_is_a_bomb_is_refused(small, depth):
    with serving(small.store) as settings:
        gp = signed_in(settings, "referrer", small.practice)
        nested = '{"a":' * depth + "1" + "}" * depth
        entry = f'{{"resource":{nested},"request":{{"method":"POST","url":"Patient"}}}}'
        bundle = f'{{"resourceType":"Bundle","type":"transaction","entry":[{entry}]}}'
        assert gp.post("/", content=bundle).status_code == 400
        assert gp.post("/Patient", content=nested).status_code == 400


def test_each_way_to_a_file_that_is_not_an_export_is_shut(small, tmp_path):
    (tmp_path / "secret.ndjson").write_text("x", encoding="utf-8")
    small.refer()
    with serving(small.store, exports=tmp_path) as settings:
        worker = signed_in(settings, "link worker", small.team)
        stranger = signed_in(settings, "link worker", small.team)
        _, file = exported(settings, worker)
        for name in ("..%2Fsecret", "%2e%2e/secret", "secret", "Patient%00"):
            assert worker.get(f"{file.rpartition('/')[0]}/{name}").status_code in {400, 404}
        assert stranger.get(file).status_code == 404


def test_links_are_not_signed_with_a_short_secret(monkeypatch, tmp_path):
    monkeypatch.setenv("MOBILISE_SECRET", "guess me")
    with pytest.raises(InputError, match="at least 32"):
        server_secret("postgresql://somewhere/care")
    monkeypatch.delenv("MOBILISE_SECRET")
    made = server_secret(f"sqlite:///{tmp_path}/care.db")
    assert len(made) >= 32
    assert server_secret(f"sqlite:///{tmp_path}/care.db") == made
    assert (tmp_path / "care.secret").stat().st_mode & 0o077 == 0
