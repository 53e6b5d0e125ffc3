"""Let a release into a place's folder, and say what was kept back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from mobilise.disclosure.allowed import allowed
from mobilise.disclosure.around import surroundings_of
from mobilise.disclosure.log import make_release, read_log
from mobilise.disclosure.rows import Period
from mobilise.place import write_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mobilise.disclosure.release import Release
    from mobilise.disclosure.rule import Rule
    from mobilise.place import Place
    from mobilise.referrals import Actor, Store


def release_to(
    place: Place,
    store: Store,
    actor: Actor,
    quarters: tuple[str, str],
    *,
    tables: Sequence[str] = (),
    minutes: float = 15.0,
    kinds: Sequence[str] = (),
    least: int | None = None,
    base: int | None = None,
    hide_zeros: bool = False,
    say: Callable[[str], None] | None = None,
) -> str:
    """Release a period's tables into a place's folder; return what was done, in words.

    Parameters
    ----------
    place
        A place that has been built.
    store, actor
        The personal plane, and who lets this out.
    quarters
        The first and the last, such as ``("2025Q1", "2025Q4")``.
    tables
        Names on the list; all of them where none is given.
    minutes, kinds
        What is near; see :func:`mobilise.disclosure.around.surroundings_of`.
    least, base, hide_zeros
        A stricter rule.
    say
        Called with a line of progress.
    """
    period = Period.read(*quarters)
    around = surroundings_of(place, kinds=kinds, minutes=minutes)
    rule = _rule(least, base, hide_zeros=hide_zeros)
    made = make_release(store, actor, period, place.name, around, tables=tables, rule=rule, say=say)
    made_tables = {
        "released": made.counts,
        "released_means": made.means,
        "released_areas": made.areas,
        "released_outcomes": made.outcomes,
    }
    for name, frame in made_tables.items():
        write_table(place.folder, name, _with_others(place, name, frame, str(period)))
    return _said(made, period)


def log_text(store: Store) -> str:
    """Return the log of releases as lines of text."""
    lines = [
        f"{one.number}. {one.made} by {one.by}: {one.period}, tables {', '.join(one.tables)}; "
        f"{one.figures:,} figures, {one.kept_back:,} kept back; no count below {one.rule.least}, "
        f"rounded to {one.rule.base}"
        for one in read_log(store)
    ]
    return "\n".join(lines) or "Nothing has been let out."


def _rule(least: int | None, base: int | None, *, hide_zeros: bool) -> Rule:
    rule = allowed().rule
    return replace(
        rule,
        least=least or rule.least,
        base=base or rule.base,
        mean_least=max(least or 0, rule.mean_least),
        zeros=rule.zeros and not hide_zeros,
    )


def _with_others(place: Place, name: str, frame: pd.DataFrame, period: str) -> pd.DataFrame:
    """Return the table with the other periods' rows that the place has."""
    if name not in place.tables():
        return frame
    known = place.table(name)
    others = known[known["period"] != period]
    return pd.concat([others, frame], ignore_index=True) if len(others) else frame


def _said(made: Release, period: Period) -> str:
    shown = int((made.counts["told"] != "kept back").sum())
    means = int((made.means["told"] == "mean").sum())
    counts = f"{len(made.counts):,} counts, {shown:,} shown"
    measured = made.outcomes["score"].nunique()
    outcomes = f"outcomes by fifth of {measured} score{'' if measured == 1 else 's'}"
    lines = [
        f"Released {period}: {counts}; {means:,} of {len(made.means):,} means shown; {outcomes}.",
        f"Kept back: {made.primary:,} as small, {made.secondary:,} so as not to give them away.",
    ]
    if made.known_before:
        lines.append(
            f"Of {made.known_before:,} bounds more was known already, from zeros or from earlier "
            "releases; this release adds nothing to that."
        )
    return "\n".join(lines)
