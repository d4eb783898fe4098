"""Maintenance as the file and people announce it: entered, in force, withdrawn.

A plan is an entry of the ledger, a row and an overlay at once; what it is laid over is worked
out by `Overlays`, what follows for messages by the recorder.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

from uptime.clock import Clock
from uptime.core import maintenance, statements
from uptime.core.maintenance import Entered, Plan
from uptime.overlays import Overlays
from uptime.recorder import Recorder

log = logging.getLogger(__name__)

_LONGEST = 1.0  # seconds between two looks: the clock may be set


class PlannedWork:
    """Enters plans and withdraws them; the one who tells the recorder what is under work."""

    def __init__(self, overlays: Overlays, recorder: Recorder, clock: Clock) -> None:
        self._overlays = overlays
        self._recorder = recorder
        self._clock = clock

    def announce(self, plans: Sequence[Plan], now: int) -> None:
        """What an accepted configuration says, as if a person had entered it."""
        for entered in maintenance.accept(
            plans, self._overlays.entered, now, self._recorder.draw_overlay
        ):
            self._enter(entered)

    async def add(self, plan: Plan, by: str) -> Entered:
        """A plan entered by a person; it holds from now on."""
        entered = Entered(self._recorder.draw_overlay(), plan, by, self._clock.now())
        self._enter(entered)
        self.lay()
        await self._recorder.flushed()
        return entered

    async def withdraw(self, number: int, by: str) -> Entered:
        """It does not begin, or ends now. Raises KeyError for an unknown one, ValueError for
        one that is over, withdrawn, or stands in the configuration.
        """
        entered = self._overlays.find(number)
        now = self._clock.now()
        if entered.source == "file":
            raise ValueError(f"{entered.name} stands in the configuration; remove it there")
        if entered.withdrawn is not None:
            raise ValueError(f"{entered.name} was withdrawn already")
        if self._overlays.is_over(entered, now):
            raise ValueError(f"{entered.name} is over: what was in force stays on record")
        withdrawn = replace(entered, withdrawn=now, withdrawn_by=by)
        self._enter(withdrawn)
        self.lay()
        await self._recorder.flushed()
        return withdrawn

    def lay(self) -> None:
        """Exactly what is under work now."""
        self._recorder.maintain(self._overlays.active(self._clock.now()))

    async def watch(self) -> None:
        """What begins and ends by the clock alone: to the moment. Until cancelled."""
        while True:
            left = _LONGEST * 1000
            try:
                self.lay()
                left = self._overlays.changes - self._clock.now()
            except Exception:
                log.exception("maintenance could not be laid; tried again")
            await asyncio.sleep(min(_LONGEST, max(0.001, left / 1000)))

    def _enter(self, entered: Entered) -> None:
        self._overlays.put(entered)
        self._recorder.lay(entered, statements.of_maintenance(entered))
