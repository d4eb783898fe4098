"""What is laid over the record of the checks: maintenance and service hours.

Read by everything that accounts for time: the API, `siaga sla`, the gauges, the claims. Which
checks a plan covers is asked of the configuration as it stands, not as it stood then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar
from zoneinfo import ZoneInfo

from uptime import days_off, recurrence
from uptime.core.calendar import date_of, served
from uptime.core.intervals import Interval, Set
from uptime.core.maintenance import Entered, Window, windows

if TYPE_CHECKING:
    from uptime.config import Calendar, Config

T = TypeVar("T")
_KEPT = 2000  # answers; a refresh of ten thousand checks asks for a handful again and again
_YEAR, _YEARS = 366 * 86_400_000, 12
_AHEAD = 3_600_000  # ms that is looked ahead for the next beginning


@dataclass(frozen=True, slots=True)
class Laid:
    """Of one check in one window; `hours` is None for round the clock."""

    maintenance: tuple[Window, ...] = ()
    hours: Set | None = None

    @property
    def held(self) -> list[Interval]:
        return [(each.start, each.end) for each in self.maintenance]


NOTHING = Laid()


class Overlays:
    """Every plan that was ever entered, and the calendars of a configuration."""

    def __init__(self, config: Config, entered: Iterable[Entered] = ()) -> None:
        self._entered = {each.id: each for each in entered}
        self._covered: dict[int, frozenset[str]] = {}
        self._plans: dict[str, list[int]] = {}
        self._kept: dict[tuple[object, ...], object] = {}
        self._active: frozenset[str] = frozenset()
        self._looked = self.changes = 0  # what is active was worked out for this stretch
        self.configure(config)

    def configure(self, config: Config, renamed: Mapping[str, str] | None = None) -> None:
        """Another configuration: other checks, groups and calendars; `renamed` gives checks
        (old id to new) whose plans follow them.
        """
        self._config = config
        for number, each in self._entered.items() if renamed else ():
            match = each.plan.match.renamed(renamed or {})
            self._entered[number] = replace(each, plan=replace(each.plan, match=match))
        self._zone = ZoneInfo(config.siaga.timezone)
        self._covered.clear()
        self._plans.clear()
        for each in self._entered.values():
            self._add(each)
        self._forget()

    def put(self, entered: Entered) -> None:
        """A plan is new, or was withdrawn."""
        if entered.id not in self._entered:
            self._add(entered)
        self._entered[entered.id] = entered
        self._forget()

    @property
    def entered(self) -> list[Entered]:
        """All of them, oldest first."""
        return [self._entered[number] for number in sorted(self._entered)]

    def find(self, number: int) -> Entered:
        """KeyError for one that does not exist."""
        return self._entered[number]

    def is_over(self, entered: Entered, now: int) -> bool:
        """Whether it will not be in force any more, so far as may be looked ahead."""
        return not self.next(entered, now)

    def next(self, entered: Entered, now: int) -> Window | None:
        """The window that is in force, or the next one within the coming years."""
        for year in range(_YEARS):
            ahead = self.windows(entered, (now + year * _YEAR, now + (year + 1) * _YEAR))
            if ahead:
                return ahead[0]
        return None

    def covered(self, number: int) -> frozenset[str]:
        """The checks a plan covers; KeyError for one that does not exist."""
        return self._covered[number]

    def of(self, check: str, window: tuple[int, int]) -> Laid:
        """What is laid over a check within a window."""
        found = [
            each
            for number in self._plans.get(check, ())
            for each in self.windows(self._entered[number], window)
        ]
        configured = self._config.checks.get(check)
        if configured is None or configured.calendar is None:
            return Laid(tuple(found)) if found else NOTHING
        calendar = self._config.calendars[configured.calendar]
        return Laid(tuple(found), self.hours(calendar, window))

    def windows(self, entered: Entered, window: tuple[int, int]) -> list[Window]:
        """When a plan is in force within a window."""
        zone = ZoneInfo(entered.plan.zone)
        return self._once(
            (entered.id, *window),
            lambda: windows(entered, zone, window, recurrence.occurrences),
        )

    def hours(self, calendar: Calendar, window: tuple[int, int]) -> Set:
        """Service hours within a window."""
        return self._once((calendar.id, *window), lambda: self._served(calendar, window))

    def active(self, now: int) -> frozenset[str]:
        """The checks in maintenance now; asked every second, worked out when it changes: at
        `changes` at the earliest.
        """
        if not self._looked <= now < self.changes:
            on: set[str] = set()
            ahead = until = now + _AHEAD
            for entered in self._entered.values():
                for each in self.windows(entered, (now, ahead)):
                    if each.start <= now:
                        on |= self._covered[entered.id]
                    until = min(until, each.end if each.start <= now else each.start)
            self._looked, self.changes, self._active = now, until, frozenset(on)
        return self._active

    def _served(self, calendar: Calendar, window: tuple[int, int]) -> Set:
        first, last = date_of(window[0], self._zone), date_of(window[1], self._zone)
        closed = days_off.closed(calendar, range(first.year, last.year + 1))
        return served(calendar.service, closed, self._zone, window)

    def _add(self, entered: Entered) -> None:
        match = entered.plan.match
        covered = [c.id for c in self._config.checks.values() if match.matches(c)]
        self._covered[entered.id] = frozenset(covered)
        for check in covered:
            self._plans.setdefault(check, []).append(entered.id)

    def _forget(self) -> None:
        self._kept.clear()
        self._looked = self.changes = 0

    def _once(self, key: tuple[object, ...], work: Callable[[], T]) -> T:
        if key not in self._kept:
            if len(self._kept) >= _KEPT:
                self._kept.clear()
            self._kept[key] = work()
        return self._kept[key]  # type: ignore[return-value] # of this work
