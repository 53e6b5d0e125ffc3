"""The loop from the practice to the choir and back, on each database."""

from __future__ import annotations

from datetime import date

import pytest

from mobilise.errors import Conflict, NotAllowed, NotThere, Refused
from mobilise.referrals import (
    accept,
    audit,
    case,
    caseload,
    complete,
    counted,
    inbox,
    message_back,
    record_attendance,
    record_contact,
    record_offer,
    record_outcome,
    reopen,
    send_on,
    task_of,
    withdraw,
)
from mobilise.referrals.model import Person, Referral, Task
from tests.referrals.conftest import ADA


def whole_loop(care):
    task = care.refer(reason="Would like company.")
    with care.store.work(care.worker) as work:
        accept(work, task.id)
        record_contact(work, task.id, how="phone", reached=True, minutes=20, note="A good talk.")
        part = send_on(work, task.id, care.service, needs=["loneliness"], note="Sings alto.")
    with care.store.work(care.provider) as work:
        accept(work, part.id)
        record_attendance(work, part.id, date(2026, 2, 3), "attended")
        record_attendance(work, part.id, date(2026, 2, 10), "attended")
        record_outcome(work, part.id, "ucla-3", 7, "before", date(2026, 2, 3))
        record_outcome(work, part.id, "ucla-3", 4, "after", date(2026, 5, 3))
        complete(work, part.id)
    with care.store.work(care.worker) as work:
        complete(work, task.id, "Goes to the choir every week.")
    return task, part


def test_the_whole_loop(care):
    task, part = whole_loop(care)
    with care.store.work(care.referrer) as work:
        told = message_back(work, task.id)
    assert told.status == "completed"
    assert told.message == "Goes to the choir every week."
    assert told.needs == ("Loneliness or isolation",)
    assert told.support == (("Sing together", "Invented Choir", "completed", 2),)
    assert [(moment, value) for _, moment, value, _ in told.outcomes] == [
        ("before", 7.0),
        ("after", 4.0),
    ]
    (row,) = counted(care.store)
    assert (row.age, row.sex, row.ethnic_group) == ("75 and over", "female", "White")
    assert row.offered
    assert row.referred
    assert row.accepted
    assert row.sent_on
    assert row.attended
    assert row.completed
    assert row.kinds == ("music",)
    with care.store.reading() as session:
        assert audit.verify(session).faults == ()
        assert session.get(Task, part.id).business_status == "event completed"
        assert session.get(Referral, task.referral_id).status == "completed"


def test_the_choir_learns_only_what_it_was_told(care):
    task = care.refer(reason="A private reason.")
    with care.store.work(care.worker) as work:
        accept(work, task.id)
        part = send_on(work, task.id, care.service)
    with care.store.work(care.provider) as work:
        (line,) = inbox(work)
        assert line.task.id == part.id
        assert line.needs == ()
        assert line.referral.reason is None
        with pytest.raises(NotThere):
            case(work, task.id)
    with care.store.work(care.stranger) as work:
        assert inbox(work) == []
        with pytest.raises(NotThere):
            accept(work, part.id)


def test_withdrawing_consent_stops_sharing_at_once_and_shows_what_was_shared(care):
    task = care.refer()
    with care.store.work(care.worker) as work:
        accept(work, task.id)
        send_on(work, task.id, care.service)
    with care.store.work(care.provider) as work:
        assert len(inbox(work)) == 1
    with care.store.work(care.worker) as work:
        seen = withdraw(work, task.person_id, "sharing")
    assert ("user/provider", "search") in {(s.who, s.action) for s in seen}
    with care.store.work(care.provider) as work:
        assert inbox(work) == []
    with care.store.work(care.worker) as work:
        assert len(caseload(work)) == 1
        with pytest.raises(Refused):
            send_on(work, task.id, care.service)
        withdraw(work, task.person_id, "referral")
    with care.store.work(care.worker) as work:
        assert caseload(work) == []


def test_a_link_worker_may_take_down_that_they_may_not_see_the_person_any_more(care):
    task = care.refer()
    with care.store.work(care.worker) as work:
        withdraw(work, task.person_id, "referral")
    with care.store.work(care.worker) as work, pytest.raises(NotThere):
        case(work, task.id)


def test_nobody_is_referred_who_did_not_agree(care):
    with pytest.raises(Refused):
        care.refer(consented=())
    with care.store.reading() as session:
        assert session.query(Person).count() == 0


def test_no_feedback_goes_back_where_the_person_refused_it(care):
    task, _ = whole_loop(care)
    with care.store.work(care.worker) as work:
        withdraw(work, task.person_id, "feedback")
    with care.store.work(care.referrer) as work:
        told = message_back(work, task.id)
    assert (told.message, told.support, told.outcomes) == (None, (), ())


def test_an_analyst_and_an_administrator_see_no_person(care):
    task = care.refer()
    for actor in (care.analyst, care.administrator):
        with care.store.work(actor) as work, pytest.raises(NotAllowed):
            caseload(work)
        with care.store.work(actor) as work, pytest.raises((NotAllowed, NotThere)):
            case(work, task.id)


def test_the_other_side_s_moves_are_refused(care):
    task = care.refer()
    with pytest.raises(NotAllowed), care.store.work(care.referrer) as work:
        accept(work, task.id)
    with care.store.work(care.worker) as work:
        accept(work, task.id)
        with pytest.raises(NotAllowed):
            reopen(work, complete(work, task.id))


def test_reopening_makes_a_new_task_that_points_at_the_old(care):
    task = care.refer()
    with care.store.work(care.worker) as work:
        accept(work, task.id)
        complete(work, task.id)
    with care.store.work(care.referrer) as work:
        again = reopen(work, task_of(work, task.id))
    assert (again.status, again.reopens) == ("requested", task.id)
    with care.store.reading() as session:
        assert session.get(Referral, task.referral_id).status == "active"


def test_an_old_version_is_a_conflict(care):
    task = care.refer()
    with care.store.work(care.worker) as work:
        accept(work, task.id)
    with pytest.raises(Conflict), care.store.work(care.worker) as work:
        task_of(work, task.id, version=1)


def test_offers_that_were_declined_are_counted_as_offers(care):
    with care.store.work(care.referrer) as work:
        record_offer(work, ADA, declined=True)
    (row,) = counted(care.store)
    assert (row.offered, row.referred, row.status) == (True, False, "declined")


def test_who_refuses_to_be_counted_is_not(care):
    from mobilise.referrals import record_refusal

    task = care.refer()
    with care.store.work(care.referrer) as work:
        record_refusal(work, task.person_id, "statistics")
    assert list(counted(care.store)) == []
