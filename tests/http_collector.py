"""A webhook receiver that plays good and bad: records JSON posts, fails by plan.

Each request takes the next step of the plan, then `ok` for ever:
`ok` (200), a status such as `500`, `429` or `429:7` (with Retry-After), `hang` (takes the
request and never answers), `reset` (takes the request, then cuts the connection).
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self


@dataclass(frozen=True)
class Post:
    """One request as received. `at` is of time.monotonic(); `step` what became of it."""

    at: float
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    step: str

    @property
    def title(self) -> str:
        return str(self.body.get("title", ""))

    @property
    def message(self) -> str:
        return str(self.body.get("message", self.body.get("text", "")))


class HttpCollector:
    """`async with HttpCollector(["500", "hang"]) as collector: … collector.url`."""

    def __init__(self, plan: Iterable[str] = (), *, default: str = "ok", port: int = 0) -> None:
        self.posts: list[Post] = []
        self.plan = deque(plan)
        self.default = default
        self.port = port
        self._news = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.port}/"

    @property
    def accepted(self) -> list[Post]:
        return [post for post in self.posts if post.step == "ok"]

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait(self, count: int, *, accepted: bool = True, seconds: float = 10.0) -> list[Post]:
        """Returns once that many posts were accepted (or came at all)."""

        def there() -> bool:
            return len(self.accepted if accepted else self.posts) >= count

        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(there)
        return self.accepted if accepted else self.posts

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            await self._answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:] if line)
        }
        raw = await reader.readexactly(int(headers.get("content-length", "0")))
        body = json.loads(raw) if raw else {}
        step = self.plan.popleft() if self.plan else self.default
        post = Post(time.monotonic(), head[0].split(" ")[1], headers, body, step)
        async with self._news:
            self.posts.append(post)
            self._news.notify_all()
        if step == "hang":
            await asyncio.Event().wait()
        if step == "reset":
            linger = struct.pack("ii", 1, 0)
            transport_socket = writer.get_extra_info("socket")
            transport_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            return
        status, _, retry = step.partition(":")
        code = "200" if status == "ok" else status
        answer = json.dumps({"ok": code == "200", "description": f"answer {code}"}).encode()
        lines = [f"HTTP/1.1 {code} X", f"Content-Length: {len(answer)}", "Connection: close"]
        if retry:
            lines.append(f"Retry-After: {retry}")
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + answer)
        await writer.drain()
