"""Answers as bytes: whole where they are small, in slices where ten thousand checks speak."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from typing import TypeVar

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from uptime.pacer import Pacer
from uptime.schema import Wire
from uptime.web.problems import Refused

JSON = "application/json"
Item = TypeVar("Item")

_STEP = 16  # items between two looks at the clock
_CHUNK = 64 * 1024


class Sliced(Response):
    """A body made while it is sent. Leaner than Starlette's stream: no task group a request."""

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        media_type: str = JSON,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.chunks = chunks
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.init_headers(headers)

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        async for chunk in self.chunks:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def json(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return Response(encode(value), status, headers, JSON)


def encode(value: object) -> bytes:
    """JSON of a wire model or of plain values."""
    return orjson.dumps(value, default=_plain)


def _plain(value: object) -> object:
    if isinstance(value, Wire):
        return value.model_dump(by_alias=True)
    raise TypeError(type(value).__name__)


def items(
    values: Iterable[Item],
    next_: str | None,
    encoder: Callable[[Item], bytes] = encode,
    more: Mapping[str, object] | None = None,
) -> Response:
    """`{items, next}`, and what `more` there is to say of them, made and sent in slices."""

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in packed(b'{"items":[', listed(values, encoder)):
            yield chunk
        yield b"]," + encode({"next": next_, **(more or {})})[1:]

    return Sliced(chunks())


async def listed(
    values: Iterable[Item], encoder: Callable[[Item], bytes], pacer: Pacer | None = None
) -> AsyncIterator[bytes]:
    """Encoded values with commas between, a few milliseconds of them at a time."""
    pacer = pacer or Pacer()
    parts: list[bytes] = []
    comma = b""
    for count, value in enumerate(values):
        parts += (comma, encoder(value))
        comma = b","
        if count % _STEP == 0 and pacer.due:
            yield b"".join(parts)
            parts.clear()
            await pacer.breathe()
    yield b"".join(parts)


async def packed(head: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same bytes in pieces worth a system call."""
    parts, size = [head], len(head)
    async for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size >= _CHUNK:
            yield b"".join(parts)
            parts, size = [], 0
    yield b"".join(parts)


def cursor(place: str | int) -> str:
    """A place in a list, opaque so that nobody builds one."""
    return base64.urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def place(cursor_: str) -> str:
    try:
        padded = cursor_ + "=" * (-len(cursor_) % 4)
        return base64.b64decode(padded, b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        raise Refused(422, "not a cursor of ours", path="cursor") from None


def place_number(cursor_: str | None) -> int | None:
    if cursor_ is None:
        return None
    text = place(cursor_)
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Refused(422, "not a cursor of ours", path="cursor")
    return int(text)
