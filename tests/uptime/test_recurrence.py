"""Rules that are refused, and rules that are bounded."""

from __future__ import annotations

import contextlib
import time
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.recurrence import check, occurrences

START = datetime.fromisoformat("2026-01-01T22:00")


@pytest.mark.parametrize(
    "rule",
    [
        "", "FREQ", "FREQ=", "FREQ=SECONDLY", "FREQ=HOURLY;COUNT=3", "BYDAY=MO", "FREQ=DAILY;",
        "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=99999999",
        "FREQ=DAILY;COUNT=2;UNTIL=20270101", "FREQ=DAILY;BYHOUR=3", "FREQ=WEEKLY;BYDAY=8MO;X=1",
        "FREQ=DAILY;FREQ=DAILY", "FREQ=WEEKLY;BYMONTHDAY=31", "FREQ=DAILY;INTERVAL=7;BYDAY=MO",
        "FREQ=MONTHLY;BYMONTH=4;BYMONTHDAY=31", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=6", "FREQ=DAILY;UNTIL=19990101", "FREQ=DAILY;UNTIL=soon",
        "FREQ=MONTHLY;BYMONTHDAY=99", "FREQ=YEARLY;BYMONTH=13", "RRULE:FREQ=DAILY",
        "FREQ=DAILY;UNTIL=20270101T000000Z", "FREQ=DAILY;BYMONTH=" + "1," * 200,
    ],
)  # fmt: skip
def test_a_rule_that_is_none_or_never_comes_about_is_refused_in_time(rule: str) -> None:
    began = time.thread_time()
    with pytest.raises(ValueError, match=r"; fix: "):
        check(rule, START)
    assert time.thread_time() - began < 5


def test_a_start_out_of_range_is_refused() -> None:
    for year in (1, 1999, 2101, 9999):
        with pytest.raises(ValueError, match="begin between 2000 and 2100"):
            check("FREQ=DAILY", START.replace(year=year))


def test_a_day_as_the_end_is_meant_whole() -> None:
    check("FREQ=DAILY;UNTIL=20260103", START)
    found = occurrences(
        START, "FREQ=DAILY;UNTIL=20260103", START, datetime.fromisoformat("2030-01-01")
    )
    assert [at.day for at in found] == [1, 2, 3]


def test_a_rule_with_a_count_ends() -> None:
    found = occurrences(
        START,
        "FREQ=WEEKLY;COUNT=60",
        datetime.fromisoformat("2027-01-01"),
        datetime.fromisoformat("2029-01-01"),
    )
    assert len(list(found)) == 60 - 53


PARTS = st.fixed_dictionaries(
    {"FREQ": st.sampled_from(("DAILY", "WEEKLY", "MONTHLY", "YEARLY"))},
    optional={
        "INTERVAL": st.integers(-1, 500).map(str),
        "COUNT": st.integers(0, 300).map(str),
        "UNTIL": st.sampled_from(("20271231", "20260101T120000", "20990101")),
        "BYMONTH": st.lists(st.integers(0, 13).map(str), max_size=3).map(",".join),
        "BYMONTHDAY": st.lists(st.integers(-32, 32).map(str), max_size=3).map(",".join),
        "BYDAY": st.lists(st.sampled_from(("MO", "1SU", "-1FR", "6WE", "TH")), max_size=3).map(
            ",".join
        ),
        "BYSETPOS": st.integers(-400, 400).map(str),
        "WKST": st.sampled_from(("MO", "SU")),
    },
)


@given(PARTS)
def test_whatever_is_accepted_is_expanded_at_once_and_in_order(parts: dict[str, str]) -> None:
    rule = ";".join(f"{name}={value}" for name, value in parts.items())
    with contextlib.suppress(ValueError):
        check(rule, START)
        began = time.thread_time()
        found = list(
            occurrences(
                START,
                rule,
                datetime.fromisoformat("2026-01-01"),
                datetime.fromisoformat("2036-01-01"),
            )
        )
        assert time.thread_time() - began < 2
        assert found == sorted(set(found))
        assert all(at >= START and (at.hour, at.minute) == (22, 0) for at in found)
