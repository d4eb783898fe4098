"""The monitor's own minutes as they pass: fed by whoever notices something, ended by the heartbeat.

Everything on the loop. A minute ends with the minute of the clock, and at once when the clock is
set, so that no record spans two times.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from uptime.clock import STEP_MS, Clock
from uptime.core.model import Result
from uptime.core.own_state import MINUTE_MS, OwnState, is_full, merged
from uptime.kernel_clock import Discipline, discipline


class OwnMinutes:
    """Nothing is recorded before `begin`; what was noticed until then is of the first minute.

    `counts` says how many checks are in which state, `store_error` what is wrong with the store,
    `outbox` how many messages wait.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        counts: Callable[[], Mapping[str, int]],
        store_error: Callable[[], str | None],
        outbox: Callable[[], int],
        kernel: Callable[[], Discipline] = discipline,
    ) -> None:
        self._clock = clock
        self._counts = counts
        self._store_error = store_error
        self._outbox = outbox
        self._kernel = kernel
        self._write: Callable[[OwnState], None] = lambda _: None
        self._began: int | None = None
        self._waiting: OwnState | None = None  # well, and may have more minutes
        self._started = self._beaten = clock.monotonic()
        self._lag = self._late = self._slept = self._unstored = 0.0
        self._step = self._runs = self._unjudged = self._missed = 0

    def begin(self, write: Callable[[OwnState], None]) -> None:
        self._write = write
        self._began, self._started = self._clock.now(), self._clock.monotonic()

    def close(self) -> None:
        """The daemon ends: what there is of the minute, too."""
        if self._began is not None:
            self._end(self._clock.now())
            self._flush()
            self._began = None

    # ---- what is noticed ----

    def beat(self, lag: float) -> None:
        """The heartbeat, late by so many seconds."""
        now = self._clock.monotonic()
        self._lag = max(self._lag, lag)
        if self._began is not None and self._store_error() is not None:
            self._unstored += now - self._beaten
        self._beaten = now
        wall = self._clock.now()
        if self._began is not None and wall // MINUTE_MS != self._began // MINUTE_MS:
            self._end(wall)

    def stepped(self, ms: int) -> None:
        """The clock was set; `Clock.now()` tells the new time already."""
        if self._began is not None:
            elapsed = round((self._clock.monotonic() - self._started) * 1000)
            self._end(self._began + elapsed)
            self._began = self._clock.now()
        self._step += ms

    def slept(self, seconds: float) -> None:
        """The machine was suspended: to the clock that was a step, which it was not."""
        self._slept += seconds
        self._step -= round(seconds * 1000)
        if abs(self._step) <= STEP_MS:
            self._step = 0

    def started(self, late: float) -> None:
        """A run began so many seconds after its plan."""
        self._late = max(self._late, late)

    def landed(self, result: Result) -> None:
        self._runs += 1
        if result.blame == "self":
            self._unjudged += 1

    def missed(self, runs: int) -> None:
        self._missed += runs

    # ---- minutes ----

    def _end(self, ended: int) -> None:
        counts, clock = self._counts(), self._kernel()
        assert self._began is not None
        if ended > self._began:
            self._take(
                OwnState(
                    began=self._began,
                    ended=ended,
                    lag=round(self._lag * 1000),
                    late=round(self._late * 1000),
                    step=self._step,
                    slept=round(self._slept * 1000),
                    unstored=round(self._unstored * 1000),
                    synchronised=clock.synchronised,
                    clock_error=clock.error,
                    runs=self._runs,
                    unjudged=self._unjudged,
                    missed=self._missed,
                    up=counts["up"],
                    degraded=counts["degraded"],
                    down=counts["down"],
                    unknown=counts["unknown"],
                    outbox=self._outbox(),
                )
            )
            self._forget()
        self._began, self._started = ended, self._clock.monotonic()

    def _take(self, minute: OwnState) -> None:
        together = None if self._waiting is None else merged(self._waiting, minute)
        if together is None:
            self._flush()
        self._waiting = together or minute
        if not self._waiting.well or is_full(self._waiting):
            self._flush()

    def _flush(self) -> None:
        if self._waiting is not None:
            self._write(self._waiting)
            self._waiting = None

    def _forget(self) -> None:
        self._lag = self._late = self._slept = self._unstored = 0.0
        self._step = self._runs = self._unjudged = self._missed = 0
