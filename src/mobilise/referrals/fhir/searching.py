"""Searching the current versions by R4's rules, within what the actor may see."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select, tuple_

from mobilise.errors import InputError
from mobilise.referrals.access.grants import allow, may_ask
from mobilise.referrals.access.rows import visible
from mobilise.referrals.fhir.minimum import shown_to
from mobilise.referrals.fhir.parameters import PARAMETERS, Parameter, parameter_of, span
from mobilise.referrals.keeping import MODEL_OF, person_of, write_pending
from mobilise.referrals.model import Record, SearchValue, Version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mobilise.referrals.store import Work

Pairs = list[tuple[str, str]]
USUAL, MOST = 50, 200
MOST_INCLUDED = 1000
_RESULT = {
    "_count",
    "_sort",
    "_include",
    "_revinclude",
    "_format",
    "_total",
    "_totalMethod",
    "_after",
    "_pretty",
    "_summary",
}
_PREFIXES = ("eq", "ne", "gt", "lt", "ge", "le", "sa", "eb")
_COMMA = re.compile(r"(?<!\\),")


@dataclass(frozen=True)
class Found:
    """A page of results.

    Attributes
    ----------
    matches, included
        The resources, as the actor may see them.
    total
        How many match in all.
    after
        Where the next page begins, or null on the last.
    """

    matches: list[dict[str, Any]]
    included: list[dict[str, Any]]
    total: int
    after: str | None


def search(work: Work, type_: str, pairs: Pairs, *, lenient: bool = False) -> Found:
    """Return a page of the resources of a type that meet every parameter.

    Parameters
    ----------
    work
        The transaction; each person found is written into the audit.
    type_
        The resource's type.
    pairs
        The parameters, in order, decoded.
    lenient
        Leave out parameters that are not known, instead of refusing them.

    Raises
    ------
    InputError
        A parameter is not known or cannot be read: what is left out would show more people
        than were asked for.
    """
    allow(work.actor, type_, "s")
    write_pending(work)
    model = MODEL_OF[type_]
    conditions = [visible(work.actor, model), *_conditions(work, type_, pairs, lenient=lenient)]
    count = _count(pairs)
    total = work.session.scalar(select(func.count()).select_from(model).where(*conditions)) or 0
    query = select(model).where(*conditions)
    descending = _descending(pairs)
    order = (model.updated.desc(), model.id.desc()) if descending else (model.updated, model.id)
    if after := _last(pairs, "_after"):
        query = query.where(_beyond(model, after, descending=descending))
    records = list(work.session.scalars(query.order_by(*order).limit(count + 1)))
    more, records = len(records) > count, records[:count]
    matches = resources_of(work, type_, records, "search")
    included = _included(work, type_, matches, pairs)
    end = f"{records[-1].updated.isoformat()}~{records[-1].id}" if more and count else None
    return Found(matches, included, total, end)


def matching_ids(work: Work, type_: str, pairs: Pairs) -> list[str]:
    """Return the ids of up to two matches: what a conditional create needs to know."""
    allow(work.actor, type_, "s")
    write_pending(work)
    model = MODEL_OF[type_]
    conditions = _conditions(work, type_, pairs, lenient=False)
    query = select(model.id).where(visible(work.actor, model), *conditions).limit(2)
    return list(work.session.scalars(query))


def resources_of(
    work: Work, type_: str, records: Sequence[Record], action: str
) -> list[dict[str, Any]]:
    """Return records as FHIR shows them to the actor, and have the audit say that they were."""
    if not records:
        return []
    write_pending(work)
    keys = [(type_, record.id, record.version) for record in records]
    texts = {
        identity: text
        for identity, text in work.session.execute(
            select(Version.id, Version.resource).where(
                tuple_(Version.type, Version.id, Version.version).in_(keys)
            )
        )
        if text is not None
    }
    shown = []
    for record in records:
        if record.id in texts:
            person = person_of(record)
            shown.append(shown_to(work, type_, json.loads(texts[record.id]), person))
            work.note(action, type_, record.id, version=record.version, person_id=person)
    return shown


def _conditions(
    work: Work, type_: str, pairs: Pairs, *, lenient: bool
) -> list[ColumnElement[bool]]:
    model = MODEL_OF[type_]
    conditions: list[ColumnElement[bool]] = []
    for name, value in pairs:
        bare, _, modifier = name.partition(":")
        if bare in _RESULT:
            continue
        if bare == "_id":
            conditions.append(model.id.in_(_COMMA.split(value)))
        elif bare == "_lastUpdated":
            conditions.append(or_(*(_updated(model, v) for v in _COMMA.split(value))))
        elif parameter := _asked(work, type_, bare):
            conditions.append(_condition(type_, model, parameter, modifier, value))
        elif not lenient:
            known = ", ".join(p.name for p in PARAMETERS[type_] if _asked(work, type_, p.name))
            raise InputError(f"{type_}: no such search parameter; there are _id, {known}.")
    return conditions


def _asked(work: Work, type_: str, name: str) -> Parameter | None:
    """Return a parameter, if there is one that the actor may search by."""
    return parameter_of(type_, name) if may_ask(work.actor.role, type_, name) else None


def _condition(
    type_: str, model: type[Record], parameter: Parameter, modifier: str, value: str
) -> ColumnElement[bool]:
    having = select(SearchValue.id).where(
        SearchValue.type == type_, SearchValue.parameter == parameter.name
    )
    if modifier == "missing":
        if value not in {"true", "false"}:
            raise InputError(f"{parameter.name}:missing is true or false.")
        there = model.id.in_(having)
        return not_(there) if value == "true" else there
    alternatives = [v.replace("\\,", ",") for v in _COMMA.split(value)]
    tests = or_(*(_TESTS[parameter.kind](parameter, modifier, v) for v in alternatives))
    hit = model.id.in_(having.where(tests))
    return not_(hit) if modifier == "not" else hit


def _allow_modifier(parameter: Parameter, modifier: str, *known: str) -> None:
    if modifier and modifier not in known:
        raise InputError(f"{parameter.name}: no such modifier here.")


def _token(parameter: Parameter, modifier: str, value: str) -> ColumnElement[bool]:
    _allow_modifier(parameter, modifier, "not")
    system, bar, code = value.rpartition("|")
    if not bar:
        return SearchValue.value == value
    where = SearchValue.system == system if system else SearchValue.system.is_(None)
    return and_(where, SearchValue.value == code) if code else where


def _reference(parameter: Parameter, modifier: str, value: str) -> ColumnElement[bool]:
    _allow_modifier(parameter, modifier, *parameter.targets)
    parts = value.rstrip("/").split("/")
    if len(parts) == 1:
        return SearchValue.value.in_([f"{target}/{value}" for target in parameter.targets])
    return SearchValue.value == "/".join(parts[-2:])


def _string(parameter: Parameter, modifier: str, value: str) -> ColumnElement[bool]:
    _allow_modifier(parameter, modifier, "exact", "contains")
    folded = value.casefold()
    if modifier == "exact":
        return SearchValue.value == folded
    if modifier == "contains":
        return SearchValue.value.contains(folded, autoescape=True)
    return SearchValue.value.startswith(folded, autoescape=True)


def _date(parameter: Parameter, modifier: str, value: str) -> ColumnElement[bool]:
    _allow_modifier(parameter, modifier)
    prefix, low, high = _range(value)
    return {
        "eq": and_(SearchValue.low >= low, SearchValue.high <= high),
        "ne": or_(SearchValue.low < low, SearchValue.high > high),
        "gt": SearchValue.high > high,
        "lt": SearchValue.low < low,
        "ge": or_(SearchValue.high > high, SearchValue.low >= low),
        "le": or_(SearchValue.low < low, SearchValue.high <= high),
        "sa": SearchValue.low >= high,
        "eb": SearchValue.high <= low,
    }[prefix]


def _uri(parameter: Parameter, modifier: str, value: str) -> ColumnElement[bool]:
    _allow_modifier(parameter, modifier)
    return SearchValue.value == value


_TESTS = {"token": _token, "reference": _reference, "string": _string, "date": _date, "uri": _uri}


def _updated(model: type[Record], value: str) -> ColumnElement[bool]:
    prefix, low, high = _range(value)
    return {
        "eq": and_(model.updated >= low, model.updated < high),
        "ne": or_(model.updated < low, model.updated >= high),
        "gt": model.updated >= high,
        "sa": model.updated >= high,
        "lt": model.updated < low,
        "eb": model.updated < low,
        "ge": model.updated >= low,
        "le": model.updated < high,
    }[prefix]


def _range(value: str) -> tuple[str, datetime, datetime]:
    prefix, text = (value[:2], value[2:]) if value[:2] in _PREFIXES else ("eq", value)
    try:
        low, high = span(text.replace(" ", "+"))
    except (ValueError, OverflowError) as error:
        raise InputError("a date is written as 2026, 2026-02, 2026-02-03 or an instant.") from error
    return prefix, low, high


def _count(pairs: Pairs) -> int:
    summary = _last(pairs, "_summary") or "false"
    if summary not in {"count", "false"}:
        raise InputError("_summary: count or false.")
    if summary == "count":
        return 0
    text = _last(pairs, "_count") or str(USUAL)
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InputError("_count is a number.")
    return min(int(text), MOST)


def _descending(pairs: Pairs) -> bool:
    wanted = _last(pairs, "_sort") or "_lastUpdated"
    if wanted not in {"_lastUpdated", "-_lastUpdated"}:
        raise InputError("_sort: _lastUpdated or -_lastUpdated.")
    return wanted.startswith("-")


def _last(pairs: Pairs, name: str) -> str | None:
    values = [value for key, value in pairs if key == name]
    return values[-1] if values else None


def _beyond(model: type[Record], after: str, *, descending: bool) -> ColumnElement[bool]:
    text, _, identity = after.replace(" ", "+").partition("~")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise InputError("_after is what the next link has; follow that.") from error
    if moment.tzinfo is None:
        raise InputError("_after is what the next link has; follow that.")
    if descending:
        return or_(model.updated < moment, and_(model.updated == moment, model.id < identity))
    return or_(model.updated > moment, and_(model.updated == moment, model.id > identity))


def _included(
    work: Work, type_: str, matches: list[dict[str, Any]], pairs: Pairs
) -> list[dict[str, Any]]:
    had = {(type_, match["id"]) for match in matches}
    included: list[dict[str, Any]] = []
    for name, value in pairs:
        if name in {"_include", "_revinclude"}:
            for target, ids in _pointed(work, type_, matches, value, back=name == "_revinclude"):
                wanted = [i for i in dict.fromkeys(ids) if (target, i) not in had]
                had |= {(target, identity) for identity in wanted}
                included += _read_many(work, target, wanted)
    return included


def _pointed(
    work: Work, type_: str, matches: list[dict[str, Any]], value: str, *, back: bool
) -> list[tuple[str, list[str]]]:
    source, _, rest = value.partition(":")
    name = rest.partition(":")[0]
    parameter = _asked(work, source, name)
    if (
        parameter is None
        or source not in MODEL_OF
        or parameter.kind != "reference"
        or (not back and source != type_)
    ):
        raise InputError(f"{'_revinclude' if back else '_include'}: write it as Task:focus.")
    if back:
        here = [f"{type_}/{match['id']}" for match in matches]
        seen = select(MODEL_OF[source].id).where(visible(work.actor, MODEL_OF[source]))
        query = select(SearchValue.id).where(
            SearchValue.type == source,
            SearchValue.parameter == name,
            SearchValue.value.in_(here),
            SearchValue.id.in_(seen),
        )
        ids = list(work.session.scalars(query.limit(MOST_INCLUDED + 1)))
        if len(ids) > MOST_INCLUDED:
            raise InputError(f"_revinclude: more than {MOST_INCLUDED}; page through them instead.")
        return [(source, ids)]
    forward = select(SearchValue.value).where(
        SearchValue.type == type_,
        SearchValue.parameter == name,
        SearchValue.id.in_([match["id"] for match in matches]),
    )
    pointed = [str(text).split("/") for text in work.session.scalars(forward)]
    return [(t, [p[1] for p in pointed if p[0] == t and len(p) == 2]) for t in parameter.targets]


def _read_many(work: Work, type_: str, ids: list[str]) -> list[dict[str, Any]]:
    from mobilise.errors import NotAllowed  # noqa: PLC0415

    try:
        allow(work.actor, type_, "r")
    except NotAllowed:
        return []
    model = MODEL_OF[type_]
    query = select(model).where(model.id.in_(ids), visible(work.actor, model)).order_by(model.id)
    return resources_of(work, type_, list(work.session.scalars(query)), "read")
