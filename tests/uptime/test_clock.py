"""The clock: steps make a segment, slew is followed, time does not run backwards within one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.invariants import invariant
from uptime.clock import STEP_MS, Clock


class Times:
    def __init__(self) -> None:
        self.wall = 1_000_000.0
        self.mono = 50.0

    def pass_(self, seconds: float, *, step: float = 0.0) -> None:
        self.wall += seconds + step
        self.mono += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.wall, lambda: self.mono)


def test_a_step_is_reported_once_and_followed() -> None:
    times = Times()
    clock = times.clock()
    times.pass_(10, step=3600)
    assert clock.now() == 1_000_010_000
    assert clock.follow() == 3_600_000
    assert clock.now() == 1_003_610_000
    assert clock.follow() == 0


def test_a_step_back_is_followed_too() -> None:
    times = Times()
    clock = times.clock()
    before = clock.now()
    times.pass_(1, step=-3600)
    assert clock.follow() == -3_600_000
    assert clock.now() == before + 1000 - 3_600_000


@invariant(14)
@given(st.lists(st.tuples(st.floats(0, 10), st.floats(-0.9, 0.9)), max_size=30))
def test_within_a_segment_time_never_runs_backwards(moves: list[tuple[float, float]]) -> None:
    times = Times()
    clock = times.clock()
    last = clock.now()
    for seconds, slew in moves:
        times.pass_(seconds, step=slew)
        assert abs(clock.follow()) <= STEP_MS
        now = clock.now()
        assert now >= last
        last = now
