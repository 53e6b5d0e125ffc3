"""Any publisher's services as clean HSDS-UK 3.0, with everything dropped or mended told."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from mobilise.sources.hsds.confidential import is_confidential, without_address
from mobilise.sources.hsds.oruk1 import in_words_of_3
from mobilise.sources.hsds.shapes import SHAPES, STATUSES
from mobilise.sources.hsds.texts import email_address, plain_line, plain_text, web_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

NAMESPACE = uuid.UUID("6b0f2f0e-6d4c-5b43-9f0c-6d1d5a1b9c11")
DROPPED = "dropped"
REPAIRED = "repaired"
_CLOCK = re.compile(r"(\d{1,2})[:.](\d{2})(?::\d{2})?\s*(am|pm)?", re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """What became of one record, or of one value in it.

    Parameters
    ----------
    record
        The publisher's id of it, or its position in the feed.
    what
        ``dropped`` or ``repaired``.
    says
        What was wrong, and what was done. It never quotes the publisher's text.
    """

    record: str
    what: str
    says: str


@dataclass
class Normal:
    """A feed's services as clean HSDS-UK 3.0, in the feed's order, and what was wrong."""

    services: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    read: int = 0


def normalise(records: Iterable[Any], source: str) -> Normal:
    """Return clean services of a feed.

    Parameters
    ----------
    records
        Services as published: HSDS 3 or Open Referral UK 1, nested or not.
    source
        The feed's name: ids that are no UUIDs are made from it and the publisher's own.

    Returns
    -------
    Normal
        Each id once. Where one repeats, the record modified last is kept.
    """
    found = Normal()
    by_id: dict[str, int] = {}
    for position, record in enumerate(records, 1):
        found.read += 1
        service = _one(record, source, position, found)
        if service is None:
            continue
        at = by_id.setdefault(service["id"], len(found.services))
        if at == len(found.services):
            found.services.append(service)
            continue
        newer = service.get("last_modified", "") > found.services[at].get("last_modified", "")
        says = "its id repeats in the feed; the record modified last was kept"
        found.problems.append(Problem(str(record.get("id")), DROPPED, says))
        if newer:
            found.services[at] = service
    return found


def read_value(kind: str, raw: Any) -> Any:
    """Return a value of a field's kind (see :mod:`mobilise.sources.hsds.shapes`), or None."""
    return _READ[kind](raw) if kind in _READ else _one_of(kind, raw)


def derived_id(*parts: str) -> str:
    """Return the UUID that stands for an id which is none, the same for the same parts."""
    return str(uuid.uuid5(NAMESPACE, "\x1f".join(parts)))


def _one(record: Any, source: str, position: int, found: Normal) -> dict[str, Any] | None:
    if not isinstance(record, dict):
        found.problems.append(Problem(f"no. {position}", DROPPED, "it is no record"))
        return None
    own = str(record.get("id") or f"no. {position}")
    cleaner = _Cleaner(source, own)
    service = cleaner.record("service", in_words_of_3(record), ())
    found.problems += [Problem(own, what, says) for what, says in dict.fromkeys(cleaner.problems)]
    if service is None:
        return None
    organization = service.get("organization")
    if organization is None:
        service.pop("organization_id", None)
        found.problems.append(Problem(own, REPAIRED, "it names no organisation; listed without"))
    else:
        service["organization_id"] = organization["id"]
    if service.get("minimum_age", 0) > service.get("maximum_age", 999):
        service.pop("minimum_age")
        service.pop("maximum_age")
        found.problems.append(
            Problem(own, REPAIRED, "its lowest age is above its highest; both taken as not known")
        )
    terms = [a.get("taxonomy_term", {}).get("name") for a in service.get("attributes", [])]
    areas = [a.get("description") for a in _locations(service)]
    if is_confidential(service["name"], service.get("description"), *terms, *areas):
        service = {**without_address(service), "confidential": True}
        found.problems.append(
            Problem(own, REPAIRED, "its address is confidential and was not kept")
        )
    return service


def _locations(service: dict[str, Any]) -> list[dict[str, Any]]:
    return [at.get("location", {}) for at in service.get("service_at_locations", [])]


class _Cleaner:
    """Cleans one service and what is nested in it, and remembers what was wrong."""

    def __init__(self, source: str, own: str) -> None:
        self.source = source
        self.own = own
        self.problems: list[tuple[str, str]] = []

    def record(
        self, shape_name: str, raw: dict[str, Any], path: tuple[str, ...]
    ) -> dict[str, Any] | None:
        shape = SHAPES[shape_name]
        clean: dict[str, Any] = {}
        for name, kind in shape.fields.items():
            value = self.value(shape_name, name, kind, raw.get(name))
            if value is not None:
                clean[name] = value
        for name, instead in shape.needs.items():
            if clean.get(name, "") != "":
                continue
            if instead is None:
                what = DROPPED if shape_name == "service" else REPAIRED
                left = "left out" if shape_name != "service" else "it cannot be listed"
                self.problems.append((what, f"{shape_name} without {name}: {left}"))
                return None
            clean[name] = instead
        clean["id"] = self.identity(shape_name, raw, clean, path)
        inside = (*path, clean["id"])
        for name, inner in shape.lists.items():
            given = raw.get(name)
            items = given if isinstance(given, list) else []
            made = [
                self.record(inner, one, (*inside, name, str(i)))
                for i, one in enumerate(items)
                if isinstance(one, dict)
            ]
            if kept := [one for one in made if one is not None]:
                clean[name] = kept
        for name, inner in shape.ones.items():
            one = raw.get(name)
            if isinstance(one, dict) and any(v not in (None, "", [], {}) for v in one.values()):
                made_one = self.record(inner, one, (*inside, name))
                if made_one is not None:
                    clean[name] = made_one
        return _linked(shape_name, clean, self.source)

    def identity(
        self, shape_name: str, raw: dict[str, Any], clean: dict[str, Any], path: tuple[str, ...]
    ) -> str:
        """Return a record's id; made from what it is where the source gives none that is one."""
        if "id" in clean:
            return str(clean["id"])
        own = raw.get("id")
        if own not in (None, ""):
            return derived_id(self.source, shape_name, str(own))
        if shape_name == "taxonomy_term":
            return derived_id(self.source, "term", str(clean.get("taxonomy")), clean["name"])
        if shape_name == "organization":
            return derived_id(self.source, "organization", clean["name"])
        if shape_name == "service":
            said = "it has no id; one was made from its name and place in the feed"
            self.problems.append((REPAIRED, said))
            return derived_id(self.source, "service", self.own, clean["name"])
        return derived_id(self.source, shape_name, *path)

    def value(self, shape_name: str, name: str, kind: str, raw: Any) -> Any:
        """Return a field's value, mended or None."""
        if raw is None or raw == "" or isinstance(raw, dict | list):
            return None
        if kind == "id":
            return self._identifier(raw, name, shape_name)
        value = read_value(kind, raw)
        if value is None:
            self.problems.append((REPAIRED, f"{shape_name}.{name} is no {_SAID.get(kind, kind)}"))
        elif kind in {"line", "text"} and value != str(raw).strip() and "<" in str(raw):
            self.problems.append((REPAIRED, f"{shape_name}.{name}: HTML made plain text"))
        return value if value != "" else None

    def _identifier(self, raw: Any, name: str, shape_name: str) -> str | None:
        try:
            return str(uuid.UUID(str(raw)))
        except ValueError:
            if name != "id":
                return None
            self.problems.append((REPAIRED, f"{shape_name}.id is no UUID; one was made from it"))
            return None


def _linked(shape_name: str, clean: dict[str, Any], source: str) -> dict[str, Any]:
    """Return a record whose references agree with what is nested in it."""
    if shape_name == "taxonomy_term" and "taxonomy_id" not in clean:
        clean["taxonomy_id"] = derived_id(source, "taxonomy", clean.get("taxonomy", "not stated"))
    if shape_name == "attribute" and "taxonomy_term" in clean:
        clean["taxonomy_term_id"] = clean["taxonomy_term"]["id"]
    if shape_name == "service_at_location" and "location" in clean:
        clean["location_id"] = clean["location"]["id"]
    if shape_name == "service":
        for at in clean.get("service_at_locations", []):
            at["service_id"] = clean["id"]
    if shape_name == "location":
        _checked_point(clean)
    return clean


def _checked_point(location: dict[str, Any]) -> None:
    """Take out a point that is nowhere on Earth, or the sea off Africa that means "not known"."""
    latitude, longitude = location.get("latitude"), location.get("longitude")
    known = latitude is not None and longitude is not None
    if (
        not known
        or abs(latitude or 0) > 90
        or abs(longitude or 0) > 180
        or not (latitude or longitude)
    ):
        location.pop("latitude", None)
        location.pop("longitude", None)


def _text(raw: Any) -> str:
    return plain_text(str(raw))


def _line(raw: Any) -> str:
    return plain_line(str(raw))


def _number(raw: Any) -> float | int | None:
    if isinstance(raw, bool):
        return None
    try:
        number = float(str(raw).strip().lstrip("£"))
    except ValueError:
        return None
    if number != number or abs(number) > 1e9:  # noqa: PLR0124  (NaN)
        return None
    return int(number) if number.is_integer() else number


def _date(raw: Any) -> str | None:
    moment = _moment_of(raw)
    return moment.date().isoformat() if moment else None


def _moment(raw: Any) -> str | None:
    moment = _moment_of(raw)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _moment_of(raw: Any) -> datetime | None:
    text = str(raw).strip()
    british = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    try:
        if british:
            day, month, year = (int(part) for part in british.groups())
            return datetime(year, month, day, tzinfo=UTC)
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _time(raw: Any) -> str | None:
    match = _CLOCK.fullmatch(str(raw).strip())
    if not match:
        return None
    hour, minute, half = int(match[1]), int(match[2]), (match[3] or "").lower()
    hour = hour % 12 + (12 if half == "pm" else 0) if half else hour
    return f"{hour:02d}:{minute:02d}" if hour <= 24 and minute < 60 else None


def _one_of(kind: str, raw: Any) -> str | None:
    words = kind.split("|")
    text = str(raw).strip()
    return next((word for word in words if word.lower() == text.lower()), None)


_READ: dict[str, Callable[[Any], Any]] = {
    "line": _line,
    "text": _text,
    "url": lambda raw: web_address(str(raw)),
    "email": lambda raw: email_address(str(raw)),
    "date": _date,
    "moment": _moment,
    "time": _time,
    "number": _number,
}
_SAID = {
    "url": "web address; left out",
    "email": "e-mail address; left out",
    "date": "date; left out",
    "moment": "date and time; left out",
    "time": "time of day; left out",
    "number": "number; left out",
    STATUSES: "status of the standard",
}
