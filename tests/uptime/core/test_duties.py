"""The clocks of the duty to report: elapsed hours from the discovery."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from uptime.core.duties import Duty, deadlines

HOUR = 3_600_000


def test_the_nearest_comes_first() -> None:
    assert [(d.duty, d.due) for d in deadlines(5)] == [
        (Duty.VITAL, 5 + 24 * HOUR),
        (Duty.PERSONAL, 5 + 72 * HOUR),
    ]


@pytest.mark.parametrize(("after", "left"), [(0, 24), (24, 0), (25, -1)])
def test_what_is_due_now_is_still_in_time(after: int, left: int) -> None:
    first, _ = deadlines(0)
    assert first.left(after * HOUR) == left * HOUR


def test_hours_are_elapsed_whatever_the_wall_clock_does() -> None:
    berlin = ZoneInfo("Europe/Berlin")  # sets its clocks back in this night
    found = datetime(2026, 10, 24, 12, tzinfo=berlin)
    first, _ = deadlines(round(found.timestamp() * 1000))
    due = datetime.fromtimestamp(first.due / 1000, UTC).astimezone(berlin)
    assert (due.day, due.hour) == (25, 11)
