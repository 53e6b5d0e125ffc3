"""What is asked and done: ServiceRequest, Task, Observation, QuestionnaireResponse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError
from mobilise.referrals.fhir.elements import (
    ATTENDANCE,
    INSTRUMENT,
    KIND,
    MOMENT,
    NEED,
    OUTPUT,
    REPLACES,
    ROUTE,
    coded,
    concept,
    day,
    extension,
    first,
    first_identity,
    identity,
    instant,
    merged,
    moment,
    needed,
    reference,
)
from mobilise.referrals.scores import check_score
from mobilise.referrals.words import Code, Codes, check_word, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Row

    from mobilise.referrals.model import Referral, Response, Score, Task

FULFIL = concept("http://hl7.org/fhir/CodeSystem/task-code", "fulfill", "Fulfill the focal request")
SURVEY = concept("http://terminology.hl7.org/CodeSystem/observation-category", "survey", "Survey")
SCORE_UNIT = {"unit": "score", "system": "http://unitsofmeasure.org", "code": "{score}"}


def show_referral(
    referral: Referral, before: dict[str, Any], needs: Sequence[Row[str, str | None]], codes: Codes
) -> dict[str, Any]:
    """Return what a ServiceRequest says of a referral."""
    code: Code = getattr(codes, referral.offer)
    others = [c for c in before.get("category", []) if not coded(c, ROUTE) and not coded(c, KIND)]
    route = concept(ROUTE, referral.route, words()["routes"][referral.route])
    kind = [concept(KIND, referral.kind)] if referral.kind else []
    reasons = [
        {**concept(NEED, need.code, words()["needs"][need.code]), "text": need.text}
        if need.text
        else concept(NEED, need.code, words()["needs"][need.code])
        for need in needs
    ]
    return {
        "basedOn": [r for r in [reference("ServiceRequest", referral.based_on)] if r],
        "status": referral.status,
        "intent": "order",
        "category": [route, *kind, *others],
        "priority": referral.priority,
        "code": concept(code.system, code.code, code.display),
        "subject": reference("Patient", referral.person_id),
        "authoredOn": instant(referral.authored),
        "requester": reference("Organization", referral.requester_id),
        "performer": [r for r in [reference("HealthcareService", referral.service_id)] if r],
        "reasonCode": reasons,
        "note": [{"text": referral.reason}] if referral.reason else None,
    }


def read_referral(resource: dict[str, Any], codes: Codes) -> dict[str, Any]:
    """Return the columns of a referral, and its needs under "needs"."""
    if resource.get("intent") != "order":
        raise InputError("ServiceRequest.intent: a referral is an order.")
    route = coded(resource.get("category"), ROUTE)
    return {
        "person_id": needed(resource, "subject", "Patient"),
        "based_on": first_identity(resource, "basedOn", "ServiceRequest"),
        "status": resource["status"],
        "offer": _offer(resource, codes),
        "route": check_word("routes", route) if route else "gp",
        "kind": coded(resource.get("category"), KIND),
        "priority": resource.get("priority", "routine"),
        "reason": "\n".join(n.get("text", "") for n in resource.get("note", [])) or None,
        "requester_id": needed(resource, "requester", "Organization"),
        "service_id": first_identity(resource, "performer", "HealthcareService"),
        "authored": moment(resource.get("authoredOn")),
        "needs": _needs(resource),
    }


def _offer(resource: dict[str, Any], codes: Codes) -> str:
    for offer in ("offered", "declined"):
        known: Code = getattr(codes, offer)
        if coded(resource.get("code"), known.system) == known.code:
            return offer
    return "referred"


def _needs(resource: dict[str, Any]) -> list[tuple[str, str | None]]:
    needs = []
    for reason in resource.get("reasonCode", []):
        code = coded(reason, NEED)
        needs.append((code if code in words()["needs"] else "other", reason.get("text")))
    return needs


def show_task(task: Task, before: dict[str, Any], scores: Sequence[Score]) -> dict[str, Any]:
    """Return what a Task says, as the SDOH Clinical Care guide asks: order, fulfill, focus."""
    status = task.business_status
    ours = (
        [{"url": REPLACES, "valueReference": reference("Task", task.reopens)}]
        if task.reopens
        else []
    )
    known = words()["attendance"]
    return {
        "extension": merged(before.get("extension", []), ours, "url"),
        "partOf": [r for r in [reference("Task", task.part_of)] if r],
        "status": task.status,
        "statusReason": {"text": task.status_reason} if task.status_reason else None,
        "businessStatus": concept(ATTENDANCE, status, known.get(status)) if status else None,
        "intent": "order",
        "code": before.get("code", FULFIL),
        "focus": reference("ServiceRequest", task.referral_id),
        "for": reference("Patient", task.person_id),
        "authoredOn": instant(task.authored),
        "lastModified": instant(task.updated),
        "requester": reference("Organization", task.requester_id),
        "owner": reference("Organization", task.owner_id),
        "output": _outputs(task, before, scores),
    }


def _outputs(task: Task, before: dict[str, Any], scores: Sequence[Score]) -> list[dict[str, Any]]:
    others = [o for o in before.get("output", []) if not coded(o.get("type"), OUTPUT)]
    told = (
        [{"type": concept(OUTPUT, "message-back"), "valueMarkdown": task.message}]
        if task.message
        else []
    )
    listed = [
        {
            "type": concept(OUTPUT, "outcome-score"),
            "valueReference": reference("Observation", score.id),
        }
        for score in scores
    ]
    return told + (listed if task.message else []) + others


def read_task(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a task; its status goes through the workflow, not from here.

    Raises
    ------
    InputError
        It breaks a rule of the SDOH Clinical Care guide.
    """
    if resource.get("intent") != "order":
        raise InputError("Task.intent: must be order.")
    if coded(resource.get("code"), "http://hl7.org/fhir/CodeSystem/task-code") != "fulfill":
        raise InputError("Task.code: must be fulfill.")
    replaced = extension(resource, REPLACES, "valueReference")
    reason = resource.get("statusReason", {})
    business = resource.get("businessStatus", {})
    told = [
        o.get("valueMarkdown")
        for o in resource.get("output", [])
        if coded(o.get("type"), OUTPUT) == "message-back"
    ]
    return {
        "referral_id": needed(resource, "focus", "ServiceRequest"),
        "person_id": needed(resource, "for", "Patient"),
        "part_of": first_identity(resource, "partOf", "Task"),
        "reopens": identity({"resourceType": "Task", "replaces": replaced}, "replaces", "Task"),
        "status_reason": reason.get("text") or first(reason.get("coding")).get("display"),
        "business_status": coded(business, ATTENDANCE) or business.get("text"),
        "requester_id": needed(resource, "requester", "Organization"),
        "owner_id": identity(resource, "owner", "Organization"),
        "authored": moment(resource.get("authoredOn")),
        "message": told[0] if told else None,
    }


def show_score(score: Score, before: dict[str, Any]) -> dict[str, Any]:
    """Return what an Observation says of a score: the number, and no wording of any question."""
    ours = [{"url": MOMENT, "valueCode": score.moment}]
    return {
        "extension": merged(before.get("extension", []), ours, "url"),
        "basedOn": [r for r in [reference("ServiceRequest", score.referral_id)] if r],
        "status": score.status,
        "category": [SURVEY],
        "code": {**concept(INSTRUMENT, score.instrument), "text": score.instrument},
        "subject": reference("Patient", score.person_id),
        "effectiveDateTime": score.taken_on.isoformat(),
        "valueQuantity": None if score.value is None else {"value": score.value, **SCORE_UNIT},
    }


def read_score(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a score."""
    code = resource["code"]
    instrument = coded(code, INSTRUMENT) or first(code.get("coding")).get("code")
    when = day(resource.get("effectiveDateTime"))
    if instrument is None or when is None:
        raise InputError("Observation: a score has a coded instrument and an effectiveDateTime.")
    quantity = resource.get("valueQuantity", {}).get("value", resource.get("valueInteger"))
    return {
        "person_id": needed(resource, "subject", "Patient"),
        "referral_id": first_identity(resource, "basedOn", "ServiceRequest"),
        "instrument": instrument,
        "moment": extension(resource, MOMENT, "valueCode") or "during",
        "value": check_score(instrument, None if quantity is None else float(quantity)),
        "taken_on": when,
        "status": resource["status"],
    }


def show_response(response: Response, _before: dict[str, Any]) -> dict[str, Any]:
    """Return what a QuestionnaireResponse says, but for the answers, which it brings itself."""
    return {
        "basedOn": [r for r in [reference("ServiceRequest", response.referral_id)] if r],
        "questionnaire": response.questionnaire,
        "status": response.status,
        "subject": reference("Patient", response.person_id),
        "authored": instant(response.authored),
    }


def read_response(resource: dict[str, Any]) -> dict[str, Any]:
    """Return the columns of a questionnaire's response."""
    return {
        "person_id": needed(resource, "subject", "Patient"),
        "referral_id": identity(
            {
                "resourceType": "QuestionnaireResponse",
                "basedOn": first(resource.get("basedOn")) or None,
            },
            "basedOn",
            "ServiceRequest",
        ),
        "questionnaire": resource.get("questionnaire"),
        "status": resource["status"],
        "authored": moment(resource.get("authored")),
    }
