"""From the store to a place's folder: frozen, logged, checked, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from mobilise.disclosure.log import make_release, read_figures, read_log, write_figures
from mobilise.disclosure.release import Surroundings
from mobilise.disclosure.rows import Period, frame_of, rows_of
from mobilise.errors import InputError
from mobilise.referrals import (
    Actor,
    NewPerson,
    accept,
    add_organisation,
    complete,
    open_store,
    operator,
    record_attendance,
    record_outcome,
    refer,
    words,
)
from mobilise.referrals import audit as trail

AREAS = tuple(f"A{n}" for n in range(6))
AROUND = Surroundings(AREAS, {"quintile": {a: str(n % 5 + 1) for n, a in enumerate(AREAS)}})
PERIOD = Period.read("2025Q1", "2025Q4")


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, tmp_path):
    address = f"sqlite:///{tmp_path}/care.db"
    if request.param == "postgresql":
        address = request.getfixturevalue("postgres_url")
    now = [datetime(2025, 3, 3, tzinfo=UTC)]
    opened = open_store(address, clock=lambda: now[0])
    opened.now = now
    yield opened
    opened.close()


def fill(store, count=40, seed=1):
    rng = np.random.default_rng(seed)
    with store.work(operator()) as work:
        practice = add_organisation(work, "Invented Practice", "practice").id
        team = add_organisation(work, "Invented Link Workers", "link worker service").id
    referrer = Actor("user/referrer", "referrer", practice)
    worker = Actor("user/worker", "link worker", team)
    for n in range(count):
        person = NewPerson(
            f"Marked-{n}", "MARKED-NAME", birth_date=date(1950 + n, 1, 1),
            sex="female" if n % 3 else "male", ethnicity="A" if n % 5 else "K",
            postcode="ZZ99 1AA",
        )  # fmt: skip
        with store.work(referrer) as work:
            task = refer(
                work, person, to=team, needs=["loneliness"],
                route=("gp", "self", "charity")[n % 3], consented=["referral", "feedback"],
            )  # fmt: skip
        if rng.random() < 0.7:
            with store.work(worker) as work:
                accept(work, task.id)
                record_attendance(work, task.id, date(2025, 3, 4), "attended")
                record_outcome(work, task.id, "ons4_life_satisfaction", 4, "before")
                record_outcome(work, task.id, "ons4_life_satisfaction", 6, "after")
                complete(work, task.id)


def made(store, tables, **more):
    actor = Actor("user/analyst", "analyst")
    return make_release(store, actor, PERIOD, "Invented", AROUND, tables=tables, **more)


def test_rows_have_the_listed_fields_and_no_more(store):
    fill(store, 12)
    rows = rows_of(store, PERIOD)
    assert len(rows) == 12
    assert "MARKED" not in rows.to_csv()
    assert set(rows["progress"]) <= {"referred, waiting", "completed, completed"}
    assert set(rows["change: ons4_life_satisfaction"].dropna()) == {2.0}
    assert set(rows["ethnicity"]) == {"White", "Asian"}
    assert rows_of(store, Period.read("2024Q1", "2024Q4")).empty
    assert list(frame_of([]).columns) == list(rows.columns)


def test_every_word_of_the_store_is_a_level_of_the_list():
    from mobilise.disclosure.allowed import allowed

    fields, known = allowed().fields, words()
    assert set(known["routes"]) <= set(fields["route"]["levels"])
    assert set(known["sexes"]) <= set(fields["sex"]["levels"])
    groups = {one["group"] for one in known["ethnicities"].values()}
    assert groups <= set(fields["ethnicity"]["levels"])


def test_a_period_is_frozen_logged_and_audited(store):
    fill(store)
    with pytest.raises(InputError, match="2025 Q1 to 2025 Q4 has not ended"):
        made(store, ["sex"])
    store.now[0] = datetime(2026, 2, 1, tzinfo=UTC)
    first = made(store, ["sex"])
    fill(store, 9, seed=2)  # who is recorded later does not change what was released
    store.now[0] = datetime(2026, 3, 1, tzinfo=UTC)
    second = made(store, ["route", "sex"])
    assert {c: f for c, f in second.figures.items() if c in first.figures} == first.figures
    again = made(store, ["sex"])
    pd.testing.assert_frame_equal(again.counts, second.counts)
    log = read_log(store)
    assert [(one.number, one.tables) for one in log] == [
        (1, ("sex",)), (2, ("route", "sex")), (3, ("sex",)),
    ]  # fmt: skip
    assert log[0].by == "user/analyst"
    assert log[2].figures == 0  # nothing new left
    with pytest.raises(InputError, match="overlaps 2025 Q1 to 2025 Q4"):
        make_release(store, operator(), Period.read("2025Q4", "2025Q4"), "Invented", AROUND)
    with pytest.raises(InputError, match="was released for Invented, not for Elsewhere"):
        make_release(store, operator(), PERIOD, "Elsewhere", AROUND)
    with store.reading() as session:
        assert trail.verify(session).faults == ()


def test_nothing_of_a_person_is_in_what_was_frozen_or_released(store):
    from sqlalchemy import text

    fill(store, 20)
    store.now[0] = datetime(2026, 2, 1, tzinfo=UTC)
    out = made(store, ["sex", "quintile"])
    assert "MARKED" not in out.counts.to_csv() + out.means.to_csv()
    with store.reading() as session:
        kept = session.execute(text("select rows, surroundings from released_periods")).all()
        ids = session.execute(text("select id from people")).scalars().all()
    assert "Marked" not in str(kept)
    assert "ZZ99" not in str(kept)
    assert not [one for one in ids if one in str(kept)]


def test_figures_are_read_back_as_they_were_written(store):
    fill(store, 20)
    store.now[0] = datetime(2026, 2, 1, tzinfo=UTC)
    figures = made(store, ["sex"]).figures
    assert read_figures(write_figures(figures)) == figures


def test_periods_are_read_and_refused():
    assert str(Period.read("2025q2", "2025 Q2")) == "2025 Q2"
    assert not PERIOD.has_ended(date(2025, 12, 31))
    assert PERIOD.has_ended(date(2026, 1, 1))
    for first, last, why in (("2025Q5", "2025Q5", "no quarter"), ("2025Q2", "2025Q1", "before")):
        with pytest.raises(InputError, match=why):
            Period.read(first, last)


def test_scores_of_people_referred_become_estimates_of_the_place(store, tmp_path, capsys):
    """From the store through the wall to what the interim report shows, by the two commands."""
    from mobilise import cli, demo
    from mobilise.build import build_place
    from mobilise.build.learned import kept_tables
    from mobilise.disclosure.letting import release_to
    from mobilise.recipe import load_recipe

    fill(store)
    store.now[0] = datetime(2026, 2, 1, tzinfo=UTC)
    out = tmp_path / "place"
    recipe = load_recipe(demo.write_demo(tmp_path / "sources", areas=12), out=out)
    place = build_place(recipe, to="areas")
    assert cli.main(["learn", "outcomes", str(out), "--from-referrals"]) == 2
    assert "'mobilise release PLACE'" in capsys.readouterr().err
    release_to(place, store, operator(), ("2025Q1", "2025Q4"), tables=["ons4_life_satisfaction"])
    assert cli.main(["learn", "outcomes", str(out), "--from-referrals", "--by", "x"]) == 2
    assert "leave out by" in capsys.readouterr().err
    assert cli.main(["learn", "outcomes", str(out), "--from-referrals"]) == 0
    assert "Life satisfaction (ONS4) is 2.0 points higher" in capsys.readouterr().out
    rows = kept_tables(out)["estimates"]
    assert set(rows["analysis"]) == {
        "life satisfaction (ONS4) of people referred, 2025 Q1 to 2025 Q4"
    }
    assert rows["synthetic"].all()
    assert "Marked" not in rows.to_csv()
