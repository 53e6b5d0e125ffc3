"""The personal plane as a server runs it: the store, the API, the courier, and their end."""

from __future__ import annotations

import os
import tempfile
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mobilise.errors import InputError
from mobilise.referrals.access.links import server_secret
from mobilise.referrals.access.oidc import Provider
from mobilise.referrals.courier import Courier
from mobilise.referrals.receivers import VARIABLE as RECEIVERS
from mobilise.referrals.receivers import networks_of
from mobilise.referrals.settings import Mail, Settings
from mobilise.referrals.store import open_store

if TYPE_CHECKING:
    from collections.abc import Iterator

MAIL, PUBLIC, EXPORTS = "MOBILISE_MAIL_URL", "MOBILISE_PUBLIC_URL", "MOBILISE_EXPORTS"
ISSUER, CLIENT, CLIENT_SECRET = (
    "MOBILISE_OIDC_ISSUER",
    "MOBILISE_OIDC_CLIENT",
    "MOBILISE_OIDC_SECRET",
)


@contextmanager
def personal_plane(database: str, address: str) -> Iterator[Settings]:
    """Open the personal plane for a server, with its courier; end both afterwards.

    Parameters
    ----------
    database
        The address of the database.
    address
        Where the server answers; MOBILISE_PUBLIC_URL goes before it, for who is behind a proxy.

    Raises
    ------
    StoreError
        The database cannot be used.
    InputError
        A setting cannot be read.
    """
    private = networks_of(os.environ.get(RECEIVERS, ""))
    with closing(open_store(database)) as store, _exports() as exports:
        store.private_receivers = private
        public = os.environ.get(PUBLIC, address).rstrip("/")
        settings = Settings(
            store,
            base=f"{public}/fhir",
            secret=server_secret(database),
            pages=f"{public}/care",
            mail=mail_of(os.environ.get(MAIL, "")),
            oidc=_provider(secure=public.startswith("https:")),
            exports=exports,
        )
        courier = Courier(settings).start()
        try:
            yield settings
        finally:
            courier.stop()


def mail_of(url: str) -> Mail | None:
    """Return the mail server that an address names, or null for none.

    Parameters
    ----------
    url
        "smtp://user:password@host:587/?from=referrals@example.org", or "smtps" in its place for
        STARTTLS.
    """
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise InputError(f"{MAIL}: write it as smtps://user:password@host:587/?from=address.")
    sender = parts.query.removeprefix("from=") or f"referrals@{parts.hostname}"
    return Mail(
        parts.hostname,
        parts.port or (587 if parts.scheme == "smtps" else 25),
        sender,
        parts.username,
        parts.password,
        parts.scheme == "smtps",
    )


@contextmanager
def _exports() -> Iterator[Path]:
    """Yield the folder for exports; where nobody names one, it goes when the server does."""
    if name := os.environ.get(EXPORTS):
        Path(name).mkdir(mode=0o700, parents=True, exist_ok=True)
        yield Path(name)
        return
    with tempfile.TemporaryDirectory(prefix="mobilise-exports-") as folder:
        yield Path(folder)


def _provider(*, secure: bool) -> Provider | None:
    issuer = os.environ.get(ISSUER)
    if not issuer:
        return None
    missing = [name for name in (CLIENT, CLIENT_SECRET) if not os.environ.get(name)]
    if missing:
        raise InputError(f"{ISSUER} is set, but not {', '.join(missing)}.")
    return Provider(issuer, os.environ[CLIENT], os.environ[CLIENT_SECRET], secure=secure)
