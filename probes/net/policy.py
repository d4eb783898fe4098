"""Where a redirect may lead: never from further out to further in.

The address a person wrote into the configuration is theirs to choose; what a target sends us to
is not. A hop may stay in its zone or leave it outwards.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from enum import IntEnum
from functools import lru_cache

from probes.base import ProbeFailed, Reason
from probes.net.connect import Address

_METADATA = {
    ipaddress.ip_address(text)
    for text in ("169.254.169.254", "100.100.100.200", "192.0.0.192", "fd00:ec2::254")
}
_SHARED = ipaddress.ip_network("100.64.0.0/10")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class Zone(IntEnum):
    """From the inside out."""

    LOOPBACK = 0
    PRIVATE = 1
    PUBLIC = 2


@lru_cache(maxsize=4096)
def zone(host: str) -> Zone | str:
    """Where an address lies, or in words why nobody may be sent there."""
    address = _plain(ipaddress.ip_address(host))
    if address in _METADATA:
        return "a cloud's metadata address"
    if address.is_unspecified:
        return "the unspecified address"
    if address.is_loopback:
        return Zone.LOOPBACK
    if address.is_link_local:
        return "a link-local address"
    if address.is_multicast:
        return "a multicast address"
    if isinstance(address, ipaddress.IPv4Address):
        if address in ipaddress.ip_network("0.0.0.0/8"):
            return "an address of this host"
        if address.is_reserved:
            return "a reserved address"
        if address in _SHARED:
            return Zone.PRIVATE
    return Zone.PUBLIC if address.is_global else Zone.PRIVATE


def outward(addresses: Iterable[Address], now: Zone) -> Zone:
    """The zone a hop leads to; raises ProbeFailed (unknown, `policy`) where it must not lead.

    All addresses of a name count: one bad among good ones is how names are made to deceive.
    """
    reached = Zone.PUBLIC
    for address in addresses:
        found = zone(address.host)
        if isinstance(found, str):
            raise _refused(f"{found} ({address.host})")
        if found < now:
            words = "loopback" if found is Zone.LOOPBACK else "private"
            raise _refused(f"the {words} address {address.host} from further out")
        reached = min(reached, found)
    return max(now, reached)


def _refused(where: str) -> ProbeFailed:
    return ProbeFailed(Reason.POLICY, f"a redirect leads to {where}: not followed", blame="self")


def _plain(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    """The IPv4 address that an IPv6 one stands for, where it stands for one."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address.sixtofour is not None:
            return address.sixtofour
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address
