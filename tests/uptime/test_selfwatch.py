"""Who was not able to measure says so, whichever callback the loop runs first."""

from __future__ import annotations

import asyncio
import time

import pytest

from uptime.clock import Clock
from uptime.selfwatch import SelfWatch


@pytest.mark.blocks
async def test_a_run_during_a_standstill_is_not_believed_before_or_after_the_heartbeat() -> None:
    lags: list[float] = []
    watch = SelfWatch(Clock(), lags.append)
    loop = asyncio.get_running_loop()
    started = loop.time()
    time.sleep(0.6)  # the fault: somebody blocks the loop
    assert "stood still" in (watch.blind_during(started) or ""), "judged before the heartbeat ran"
    await asyncio.sleep(0.01)
    assert max(lags) > 0.3
    assert "stood still" in (watch.blind_during(started) or ""), "judged after it"
    assert watch.blind_during(loop.time()) is None, "what begins now is believed"
    watch.stop()


async def test_a_healthy_loop_is_believed() -> None:
    watch = SelfWatch(Clock())
    started = asyncio.get_running_loop().time()
    await asyncio.sleep(0.45)
    assert watch.blind_during(started) is None
    watch.stop()


async def test_a_clock_set_during_a_run_makes_it_unknown() -> None:
    offset = 0.0
    watch = SelfWatch(Clock(wall=lambda: time.time() + offset))
    started = asyncio.get_running_loop().time()
    offset = 3600.0
    await asyncio.sleep(0.3)
    assert watch.blind_during(started) == "the clock was set by +3600.0 s"
    watch.stop()
