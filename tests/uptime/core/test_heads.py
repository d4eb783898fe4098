"""Days of a zone, and lines of a file of heads."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uptime.core.heads import SignedHead, Tip, day_at, parse_head, parse_tip

HEAD = SignedHead("2026-11-22", 7, "a" * 64, "b" * 64, "c" * 64, "d" * 128)
TIP = Tip(9, "a" * 64, "c" * 64, "d" * 128)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Asia/Jakarta", "2026-11-22", 24),
        ("Europe/Berlin", "2026-03-29", 23),
        ("Europe/Berlin", "2026-10-25", 25),
        ("America/Santiago", "2026-09-06", 23),  # midnight itself is left out
    ],
)
def test_a_day_is_from_midnight_to_midnight_of_its_zone(zone: str, day: str, hours: int) -> None:
    noon = datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000
    found = day_at(int(noon), ZoneInfo(zone))
    assert found.name == day
    assert found.ended - found.began == hours * 3_600_000


@given(
    st.integers(1_500_000_000_000, 2_200_000_000_000),
    st.sampled_from(["Asia/Jakarta", "Europe/Berlin", "America/Santiago", "Asia/Kathmandu"]),
)
def test_days_follow_each_other_without_a_gap(at: int, zone: str) -> None:
    day = day_at(at, ZoneInfo(zone))
    assert day.began <= at < day.ended
    before, after = day_at(day.began - 1, ZoneInfo(zone)), day_at(day.ended, ZoneInfo(zone))
    assert (before.ended, after.began) == (day.began, day.ended)
    assert before.name < day.name < after.name


def test_a_day_of_utc_begins_on_the_hour() -> None:
    assert day_at(0, UTC) == ("1970-01-01", 0, 86_400_000)


def test_a_line_says_all_of_a_head() -> None:
    assert parse_head(HEAD.line) == HEAD
    assert parse_tip(TIP.line) == TIP
    assert json.loads(HEAD.text)["type"] == "head"
    assert json.loads(TIP.text)["type"] == "tip"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("seq", "7"), ("seq", True), ("seq", -1), ("hash", "A" * 64), ("hash", "a" * 63),
        ("hash", None), ("results", 5), ("key", "é" * 64), ("signature", "d" * 64), ("day", 5),
        ("day", "yesterday"),
    ],
)  # fmt: skip
def test_what_is_no_head_is_none(field: str, value: object) -> None:
    with pytest.raises(ValueError, match="it"):
        parse_head(json.dumps(json.loads(HEAD.line) | {field: value}))


@pytest.mark.parametrize("line", ["", "[]", "5", "{", '{"seq": 5}'])
def test_what_is_no_object_is_no_head(line: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        parse_head(line)
    with pytest.raises(ValueError, match=r"\w"):
        parse_tip(line)
