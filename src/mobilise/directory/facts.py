"""What can be told of a service from its document: cost, access, hours, languages, needs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from mobilise.directory.hours import Slot, slots_of
from mobilise.directory.needs import Sign, catalogue, signs

CAPACITIES = ("open", "waiting list", "full")
KIND_TAXONOMY = "Kind of community asset"

_FREE = re.compile(r"\b(free|no (charge|cost|fee)s?|£0(\.00)?)\b", re.IGNORECASE)
_FREE_TO_USE = re.compile(
    r"\b(free of charge|no charge|free to (attend|join|use|all|everyone)|free and confidential"
    r"|free, confidential|(is|are|completely) free(?! (parking|wi-?fi)))\b",
    re.IGNORECASE,
)
_POUNDS = re.compile(r"£\s?(\d+(?:\.\d{1,2})?)")
_STEP_FREE = re.compile(
    r"\b(step.?free|wheelchair.(access\w*|friendly|ramp)|level access|fully accessible|ramped?)\b",
    re.IGNORECASE,
)
_STEPS = re.compile(
    r"\b(not (wheelchair )?accessible|no (wheelchair|step.?free|level|disabled) access"
    r"|steps (up )?to|stairs only|no lift)\b",
    re.IGNORECASE,
)
_REMOTE = re.compile(
    r"\b(online|remote|virtual|video|zoom|phone|telephone|helpline|chat|text)\b", re.IGNORECASE
)
_FULL = re.compile(r"\b(fully booked|no (places|spaces)|currently full|is full)\b", re.IGNORECASE)
_WAITING = re.compile(r"\b(waiting list|wait list|waitlist)\b", re.IGNORECASE)
_PROFESSIONAL = re.compile(
    r"\b(professional referral|referral[s]? (from|by|via) (a |your )?(gp|professional|health|social"
    r"|link)|(gp|social prescrib\w+) referral|refer\w* by (a |your )?(gp|doctor|professional|link"
    r"|social))",
    re.IGNORECASE,
)
_SELF = re.compile(r"\b(self.?refer\w*|refer yourself|drop.?in|no referral)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Facts:
    """What a search goes by.

    Parameters
    ----------
    kind
        The kind of asset, if the service is one.
    cost
        The least it costs, in pounds; 0 = free; None = not known.
    step_free
        Whether one gets in without steps; None = not known.
    remote
        Whether it can be used from home.
    placed
        Whether one can go there: it has a location with coordinates.
    capacity
        One of :data:`CAPACITIES`; None = not known.
    referrals
        "professional", "self", or both joined by ", "; None = not known.
    languages
        Besides English, in lower case.
    slots
        Its usual week; empty = not known.
    signs
        The needs it is for.
    words
        Everything that a search for words looks through, but its name.
    """

    kind: str | None
    cost: float | None
    step_free: bool | None
    remote: bool
    placed: bool
    capacity: str | None
    referrals: str | None
    languages: tuple[str, ...]
    slots: tuple[Slot, ...]
    signs: tuple[Sign, ...]
    words: str


def facts_of(service: dict[str, Any], extra: dict[str, Any]) -> Facts:
    """Return what can be told of a service.

    Parameters
    ----------
    service
        A nested HSDS-UK 3.0 service.
    extra
        What HSDS has no field for: ``kind``, ``capacity``, ``referrals``, ``step_free``, ``cost``.
        It goes before what the document says.
    """
    terms = terms_of(service)
    named = [term["name"] for term in terms]
    kind = extra.get("kind")
    description = service.get("description", "")
    said = "\n".join(
        [description, *(str(service.get(k, "")) for k in ("fees", "alert", "application_process"))]
    )
    return Facts(
        kind=kind,
        cost=_first(
            extra.get("cost"), _cost(service), catalogue().kinds.get(str(kind), {}).get("cost")
        ),
        step_free=_first(extra.get("step_free"), _step_free(service)),
        remote=_remote(service, terms),
        placed=any("latitude" in at for at in locations_of(service)),
        capacity=_first(extra.get("capacity"), _capacity(said)),
        referrals=_first(extra.get("referrals"), _referrals(said, terms)),
        languages=_languages(service),
        slots=tuple(slots_of(schedules_in(service))),
        signs=tuple(signs(service["name"], description, named, kind)),
        words="\n".join([said, service.get("organization", {}).get("name", ""), *named]),
    )


def terms_of(service: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the taxonomy terms that a service is listed under."""
    attributes = service.get("attributes", [])
    return [a["taxonomy_term"] for a in attributes if "taxonomy_term" in a]


def locations_of(service: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the locations of a service."""
    return [at["location"] for at in service.get("service_at_locations", []) if "location" in at]


def schedules_in(service: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the schedules of a service and of its locations."""
    found = list(service.get("schedules", []))
    for at in service.get("service_at_locations", []):
        found += at.get("schedules", [])
    return found


def location_step_free(location: dict[str, Any]) -> bool | None:
    """Return whether a location's own words say that it has no steps; None: they do not say."""
    texts = [str(a.get(k, "")) for a in location.get("accessibility", []) for k in a]
    return _access(" ".join(texts))


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)


def _cost(service: dict[str, Any]) -> float | None:
    amounts = [o["amount"] for o in service.get("cost_options", []) if "amount" in o]
    if amounts:
        return float(min(amounts))
    fees = " ".join(
        [
            service.get("fees", ""),
            service.get("fees_description", ""),
            *(
                f"{option.get('option', '')} {option.get('amount_description', '')}"
                for option in service.get("cost_options", [])
            ),
        ]
    )
    if _FREE.search(fees):
        return 0.0
    if pounds := _POUNDS.findall(fees):
        return min(float(amount) for amount in pounds)
    return 0.0 if _FREE_TO_USE.search(service.get("description", "")) else None


def _step_free(service: dict[str, Any]) -> bool | None:
    known = [free for at in locations_of(service) if (free := location_step_free(at)) is not None]
    return any(known) if known else _access(service.get("description", ""))


def _access(text: str) -> bool | None:
    if _STEPS.search(text):
        return False
    return True if _STEP_FREE.search(text) else None


def _remote(service: dict[str, Any], terms: list[dict[str, Any]]) -> bool:
    ways = [str(schedule.get("attending_type", "")) for schedule in schedules_in(service)]
    ways += [term["name"] for term in terms if "attending" in term.get("taxonomy", "").lower()]
    virtual = any(at.get("location_type") == "virtual" for at in locations_of(service))
    return virtual or any(_REMOTE.search(way) for way in ways)


def _capacity(said: str) -> str | None:
    if _FULL.search(said):
        return "full"
    return "waiting list" if _WAITING.search(said) else None


def _referrals(said: str, terms: list[dict[str, Any]]) -> str | None:
    text = "\n".join([said, *(term["name"] for term in terms)])
    ways = {"professional": _PROFESSIONAL, "self": _SELF}
    return ", ".join(way for way, words in ways.items() if words.search(text)) or None


def _languages(service: dict[str, Any]) -> tuple[str, ...]:
    names = [
        str(one.get("name") or one.get("code") or "").strip().lower()
        for one in service.get("languages", [])
    ]
    return tuple(sorted({name for name in names if name and name not in {"english", "en"}}))
