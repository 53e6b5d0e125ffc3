"""Resources as another system would send them: invented, and valid FHIR R4."""

from __future__ import annotations

from uuid import uuid4

FULFIL = {"coding": [{"system": "http://hl7.org/fhir/CodeSystem/task-code", "code": "fulfill"}]}


def patient(**more):
    return {
        "resourceType": "Patient",
        "active": True,
        "identifier": [{"system": "urn:example:practice", "value": uuid4().hex}],
        "name": [{"family": "Invented", "given": ["Ada", "B"], "use": "official"}],
        "telecom": [{"system": "phone", "value": "01632 960001"}],
        "gender": "female",
        "birthDate": "1950-03-01",
        "address": [{"line": ["1 Made-up Street"], "postalCode": "ZZ99 1AA"}],
        "maritalStatus": {"text": "kept though we have no column for it"},
    } | more


def consent(person, purpose="referral", status="active"):
    scope = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "resourceType": "Consent",
        "status": status,
        "scope": {"coding": [{"system": scope, "code": "patient-privacy"}]},
        "category": [{"coding": [{"system": "http://loinc.org", "code": "59284-0"}]}],
        "patient": {"reference": person},
        "policyRule": {"text": "opt-in"},
        "provision": {
            "type": "permit" if status == "active" else "deny",
            "purpose": [{"system": "urn:mobilise:purpose", "code": purpose}],
        },
    }


def service_request(person, requester, **more):
    return {
        "resourceType": "ServiceRequest",
        "status": "active",
        "intent": "order",
        "subject": {"reference": person},
        "requester": {"reference": f"Organization/{requester}"},
        "reasonCode": [{"coding": [{"system": "urn:mobilise:need", "code": "loneliness"}]}],
        "note": [{"text": "Would like company."}],
    } | more


def task(person, request, requester, owner, status="requested", **more):
    return {
        "resourceType": "Task",
        "status": status,
        "intent": "order",
        "code": FULFIL,
        "focus": {"reference": request},
        "for": {"reference": person},
        "requester": {"reference": f"Organization/{requester}"},
        "owner": {"reference": f"Organization/{owner}"},
    } | more


def observation(person, request=None, **more):
    based = {"basedOn": [{"reference": request}]} if request else {}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "urn:mobilise:instrument", "code": "ucla-3"}]},
        "subject": {"reference": person},
        "effectiveDateTime": "2026-02-03",
        "valueQuantity": {"value": 4},
        **based,
    } | more


def response(person, **more):
    return {
        "resourceType": "QuestionnaireResponse",
        "status": "completed",
        "questionnaire": "urn:example:questionnaire",
        "subject": {"reference": person},
        "authored": "2026-02-03T10:00:00Z",
        "item": [{"linkId": "1", "answer": [{"valueInteger": 3}]}],
    } | more


def subscription(endpoint, criteria="Task?status=requested", **more):
    channel = {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json"}
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "to be told",
        "criteria": criteria,
        "channel": channel,
    } | more


def referral_bundle(practice, team, purposes=("referral", "sharing", "feedback"), person=None):
    """Return a transaction that refers somebody whole."""
    at = {name: f"urn:uuid:{uuid4()}" for name in ("person", "request", "task")}
    entries = [(at["person"], "Patient", person or patient())]
    entries += [(f"urn:uuid:{uuid4()}", "Consent", consent(at["person"], p)) for p in purposes]
    entries.append((at["request"], "ServiceRequest", service_request(at["person"], practice)))
    entries.append((at["task"], "Task", task(at["person"], at["request"], practice, team)))
    return {
        "resourceType": "Bundle",
        "type": "transaction",
        "entry": [
            {"fullUrl": url, "resource": body, "request": {"method": "POST", "url": type_}}
            for url, type_, body in entries
        ],
    }


def kept(answer, type_):
    """Return the resource of a type out of a bundle's answer."""
    return next(
        e["resource"] for e in answer.json()["entry"] if e["resource"]["resourceType"] == type_
    )
