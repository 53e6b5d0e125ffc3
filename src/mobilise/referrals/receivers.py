"""Where notices may go: to public addresses, and to those private ones that the deployer names.

A registered system chooses where its notices are sent. Were every address allowed, it could have
the server knock at doors that only the server can reach (server-side request forgery).
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from urllib.parse import SplitResult, urlsplit

from mobilise.errors import InputError

VARIABLE = "MOBILISE_PRIVATE_RECEIVERS"
Network = IPv4Network | IPv6Network
_NAT64 = ip_network("64:ff9b::/96")
# Local translators, and a form of IPv4 addresses that is no longer used: they lead who knows where.
_OBSCURE = (ip_network("64:ff9b:1::/48"), ip_network("::/96"))


class NotReached(OSError):  # noqa: N818  (named as the other refusals are)
    """A receiver's address is one that no notice may be sent to."""


@dataclass(frozen=True)
class Pinned:
    """A receiver whose name was looked up once, so that it cannot lead elsewhere afterwards.

    Attributes
    ----------
    url
        Its address, with the number in the place of the name.
    host
        What the request says it is for.
    name
        The name that its certificate must bear.
    """

    url: str
    host: str
    name: str


def networks_of(text: str) -> tuple[Network, ...]:
    """Return the networks that a setting names.

    Examples
    --------
    >>> networks_of("10.2.0.0/16, 127.0.0.1")
    (IPv4Network('10.2.0.0/16'), IPv4Network('127.0.0.1/32'))
    """
    try:
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError as error:
        raise InputError(f"{VARIABLE}: networks with commas between: 10.2.0.0/16.") from error


def may_reach(address: str, allowed: tuple[Network, ...]) -> bool:
    """Return whether a notice may be sent to an address.

    Parameters
    ----------
    address
        A numeric IPv4 or IPv6 address.
    allowed
        Networks that are not public, but may be reached.

    Examples
    --------
    >>> may_reach("127.0.0.1", ()), may_reach("169.254.169.254", ()), may_reach("9.9.9.9", ())
    (False, False, True)
    """
    meant = _meant(ip_address(address.partition("%")[0]))
    if any(meant in network for network in allowed):
        return True
    if any(meant in network for network in _OBSCURE):
        return False
    return meant.is_global and not meant.is_multicast


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 one stands for, where it does."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        teredo = address.teredo
        return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else address)
    return address


def check_receiver(url: str, allowed: tuple[Network, ...]) -> None:
    """Refuse a receiver whose address can be seen to be private; names are looked up at sending.

    Raises
    ------
    InputError
        It is, or it is no address at all.
    """
    host = _host(_parts(url))
    try:
        private = not may_reach(host, allowed)
    except ValueError:  # a name
        private = host == "localhost" and not any(net.is_loopback for net in allowed)
    if private:
        raise InputError(
            "Subscription.channel.endpoint: a private address; notices go to public ones, and to "
            f"those that the deployer names in {VARIABLE}."
        )


def pinned(url: str, allowed: tuple[Network, ...]) -> Pinned:
    """Look a receiver up, and return where exactly to send.

    Raises
    ------
    NotReached
        Its name leads, with any of its addresses, to one that may not be reached.
    OSError
        There is no such name.
    """
    parts = _parts(url)
    host = _host(parts)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(may_reach(address, allowed) for address in addresses):
        raise NotReached
    number = f"[{addresses[0]}]" if ":" in addresses[0] else addresses[0]
    named = f"[{host}]" if ":" in host else host
    target = parts._replace(netloc=f"{number}:{port}", fragment="")
    return Pinned(target.geturl(), f"{named}:{parts.port}" if parts.port else named, host)


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise InputError("Subscription.channel.endpoint: no address.") from error
    if parts.username is not None or not parts.hostname:
        raise InputError("Subscription.channel.endpoint: https://host/path, without a password.")
    return parts


def _host(parts: SplitResult) -> str:
    return (parts.hostname or "").rstrip(".").lower()
