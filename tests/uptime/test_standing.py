"""What is read once is not read again until it changed, and is always what the record says."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import looptime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.uptime.test_recorder import CONFIG, Registry
from uptime.availability import DAY, Record
from uptime.config import Config, load
from uptime.core.model import CheckState, Condition, Span
from uptime.core.sla import account
from uptime.overlays import NOTHING, Laid
from uptime.standing import WINDOWS, Standing

NOW = 1_795_000_000_000
HOUR = 3_600_000


@pytest.fixture
def config(tmp_path: Path) -> Config:
    path = tmp_path / "checks.toml"
    path.write_text(CONFIG)
    return load(path, {}, probes=Registry(), validate_url=lambda _: None)


@dataclass
class World:
    """A store with the record of two checks, what is shown of them, and the gauges."""

    states: dict[str, CheckState] = field(default_factory=dict)
    records_of: dict[str, Record] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    shown: dict[tuple[str, str], float | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.standing = Standing(self, self, self.states.get, lambda _check, _window: NOTHING)
        for check in ("gw", "web"):
            self.states[check] = CheckState(condition=Condition.UP, since=NOW - DAY, known=True)
            span = Span(NOW - DAY, None, Condition.UP, True)
            self.records_of[check] = Record([span], [(NOW - DAY, None)])

    async def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> dict[str, Record]:
        assert checks is not None
        self.asked.append(list(checks))
        return {check: self.records_of[check] for check in checks}

    def availability(self, check: str, window: str, percent: float | None) -> None:
        self.shown[check, window] = percent

    def budget(self, check: str, ratio: float | None) -> None:
        self.shown[check, "budget"] = ratio

    def goes_down(self, check: str, at: int) -> None:
        record = self.records_of[check]
        last = record.spans[-1]._replace(ended=at)
        down = Span(at, None, Condition.DOWN, True)
        self.records_of[check] = Record([*record.spans[:-1], last, down], record.monitored)
        self.states[check] = self.states[check]._replace(condition=Condition.DOWN, since=at)

    def comes_up(self, check: str, at: int) -> None:
        record = self.records_of[check]
        last = record.spans[-1]._replace(ended=at)
        up = Span(at, None, Condition.UP, True)
        self.records_of[check] = Record([*record.spans[:-1], last, up], record.monitored)
        self.states[check] = self.states[check]._replace(condition=Condition.UP, since=at)

    def says_what_the_record_says(self, now: int) -> None:
        for check, record in self.records_of.items():
            for name, length in WINDOWS.items():
                window = (now - length, now)
                ledger = account(window, record.spans, record.monitored, until=now)
                assert self.shown[check, name] == ledger.availability, (check, name)


async def test_only_a_check_that_changed_is_read_again(config: Config) -> None:
    world = World()
    await world.standing.refresh(config, NOW)
    assert sorted(world.asked.pop()) == ["gw", "web"]
    world.goes_down("web", NOW + 1000)
    await world.standing.refresh(config, NOW + HOUR)
    assert world.asked == [["web"]]
    world.says_what_the_record_says(NOW + HOUR)
    month = world.standing.month("web")
    assert month is not None
    assert month < 100
    assert world.standing.month("gw") == 100


async def test_what_never_was_down_is_not_worked_out_again(config: Config) -> None:
    world = World()
    await world.standing.refresh(config, NOW)
    world.shown.clear()
    await world.standing.refresh(config, NOW + 60_000)
    assert not world.shown
    world.goes_down("web", NOW + 61_000)
    await world.standing.refresh(config, NOW + 120_000)
    assert {check for check, _ in world.shown} == {"web"}


async def test_where_something_is_laid_over_it_is_worked_out_again(config: Config) -> None:
    world = World()
    laid = NOTHING
    world.standing = Standing(world, world, world.states.get, lambda _check, _window: laid)
    await world.standing.refresh(config, NOW)
    laid = Laid(hours=[])
    await world.standing.refresh(config, NOW + 60_000)
    assert world.shown["web", "24h"] is None
    laid = NOTHING
    await world.standing.refresh(config, NOW + 120_000)
    world.says_what_the_record_says(NOW + 120_000)


async def test_what_is_shown_before_it_is_stored_is_read_again(config: Config) -> None:
    world = World()
    await world.standing.refresh(config, NOW)
    record = world.records_of["web"]
    world.goes_down("web", NOW + 1000)
    written, world.records_of["web"] = world.records_of["web"], record  # the disk is full
    await world.standing.refresh(config, NOW + HOUR, keep=False)
    world.records_of["web"] = written
    await world.standing.refresh(config, NOW + 2 * HOUR)
    world.says_what_the_record_says(NOW + 2 * HOUR)


async def test_another_configuration_and_a_clock_set_back_read_all_again(config: Config) -> None:
    world = World()
    await world.standing.refresh(config, NOW)
    await world.standing.refresh(replace(config), NOW + 1)
    await world.standing.refresh(config, NOW + 2)
    await world.standing.refresh(config, NOW - 40 * DAY)
    assert [len(each) for each in world.asked] == [2, 2, 2, 2]


@given(
    st.lists(
        st.tuples(
            st.sampled_from(("gw", "web")), st.integers(1, 3 * DAY), st.booleans(), st.booleans()
        ),
        max_size=12,
    )
)
def test_after_any_course_it_is_what_a_reading_of_everything_says(
    tmp_path_factory: pytest.TempPathFactory, course: list[tuple[str, int, bool, bool]]
) -> None:
    folder = tmp_path_factory.mktemp("standing")
    (folder / "checks.toml").write_text(CONFIG)
    config = load(folder / "checks.toml", {}, probes=Registry(), validate_url=lambda _: None)

    async def play() -> None:
        world, now = World(), NOW
        for check, later, down, look in course:
            now += later
            (world.goes_down if down else world.comes_up)(check, now - later // 2)
            if look:
                await world.standing.refresh(config, now)
                world.says_what_the_record_says(now)
        await world.standing.refresh(config, now + 1)
        world.says_what_the_record_says(now + 1)

    with asyncio.Runner(loop_factory=lambda: looptime.new_event_loop(start=0)) as runner:
        runner.run(play())
