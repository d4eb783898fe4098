"""One HTTP/1.1 request and its answer over one new connection: our transport, made to measure.

httpx's pool costs eight times as much and under load falsifies the latency it reports; it
serves HTTP/2 and proxies only (`stock.py`). The request comes as bytes, built once a check.
Everything is bounded here (llhttp bounds nothing) but time, which is the runner's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import perf_counter
from typing import NamedTuple

import httptools

from probes.base import ProbeFailed, Reason, safe_text
from probes.net.body import Body, Coding
from probes.net.connect import Address
from probes.net.tls import Session
from probes.net.wire import Tls, Wire

MAX_HEAD = 65_536
CODINGS: dict[str, Coding] = {
    "": "", "identity": "", "gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate",
}  # fmt: skip

JOINT = {b"set-cookie": b"\n"}


class Answer(NamedTuple):
    """What came back; `body` is empty unless it was to be kept, `cut` says there was more.

    Header names are lower-case; repeated ones are joined by ", ", cookies by a line break.
    """

    status: int
    version: str
    headers: Mapping[bytes, bytes]
    body: bytes
    size: int
    cut: bool
    readable: bool
    address: Address | None
    session: Session | None

    def header(self, name: bytes) -> str | None:
        found = self.headers.get(name)
        return None if found is None else found.decode("latin-1")


class Exchange(Wire):
    """Sends `request`, reads one answer. After `run()`: `answer()`."""

    __slots__ = (
        "_body", "_framed", "_got", "_head", "_head_only", "_headers", "_keep", "_most", "_parser",
        "_raw", "_readable_body", "_request", "_status", "_version", "first", "sent",
    )  # fmt: skip

    def __init__(
        self,
        addresses: Sequence[Address],
        port: int,
        tls: Tls | None,
        request: bytes,
        *,
        head_only: bool,
        most: int,
        keep: bool,
    ) -> None:
        super().__init__(addresses, port, tls)
        self._request = request
        self._head_only = head_only
        self._most = most
        self._keep = keep
        self._parser: httptools.HttpResponseParser | None = None
        self._head = 0  # bytes until the headers were complete
        self._raw = 0  # bytes after that, framing included
        self._got = 0  # bytes of the body as sent
        self._headers: dict[bytes, bytes] = {}
        self._status = 0
        self._version = ""
        self._body: Body | None = None
        self._framed = False  # the end of the body is marked in the stream
        self._readable_body = True
        self.sent = self.first = 0.0

    def answer(self) -> Answer:
        assert self._body is not None
        return Answer(
            self._status, self._version, self._headers, self._body.end(), self._body.size,
            self._body.full, self._readable_body, self.address, self.session,
        )  # fmt: skip

    def phases(self) -> dict[str, float]:
        phases = super().phases()
        if self.sent:
            now = self.finished or perf_counter()
            phases["processing"] = (self.first or now) - self.sent
            if self.first:
                phases["transfer"] = now - self.first
        return phases

    def close(self) -> None:
        super().close()
        self._parser = None

    # ---- hooks of the wire ----

    def opened(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self.sent = self.open_since
        self.write(self._request)

    def received(self, data: bytes) -> None:
        if not self.first:
            self.first = perf_counter()
        parser = self._parser
        if parser is None:
            return
        if self._body is None:
            self._head += len(data)
        else:
            self._raw += len(data)
        try:
            parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self.finish()
        except httptools.HttpParserError as error:
            self._fault(error)
        if self.finished:
            return
        if self._body is None:
            if self._head > MAX_HEAD:
                self._too_much_head()
        elif self._raw > MAX_HEAD + 8 * self._most:  # chunks that are all framing
            self._body.full = True
            self.finish()

    def ended(self) -> None:
        if not self.first:
            self._incomplete("connection closed without an answer")
        elif self._body is None:
            self._incomplete("connection closed within the headers")
        elif self._framed:
            length = self._headers.get(b"content-length", b"").decode("latin-1")
            of = f" of {safe_text(length, 20)}" if length else ""
            self._incomplete(f"connection closed within the body, after {self._got}{of} bytes")
        else:
            self.finish()  # the end of the connection is the end of the body

    # ---- hooks of the parser ----

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._body is None:  # trailers say nothing we ask for
            name = name.lower()
            if name in self._headers:
                value = self._headers[name] + JOINT.get(name, b", ") + value
            self._headers[name] = value

    def on_headers_complete(self) -> None:
        parser = self._parser
        if parser is None:
            return
        status = parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._headers.clear()  # an interim answer; the real one follows
            return
        if self._head > MAX_HEAD and header_size(self._headers) > MAX_HEAD:
            self._too_much_head()
            return
        self._status = status
        self._version = parser.get_http_version()
        self._framed = b"content-length" in self._headers or (
            b"chunked" in self._headers.get(b"transfer-encoding", b"").lower()
        )
        # Several encodings, or one that was not asked for: counted, never read.
        named = self._headers.get(b"content-encoding", b"").decode("latin-1")
        coding: Coding = CODINGS.get(named.strip().lower(), "other") if named else ""
        self._readable_body = coding != "other"
        self._body = Body(coding, self._most, keep=self._keep)
        if self._head_only:
            self.finish()

    def on_body(self, data: bytes) -> None:
        body = self._body
        if body is None or self.finished:
            return
        self._got += len(data)
        body.add(data)
        if body.full:
            self.finish()

    def on_message_complete(self) -> None:
        if self._body is not None:
            self.finish()

    # ---- ends ----

    def _incomplete(self, text: str) -> None:
        self.finish(ProbeFailed(Reason.INCOMPLETE, text))

    def _too_much_head(self) -> None:
        text = f"more than {MAX_HEAD // 1024} KiB of headers"
        self.finish(ProbeFailed(Reason.TOO_LARGE, text))

    def _fault(self, error: httptools.HttpParserError) -> None:
        """What the parser stumbled over; what comes after a complete answer is not ours."""
        if self.finished:
            return
        cause = error.__context__
        if isinstance(cause, ProbeFailed):
            self.finish(cause)
        elif cause is not None:
            self.finish(cause)  # a fault of ours
        else:
            where = "the body" if self._body is not None else "the answer"
            text = f"{where} is not HTTP: {safe_text(str(error), 120).lower()}"
            self.finish(ProbeFailed(Reason.PROTOCOL, text))


def header_size(headers: Mapping[bytes, bytes]) -> int:
    return sum(len(name) + len(value) + 4 for name, value in headers.items())
