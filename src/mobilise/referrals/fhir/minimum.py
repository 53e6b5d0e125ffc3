"""What of a resource an actor is shown: a provider the least that it needs of a person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise.referrals import consents
from mobilise.referrals.actors import PROVIDER, REFERRER

if TYPE_CHECKING:
    from mobilise.referrals.store import Work

SUBSETTED = {
    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue",
    "code": "SUBSETTED",
    "display": "Resource encoded in summary mode",
}
# A group that runs a choir needs to greet somebody and ring them, and to know roughly their age.
OF_PEOPLE = {"resourceType", "id", "meta", "name", "telecom", "gender", "communication", "active"}
RESULTS = {"output", "note"}


def shown_to(
    work: Work, type_: str, resource: dict[str, Any], person_id: str | None
) -> dict[str, Any]:
    """Return a resource, without what the actor need not, or may not any more, know."""
    role = work.actor.role
    if type_ == "Patient" and role == PROVIDER:
        kept = {key: value for key, value in resource.items() if key in OF_PEOPLE}
        if "birthDate" in resource:
            kept["birthDate"] = resource["birthDate"][:4]
        return _tagged(kept)
    results = type_ == "Task" and role == REFERRER and RESULTS & resource.keys() and person_id
    if results and consents.has_refused(work, str(person_id), consents.FEEDBACK):
        return _tagged({k: v for k, v in resource.items() if k not in RESULTS})
    return resource


def _tagged(resource: dict[str, Any]) -> dict[str, Any]:
    meta = resource["meta"]
    tags = [tag for tag in meta.get("tag", []) if tag.get("code") != SUBSETTED["code"]]
    return resource | {"meta": meta | {"tag": [*tags, SUBSETTED]}}
