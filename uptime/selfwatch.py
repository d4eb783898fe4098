"""Are we to be trusted right now: loop lag, late wake-ups, clock steps, suspension.

A heartbeat on the scheduler's grid. Whoever judges a result asks `blind_during(started)`:
it looks at what the heartbeat has found and at how overdue the next one is, so that it does
not matter which callback the loop runs first after a freeze.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from uptime.clock import Clock

HEARTBEAT = 0.2
TOLERATED_LAG = 0.25  # reliability R1: a result measured under more than this is not believed
_REMEMBER = 120.0


class SelfWatch:
    """Remembers for two minutes when this process was not able to measure, and why.

    `on_lag` hears every heartbeat's delay, `on_sleep` how long the machine was suspended, both
    in seconds that end now; `on_step` by how many milliseconds the clock was set.
    """

    def __init__(
        self,
        clock: Clock,
        on_lag: Callable[[float], None] = lambda _: None,
        on_sleep: Callable[[float], None] = lambda _: None,
        on_step: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._on_lag = on_lag
        self._on_sleep = on_sleep
        self._on_step = on_step
        self._loop = asyncio.get_running_loop()
        self._expected = self._loop.time() + HEARTBEAT
        self._asleep = _suspended()
        self._episodes: list[tuple[float, str]] = []
        self._timer = self._loop.call_later(HEARTBEAT, self._beat)
        self.lag = 0.0
        self.last_step_ms = 0

    def blind_during(self, started: float) -> str | None:
        """Why a run that began at `started` (monotonic) cannot be trusted, or None."""
        overdue = self._loop.time() - self._expected
        if overdue > TOLERATED_LAG:
            return f"the monitor itself stood still for {overdue:.1f} s"
        if self._episodes and self._episodes[-1][0] >= started:
            return self._episodes[-1][1]
        return None

    def stop(self) -> None:
        self._timer.cancel()

    def _beat(self) -> None:
        now = self._loop.time()
        try:
            self._look(now)
        finally:  # without a heartbeat nothing would be believed any more
            self._expected = now + HEARTBEAT
            self._timer = self._loop.call_later(HEARTBEAT, self._beat)

    def _look(self, now: float) -> None:
        self.lag = max(0.0, now - self._expected)
        if self.lag > TOLERATED_LAG:
            self._note(now, f"the monitor itself stood still for {self.lag:.1f} s")
        self._on_lag(self.lag)
        step = self._clock.follow()
        if step:
            self.last_step_ms = step
            self._note(now, f"the clock was set by {step / 1000:+.1f} s")
            self._on_step(step)
        asleep = _suspended()
        slept, self._asleep = asleep - self._asleep, asleep
        if slept > 1.0:
            self._note(now, f"the machine was suspended for {slept:.0f} s")
            self._on_sleep(slept)
        while self._episodes and self._episodes[0][0] < now - _REMEMBER:
            self._episodes.pop(0)

    def _note(self, now: float, why: str) -> None:
        self._episodes.append((now, why))


def _suspended() -> float:
    """Seconds the machine has slept since boot: the one clock counts them, the other does not."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
