"""When: fixed rate on the monotonic clock, spread by a stable hash, sharing wake-ups.

All times lie on a grid of a quarter of a second: checks due in the same tick share its wake-ups,
since waking a core, its caches cold, is the largest cost of all. Within a tick they start in groups
of at most eight: with fifty at once the measured latency would be ten times the target's. One group
follows the other as soon as that one's answers are in, since a core that went to sleep in between
would wake with cold caches again; at its place in the tick if some are not. That place is the plan,
and lateness is against it.

Decides only when; what runs and how it is judged is the runner's.
"""

from __future__ import annotations

import asyncio
import hashlib
import heapq
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

TICK_MS = 250
GROUP = 8
PACE_S = 0.008  # from group to group, unless the tick would not hold them all
FIRST_RUN_WITHIN_MS = 10_000
STANDSTILL_MS = 1000  # a tick found this late was slept through, not merely busy
SHORTEST_DELAY = 0.001  # uvloop rounds less down to nothing and would spin


def stable_phase(check: str, period_ms: int) -> int:
    """The same place in the period for the same id on every start, in ms."""
    digest = hashlib.blake2b(check.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % max(1, period_ms)


@dataclass(slots=True)
class Plan:
    """One check's place in time; all in ms since the scheduler's zero.

    `due` is the next regular run; `tick` the tick it waits in, None while it runs or is
    paused; `ran` the tick of its last start, `wave` the group it started with. `again`: it is
    wanted once more after the run under way. `generation` tells a stale bucket entry (moved,
    removed) from a live one.
    """

    check: str
    interval: int
    phase: int
    due: int
    tick: int | None = None
    ran: int = 0
    wave: int = 0
    generation: int = 0
    paused: bool = False
    running: bool = False
    again: bool = False
    missed: int = 0


@dataclass(slots=True)
class _Bucket:
    entries: list[tuple[Plan, int]] = field(default_factory=list)


class Scheduler:
    """Calls `start(check)` when a check is due, and `late(seconds)` with how much after the plan.

    `missed(check, runs)` is called with the number of regular runs that were skipped because
    the check was still running or nobody woke the scheduler in time.
    """

    def __init__(
        self,
        start: Callable[[str], None],
        missed: Callable[[str, int], None],
        late: Callable[[float], None] = lambda _: None,
    ) -> None:
        self._start = start
        self._missed = missed
        self._late = late
        self._loop = asyncio.get_running_loop()
        self._zero = self._loop.time()
        self._plans: dict[str, Plan] = {}
        self._buckets: dict[int, _Bucket] = {}
        self._ticks: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at: float = 0.0
        self._group: list[tuple[Plan, int]] = []
        self._planned = self._pace = 0.0
        self._wave = self._unanswered = 0  # the last group, and how many of it are under way
        self._stopped = False

    # ---- what the daemon says ----

    def add(
        self,
        check: str,
        interval: float,
        *,
        soon: bool = True,
        within_ms: int = FIRST_RUN_WITHIN_MS,
    ) -> None:
        """A check from now on, every `interval` seconds; its first run comes within
        min(interval, `within_ms`), then at its stable phase.
        """
        running = check in self._plans and self._plans[check].running
        self.remove(check)
        period = round(interval * 1000)
        now = self._now_ms()
        first = now + stable_phase(check, min(period, within_ms))
        phase = stable_phase(check + "/", period)
        plan = Plan(check, period, phase, first if soon else _next(now, phase, period))
        self._plans[check] = plan
        if running:  # changed by a reload in the middle of a run: its end comes first
            plan.running = True
            return
        self._enqueue(plan, plan.due)
        self._arm()

    def remove(self, check: str) -> None:
        plan = self._plans.pop(check, None)
        if plan is not None:
            plan.generation += 1
            plan.tick = None

    def pause(self, check: str) -> None:
        plan = self._plans[check]
        plan.paused = True
        plan.generation += 1
        plan.tick = None

    def resume(self, check: str) -> None:
        plan = self._plans[check]
        plan.paused = False
        plan.due = self._now_ms()  # what was not wanted was not missed
        self.now(check)

    def now(self, check: str) -> None:
        """Run it at the next tick; if it runs already, once more after that: what is asked
        about now began before now.
        """
        plan = self._plans.get(check)
        if plan is None or plan.paused:
            return
        if plan.running:
            plan.again = True
            return
        self._enqueue(plan, self._now_ms())
        self._arm()

    def finished(self, check: str, retry: float | None = None) -> None:
        """The run that was started is over: next at the phase, or after `retry` seconds if
        that is sooner.
        """
        plan = self._plans.get(check)
        if plan is None or not plan.running:
            return
        again, plan.running, plan.again = plan.again, False, False
        if plan.wave == self._wave:
            self._unanswered -= 1
            if not self._unanswered:
                self._hurry()
        if plan.paused:
            return
        # A timer may fire a hair before its time; what ran for an instant does not run again.
        now = max(self._now_ms(), plan.ran * TICK_MS)
        due = _next(now, plan.phase, plan.interval)
        skipped = max(0, (due - plan.due) // plan.interval - 1) if plan.due < due else 0
        if skipped:
            plan.missed += skipped
            self._missed(check, skipped)
        plan.due = due
        wait = 0 if again else None if retry is None else round(retry * 1000)
        self._enqueue(plan, due if wait is None else min(due, now + wait))
        self._arm()

    def next_run(self, check: str) -> float | None:
        """Monotonic time of the next start; None while running or paused."""
        plan = self._plans.get(check)
        if plan is None or plan.tick is None:
            return None
        return self._zero + plan.tick * TICK_MS / 1000

    def stop(self) -> None:
        self._stopped = True
        if self._timer is not None:
            self._timer.cancel()

    @property
    def checks(self) -> Iterable[str]:
        return self._plans.keys()

    # ---- the wheel ----

    def _now_ms(self) -> int:
        return int((self._loop.time() - self._zero) * 1000)

    def _enqueue(self, plan: Plan, due: int) -> None:
        # Never into a tick that has begun: its groups are planned already.
        tick = max(-(-due // TICK_MS), self._now_ms() // TICK_MS + 1)
        plan.generation += 1
        plan.tick = tick
        bucket = self._buckets.get(tick)
        if bucket is None:
            bucket = self._buckets[tick] = _Bucket()
            heapq.heappush(self._ticks, tick)
        bucket.entries.append((plan, plan.generation))

    def _arm(self) -> None:
        if self._stopped or self._group or not self._ticks:
            return
        at = self._zero + self._ticks[0] * TICK_MS / 1000
        if self._timer is not None:
            if self._timer_at <= at and not self._timer.cancelled():
                return
            self._timer.cancel()
        self._set_timer(at, self._tick)

    def _set_timer(self, at: float, call: Callable[[], None]) -> None:
        self._timer_at = at
        delay = max(SHORTEST_DELAY, at - self._loop.time())
        self._timer = self._loop.call_later(delay, call)

    def _tick(self) -> None:
        self._timer = None
        now = self._loop.time()
        tick = self._ticks[0]
        if self._zero + tick * TICK_MS / 1000 > now + SHORTEST_DELAY:
            self._arm()
            return
        if self._now_ms() - tick * TICK_MS > STANDSTILL_MS:
            self._spread_overdue()
            self._arm()
            return
        heapq.heappop(self._ticks)
        live = [(p, g) for p, g in self._buckets.pop(tick).entries if p.generation == g]
        self._group = live
        self._planned = self._zero + tick * TICK_MS / 1000
        groups = max(1, -(-len(live) // GROUP))
        self._pace = min(PACE_S, TICK_MS / 1000 / groups)
        self._run_group()

    def _spread_overdue(self) -> None:
        """After a standstill everything is due at once: it comes as it does after a start."""
        now = self._now_ms()
        overdue: list[tuple[Plan, int]] = []
        while self._ticks and self._ticks[0] * TICK_MS <= now:
            tick = heapq.heappop(self._ticks)
            entries = self._buckets.pop(tick).entries
            overdue += (
                (plan, tick) for plan, generation in entries if plan.generation == generation
            )
        for plan, tick in overdue:
            self._late((now - tick * TICK_MS) / 1000)
            within = min(plan.interval, FIRST_RUN_WITHIN_MS)
            self._enqueue(plan, now + stable_phase(plan.check, within))

    def _hurry(self) -> None:
        """All of a group have answered: the next one need not wait for its place."""
        if self._group and self._timer is not None and not self._stopped:
            self._timer.cancel()
            self._timer = self._loop.call_later(0, self._run_group)

    def _run_group(self) -> None:
        """Start the next eight of the tick; the last arms the timer for the next tick."""
        self._timer = None
        group, self._group = self._group[:GROUP], self._group[GROUP:]
        self._wave += 1
        self._unanswered = 0
        lateness = max(0.0, self._loop.time() - self._planned)
        for plan, generation in group:
            if plan.generation != generation:
                continue
            plan.ran = plan.tick or 0
            plan.tick = None
            plan.running = True
            plan.wave = self._wave
            self._unanswered += 1
            plan.generation += 1
            self._late(lateness)
            try:
                self._start(plan.check)
            except Exception:  # of one check; all others wait behind it
                log.exception("check %s could not be started", plan.check)
                self.finished(plan.check)
        if self._group and not self._stopped:
            self._planned += self._pace
            self._set_timer(self._planned, self._run_group)
        else:
            self._group = []
            self._arm()


def _next(now: int, phase: int, period: int) -> int:
    """The first instant after `now` that lies on the phase."""
    return now + period - (now - phase) % period
