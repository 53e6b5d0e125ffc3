"""Who acts: a person or a system, for whom, in which role, and what for."""

from __future__ import annotations

from dataclasses import dataclass, replace

REFERRER = "referrer"
LINK_WORKER = "link worker"
PROVIDER = "provider"
ANALYST = "analyst"
ADMINISTRATOR = "administrator"
OPERATOR = "operator"


@dataclass(frozen=True)
class Actor:
    """Who is at the door.

    Parameters
    ----------
    who
        "user/ID", "client/ID", "link/ID", or "operator" for the command line.
    role
        One of the roles in words.toml, or "operator".
    organisation_id
        For whom they act; what they may see follows from it.
    scopes
        What a system was granted; null for people, whose role says it all.
    why
        The purpose of use (HL7 PurposeOfUse): TREAT, HOPERAT, PATRQT, HSYSADMIN ...
    task_id
        The one task that an e-mailed link opens.
    """

    who: str
    role: str
    organisation_id: str | None = None
    scopes: frozenset[str] | None = None
    why: str = "TREAT"
    task_id: str | None = None

    @property
    def user_id(self) -> str | None:
        """Return the account's id, where it is a person's."""
        kind, _, identity = self.who.partition("/")
        return identity if kind == "user" else None

    def wanting(self, why: str) -> Actor:
        """Return the same actor with another purpose of use."""
        return replace(self, why=why)


def operator(why: str = "HSYSADMIN") -> Actor:
    """Return who runs the command line on the machine itself."""
    return Actor(who="operator", role=OPERATOR, why=why)
