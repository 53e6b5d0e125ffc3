"""The log of releases: what was let out, kept in the personal plane, and checked before more is.

The first release of a period freezes its rows and what is known of the areas; every later one
counts the same. So two releases about a period can never differ by who came or went between.
"""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd
from sqlalchemy import func, select

from mobilise.disclosure.allowed import allowed
from mobilise.disclosure.release import Release, Surroundings, release
from mobilise.disclosure.rows import Period, rows_of
from mobilise.disclosure.rule import Rule
from mobilise.errors import Conflict, InputError
from mobilise.referrals.model import ReleasedPeriod, ReleaseLog, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.orm import Session

    from mobilise.disclosure.cells import Cell
    from mobilise.disclosure.rule import Bounds, Figure
    from mobilise.referrals import Actor, Store


@dataclass(frozen=True)
class Logged:
    """One line of the log."""

    number: int
    period: str
    made: str
    by: str
    tables: tuple[str, ...]
    rule: Rule
    figures: int
    kept_back: int


def make_release(
    store: Store,
    actor: Actor,
    period: Period,
    place: str,
    around: Surroundings,
    *,
    tables: Sequence[str] = (),
    rule: Rule | None = None,
    say: Callable[[str], None] | None = None,
) -> Release:
    """Release tables about a period, checked against all that was released before; log it.

    Parameters
    ----------
    store
        The personal plane.
    actor
        Who releases; named in the log and in the audit.
    period
        Whole quarters that have ended.
    place
        The place's name.
    around
        What is known of its areas (of the first release of the period, from then on).
    tables, rule, say
        As for :func:`mobilise.disclosure.release.release`.

    Returns
    -------
    Release
        Every table released about the period so far, this one's included.

    Raises
    ------
    InputError
        The period has not ended, overlaps one released before, or was released for another
        place.
    Conflict
        Somebody else released about the period at the same time; nothing was let out.
    """
    listed = allowed()
    rule = listed.at_least_as_strict(rule)
    chosen = list(listed.chosen(tables))
    with store.work(actor) as work:
        frozen = _frozen(work.session, store, period, place, around, work.now)
        entries = _entries(work.session, str(period))
        work.note("read", "Release", detail=f"{period}: rows to release from")
    earlier = {
        cell: told for entry in entries for cell, told in read_figures(entry.figures).items()
    }
    before = [name for entry in entries for name in json.loads(entry.tables)]
    made = release(  # no transaction is open meanwhile: proofs take their time
        _read_rows(frozen.rows),
        str(period),
        _read_surroundings(frozen.surroundings),
        tables=list(dict.fromkeys([*before, *chosen])),
        rule=rule,
        earlier=earlier,
        say=say,
    )
    new = {cell: told for cell, told in made.figures.items() if cell not in earlier}
    with store.work(actor) as work:
        if len(_entries(work.session, str(period))) != len(entries):
            raise Conflict("somebody else released about this period meanwhile; do it again.")
        work.session.add(entry := _entry(work.session, period, work.now, actor, chosen, rule, new))
        work.note("create", "Release", entry.id, detail=f"{period}: {', '.join(chosen)}"[:200])
    return made


def read_log(store: Store) -> list[Logged]:
    """Return the log, oldest first: who let what out, when, by which rule."""
    with store.reading() as session:
        return [
            Logged(
                entry.number,
                entry.period,
                entry.made.isoformat(timespec="seconds"),
                entry.by,
                tuple(json.loads(entry.tables)),
                Rule(**json.loads(entry.rule)),
                len(read_figures(entry.figures)),
                entry.kept_back,
            )
            for entry in session.scalars(select(ReleaseLog).order_by(ReleaseLog.number))
        ]


def _frozen(
    session: Session, store: Store, period: Period, place: str, around: Surroundings, now: Any
) -> ReleasedPeriod:
    """Return the period as it stood when first released; freeze it now if it was not."""
    for known in session.scalars(select(ReleasedPeriod)):
        if known.period == str(period):
            if known.place != place:
                raise InputError(f"{period} was released for {known.place}, not for {place}.")
            return known
        if period.overlaps(known.first_quarter, known.last_quarter):
            raise InputError(
                f"{period} overlaps {known.period}, which was released before: the two could be "
                "differenced. Release the same period again, or one that does not overlap."
            )
    if not period.has_ended(now.date()):
        raise InputError(f"{period} has not ended; release it once it has.")
    rows = rows_of(store, period)
    frozen = ReleasedPeriod(
        period=str(period),
        first_quarter=period.first,
        last_quarter=period.last,
        place=place,
        frozen=now,
        surroundings=json.dumps({"areas": around.areas, "known": around.known}),
        rows=rows.to_json(orient="split", index=False),
    )
    session.add(frozen)
    session.flush()
    return frozen


def _entries(session: Session, period: str) -> list[ReleaseLog]:
    query = select(ReleaseLog).where(ReleaseLog.period == period).order_by(ReleaseLog.number)
    return list(session.scalars(query))


def _entry(
    session: Session,
    period: Period,
    now: Any,
    actor: Actor,
    chosen: Sequence[str],
    rule: Rule,
    figures: dict[Cell, tuple[Figure, Bounds]],
) -> ReleaseLog:
    last = session.scalar(select(func.max(ReleaseLog.number))) or 0
    return ReleaseLog(
        id=new_id(),
        number=last + 1,
        period=str(period),
        made=now,
        by=actor.who,
        tables=json.dumps(list(chosen)),
        rule=json.dumps(asdict(rule)),
        kept_back=sum(figure is None for figure, _ in figures.values()),
        figures=write_figures(figures),
    )


def write_figures(figures: dict[Cell, tuple[Figure, Bounds]]) -> str:
    """Return figures as JSON; an endless bound is null."""
    ends = {math.inf: None}
    return json.dumps(
        [
            [cell, figure, [low, ends.get(high, high)]]
            for cell, (figure, (low, high)) in figures.items()
        ]
    )


def read_figures(text: str) -> dict[Cell, tuple[Figure, Bounds]]:
    """Return what :func:`write_figures` wrote."""
    return {
        tuple((name, level) for name, level in cell): (
            figure,
            (low, math.inf if high is None else high),
        )
        for cell, figure, (low, high) in json.loads(text)
    }


def _read_rows(text: str) -> pd.DataFrame:
    data = json.loads(text)
    return pd.DataFrame(data["data"], columns=data["columns"])


def _read_surroundings(text: str) -> Surroundings:
    data = json.loads(text)
    return Surroundings(tuple(data["areas"]), data["known"])
