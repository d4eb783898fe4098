"""The regency as the probes see it: all is well, until the script says otherwise."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from probes.base import ProbeFailed
from probes.net import Net
from tests.uptime.simulate.helpers import INVENTORY
from uptime import config
from uptime.config import Check
from uptime.simulate.fault import Kind
from uptime.simulate.inventory import FAST, Found, derive, write
from uptime.simulate.regency import Regency
from uptime.simulate.scenario import SCRIPT

DEGRADED = {Kind.SLOW, Kind.LOSSY, Kind.LATE}


@contextlib.asynccontextmanager
async def watched(folder: Path) -> AsyncIterator[tuple[Regency, dict[str, Check], Net]]:
    """A regency without namespaces and the checks as the daemon would have them."""
    regency = await asyncio.to_thread(Regency, INVENTORY, folder, None)
    await regency.open()
    net = Net()
    try:
        found = Found(
            targets=regency.targets,
            stand_ins=regency.stand_ins,
            channels={},
            ca_file=regency.authority.file,
            listen="127.0.0.1:0",
            socket=str(folder / "siaga.sock"),
        )
        path = folder / "checks.toml"
        await asyncio.to_thread(write, derive(INVENTORY, found, FAST), path, path)
        loaded = await asyncio.to_thread(config.load, path, {})
        yield regency, dict(loaded.checks), net
    finally:
        await net.aclose()
        await regency.close()


async def verdict(check: Check, net: Net) -> str:
    """up, degraded or down."""
    try:
        async with asyncio.timeout(check.timeout):
            outcome = await check.probe.run(net, {})
    except (ProbeFailed, TimeoutError):
        return "down"
    return "degraded" if outcome.degraded else "up"


async def test_on_a_quiet_day_every_check_is_up(tmp_path: Path) -> None:
    async with watched(tmp_path) as (_, checks, net):
        for check in checks.values():
            assert await verdict(check, net) == "up", check.id


async def test_every_outage_of_the_script_shows_and_passes(tmp_path: Path) -> None:
    async with watched(tmp_path) as (regency, checks, net):
        for outage in SCRIPT:
            cause = checks[outage.checks[0]]
            await regency.begin(outage)
            expected = "degraded" if outage.fault.kind in DEGRADED else "down"
            if cause.id in regency.stand_ins and expected == "degraded":
                expected = "up"  # by tcp neither a loss nor a delay on the way is seen
            assert await verdict(cause, net) == expected, outage.story
            await regency.end(outage)
            assert await verdict(cause, net) == "up", outage.story
