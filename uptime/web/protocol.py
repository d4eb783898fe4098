"""HTTP/1.1 on one connection: uvicorn's parser and cycle, our limits and the peer's identity."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from uptime.web.peer import TcpPeer, unix_peer

HEAD_LIMIT = 16 * 1024
READ_S = 10.0  # a request, its body included, is here by then
WRITE_S = 30.0  # a client that takes nothing for so long is gone
CONNECTIONS = 200

_TITLES = {
    400: "Bad Request",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    503: "Service Unavailable",
}


class Connection(HttpToolsProtocol):
    """Puts who is at the other end into the request's state, and bounds what they may cost."""

    _reading: asyncio.TimerHandle | None = None
    _writing: asyncio.TimerHandle | None = None
    _in_head = True
    _head = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.access_log = False
        sock = transport.get_extra_info("socket")
        peer = unix_peer(sock) or TcpPeer(self.client[0] if self.client else "")
        self.app_state = {**self.app_state, "peer": peer}
        if len(self.connections) > CONNECTIONS:
            self._end(503, "too many connections")
            return
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        self._got()
        self._wrote()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._in_head:
            self._head += len(data)
        super().data_received(data)
        if self._in_head and self._head > HEAD_LIMIT and not self.transport.is_closing():
            self._end(431, f"the head is over {HEAD_LIMIT} bytes")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._reading is None:
            self._expect()

    def on_headers_complete(self) -> None:
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        self._in_head = False
        if size > HEAD_LIMIT:
            self._end(431, f"the head is over {HEAD_LIMIT} bytes")
            return
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self.transport.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._got()
        self._in_head, self._head = True, 0
        if not self.transport.is_closing():
            super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        if self._writing is None:
            self._writing = self.loop.call_later(WRITE_S, self.transport.abort)

    def resume_writing(self) -> None:
        self._wrote()
        super().resume_writing()

    def send_400_response(self, msg: str) -> None:
        if not self.transport.is_closing():
            self._end(400, msg)

    def _unsupported_upgrade_warning(self) -> None:
        """Nothing is upgraded here; that somebody asks is not worth a line."""

    def _expect(self) -> None:
        self._reading = self.loop.call_later(READ_S, self._late)

    def _got(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _wrote(self) -> None:
        if self._writing is not None:
            self._writing.cancel()
            self._writing = None

    def _late(self) -> None:
        self._reading = None
        self._end(408, f"the request was not here within {READ_S:.0f} s")

    def _end(self, status: int, detail: str) -> None:
        """A last word, unless an answer is under way, and the connection is closed."""
        self._got()
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        if cycle is None or cycle.response_complete:
            body: dict[str, Any] = {
                "type": "about:blank",
                "title": _TITLES[status],
                "status": status,
                "detail": detail,
            }
            data = orjson.dumps(body)
            self.transport.write(
                b"HTTP/1.1 %d %b\r\ncontent-type: application/problem+json\r\n"
                b"content-length: %d\r\nconnection: close\r\n\r\n%b"
                % (status, _TITLES[status].encode(), len(data), data)
            )
        self.transport.close()
