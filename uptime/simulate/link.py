"""Simulated links: hosts that answer pings, or do not."""

from __future__ import annotations

from uptime.simulate.fault import Fault, Kind
from uptime.simulate.network import Network
from uptime.simulate.server import Address, Server, SilentServer

STAND_IN_PORT = 7007
"""Where a link listens instead, where this machine forbids networks of our own."""


class Link(Server):
    """A host in the simulated network; `delay` is its usual round trip in seconds."""

    faults = frozenset({Kind.SILENT, Kind.UNREACHABLE, Kind.LOSSY, Kind.LATE})

    def __init__(self, host: str, network: Network, delay: float) -> None:
        super().__init__(Address(host, 0))
        self._network = network
        self._delay = delay

    async def open(self) -> None:
        self._tell()

    async def close(self) -> None:
        self._network.tell(self.address.host, answer="silent")

    async def suffer(self, fault: Fault | None) -> None:
        self.fault = fault
        self._tell()

    def _tell(self) -> None:
        amount = self.fault.amount if self.fault is not None else 0.0
        host, answer, delay, loss = self.address.host, "echo", self._delay, 0.0
        match self.kind:
            case Kind.SILENT | Kind.UNREACHABLE as kind:
                answer = kind.value
            case Kind.LOSSY:
                loss = amount
            case Kind.LATE:
                delay += amount
        self._network.tell(host, answer=answer, delay=delay, loss=loss)


class LinkStandIn(SilentServer):
    """The same host by tcp: it can be cut off, but tcp hides a loss and a delay."""

    faults = Link.faults

    def __init__(self, host: str) -> None:
        super().__init__(Address(host, STAND_IN_PORT))

    async def suffer(self, fault: Fault | None) -> None:
        cut = fault is not None and fault.kind in {Kind.SILENT, Kind.UNREACHABLE}
        await super().suffer(Fault(Kind.CLOSED) if cut else None)
