"""What probes share, owned by the daemon and handed in; nothing is opened before it is used."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from probes.net.connect import Address

if TYPE_CHECKING:
    from probes.net.ping import PingEngine
    from probes.net.resolver import Resolver
    from probes.net.tls import Contexts

Family = Literal["4", "6", "any"]

__all__ = ["Address", "Family", "Net", "literal_address"]


class Net:
    """Resolver, TLS contexts and ping sockets of one daemon; used on one loop."""

    def __init__(
        self,
        *,
        nameservers: Sequence[str] | None = None,
        ca_file: Path | None = None,
        ping_sockets: Mapping[socket.AddressFamily, socket.socket] | None = None,
    ) -> None:
        self._nameservers = nameservers
        self._ca_file = ca_file
        self._ping_sockets = ping_sockets

    async def resolve(
        self, host: str, family: Family = "any", deadline: float | None = None
    ) -> list[Address]:
        """Addresses of a name or address, the preferred first; raises ProbeFailed.

        `deadline` is the seconds that the whole run has, so that a lookup ends before the run does.
        """
        literal = literal_address(host)
        if literal is not None:
            return [literal]
        return await self.resolver.resolve(host, family, deadline)

    @cached_property
    def resolver(self) -> Resolver:
        from probes.net.resolver import Resolver

        return Resolver(self._nameservers)

    @cached_property
    def tls(self) -> Contexts:
        from probes.net.tls import Contexts

        return Contexts(self._ca_file)

    @cached_property
    def ping(self) -> PingEngine:
        from probes.net.ping import PingEngine

        return PingEngine(self._ping_sockets)

    def can_ping(self) -> str | None:
        """None if pinging works here, else how to allow it."""
        return self.ping.problem()

    async def aclose(self) -> None:
        """Close what was opened; safe to call twice."""
        opened = self.__dict__
        if "ping" in opened:
            opened.pop("ping").close()
        if "resolver" in opened:
            opened.pop("resolver").close()


@lru_cache(maxsize=65_536)
def literal_address(host: str) -> Address | None:
    """The address that a host is written as, its zone included; None for a name."""
    if not (host[:1].isdigit() or ":" in host):
        return None
    try:
        parsed = ipaddress.ip_address(host)
    except ValueError:
        return None
    return Address(socket.AF_INET6 if parsed.version == 6 else socket.AF_INET, host)
