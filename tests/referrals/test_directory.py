"""A service of the directory as FHIR shows it."""

from __future__ import annotations

import fhirkit
import pytest

from mobilise.errors import InputError
from mobilise.referrals import accept, operator, record_outcome, take_in
from mobilise.referrals.fromplace import listed
from mobilise.referrals.keeping import kept

# A service as the HSDS 3.0 specification nests it; everything in it is invented.
DOCUMENT = {
    "id": "b7f4a0c0-5c1c-4c53-8a35-0d3f4c9a0001",
    "name": "Singing for breath",
    "description": "For people with lung conditions.",
    "email": "sing@example.org",
    "url": "https://example.org/sing",
    "fees": "Free",
    "application_process": "Just come.",
    "eligibility_description": "Anybody with a lung condition",
    "minimum_age": 18,
    "organization": {"id": "b7f4a0c0-5c1c-4c53-8a35-0d3f4c9a0002", "name": "Invented Choir"},
    "phones": [{"number": "01632 960003"}],
    "languages": [{"name": "Welsh", "code": "cy"}],
    "schedules": [{"byday": "TU,TH", "opens_at": "10:00", "closes_at": "11:30:00"}],
    "service_at_locations": [
        {
            "location": {
                "latitude": 53.8,
                "longitude": -1.5,
                "addresses": [{"address_1": "3 Made-up Street", "postal_code": "ZZ99 1AC"}],
                "accessibility": [{"description": "Step-free"}],
            }
        }
    ],
}


def taken_in(care, **more):
    import json

    with care.store.work(operator()) as work:
        service = take_in(work, listed(json.dumps(DOCUMENT | more), "arts"))
        return service, kept(work, "HealthcareService", service.id, service.version)


def test_an_hsds_service_is_a_healthcare_service(care):
    service, shown = taken_in(care)
    assert fhirkit.validate(shown) == []
    assert shown["comment"] == "For people with lung conditions."
    assert shown["extraDetails"] == "Free\n\nJust come."
    assert {t["system"]: t["value"] for t in shown["telecom"]} == {
        "phone": "01632 960003",
        "email": "sing@example.org",
        "url": "https://example.org/sing",
    }
    assert shown["availableTime"] == [
        {
            "daysOfWeek": ["tue", "thu"],
            "availableStartTime": "10:00:00",
            "availableEndTime": "11:30:00",
        }
    ]
    assert shown["communication"][0]["coding"][0]["code"] == "cy"
    assert [e["comment"] for e in shown["eligibility"]] == [
        "Anybody with a lung condition",
        "Ages 18 to any",
    ]
    assert shown["characteristic"] == [{"text": "Step-free"}]
    with care.store.work(operator()) as work:
        place = kept(work, "Location", service.location_id, 1)
    assert place["position"] == {"longitude": -1.5, "latitude": 53.8}


def test_read_again_it_changes_only_where_it_changed(care):
    first, _ = taken_in(care)
    again, _ = taken_in(care)
    assert (again.id, again.version) == (first.id, 1)
    changed, shown = taken_in(care, fees="Two pounds")
    assert (changed.id, changed.version) == (first.id, 2)
    assert shown["extraDetails"].startswith("Two pounds")


def test_a_score_outside_its_scale_is_refused(small):
    task = small.refer()
    with small.store.work(small.worker) as work:
        accept(work, task.id)
        record_outcome(work, task.id, "ons4_worthwhile", 10, "before")
        for wrong in (("ons4_worthwhile", 11), ("swemwbs", 6), ("other", float("nan"))):
            with pytest.raises(InputError):
                record_outcome(work, task.id, *wrong, "before")
