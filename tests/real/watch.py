"""A daemon with one check and one channel, and how an outage of its target must be found."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.daemon_process import DaemonProcess, eventually
from tests.http_collector import HttpCollector
from uptime.core.text import from_rfc3339

log = logging.getLogger(__name__)

INTERVAL, RETRY, TIMEOUT, THRESHOLD = 1.0, 0.2, 0.8, 2
SLACK = 0.7  # of a machine that does other things, too
FOUND_WITHIN = INTERVAL * THRESHOLD + TIMEOUT + SLACK
NAME = "Yang Diawasi"
SETTINGS = f"""
[defaults]
interval = "{INTERVAL:g}s"
timeout = "{TIMEOUT * 1000:g}ms"
retry_interval = "{RETRY * 1000:g}ms"
failure_threshold = {THRESHOLD}
success_threshold = {THRESHOLD}

[[routes]]
channels = ["piket"]
group_wait = "0s"
"""

Change = Callable[[], Awaitable[None]]
Make = Callable[[Path, str], DaemonProcess]
Texts = Callable[[], list[str]]
"""Titles and bodies of all messages that came, in their order."""


def configuration(check: str, channel: str) -> str:
    """The check called `it` and a channel that hears of it."""
    return (
        f'{SETTINGS}\n[channels.piket]\nurl = "{channel}"\nlanguage = "en"\n\n'
        f'[checks.it]\nname = "{NAME}"\n{check}\n'
    )


class Watch:
    """Plays outages and judges how each was found, dated and told."""

    def __init__(self, daemon: DaemonProcess, texts: Texts) -> None:
        self.daemon = daemon
        self.outages = 0
        self._texts = texts

    async def outage(self, begin: Change, end: Change, reason: str) -> dict[str, Any]:
        """Begin it, see it found, end it, see that found; returns the result when it was down."""
        self.outages += 1
        began = await self._found(begin, "down")
        row = (await self.daemon.rows())["it"]
        assert row["reason"] == reason
        down = await self.daemon.get(f"/incidents/{row['incident']}")
        assert (down["kind"], down["state"], down["reason"]) == ("down", "open", reason)
        began.judge(down["began_bound"], down["began"])
        last: dict[str, Any] = (await self.daemon.get("/checks/it"))["last"]
        await self.told(self.outages * 2 - 1)

        ended = await self._found(end, "up")
        await self.told(self.outages * 2)
        closed = await self.daemon.get(f"/incidents/{row['incident']}")
        assert (closed["state"], closed["began"]) == ("closed", down["began"])
        ended.judge(closed["ended_bound"], closed["ended"])
        assert [told["kind"] for told in closed["told"]] == ["down", "recovered"]
        return last

    async def told(self, count: int) -> None:
        async def came() -> bool:
            return len(self._texts()) >= count

        await eventually(came, 10, lambda: f"{self._texts()}\n{self.daemon.said()}")

    async def _found(self, change: Change, state: str) -> _Edge:
        edge = _Edge(state)
        await change()
        edge.over = time.time()
        await self.daemon.wait_state("it", state, FOUND_WITHIN)
        edge.found = time.time()
        return edge

    def judge_messages(self) -> None:
        """One each way, in their order, each with the name."""
        texts = self._texts()
        kinds = ["RECOVERED" if "RECOVERED" in text else "DOWN" for text in texts]
        assert kinds == ["DOWN", "RECOVERED"] * self.outages
        assert all(NAME in text for text in texts)


class _Edge:
    """One change of the target: it happened between `asked` and `over`, was seen at `found`."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.asked = self.over = self.found = time.time()

    def judge(self, bound: str, dated: str) -> None:
        """It happened between the last result before it and the first one after it, and that
        is not later than an interval.
        """
        before, after = from_rfc3339(bound) / 1000, from_rfc3339(dated) / 1000
        log.info(
            "%s: found after %.2f s, dated %+.2f s, bound %+.2f s",
            self.state, self.found - self.over, after - self.over, before - self.over,
        )  # fmt: skip
        assert before <= self.over, "the last result before it came after it"
        # What hung may answer a run that has waited since before; it counts from its start.
        waited = TIMEOUT if self.state == "up" else 0.0
        assert self.asked - waited - 0.05 <= after <= self.over + INTERVAL + 0.2


@contextlib.asynccontextmanager
async def watching(
    folder: Path, check: str, channel: str, texts: Texts, make: Make = DaemonProcess
) -> AsyncIterator[Watch]:
    """Until the daemon was told to end: by then every message it owes is out."""
    async with make(folder, configuration(check, channel)) as daemon:
        await daemon.wait_state("it", "up", 10)
        watch = Watch(daemon, texts)
        yield watch
        assert await daemon.terminate() == 0
    watch.judge_messages()


@contextlib.asynccontextmanager
async def watched(folder: Path, check: str, make: Make = DaemonProcess) -> AsyncIterator[Watch]:
    """The same, its messages to a webhook."""
    async with HttpCollector() as collector:

        def texts() -> list[str]:
            return [f"{post.title}\n{post.message}" for post in collector.posts]

        async with watching(folder, check, collector.url, texts, make) as watch:
            yield watch
