"""Maintenance: when it is in force, and what a contract leaves out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.invariants import invariant
from uptime.core.calendar import DAYS
from uptime.core.intervals import measure
from uptime.core.maintenance import (
    Entered,
    Plan,
    Window,
    accept,
    excluded,
    instant,
    windows,
)
from uptime.core.match import Match
from uptime.recurrence import occurrences

ALL = sorted(available_timezones() - {"localtime"})
HOUR = 3_600_000
DAY = 24 * HOUR
YEAR = 366 * DAY


def ms(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)


def plan(start: str, zone: str = "Asia/Jakarta", hours: float = 2, **more: object) -> Plan:
    return Plan(
        Match(),
        datetime.fromisoformat(start),
        round(hours * HOUR),
        zone,
        **more,  # type: ignore[arg-type]
    )


def entered(plan: Plan, at: str = "2020-01-01T00:00Z", **more: object) -> Entered:
    return Entered(1, plan, "budi", ms(at), **more)  # type: ignore[arg-type]


def force(of: Entered, start: str, end: str) -> list[tuple[int, int]]:
    found = windows(of, ZoneInfo(of.plan.zone), (ms(start), ms(end)), occurrences)
    return [(each.start, each.end) for each in found]


@pytest.mark.parametrize(
    ("zone", "start", "wanted"),
    [
        ("Asia/Jakarta", "2026-12-01T22:00", "2026-12-01T22:00+07:00"),
        ("Europe/Berlin", "2026-10-25T02:30", "2026-10-25T02:30+02:00"),  # comes twice: the first
        ("America/New_York", "2026-11-01T01:30", "2026-11-01T01:30-04:00"),
        ("Europe/Berlin", "2026-03-29T02:30", "2026-03-29T03:30+02:00"),  # is skipped
        ("America/New_York", "2026-03-08T02:30", "2026-03-08T03:30-04:00"),
        ("America/Nuuk", "2026-03-28T23:30", "2026-03-28T22:30-02:00"),  # as the day's last hour
        ("Europe/Berlin", "2026-10-25T02:30+01:00", "2026-10-25T02:30+01:00"),  # said exactly
    ],
)
def test_a_window_begins_at_its_local_time_and_lasts_as_long_as_it_was_said(
    zone: str, start: str, wanted: str
) -> None:
    of = entered(plan(start, zone))
    assert force(of, "2026-01-01T00:00Z", "2027-01-01T00:00Z") == [
        (ms(wanted), ms(wanted) + 2 * HOUR)
    ]


def test_a_rule_counts_in_local_time() -> None:
    of = entered(plan("2026-12-01T22:00", rrule="FREQ=MONTHLY;BYDAY=1SU"))
    assert [start for start, _ in force(of, "2026-12-01T00:00Z", "2027-03-01T00:00Z")] == [
        ms("2026-12-06T22:00+07:00"),
        ms("2027-01-03T22:00+07:00"),
        ms("2027-02-07T22:00+07:00"),
    ]
    weekly = entered(plan("2026-10-18T02:30", "Europe/Berlin", rrule="FREQ=WEEKLY;BYDAY=SU"))
    assert [start for start, _ in force(weekly, "2026-10-18T00:00Z", "2026-11-02T00:00Z")] == [
        ms("2026-10-18T02:30+02:00"),
        ms("2026-10-25T02:30+02:00"),
        ms("2026-11-01T02:30+01:00"),
    ]


def test_work_that_reaches_into_a_window_is_cut_to_it() -> None:
    of = entered(plan("2026-12-01T22:00", rrule="FREQ=DAILY"))
    noon = ms("2026-12-03T23:00+07:00")
    found = windows(of, ZoneInfo("Asia/Jakarta"), (noon, noon + 60_000), occurrences)
    assert found == [Window(noon, noon + 60_000, ms("2026-12-03T22:00+07:00"))]


def test_what_is_entered_late_holds_from_its_entry_on_and_what_is_withdrawn_until_then() -> None:
    start = "2026-12-01T22:00"
    begins = ms(f"{start}+07:00")
    whole = ("2026-12-01T00:00Z", "2026-12-03T00:00Z")
    late = entered(plan(start), "2026-12-01T23:00+07:00")
    assert force(late, *whole) == [(begins + HOUR, begins + 2 * HOUR)]
    assert force(entered(plan(start), "2026-12-02T00:00+07:00"), *whole) == []
    ended = replace(late, withdrawn=begins + HOUR + 60_000)
    assert force(ended, *whole) == [(begins + HOUR, begins + HOUR + 60_000)]
    assert force(replace(late, withdrawn=begins - 1), *whole) == []
    over = replace(late, withdrawn=begins + 5 * HOUR)
    assert force(over, *whole) == force(late, *whole), "what was in force stays"


def check_recurring(zone: str, weekday: int, minutes: int, year: int, length: int) -> None:
    """Invariant 17 for one rule in one year."""
    rule = f"FREQ=WEEKLY;BYDAY={DAYS[weekday][:2].upper()}"
    first = datetime.fromisoformat(f"{year}-01-01")
    start = first + timedelta(minutes=minutes)
    of = Entered(1, Plan(Match(), start, length, zone, rule), "budi", 0)
    here = ZoneInfo(zone)
    # From the year's first local day on; the work of a week before may reach into it.
    between = (instant(first, here), instant(first.replace(month=12, day=31), here))
    found = windows(of, here, between, occurrences)
    assert 51 <= len(found) <= 53
    for each in found:
        assert each.planned == each.start < each.end
        wall = datetime.fromtimestamp(each.start / 1000, UTC).astimezone(here)
        assert wall.weekday() == weekday, (zone, wall)
        assert each.end == min(each.start + length, between[1])
        said = wall.hour * 60 + wall.minute
        assert abs(said - minutes) <= 180, (zone, wall)  # Antarctica/Casey moves by three hours


@invariant(17)
@given(
    st.sampled_from(ALL),
    st.integers(0, 6),
    st.integers(0, 1439),
    st.integers(2020, 2035),
    st.integers(1000, 5 * DAY),
)
def test_recurring_windows_keep_their_weekday_and_length_over_every_change_of_the_clock(
    zone: str, weekday: int, minutes: int, year: int, length: int
) -> None:
    check_recurring(zone, weekday, minutes, year, length)


@pytest.mark.long
def test_recurring_windows_in_every_zone_from_2020_to_2035() -> None:
    for zone in ALL:
        for year in range(2020, 2036):
            for weekday, minutes in ((6, 150), (5, 1410), (6, 30), (4, 10)):
                check_recurring(zone, weekday, minutes, year, HOUR)


@invariant(17)
@given(
    st.sampled_from(("Europe/Berlin", "America/New_York", "Asia/Jakarta")),
    st.sampled_from((None, "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=SU,WE")),
    st.integers(1, 40),
    st.integers(-50, 400),
    st.none() | st.integers(-50, 400),
    st.lists(st.integers(0, 400), min_size=3, max_size=3).map(sorted),
)
def test_windows_of_maintenance_add_up(
    zone: str, rule: str | None, hours: int, at: int, withdrawn: int | None, cuts: list[int]
) -> None:
    """Around the end of summer time, entered and withdrawn at any hour."""
    first = ms("2026-10-20T00:00Z")
    of = Entered(
        1, plan("2026-10-22T02:30", zone, hours, rrule=rule), "budi", first + at * HOUR,
        withdrawn=None if withdrawn is None else first + withdrawn * HOUR,
    )  # fmt: skip
    a, b, c = (first + cut * HOUR for cut in cuts)

    def within(start: int, end: int) -> set[int]:
        found = windows(of, ZoneInfo(zone), (start, end), occurrences)
        assert all(start <= w.start < w.end <= end for w in found)
        assert all(w.start >= of.entered for w in found)
        assert of.withdrawn is None or all(w.end <= of.withdrawn for w in found)
        return {cell for w in found for cell in range(w.start, w.end, HOUR // 2)}

    assert within(a, b) | within(b, c) == within(a, c)
    assert not within(a, b) & within(b, c)


STRETCHES = st.lists(
    st.tuples(
        st.integers(0, 300), st.integers(1, 60), st.integers(0, 50), st.none() | st.integers(0, 300)
    ),
    max_size=8,
)


@invariant(12)
@given(STRETCHES, st.integers(0, 100), st.none() | st.integers(0, 200))
def test_a_contract_leaves_out_what_was_announced_in_time_oldest_first_up_to_its_quota(
    found: list[tuple[int, int, int, int | None]], notice: int, quota: int | None
) -> None:
    """Against one cell per second; `late` is how much later it began than planned."""
    work = [
        Window(start + late, start + late + length, start, announced)
        for start, length, late, announced in found
    ]
    agreed = sorted(
        {
            cell
            for each in work
            if notice == 0
            or (each.announced is not None and each.announced + notice <= each.planned)
            for cell in range(each.start, each.end)
            if 20 <= cell < 250
        }
    )
    wanted = agreed if quota is None else agreed[:quota]
    out = excluded((20, 250), work, notice, quota)
    assert [cell for a, b in out for cell in range(a, b)] == wanted
    assert excluded((20, 250), [*work[::-1], *work], notice, quota) == out, "a set (invariant 12)"
    assert quota is None or measure(out) <= quota


def test_a_file_enters_what_is_new_and_withdraws_what_is_gone() -> None:
    numbers = count(1)
    once, again = plan("2026-12-01T22:00"), plan("2026-12-08T22:00")
    first = accept([once, once], (), 100, lambda: next(numbers))
    assert [(e.id, e.by, e.source, e.entered) for e in first] == [(1, "configuration", "file", 100)]
    assert accept([once], first, 200, lambda: next(numbers)) == []
    person = Entered(9, again, "budi", 50)
    gone, new = accept([again], [*first, person], 300, lambda: next(numbers))
    assert (gone.id, gone.withdrawn, gone.withdrawn_by) == (1, 300, "configuration")
    assert (new.id, new.plan, new.entered) == (2, again, 300)
    back = accept([once, again], [gone, new, person], 400, lambda: next(numbers))
    assert [(e.id, e.plan, e.entered) for e in back] == [(3, once, 400)], "entered anew"


def test_a_match_says_itself() -> None:
    match = Match(frozenset({"high"}), frozenset({"b", "a"}), {"opd": "*"}, frozenset({"web"}))
    assert match.words == ["check=web", "group=a", "group=b", "label.opd=*", "severity=high"]
    assert Match().words == []
