"""What probes share, owned by the daemon and passed in; opened when it is first used."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from probes.net.connect import Address

if TYPE_CHECKING:
    from probes.net.ping import PingEngine
    from probes.net.resolver import Resolver
    from probes.net.tls import Contexts

Family = Literal["4", "6", "any"]

__all__ = ["Address", "Family", "Net"]


class Net:
    """Resolver, TLS contexts and ping sockets of one daemon; used on one loop."""

    def __init__(
        self,
        *,
        nameservers: Sequence[str] | None = None,
        ping_sockets: Mapping[socket.AddressFamily, socket.socket] | None = None,
    ) -> None:
        self._nameservers = nameservers
        self._ping_sockets = ping_sockets
        self._resolver: Resolver | None = None
        self._contexts: Contexts | None = None
        self._ping: PingEngine | None = None

    async def resolve(self, host: str, family: str = "any") -> list[Address]:
        """Addresses of a name or address, the preferred first. Raises ProbeFailed."""
        literal = literal_address(host)
        if literal is not None:
            return [literal]
        return await self.resolver.resolve(host, family)

    @property
    def resolver(self) -> Resolver:
        if self._resolver is None:
            from probes.net.resolver import Resolver

            self._resolver = Resolver(self._nameservers)
        return self._resolver

    @property
    def contexts(self) -> Contexts:
        if self._contexts is None:
            from probes.net.tls import Contexts

            self._contexts = Contexts()
        return self._contexts

    @property
    def ping(self) -> PingEngine:
        if self._ping is None:
            from probes.net.ping import PingEngine

            self._ping = PingEngine(self._ping_sockets)
        return self._ping

    def can_ping(self) -> str | None:
        """None if pinging works here, else how to allow it."""
        return self.ping.problem()

    async def aclose(self) -> None:
        if self._ping is not None:
            self._ping.close()
        if self._resolver is not None:
            self._resolver.close()


@lru_cache(maxsize=65536)
def literal_address(host: str) -> Address | None:
    """The address that a host is written as, with its zone; None for a name."""
    if not (host[:1].isdigit() or ":" in host):
        return None
    try:
        parsed = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
    family = socket.AF_INET6 if parsed.version == 6 else socket.AF_INET
    return Address(family, host)
