"""Minutes as they pass, on a clock that a test moves."""

from __future__ import annotations

import pytest

from uptime.clock import Clock
from uptime.core.model import Result, Status
from uptime.core.own_state import MERGED_MS, OwnState
from uptime.kernel_clock import Discipline, discipline
from uptime.own_state import OwnMinutes

HOUR = 490_000 * 3600  # seconds since the epoch


class World:
    """Heartbeats five times a second, on a monotonic clock beside a wall clock."""

    def __init__(self) -> None:
        self.monotonic, self.offset = 1000.0, HOUR - 1000.0
        self.clock = Clock(lambda: self.monotonic + self.offset, lambda: self.monotonic)
        self.states = {"up": 5, "degraded": 0, "down": 0, "unknown": 1}
        self.error: str | None = None
        self.kernel = Discipline(synchronised=True, error=1500)
        self.written: list[OwnState] = []
        self.own = OwnMinutes(
            self.clock,
            counts=lambda: self.states,
            store_error=lambda: self.error,
            outbox=lambda: 3,
            kernel=lambda: self.kernel,
        )

    def passes(self, seconds: float, lag: float = 0.002) -> None:
        until = self.monotonic + seconds
        while self.monotonic < until - 0.001:
            self.monotonic += 0.2
            self.own.beat(lag)

    def is_set(self, seconds: float) -> None:
        self.offset += seconds
        self.own.stepped(self.clock.follow())

    @property
    def minutes(self) -> list[tuple[float, float]]:
        """In minutes of the hour, to a tenth."""
        return [
            tuple(round((at / 1000 - HOUR) / 60, 1) for at in (s.began, s.ended))  # type: ignore[misc]
            for s in self.written
        ]


@pytest.fixture
def world() -> World:
    return World()


def result(status: Status = Status.UP, blame: str = "target") -> Result:
    return Result("c", 1, 0, 0.1, status, blame=blame)


def test_an_hour_in_which_all_is_well_is_twelve_records(world: World) -> None:
    world.own.begin(world.written.append)
    world.passes(3600.4)
    assert world.minutes == [(n * 5, n * 5 + 5) for n in range(12)]
    first = world.written[1]
    assert (first.lag, first.up, first.unknown, first.outbox) == (2, 5, 1, 3)
    assert (first.synchronised, first.clock_error) == (True, 1500)
    assert first.ended - first.began <= MERGED_MS + 200


def test_a_minute_that_was_not_well_or_in_which_something_fell_is_told_alone(world: World) -> None:
    world.own.begin(world.written.append)
    world.passes(60.2)
    world.passes(60, lag=0.4)
    assert world.minutes == [(0, 1), (1, 2)]
    assert [each.well for each in world.written] == [True, False]
    world.passes(60)
    world.states = {"up": 0, "degraded": 0, "down": 5, "unknown": 1}
    world.passes(120)
    assert world.minutes == [(0, 1), (1, 2), (2, 3), (3, 5)]
    assert world.written[-1].down == 5


def test_runs_are_counted_with_those_that_we_spoilt_and_missed(world: World) -> None:
    world.own.begin(world.written.append)
    for status, blame in ((Status.UP, "target"), (Status.DOWN, "target"), (Status.UNKNOWN, "self")):
        world.own.landed(result(status, blame))
    world.own.missed(4)
    world.own.started(0.03)
    world.own.started(0.01)
    world.passes(60.2)
    (found,) = world.written
    assert (found.runs, found.unjudged, found.missed, found.late) == (3, 1, 4, 30)


def test_a_store_in_trouble_is_told_with_how_long(world: World) -> None:
    world.own.begin(world.written.append)
    world.passes(20)
    world.error = "disk full"
    world.passes(8)
    world.error = None
    world.passes(32.2)
    assert [each.unstored for each in world.written] == [8000]


@pytest.mark.parametrize("step", [-7200, -3, 5, 86_400])
def test_no_record_spans_two_times_when_the_clock_is_set(world: World, step: int) -> None:
    world.own.begin(world.written.append)
    world.passes(30)
    world.is_set(step)
    world.passes(90)
    world.own.close()
    before, *after = world.written
    assert (before.began, before.ended) == (HOUR * 1000, HOUR * 1000 + 30_000)
    assert after[0].began == HOUR * 1000 + 30_000 + step * 1000
    assert [each.step for each in after] == [step * 1000, *([0] * (len(after) - 1))]
    assert sum(each.ended - each.began for each in after) == 90_000


def test_sleep_is_sleep_and_not_a_clock_that_was_set(world: World) -> None:
    world.own.begin(world.written.append)
    world.passes(30)
    world.is_set(3600)
    world.own.slept(3599.7)
    world.passes(60)
    found = world.written[-1]
    assert (found.step, found.slept, found.well) == (0, 3_599_700, False)


def test_what_there_is_of_the_last_minutes_is_written_at_the_end(world: World) -> None:
    world.own.begin(world.written.append)
    world.passes(150)
    assert world.written == []
    world.own.close()
    assert world.minutes == [(0, 2.5)]
    world.own.close()
    world.passes(120)
    assert len(world.written) == 1


def test_before_the_past_is_recovered_nothing_is_asked_and_nothing_forgotten(world: World) -> None:
    world.error = "of a store that is not there yet"
    world.passes(90, lag=0.7)
    world.error = None
    world.own.begin(world.written.append)
    world.passes(60)
    assert [(each.lag, each.unstored) for each in world.written] == [(700, 0)]


def test_the_kernel_says_of_its_clock_what_it_knows() -> None:
    found = discipline()
    assert found.synchronised in {True, False, None}
    assert (found.error is not None) == (found.synchronised is True)
    if found.error is not None:
        assert 0 <= found.error < 16_000_000
