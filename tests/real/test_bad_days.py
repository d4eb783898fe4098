"""A full disk and a clock that is set, under the running daemon."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon_process import DaemonProcess, eventually
from tests.http_collector import HttpCollector
from tests.real.servers import program
from tests.uptime.test_end_to_end import _config, door

LIBRARY = next(map(str, Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), "")

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 12 MB."""
    if os.getuid() != 0:
        pytest.skip("mounting needs root")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "siaga-test", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _fill(folder: Path) -> Path:
    """Take all the room there is."""
    filler = folder / "filler"
    with contextlib.suppress(OSError), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


async def test_with_a_full_disk_an_outage_is_told_and_stands_once_when_there_is_room(
    tmp_path: Path,
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with HttpCollector() as collector, door() as target:
            async with DaemonProcess(disk, _config(target, collector.url)) as daemon:
                await daemon.wait_state("pintu", "up", 5)
                filler = _fill(disk)

                async def given_up() -> bool:
                    _fill(disk)
                    return not (disk / "siaga.db.ballast").exists()

                await eventually(given_up, 20, daemon.said)
                _fill(disk)  # the room that the ballast had, too
                await target.close()
                await daemon.wait_state("pintu", "down", 8)
                (down,) = await collector.wait(1)
                assert "Pintu Depan" in down.title + down.message
                filler.unlink()

                async def stands() -> bool:
                    monitor = (await daemon.get("/status"))["monitor"]
                    found = (await daemon.get("/incidents"))["items"]
                    return monitor["store"] == "ok" and [i["id"] for i in found] == ["INC-1"]

                await eventually(stands, 20, daemon.said)
                assert await daemon.terminate() == 0
            entries = [
                entry
                for (entry,) in daemon.database().execute("SELECT entry FROM ledger")
                if '"new":"down"' in entry and '"pintu"' in entry
            ]
            assert len(entries) == 1
            verified = await asyncio.to_thread(
                subprocess.run,
                [*_siaga(), "ledger", "verify", "-c", str(daemon.path)],
                check=False,
            )
            assert verified.returncode == 0


@pytest.mark.parametrize("step", ["+3600", "-3600"])
async def test_a_clock_set_by_an_hour_makes_no_outage_and_stops_no_check(
    tmp_path: Path, step: str
) -> None:
    program("faketime")
    stamp = tmp_path / "clock"
    stamp.write_text("+0")
    env = {
        "LD_PRELOAD": LIBRARY,
        "FAKETIME_TIMESTAMP_FILE": str(stamp),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    async with HttpCollector() as collector, door() as target:
        config = _config(target, collector.url)
        async with DaemonProcess(tmp_path, config, env=env) as daemon:
            before = await daemon.wait_state("pintu", "up", 8)
            stamp.write_text(step)

            async def goes_on() -> bool:
                row = (await daemon.rows())["pintu"]
                moved = row["last_result"][:13] != before["last_result"][:13]
                return bool(moved and row["state"] == "up")

            await eventually(goes_on, 10, daemon.said)
            assert (await daemon.get("/incidents"))["items"] == []
            await target.close()
            await daemon.wait_state("pintu", "down", 8)
            await collector.wait(1)
            (row,) = (await daemon.get("/sla", last="6h"))["rows"]
            parts = sum(v for k, v in row.items() if k.endswith("_ms") and k != "budget_left_ms")
            assert parts == 6 * 3_600_000


def _siaga() -> list[str]:
    import sys

    return [sys.executable, "-m", "uptime"]
