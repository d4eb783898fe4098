"""Long work on the loop, a few milliseconds at a time."""

from __future__ import annotations

import asyncio
import time

SLICE_S = 0.002  # of the five that nothing may hold the loop for: the pieces are never quite even


class Pacer:
    """Says when a piece of work has held the loop for long enough, and lets go of it."""

    def __init__(self, limit: float = SLICE_S) -> None:
        self._limit = limit
        self._until = time.perf_counter() + limit

    @property
    def due(self) -> bool:
        return time.perf_counter() >= self._until

    async def breathe(self) -> None:
        """Give way if it is time; cheap when it is not."""
        if self.due:
            await asyncio.sleep(0)
            self._until = time.perf_counter() + self._limit
