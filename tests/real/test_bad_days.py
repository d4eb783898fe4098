"""A full disk and a clock that is set, under the running daemon."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.daemon_process import DaemonProcess, eventually
from tests.http_collector import HttpCollector
from tests.real.watch import FOUND_WITHIN, NAME, configuration

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

HOUR = 3_600_000


class Door:
    """A TCP port that can be closed, and knows when somebody came (seconds, monotonic)."""

    def __init__(self) -> None:
        self.visits: list[float] = []
        self.port = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.visits.append(asyncio.get_running_loop().time())
        writer.close()

    @property
    def check(self) -> str:
        return f'type = "tcp"\ntarget = "127.0.0.1:{self.port}"'


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    one = Door()
    await one.open()
    yield one
    await one.close()


@contextlib.contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of 16 MB."""
    if os.getuid() != 0:
        pytest.skip("mounting needs root")
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16m", "siaga-test", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def _fill(folder: Path) -> Path:
    """Take all the room there is."""
    filler = folder / "filler"
    with filler.open("ab", buffering=0) as file:
        for size in (65536, 4096, 1):
            with contextlib.suppress(OSError):
                while file.write(bytes(size)) == size:
                    pass
    return filler


def _transitions(daemon: DaemonProcess) -> list[str]:
    """The conditions that the ledger says the check came to."""
    with contextlib.closing(daemon.database()) as database:
        entries = [json.loads(e) for (e,) in database.execute("SELECT entry FROM ledger")]
    found = [e for e in entries if e["type"] == "transition" and e["check"] == "it"]
    return [entry["new"] for entry in found if entry["old"] != entry["new"]]


@contextlib.contextmanager
def reading(daemon: DaemonProcess) -> Iterator[None]:
    """Somebody reads the database and does not end, so the write-ahead log cannot start anew:
    on a full disk it has no room of its own any more.
    """
    with contextlib.closing(daemon.database()) as database:
        database.execute("BEGIN")
        database.execute("SELECT count(*) FROM ledger").fetchone()
        yield


@pytest.mark.parametrize(
    ("store", "ends"), [("ok", "later"), ("broken", "later"), ("broken", "while it is full")]
)
async def test_with_a_full_disk_an_outage_is_told_and_stands_once_when_there_is_room(
    tmp_path: Path, door: Door, store: str, ends: str
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        async with HttpCollector() as collector:
            config = configuration(door.check, collector.url)
            async with DaemonProcess(disk, config) as daemon:
                await daemon.wait_state("it", "up", 5)
                with reading(daemon) if store == "broken" else contextlib.nullcontext():
                    filler = _fill(disk)

                    async def bites() -> bool:
                        _fill(disk)  # the room that the ballast had, too
                        return bool((await daemon.get("/status"))["monitor"]["store"] == store)

                    await eventually(bites, 20, daemon.said)
                    _fill(disk)
                    await door.close()
                    # What is shown waits for the store for two seconds at most.
                    await daemon.wait_state("it", "down", FOUND_WITHIN + 2)
                    (down,) = await collector.wait(1)
                    assert NAME in down.title
                    if ends == "while it is full":
                        await door.open()
                        await daemon.wait_state("it", "up", FOUND_WITHIN + 2)
                        await collector.wait(2)
                    assert (await daemon.get("/status"))["monitor"]["store"] == store
                filler.unlink()
                await _stands(daemon)
                if ends == "later":
                    await door.open()
                    await daemon.wait_state("it", "up", FOUND_WITHIN)
                    await collector.wait(2)
                assert await daemon.terminate() == 0
        assert len(collector.posts) == 2, "one message each way"
        assert _transitions(daemon) == ["up", "down", "up"]
        with contextlib.closing(daemon.database()) as database:
            assert database.execute("PRAGMA quick_check").fetchone() == ("ok",)
        verify = [sys.executable, "-m", "uptime", "ledger", "verify", "-c", str(daemon.path)]
        verified = await asyncio.to_thread(subprocess.run, verify, check=False)
        assert verified.returncode == 0


async def _stands(daemon: DaemonProcess) -> None:
    """The incident and the ledger entry of its outage, once each and soon."""

    async def stands() -> bool:
        found = (await daemon.get("/incidents"))["items"]
        stored = (await daemon.get("/status"))["monitor"]["store"] == "ok"
        with contextlib.closing(daemon.database()) as database:
            (rows,) = database.execute("SELECT count(*) FROM incident").fetchone()
        once = [i["id"] for i in found] == ["INC-1"] and rows == 1
        return stored and once and _transitions(daemon).count("down") == 1

    await eventually(stands, 20, daemon.said)


# The program, with a wall clock that can be set while it runs: the file says by how much, and
# the signal that it changed. (libfaketime opens a file at every look at a clock, which starves
# the loop of a busy machine: then what is tested is the library.)
ON_ANOTHER_CLOCK = """
import signal, sys, time
from pathlib import Path
file, real, offset = Path(sys.argv.pop(1)), time.time, [0]
time.time = lambda: real() + offset[0]
signal.signal(signal.SIGUSR1, lambda *_: offset.__setitem__(0, int(file.read_text())))
from uptime.cli import main
sys.exit(main())
"""


class OnAnotherClock(DaemonProcess):
    """A daemon whose wall clock can be set by a number of seconds."""

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", ON_ANOTHER_CLOCK, str(self._clock), "run", "-c",
                 str(self.path)],
                stdout=log, stderr=log, cwd=Path(__file__).parents[2],
            )  # fmt: skip

    def set_clock(self, seconds: int) -> None:
        """By so much from what the machine says."""
        self._clock.write_text(str(seconds))
        self.signal(signal.SIGUSR1)

    @property
    def _clock(self) -> Path:
        return self.folder / "clock"


async def _account(daemon: DaemonProcess) -> dict[str, Any]:
    """The time ledger of the last six hours."""
    (row,) = (await daemon.get("/sla", last="6h"))["rows"]
    parts = {k: v for k, v in row.items() if k.endswith("_ms") and k != "budget_left_ms"}
    assert sum(parts.values()) == 6 * HOUR
    return dict(row)


@pytest.mark.parametrize("step", [3600, -3600])
async def test_a_clock_that_is_set_makes_no_outage_and_changes_no_cadence(
    tmp_path: Path, door: Door, step: int
) -> None:
    async with HttpCollector() as collector:
        config = configuration(door.check, collector.url)
        async with OnAnotherClock(tmp_path, config) as daemon:
            before = await daemon.wait_state("it", "up", 8)
            seen = len(door.visits)
            daemon.set_clock(step)

            async def goes_on() -> bool:
                row = (await daemon.rows())["it"]
                assert row["condition"] == "up"
                moved = row["last_result"][:13] != before["last_result"][:13]
                return moved and row["state"] == "up" and len(door.visits) >= seen + 8

            await eventually(goes_on, 20, daemon.said)
            visits = door.visits[seen:]
            gaps = [later - earlier for earlier, later in itertools.pairwise(visits)]
            assert statistics.median(gaps) == pytest.approx(1.0, abs=0.1)
            assert (await daemon.get("/incidents"))["items"] == []
            sla = await _account(daemon)
            assert sla["down_ms"] == 0
            assert sla["up_ms"] < 60_000, "no more than was measured"
            if step > 0:
                assert sla["unknown_ms"] > HOUR - 60_000, "what was skipped, nobody saw"

            await door.close()
            await daemon.wait_state("it", "down", 10)
            await collector.wait(1)
            await door.open()
            await daemon.wait_state("it", "up", 10)
            await collector.wait(2)
            await _account(daemon)
            assert await daemon.terminate() == 0
    assert len(collector.posts) == 2
    assert _transitions(daemon) == ["up", "down", "up"]
