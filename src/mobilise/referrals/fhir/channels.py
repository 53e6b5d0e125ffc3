"""Who wants to be told of what: Subscription, and the notification that is sent."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mobilise.errors import InputError
from mobilise.referrals.fhir.parameters import PARAMETERS
from mobilise.referrals.receivers import check_receiver

if TYPE_CHECKING:
    from mobilise.referrals.model import Subscription
    from mobilise.referrals.receivers import Network

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


def read_subscription(
    resource: dict[str, Any], allowed: tuple[Network, ...] = ()
) -> dict[str, Any]:
    """Return the columns of a subscription.

    Parameters
    ----------
    resource
        The Subscription.
    allowed
        Networks that are not public, but that notices may be sent to.

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
        check_receiver(endpoint, allowed)
    type_ = resource["criteria"].partition("?")[0]
    if type_ not in PARAMETERS:
        raise InputError("Subscription.criteria: begin with a type, as in Task?owner=...")
    wanted = "off" if resource["status"] == "off" else "active"
    return {
        "status": wanted,
        "criteria": resource["criteria"],
        "type": type_,
        "channel": channel["type"],
        "endpoint": endpoint,
    }
