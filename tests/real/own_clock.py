"""A daemon whose wall clock is set from outside while it runs, and what its record must be.

A few lines of C go between the process and its library (own_clock.c), so that Python, its
threads, uvloop and SQLite have the same time at once; monotonic time stays the machine's.
(libfaketime looks at a file and takes a lock at every look at a clock: the loop stands still
for seconds, and what is tested is the library.)
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import json
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from tests.daemon_process import DaemonProcess, eventually
from tests.real.servers import program
from tests.real.test_bad_days import Door
from uptime.core.text import from_rfc3339, rfc3339

ROOT = Path(__file__).parents[2]
SOURCE = Path(__file__).with_suffix(".c")
HOUR, DAY = 3_600_000, 86_400_000
INTERVAL = 1000
HOLDS = INTERVAL + 500 + 5000  # interval, timeout and five seconds: so long a result is valid
SLACK = 700  # of a machine that does other things, too
CLASSES = ("up", "degraded", "down", "maintenance", "unknown", "unmonitored")
CONFIG = """
[defaults]
interval = "1s"
timeout = "500ms"
retry_interval = "200ms"
failure_threshold = 2
success_threshold = 2

[checks.it]
{check}
"""


@cache
def library() -> Path:
    """own_clock.c, compiled once."""
    made = Path(tempfile.mkdtemp(prefix="siaga-")) / "own_clock.so"
    compile_ = [program("gcc"), "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC"]
    subprocess.run([*compile_, "-o", made, SOURCE], check=True)
    atexit.register(shutil.rmtree, made.parent)
    return made


@dataclass(frozen=True)
class Edge:
    """What was done to the target, between these two instants of the daemon's clock (ms)."""

    asked: int
    over: int

    def dates(self, instant: int, *, slack: int = SLACK) -> bool:
        """Within an interval of what was done."""
        return self.asked - 50 <= instant <= self.over + INTERVAL + slack


class OwnClock(DaemonProcess):
    """`clock` is an instant, RFC 3339; `set` and `step` change it, also between two lives."""

    def __init__(self, folder: Path, door: Door, clock: str, zone: str = "Asia/Jakarta") -> None:
        self._zone = zone
        self._offset = from_rfc3339(clock) / 1000 - time.time()
        self._file = folder / "clock"
        super().__init__(folder, CONFIG.format(check=door.check))
        self._write()
        self.environ |= {"LD_PRELOAD": str(library()), "MOVED": str(self._file)}
        self.latest = self.now()
        self.earliest = self.now()

    def configure(self, config: str) -> None:
        super().configure(config)
        text = self.path.read_text()
        self.path.write_text(text.replace("Asia/Jakarta", self._zone))

    # ---- the clock ----

    def now(self) -> int:
        return round((time.time() + self._offset) * 1000)

    def turn(self, seconds: float) -> None:
        """By so much, whether it runs or not."""
        self.latest = max(self.latest, self.now())
        self._offset += seconds
        self._write()
        self.latest = max(self.latest, self.now())
        self.earliest = min(self.earliest, self.now())

    def turn_to(self, instant: str) -> None:
        self.turn((from_rfc3339(instant) - self.now()) / 1000)

    async def step(self, seconds: float) -> None:
        """Returns when the running daemon has seen it and has measured after it."""
        self.turn(seconds)
        since = self.now()

        async def follows() -> bool:
            status = await self.get("/status")
            off = from_rfc3339(status["now"]) - self.now()
            last = status["checks"][0]["last_result"]
            measured = last is not None and since <= from_rfc3339(last) <= self.now()
            return measured and abs(off) < 1000

        await eventually(follows, 10, self.said)
        (row,) = (await self.get("/sla", last="6h"))["rows"]
        assert sum(row[f"{name}_ms"] for name in CLASSES) == 6 * HOUR

    def _write(self) -> None:
        _move(self._file, self._offset)

    # ---- what is done ----

    async def again(self) -> None:
        """Another life; returns when it is ready."""
        self.start()
        await self.wait_ready()

    async def goes(self, door: Door, state: str) -> Edge:
        """The target goes down or up, and is found to."""
        asked = self.now()
        await (door.open() if state == "up" else door.close())
        edge = Edge(asked, self.now())
        await self.wait_state("it", state, 8)
        return edge

    async def measured_past(self, instant: str) -> None:
        async def there() -> bool:
            last = (await self.rows())["it"]["last_result"]
            return last is not None and from_rfc3339(last) > from_rfc3339(instant)

        await eventually(there, 30, self.said)

    async def has_closed(self, day: str) -> None:
        async def there() -> bool:
            return any(entry["day"] == day for entry in self.entries("head"))

        await eventually(there, 30, self.said)

    # ---- what it says ----

    async def siaga(self, *words: str, at: int | None = None) -> str:
        """What the program answers, at an instant, without one at the daemon's."""
        environ = dict(self.environ)
        if at is not None:
            clock = self.folder / f"clock-{at}"
            _move(clock, at / 1000 - time.time())
            environ["MOVED"] = str(clock)
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "uptime", *words, "-c", str(self.path)],
            cwd=ROOT, env=environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def rows_of(self, query: str) -> list[Any]:
        with contextlib.closing(self.database()) as database:
            return database.execute(query).fetchall()

    def entries(self, kind: str) -> list[dict[str, Any]]:
        found = [json.loads(e) for (e,) in self.rows_of("SELECT entry FROM ledger ORDER BY seq")]
        return [entry for entry in found if entry["type"] == kind]

    def changes(self) -> list[str]:
        """The conditions that the ledger says the check came to."""
        return [e["new"] for e in self.entries("transition") if e["old"] != e["new"]]

    def incidents(self) -> list[tuple[int, int | None]]:
        """When they began and ended."""
        return self.rows_of("SELECT began, ended FROM incident ORDER BY id")


class Books:
    """The record of a daemon that has ended, looked at long after."""

    def __init__(self, daemon: OwnClock) -> None:
        self._daemon = daemon
        self.at = daemon.latest + 70 * DAY
        self._known: dict[tuple[str, ...], dict[str, int]] = {}

    async def account(self, *words: str, whole: int | None = None) -> dict[str, int]:
        """The six classes of a window in ms; they are all of it, whatever happened."""
        answer = json.loads(await self._daemon.siaga("sla", "--json", *words, at=self.at))
        (row,) = answer["rows"]
        found = {name: row[f"{name}_ms"] for name in CLASSES}
        length = from_rfc3339(answer["to"]) - from_rfc3339(answer["from"])
        assert sum(found.values()) == length
        assert whole in {None, length}
        assert min(found.values()) >= 0
        return found

    async def window(self, start: int, end: int) -> dict[str, int]:
        return await self.account("--from", str(rfc3339(start)), "--to", str(rfc3339(end)))

    async def judge(self, edge: int, outages: int) -> dict[str, int]:
        """All that must hold of any record; returns the account of all of it.

        `edge` is an instant: what is before it and what is after it add up to the whole.
        """
        daemon = self._daemon
        assert daemon.rows_of("PRAGMA quick_check") == [("ok",)]
        spans = daemon.rows_of("SELECT began, ended FROM span ORDER BY check_key, began")
        assert all(began < (ended or began + 1) for began, ended in spans)
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))
        assert spans[-1][1] is None
        incidents = daemon.incidents()
        assert len(incidents) == outages
        assert len({began for began, _ in incidents}) == outages, "one of them twice"
        assert all(ended is None or began <= ended for began, ended in incidents)
        first, last = daemon.earliest - HOUR, daemon.latest + HOUR
        verified, before, after, both = await asyncio.gather(
            daemon.siaga("ledger", "verify", "--json", at=self.at),
            self.window(first, edge), self.window(edge, last), self.window(first, last),
        )  # fmt: skip
        assert json.loads(verified)["findings"] == []
        assert {name: before[name] + after[name] for name in CLASSES} == both
        return both


def kill(daemon: OwnClock) -> None:
    """SIGKILL; the instant is the last it can have lived."""
    daemon.signal(signal.SIGKILL)
    assert daemon.process is not None
    daemon.process.wait()
    daemon.latest = max(daemon.latest, daemon.now())


def _move(file: Path, seconds: float) -> None:
    """In place: processes have it in their memory."""
    with file.open("r+b" if file.exists() else "wb", buffering=0) as to:
        to.write(struct.pack("=q", round(seconds * 1e9)))
