"""Runs of one probe, as the runner bounds them: an outcome, a failure, or its deadline."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter

import pytest

from probes.base import Outcome, Probe, ProbeFailed, Trace, current_trace
from probes.net import Net


@pytest.fixture
async def net() -> AsyncIterator[Net]:
    """A Net, and proof that no descriptor outlives the test."""
    before = _sockets()
    made = Net()
    yield made
    await made.aclose()
    for _ in range(50):  # the servers' side closes in the loop's next turns
        if _sockets() <= before:
            return
        await asyncio.sleep(0.01)
    raise AssertionError(f"descriptors left open: {_sockets() - before}")


def _sockets() -> set[str]:
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            link = str(descriptor.readlink())
        except OSError:
            continue  # the listing's own
        if link.startswith("socket:"):
            found.add(link[len("socket:[") : -1])
    pairs = Path("/proc/self/net/unix").read_text()  # a loop's own, made when it wants them
    return found - {line.split()[6] for line in pairs.splitlines()[1:]}


async def good(probe: Probe, net: Net) -> Outcome:
    async with asyncio.timeout(10):
        return await probe.run(net, {})


async def failed(probe: Probe, net: Net) -> ProbeFailed:
    """How it failed; fails the test if it did not."""
    async with asyncio.timeout(10):
        with pytest.raises(ProbeFailed) as caught:
            await probe.run(net, {})
    return caught.value


async def late(probe: Probe, net: Net, seconds: float = 0.3) -> Trace:
    """What is left of a run that its deadline ended, in time."""
    trace = Trace()
    current_trace.set(trace)
    began = perf_counter()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(seconds):
            await probe.run(net, {})
    assert perf_counter() - began < seconds + 0.5
    return trace
