"""The scheduler under fake time: an hour of it takes a moment."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from uptime.scheduler import GROUP, TICK_MS, Scheduler, stable_phase

pytestmark = pytest.mark.looptime


class Book:
    """Notes every start; a run lasts `takes` seconds."""

    def __init__(self, takes: float = 0.0, retry: float | None = None) -> None:
        self.starts: list[tuple[str, float]] = []
        self.lateness: list[float] = []
        self.missed: Counter[str] = Counter()
        self.takes = takes
        self.retry = retry
        self.running: Counter[str] = Counter()
        self.overlaps = self.most_running = 0
        self.slow: set[str] = set()
        self.zero = asyncio.get_running_loop().time()
        self.scheduler = Scheduler(self.start, self.miss, self.lateness.append)

    def start(self, check: str) -> None:
        loop = asyncio.get_running_loop()
        self.starts.append((check, loop.time() - self.zero))
        self.running[check] += 1
        self.overlaps += self.running[check] > 1
        self.most_running = max(self.most_running, sum(self.running.values()))
        loop.call_later(0.9 if check in self.slow else self.takes, self.end, check)

    def end(self, check: str) -> None:
        self.running[check] -= 1
        self.scheduler.finished(check, self.retry)

    def miss(self, check: str, runs: int) -> None:
        self.missed[check] += runs

    def times(self, check: str) -> list[float]:
        return [at for name, at in self.starts if name == check]


async def test_the_first_run_comes_within_ten_seconds_or_the_interval() -> None:
    book = Book()
    for number in range(200):
        book.scheduler.add(f"c{number}", 300.0)
        book.scheduler.add(f"d{number}", 3.0)
    await asyncio.sleep(3.2)
    assert {name for name, _ in book.starts if name.startswith("d")} == {
        f"d{n}" for n in range(200)
    }
    await asyncio.sleep(7)
    assert len({name for name, _ in book.starts}) == 400


async def test_the_rate_is_fixed_however_long_a_run_takes() -> None:
    book = Book(takes=0.37)
    book.scheduler.add("a", 10.0)
    await asyncio.sleep(3600)
    times = book.times("a")
    regular = times[1:]
    gaps = {round(b - a, 3) for a, b in zip(regular, regular[1:], strict=False)}
    assert gaps == {10.0}
    assert len(times) in {360, 361}


async def test_phases_are_spread_and_stable() -> None:
    phases = [stable_phase(f"check-{n}", 10_000) for n in range(10_000)]
    assert phases == [stable_phase(f"check-{n}", 10_000) for n in range(10_000)]
    per_second = Counter(phase // 1000 for phase in phases)
    assert max(per_second.values()) < 1.15 * min(per_second.values())


async def test_a_check_never_overlaps_itself_and_what_it_misses_is_counted() -> None:
    book = Book(takes=25.0)
    book.scheduler.add("slow", 10.0)
    await asyncio.sleep(300)
    assert book.overlaps == 0
    assert len(book.starts) == pytest.approx(10, abs=1)
    assert book.missed["slow"] == pytest.approx(18, abs=3)


async def test_the_retry_interval_applies_while_suspect_and_the_phase_after() -> None:
    book = Book(retry=0.5)
    book.scheduler.add("a", 10.0)
    await asyncio.sleep(30)
    assert len(book.starts) >= 35
    book.retry = None
    await asyncio.sleep(30)
    calm = [at for at in book.times("a") if at > 31]
    assert {round(b - a, 3) for a, b in zip(calm, calm[1:], strict=False)} == {10.0}


async def test_at_most_eight_start_at_one_instant_and_they_keep_to_the_plan() -> None:
    book = Book(takes=0.04)
    for number in range(1000):
        book.scheduler.add(f"c{number}", 10.0)
    await asyncio.sleep(30)
    instants = Counter(round(at, 4) for _, at in book.starts)
    assert max(instants.values()) <= GROUP
    assert max(book.lateness) <= 0.0015


async def test_a_group_follows_as_soon_as_the_one_before_has_answered() -> None:
    book = Book(takes=0.001)
    for number in range(1000):
        book.scheduler.add(f"c{number}", 10.0)
    await asyncio.sleep(30)
    assert book.most_running == GROUP
    ticks = Counter(int(at * 1000) // TICK_MS for _, at in book.starts)
    ends = {int(at * 1000) // TICK_MS: at * 1000 % TICK_MS for _, at in book.starts}
    for tick, count in ticks.items():
        groups = -(-count // GROUP)
        assert ends[tick] <= (groups - 1) * 1.5 + 0.1, "each waited for its place"


async def test_one_that_does_not_answer_holds_its_followers_up_no_longer_than_planned() -> None:
    book = Book(takes=0.001)
    book.slow = {f"c{number}" for number in range(0, 1000, 4)}
    for number in range(1000):
        book.scheduler.add(f"c{number}", 10.0)
    await asyncio.sleep(30)
    assert max(book.lateness) <= 0.0015
    assert len({check for check, _ in book.starts}) == 1000


async def test_few_checks_share_their_wakeups() -> None:
    book = Book(takes=0.001)
    for number in range(100):
        book.scheduler.add(f"c{number}", 1.0)
    await asyncio.sleep(11)
    ticks = {int(at * 1000) // TICK_MS for _, at in book.starts}
    assert all(at * 1000 % TICK_MS < 8.1 for _, at in book.starts if at > 1)
    assert len(ticks) == 11 * 1000 // TICK_MS


async def test_probe_now_runs_at_the_next_tick_and_not_twice() -> None:
    book = Book()
    book.scheduler.add("a", 300.0)
    await asyncio.sleep(400)
    before = len(book.starts)
    book.scheduler.now("a")
    book.scheduler.now("a")
    await asyncio.sleep(0.3)
    assert len(book.starts) == before + 1


async def test_removed_and_paused_checks_do_not_run() -> None:
    book = Book()
    book.scheduler.add("a", 2.0)
    book.scheduler.add("b", 2.0)
    await asyncio.sleep(5)
    book.scheduler.remove("a")
    book.scheduler.pause("b")
    before = len(book.starts)
    await asyncio.sleep(60)
    assert len(book.starts) == before
    book.scheduler.resume("b")
    await asyncio.sleep(0.3)
    assert [name for name, _ in book.starts[before:]] == ["b"]


async def test_a_check_paused_while_it_runs_stays_paused() -> None:
    book = Book(takes=1.0)
    book.scheduler.add("a", 2.0)
    await asyncio.sleep(0.01)
    while not book.running["a"]:
        await asyncio.sleep(0.05)
    book.scheduler.pause("a")
    count = len(book.starts)
    await asyncio.sleep(30)
    assert len(book.starts) == count
    book.scheduler.resume("a")
    await asyncio.sleep(0.3)
    assert len(book.starts) == count + 1


async def test_the_next_run_is_known_and_lies_ahead() -> None:
    book = Book()
    book.scheduler.add("a", 5.0)
    await asyncio.sleep(12)
    at = book.scheduler.next_run("a")
    assert at is not None
    assert 0 < at - asyncio.get_running_loop().time() <= 5.1
    assert book.scheduler.next_run("nobody") is None


async def test_a_check_that_cannot_be_started_stops_no_other() -> None:
    book = Book()
    start = book.start

    def faulty(check: str) -> None:
        if check == "bad":
            book.starts.append((check, 0.0))
            raise TypeError("a fault of its probe")
        start(check)

    book.scheduler = Scheduler(faulty, book.miss)
    for check in ("a", "bad", "b"):
        book.scheduler.add(check, 2.0)
    await asyncio.sleep(21)
    counts = Counter(check for check, _ in book.starts)
    assert all(10 <= counts[check] <= 11 for check in ("a", "bad", "b"))


async def test_what_was_asked_for_during_a_run_comes_right_after_it() -> None:
    book = Book(takes=0.5)
    book.scheduler.add("a", 300.0)
    while not book.running["a"]:
        await asyncio.sleep(0.05)
    book.scheduler.now("a")
    book.scheduler.now("a")
    await asyncio.sleep(3)
    assert len(book.starts) == 2
    assert book.overlaps == 0
    assert book.times("a")[1] - book.times("a")[0] <= 0.75


async def test_a_paused_check_has_missed_nothing() -> None:
    book = Book()
    book.scheduler.add("a", 2.0)
    await asyncio.sleep(5)
    book.scheduler.pause("a")
    await asyncio.sleep(3600)
    book.scheduler.resume("a")
    await asyncio.sleep(10)
    assert book.missed["a"] == 0


async def test_after_a_standstill_every_check_runs_once_and_not_all_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    book = Book()
    for number in range(1000):
        book.scheduler.add(f"c{number}", 20.0)
    await asyncio.sleep(40)
    before = len(book.starts)
    slept = 600.0
    now = book.scheduler._now_ms
    # Nothing woke the scheduler; when its timer fires at last, ten minutes have gone.
    monkeypatch.setattr(book.scheduler, "_zero", book.scheduler._zero - slept)
    assert now() > 600_000
    await asyncio.sleep(10.2)
    starts = book.starts[before:]
    assert len({check for check, _ in starts}) >= 990
    per_second = Counter(int(at) for _, at in starts)
    assert max(per_second.values()) <= 220, "a thousand in a second would falsify each other"
    assert max(book.lateness) >= 500, "and nobody is told that all was on time"
    assert all(28 <= runs <= 31 for runs in book.missed.values())


async def test_the_first_runs_of_very_many_may_be_spread_wider() -> None:
    book = Book()
    for number in range(1000):
        book.scheduler.add(f"c{number}", 60.0, within_ms=50_000)
    await asyncio.sleep(50.2)
    assert len({check for check, _ in book.starts}) == 1000
    assert max(Counter(int(at) for _, at in book.starts).values()) <= 60
