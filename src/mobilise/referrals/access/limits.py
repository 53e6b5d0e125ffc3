"""How often a door may be knocked at, by who knocks."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cache

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from mobilise.errors import TooMany


@dataclass(frozen=True)
class Limiter:
    """The counters of one running server.

    Parameters
    ----------
    sign_in, token, link, api
        How often, as "10/minute".
    """

    sign_in: str = "10/minute"
    token: str = "60/minute"  # noqa: S105  (how often, not which)
    link: str = "30/minute"
    api: str = "6000/minute"
    window: SlidingWindowCounterRateLimiter = field(
        default_factory=lambda: SlidingWindowCounterRateLimiter(MemoryStorage())
    )

    def knock(self, door: str, who: str) -> None:
        """Count a knock.

        Parameters
        ----------
        door
            sign_in, token, link or api.
        who
            An address or an account, by its id.

        Raises
        ------
        TooMany
            They knocked too often.
        """
        item = _often(getattr(self, door))
        if not self.window.hit(item, door, who):
            reset = self.window.get_window_stats(item, door, who).reset_time
            raise TooMany(f"{door}: too many requests", max(1, round(reset - time.time())))


@cache
def _often(text: str) -> RateLimitItem:
    return parse(text)
