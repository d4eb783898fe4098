"""Batches on their way to the store: in order, each kept until it is written.

While the store fails or is slow they wait here, results bounded in number; what was concluded
is never dropped. Written again they carry the same ids and tokens, so nothing stands twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from uptime.core.model import Batch
from uptime.store.errors import StoreBroken

log = logging.getLogger(__name__)

PATIENCE = 2.0  # seconds a commit may take
IMPATIENCE = 0.2  # with a store that is known to be in trouble
MOST_RESULTS = 200_000  # kept while the store is broken; older ones are dropped


class StoreLike(Protocol):
    """The one thing asked of the store."""

    async def commit(self, batch: Batch) -> None: ...


class SavingMeter(Protocol):
    """The counters fed here."""

    def dropped(self, count: int) -> None: ...
    def commit(self, seconds: float) -> None: ...


class Saving:
    """What is not stored yet; `on_change` is called when the store's health changes."""

    def __init__(self, store: StoreLike, meter: SavingMeter, on_change: Callable[[], None]) -> None:
        self.error: str | None = None
        self.unsaved: list[Batch] = []
        self._store = store
        self._meter = meter
        self._on_change = on_change
        self._writing = asyncio.Lock()

    def add(self, batch: Batch) -> None:
        self.unsaved.append(batch)

    def add_newer(self, batch: Batch) -> None:
        """Of rows of notifications that wait already the newest form is enough. The first
        batch may be on its way.
        """
        self.unsaved[1:] = [old for old in self.unsaved[1:] if not _outdated(old, batch)]
        self.add(batch)

    async def stored(self) -> bool:
        """Whether everything is, decided within the patience."""
        task = asyncio.ensure_future(self._store_all())
        patience = PATIENCE if self.error is None else IMPATIENCE
        done, _ = await asyncio.wait({task}, timeout=patience)
        if done:
            return task.result()
        self._says("it does not answer")
        self._bound()
        return False

    async def _store_all(self) -> bool:
        """Write what is unsaved, oldest first; one at a time, the rest waits here."""
        loop = asyncio.get_running_loop()
        async with self._writing:
            whole = True
            while self.unsaved:
                began = loop.time()
                try:
                    await self._store.commit(self.unsaved[0])
                except StoreBroken as error:
                    self._says(str(error))
                    self._bound()
                    return False
                except Exception as error:
                    # Not the store's state but this batch: kept, it would block all that follow.
                    self._give_up(self.unsaved.pop(0), error)
                    whole = False
                else:
                    self._meter.commit(loop.time() - began)
                    self.unsaved.pop(0)
            self._says(None)
            return whole

    def _give_up(self, batch: Batch, why: Exception) -> None:
        """A batch no store will take; what was concluded is tried once more without results."""
        if batch.results and batch.urgent:
            self.unsaved.insert(0, replace(batch, results=(), blips=()))
            batch = Batch(results=batch.results)
        log.critical("a batch cannot be stored and is lost: %r", batch, exc_info=why)
        self._meter.dropped(len(batch.results))

    def _says(self, error: str | None) -> None:
        if error != self.error:
            if error is not None:
                log.error("the store does not take results: %s; watching goes on", error)
            elif self.error is not None:
                log.warning("the store takes results again")
            self.error = error
            self._on_change()

    def _bound(self) -> None:
        """The first batch stays as it is: the store may be in the middle of it."""
        waiting = sum(len(batch.results) for batch in self.unsaved)
        for index, batch in enumerate(self.unsaved):
            if waiting <= MOST_RESULTS:
                break
            if batch.results and index:
                self._meter.dropped(len(batch.results))
                waiting -= len(batch.results)
                self.unsaved[index] = replace(batch, results=())
        self.unsaved[1:] = [
            b for b in self.unsaved[1:] if b.results or b.blips or b.own or b.urgent
        ]


def _outdated(old: Batch, new: Batch) -> bool:
    """Whether `old` holds but rows of notifications, and `new` a newer form of all of them."""
    if old.results or old.blips or old.own or replace(old, notifications=()).urgent:
        return False
    newer = {row.id for row in new.notifications}
    return bool(old.notifications) and all(row.id in newer for row in old.notifications)
