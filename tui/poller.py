"""Keeps asking what changed; when nobody answers, asks more and more seldom."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo

from textual.message import Message

from tui.client import Client, Offline, Refused, Unauthorized
from tui.messages import ConnectionLost, Introduced, StatusReceived

WAIT_S = 55
LONGEST_BACKOFF_S = 30.0
# Deltas that follow each other faster than an eye reads are left to gather at the server.
GATHER_S = 0.25


class Poller:
    def __init__(self, client: Client, post: Callable[[Message], object]) -> None:
        self._client = client
        self._post = post
        self._version: str | None = None
        self._known = False
        self._failures = 0

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._once()
            except Unauthorized:
                await self._back_off("unauthorized")
            except Offline as error:
                await self._back_off(error.reason)
            except Refused as error:
                denied = error.problem.status == 403
                await self._back_off("unauthorized" if denied else "refusal")
            else:
                self._failures = 0
                await asyncio.sleep(GATHER_S)

    async def _once(self) -> None:
        if not self._known:
            # Who we are may have changed while we were cut off.
            me = await self._client.me()
            self._post(Introduced(me, await asyncio.to_thread(_zone, me.timezone)))
            self._known = True
        # After a failure the answer must come at once, to know that we are back.
        wait = WAIT_S if self._version is not None and not self._failures else 0
        status = await self._client.status(self._version, wait)
        self._version = status.version
        self._post(StatusReceived(status))

    async def _back_off(self, reason: str) -> None:
        self._known = False
        self._failures += 1
        pause = min(LONGEST_BACKOFF_S, 0.5 * 2 ** min(self._failures - 1, 8))
        pause *= random.uniform(0.8, 1.2)  # noqa: S311  # so that many do not ask as one
        self._post(ConnectionLost(reason, pause))
        await asyncio.sleep(pause)


def _zone(name: str) -> tzinfo:
    """UTC where this machine does not know the zone; the header names what is shown."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        return UTC
