"""The runner: bounded in time and number, an exception is a result, and whose fault it was."""

from __future__ import annotations

import asyncio
import errno
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, ClassVar

import pytest

from probes.base import Fact, Outcome, Probe, ProbeFailed, Reason, current_trace
from probes.net import Net
from uptime import runner as module
from uptime.clock import Clock
from uptime.core.model import Result, Status
from uptime.runner import Runner
from uptime.selfwatch import SelfWatch

Act = Callable[[], Awaitable[Any]]


class Acting(Probe):
    """Does what its test says."""

    acts: ClassVar[dict[str, Act]] = {}

    async def run(self, net: Net, before: Mapping[str, Fact]) -> Outcome:
        outcome: Outcome = await self.acts[self.target]()
        return outcome


class Bench:
    """A runner with everything around it."""

    def __init__(self, limit: int = 100) -> None:
        clock = Clock()
        self.watch = SelfWatch(clock)
        self.runner = Runner(Net(), clock, self.watch, limit=limit)
        self.results: list[Result] = []
        self.numbers = 0

    def probe(self, act: Act, timeout: float = 1.0) -> Acting:
        name = f"act-{len(Acting.acts)}"
        Acting.acts[name] = act
        return Acting(target=name, timeout=timeout)

    async def run(self, act: Act, within: float = 1.0, check: str = "c") -> Result:
        self.numbers += 1
        return await self.runner.run(check, self.probe(act, within), self.numbers, {})

    def start(self, check: str, act: Act, *, timeout: float = 5.0, patience: float = 5.0) -> None:
        self.numbers += 1
        self.runner.start(
            check, self.probe(act, timeout), self.numbers, self.results.append,
            before={}, patience=patience,
        )  # fmt: skip

    async def seen(self, count: int) -> list[Result]:
        async with asyncio.timeout(10):
            while len(self.results) < count:
                await asyncio.sleep(0.005)
        return self.results


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    made = Bench()
    yield made
    made.watch.stop()
    await made.runner.stop()


async def nothing() -> Outcome:
    return Outcome()


def raising(error: BaseException) -> Act:
    async def act() -> Outcome:
        raise error

    return act


def _of(result: Result) -> tuple[str, str, str | None]:
    return result.status.value, result.blame, result.reason


async def test_an_outcome_becomes_a_dated_and_numbered_result(bench: Bench) -> None:
    async def act() -> Outcome:
        await asyncio.sleep(0.02)
        return Outcome({"version": "2\x1b[2J"}, {"connect": 0.01}, latency=0.02, loss=0.0)

    before = bench.runner.clock.now()
    result = await bench.run(act)
    assert _of(result) == ("up", "target", None)
    assert (result.check, result.id, result.latency, result.loss) == ("c", 1, 0.02, 0.0)
    assert result.phases == {"connect": 0.01}
    assert result.facts == {"version": "2 [2J"}, "no escape passes"
    assert before <= result.at <= before + 500
    assert 0.02 <= result.duration < 0.5


async def test_what_was_reached_but_not_as_it_should_be_is_degraded(bench: Bench) -> None:
    async def act() -> Outcome:
        return Outcome(degraded="expected 5 ms, got 9 ms")

    result = await bench.run(act)
    assert _of(result) == ("degraded", "target", "assertion")
    assert result.detail == "expected 5 ms, got 9 ms"


async def test_what_ends_at_the_deadline_is_a_timeout_and_keeps_what_it_had_learnt(
    bench: Bench,
) -> None:
    async def act() -> Outcome:
        trace = current_trace.get()
        assert trace is not None
        trace.phases["connect"] = 0.003
        trace.facts["address"] = "192.0.2.1"
        await asyncio.sleep(60)
        return Outcome()

    result = await bench.run(act, within=0.1)
    assert _of(result) == ("down", "target", "timeout")
    assert (result.phases, result.facts) == ({"connect": 0.003}, {"address": "192.0.2.1"})
    assert result.detail == "no answer within 0.1 s"
    assert 0.09 <= result.duration < 0.6


@pytest.mark.parametrize(
    "error",
    [
        ProbeFailed(Reason.RESET, "cut off", partial=Outcome(phases={"connect": 0.004})),
        ValueError("half an answer"),
    ],
)
async def test_however_a_probe_ends_at_its_deadline_it_is_a_timeout(
    bench: Bench, error: Exception
) -> None:
    async def act() -> Outcome:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise error from None
        return Outcome()

    result = await bench.run(act, within=0.05)
    assert _of(result) == ("down", "target", "timeout")
    assert result.phases == ({"connect": 0.004} if isinstance(error, ProbeFailed) else {})


async def test_traces_of_runs_side_by_side_are_kept_apart(bench: Bench) -> None:
    def act(name: str) -> Act:
        async def run() -> Outcome:
            trace = current_trace.get()
            assert trace is not None
            trace.facts["name"] = name
            await asyncio.sleep(0.01)
            raise ProbeFailed(Reason.REFUSED, "no")

        return run

    results = await asyncio.gather(*(bench.run(act(n), check=n) for n in "abc"))
    assert {r.check: r.facts["name"] for r in results} == {"a": "a", "b": "b", "c": "c"}


@pytest.mark.parametrize(
    ("error", "status", "blame", "reason"),
    [
        (ProbeFailed(Reason.REFUSED, "no"), "down", "target", "refused"),
        (ProbeFailed(Reason.DNS, "no resolver", blame="path"), "unknown", "path", "dns"),
        (ProbeFailed(Reason.PERMISSION, "ping", blame="self"), "unknown", "self", "permission"),
        (OSError(errno.EMFILE, "Too many open files"), "unknown", "self", "self"),
        (OSError(errno.EADDRNOTAVAIL, "no port left"), "unknown", "self", "self"),
        (OSError(errno.EIO, "what is this"), "unknown", "self", "error"),
        (ZeroDivisionError("1/0"), "unknown", "self", "error"),
        (SystemExit(3), "unknown", "self", "error"),
        (asyncio.CancelledError(), "unknown", "self", "error"),
        (ProbeFailed("odd", "no"), "unknown", "self", "error"),  # type: ignore[arg-type]
        (ProbeFailed(Reason.DNS, "no", blame="you"), "unknown", "self", "error"),  # type: ignore[arg-type]
    ],
)
async def test_whose_fault_it_was(
    bench: Bench, error: BaseException, status: str, blame: str, reason: str
) -> None:
    assert _of(await bench.run(raising(error))) == (status, blame, reason)
    assert _of(await bench.run(nothing)) == ("up", "target", None), "others go on"
    assert bench.runner.in_flight == 0


@pytest.mark.parametrize(
    "nonsense",
    [
        None,
        "up",
        Outcome(facts="facts"),  # type: ignore[arg-type]
        Outcome(phases={"connect": "soon"}),  # type: ignore[dict-item]
        Outcome(facts={1: "one"}),  # type: ignore[dict-item]
        Outcome(latency="fast"),  # type: ignore[arg-type]
    ],
)
async def test_nonsense_is_unknown_and_never_reaches_the_store(
    bench: Bench, nonsense: object
) -> None:
    async def act() -> object:
        return nonsense

    assert _of(await bench.run(act)) == ("unknown", "self", "error")
    assert bench.runner.in_flight == 0


async def test_a_fact_of_a_foreign_kind_becomes_text(bench: Bench) -> None:
    async def act() -> Outcome:
        facts: dict[str, Any] = {"at": 1 + 2j, "names": ["a", 5, "b\x00"], "n": 5, "none": None}
        return Outcome(facts=facts)

    facts = (await bench.run(act)).facts
    assert facts == {"at": "(1+2j)", "names": ["a", "5", "b"], "n": 5, "none": None}


async def test_a_probe_that_is_no_coroutine_fails_its_own_check_only(bench: Bench) -> None:
    class Plain(Acting):
        def run(self, net: Net, before: Mapping[str, Fact]) -> Any:
            return Outcome()

    result = await bench.runner.run("c", Plain(target="x"), 1, {})
    assert _of(result) == ("unknown", "self", "error")
    assert bench.runner.in_flight == 0


async def test_a_probe_that_ignores_its_deadline_loses_one_task_and_not_one_a_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.05)
    release = asyncio.Event()
    starts = 0

    async def act() -> Outcome:
        nonlocal starts
        starts += 1
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return Outcome()

    first = await bench.run(act, within=0.05)
    assert _of(first) == ("unknown", "self", "error")
    assert (bench.runner.leaked, bench.runner.stuck, bench.runner.in_flight) == (1, True, 0)
    for _ in range(3):
        assert _of(await bench.run(act, within=0.05)) == ("unknown", "self", "error")
    assert (starts, bench.runner.leaked) == (1, 1)
    assert _of(await bench.run(nothing, check="other")) == ("up", "target", None)
    release.set()
    async with asyncio.timeout(5):
        while bench.runner.stuck:
            await asyncio.sleep(0.005)
    assert _of(await bench.run(act)) == ("up", "target", None), "and is measured again after it"


@pytest.mark.blocks
async def test_what_was_measured_while_the_loop_stood_still_is_not_believed(bench: Bench) -> None:
    async def act() -> Outcome:
        time.sleep(0.6)
        raise ProbeFailed(Reason.REFUSED, "no")

    result = await bench.run(act)
    assert _of(result) == ("unknown", "self", "self")
    assert "stood still" in result.detail
    assert _of(await bench.run(nothing)) == ("up", "target", None)


@pytest.mark.blocks
async def test_a_deadline_that_passed_while_the_loop_stood_still_is_no_timeout(
    bench: Bench,
) -> None:
    async def act() -> Outcome:
        await asyncio.sleep(60)
        return Outcome()

    running = asyncio.ensure_future(bench.run(act, within=0.2))
    await asyncio.sleep(0.01)
    time.sleep(0.7)
    assert _of(await running) == ("unknown", "self", "self")


async def test_waiting_for_a_turn_is_not_measured() -> None:
    bench = Bench(limit=1)

    async def slow() -> Outcome:
        await asyncio.sleep(0.3)
        return Outcome()

    bench.start("a", slow)
    bench.start("b", nothing, timeout=0.1)
    a, b = await bench.seen(2)
    assert (a.check, b.check) == ("a", "b")
    assert (b.status, b.duration < 0.1) == (Status.UP, True), "its deadline began with its run"
    assert b.at >= a.at + 290
    bench.watch.stop()


async def test_a_turn_that_comes_too_late_is_missed_and_no_measurement() -> None:
    bench = Bench(limit=2)

    async def slow() -> Outcome:
        await asyncio.sleep(0.3)
        return Outcome()

    ran: list[str] = []

    def marked(name: str) -> Act:
        async def act() -> Outcome:
            ran.append(name)
            return Outcome()

        return act

    bench.start("a", slow)
    bench.start("b", slow)
    bench.start("late", marked("late"), patience=0.1)
    bench.start("in time", marked("in time"))
    results = {r.check: r for r in await bench.seen(4)}
    assert _of(results["late"]) == ("unknown", "self", "missed")
    assert results["late"].duration == 0
    assert _of(results["in time"]) == ("up", "target", None)
    assert ran == ["in time"]
    bench.watch.stop()


async def test_never_more_at_once_than_the_limit_and_every_result_once() -> None:
    bench = Bench(limit=3)
    at_once = most = 0

    async def act() -> Outcome:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.005)
        at_once -= 1
        return Outcome()

    for number in range(20):
        bench.start(f"c{number}", act)
    results = await bench.seen(20)
    assert most == 3
    assert sorted(r.id for r in results) == list(range(1, 21))
    bench.watch.stop()


async def test_a_result_nobody_can_take_does_not_keep_its_place(bench: Bench) -> None:
    def broken(_: Result) -> None:
        raise RuntimeError("a fault of ours")

    bench.runner.start("c", bench.probe(nothing), 1, broken, before={}, patience=1.0)
    bench.start("d", nothing)
    await bench.seen(1)
    assert bench.runner.in_flight == 0


async def test_what_is_stopped_reports_nothing() -> None:
    bench = Bench(limit=2)
    cancelled: list[str] = []

    async def slow() -> Outcome:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.append("slow")
            raise
        return Outcome()

    bench.start("a", slow)
    bench.start("b", slow)
    bench.start("waits", nothing)
    await asyncio.sleep(0.01)
    await bench.runner.stop()
    await asyncio.sleep(0.01)
    assert bench.results == []
    assert cancelled == ["slow", "slow"]
    assert (bench.runner.in_flight, bench.runner.stuck) == (0, False)
    bench.watch.stop()


async def test_stopping_waits_for_nobody_who_will_not_stop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "GRACE", 0.05)
    bench = Bench()
    release = asyncio.Event()

    async def deaf() -> Outcome:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue
        return Outcome()

    bench.start("a", deaf)
    await asyncio.sleep(0.01)
    async with asyncio.timeout(2):
        await bench.runner.stop()
    assert bench.runner.stuck
    release.set()
    await asyncio.sleep(0.01)
    assert bench.results == []
    bench.watch.stop()
