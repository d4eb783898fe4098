"""Prometheus' own linter over a page with a check of every kind."""

from __future__ import annotations

import asyncio
from asyncio.subprocess import PIPE

import pytest

from tests.uptime.test_metrics import NOW, World, https, row
from tests.uptime.web.hostile import HOSTILE
from uptime.core.model import Incident, Result, Severity, Status

pytestmark = pytest.mark.real


async def page() -> bytes:
    world = World()
    for number, text in enumerate(HOSTILE.values()):
        world.board.put(row(f"web-{number}", target=text, labels={"opd": text}))
    world.board.put(row("stale", result=https("stale", status=Status.UNKNOWN)))
    pinged = Result("link", 1, NOW, 0.02, Status.UP, loss=0.0, phases={"rtt": 0.01})
    world.board.put(row("link", type="icmp", result=pinged))
    asked = Result("dns", 1, NOW, 0.02, Status.UP, phases={"request": 0.01})
    world.board.put(row("dns", type="dns", result=asked))
    world.board.show_incident(Incident(1, "down", "web-1", Severity.HIGH, NOW))
    metrics = world.metrics
    metrics.probe("http", "up")
    metrics.lateness(0.001)
    metrics.commit(0.001)
    metrics.notification("piket", "delivered")
    metrics.outbox({"piket": 1}, NOW, NOW)
    metrics.availability("web-1", "24h", 99.9)
    metrics.budget("web-1", 0.5)
    return b"".join([chunk async for chunk in metrics.render()])


async def test_promtool_is_silent() -> None:
    text = await page()
    linter = await asyncio.create_subprocess_exec(
        "promtool", "check", "metrics", stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    said = await linter.communicate(text)
    assert (linter.returncode, *said) == (0, b"", b"")
