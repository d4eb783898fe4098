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

from probes.base import Fact, Outcome, Probe, ProbeFailed, Reason, Trace, current_trace, safe_text
from probes.net import Net
from uptime.clock import Clock
from uptime.core.model import Result, Status
from uptime.selfwatch import SelfWatch

log = logging.getLogger(__name__)

GRACE = 1.0  # seconds a cancelled probe has to clean up before it is given up
_BLAMES = frozenset({"target", "path", "self"})
_NUMBERS = (float, int, type(None))
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
        self._lost: dict[str, _Run] = {}  # by check: told to stop, and did not
        self._waiting: deque[_Run] = deque()
        self._loop = asyncio.get_running_loop()
        # Not loop.time(): uvloop's has whole milliseconds.
        self.time = clock.monotonic

    @property
    def stuck(self) -> bool:
        """Whether probes go on that were told to stop; nothing but the process ends them."""
        return bool(self._lost)

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
        if check in self._lost:  # one lost task a check, however often it is due
            self._flying.add(run)
            self._loop.call_soon(run.refuse)
        elif len(self._flying) < self.limit and not self._waiting:
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
        runs = {run.task: run for run in self._flying if run.task is not None}
        for run in list(self._flying):
            run.drop()
        if runs:
            _, late = await asyncio.wait(runs, timeout=GRACE)
            self._lost |= {runs[task].check: runs[task] for task in late}

    def lose(self, run: _Run) -> None:
        """It was told to stop and did not: the place is given to others, the task is lost."""
        self.leaked += 1
        self._lost[run.check] = run

    def landed(self, run: _Run) -> None:
        self._flying.discard(run)
        if self._lost.get(run.check) is run and (run.task is None or run.task.done()):
            del self._lost[run.check]
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
        current_trace.set(self.trace)  # the task takes a copy of this context
        self.started = self.owner.time()
        self.at = self.owner.clock.now()
        self.task = loop.create_task(self._attempt())
        self.timer = loop.call_later(self.probe.timeout, self._deadline)
        self.task.add_done_callback(self._finish)

    async def _attempt(self) -> Outcome:
        """The probe's code and nothing else of it: whatever it raises is a result."""
        try:
            return await self.probe.run(self.owner.net, self.before)
        except (SystemExit, KeyboardInterrupt) as error:
            raise RuntimeError(f"the probe raised {type(error).__name__}") from error

    def refuse(self) -> None:
        """Its last run has not stopped yet."""
        self.at = self.owner.clock.now()
        self._report(self._unknown(Reason.ERROR, "its last run still ignores its deadline"))
        self.owner.landed(self)

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
        log.error("check %s: its probe ignores the deadline; a task is lost", self.check)
        self.owner.lose(self)
        detail = "the probe did not stop at its deadline"
        self._report(self._result(Status.UNKNOWN, "self", Reason.ERROR, detail, Outcome()))
        self.owner.landed(self)

    def _finish(self, task: asyncio.Task[Outcome]) -> None:
        self._disarm()
        if self.done is None:  # dropped or given up
            if not task.cancelled():
                task.exception()
        else:
            try:
                result = self._judge(task)
            except Exception as error:  # a third party's outcome may hold anything
                log.exception("check %s: the outcome cannot be used", self.check)
                result = self._result(Status.UNKNOWN, "self", Reason.ERROR, str(error), Outcome())
            self._report(result)
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
            failed = None if task.cancelled() else task.exception()
            partial = self._learnt(failed.partial if isinstance(failed, ProbeFailed) else None)
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
                learnt = self._learnt(failed.partial)
                reason = Reason(failed.reason)
                return self._result(status, failed.blame, reason, failed.detail, learnt)
            case OSError() as error if error.errno in _OURS:
                return self._unknown(Reason.SELF, f"out of resources: {error.strerror}")
            case error:
                log.error("check %s: the probe failed", self.check, exc_info=error)
                return self._unknown(Reason.ERROR, f"{type(error).__name__}: {error}")

    def _unknown(self, reason: Reason, detail: str) -> Result:
        return self._result(Status.UNKNOWN, "self", reason, detail, self._learnt(None))

    def _learnt(self, told: Outcome | None) -> Outcome:
        """What a run that failed had learnt: what it says itself, else its trace."""
        if told is not None and (told.facts or told.phases):
            return told
        return Outcome(self.trace.facts, self.trace.phases)

    def _result(
        self, status: Status, blame: str, reason: Reason | None, detail: str, outcome: Outcome
    ) -> Result:
        _refuse_nonsense(outcome, blame)
        # As they were the last time, nearly always: one dict is kept, and clean already.
        known = outcome.facts == self.before
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
            facts=self.before if known else _clean(outcome.facts),
        )

    def _report(self, result: Result) -> None:
        done, self.done = self.done, None
        if done is not None:
            try:
                done(result)
            except Exception:  # not the probe's, and no reason to keep its place
                log.exception("check %s: its result was not taken", self.check)

    def _disarm(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None


def _refuse_nonsense(outcome: Outcome, blame: str) -> None:
    """What would be found out only where it spoils what stands beside it, in a commit."""
    for number in (outcome.latency, outcome.loss, *outcome.phases.values()):
        if not isinstance(number, _NUMBERS):
            raise TypeError("latency, loss and phases are numbers")
    for name in (*outcome.facts, *outcome.phases):
        if not isinstance(name, str):
            raise TypeError("facts and phases have names")
    if blame not in _BLAMES:
        raise ValueError("nobody is to blame by that name")


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
        case str():
            return value if value.isprintable() and len(value) <= 300 else safe_text(value)
        case None | bool() | int() | float():
            return value
        case list():
            cleaned = [_clean_text(each) for each in value]
            return value if cleaned == value else cleaned
    return safe_text(str(value))  # type: ignore[unreachable]  # a third party's


def _clean_text(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if text.isprintable() and len(text) <= 300 else safe_text(text)
