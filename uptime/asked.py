"""Runs that somebody asked for, and waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from uptime.core.model import Result


class Asked:
    """Who waits for which check; a run that began before it was asked for is not theirs."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[tuple[int, asyncio.Future[Result]]]] = {}

    async def run(self, check: str, after: int, start: Callable[[str], None]) -> Result:
        """Calls `start(check)`; the first result of a later number than `after`. Raises what
        `turn_away` says where none comes.
        """
        result: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        waiting = (after, result)
        waiters = self._waiting.setdefault(check, [])
        waiters.append(waiting)
        start(check)
        try:
            return await result
        finally:
            waiters.remove(waiting)
            if not waiters and self._waiting.get(check) is waiters:
                del self._waiting[check]

    def landed(self, result: Result) -> None:
        for after, waiter in self._waiting.get(result.check, ()):
            if result.id > after and not waiter.done():
                waiter.set_result(result)

    def turn_away(self, why: Exception, check: str | None = None) -> None:
        """Whoever waits for a run of this check, or of any, waits in vain."""
        for each in [check] if check is not None else list(self._waiting):
            for _, waiter in self._waiting.get(each, ()):
                if not waiter.done():
                    waiter.set_exception(why)
