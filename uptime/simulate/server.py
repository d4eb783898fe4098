"""A simulated service at an address: it opens, suffers faults, recovers and closes."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ssl
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from typing import ClassVar, NamedTuple, TypeVar

from uptime.simulate.fault import Fault, Kind

T = TypeVar("T")

_LONGEST = 60.0  # seconds that one conversation may last
_FAREWELL = 0.5  # seconds that closing may take
CLIENT_LEFT = (
    ConnectionError,
    asyncio.IncompleteReadError,
    asyncio.LimitOverrunError,
    TimeoutError,
)


class Address(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class CannotServe(Exception):
    """An address of the simulation is not to be had."""


class Server(ABC):
    """One service. `fault` is what is wrong with it now; None: all is well."""

    faults: ClassVar[frozenset[Kind]]
    """What it knows how to suffer."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.fault: Fault | None = None
        self._settled = False

    @property
    def kind(self) -> Kind | None:
        return self.fault.kind if self.fault is not None else None

    @abstractmethod
    async def open(self) -> None:
        """Listen; on another port if something else has it. Raises CannotServe."""

    @abstractmethod
    async def close(self) -> None:
        """Nobody listens from here on, conversations under way are cut."""

    async def listen(self, start: Callable[[Address], Awaitable[T]]) -> T:
        """Start there, the first time also elsewhere: once open it must be found again."""
        try:
            return await start(self.address)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or self._settled:
                raise _cannot(self.address, error) from error
        try:
            return await start(Address(self.address.host, 0))
        except OSError as error:
            raise _cannot(self.address, error) from error

    def settle(self, port: int) -> None:
        """It listens on this port from now on."""
        self.address = Address(self.address.host, port)
        self._settled = True

    async def suffer(self, fault: Fault | None) -> None:
        """From now on this is wrong, or nothing is."""
        before, self.fault = self.kind, fault
        if self.kind is Kind.CLOSED:
            await self.close()
        elif before is Kind.CLOSED:
            await self.open()


class StreamServer(Server):
    """A service over TCP: one conversation a connection."""

    faults = frozenset({Kind.CLOSED, Kind.HANGS, Kind.SLOW})

    def __init__(self, address: Address) -> None:
        super().__init__(address)
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()

    def context(self) -> ssl.SSLContext | None:
        """For TLS from the first byte on."""
        return None

    @abstractmethod
    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """The conversation; the connection is closed after it."""

    async def open(self) -> None:
        async def start(address: Address) -> asyncio.Server:
            host, port = address
            return await asyncio.start_server(self._accept, host, port, ssl=self.context())

        self._server = await self.listen(start)
        self.settle(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        if self._server is None:
            return
        self._server.close()
        talks = list(self._talks)
        for talk in talks:
            talk.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        # A client that never finishes its handshake must not hold a closed port for a minute.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await self._server.wait_closed()
        self._server = None

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        try:
            async with asyncio.timeout(_LONGEST):
                await self._converse(reader, writer)
        except (*CLIENT_LEFT, asyncio.CancelledError):
            # Streams report a cancelled conversation as an error of the loop: it ends here.
            pass
        finally:
            self._talks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                await writer.wait_closed()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.kind is Kind.HANGS:
            while await reader.read(4096):
                pass  # until the client has had enough
            return
        if self.fault is not None and self.kind is Kind.SLOW:
            await asyncio.sleep(self.fault.amount)
        await self.talk(reader, writer)


class SilentServer(StreamServer):
    """Takes connections and waits for the client to begin, as databases do."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        del writer  # it has nothing to say
        while await reader.read(4096):
            pass


def _cannot(address: Address, error: OSError) -> CannotServe:
    return CannotServe(f"cannot listen on {address}: {error.strerror or error}")
