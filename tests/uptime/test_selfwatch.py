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


async def test_a_suspended_machine_is_told_of_and_its_runs_are_not_believed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asleep = 0.0
    monkeypatch.setattr("uptime.selfwatch._suspended", lambda: asleep)
    slept: list[float] = []
    watch = SelfWatch(Clock(), on_sleep=slept.append)
    started = asyncio.get_running_loop().time()
    asleep = 7200.0
    await asyncio.sleep(0.45)
    assert slept == [7200.0]
    assert watch.blind_during(started) == "the machine was suspended for 7200 s"
    watch.stop()


async def test_a_fault_in_who_listens_does_not_end_the_heartbeat() -> None:
    beats: list[float] = []

    def fault(lag: float) -> None:
        beats.append(lag)
        raise RuntimeError("a fault of ours")

    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda *_: None)
    watch = SelfWatch(Clock(), fault)
    await asyncio.sleep(0.75)
    assert len(beats) >= 2
    assert watch.blind_during(loop.time()) is None
    watch.stop()
