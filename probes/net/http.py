"""One HTTP exchange over one new connection: our transport, for measuring.

Resolve, connect, TLS, send, read: each phase is taken where it happens, in the protocol's own
callbacks. Everything is bounded: bytes of headers (llhttp has no limit of its own), bytes of
body before and after inflating. The deadline is the runner's. httpx's pool costs eight times
as much and falsifies latency under load; it serves HTTP/2 and proxies only.
"""

from __future__ import annotations

import asyncio
import ssl
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httptools

from probes.base import Fact, ProbeFailed, Reason, Trace, safe_text
from probes.net.connect import Address, Connected, connect, failure
from probes.net.tls import Trust, certificate_facts, handshake_failed, keep_presented, session_facts

if TYPE_CHECKING:
    from probes.net import Net

MAX_HEADERS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: what credentials and connections belong to."""

    scheme: str
    host: str
    port: int


@dataclass(slots=True)
class Response:
    """What came back; `truncated` when the body is longer than was read."""

    status: int
    version: str
    headers: dict[str, str]
    body: bytes
    received: int
    truncated: bool
    address: Address
    tls: Mapping[str, Fact] = field(default_factory=dict)


async def exchange(
    net: Net,
    origin: Origin,
    request: bytes,
    *,
    trust: Trust,
    family: str,
    max_body: int,
    trace: Trace,
    head: bool = False,
    server_name: str | None = None,
    address: Address | None = None,
) -> Response:
    """Send prebuilt bytes, read one answer; phases are added to `trace`. Raises ProbeFailed."""
    began = time.perf_counter()
    addresses = [address] if address is not None else await net.resolve(origin.host, family)
    resolved = time.perf_counter()
    phases = trace.phases
    phases["resolve"] = phases.get("resolve", 0.0) + resolved - began
    connected = await connect(addresses, origin.port)
    phases["connect"] = phases.get("connect", 0.0) + connected.at - resolved
    facts = trace.facts
    facts["ip"], facts["ip_family"] = connected.address.host, connected.address.version
    context = net.contexts.get(trust) if origin.scheme == "https" else None
    wire = _Wire(request, max_body, head)
    tls = await _open(wire, connected, context, server_name or origin.host, trace)
    try:
        await wire.finished
        return wire.response(connected.address, tls)
    finally:
        if wire.sent:
            answered = wire.first or time.perf_counter()
            phases["processing"] = phases.get("processing", 0.0) + answered - wire.sent
            if wire.first:
                ended = wire.ended or time.perf_counter()
                phases["transfer"] = phases.get("transfer", 0.0) + ended - wire.first
        wire.close()


async def _open(
    wire: _Wire,
    connected: Connected,
    context: ssl.SSLContext | None,
    name: str,
    trace: Trace,
) -> dict[str, Fact]:
    """Put the conversation on the socket, through TLS if there is a context."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    if context is None:
        try:
            await loop.create_connection(lambda: wire, sock=connected.sock)
        except BaseException:
            connected.sock.close()
            raise
        return {}
    box = keep_presented()
    try:
        transport, _ = await loop.create_connection(
            lambda: wire, sock=connected.sock, ssl=context, server_hostname=name
        )
    except (OSError, ssl.SSLError, EOFError) as error:
        facts = certificate_facts(box)
        trace.facts.update(facts)
        raise handshake_failed(error, name, facts) from None
    except BaseException:
        connected.sock.close()
        raise
    finally:
        spent = (wire.made or time.perf_counter()) - began
        trace.phases["tls"] = trace.phases.get("tls", 0.0) + spent
    found = session_facts(transport.get_extra_info("ssl_object"))
    trace.facts.update(found)
    return found


class _Wire(asyncio.Protocol):
    """The conversation: bytes out, parser's callbacks in."""

    def __init__(self, request: bytes, max_body: int, head: bool) -> None:
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.made = self.sent = self.first = self.ended = 0.0
        self._request = request
        self._max_body = max_body
        self._head = head
        self._parser: httptools.HttpResponseParser | None = httptools.HttpResponseParser(self)
        self._transport: asyncio.Transport | None = None
        self._headers: dict[str, str] = {}
        self._header_bytes = 0
        self._in_headers = True
        self._status = 0
        self._version = ""
        self._body: list[bytes] = []
        self._size = 0
        self._received = 0
        self._length: int | None = None
        self._chunked = False
        self._inflate: zlib._Decompress | None = None
        self._truncated = False
        self._complete = False

    # ---- transport ----

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.made = time.perf_counter()
        assert isinstance(transport, asyncio.Transport) or hasattr(transport, "write")
        self._transport = transport  # type: ignore[assignment]
        transport.write(self._request)
        self.sent = time.perf_counter()

    def data_received(self, data: bytes) -> None:
        if not self.first:
            self.first = time.perf_counter()
        if self._parser is None:
            return
        self._received += len(data)
        if self._in_headers:
            self._header_bytes += len(data)
            if self._header_bytes > MAX_HEADERS and b"\r\n\r\n" not in data:
                self._fail(Reason.TOO_LARGE, f"more than {MAX_HEADERS} bytes of headers")
                return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._end()
        except ProbeFailed as error:
            self._stop(error)
        except (httptools.HttpParserError, zlib.error) as error:
            cause = error.__context__
            if isinstance(cause, ProbeFailed):
                self._stop(cause)
            elif not self.finished.done():
                self._fail(
                    Reason.PROTOCOL, f"not HTTP as it should be: {safe_text(str(error), 120)}"
                )

    def eof_received(self) -> None:
        return None

    def connection_lost(self, error: Exception | None) -> None:
        if self.finished.done():
            return
        if error is not None:
            failed = (
                failure(error, "the connection broke")
                if isinstance(error, OSError)
                else ProbeFailed(Reason.TLS, f"the connection broke: {safe_text(str(error))}")
            )
            self._stop(failed)
        elif not self.first:
            self._fail(Reason.INCOMPLETE, "the connection was closed without an answer")
        elif self._in_headers:
            self._fail(Reason.INCOMPLETE, "the connection was closed within the headers")
        elif self._length is not None or self._chunked:
            got = f"{self._size} of {self._length}" if self._length is not None else "a part"
            self._fail(Reason.INCOMPLETE, f"the body ended early: {got} bytes")
        else:
            self._end()  # a body that ends with the connection

    # ---- parser ----

    def on_header(self, name: bytes, value: bytes) -> None:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text

    def on_headers_complete(self) -> None:
        parser = self._parser
        assert parser is not None
        self._status = parser.get_status_code()
        if self._status < 200 and self._status != 101:
            self._headers.clear()  # an interim answer; the real one follows
            return
        self._in_headers = False
        self._version = parser.get_http_version()
        if self._head or self._status in {204, 304}:
            self._end()
            return
        length = self._headers.get("content-length", "")
        self._length = int(length) if length.isascii() and length.isdigit() else None
        self._chunked = "chunked" in self._headers.get("transfer-encoding", "").lower()
        match self._headers.get("content-encoding", "").strip().lower():
            case "gzip" | "x-gzip":
                self._inflate = zlib.decompressobj(16 + zlib.MAX_WBITS)
            case "deflate":
                self._inflate = zlib.decompressobj()
            case "" | "identity":
                pass
            case other:
                raise ProbeFailed(
                    Reason.PROTOCOL, f"content-encoding {safe_text(other, 40)} was not asked for"
                )
        if self._length == 0:
            self._end()

    def on_body(self, data: bytes) -> None:
        if self._truncated:
            return
        if self._inflate is not None:
            room = self._max_body - self._size + 1
            data = self._inflate.decompress(data, room)
        room = self._max_body - self._size
        if len(data) > room or (self._inflate is not None and self._inflate.unconsumed_tail):
            data = data[:room]
            self._truncated = True
        self._size += len(data)
        self._body.append(data)
        if self._truncated:
            self._end()

    def on_message_complete(self) -> None:
        if not self._in_headers:
            self._end()

    # ---- ends ----

    def response(self, address: Address, tls: Mapping[str, Fact]) -> Response:
        return Response(
            self._status, self._version, self._headers, b"".join(self._body), self._size,
            self._truncated, address, tls,
        )  # fmt: skip

    def close(self) -> None:
        """Cuts the ring of parser, protocol and transport, which only the GC would find."""
        self._parser = None
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def _end(self) -> None:
        if not self.finished.done():
            self.ended = time.perf_counter()
            self.finished.set_result(None)

    def _fail(self, reason: Reason, text: str) -> None:
        self._stop(ProbeFailed(reason, text))

    def _stop(self, error: ProbeFailed) -> None:
        if not self.finished.done():
            self.ended = time.perf_counter()
            self.finished.set_exception(error)
