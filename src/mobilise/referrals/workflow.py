"""How far a task is, and what may come next: the state machine of referrals.

The states are those of FHIR's Task; the moves are those below and no others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from mobilise.errors import NotAllowed, Refused
from mobilise.referrals.actors import OPERATOR
from mobilise.referrals.keeping import keep
from mobilise.referrals.model import Referral, Task

if TYPE_CHECKING:
    from mobilise.referrals.actors import Actor
    from mobilise.referrals.store import Work

IN_ERROR = "entered-in-error"
MOVES: dict[str, frozenset[str]] = {
    state: frozenset({*after, IN_ERROR})
    for state, after in {
        "draft": ["requested"],
        "requested": ["accepted", "rejected", "cancelled"],
        "accepted": ["in-progress", "on-hold", "cancelled", "failed"],
        "in-progress": ["on-hold", "completed", "failed", "cancelled"],
        "on-hold": ["in-progress"],
        "rejected": [],
        "cancelled": [],
        "failed": [],
        "completed": [],
    }.items()
} | {IN_ERROR: frozenset()}
FIRST = frozenset({"draft", "requested"})
CLOSED = frozenset({"rejected", "cancelled", "failed", "completed", IN_ERROR})
NEEDS_REASON = frozenset({"rejected", "cancelled", "failed", "on-hold"})
# Who sets a state, as the SDOH Clinical Care guide's table of states has it.
SET_BY_REQUESTER = frozenset({"draft", "requested", "cancelled", IN_ERROR})
SET_BY_OWNER = frozenset(
    {"accepted", "rejected", "cancelled", "in-progress", "on-hold", "failed", "completed", IN_ERROR}
)
_REFERRAL_STATUS = {
    "draft": "draft",
    "requested": "active",
    "accepted": "active",
    "in-progress": "active",
    "on-hold": "on-hold",
    "completed": "completed",
    "rejected": "revoked",
    "cancelled": "revoked",
    "failed": "revoked",
    IN_ERROR: IN_ERROR,
}


def check_move(before: str, after: str, reason: str | None) -> None:
    """Refuse a move that the table does not have, or one without the reason it needs.

    Examples
    --------
    >>> check_move("requested", "accepted", None)
    >>> check_move("requested", "completed", None)
    Traceback (most recent call last):
    mobilise.errors.Refused: a task that is requested cannot become completed; it can become \
accepted, cancelled, entered-in-error, rejected.
    """
    if after not in MOVES.get(before, ()):
        open_to = ", ".join(sorted(MOVES.get(before, ()))) or "nothing: it is over"
        raise Refused(f"a task that is {before} cannot become {after}; it can become {open_to}.")
    if after in NEEDS_REASON and not (reason or "").strip():
        raise Refused(f"a task becomes {after} for a reason; give one.")


def move(
    work: Work,
    task: Task,
    after: str,
    reason: str | None = None,
    *,
    given: dict[str, Any] | None = None,
) -> Task:
    """Take a task to another state, and its referral along with it.

    Parameters
    ----------
    work
        The transaction.
    task
        The task, as it is kept.
    after
        The state that it should come to.
    reason
        Why; rejected, cancelled, failed and on-hold need one.
    given
        The resource that another system sent along with the move.

    Raises
    ------
    Refused
        The table has no such move, a reason is missing, or sub-tasks are still open.
    NotAllowed
        This side of the referral may not make it.
    """
    check_move(task.status, after, reason)
    check_side(work.actor, task, after)
    if after in CLOSED:
        _check_parts(work, task)
    task.status = after
    task.status_reason = reason if after in NEEDS_REASON or reason else None
    if after == "accepted":
        task.accepted_at = work.now
        task.worker_id = task.worker_id or work.actor.user_id
    if after in CLOSED:
        task.ended_at = work.now
    keep(work, task, given=given)
    _carry(work, task)
    return task


def check_side(actor: Actor, task: Task, after: str) -> None:
    """Refuse a state that is the other side's to set."""
    if actor.role == OPERATOR:
        return
    asks = actor.organisation_id == task.requester_id
    does = actor.organisation_id == task.owner_id or actor.task_id == task.id
    if (asks and after in SET_BY_REQUESTER) or (does and after in SET_BY_OWNER):
        return
    raise NotAllowed(f"{after} is not yours to set: it is for the other side of this task.")


def reopen(work: Work, old: Task) -> Task:
    """Ask again for what was closed: a new task that points at the old one."""
    if old.status not in CLOSED or old.status == IN_ERROR:
        raise Refused(f"a task that is {old.status} cannot be reopened; only a closed one can.")
    check_side(work.actor, old, "requested")
    task = Task(
        referral_id=old.referral_id,
        person_id=old.person_id,
        part_of=old.part_of,
        reopens=old.id,
        status="requested",
        requester_id=old.requester_id,
        owner_id=old.owner_id,
        worker_id=old.worker_id,
        authored=work.now,
    )
    keep(work, task)
    _carry(work, task)
    return task


def _check_parts(work: Work, task: Task) -> None:
    count = work.session.scalar(
        select(func.count())
        .select_from(Task)
        .where(Task.part_of == task.id, Task.status.not_in(CLOSED))
    )
    if count:
        raise Refused(f"{count} task(s) that were sent on are still open; close those first.")


def _carry(work: Work, task: Task) -> None:
    referral = work.session.get_one(Referral, task.referral_id)
    status = _REFERRAL_STATUS[task.status]
    if referral.status != status:
        referral.status = status
        keep(work, referral)
