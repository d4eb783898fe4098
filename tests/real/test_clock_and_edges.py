"""Clock steps, SIGKILL, edges of months, summer time, late results: the record of a real daemon
is what the invariants demand, and its outages are dated by what was done.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon_process import eventually
from tests.real.own_clock import DAY, HOLDS, HOUR, INTERVAL, ROOT, SLACK, Books, OwnClock, kill
from tests.real.test_bad_days import Door
from uptime.core.text import from_rfc3339

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]

NOON = "2026-11-20T05:00:00Z"


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    one = Door()
    await one.open()
    yield one
    await one.close()


# ---- the clock is set while it runs ----


@pytest.mark.parametrize("seconds", [600, 40 * 86_400, -600, -7200])
async def test_a_clock_that_is_set_costs_no_more_than_what_nobody_saw(
    tmp_path: Path, door: Door, seconds: int
) -> None:
    async with OwnClock(tmp_path, door, NOON) as daemon:
        await daemon.wait_state("it", "up", 10)
        began = daemon.now()
        ahead = max(0, -3 * seconds)  # it is not set back to before there was a record
        if ahead:
            await daemon.step(ahead)
        await daemon.step(seconds)
        assert daemon.changes() == ["up"], "that the clock is set is no outage"
        edge = daemon.now()
        down = await daemon.goes(door, "down")
        await daemon.step(seconds)
        assert daemon.changes() == ["up", "down"], "and no recovery"
        up = await daemon.goes(door, "up")
        assert await daemon.terminate() == 0
        books = Books(daemon)
        account = await books.judge(edge, outages=1)
        ((dated, ended),) = daemon.incidents()
        assert down.dates(dated)
        assert ended is not None
        assert up.dates(ended) or ended == dated > up.over, "set back to before it began"
        measured = account["up"] + account["down"]
        ran = daemon.now() - began - (2 * seconds + ahead) * 1000
        assert measured <= ran + HOLDS * 3, "no more than was measured"
        skipped = (max(2 * seconds, ahead) - ahead // 3 * (ahead > 0) * 2) * 1000
        assert account["unknown"] >= skipped - HOLDS * 2, "what was skipped, nobody saw"
        day = await books.account("--from", "2026-11-20T00:00:00+07:00",
                                  "--to", "2026-11-21T00:00:00+07:00", whole=DAY)  # fmt: skip
        month = await books.account("--month", "2026-11", whole=30 * DAY)
        assert all(day[name] <= month[name] for name in day)
        assert day["up"] > 0


async def test_what_was_measured_outlives_a_clock_that_was_forty_days_ahead(
    tmp_path: Path, door: Door
) -> None:
    async with OwnClock(tmp_path, door, NOON) as daemon:
        await daemon.wait_state("it", "up", 10)
        began = daemon.now()
        await daemon.step(40 * 86_400)

        async def doubts() -> bool:
            return "nothing is dropped or closed" in daemon.said()

        await eventually(doubts, 20, daemon.said)  # when upkeep comes round
        await daemon.step(-40 * 86_400)
        results = (await daemon.get("/checks/it/results", step="raw"))["items"]
        assert await daemon.terminate() == 0
        assert any(from_rfc3339(each["at"]) <= began for each in results)
        for kind in ("retention", "head", "report"):
            assert daemon.entries(kind) == []
        assert daemon.rows_of("SELECT * FROM rolled") == []
        await Books(daemon).judge(daemon.now(), outages=0)


# ---- it is killed, and starts again ----


@pytest.mark.parametrize("still_down", [False, True], ids=["up meanwhile", "still down"])
@pytest.mark.parametrize("away", [900, -7200])
async def test_killed_while_a_target_is_down_it_knows_nothing_of_the_time_it_was_not_there(
    tmp_path: Path, door: Door, away: int, still_down: bool
) -> None:
    async with OwnClock(tmp_path, door, NOON) as daemon:
        await daemon.wait_state("it", "up", 10)
        down = await daemon.goes(door, "down")
        kill(daemon)
        died = daemon.now()
        if not still_down:
            await door.open()
        daemon.turn(away)
        back = daemon.now()
        await daemon.again()
        if still_down:
            await daemon.wait_state("it", "down", 10)
            assert (await daemon.rows())["it"]["incident"] == "INC-1"
            up = await daemon.goes(door, "up")
        else:
            await daemon.wait_state("it", "up", 10)
        assert await daemon.terminate() == 0
        account = await Books(daemon).judge(died, outages=1)
        ((dated, ended),) = daemon.incidents()
        assert down.dates(dated)
        assert ended is not None
        if away > 0:
            assert up.dates(ended) if still_down else ended >= back
            assert account["unknown"] >= away * 1000 - HOLDS
        else:
            assert ended == dated, "the newer clock wins, and nothing ends before it began"
        assert account["down"] <= daemon.now() - dated - away * 1000 + HOLDS
        assert daemon.changes() == ["up", "down", "up"]


# ---- edges of the calendar ----


async def test_an_outage_over_the_end_of_a_month_is_split_between_two_exactly(
    tmp_path: Path, door: Door
) -> None:
    edge = from_rfc3339("2026-11-30T17:00:00Z")  # midnight in Jakarta
    async with OwnClock(tmp_path, door, "2026-11-30T16:59:46Z") as daemon:
        await daemon.wait_state("it", "up", 10)
        down = await daemon.goes(door, "down")
        await daemon.measured_past("2026-11-30T17:00:01Z")
        up = await daemon.goes(door, "up")
        assert await daemon.terminate() == 0
        books = Books(daemon)
        await books.judge(edge, outages=1)
        november = await books.account("--month", "2026-11", whole=30 * DAY)
        december = await books.account("--month", "2026-12", whole=31 * DAY)
        both = await books.window(edge - 30 * DAY, edge + 31 * DAY)
        assert {name: november[name] + december[name] for name in both} == both
        ((began, ended),) = daemon.incidents()
        assert down.dates(began)
        assert ended is not None
        assert up.dates(ended)
        assert began < edge < ended
        assert november["down"] == edge - began
        assert december["down"] == ended - edge


@pytest.mark.parametrize(
    ("day", "hours", "change", "after"),
    [("2026-10-25", 25, "2026-10-25T01:00:00Z", "2026-10-25T23:05:01Z"),
     ("2027-03-28", 23, "2027-03-28T01:00:00Z", "2027-03-28T22:05:01Z")],
)  # fmt: skip
async def test_an_outage_over_the_change_of_the_clocks_is_as_long_as_it_was(
    tmp_path: Path, door: Door, day: str, hours: int, change: str, after: str
) -> None:
    edge = from_rfc3339(change)
    async with OwnClock(tmp_path, door, NOON, "Europe/Berlin") as daemon:
        pass
    async with OwnClock(tmp_path, door, change, "Europe/Berlin") as daemon:
        daemon.turn(-10)
        await daemon.wait_state("it", "up", 10)


# ---- what comes late, and twice ----


# ---- a month that is closed ----
