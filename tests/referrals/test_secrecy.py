"""Marked values are sent everywhere; no log, error or address repeats them."""

from __future__ import annotations

import json
import logging

import httpx
import pytest

from mobilise.errors import MobiliseError
from mobilise.referrals import NewPerson, operator, refer, register
from mobilise.referrals.access.accounts import sign_in
from mobilise.referrals.courier import deliver
from tests.referrals.conftest import people
from tests.referrals.examples import observation, patient, referral_bundle, subscription
from tests.referrals.serving import serving, signed_in

MARK = "Zzyxmarked"
NHS_NUMBER = "https://fhir.nhs.uk/Id/nhs-number"


@pytest.fixture
def logged(capfd):
    """Yield a list that holds all that any logger of this process says, however finely."""
    lines = []

    class Listener(logging.Handler):
        def emit(self, record):
            if not record.name.startswith(("asyncio", "hypothesis", "http")):
                lines.append(record.getMessage() + str(record.exc_info or ""))

    listener, root = Listener(), logging.getLogger()
    level = root.level
    root.addHandler(listener)
    root.setLevel(logging.INFO)
    yield lines
    root.removeHandler(listener)
    root.setLevel(level)
    out, err = capfd.readouterr()
    lines += [out, err]
    assert MARK.casefold() not in "\n".join(lines).casefold()


def marked_bundle(care):
    person = patient(
        name=[{"family": MARK, "given": [MARK]}],
        telecom=[{"system": "email", "value": f"{MARK}@example.org"}],
        address=[{"line": [MARK], "postalCode": MARK}],
        identifier=[{"system": "urn:example:practice", "value": MARK}],
    )
    return referral_bundle(care.practice, care.team, person=person)


def test_nothing_of_a_person_is_logged(store, logged):
    care = people(store)
    with serving(store) as settings:
        gp = signed_in(settings, "referrer", care.practice)
        worker = signed_in(settings, "link worker", care.team)
        worker.post("/Subscription", json=subscription("http://127.0.0.1:1/hook"))
        assert gp.post("/", json=marked_bundle(care)).status_code == 200
        told = [
            gp.post("/Patient", json=sent)
            for sent in (
                patient(gender=MARK),
                patient(birthDate=MARK),
                {"resourceType": "Patient", "shoe": MARK},
                patient(name=[{"family": MARK + "\x00"}]),
                patient(identifier=[{"system": NHS_NUMBER, "value": MARK}]),
                patient(managingOrganization={"reference": MARK}),
                patient(name=[{"family": MARK}] * 3, birthDate="0000-00-00"),
            )
        ]
        told += [
            gp.post("/Patient", content=f'{{"resourceType": "Patient", "{MARK}'),
            gp.post("/Observation", json=observation("Patient/x", valueString=MARK)),
            gp.get(f"/Patient?birthdate={MARK}"),
            gp.get(f"/Patient?{MARK}={MARK}"),
            gp.get(f"/Patient/{MARK}"),
            gp.put(f"/Patient/{MARK}", json=patient(id=MARK)),
            gp.get("/Patient", params={"_after": MARK}),
            httpx.get(f"{settings.base}/Patient", headers={"Authorization": f"Bearer {MARK}"}),
            httpx.post(settings.token_address, data={"client_assertion": MARK}),
        ]
        assert all(400 <= answer.status_code < 500 for answer in told)
        repeated = [a.text for a in told if MARK in a.text]
        assert repeated == []
        deliver(settings)


def test_a_fault_of_ours_is_logged_without_its_text(small, logged, monkeypatch):
    from mobilise.referrals.api import reading

    def broken(*_):
        raise ValueError(MARK)

    monkeypatch.setattr(reading, "read_one", broken)
    with serving(small.store) as settings:
        answer = signed_in(settings, "referrer", small.practice).get("/Patient/x")
    assert answer.status_code == 500
    assert answer.json()["issue"][0]["code"] == "exception"
    assert any("ValueError at broken" in line for line in logged)


def test_no_error_repeats_what_a_record_says(care, logged):
    told = []

    def tried(action):
        try:
            with care.store.work(care.referrer) as work:
                action(work)
        except MobiliseError as error:
            told.append(f"{error!r} {error.__cause__!r}")

    tried(lambda work: register(work, NewPerson(MARK, MARK, nhs_number=MARK)))
    tried(lambda work: register(work, NewPerson(MARK, MARK, sex=MARK)))
    tried(lambda work: register(work, NewPerson(MARK, MARK, practice_id=MARK)))
    tried(lambda work: register(work, NewPerson(MARK, MARK, postcode=MARK * 50)))
    tried(
        lambda work: refer(
            work, NewPerson(MARK, MARK), to="nowhere", needs=[], consented=["referral"]
        )
    )
    with pytest.raises(MobiliseError) as error:
        sign_in(care.store, MARK, MARK, MARK)
    told.append(str(error.value))
    assert len(told) >= 4
    assert MARK not in "\n".join(told)


def test_the_audit_and_the_outbox_name_nobody(care):
    with care.store.work(care.referrer) as work:
        refer(
            work,
            NewPerson(MARK, MARK, email=f"{MARK}@example.org"),
            to=care.team,
            needs=[("other", MARK)],
            consented=["referral"],
            reason=MARK,
        )
    with care.store.engine.connect() as connection:
        from mobilise.referrals.model import AuditEntry, Notice

        rows = [
            json.dumps([str(v) for v in row])
            for table in (AuditEntry.__table__, Notice.__table__)
            for row in connection.execute(table.select())
        ]
    assert rows
    assert MARK not in "\n".join(rows)
    assert operator().who == "operator"
