from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from tests.uptime.simulate.helpers import INVENTORY
from uptime.simulate.fault import Fault, Kind, Outage
from uptime.simulate.inventory import FAST, NORMAL, Pace
from uptime.simulate.link import Link
from uptime.simulate.regency import Regency
from uptime.simulate.scenario import PERIOD, SCRIPT
from uptime.simulate.script import line, play, turns
from uptime.simulate.server import CannotServe


def test_every_outage_ends_before_the_script_begins_anew() -> None:
    assert all(outage.lasts > 0 and outage.ends < PERIOD for outage in SCRIPT)


def test_no_check_suffers_twice_at_once() -> None:
    stretches: dict[str, list[Outage]] = {}
    for outage in SCRIPT:
        for check in outage.checks:
            stretches.setdefault(check, []).append(outage)
    for check, outages in stretches.items():
        ordered = sorted(outages, key=lambda o: o.at)
        assert all(a.ends < b.at for a, b in zip(ordered, ordered[1:], strict=False)), check


def test_every_outage_hits_servers_that_can_suffer_it(tmp_path: Path) -> None:
    regency = Regency(INVENTORY, tmp_path, None)
    for outage in SCRIPT:
        for check in outage.checks:
            assert outage.fault.kind in regency.servers[check].faults, outage.story


def test_every_fault_there_is_is_played() -> None:
    assert {outage.fault.kind for outage in SCRIPT} == set(Kind)


def test_an_outage_of_a_parent_takes_everything_behind_it_along() -> None:
    tower = next(o for o in SCRIPT if o.checks[0] == "twr-utama")
    behind = {n for n, c in INVENTORY.checks.items() if "twr-utama" in c.get("depends_on", ())}
    assert set(tower.checks) == {"twr-utama", *behind}
    assert len(behind) == 5


@pytest.mark.parametrize("pace", [NORMAL, FAST])
def test_every_outage_lasts_long_enough_to_be_found_and_told(pace: Pace) -> None:
    # An interval, then three runs of which each may last until its deadline, then the message.
    needed = pace.interval + 2 * pace.retry + 3 * pace.timeout + pace.wait
    hanging = {Kind.HANGS, Kind.SILENT}
    for outage in SCRIPT:
        swift = pace.interval + 2 * pace.retry + pace.wait
        assert outage.lasts / pace.speed > (needed if outage.fault.kind in hanging else swift), (
            outage.story
        )


def test_the_first_outage_is_over_within_a_minute() -> None:
    first = turns(SCRIPT)[1]
    assert not first[1]
    found = NORMAL.interval + NORMAL.retry + NORMAL.wait
    assert NORMAL.lead + first[0] / NORMAL.speed + found < 60


def test_a_line_says_when_what_and_in_both_languages() -> None:
    outage = SCRIPT[1]
    at = datetime(2026, 11, 24, 19, 2, 15, tzinfo=UTC)
    begins, ends = line(outage, begins=True, at=at), line(outage, begins=False, at=at)
    assert begins.startswith("19.02.15  GANGGUAN")
    assert outage.story in begins
    assert outage.tale in begins
    assert "twr-utama" in ends
    assert max(len(text) for o in SCRIPT for text in (line(o, begins=True, at=at),)) <= 140


class FakeRegency:
    """Writes down what it is told; cannot reopen what is in `broken`."""

    def __init__(self, broken: str = "") -> None:
        self.told: list[tuple[str, str]] = []
        self.broken = broken
        self.enough = asyncio.Event()

    async def begin(self, outage: Outage) -> None:
        self.told.append(("begin", outage.checks[0]))

    async def end(self, outage: Outage) -> None:
        self.told.append(("end", outage.checks[0]))
        if len(self.told) >= 8:
            self.enough.set()
        if outage.checks[0] == self.broken:
            raise CannotServe("cannot listen on 127.33.1.22:5300")


QUICK = replace(NORMAL, lead=0, speed=1000)
TWO = (
    Outage(10, 20, ("a",), Fault(Kind.CLOSED), "a mati", "a is down"),
    Outage(20, 20, ("b",), Fault(Kind.CLOSED), "b mati", "b is down"),
)


async def played(regency: FakeRegency) -> list[str]:
    said: list[str] = []
    task = asyncio.create_task(play(cast("Regency", regency), TWO, 50, QUICK, said.append))
    await asyncio.wait_for(regency.enough.wait(), 5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return said


async def test_the_script_is_played_in_its_order_again_and_again() -> None:
    regency = FakeRegency()
    said = await played(regency)
    once = [("begin", "a"), ("begin", "b"), ("end", "a"), ("end", "b")]
    assert regency.told[:8] == once + once
    assert "a mati" in said[0]


async def test_what_cannot_come_back_is_said_and_the_script_goes_on() -> None:
    regency = FakeRegency(broken="a")
    said = await played(regency)
    assert any("cannot listen on 127.33.1.22:5300" in text for text in said)
    assert regency.told[4:6] == [("begin", "a"), ("begin", "b")]


def test_links_know_what_only_links_can_suffer() -> None:
    assert Kind.LOSSY in Link.faults
    assert Kind.CLOSED not in Link.faults
