"""What ends for good goes by a time that the record vouches for."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.uptime.store.helpers import HOUR, NOW, living, result
from tests.uptime.test_clock import Times
from uptime.clock import Clock
from uptime.core.model import Batch
from uptime.settled import BELIEVED_MS, STAYS, Settled

DAY = 24 * HOUR


class Watched:
    """A daemon that asks every quarter of a minute, as upkeep does."""

    def __init__(self, life: int | None, *, at: int = NOW) -> None:
        self.times = Times()
        self.times.wall = at / 1000
        self.clock: Clock = self.times.clock()
        self.settled = Settled(self.clock, life)

    def pass_(self, seconds: float, *, step: float = 0.0) -> int:
        self.times.pass_(0, step=step)
        for _ in range(int(seconds // 15)):
            self.times.pass_(15)
            self.clock.follow()
            self.settled.now()
        return self.settled.now()


def test_while_nobody_sets_the_clock_it_is_the_clock() -> None:
    watched = Watched(NOW - 30_000)
    for _ in range(100):
        assert watched.pass_(600) == watched.clock.now()


@pytest.mark.parametrize("days", [1, 40, 4000])
def test_a_clock_that_is_ahead_counts_when_it_has_stayed_there_for_an_hour(days: int) -> None:
    watched = Watched(NOW)
    before = watched.pass_(60)
    assert watched.pass_(STAYS - 60, step=days * 86_400) == before + (STAYS - 60) * 1000
    assert watched.pass_(90) == watched.clock.now() > before + days * DAY


def test_a_clock_that_was_ahead_for_a_while_ended_nothing() -> None:
    watched = Watched(NOW)
    seen = [watched.pass_(60, step=step) for step in (0, 40 * 86_400, 0, -40 * 86_400, 0)]
    assert seen == [NOW + 60_000 * n for n in range(1, 6)]
    assert watched.clock.now() == seen[-1]


def test_one_that_goes_ahead_again_and_again_begins_its_hour_anew() -> None:
    watched = Watched(NOW)
    for _ in range(10):
        watched.pass_(STAYS / 2, step=30 * 86_400)
    assert watched.settled.now() < NOW + DAY


def test_a_start_long_after_the_last_life_waits_an_hour() -> None:
    watched = Watched(NOW - 40 * DAY)
    assert watched.pass_(STAYS - 30) < NOW - 39 * DAY
    assert watched.pass_(60) == watched.clock.now()


@pytest.mark.parametrize("life", [None, NOW - BELIEVED_MS, NOW, NOW + 40 * DAY])
def test_a_start_soon_after_it_or_before_it_or_the_first_of_all_does_not(life: int | None) -> None:
    assert Watched(life).settled.now() == NOW


def test_a_clock_that_is_set_back_counts_at_once() -> None:
    watched = Watched(NOW)
    assert watched.pass_(15, step=-40 * 86_400) == NOW - 40 * DAY + 15_000


@given(
    st.lists(
        st.tuples(st.floats(0, 7200), st.sampled_from((0.0, 1800.0, 86_400.0, -86_400.0, 3e6))),
        max_size=12,
    )
)
def test_it_is_never_later_than_the_clock(moves: list[tuple[float, float]]) -> None:
    watched = Watched(NOW)
    for seconds, step in moves:
        assert watched.pass_(seconds, step=step) <= watched.clock.now()


async def test_a_day_of_results_outlives_a_minute_with_a_clock_forty_days_ahead(
    tmp_path: Path,
) -> None:
    watched = Watched(NOW)
    async with living(tmp_path / "siaga.db") as store:
        await store.commit(Batch(results=tuple(result(id=n, at=NOW + n) for n in range(1, 50))))

        async def upkeep() -> None:
            while await store.maintain(watched.settled.now()):
                pass

        watched.pass_(60, step=40 * 86_400)
        await upkeep()
        watched.pass_(60, step=-40 * 86_400)
        await upkeep()
        await store.commit(Batch(results=(result(id=50, at=NOW + 50),)))
        assert len(await store.runs("web", NOW, NOW + HOUR)) == 50
        watched.pass_(STAYS + 60, step=40 * 86_400)
        await upkeep()
        assert await store.runs("web", NOW, NOW + HOUR) == [], "when it is time they go"
