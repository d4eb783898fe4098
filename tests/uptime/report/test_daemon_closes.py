"""The daemon as a process closes what is due, and what it is told to."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.daemon_process import DaemonProcess, eventually
from tests.uptime.report.world import CONFIG, ZONE, World
from uptime.report.closing import due
from uptime.store.history import History
from uptime.store.ledger_verify import audit

DAY_S = 86_400


def local(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, ZONE):%Y-%m-%d %H:%M}"


async def test_a_daemon_closes_months_by_itself_and_when_told(tmp_path: Path) -> None:
    now = time.time()
    world = World(since=local(now - 75 * DAY_S), until=local(now - 600))
    await asyncio.to_thread(world.record, tmp_path)
    database = f"sqlite:///{tmp_path / 'siaga.db'}"

    def wanted() -> list[str]:
        with History.open(database) as history:
            return due(history, round(now * 1000), ZONE)

    def closed() -> list[tuple[str, int]]:
        with History.open(database) as history:
            return [(kept.month, kept.revision) for kept in history.reports()]

    months = await asyncio.to_thread(wanted)
    assert months
    async with DaemonProcess(tmp_path, CONFIG.partition("\n\n")[2]) as daemon:

        async def all_closed() -> bool:
            return [month for month, _ in await asyncio.to_thread(closed)] == months

        await eventually(all_closed, 60, daemon.said)
        told = {"month": months[-1], "reason": "sebab diperbaiki"}
        answer = await daemon.post("/reports", told)
        assert (answer["month"], answer["revision"]) == (months[-1], 2)
        with pytest.raises(httpx.HTTPStatusError, match="409"):
            await daemon.post("/reports", {"month": months[-1]})
        assert await daemon.terminate() == 0

    def checked() -> tuple[object, ...]:
        with History.open(database) as history:
            return audit(history).findings

    assert await asyncio.to_thread(checked) == ()
    assert (await asyncio.to_thread(closed))[-1] == (months[-1], 2)
