"""What a role may do with a type of record, and what a system's scopes leave of that.

Letters as in SMART's scopes: c create, r read, u update, s search. What is not listed is denied.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mobilise.errors import InputError, NotAllowed
from mobilise.referrals.actors import (
    ADMINISTRATOR,
    ANALYST,
    LINK_WORKER,
    OPERATOR,
    PROVIDER,
    REFERRER,
)

if TYPE_CHECKING:
    from mobilise.referrals.actors import Actor

GRANTS: dict[str, dict[str, str]] = {
    "Patient": {REFERRER: "crus", LINK_WORKER: "crus", PROVIDER: "rs"},
    "Consent": {REFERRER: "crus", LINK_WORKER: "crus"},
    "ServiceRequest": {REFERRER: "crus", LINK_WORKER: "crus", PROVIDER: "rs"},
    "Task": {REFERRER: "crus", LINK_WORKER: "crus", PROVIDER: "rus"},
    "Observation": {REFERRER: "rs", LINK_WORKER: "crus", PROVIDER: "crus"},
    "QuestionnaireResponse": {REFERRER: "crus", LINK_WORKER: "crus", PROVIDER: "crus"},
    "Organization": {
        REFERRER: "rs",
        LINK_WORKER: "rs",
        PROVIDER: "rs",
        ANALYST: "rs",
        ADMINISTRATOR: "crus",
    },
    "HealthcareService": {
        REFERRER: "rs",
        LINK_WORKER: "rs",
        PROVIDER: "rus",
        ANALYST: "rs",
        ADMINISTRATOR: "crus",
    },
    "Location": {
        REFERRER: "rs",
        LINK_WORKER: "rs",
        PROVIDER: "rs",
        ANALYST: "rs",
        ADMINISTRATOR: "crus",
    },
    "PractitionerRole": {REFERRER: "rs", LINK_WORKER: "rs", PROVIDER: "rs", ADMINISTRATOR: "crus"},
    "Subscription": {
        REFERRER: "crus",
        LINK_WORKER: "crus",
        PROVIDER: "crus",
        ADMINISTRATOR: "crus",
    },
    "AuditEvent": {ADMINISTRATOR: "rs"},
}
# What a provider is not shown of a person, it cannot ask for either: each answer would tell some.
_NOT_ASKED = {
    (PROVIDER, "Patient"): frozenset(
        {"identifier", "birthdate", "address-postalcode", "general-practitioner", "organization"}
    )
}
_SCOPE = re.compile(r"system/(\*|[A-Z][A-Za-z]+)\.(c?r?u?d?s?|read|write|\*)")
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}


def allow(actor: Actor, type_: str, letter: str) -> None:
    """Let the actor pass, or refuse.

    Raises
    ------
    NotAllowed
        Neither the role nor, for a system, a scope grants this.
    """
    if actor.role != OPERATOR and letter not in GRANTS.get(type_, {}).get(actor.role, ""):
        raise NotAllowed(f"{type_}: the role {actor.role} may not {_VERBS[letter]} it.")
    if actor.scopes is not None and not any(
        scope_type in {type_, "*"} and letter in letters
        for scope_type, letters in map(letters_of, actor.scopes)
    ):
        raise NotAllowed(f"{type_}: the token's scopes do not grant to {_VERBS[letter]} it.")


def may_ask(role: str, type_: str, parameter: str) -> bool:
    """Return whether a role may search a type by a parameter: not by what it is not shown.

    Examples
    --------
    >>> may_ask("provider", "Patient", "birthdate"), may_ask("provider", "Patient", "family")
    (False, True)
    """
    return parameter not in _NOT_ASKED.get((role, type_), frozenset())


_VERBS = {"c": "create", "r": "read", "u": "change", "s": "search"}


def letters_of(scope: str) -> tuple[str, str]:
    """Return a scope's type and letters; SMART's first version is understood too.

    Examples
    --------
    >>> letters_of("system/Task.cruds"), letters_of("system/*.read")
    (('Task', 'cruds'), ('*', 'rs'))
    """
    found = _SCOPE.fullmatch(scope)
    if found is None or not found[2]:
        raise InputError("a scope is written as system/Task.cruds")
    return found[1], _V1.get(found[2], found[2])
