"""Documents as the standard has them: in full, and brief for lists."""

from __future__ import annotations

import json
from typing import Any

from mobilise.directory.needs import catalogue
from mobilise.sources.hsds.normal import derived_id
from mobilise.sources.hsds.shapes import SHAPES

NEED_TAXONOMY = "Needs"
KIND_TAXONOMY = "Kinds of community asset"
_OURS = "mobilise"
_INSIDE = ("schedules", "service_areas", "languages", "funding", "cost_options", "contacts")


def to_json(document: Any) -> str:
    """Return compact JSON, the same for the same data."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def brief_of(document: dict[str, Any], shape: str) -> dict[str, Any]:
    """Return a record's own fields, without what is nested in it."""
    return {key: document[key] for key in SHAPES[shape].fields if key in document}


def service_in_brief(service: dict[str, Any]) -> dict[str, Any]:
    """Return a service as lists have it: its own fields and its organisation's."""
    brief = brief_of(service, "service")
    if "organization" in service:
        brief["organization"] = brief_of(service["organization"], "organization")
    return brief


def site_in_brief(site: dict[str, Any], service: dict[str, Any]) -> dict[str, Any]:
    """Return a service at a location as lists have it."""
    brief = brief_of(site, "service_at_location")
    if "location" in site:
        brief["location"] = brief_of(site["location"], "location")
    return {**brief, "service": service_in_brief(service)}


def site_in_full(site: dict[str, Any], service: dict[str, Any]) -> dict[str, Any]:
    """Return a service at a location with everything but the service's other locations."""
    whole = {key: value for key, value in service.items() if key != "service_at_locations"}
    return {**site, "service": whole}


def organization_in_full(
    organization: dict[str, Any], services: list[dict[str, Any]]
) -> dict[str, Any]:
    """Return an organisation with its services' names."""
    return {**organization, "services": services} if services else organization


def with_our_terms(service: dict[str, Any], kind: str | None, needs: list[str]) -> dict[str, Any]:
    """Return a service that is also listed under its kind and the needs it is for.

    These are ours, worked out from the publisher's words, and labelled so.
    """
    ours = [term for term in (kind_term(kind), *map(need_term, needs)) if term]
    if not ours:
        return service
    attributes = [
        {
            "id": derived_id(_OURS, "attribute", service["id"], term["id"]),
            "link_id": service["id"],
            "link_type": "service",
            "label": "worked out from its name, description and terms",
            "taxonomy_term_id": term["id"],
            "taxonomy_term": term,
        }
        for term in ours
    ]
    return {**service, "attributes": [*service.get("attributes", []), *attributes]}


def need_term(need: str) -> dict[str, Any]:
    """Return the term that stands for a need."""
    entry = catalogue().needs[need]
    return _term(NEED_TAXONOMY, entry.label, f"Help with {entry.says}.", entry.domain, need)


def kind_term(kind: str | None) -> dict[str, Any] | None:
    """Return the term that stands for a kind of asset."""
    if kind is None:
        return None
    from mobilise.assets import KINDS  # noqa: PLC0415  (few services are assets)

    if kind not in KINDS:
        return None
    entry = KINDS[kind]
    return _term(KIND_TAXONOMY, entry.label, entry.says, entry.domain, kind)


def our_terms() -> list[dict[str, Any]]:
    """Return all our terms, families first."""
    from mobilise.assets.kinds import catalogue as kinds  # noqa: PLC0415

    families = [_family(NEED_TAXONOMY, name, label) for name, label in catalogue().domains.items()]
    families += [
        _family(KIND_TAXONOMY, name, domain.label) for name, domain in kinds().domains.items()
    ]
    of_kinds = [term for kind in kinds().kinds if (term := kind_term(kind))]
    return [*families, *(need_term(need) for need in catalogue().needs), *of_kinds]


def our_taxonomies() -> list[dict[str, Any]]:
    """Return our taxonomies."""
    says = {
        NEED_TAXONOMY: "What people look for help with, and the services that are for it.",
        KIND_TAXONOMY: "Libraries, museums, parks and other places of a community.",
    }
    return [
        {"id": taxonomy_id(name), "name": name, "description": text, "version": "1"}
        for name, text in says.items()
    ]


def taxonomy_id(name: str) -> str:
    """Return the id of one of our taxonomies."""
    return derived_id(_OURS, "taxonomy", name)


def _term(taxonomy: str, name: str, says: str, family: str, code: str) -> dict[str, Any]:
    return {
        "id": derived_id(_OURS, "term", taxonomy, code),
        "code": code,
        "name": name,
        "description": says,
        "parent_id": _family_id(taxonomy, family),
        "taxonomy": taxonomy,
        "taxonomy_id": taxonomy_id(taxonomy),
    }


def _family(taxonomy: str, name: str, label: str) -> dict[str, Any]:
    return {
        "id": _family_id(taxonomy, name),
        "code": name,
        "name": label,
        "description": f"{label}: a family of terms.",
        "taxonomy": taxonomy,
        "taxonomy_id": taxonomy_id(taxonomy),
    }


def _family_id(taxonomy: str, name: str) -> str:
    return derived_id(_OURS, "family", taxonomy, name)
