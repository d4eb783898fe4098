"""Service hours against a clock that is read every quarter of an hour, all over the world."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.invariants import invariant
from uptime import availability
from uptime.core.calendar import (
    Period,
    Service,
    date_of,
    days,
    first_at,
    last_at,
    midnight,
    served,
)
from uptime.core.model import Condition, Span
from uptime.core.sla import TimeLedger, account

ZONES = st.sampled_from(sorted(available_timezones() - {"localtime"})).map(ZoneInfo)
LOCAL = st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2035-12-31"))
HOUR = 3_600_000
DAY = 24 * HOUR
STEP = 15 * 60_000
JAKARTA, BERLIN = ZoneInfo("Asia/Jakarta"), ZoneInfo("Europe/Berlin")
NEW_YORK, HAVANA = ZoneInfo("America/New_York"), ZoneInfo("America/Havana")
OFFICE = Service((((450, 930),),) * 4 + (((450, 690), (780, 870)),) + ((), ()))
ALWAYS = Service((((0, 1440),),) * 7)


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def day(text: str, zone: ZoneInfo) -> tuple[int, int]:
    found = date.fromisoformat(text)
    return midnight(found, zone), midnight(found + timedelta(days=1), zone)


def total(intervals: list[tuple[int, int]]) -> int:
    return sum(b - a for a, b in intervals)


def test_office_hours_of_a_week_in_jakarta() -> None:
    window = (midnight(date(2026, 11, 23), JAKARTA), midnight(date(2026, 11, 30), JAKARTA))
    found = served(OFFICE, (), JAKARTA, window)
    assert len(found) == 6
    assert found[0] == (ms("2026-11-23T07:30+07:00"), ms("2026-11-23T15:30+07:00"))
    assert found[-1] == (ms("2026-11-27T13:00+07:00"), ms("2026-11-27T14:30+07:00"))
    assert total(found) == 4 * 8 * HOUR + 5 * HOUR + HOUR // 2


def test_a_period_goes_before_the_week_and_a_closed_day_before_both() -> None:
    ramadan = Period(date(2026, 2, 18), date(2026, 3, 19), (((480, 900),),) * 5 + ((), ()))
    service = Service(OFFICE.week, (ramadan,))
    closed = {date(2026, 2, 19)}
    lengths = {
        text: total(served(service, closed, JAKARTA, day(text, JAKARTA))) // HOUR
        for text in ("2026-02-17", "2026-02-18", "2026-02-19", "2026-03-19", "2026-03-23")
    }
    assert lengths == {
        "2026-02-17": 8, "2026-02-18": 7, "2026-02-19": 0, "2026-03-19": 7, "2026-03-23": 8,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "zone", "hours"),
    [
        ("2026-11-24", JAKARTA, 24),
        ("2026-03-29", BERLIN, 23),
        ("2026-10-25", BERLIN, 25),
        ("2026-03-08", NEW_YORK, 23),
        ("2026-11-01", NEW_YORK, 25),
        ("2026-03-08", HAVANA, 23),  # skips its midnight
        ("2026-11-01", HAVANA, 25),  # has it twice
    ],
)
def test_a_day_lasts_from_midnight_to_midnight(text: str, zone: ZoneInfo, hours: int) -> None:
    window = day(text, zone)
    assert window[1] - window[0] == hours * HOUR
    assert served(ALWAYS, (), zone, window) == [window]


def test_hours_over_a_change_of_the_clock_begin_first_and_end_last() -> None:
    night = Service((((30, 150),),) * 7)  # 00:30 to 02:30
    autumn = served(night, (), BERLIN, day("2026-10-25", BERLIN))
    assert autumn == [(ms("2026-10-25T00:30+02:00"), ms("2026-10-25T02:30+01:00"))]
    spring = served(night, (), BERLIN, day("2026-03-29", BERLIN))  # 02:30 is not
    assert spring == [(ms("2026-03-29T00:30+01:00"), ms("2026-03-29T03:00+02:00"))]
    early = Service((((150, 240),),) * 7)  # 02:30, which is not, to 04:00
    assert served(early, (), BERLIN, day("2026-03-29", BERLIN)) == [
        (ms("2026-03-29T03:00+02:00"), ms("2026-03-29T04:00+02:00"))
    ]


@settings(max_examples=500)
@given(ZONES, LOCAL)
def test_an_edge_is_where_the_wall_clock_passes_it(zone: ZoneInfo, local: datetime) -> None:
    """Looked at around it, second by second where it is near."""
    local = local.replace(microsecond=0, second=0)
    first, last = first_at(local, zone), last_at(local, zone)

    def wall(at: int) -> datetime:
        return datetime.fromtimestamp(at / 1000, UTC).astimezone(zone).replace(tzinfo=None)

    assert first <= last
    assert wall(first) >= local
    assert wall(last) >= local
    assert wall(first - 1000) < local
    assert wall(last - 1000) < local or first == last
    for at in range(last + STEP, last + 6 * HOUR, STEP):
        assert wall(at) >= local
    for at in range(first - 6 * HOUR, first, STEP):
        assert wall(at) < local


@invariant(16)
@given(ZONES, st.integers(ms("2020-01-01T00:00+00:00"), ms("2035-12-31T00:00+00:00")))
def test_days_follow_each_other_and_are_those_on_the_wall(zone: ZoneInfo, at: int) -> None:
    found = list(days(zone, (at, at + 3 * DAY)))
    assert found[0][1] <= at < found[0][2]
    assert found[-1][1] < at + 3 * DAY <= found[-1][2]
    for (_, _, ends), (_, begins, _) in zip(found, found[1:], strict=False):
        assert ends == begins
    for each, begins, ends in found:
        assert 21 * HOUR <= ends - begins <= 27 * HOUR  # Antarctica/Casey moves by three
        assert date_of(begins, zone) == each
        assert date_of(begins - 1, zone) < each


@given(
    ZONES,
    st.integers(ms("2020-01-01T00:00+00:00"), ms("2035-12-01T00:00+00:00")),
    st.integers(1, 40 * DAY),
    st.integers(0, 40 * DAY),
)
def test_windows_of_service_hours_add_up(zone: ZoneInfo, at: int, length: int, cut: int) -> None:
    cut = min(cut, length)
    whole = served(OFFICE, (), zone, (at, at + length))
    parts = [
        *served(OFFICE, (), zone, (at, at + cut)),
        *served(OFFICE, (), zone, (at + cut, at + length)),
    ]
    assert total(whole) == total(parts)
    edges = [edge for pair in whole for edge in pair]
    assert edges == sorted(set(edges))


@given(ZONES, st.integers(ms("2020-01-01T00:00+00:00"), ms("2035-12-31T00:00+00:00")))
def test_where_no_hour_comes_twice_served_is_what_the_wall_clock_says(
    zone: ZoneInfo, at: int
) -> None:
    window = (at, at + 2 * DAY)
    found = served(OFFICE, (), zone, window)
    for cell in range(at, at + 2 * DAY, STEP):
        wall = datetime.fromtimestamp(cell / 1000, UTC).astimezone(zone)
        minutes = wall.hour * 60 + wall.minute
        wanted = any(a <= minutes < b for a, b in OFFICE.hours(wall.date()))
        assert any(a <= cell < b for a, b in found) is wanted, wall


@pytest.mark.parametrize("here", ["UTC", "America/New_York", "Asia/Kathmandu"])
def test_the_zone_of_the_machine_does_not_matter(
    here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invariant 16."""
    window = day("2026-10-25", BERLIN)
    wanted = served(OFFICE, (), BERLIN, window), list(days(BERLIN, window))
    monkeypatch.setenv("TZ", here)
    time.tzset()
    try:
        assert (served(OFFICE, (), BERLIN, window), list(days(BERLIN, window))) == wanted
    finally:
        monkeypatch.undo()
        time.tzset()


@invariant(16)
@given(
    ZONES,
    st.integers(2020, 2035),
    st.integers(1, 12),
    st.lists(st.tuples(st.integers(1, 9 * DAY), st.sampled_from(list(Condition))), max_size=30),
    st.lists(st.tuples(st.integers(0, 31 * DAY), st.integers(1, 3 * DAY)), max_size=4),
)
def test_the_days_of_a_month_add_up_to_the_month(
    zone: ZoneInfo,
    year: int,
    number: int,
    lengths: list[tuple[int, Condition]],
    work: list[tuple[int, int]],
) -> None:
    """Invariant 16, with service hours and maintenance over it."""
    month = availability.month(f"{year}-{number:02}", zone)
    spans, at = [], month[0] - DAY
    for length, condition in lengths:
        spans.append(Span(at, at + length, condition, True))
        at += length
    held = [(month[0] + a, month[0] + a + b) for a, b in work]

    def ledger(window: tuple[int, int]) -> TimeLedger:
        hours = served(OFFICE, (), zone, window)
        return account(window, spans, [(0, None)], until=at, maintenance=held, hours=hours)

    found = list(days(zone, month))
    assert (found[0][1], found[-1][2]) == month
    assert sum((ledger(each[1:]) for each in found), TimeLedger()) == ledger(month)


def test_an_empty_window_has_no_days() -> None:
    assert list(days(JAKARTA, (5, 5))) == []
    assert served(ALWAYS, (), JAKARTA, (5, 5)) == []
