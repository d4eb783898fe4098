"""What is laid over which check, and what is in force now."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.uptime.config.fakes import load, write
from tests.uptime.store.helpers import opened
from uptime import availability
from uptime.availability import Record
from uptime.config import Config
from uptime.core.maintenance import Entered, Plan, accept
from uptime.core.match import Match
from uptime.core.model import Batch, Condition, Span
from uptime.overlays import NOTHING, Overlays

TEXT = """
[checks.web]
type = "web"
target = "https://portal.example/"
group = "front"
calendar = "office"
[checks.db]
type = "ping"
target = "192.0.2.1"
severity = "high"
[groups.front]
[calendars.office]
hours = { mon-fri = "08:00-16:00" }
days_off = [2026-11-26]
"""
HOUR = 3_600_000
DAY = 24 * HOUR


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


MONDAY = ms("2026-11-23T00:00+07:00")


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Config:
    return load(write(tmp_path_factory.mktemp("overlays"), TEXT))


def plan(start: str, hours: float, match: Match | None = None, rrule: str | None = None) -> Plan:
    begins = datetime.fromisoformat(start)
    return Plan(match or Match(), begins, round(hours * HOUR), "Asia/Jakarta", rrule)


def test_each_check_has_the_plans_that_match_it_and_its_own_hours(config: Config) -> None:
    front = Entered(1, plan("2026-11-23T22:00", 2, Match(groups=frozenset({"front"}))), "budi", 0)
    severe = Entered(2, plan("2026-11-23T23:00", 1, Match(frozenset({"high"}))), "budi", 0)
    overlays = Overlays(config, [front])
    overlays.put(severe)
    week = (MONDAY, MONDAY + 7 * DAY)
    assert overlays.of("web", week).held == [(MONDAY + 22 * HOUR, MONDAY + 24 * HOUR)]
    assert overlays.of("db", week).held == [(MONDAY + 23 * HOUR, MONDAY + 24 * HOUR)]
    assert overlays.of("db", week).hours is None
    served = overlays.of("web", week).hours
    assert served is not None
    assert len(served) == 4, "Thursday is closed"
    assert overlays.of("web", (MONDAY + 2 * DAY, MONDAY + 3 * DAY)).maintenance == ()
    assert overlays.of("gone", week) == NOTHING
    assert [overlays.covered(n) for n in (1, 2)] == [{"web"}, {"db"}]
    with pytest.raises(KeyError):
        overlays.covered(3)


def test_another_configuration_covers_other_checks(config: Config, tmp_path: Path) -> None:
    front = Entered(1, plan("2026-11-23T22:00", 2, Match(groups=frozenset({"front"}))), "budi", 0)
    overlays = Overlays(config, [front])
    moved = TEXT.replace('target = "192.0.2.1"', 'target = "192.0.2.1"\ngroup = "front"')
    overlays.configure(load(write(tmp_path, moved)))
    assert overlays.covered(1) == {"web", "db"}
    assert overlays.of("db", (MONDAY, MONDAY + DAY)).held != []


def test_a_plan_for_a_check_by_name_follows_its_rename(config: Config, tmp_path: Path) -> None:
    both = Match(checks=frozenset({"web", "db"}))
    overlays = Overlays(config, [Entered(1, plan("2026-11-23T22:00", 2, both), "budi", 0)])
    overlays.configure(
        load(write(tmp_path, TEXT.replace("[checks.web]", '[checks.www]\nwas = "web"'))),
        {"web": "www"},
    )
    assert overlays.covered(1) == {"www", "db"}
    assert overlays.of("www", (MONDAY, MONDAY + DAY)).held != []


MANY = """
[[maintenance]]
match = { group = ["front"], severity = ["high", "medium"], labels = { opd = "D*" } }
from = "2026-12-01T22:00"
duration = "90m"
rrule = "FREQ=MONTHLY;BYDAY=1SU"
reason = "Pemeliharaan"
announced = "2026-11-24"
[[maintenance]]
match = {}
from = 2026-12-01T22:00:00+07:00
duration = "5s"
announced = 2026-11-24T10:00:00
[[maintenance]]
match = { check = ["web", "db"] }
from = 2026-12-01T22:00:00.250
duration = "31d"
"""


def test_a_file_that_did_not_change_enters_nothing_at_the_next_start(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT + MANY)
    plans = load(path).maintenance
    numbers = count(1)
    first = accept(plans, (), MONDAY, lambda: next(numbers))
    assert len(first) == 3
    with opened(tmp_path / "siaga.db") as store:
        store._writer.commit(Batch(overlays=tuple(first))).result()
        found = store.recover({}).maintenance
    assert found == first
    assert accept(load(path).maintenance, found, MONDAY + 1, lambda: next(numbers)) == []


PLANS = st.lists(
    st.tuples(
        st.integers(0, 70), st.integers(1, 9), st.sampled_from((None, "FREQ=DAILY")),
        st.none() | st.integers(0, 90), st.booleans(),
    ),
    max_size=5,
)  # fmt: skip


@given(PLANS, st.lists(st.integers(0, 100 * 60), min_size=1, max_size=30))
def test_what_is_in_force_now_is_what_lies_over_this_instant(
    config: Config,
    found: list[tuple[int, int, str | None, int | None, bool]],
    minutes: list[int],
) -> None:
    """Asked at any times, forwards and back, it agrees with the windows themselves."""
    overlays = Overlays(config)
    for number, (begins, hours, rule, withdrawn, web) in enumerate(found, start=1):
        at = datetime.fromtimestamp((MONDAY + begins * HOUR) / 1000, ZoneInfo("Asia/Jakarta"))
        match = Match(checks=frozenset({"web"})) if web else Match()
        entered = Entered(
            number, plan(at.replace(tzinfo=None).isoformat(), hours, match, rule), "budi", 0
        )
        if withdrawn is not None:
            entered = replace(entered, withdrawn=MONDAY + withdrawn * HOUR)
        overlays.put(entered)
    for minute in minutes:
        now = MONDAY + minute * 60_000
        wanted = {c for c in ("web", "db") if overlays.of(c, (now, now + 1)).held}
        assert overlays.active(now) == wanted


def test_the_next_window_is_the_one_in_force_or_the_coming_one(config: Config) -> None:
    overlays = Overlays(config)
    once = Entered(1, plan("2026-11-23T22:00", 2), "budi", 0)
    yearly = Entered(2, plan("2026-11-23T22:00", 2, rrule="FREQ=YEARLY;INTERVAL=3"), "budi", 0)
    begins = MONDAY + 22 * HOUR
    for each in (once, yearly):
        overlays.put(each)
        coming = overlays.next(each, MONDAY)
        assert coming is not None
        assert (coming.start, coming.end) == (begins, begins + 2 * HOUR)
        running = overlays.next(each, begins + HOUR)
        assert running is not None
        assert (running.planned, running.end) == (begins, begins + 2 * HOUR)
    assert overlays.is_over(once, begins + 3 * HOUR)
    assert not overlays.is_over(yearly, begins + 3 * HOUR)


def test_rows_of_availability_count_within_the_hours_and_without_the_work(config: Config) -> None:
    work = Entered(1, plan("2026-11-24T08:00", 2, Match(checks=frozenset({"web"}))), "budi", 0)
    overlays = Overlays(config, [work])
    down = MONDAY + DAY + 9 * HOUR  # from within the work until the middle of the night
    spans = [
        Span(MONDAY, down, Condition.UP, True),
        Span(down, down + 12 * HOUR, Condition.DOWN, True),
        Span(down + 12 * HOUR, None, Condition.UP, True),
    ]
    records = {c: Record(spans, [(MONDAY, None)]) for c in ("web", "db")}
    window, until = (MONDAY, MONDAY + 7 * DAY), MONDAY + 7 * DAY
    web, db, group = availability.rows(
        config.checks.values(), records, window, until, {"front": None}, lay=overlays.of
    )
    assert (web.down_ms, web.maintenance_ms) == (6 * HOUR, 2 * HOUR)
    assert web.up_ms == (4 * 8 - 8) * HOUR
    assert web.unmonitored_ms == web.outside_ms == 7 * DAY - 4 * 8 * HOUR
    assert (db.down_ms, db.maintenance_ms, db.outside_ms) == (12 * HOUR, 0, 0)
    assert group.outside_ms == web.outside_ms
    for row in (web, db, group):
        parts = ("up", "degraded", "down", "maintenance", "unknown", "unmonitored")
        assert sum(getattr(row, f"{part}_ms") for part in parts) == 7 * DAY
