"""Public holidays and joint leave."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from holidays import country_holidays

from tests.uptime.config.fakes import load, write
from uptime.days_off import closed, countries, read_joint_leave, shipped_joint_leave

TEXT = """
[checks.web]
type = "web"
target = "https://portal.example/"
calendar = "office"
[calendars.office]
hours = { mon-fri = "08:00-16:00" }
holidays = "ID"
"""


def _warnings(folder: Path, more: str = "", today: str = "2026-11-24") -> list[str]:
    found = load(write(folder, TEXT + more), today=date.fromisoformat(today))
    return [each for each in found.warnings if "joint leave" in each]


def test_the_days_without_service_of_a_year(tmp_path: Path) -> None:
    more = "days_off = [2026-12-31]\nworking_days = [2026-12-24, 2026-12-25]\n"
    calendar = load(write(tmp_path, TEXT + more)).calendars["office"]
    off = closed(calendar, [2026])
    assert {date(2026, 8, 17), date(2026, 5, 27), date(2026, 3, 24), date(2026, 12, 31)} <= off
    assert not {date(2026, 12, 24), date(2026, 12, 25)} & off
    assert {day.year for day in off} == {2026}
    assert {day.year for day in closed(calendar, [2025, 2026])} == {2025, 2026}


def test_without_joint_leave_only_public_holidays_are_off(tmp_path: Path) -> None:
    calendar = load(write(tmp_path, TEXT + "joint_leave = false\n")).calendars["office"]
    assert calendar.joint_years is None
    off = closed(calendar, [2026])
    assert date(2026, 8, 17) in off
    assert date(2026, 3, 24) not in off


@pytest.mark.parametrize("year", [2024, 2025, 2026, 2027])
def test_the_joint_leave_that_is_shipped_is_what_the_library_knows(year: int) -> None:
    """Two sources; the library calls it a holiday of the government."""
    known = country_holidays("ID", years=year, categories=("government",))
    assert shipped_joint_leave("ID")[year] == set(known)
    assert not set(known) & set(country_holidays("ID", years=year))


def test_a_year_without_joint_leave_is_warned_of_when_it_runs_and_from_december_before(
    tmp_path: Path,
) -> None:
    assert _warnings(tmp_path) == []
    assert _warnings(tmp_path, today="2027-11-30") == []
    (said,) = _warnings(tmp_path, today="2027-12-01")
    assert 'calendar "office" knows no joint leave of 2028' in said
    assert "[ID.2028]" in said
    assert len(_warnings(tmp_path, today="2028-12-01")) == 2
    assert _warnings(tmp_path, "joint_leave = false\n", "2028-12-01") == []


def test_a_file_of_the_users_own_adds_years_and_goes_first(tmp_path: Path) -> None:
    (tmp_path / "cuti.toml").write_text(
        "[ID.2028]\ndays = [2028-01-03]\n[ID.2026]\ndays = [2026-12-31]\n[MY.2028]\ndays = [9]\n"
    )
    more = 'joint_leave = "cuti.toml"\n'
    assert _warnings(tmp_path, more, "2028-01-01") == []
    calendar = load(write(tmp_path, TEXT + more)).calendars["office"]
    assert date(2028, 1, 3) in closed(calendar, [2028])
    off = closed(calendar, [2026])
    assert date(2026, 12, 31) in off
    assert date(2026, 12, 24) not in off
    assert date(2025, 4, 2) in closed(calendar, [2025])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ID = 5", '"ID" is no table; fix:'),
        ("[ID]\nsoon = 1", '"soon" is no year with days; fix:'),
        ("[ID.2028]\ndays = [2027-01-01]", "2027-01-01 is no date of 2028; fix:"),
        ("[ID.2028]\ndays = [2028-01-01T00:00:00]", "is no date of 2028; fix:"),
        ("[ID.2028]\ndays = 5", "is no year with days; fix:"),
        ("[ID.2028", "Expected"),
    ],
)
def test_a_bad_file_of_joint_leave_says_what_is_wrong(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "cuti.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match=message.replace("[", r"\[")):
        read_joint_leave(path, "ID")


def test_countries_are_codes_of_two_letters() -> None:
    assert "ID" in countries()
    assert all(len(code) == 2 for code in countries())
