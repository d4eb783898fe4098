"""The one clock: wall time that cannot be stepped within a segment.

Scheduling and durations use `monotonic()`; what is recorded uses `now()`, which is the wall
clock at the start of a *segment* plus monotonic time elapsed since. A step of the wall clock
by more than a second starts a new segment; smaller differences (NTP slew, drift) are followed.
"""

from __future__ import annotations

import time
from collections.abc import Callable

STEP_MS = 1000


class Clock:
    """Wall time in whole milliseconds (UTC) and monotonic time in seconds."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._wall = wall
        self.monotonic = monotonic
        self._offset = wall() - monotonic()
        self._last = 0

    def now(self) -> int:
        """Milliseconds since the epoch; never runs backwards within a segment."""
        self._last = max(self._last, self.at(self.monotonic()))
        return self._last

    def at(self, monotonic: float) -> int:
        """Milliseconds since the epoch of an instant of the monotonic clock."""
        return int((monotonic + self._offset) * 1000)

    def follow(self) -> int:
        """Compare with the wall clock; returns the step in ms if there was one, else 0."""
        offset = self._wall() - self.monotonic()
        step = int((offset - self._offset) * 1000)
        self._offset = offset
        if abs(step) > STEP_MS:
            self._last = 0
            return step
        return 0
