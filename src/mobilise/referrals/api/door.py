"""Who stands at the door of the API, and the work they may begin."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mobilise.errors import NotAllowed, NotSignedIn
from mobilise.referrals.access.sessions import actor_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fastapi import Request

    from mobilise.referrals.actors import Actor
    from mobilise.referrals.settings import Settings
    from mobilise.referrals.store import Work

PURPOSES = {"TREAT", "HOPERAT", "HPAYMT", "PATRQT", "PUBHLTH", "HSYSADMIN", "COC", "FAMRQT"}


@dataclass(frozen=True)
class Door:
    """The door of one application."""

    settings: Settings

    def actor(self, request: Request) -> Actor:
        """Return who sends a request, by its bearer token.

        Raises
        ------
        NotSignedIn
            There is no token, or none that is good.
        TooMany
            They ask too often.
        """
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer" or not token:
            raise NotSignedIn("send a bearer token; get one at auth/token.")
        why = request.headers.get("x-purpose-of-use", "TREAT")
        actor = actor_of(self.settings.store, token, why if why in PURPOSES else "TREAT")
        self.settings.limiter.knock("api", actor.who)
        return actor

    @contextmanager
    def work(self, request: Request) -> Iterator[Work]:
        """Begin work for a request; what is refused is written down too."""
        actor = self.actor(request)
        with self.work_as(actor) as work:
            yield work

    @contextmanager
    def work_as(self, actor: Actor) -> Iterator[Work]:
        """Begin work as somebody; what is refused is written down too."""
        try:
            with self.settings.store.work(actor) as work:
                yield work
        except NotAllowed as error:
            with self.settings.store.work(actor) as refused:
                refused.note(
                    "refuse", str(error).partition(":")[0][:30], outcome="refused", detail=""
                )
            raise


def parsed(text: bytes) -> Any:
    """Return the JSON of a body.

    Raises
    ------
    NotFhir
        It is none.
    """
    import json  # noqa: PLC0415

    from mobilise.referrals.fhir.checking import NotFhir  # noqa: PLC0415

    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise NotFhir([("body", "must be a resource as JSON")]) from error


def _refuse(name: str) -> None:
    raise ValueError(name)
