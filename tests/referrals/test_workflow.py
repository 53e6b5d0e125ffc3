"""No path, by one writer or several, leads to a state that the table does not have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mobilise.errors import Busy, CareError, Conflict, Refused
from mobilise.referrals import accept, audit, cancel, decline, task_of
from mobilise.referrals.model import Task, Version
from mobilise.referrals.workflow import CLOSED, MOVES, NEEDS_REASON, check_move, move

# The issue's own list of moves, written out again by hand.
ALLOWED = """
draft>requested requested>accepted requested>rejected requested>cancelled
accepted>in-progress accepted>on-hold accepted>cancelled accepted>failed
in-progress>on-hold on-hold>in-progress
in-progress>completed in-progress>failed in-progress>cancelled
"""
STATES = sorted(MOVES)


def test_the_table_is_the_list_of_allowed_moves():
    listed = {tuple(pair.split(">")) for pair in ALLOWED.split()}
    listed |= {(state, "entered-in-error") for state in STATES if state != "entered-in-error"}
    assert {(a, b) for a, after in MOVES.items() for b in after} == listed


@given(st.sampled_from(STATES), st.sampled_from([*STATES, "ready", "", "Accepted"]), st.text())
def test_every_other_move_and_every_move_without_its_reason_is_refused(before, after, reason):
    legal = after in MOVES[before] and (after not in NEEDS_REASON or reason.strip())
    if legal:
        check_move(before, after, reason)
    else:
        with pytest.raises(Refused):
            check_move(before, after, reason)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["referrer", "worker", "provider"]),
            st.sampled_from(STATES),
            st.sampled_from([None, "because"]),
        ),
        max_size=10,
    )
)
def test_no_path_of_moves_by_anybody_leads_outside_the_table(small, moves):
    task = small.refer()
    seen = [task.status]
    for side, after, reason in moves:
        try:
            with small.store.work(getattr(small, side)) as work:
                move(work, task_of(work, task.id), after, reason)
        except CareError:
            continue
        assert side != "provider"
        seen.append(after)
    with small.store.reading() as session:
        assert session.get(Task, task.id).status == seen[-1]
        versions = session.query(Version).filter_by(type="Task", id=task.id).count()
    assert versions == len(seen)
    assert all(b in MOVES[a] for a, b in pairwise(seen))
    assert not CLOSED & set(seen[:-1]) or seen[-1] == "entered-in-error"


def test_of_concurrent_writers_one_wins_and_the_trail_is_whole(care):
    """Eight writers at once: exactly one takes the task out of requested."""
    for _ in range(3):
        task = care.refer()

        def attempt(number, task=task):
            actor = care.referrer if number % 3 == 2 else care.worker
            try:
                with care.store.work(actor) as work:
                    if number % 3 == 0:
                        accept(work, task.id)
                    elif number % 3 == 1:
                        decline(work, task.id, "full")
                    else:
                        cancel(work, task.id, "by mistake")
            except (Conflict, Refused, Busy):
                return 0
            return 1

        with ThreadPoolExecutor(8) as pool:
            won = sum(pool.map(attempt, range(8)))
        with care.store.reading() as session:
            kept = session.get(Task, task.id)
            # a task that was accepted may then have been cancelled: still a legal path
            assert won == kept.version - 1 <= 2
            versions = session.query(Version).filter_by(type="Task", id=task.id).count()
            assert versions == kept.version
    with care.store.reading() as session:
        assert audit.verify(session).faults == ()
