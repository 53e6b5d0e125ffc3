"""Who wants to be told of what: Subscription, and the notification that is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from mobilise.errors import InputError
from mobilise.referrals.access.grants import may_ask
from mobilise.referrals.fhir.parameters import PARAMETERS
from mobilise.referrals.receivers import check_receiver

if TYPE_CHECKING:
    from mobilise.referrals.model import Subscription
    from mobilise.referrals.store import Work

CHANNELS = ("rest-hook", "email")


def show_subscription(subscription: Subscription, before: dict[str, Any]) -> dict[str, Any]:
    """Return what a Subscription says."""
    return {
        "status": subscription.status,
        "reason": before.get("reason", "Told of changes"),
        "criteria": subscription.criteria,
        "channel": {
            **before.get("channel", {}),
            "type": subscription.channel,
            "endpoint": subscription.endpoint,
        },
    }


def read_subscription(resource: dict[str, Any], work: Work) -> dict[str, Any]:
    """Return the columns of a subscription.

    Parameters
    ----------
    resource
        The Subscription.
    work
        The transaction: who asks, and which private networks notices may be sent to.

    Raises
    ------
    InputError
        It asks for a channel, a payload or a criterion that this server does not have, or for
        notices to a private address.
    """
    channel = resource["channel"]
    if channel["type"] not in CHANNELS:
        raise InputError(f"Subscription.channel.type: one of {', '.join(CHANNELS)}.")
    if channel.get("payload") not in (None, "", "application/fhir+json"):
        raise InputError("Subscription.channel.payload: only application/fhir+json, or none.")
    endpoint = channel.get("endpoint", "")
    schemes = {"rest-hook": ("https", "http"), "email": ("mailto",)}[channel["type"]]
    if endpoint.partition(":")[0].lower() not in schemes:
        raise InputError(f"Subscription.channel.endpoint: needs {' or '.join(schemes)}:...")
    if channel["type"] == "rest-hook":
        check_receiver(endpoint, work.store.private_receivers)
    type_, _, query = resource["criteria"].partition("?")
    if type_ not in PARAMETERS:
        raise InputError("Subscription.criteria: begin with a type, as in Task?owner=...")
    for name, _ in parse_qsl(query, keep_blank_values=True):
        if not may_ask(work.actor.role, type_, name.partition(":")[0]):
            raise InputError("Subscription.criteria: not a parameter that you may search by.")
    wanted = "off" if resource["status"] == "off" else "active"
    return {
        "status": wanted,
        "criteria": resource["criteria"],
        "type": type_,
        "channel": channel["type"],
        "endpoint": endpoint,
    }
