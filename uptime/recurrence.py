"""Recurring dates: iCalendar rules (RFC 5545) through dateutil, kept from running for ever.

A rule says on which days something recurs; the time of day is that of its start. dateutil
searches on to the year 9999 for a date that never comes (31 April), which takes seconds: what
can make that search long is refused, and a rule of which nothing ever comes is no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dateutil.rrule import rrule

FIRST_YEAR, LAST_YEAR = 2000, 2100
"""A start outside is refused: every date from there on is counted through."""

_LONGEST = 200
_PARTS = (
    "FREQ", "INTERVAL", "COUNT", "UNTIL", "BYMONTH", "BYMONTHDAY", "BYDAY", "BYSETPOS", "WKST",
)  # fmt: skip
_FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_DATE = re.compile(r"[0-9]{8}")
EXAMPLE = 'rrule = "FREQ=MONTHLY;BYDAY=1SU"'


def check(rule: str, start: datetime) -> None:
    """Raises ValueError, "problem; fix: remedy", for a rule that is none or never comes about.

    `start` is local time. Takes up to some tenths of a second for one that never does.
    """
    if not FIRST_YEAR <= start.year <= LAST_YEAR:
        raise ValueError(
            f"it begins in {start.year}; fix: begin between {FIRST_YEAR} and {LAST_YEAR}"
        )
    _check_parts(rule)
    try:
        found = next(iter(_rule(rule, start)), None)
    except (ValueError, TypeError, IndexError, AttributeError, OverflowError) as error:
        # dateutil says some of it in words of Python.
        raise ValueError(f"is no recurrence rule ({error}); fix: write {EXAMPLE}") from None
    if found is None:
        raise ValueError("no date fits this rule; fix: correct or remove it")


def occurrences(start: datetime, rule: str, first: datetime, last: datetime) -> Iterator[datetime]:
    """The local times in [first, last] at which a rule that was checked comes about."""
    for year in range(max(first.year, start.year), last.year + 1):
        for at in _of_year(start, rule, year):
            if first <= at <= last:
                yield at


@lru_cache(maxsize=4096)
def _of_year(start: datetime, rule: str, year: int) -> tuple[datetime, ...]:
    found = takewhile(lambda at: at.year <= year, _rule(rule, start))
    return tuple(at for at in found if at.year == year)


def _rule(text: str, start: datetime) -> rrule:
    from dateutil.rrule import rrulestr

    parts = dict(part.split("=") for part in text.split(";"))
    if _DATE.fullmatch(parts.get("UNTIL", "")):
        parts["UNTIL"] += "T235959"  # a day is meant whole
    found: rrule = rrulestr(";".join(f"{k}={v}" for k, v in parts.items()), dtstart=start)
    return found


def _check_parts(rule: str) -> None:
    if len(rule) > _LONGEST:
        raise ValueError(f"is longer than {_LONGEST} characters; fix: shorten it")
    parts: dict[str, str] = {}
    for part in rule.split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or "=" in value:
            raise ValueError(f'"{part}" is not NAME=VALUE; fix: write {EXAMPLE}')
        if name not in _PARTS:
            raise ValueError(
                f'"{name}" is not known; fix: use {", ".join(_PARTS)}; "from" gives the time'
            )
        if name in parts:
            raise ValueError(f'"{name}" stands there twice; fix: keep one')
        parts[name] = value
    if parts.get("FREQ") not in _FREQUENCIES:
        raise ValueError(f"FREQ is missing or unknown; fix: use one of {', '.join(_FREQUENCIES)}")
    for name in ("INTERVAL", "COUNT"):
        value = parts.get(name, "1")
        if not (value.isascii() and value.isdigit() and 1 <= int(value) <= 9999):
            raise ValueError(f"{name} is no whole number from 1 to 9999; fix: correct it")
    if "COUNT" in parts and "UNTIL" in parts:
        raise ValueError("COUNT and UNTIL exclude each other; fix: keep one")
    daily, weekly = parts["FREQ"] == "DAILY", parts["FREQ"] == "WEEKLY"
    if (daily or weekly) and parts.keys() & {"BYMONTHDAY", "BYSETPOS"}:
        raise ValueError("days of the month need FREQ=MONTHLY; fix: write that")
    if daily and parts.keys() >= {"INTERVAL", "BYDAY"}:
        raise ValueError("BYDAY with an interval of days; fix: write FREQ=WEEKLY")
