"""Days on which there are no service hours: public holidays, joint leave, and one's own.

Public holidays are the `holidays` package's, imported when a calendar names a country. Joint
leave (cuti bersama) is decided by decree a year ahead; what is known of it lies in
`data/joint_leave.toml` and may be continued by a file of the user's in the same form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uptime.config.model import Calendar

_SHIPPED = Path(__file__).parent / "data" / "joint_leave.toml"

Years = Mapping[int, frozenset[date]]


def closed(calendar: Calendar, years: Iterable[int]) -> frozenset[date]:
    """The dates of these years without service hours."""
    wanted = frozenset(years)
    off = {day for day in (*calendar.joint_leave, *calendar.days_off) if day.year in wanted}
    if calendar.holidays is not None:
        for year in wanted:
            off |= public_holidays(calendar.holidays, year)
    return frozenset(off - calendar.working_days)


@lru_cache(maxsize=1024)
def public_holidays(country: str, year: int) -> frozenset[date]:
    """Empty for a year of which the package knows nothing."""
    from holidays import country_holidays

    return frozenset(country_holidays(country, years=year))


@cache
def countries() -> Collection[str]:
    """Codes of the countries whose public holidays are known."""
    from holidays import list_supported_countries

    return frozenset(list_supported_countries(include_aliases=False))


@cache
def shipped_joint_leave(country: str) -> Years:
    """By year, as it comes with Siaga; empty for a country without any."""
    return read_joint_leave(_SHIPPED, country)


def read_joint_leave(path: Path, country: str) -> Years:
    """By year, from a file of `[COUNTRY.YEAR]` tables with `days`, a list of dates.

    Raises OSError, and ValueError that says what is wrong where.
    """
    found = tomllib.loads(path.read_text("utf-8")).get(country, {})
    if not isinstance(found, dict):
        raise ValueError(f'"{country}" is no table; fix: write [{country}.2027]')
    return {year: days for name, table in found.items() for year, days in _year(name, table)}


def _year(name: str, table: object) -> Iterable[tuple[int, frozenset[date]]]:
    days = table.get("days") if isinstance(table, dict) else None
    if not (name.isascii() and name.isdigit() and len(name) == 4) or not isinstance(days, list):
        raise ValueError(f'"{name}" is no year with days; fix: write days = [2027-03-08] below it')
    for day in days:
        if not isinstance(day, date) or isinstance(day, datetime) or day.year != int(name):
            raise ValueError(f"{day} is no date of {name}; fix: correct or remove it")
    yield int(name), frozenset(days)
