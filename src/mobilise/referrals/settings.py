"""What a running server of the personal plane needs to know."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mobilise.referrals.access.limits import Limiter

if TYPE_CHECKING:
    from mobilise.referrals.access.oidc import Provider
    from mobilise.referrals.store import Store


@dataclass(frozen=True)
class Mail:
    """The server that e-mail goes out by.

    Parameters
    ----------
    host, port
        Where it is.
    sender
        What it is sent from.
    user, password
        What it knows us by, where it asks.
    tls
        Whether to use STARTTLS.
    """

    host: str
    port: int = 25
    sender: str = "referrals@localhost"
    user: str | None = None
    password: str | None = None
    tls: bool = False


@dataclass(frozen=True)
class Settings:
    """What a running server knows.

    Parameters
    ----------
    store
        The open database.
    base
        The public address of the FHIR API, such as "https://care.example.org/fhir": what tokens
        must be meant for, and what links begin with.
    secret
        What e-mailed links are signed with.
    pages
        The public address of the care pages; links to single tasks begin with it.
    limiter
        How often a door may be knocked at.
    mail
        Where e-mail goes out; null where none does.
    exports
        The folder for bulk exports, readable by the server alone.
    oidc
        The organisation's own sign-in, where there is one.
    """

    store: Store
    base: str
    secret: bytes
    pages: str = ""
    limiter: Limiter = field(default_factory=Limiter)
    mail: Mail | None = None
    exports: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="mobilise-")))
    oidc: Provider | None = None

    @property
    def token_address(self) -> str:
        """Return where systems get their tokens."""
        return f"{self.base}/auth/token"
