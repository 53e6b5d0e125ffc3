"""What ends with an account: besides its sessions, what it had asked to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from mobilise.referrals.keeping import keep
from mobilise.referrals.model import Subscription

if TYPE_CHECKING:
    from mobilise.referrals.store import Work


def end_subscriptions(work: Work, who: str) -> None:
    """Turn off everything that somebody had asked to be told; what waits is not sent either."""
    query = select(Subscription).where(
        Subscription.subscriber == who, Subscription.status == "active"
    )
    for subscription in work.session.scalars(query).all():
        subscription.status = "off"
        keep(work, subscription)
