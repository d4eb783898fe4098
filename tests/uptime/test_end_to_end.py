"""The main job through a real process: watch, record, show, tell; and bad days."""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon_process import DaemonProcess, eventually, free_port
from tests.http_collector import HttpCollector

FAST = """
[defaults]
interval = "1s"
timeout = "500ms"
retry_interval = "200ms"
failure_threshold = 2
success_threshold = 2
"""


class Door:
    """A TCP port that can be closed and opened again."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    @staticmethod
    async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()


@contextlib.asynccontextmanager
async def door() -> AsyncIterator[Door]:
    one = Door()
    await one.open()
    try:
        yield one
    finally:
        await one.close()


def _config(target: Door, channel: str, extra: str = "", check: str = "") -> str:
    return f"""{extra}{FAST}
[checks.pintu]
type = "tcp"
target = "127.0.0.1:{target.port}"
name = "Pintu Depan"
{check}
[channels.piket]
url = "{channel}"
language = "en"

[[routes]]
channels = ["piket"]
group_wait = "0s"
"""


async def test_an_outage_is_found_recorded_told_and_its_recovery_too(tmp_path: Path) -> None:
    async with (
        HttpCollector() as collector,
        door() as target,
        DaemonProcess(tmp_path, _config(target, collector.url)) as daemon,
    ):
        await daemon.wait_state("pintu", "up", 5)
        await target.close()
        row = await daemon.wait_state("pintu", "down", 5)
        assert (row["reason"], row["blame"], row["incident"]) == ("refused", "target", "INC-1")
        (down,) = await collector.wait(1)
        assert "Pintu Depan" in down.title + down.message
        acked = await daemon.post("/incidents/INC-1/ack", {"note": "on it"})
        assert acked["acked"]["by"]
        assert "acknowledged" in (await daemon.rows())["pintu"]["overlays"]
        metrics = (await daemon.api.get("/metrics")).text
        assert 'siaga_check_state{check="pintu"' in metrics
        await target.open()
        await daemon.wait_state("pintu", "up", 5)
        _, recovered = await collector.wait(2)
        assert "Pintu Depan" in recovered.title + recovered.message
        incident = await daemon.get("/incidents/INC-1")
        assert (incident["state"], [t["kind"] for t in incident["told"]]) == (
            "closed", ["down", "recovered"],
        )  # fmt: skip
        assert await daemon.terminate() == 0
    conditions = [
        json.loads(entry)
        for (entry,) in daemon.database().execute("SELECT entry FROM ledger ORDER BY seq")
    ]
    transitions = [e["new"] for e in conditions if e["type"] == "transition"]
    assert transitions[:3] == ["up", "down", "up"]
    assert len(collector.accepted) == 2


async def test_a_killed_daemon_goes_on_where_it_was_and_books_its_absence_as_unknown(
    tmp_path: Path,
) -> None:
    async with HttpCollector() as collector, door() as target:
        async with DaemonProcess(tmp_path, _config(target, collector.url)) as daemon:
            await daemon.wait_state("pintu", "up", 5)
            await target.close()
            await daemon.wait_state("pintu", "down", 5)

            async def marked() -> bool:
                told = (await daemon.get("/incidents/INC-1"))["told"]
                return [t["state"] for t in told] == ["delivered"]

            await eventually(marked, 5)
            daemon.kill()
            await asyncio.sleep(2.5)  # the absence itself is what is tested
            daemon.start()
            await daemon.wait_ready()
            row = await daemon.wait_state("pintu", "down", 5)
            assert row["incident"] == "INC-1"
            await target.open()
            await daemon.wait_state("pintu", "up", 5)
            await collector.wait(2)
            (sla,) = [
                r for r in (await daemon.get("/sla", last="1h"))["rows"] if r["kind"] == "check"
            ]
            assert sla["unknown_ms"] >= 2000
            assert sla["incidents"] == 1
            total = sum(v for k, v in sla.items() if k.endswith("_ms") and k != "budget_left_ms")
            assert total == pytest.approx(3_600_000, abs=5)
    kinds = [post.body.get("title", "") for post in collector.accepted]
    assert len(kinds) == 2, kinds


async def test_a_reload_keeps_state_and_a_bad_one_keeps_everything(tmp_path: Path) -> None:
    async with HttpCollector() as collector, door() as target:
        good = _config(target, collector.url)
        async with DaemonProcess(tmp_path, good) as daemon:
            before = await daemon.wait_state("pintu", "up", 5)
            daemon.configure(good + "\n[checks.pintu2]\ntype = 'tcp'\n")
            daemon.signal(signal.SIGHUP)

            async def refused() -> bool:
                return bool((await daemon.get("/status"))["monitor"]["config_errors"])

            await eventually(refused, 5)
            assert (await daemon.rows())["pintu"]["since"] == before["since"]
            assert (
                "siaga_config_last_reload_successful 0" in (await daemon.api.get("/metrics")).text
            )
            more = good + f"\n[checks.kedua]\ntype = 'tcp'\ntarget = '127.0.0.1:{target.port}'\n"
            daemon.configure(more)
            daemon.signal(signal.SIGHUP)
            await daemon.wait_state("kedua", "up", 12)
            rows = await daemon.rows()
            assert rows["pintu"]["since"] == before["since"]
            assert (await daemon.get("/status"))["monitor"]["config_errors"] == []


async def test_a_second_daemon_on_the_same_database_ends_with_3_and_a_taken_port_with_5(
    tmp_path: Path,
) -> None:
    async with HttpCollector() as collector, door() as target:
        config = _config(target, collector.url)
        async with DaemonProcess(tmp_path, config) as first:
            second = DaemonProcess(tmp_path, config)
            second.start()
            assert second.process is not None
            assert await asyncio.to_thread(second.process.wait, 15) == 3
            other = tmp_path / "other"
            other.mkdir()
            third = DaemonProcess(other, config, port=first.port)
            third.start()
            assert third.process is not None
            assert await asyncio.to_thread(third.process.wait, 15) == 5
            for stray in (second, third):
                await stray.api.aclose()


async def test_a_frozen_daemon_makes_no_outage_of_it(tmp_path: Path) -> None:
    async with HttpCollector() as collector, door() as target:
        async with DaemonProcess(tmp_path, _config(target, collector.url)) as daemon:
            await daemon.wait_state("pintu", "up", 5)
            daemon.signal(signal.SIGSTOP)
            await asyncio.sleep(8)  # longer than any deadline of a run
            daemon.signal(signal.SIGCONT)
            await daemon.wait_state("pintu", "up", 10)
            incidents = (await daemon.get("/incidents"))["items"]
            assert incidents == []
            (sla,) = [
                r for r in (await daemon.get("/sla", last="1h"))["rows"] if r["kind"] == "check"
            ]
            assert sla["unknown_ms"] >= 6000
    assert collector.posts == []
