"""A real daemon as a process of its own, spoken to over its socket, as users have it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

HEAD = """\
[siaga]
organisation = "Uji"
timezone = "Asia/Jakarta"
language = "en"
listen = "127.0.0.1:{port}"
"""


class DaemonProcess:
    """`siaga run` on a configuration in `folder`; killed at the end if it still runs."""

    def __init__(
        self, folder: Path, config: str, *, env: dict[str, str] | None = None, port: int = 0
    ) -> None:
        self.folder = folder
        self.path = folder / "checks.toml"
        self.log = folder / "daemon.log"
        self.environ = {**os.environ, **(env or {})}
        self.port = port or free_port()
        self.process: subprocess.Popen[bytes] | None = None
        self.api = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(folder / "siaga.sock")),
            base_url="http://siaga",
            timeout=15,
        )
        self.configure(config)

    def configure(self, config: str) -> None:
        self.path.write_text(HEAD.format(port=self.port) + config)

    async def __aenter__(self) -> Self:
        self.start()
        await self.wait_ready()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        await self.api.aclose()

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "uptime", "run", "-c", str(self.path)],
                stdout=log, stderr=log, env=self.environ, cwd=Path(__file__).parent.parent,
            )  # fmt: skip

    async def wait_ready(self, within: float = 20.0) -> None:
        async def ready() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, (
                f"ended with {self.process.returncode}:\n{self.said()}"
            )
            try:
                return (await self.api.get("/readyz")).status_code == 200
            except httpx.HTTPError:
                return False

        await eventually(ready, within, lambda: f"not ready:\n{self.said()}")

    def said(self) -> str:
        return self.log.read_text(errors="replace")[-6000:]

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    async def terminate(self, within: float = 15.0) -> int:
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, within)

    async def get(self, path: str, **query: Any) -> Any:
        response = await self.api.get(f"/api/v1{path}", params=query)
        response.raise_for_status()
        return response.json()

    async def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        response = await self.api.post(f"/api/v1{path}", json=body or {})
        response.raise_for_status()
        return response.json()

    async def rows(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in (await self.get("/status"))["checks"]}

    async def wait_state(self, check: str, state: str, within: float) -> dict[str, Any]:
        """The row of a check once it is in `state`."""
        found: dict[str, Any] = {}

        async def there() -> bool:
            found.clear()
            found.update((await self.rows()).get(check, {"state": "absent"}))
            return bool(found["state"] == state)

        await eventually(there, within, lambda: f"{check} is {found}, not {state}\n{self.said()}")
        return found

    def database(self) -> sqlite3.Connection:
        """Read-only, for asking what was recorded."""
        return sqlite3.connect(f"file:{self.folder / 'siaga.db'}?mode=ro", uri=True)


async def eventually(
    holds: Callable[[], Awaitable[bool]], within: float, why: Callable[[], str] = str
) -> None:
    """Asks twenty times a second until it holds."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    while not await holds():
        if loop.time() > deadline:
            raise AssertionError(f"not within {within} s: {why()}")
        await asyncio.sleep(0.05)


def free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
