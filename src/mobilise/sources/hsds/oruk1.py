"""Open Referral UK 1 and its relatives, told in the words of version 3."""

from __future__ import annotations

from typing import Any

Record = dict[str, Any]
RENAMED = {
    "service_taxonomys": "attributes",
    "service_taxonomies": "attributes",
    "regular_schedules": "schedules",
    "regular_schedule": "schedules",
    "fundings": "funding",
    "costOptions": "cost_options",
    "physical_addresses": "addresses",
    "accessibility_for_disabilities": "accessibility",
    "service_at_location": "service_at_locations",
}
OWN_TERMS = {
    "attending_type": "Attending type",
    "attending_access": "Attending access",
    "deliverable_type": "Deliverable type",
}
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def in_words_of_3(record: Record) -> Record:
    """Return a service of version 1 as version 3 has it; one of version 3 stays as it is.

    Parameters
    ----------
    record
        A service as its publisher has it.
    """
    told = renamed(record)
    told.setdefault("last_modified", _of(record, "pc_metadata", "date_modified"))
    told["assured_date"] = told.get("assured_date") or _of(record, "pc_metadata", "date_assured")
    told.setdefault("assurer_email", _of(record, "pc_metadata", "assured_by"))
    ages = [e for e in _list(record.get("eligibilitys")) if isinstance(e, dict)]
    for key in ("minimum_age", "maximum_age"):
        if told.get(key) is None:
            told[key] = next((e[key] for e in ages if e.get(key) is not None), None)
    told["attributes"] = [
        *(_term(a) for a in _list(told.get("attributes")) if isinstance(a, dict)),
        *_own_terms(record),
    ]
    told["languages"] = [_language(one) for one in _list(told.get("languages"))]
    return told


def renamed(record: Record) -> Record:
    """Return a record with version 1's names of fields changed, at every depth."""
    told: Record = {}
    for key, value in record.items():
        if isinstance(value, dict):
            value = renamed(value)  # noqa: PLW2901
        elif isinstance(value, list):
            value = [renamed(v) if isinstance(v, dict) else v for v in value]  # noqa: PLW2901
        told.setdefault(RENAMED.get(key, key), value)
    if "city" in told and "country" in told:
        told.setdefault("address_type", "physical")
    if "weekday" in told and not told.get("byday"):
        told["byday"] = _byday(told["weekday"])
    if "url" in told and "logo" in told:
        told.setdefault("website", told["url"])
    return told


def _of(record: Record, outer: str, inner: str) -> Any:
    held = record.get(outer)
    return held.get(inner) if isinstance(held, dict) else None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _term(attribute: Record) -> Record:
    """Return a service's taxonomy of version 1 (term and vocabulary) as an attribute."""
    term = attribute.get("taxonomy")
    if not isinstance(term, dict) or "taxonomy_term" in attribute:
        return attribute
    vocabulary = str(term.get("vocabulary") or "not stated")
    told = {"id": term.get("id"), "name": term.get("name"), "taxonomy": vocabulary}
    return {"id": attribute.get("id"), "taxonomy_term": told}


def _own_terms(record: Record) -> list[Record]:
    """Return as attributes what version 1 keeps in fields of its own."""
    terms = [
        (OWN_TERMS[key], part.strip())
        for key in OWN_TERMS
        for part in str(record.get(key) or "").split(",")
    ]
    audiences = [a for a in _list(record.get("pc_targetAudience")) if isinstance(a, dict)]
    terms += [("Target audience", str(a.get("audienceType") or "").strip()) for a in audiences]
    return [
        {"taxonomy_term": {"name": name, "taxonomy": taxonomy}}
        for taxonomy, name in dict.fromkeys(terms)
        if name
    ]


def _language(one: Any) -> Any:
    if isinstance(one, str):
        return {"name": one}
    if isinstance(one, dict) and "name" not in one and "language" in one:
        return {**one, "name": one["language"]}
    return one


def _byday(weekday: Any) -> str:
    """Return "MO" for "Monday", 1 or "MO"."""
    text = str(weekday).strip()
    if text.isdigit() and 1 <= int(text) <= 7:
        return _DAYS[int(text) - 1]
    return text[:2].upper() if text[:2].upper() in _DAYS else text
