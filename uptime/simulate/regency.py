"""The regency: one server or link for every check whose target lies on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from uptime.simulate import pages
from uptime.simulate.authority import Authority
from uptime.simulate.fault import Fault, Outage
from uptime.simulate.inventory import Inventory, Place, moved, place
from uptime.simulate.link import Link, LinkStandIn
from uptime.simulate.mail import MailServer
from uptime.simulate.names import NameServer
from uptime.simulate.network import Network
from uptime.simulate.server import Address, Server, SilentServer
from uptime.simulate.shell import ShellServer, host_key
from uptime.simulate.web import SecureWebServer, WebServer

ZONE = "contoh.example"


class Regency:
    """`servers` by check; two checks of one place share a server."""

    def __init__(self, inventory: Inventory, state: Path, network: Network | None) -> None:
        """Blocking: makes keys and certificates."""
        self.authority = Authority.found(state / "tls")
        self._state = state
        self._network = network
        self._checks = inventory.checks
        self._hosts = _names(inventory)
        self.servers: dict[str, Server] = {}
        places: dict[Place, Server] = {}
        for name, check in inventory.checks.items():
            where = place(check["type"], check["target"])
            if where is not None:
                if where not in places:
                    places[where] = self._server(where, check)
                self.servers[name] = places[where]

    async def open(self) -> None:
        """All or nothing; raises CannotServe."""
        try:
            for server in set(self.servers.values()):
                await server.open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        await asyncio.gather(*(server.close() for server in set(self.servers.values())))

    async def begin(self, outage: Outage) -> None:
        await self._suffer(outage, outage.fault)

    async def end(self, outage: Outage) -> None:
        await self._suffer(outage, None)

    async def _suffer(self, outage: Outage, fault: Fault | None) -> None:
        for name in outage.checks:
            if name in self.servers:
                await self.servers[name].suffer(fault)

    @property
    def targets(self) -> dict[str, str]:
        """Where every simulated check finds its server, once it is open."""
        found = {}
        for name, server in self.servers.items():
            target = self._checks[name]["target"]
            port = server.address.port
            same = isinstance(server, Link) or port == self._port(name)
            found[name] = target if same else moved(target, port)
        return found

    @property
    def stand_ins(self) -> frozenset[str]:
        """Checks of links that are there by tcp only."""
        return frozenset(n for n, server in self.servers.items() if isinstance(server, LinkStandIn))

    def _port(self, name: str) -> int:
        check = self._checks[name]
        where = place(check["type"], check["target"])
        return where.port if where is not None else 0

    def _server(self, where: Place, check: Mapping[str, Any]) -> Server:
        address = Address(where.host, where.port)
        match where.scheme:
            case "icmp" if self._network is not None:
                return Link(where.host, self._network, _usual_delay(check))
            case "icmp":
                return LinkStandIn(where.host)
            case "http" | "https":
                site, suffering = pages.site(check, urlsplit(check["target"]).path or "/")
                if where.scheme == "http":
                    return WebServer(address, site, suffering=suffering)
                return SecureWebServer(address, site, self.authority, suffering=suffering)
            case "dns":
                return NameServer(address, ZONE, self._hosts)
            case "ssh":
                return ShellServer(address, host_key(self._state / "ssh_host_key"))
            case _ if "expect" in check:
                return MailServer(address)
            case _:
                return SilentServer(address)


def _names(inventory: Inventory) -> dict[str, str]:
    """web-portal is portal.contoh.example, at the address of its server."""
    found = {f"ns1.{ZONE}": "127.33.1.21"}
    for name, check in inventory.checks.items():
        where = place(check["type"], check["target"])
        if name.startswith("web-") and where is not None:
            found[f"{name.removeprefix('web-')}.{ZONE}"] = where.host
    return found


def _usual_delay(check: Mapping[str, Any]) -> float:
    """A leased line is slower than radio, radio than fibre, and the next room is near."""
    if check.get("contract") == "isp-c":
        return 0.014
    if "twr-utama" in check.get("depends_on", ()):
        return 0.009
    return 0.0004 if check.get("group") == "pusat-data" else 0.002
