"""From a service of HSDS 3.0 to the elements of a HealthcareService that we have no column for.

The mapping is that of HL7's Human Services Directory guide (hl7.fhir.us.hsds): taxonomy terms are
types, the description is the comment, phones, e-mail and address are telecom, languages are
communication, schedules are available times.
"""

from __future__ import annotations

import re
from typing import Any

from mobilise.referrals.fhir.elements import present

_DAYS = {"MO": "mon", "TU": "tue", "WE": "wed", "TH": "thu", "FR": "fri", "SA": "sat", "SU": "sun"}
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def elements_of(document: dict[str, Any]) -> dict[str, Any]:
    """Return the further elements of a HealthcareService.

    Parameters
    ----------
    document
        A nested HSDS 3.0 service.

    Examples
    --------
    >>> elements_of({"languages": [{"name": "Welsh", "code": "cy"}], "fees": "Free"})
    {'extraDetails': 'Free', 'communication': [{'coding': [{'system': 'urn:ietf:bcp:47', \
'code': 'cy'}], 'text': 'Welsh'}]}
    """
    details = [str(document.get(k, "")).strip() for k in ("fees", "fees_description")]
    details.append(str(document.get("application_process", "")).strip())
    return present(
        extraDetails="\n\n".join(filter(None, details)),
        telecom=_telecom(document),
        eligibility=_eligibility(document),
        program=[{"text": p["name"]} for p in [document.get("program") or {}] if p.get("name")],
        characteristic=_accessibility(document),
        communication=[
            language for each in document.get("languages", []) if (language := _language(each))
        ],
        availableTime=_times(document),
    )


def _telecom(document: dict[str, Any]) -> list[dict[str, str]]:
    phones = [("phone", phone.get("number")) for phone in document.get("phones", [])]
    others = [("email", document.get("email")), ("url", document.get("url"))]
    return [
        {"system": system, "value": str(value).strip()}
        for system, value in (*phones, *others)
        if value and str(value).strip()
    ]


def _eligibility(document: dict[str, Any]) -> list[dict[str, Any]]:
    ages = [document.get("minimum_age"), document.get("maximum_age")]
    told = []
    if document.get("eligibility_description"):
        told.append({"comment": str(document["eligibility_description"])})
    if any(age is not None for age in ages):
        least, most = (f"{age:g}" if age is not None else "any" for age in ages)
        told.append({"comment": f"Ages {least} to {most}"})
    return told


def _accessibility(document: dict[str, Any]) -> list[dict[str, Any]]:
    texts = [
        str(each["description"]).strip()
        for at in document.get("service_at_locations", [])
        for each in at.get("location", {}).get("accessibility", [])
        if str(each.get("description", "")).strip()
    ]
    return [{"text": text} for text in dict.fromkeys(texts)]


def _language(language: dict[str, Any]) -> dict[str, Any]:
    code = str(language.get("code") or "").strip()
    coding = [{"system": "urn:ietf:bcp:47", "code": code}] if code else []
    return present(coding=coding, text=language.get("name"))


def _times(document: dict[str, Any]) -> list[dict[str, Any]]:
    schedules = list(document.get("schedules", []))
    for at in document.get("service_at_locations", []):
        schedules += at.get("schedules", [])
    times = []
    for schedule in schedules:
        named = re.findall(r"[A-Z]{2}", str(schedule.get("byday") or ""))
        days = [_DAYS[day] for day in named if day in _DAYS]
        opens, closes = (_clock(schedule.get(key)) for key in ("opens_at", "closes_at"))
        if days and opens and closes:
            times.append(
                {
                    "daysOfWeek": days,
                    "availableStartTime": opens,
                    "availableEndTime": closes,
                }
            )
    return times


def _clock(text: Any) -> str | None:
    found = _CLOCK.search(str(text or ""))
    return f"{found[0]}:00" if found else None
