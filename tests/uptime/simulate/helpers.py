"""The repository's own inventory, and small ways to ask a simulated server."""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from uptime.simulate.fault import Fault, Kind
from uptime.simulate.inventory import Inventory
from uptime.simulate.server import Address, Server

CHECKS = Path(__file__).parents[3] / "checks.toml"
# A network of this process's own, or tests that run side by side would take each other's ports.
TEXT = CHECKS.read_text().replace("127.33.", f"127.{34 + os.getpid() % 200}.")
INVENTORY = Inventory.parse(TEXT, CHECKS)
ANYWHERE = Address("127.0.0.1", 0)


@contextlib.asynccontextmanager
async def running(server: Server) -> AsyncIterator[Server]:
    await server.open()
    try:
        yield server
    finally:
        await server.close()


async def get(
    url: str, ca_file: Path | None = None, method: str = "GET", seconds: float = 5
) -> httpx.Response:
    verify = ssl.create_default_context(cafile=str(ca_file)) if ca_file else False
    async with httpx.AsyncClient(verify=verify, trust_env=False, timeout=seconds) as client:
        return await client.request(method, url)


async def connects(address: Address) -> bool:
    try:
        _, writer = await asyncio.open_connection(*address)
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


CLOSED, HANGS = Fault(Kind.CLOSED), Fault(Kind.HANGS)
