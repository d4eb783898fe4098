"""Service hours: a calendar of local times becomes intervals of the one time line.

A calendar says which hours of the wall clock are served on which day of the week, where other
hours hold for a while (Ramadan), and on which dates nothing is served. An edge in local time is
an instant: hours begin when the wall clock first shows their start and end when it last shows
their end, so that a day on which an hour comes twice is served an hour longer, and an edge in
an hour that is skipped is the moment of the skip. A day lasts from local midnight to the next:
23, 24 or 25 hours.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from uptime.core.intervals import Closed, Set, union

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60

Hours = tuple[tuple[int, int], ...]
"""Of one day: [start, end) in minutes of the wall clock; 1440 is the midnight that ends it."""
Week = tuple[Hours, ...]
"""Hours of Monday to Sunday."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Period:
    """Other hours from `first` to `last`, both included."""

    first: date
    last: date
    week: Week


@dataclass(frozen=True, slots=True)
class Service:
    """Hours of the week, and of periods that go before them; of two periods the later named.

    What is closed (holidays, joint leave, days off less the working days) is not of the week
    and is given where it is needed.
    """

    week: Week
    periods: tuple[Period, ...] = ()

    def hours(self, day: date) -> Hours:
        """What is served on a day that is not closed."""
        week = self.week
        for period in self.periods:
            if period.first <= day <= period.last:
                week = period.week
        return week[day.weekday()]


def served(service: Service, closed: Container[date], zone: tzinfo, window: tuple[int, int]) -> Set:
    """The service hours within a window: sorted, disjoint, half-open milliseconds."""
    return union(_pieces(service, closed, zone, window), *window)


def _pieces(
    service: Service, closed: Container[date], zone: tzinfo, window: tuple[int, int]
) -> Iterator[Closed]:
    for day, _, ends in days(zone, window):
        if day in closed:
            continue
        for start, end in service.hours(day):
            opens = first_at(_moment(day, start), zone)
            # A midnight that comes twice belongs to the day it begins.
            yield opens, ends if end == DAY_MINUTES else last_at(_moment(day, end), zone)


def days(zone: tzinfo, window: tuple[int, int]) -> Iterator[tuple[date, int, int]]:
    """The days that touch a window, each whole: its date, its midnight and the next."""
    start, end = window
    if end <= start:
        return
    # A day that the zone's clock never showed (Samoa, 2011-12-30) lasts no time.
    day = date_of(start, zone)
    begins = midnight(day, zone)
    while begins < end:
        following = day + timedelta(days=1)
        ends = midnight(following, zone)
        if ends > begins:
            yield day, begins, ends
        day, begins = following, ends


def date_of(ms: int, zone: tzinfo) -> date:
    """The date on the wall at an instant."""
    return (_EPOCH + ms * _MS).astimezone(zone).date()


def midnight(day: date, zone: tzinfo) -> int:
    """When a local day begins."""
    return first_at(datetime.combine(day, time()), zone)


def first_at(local: datetime, zone: tzinfo) -> int:
    """The first instant at which the wall clock shows `local` (naive) or, skipping it, more."""
    return _instants(local, zone)[0]


def last_at(local: datetime, zone: tzinfo) -> int:
    """The last such instant: the second one where an hour comes twice."""
    return _instants(local, zone)[1]


def _instants(local: datetime, zone: tzinfo) -> tuple[int, int]:
    aware = local.replace(tzinfo=zone)
    before, after = (aware.replace(fold=fold).utcoffset() or timedelta() for fold in (0, 1))
    bare = local.replace(tzinfo=UTC) - _EPOCH
    first, second = (bare - before) // _MS, (bare - after) // _MS
    if first <= second:
        return first, second
    skip = _change(second, first, zone)
    return skip, skip


def _change(low: int, high: int, zone: tzinfo) -> int:
    """The instant in (low, high] from which the zone's offset is that of `high`."""
    target = _offset(high, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(middle, zone) == target:
            high = middle
        else:
            low = middle
    return high


def _offset(ms: int, zone: tzinfo) -> timedelta:
    return (_EPOCH + ms * _MS).astimezone(zone).utcoffset() or timedelta()


def _moment(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time()) + timedelta(minutes=minutes)
