"""Writes the state of notifications, and lets nothing wait for a store that does not answer.

Every row's latest state is kept until a commit that held it has succeeded. A claim that
cannot be stored does not stop its message: the caller learns it and marks the message.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from uptime.core.model import Batch, Notification

log = logging.getLogger(__name__)

PATIENCE_S = 2.0
IMPATIENCE_S = 0.2
AGAIN_S = 5.0
MOST_ROWS = 500


class Keeper:
    """One commit at a time; what failed goes along with the next."""

    def __init__(self, commit: Callable[[Batch], Awaitable[None]]) -> None:
        self._commit = commit
        self._unsaved: dict[int, Notification] = {}
        self._well = True
        self._late: set[asyncio.Task[bool]] = set()
        self._wake = asyncio.Event()

    @property
    def unsaved(self) -> int:
        return len(self._unsaved)

    def later(self, rows: Iterable[Notification]) -> None:
        """To be written soon; nobody waits for it."""
        self._unsaved.update({row.id: row for row in rows})
        self._wake.set()

    async def save(self, rows: Iterable[Notification]) -> bool:
        """Whether these rows, as they are now, were committed in time."""
        rows = list(rows)
        for row in rows:
            self._unsaved[row.id] = row
        batch = dict(list(self._unsaved.items())[:MOST_ROWS])
        batch |= {row.id: row for row in rows}
        task = asyncio.ensure_future(self._write(batch))
        # Not cancelled when it is late: the store may be in the middle of it.
        self._late.add(task)
        task.add_done_callback(self._late.discard)
        patience = PATIENCE_S if self._well else IMPATIENCE_S
        done, _ = await asyncio.wait({task}, timeout=patience)
        if not done:
            self._trouble("the store does not answer")
            return False
        return task.result()

    async def _write(self, batch: dict[int, Notification]) -> bool:
        try:
            await self._commit(Batch(notifications=tuple(batch.values())))
        except Exception as error:  # whatever the store's trouble is, messages go on
            self._trouble(f"{type(error).__name__}: {error}")
            return False
        if not self._well:
            log.info("the store takes the state of notifications again")
        self._well = True
        for number, row in batch.items():
            if self._unsaved.get(number) is row:
                del self._unsaved[number]
        return True

    def _trouble(self, reason: str) -> None:
        if self._well:
            log.error("the state of notifications cannot be stored: %s", reason)
        self._well = False
        self._wake.set()

    async def run(self) -> None:
        """Tries again what could not be written, until cancelled."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._unsaved:
                if not self._late:
                    await self.save(())
                if self._unsaved:
                    await asyncio.sleep(AGAIN_S)
