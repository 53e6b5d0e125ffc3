"""What this server can do, and no more: its CapabilityStatement."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise import __version__
from mobilise.referrals.access.grants import GRANTS
from mobilise.referrals.fhir.parameters import PARAMETERS

if TYPE_CHECKING:
    from mobilise.referrals.settings import Settings

_DATED = "2026-11-25"
_AUDIT = (
    ("date", "date"),
    ("patient", "reference"),
    ("agent", "reference"),
    ("action", "token"),
)


def capability_statement(settings: Settings) -> dict[str, Any]:
    """Return the CapabilityStatement: the types, the interactions, the parameters there are."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _DATED,
        "publisher": "mobilise",
        "kind": "instance",
        "software": {"name": "mobilise", "version": __version__},
        "implementation": {
            "description": "Referrals to community assets",
            "url": settings.base,
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json"],
        "rest": [
            {
                "mode": "server",
                "security": _security(settings),
                "resource": [_resource(type_) for type_ in sorted(GRANTS)],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
                "operation": [
                    {
                        "name": "export",
                        "definition": "http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export",
                    }
                ],
            }
        ],
    }


def _security(settings: Settings) -> dict[str, Any]:
    smart = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
    return {
        "extension": [
            {"url": smart, "extension": [{"url": "token", "valueUri": settings.token_address}]}
        ],
        "service": [
            {
                "coding": [
                    {
                        "system": "http://terminology.hl7.org/CodeSystem/restful-security-service",
                        "code": "SMART-on-FHIR",
                    }
                ]
            }
        ],
        "description": "SMART Backend Services; what is seen follows the role and organisation.",
    }


def _resource(type_: str) -> dict[str, Any]:
    if type_ == "AuditEvent":
        parameters = [{"name": name, "type": kind} for name, kind in _AUDIT]
        return {
            "type": type_,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "versioning": "no-version",
            "searchParam": parameters,
        }
    references = [p.name for p in PARAMETERS[type_] if p.kind == "reference"]
    pointed = [
        f"{other}:{p.name}"
        for other, parameters in PARAMETERS.items()
        for p in parameters
        if type_ in p.targets
    ]
    codes = ("read", "vread", "update", "history-instance", "create", "search-type")
    statement: dict[str, Any] = {
        "type": type_,
        "interaction": [{"code": code} for code in codes],
        "versioning": "versioned",
        "readHistory": True,
        "updateCreate": False,
        "conditionalCreate": True,
        "conditionalRead": "not-match",
        "conditionalUpdate": False,
        "conditionalDelete": "not-supported",
        "referencePolicy": ["literal", "local"],
        "searchParam": [
            {"name": "_id", "type": "token"},
            {"name": "_lastUpdated", "type": "date"},
            *({"name": p.name, "type": p.kind} for p in PARAMETERS[type_]),
        ],
    }
    if references:
        statement["searchInclude"] = [f"{type_}:{name}" for name in references]
    if pointed:
        statement["searchRevInclude"] = pointed
    return statement
