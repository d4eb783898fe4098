"""When a day is closed: once it is over, its results are in and nothing waits to be stored."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol
from zoneinfo import ZoneInfo

from uptime.core.heads import Day, SignedHead

log = logging.getLogger(__name__)

LOOK_EVERY = 60_000


class StoreLike(Protocol):
    """What is asked of the store."""

    async def sign_left(self) -> SignedHead | None: ...
    async def unsealed(self, now: int, zone: ZoneInfo) -> list[Day]: ...
    async def seal(self, day: Day, at: int) -> SignedHead | None: ...


class Heads:
    """Closes days; `published` is the newest head that left the machine."""

    def __init__(
        self, store: StoreLike, zone: Callable[[], str], published: SignedHead | None
    ) -> None:
        self.published = published
        self._store = store
        self._zone = zone
        self._look = 0

    async def tend(self, now: int) -> None:
        """Close what is due. To be called when upkeep has nothing to do and all is stored."""
        if self._look <= now < self._look + LOOK_EVERY:
            return
        self.published = await self._store.sign_left()
        for day in await self._store.unsealed(now, ZoneInfo(self._zone())):
            head = await self._store.seal(day, now)
            if head is None:
                return  # a result came in meanwhile: next time
            self.published = head
            log.info("the head of %s is entry %d, %s", head.day, head.seq, head.hash)
        self._look = now
