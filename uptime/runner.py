"""Once: bounded in time and number, an exception is a result, and whose fault it was.

One task and one timer a run; nothing else waits. A run that cannot start because too many are
in flight is not being measured yet: waiting never counts as probe time.
"""

from __future__ import annotations

import asyncio
import errno
import logging
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import copy_context

from probes.base import Fact, Outcome, Probe, ProbeFailed, Reason, Trace, current_trace, safe_text
from probes.net import Net
from uptime.clock import Clock
from uptime.core.model import Result, Status
from uptime.selfwatch import SelfWatch

log = logging.getLogger(__name__)

GRACE = 1.0  # seconds a cancelled probe has to clean up before it is given up
_OURS = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL}


class Runner:
    """Starts runs and hands each Result to the caller's `done`, exactly once."""

    def __init__(self, net: Net, clock: Clock, watch: SelfWatch, *, limit: int) -> None:
        self.net = net
        self.clock = clock
        self.watch = watch
        self.limit = limit
        self.leaked = 0
        self._flying: set[_Run] = set()
        self._waiting: deque[_Run] = deque()
        self._loop = asyncio.get_running_loop()
        # Not loop.time(): uvloop's has whole milliseconds.
        self.time = clock.monotonic

    @property
    def in_flight(self) -> int:
        return len(self._flying)

    def start(
        self,
        check: str,
        probe: Probe,
        number: int,
        done: Callable[[Result], None],
        *,
        before: Mapping[str, Fact],
        patience: float,
    ) -> None:
        """One run of `probe`, numbered; `patience` is how long it may wait for its turn
        before it is recorded as missed, in seconds.
        """
        run = _Run(self, check, probe, number, done, before, patience)
        if len(self._flying) < self.limit and not self._waiting:
            self._flying.add(run)
            run.start()
        else:
            self._waiting.append(run)

    async def run(
        self, check: str, probe: Probe, number: int, before: Mapping[str, Fact]
    ) -> Result:
        """The same, awaited."""
        result: asyncio.Future[Result] = self._loop.create_future()

        def done(outcome: Result) -> None:
            if not result.done():
                result.set_result(outcome)

        self.start(check, probe, number, done, before=before, patience=probe.timeout)
        return await result

    async def stop(self) -> None:
        """Cancel what is in flight; cancelled runs report nothing."""
        self._waiting.clear()
        tasks = [run.task for run in self._flying if run.task is not None]
        for run in list(self._flying):
            run.drop()
        if tasks:
            await asyncio.wait(tasks, timeout=GRACE)

    def landed(self, run: _Run) -> None:
        self._flying.discard(run)
        while self._waiting and len(self._flying) < self.limit:
            waiting = self._waiting.popleft()
            if self.time() - waiting.asked >= waiting.patience:
                waiting.miss()
            else:
                self._flying.add(waiting)
                waiting.start()


class _Run:
    """One run in flight."""

    __slots__ = (
        "asked", "at", "before", "check", "done", "expired", "number", "owner", "patience",
        "probe", "started", "task", "timer", "trace",
    )  # fmt: skip

    def __init__(
        self,
        owner: Runner,
        check: str,
        probe: Probe,
        number: int,
        done: Callable[[Result], None],
        before: Mapping[str, Fact],
        patience: float,
    ) -> None:
        self.owner = owner
        self.check = check
        self.probe = probe
        self.number = number
        self.done: Callable[[Result], None] | None = done
        self.before = before
        self.patience = patience
        self.asked = owner.time()
        self.started = self.asked
        self.at = 0
        self.expired = False
        self.task: asyncio.Task[Outcome] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.trace = Trace()

    def start(self) -> None:
        loop = self.owner._loop
        context = copy_context()
        context.run(current_trace.set, self.trace)
        self.started = self.owner.time()
        self.at = self.owner.clock.now()
        self.task = loop.create_task(self.probe.run(self.owner.net, self.before), context=context)
        self.timer = loop.call_later(self.probe.timeout, self._deadline)
        self.task.add_done_callback(self._finish)

    def miss(self) -> None:
        """Its turn came too late to be a measurement."""
        self.at = self.owner.clock.now()
        waited = self.owner.time() - self.asked
        self._report(
            Result(
                self.check, self.number, self.at, 0.0, Status.UNKNOWN, "self", Reason.MISSED,
                f"too many runs in flight: no turn for {waited:.1f} s",
            )
        )  # fmt: skip

    def drop(self) -> None:
        self.done = None
        self._disarm()
        if self.task is not None:
            self.task.cancel()

    def _deadline(self) -> None:
        self.expired = True
        assert self.task is not None
        self.task.cancel()
        self.timer = self.owner._loop.call_later(GRACE, self._abandon)

    def _abandon(self) -> None:
        """It was told to stop and did not: the place is given to others, the task is lost."""
        self.owner.leaked += 1
        log.error("check %s: its probe ignores the deadline; a task is lost", self.check)
        self._report(self._unknown(Reason.ERROR, "the probe did not stop at its deadline"))
        self.owner.landed(self)

    def _finish(self, task: asyncio.Task[Outcome]) -> None:
        self._disarm()
        if self.done is None:  # dropped or given up
            if not task.cancelled():
                task.exception()
            self.owner.landed(self)
            return
        self._report(self._judge(task))
        self.owner.landed(self)

    def _judge(self, task: asyncio.Task[Outcome]) -> Result:
        blind = self.owner.watch.blind_during(self.started)
        if blind is not None:
            if not task.cancelled():
                task.exception()
            return self._unknown(Reason.SELF, blind)
        if task.cancelled() and not self.expired:
            return self._unknown(Reason.ERROR, "the probe cancelled itself")
        if self.expired and (task.cancelled() or task.exception() is not None):
            # What ends at the deadline is a timeout, however it got there.
            partial = Outcome(facts=self.trace.facts, phases=self.trace.phases)
            detail = f"no answer within {self.probe.timeout:g} s"
            return self._result(Status.DOWN, "target", Reason.TIMEOUT, detail, partial)
        match task.exception():
            case None:
                outcome = task.result()
                if not isinstance(outcome, Outcome):  # a third party's probe may do anything
                    return self._unknown(  # type: ignore[unreachable]
                        Reason.ERROR, "the probe returned no outcome"
                    )
                if outcome.degraded is not None:
                    return self._result(
                        Status.DEGRADED, "target", Reason.ASSERTION, outcome.degraded, outcome
                    )
                return self._result(Status.UP, "target", None, "", outcome)
            case ProbeFailed() as failed:
                status = Status.DOWN if failed.blame == "target" else Status.UNKNOWN
                learnt = failed.partial
                if not (learnt.facts or learnt.phases):
                    learnt = Outcome(self.trace.facts, self.trace.phases)
                return self._result(status, failed.blame, failed.reason, failed.detail, learnt)
            case OSError() as error if error.errno in _OURS:
                return self._unknown(Reason.SELF, f"out of resources: {error.strerror}")
            case error:
                log.error("check %s: the probe failed", self.check, exc_info=error)
                return self._unknown(Reason.ERROR, f"{type(error).__name__}: {error}")

    def _unknown(self, reason: Reason, detail: str) -> Result:
        return self._result(
            Status.UNKNOWN, "self", reason, detail, Outcome(self.trace.facts, self.trace.phases)
        )

    def _result(
        self, status: Status, blame: str, reason: Reason | None, detail: str, outcome: Outcome
    ) -> Result:
        return Result(
            check=self.check,
            id=self.number,
            at=self.at,
            duration=self.owner.time() - self.started,
            status=status,
            blame=blame,
            reason=None if reason is None else reason.value,
            detail=safe_text(detail) if detail else "",
            latency=outcome.latency,
            loss=outcome.loss,
            phases=outcome.phases,
            facts=_clean(outcome.facts),
        )

    def _report(self, result: Result) -> None:
        done, self.done = self.done, None
        if done is not None:
            done(result)

    def _disarm(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


def _clean(facts: Mapping[str, Fact]) -> Mapping[str, Fact]:
    """The boundary for foreign text: what a probe forgot to clean is cleaned here."""
    dirty = {
        name: cleaned
        for name, value in facts.items()
        if (cleaned := _clean_fact(value)) is not value
    }
    return {**facts, **dirty} if dirty else facts


def _clean_fact(value: Fact) -> Fact:
    match value:
        case str() if not value.isprintable() or len(value) > 300:
            return safe_text(value)
        case list() if any(not v.isprintable() or len(v) > 300 for v in value):
            return [safe_text(v) for v in value]
    return value
