"""Where a redirect may lead: never from the outside to the inside.

The addresses that a person wrote into the configuration are theirs to choose; the ones a
target sends us to are not.
"""

from __future__ import annotations

import ipaddress
from typing import Literal

from probes.base import ProbeFailed, Reason

Reach = Literal["loopback", "private", "public"]
_RANKS: dict[str, int] = {"loopback": 0, "private": 1, "public": 2}


def reach(host: str) -> Reach:
    """How far an address lies from this machine."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_loopback:
        return "loopback"
    return "private" if address.is_private else "public"


def check_hop(host: str, came_from: str) -> None:
    """Raises ProbeFailed (unknown, `policy`) for an address that a redirect must not reach."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        kind = "link-local" if address.is_link_local else "special"
        raise ProbeFailed(Reason.POLICY, f"a redirect leads to a {kind} address", blame="self")
    if _RANKS[reach(host)] < _RANKS[reach(came_from)]:
        text = f"a redirect leads from a {reach(came_from)} to a {reach(host)} address"
        raise ProbeFailed(Reason.POLICY, text, blame="self")
