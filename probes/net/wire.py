"""One conversation over one new TCP connection, by callbacks; TLS on it if asked.

What happens is stamped in the callback in which the kernel tells, never after an `await`: with
many probes in one tick the difference is what their neighbours cost. TLS runs on memory
buffers, so that asyncio and uvloop behave alike, no connection holds stdlib's 256 KB and the
chain of a failed handshake is at hand. The socket is closed on every way out, cancellation
included, and the rings of references are cut then.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Sequence
from time import perf_counter
from typing import NamedTuple, Self

from probes.base import ProbeFailed, Reason
from probes.net.connect import Address, Connected, Dial, failure, place
from probes.net.tls import Session, handshake_failure, session

_CHUNK = 65_536


class Tls(NamedTuple):
    """How to speak TLS on a connection: a shared context and the name asked for and checked."""

    context: ssl.SSLContext
    name: str


class Wire:
    """A conversation; subclasses say what is said.

    Hooks: `opened()` once bytes may be written, `received(data)`, `ended()` at the end of the
    other side's bytes. They call `write` and, once, `finish`.
    """

    __slots__ = (
        "_dial", "_done", "_error", "_incoming", "_loop", "_outgoing", "_port", "_sock", "_ssl",
        "_tls", "_unsent", "_writing", "address", "began", "connected", "finished", "session",
    )  # fmt: skip

    def __init__(self, addresses: Sequence[Address], port: int, tls: Tls | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._done: asyncio.Future[None] = self._loop.create_future()
        self._error: BaseException | None = None
        self._port = port
        self._tls = tls
        self._dial: Dial | None = Dial(self._loop, addresses, port, self._dialled)
        self._sock: socket.socket | None = None
        self._ssl: ssl.SSLObject | None = None
        self._unsent = b""
        self._writing = False  # the writer callback is on
        self.address: Address | None = None
        self.session: Session | None = None
        self.began = self.connected = self.finished = 0.0

    async def run(self) -> Self:
        """From the connection to `finish`; raises ProbeFailed."""
        self.began = perf_counter()
        assert self._dial is not None
        try:
            self._dial.next()
            await self._done
        finally:
            if not self.finished:
                self.finished = perf_counter()
            self.close()
        if self._error is not None:
            raise self._failed()
        return self

    # ---- what subclasses are told ----

    def opened(self) -> None:
        self.finish()

    def received(self, data: bytes) -> None:
        """Bytes came, decrypted."""

    def ended(self) -> None:
        """The other side will send no more."""

    # ---- what they do ----

    def write(self, data: bytes) -> None:
        if self._ssl is not None:
            self._ssl.write(data)
            self._flush()
        else:
            self._send(data)

    def finish(self, error: BaseException | None = None) -> None:
        """The conversation is over, well or not; what comes later is not heard."""
        if not self._done.done():
            self.finished = perf_counter()
            self._error = error
            self._done.set_result(None)
        self.close()

    def close(self) -> None:
        if self._dial is not None:
            self._dial.close()
            self._dial = None
        if self._sock is not None:
            number = self._sock.fileno()
            self._loop.remove_reader(number)
            if self._writing:
                self._loop.remove_writer(number)
                self._writing = False
            self._sock.close()
            self._sock = None
        self._ssl = None

    def phases(self) -> dict[str, float]:
        """Seconds by phase so far; the one under way counts until now."""
        if not self.began:
            return {}
        now = self.finished or perf_counter()
        if not self.connected:
            return {"connect": now - self.began}
        phases = {"connect": self.connected - self.began}
        if self._tls is not None:
            secured = self.session.at if self.session is not None else now
            phases["tls"] = secured - self.connected
        return phases

    @property
    def open_since(self) -> float:
        """When bytes could first be written; 0.0 before."""
        if self._tls is None:
            return self.connected
        return self.session.at if self.session is not None else 0.0

    # ---- callbacks ----

    def _dialled(self, came: Connected | ProbeFailed) -> None:
        self._dial = None
        if isinstance(came, ProbeFailed):
            self.finish(came)
            return
        self._sock, self.address, self.connected = came
        self._writing = True
        try:
            if self._tls is None:
                self.opened()
            else:
                self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
                self._ssl = self._tls.context.wrap_bio(
                    self._incoming, self._outgoing, server_hostname=self._tls.name or None
                )
                self._handshake()
            if self._sock is not None:
                self._loop.add_reader(self._sock.fileno(), self._readable)
                if not self._unsent:
                    self._quiet()
        except Exception as error:
            self.finish(error)

    def _readable(self) -> None:
        if self._sock is None:
            return
        try:
            data = self._sock.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            self.finish(failure(error, f"by {self._peer()}{self._during()}"))
            return
        try:
            if self._tls is not None:
                self._decrypt(data)
            elif data:
                self.received(data)
            else:
                self._ended()
        except Exception as error:  # a callback that fails must not leave the run hanging
            self.finish(error)

    def _ended(self) -> None:
        self.ended()
        if self._sock is not None:  # it goes on writing, but there is no more to read
            self._loop.remove_reader(self._sock.fileno())

    # ---- TLS ----

    def _handshake(self) -> None:
        assert self._ssl is not None
        assert self._tls is not None
        try:
            self._ssl.do_handshake()
        except ssl.SSLWantReadError:
            self._flush()
            return
        except ssl.SSLError as error:
            at = perf_counter()
            with contextlib.suppress(OSError):
                self._flush()  # the alert that tells the server why
            self.session = session(self._ssl, at)
            self.finish(handshake_failure(error, self._tls.name, self.session.chain))
            return
        self.session = session(self._ssl, perf_counter())
        self.opened()
        self._flush()

    def _decrypt(self, data: bytes) -> None:
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
        if self.session is None:
            self._handshake()
            if self.session is None:
                return
        while self._ssl is not None:
            try:
                plain = self._ssl.read(_CHUNK)
            except ssl.SSLWantReadError:
                break
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                plain = b""
            except ssl.SSLError as error:
                self.finish(handshake_failure(error, "", (), after=True))
                return
            if plain:
                self.received(plain)
            else:
                self._ended()
                return
        if self._ssl is not None:
            self._flush()

    def _flush(self) -> None:
        if self._ssl is not None and (data := self._outgoing.read()):
            self._send(data)

    # ---- sending ----

    def _send(self, data: bytes) -> None:
        if self._sock is None:
            return
        if self._unsent:
            self._unsent += data
            return
        try:
            sent = self._sock.send(data)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError:
            return  # the other side may have answered before it closed: reading tells
        if sent < len(data):
            self._unsent = data[sent:]
            self._writing = True
            self._loop.add_writer(self._sock.fileno(), self._writable)

    def _writable(self) -> None:
        if self._sock is None:
            return
        data, self._unsent = self._unsent, b""
        self._send(data)
        if not self._unsent:
            self._quiet()

    def _quiet(self) -> None:
        """Nothing waits to be sent."""
        if self._writing and self._sock is not None:
            self._loop.remove_writer(self._sock.fileno())
            self._writing = False

    # ---- words ----

    def _peer(self) -> str:
        return "the target" if self.address is None else place(self.address, self._port)

    def _during(self) -> str:
        return " during the TLS handshake" if self._tls is not None and not self.session else ""

    def _failed(self) -> BaseException:
        """The error to raise, held by nobody else: a ring through its traceback costs the GC."""
        error, self._error = self._error, None
        assert error is not None
        try:
            if isinstance(error, ProbeFailed):
                return error
            if isinstance(error, OSError):
                return failure(error, f"by {self._peer()}")
            if isinstance(error, MemoryError):
                return ProbeFailed(Reason.SELF, "out of memory", blame="self")
            return error
        finally:
            del error
