"""Clock steps, SIGKILL, edges of months, summer time, late results: the record of a real daemon
is what the invariants demand, and its outages are dated by what was done.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.daemon_process import eventually
from tests.real.own_clock import DAY, HOLDS, HOUR, ROOT, Books, OwnClock, kill
from tests.real.test_bad_days import Door
from uptime.core.text import from_rfc3339, rfc3339

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
        ran = daemon.now() - began - 2000 * seconds
        assert measured <= ran + HOLDS * 3, "no more than was measured"
        assert account["unknown"] >= 2000 * seconds - HOLDS * 2, "what was skipped, nobody saw"
        day = await books.account(*day_of("2026-11-20", "2026-11-21", "+07:00"), whole=DAY)
        assert day["up"] > 0, "also where it was set back to before there was a record"


async def test_what_was_measured_outlives_a_clock_that_was_forty_days_ahead(
    tmp_path: Path, door: Door
) -> None:
    async with OwnClock(tmp_path, door, NOON) as daemon:
        await daemon.wait_state("it", "up", 10)
        began = daemon.now()
        assert await daemon.terminate() == 0
        daemon.turn(40 * 86_400)
        await daemon.again()

        async def doubts() -> bool:
            return "nothing is dropped or closed" in daemon.said()

        await eventually(doubts, 20, daemon.said)  # upkeep came round
        await daemon.wait_state("it", "up", 10)
        await daemon.step(-40 * 86_400)
        results = (await daemon.get("/checks/it/results"))["items"]
        assert any(from_rfc3339(each["at"]) <= began for each in results)
        assert await daemon.terminate() == 0
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
    async with OwnClock(tmp_path, door, "2026-11-30T16:59:51Z") as daemon:
        await daemon.wait_state("it", "up", 10)
        down = await daemon.goes(door, "down")
        await daemon.measured_past("2026-11-30T17:00:01Z")
        up = await daemon.goes(door, "up")
        assert await daemon.terminate() == 0
        books = Books(daemon)
        await books.judge(edge, outages=1)
        november, december, both = await asyncio.gather(
            books.account("--month", "2026-11", whole=30 * DAY),
            books.account("--month", "2026-12", whole=31 * DAY),
            books.window(edge - 30 * DAY, edge + 31 * DAY),
        )
        assert {name: november[name] + december[name] for name in both} == both
        ((began, ended),) = daemon.incidents()
        assert down.dates(began)
        assert ended is not None
        assert up.dates(ended)
        assert began < edge < ended
        assert november["down"] == edge - began
        assert december["down"] == ended - edge


@pytest.mark.parametrize(
    ("day", "following", "hours", "change", "over"),
    [
        ("2026-10-25", "2026-10-26", 25, "2026-10-25T01:00:00Z", "2026-10-25T23:05:01Z"),
        ("2027-03-28", "2027-03-29", 23, "2027-03-28T01:00:00Z", "2027-03-28T22:05:01Z"),
    ],
)
async def test_an_outage_while_the_clocks_change_is_as_long_as_it_was_and_so_is_its_day(
    tmp_path: Path, door: Door, day: str, following: str, hours: int, change: str, over: str
) -> None:
    edge = from_rfc3339(change)
    before = str(rfc3339(edge - 8000))
    async with OwnClock(tmp_path, door, before, "Europe/Berlin") as daemon:
        await daemon.wait_state("it", "up", 10)
        down = await daemon.goes(door, "down")
        await daemon.measured_past(change)
        up = await daemon.goes(door, "up")
        assert await daemon.terminate() == 0
        daemon.turn_to(over)
        await daemon.again()
        assert await daemon.terminate() == 0, "it doubts a clock that is a day ahead"
        await daemon.again()
        await daemon.has_closed(day)
        assert await daemon.terminate() == 0
        books = Books(daemon)
        await books.judge(edge, outages=1)
        (head,) = [each for each in daemon.entries("head") if each["day"] == day]
        assert head["ended"] - head["began"] == hours * HOUR
        offsets = ("+02:00", "+01:00") if hours > 24 else ("+01:00", "+02:00")
        whole = await books.account(
            "--from", f"{day}T00:00:00{offsets[0]}",
            "--to", f"{following}T00:00:00{offsets[1]}", whole=hours * HOUR,
        )  # fmt: skip
        ((began, ended),) = daemon.incidents()
        assert down.dates(began)
        assert ended is not None
        assert up.dates(ended)
        assert began < edge < ended
        assert whole["down"] == ended - began


# ---- what comes late, and twice ----

# No route takes results yet: a process of its own hands them to the store.
HAND_IN = """
import asyncio, sys
from uptime.core.model import Batch, Status
from uptime.store import Store
async def main():
    store = Store.open(f"sqlite:///{sys.argv[1]}", clock=lambda: now)
    first, second, third, *_ = await store.runs("it", 0, now)
    late = [first._replace(id=n, at=first.at + n, status=Status.DOWN) for n in (3, 1, 2)]
    other = third._replace(status=Status.DOWN, reason="refused")
    await store.commit(Batch(results=(*late, second, first, other), life=now))
    await store.commit(Batch(results=(*late, second), life=now))
    await store.commit(Batch(life=now))  # late results are no sign of it
    store.close()
now = int(sys.argv[2])
asyncio.run(main())
"""


async def test_what_comes_late_or_twice_changes_no_figure_and_counts_once(
    tmp_path: Path, door: Door
) -> None:
    midnight = from_rfc3339("2026-11-20T17:00:00Z")
    async with OwnClock(tmp_path, door, "2026-11-20T16:59:50Z") as daemon:
        await daemon.wait_state("it", "up", 10)
        await daemon.goes(door, "down")
        await daemon.goes(door, "up")
        assert await daemon.terminate() == 0
        daemon.turn_to("2026-11-20T17:05:01Z")
        await daemon.again()

        await daemon.has_closed("2026-11-20")
        assert await daemon.terminate() == 0
        window = (midnight - HOUR, midnight)
        before = await Books(daemon).window(*window)
        await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-c", HAND_IN, str(tmp_path / "siaga.db"), str(daemon.now())],
            cwd=ROOT, check=True,
        )  # fmt: skip
        await daemon.again()
        await daemon.wait_state("it", "up", 10)
        day = {"from": "2026-11-20T16:00:00Z", "to": "2026-11-20T17:00:00Z"}
        page = await daemon.get("/checks/it/results", **day)
        dated = [from_rfc3339(each["at"]) for each in page["items"]]
        assert len(dated) == len(set(dated)), "none twice"
        assert {min(dated) + 1, min(dated) + 2, min(dated) + 3} <= set(dated)
        assert await daemon.terminate() == 0
        books = Books(daemon)
        await books.judge(midnight, outages=1)
        assert await books.window(*window) == before
        assert daemon.changes() == ["up", "down", "up"]


# ---- a month that is closed ----


async def test_a_closed_month_stays_as_it_was_when_the_clock_goes_back_into_it(
    tmp_path: Path, door: Door
) -> None:
    edge = from_rfc3339("2026-11-30T17:00:00Z")
    async with OwnClock(tmp_path, door, "2026-11-30T16:59:54Z") as daemon:
        await daemon.wait_state("it", "up", 10)
        await daemon.measured_past("2026-11-30T17:00:01Z")
        await daemon.siaga("report", "close", "--month", "2026-11")

        async def closed() -> tuple[str, ...]:
            words = ("report", "--month", "2026-11", "--format")
            return tuple([await daemon.siaga(*words, form) for form in ("html", "csv")])

        before = await closed()
        assert all(before)
        await daemon.step(-120)
        assert daemon.now() < edge
        down = await daemon.goes(door, "down")
        await daemon.goes(door, "up")
        assert await closed() == before
        assert await daemon.terminate() == 0
        await Books(daemon).judge(edge, outages=1)
        assert down.dates(daemon.incidents()[0][0])
        assert await closed() == before
        assert len(daemon.entries("report")) == 1


def day_of(first: str, following: str, offset: str) -> tuple[str, ...]:
    """The words for a day of one offset."""
    return "--from", f"{first}T00:00:00{offset}", "--to", f"{following}T00:00:00{offset}"
