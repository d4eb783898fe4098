"""The time by which something ends for good: days are closed, months too, old results go.

A clock that is wrong for a minute must not do what cannot be undone. Who says that it is right
is the record: what it last saw, and the monotonic time since. A clock that is ahead of that by
more than `BELIEVED_MS` counts only once it has stayed there for `STAYS`; until then time goes on
from where it was. So what a clock that is set right, or a machine that was off, makes due is
done an hour later. A clock that is behind counts at once: by it nothing ends too early.
"""

from __future__ import annotations

import logging

from uptime.clock import Clock

log = logging.getLogger(__name__)

BELIEVED_MS = 2 * 3_600_000
STAYS = 3600.0  # seconds


class Settled:
    """`life` is the last sign of life in the record, None where there is no record yet."""

    def __init__(self, clock: Clock, life: int | None) -> None:
        self._clock = clock
        self._sure = clock.now() if life is None else life
        self._asked = clock.monotonic()
        self._doubted: tuple[float, float] | None = None  # since when, and the clock's offset then

    def now(self) -> int:
        """Milliseconds since the epoch; never later than the clock. To be asked now and then: a
        step between two answers is one from the first of them.
        """
        wall, monotonic = self._clock.now(), self._clock.monotonic()
        expected = self._sure + round((monotonic - self._asked) * 1000)
        self._asked = monotonic
        self._sure = wall if self._believes(wall, expected, monotonic) else expected
        return self._sure

    def _believes(self, wall: int, expected: int, monotonic: float) -> bool:
        ahead = wall - expected
        if ahead <= BELIEVED_MS:
            self._doubted = None
            return True
        offset = wall - monotonic * 1000
        if self._doubted is None or offset - self._doubted[1] > BELIEVED_MS:
            self._doubted = (monotonic, offset)
            log.warning(
                "the clock is %.1f h ahead of the record: nothing is dropped or closed by it "
                "until it has stayed there for an hour", ahead / 3_600_000,
            )  # fmt: skip
        if monotonic - self._doubted[0] < STAYS:
            return False
        self._doubted = None
        return True
