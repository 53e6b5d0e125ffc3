"""The demonstration's people: invented, said to be so, and the same every time."""

from __future__ import annotations

import pandas as pd
import pytest

from mobilise.referrals import audit, counted, open_store
from mobilise.referrals.access.accounts import sign_in
from mobilise.referrals.access.sessions import actor_of
from mobilise.referrals.demonstration import story, write_demo_people
from mobilise.referrals.model import Organisation, Person, Task


class Town:
    """The tables of a place that the story reads; without postcodes where lives are set."""

    def tables(self):
        return ["areas", "assets"]

    def table(self, name):
        if name == "areas":
            quintiles = [1, 2, 3, 4, 5]
            return pd.DataFrame(
                {
                    "area_id": [f"A{q}" for q in quintiles],
                    "population": 1500,
                    "deprivation_quintile": quintiles,
                }
            )
        kinds = ["arts", "library", "community", "allotment", "museum", "garden", "leisure"]
        return pd.DataFrame(
            {
                "asset_id": [f"a{n}" for n in range(len(kinds))],
                "kind": kinds,
                "name": [f"Invented {kind}" for kind in kinds],
            }
        )


def written(folder, monkeypatch):
    monkeypatch.setattr(story, "PEOPLE", 25)
    store = open_store(f"sqlite:///{folder}/care.db")
    return store, write_demo_people(store, Town())


def test_the_story_is_whole_invented_and_the_same_every_time(tmp_path, monkeypatch):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    store, who = written(tmp_path / "1", monkeypatch)
    other, _ = written(tmp_path / "2", monkeypatch)

    def told(of):
        return sorted(
            (r.area_id, r.age, r.sex, r.route, r.needs, r.status, sorted(r.scores))
            for r in counted(of)
        )

    assert told(store) == told(other)
    assert len(told(store)) == 25
    assert {row[0] for row in told(store)} <= {f"A{q}" for q in range(1, 6)}
    with store.reading() as session:
        assert audit.verify(session).faults == ()
        numbers = [
            n
            for n in session.scalars(Person.__table__.select().with_only_columns(Person.nhs_number))
            if n
        ]
        assert all(number.startswith("999") for number in numbers)  # the range kept for tests
        names = [o.name for o in session.query(Organisation)]
    assert all("nvented" in name for name in names)
    for person in who:
        token = sign_in(store, person["login"], person["password"])
        actor = actor_of(store, token)
        assert actor.role == person["role"].partition(",")[0]
        if actor.role == "provider":  # whose inbox has something to answer
            with store.reading() as session:
                assert (
                    session.query(Task)
                    .filter_by(owner_id=actor.organisation_id, status="requested")
                    .count()
                )
    assert write_demo_people(store, Town()) == who
    store.close()
    other.close()


def test_a_database_that_holds_people_is_left_as_it_is(small):
    small.refer()
    assert write_demo_people(small.store, Town()) == []
    with small.store.reading() as session:
        assert session.query(Person).count() == 1
    with pytest.raises(Exception, match="wrong"):
        sign_in(small.store, "gp@example.org", "only-a-demonstration")
