"""Availability: every millisecond of a window is exactly one of six.

An integral over time, never a ratio of counts. Spans say what was the condition and whether
it was known; monitored and maintenance intervals and service hours are laid over them when
asked, never baked in. The work is linear in spans and intervals.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import NamedTuple

from uptime.core.counted import Counted, Stretch, counted
from uptime.core.intervals import Interval
from uptime.core.model import Span
from uptime.core.timeline import Class, Piece


class Shares(NamedTuple):
    """Percent, floored; None without data. `best` is the availability if everything unknown had
    been up, `worst` if all of it had been down.
    """

    availability: float | None
    coverage: float | None
    best: float | None
    worst: float | None


@dataclass(frozen=True, slots=True)
class TimeLedger:
    """Milliseconds of a window by what is known of them; the six add up to the window.

    `outside` is the part of `unmonitored` that was watched and lay outside the service hours.
    """

    up: int = 0
    degraded: int = 0
    down: int = 0
    maintenance: int = 0
    unknown: int = 0
    unmonitored: int = 0
    outside: int = 0

    def __add__(self, other: TimeLedger) -> TimeLedger:
        return TimeLedger(
            self.up + other.up,
            self.degraded + other.degraded,
            self.down + other.down,
            self.maintenance + other.maintenance,
            self.unknown + other.unknown,
            self.unmonitored + other.unmonitored,
            self.outside + other.outside,
        )

    @property
    def good(self) -> int:
        return self.up + self.degraded

    @property
    def measured(self) -> int:
        return self.up + self.degraded + self.down

    @property
    def availability(self) -> float | None:
        """Percent, floored to three decimals; None without data."""
        return percent(self.good, self.measured)

    @property
    def coverage(self) -> float | None:
        measured = self.measured
        return percent(measured, measured + self.unknown)

    @property
    def best(self) -> float | None:
        return self.shares.best

    @property
    def worst(self) -> float | None:
        return self.shares.worst

    @property
    def shares(self) -> Shares:
        """The four percentages that are shown together."""
        good, unknown = self.up + self.degraded, self.unknown
        measured = good + self.down
        availability = percent(good, measured)
        if unknown == 0:
            return Shares(availability, percent(measured, measured), availability, availability)
        whole = measured + unknown
        return Shares(
            availability,
            percent(measured, whole),
            percent(good + unknown, whole),
            percent(good, whole),
        )

    def budget_left(self, objective: float | None) -> int | None:
        """Milliseconds that may still be lost; negative when overspent. `objective` in percent."""
        if objective is None:
            return None
        lost, of = _allowed(objective)
        return lost * (self.measured + self.unknown) // of - self.down

    def budget_ratio(self, objective: float | None) -> float | None:
        """The share of the error budget that is left: 1 untouched, negative when overspent."""
        left = self.budget_left(objective)
        if left is None or left + self.down <= 0:
            return None
        return left / (left + self.down)


@cache
def _allowed(objective: float) -> tuple[int, int]:
    """The share of time that may be lost, as a fraction of whole numbers."""
    return ((100 - Fraction(str(objective))) / 100).as_integer_ratio()


def percent(part: int, whole: int) -> float | None:
    """Floored to three decimals, so that 100 means all of it; None of nothing."""
    return None if whole == 0 else (part * 100_000 // whole) / 1000


def account(
    window: tuple[int, int],
    spans: Iterable[Span],
    monitored: Sequence[Interval],
    *,
    until: int,
    maintenance: Sequence[Interval] = (),
    hours: Sequence[Interval] | None = None,
) -> TimeLedger:
    """The six-way time ledger of one check for [window[0], window[1]).

    `spans` are disjoint. `until` is the last instant anything can be said about (now, or the
    daemon's last sign of life): what is open ends there, what lies behind it and before the
    window's end is unknown if it is past and left out by the caller if it is future. What lies
    outside `hours` (None: round the clock) is unmonitored, too; timeline.py has the rule.
    """
    return accounted(counted(window, monitored, maintenance, hours), spans, until)


def accounted(time: Counted, spans: Iterable[Stretch], until: int) -> TimeLedger:
    """The same where it is worked out already what of the window counts."""
    up, degraded, down = time.known(spans, until)
    unknown = time.ms - up - degraded - down
    return TimeLedger(up, degraded, down, time.maintenance, unknown, time.unmonitored, time.outside)


def added_up(pieces: Iterable[Piece]) -> TimeLedger:
    """The time ledger of a time line."""
    sums = {kind.value: 0 for kind in Class}
    for began, ended, kind in pieces:
        sums[kind.value] += ended - began
    return TimeLedger(**sums)
