"""Availability: every millisecond of a window is exactly one of six.

An integral over time, never a ratio of counts. Spans say what was the condition and whether
it was known; monitored and maintenance intervals are laid over them when asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from uptime.core.model import Condition, Span

Interval = tuple[int, int | None]
"""Half-open milliseconds; None for "still so"."""


@dataclass(frozen=True, slots=True)
class TimeLedger:
    """Milliseconds of a window by what is known of them; they add up to the window."""

    up: int = 0
    degraded: int = 0
    down: int = 0
    maintenance: int = 0
    unknown: int = 0
    unmonitored: int = 0

    def __add__(self, other: TimeLedger) -> TimeLedger:
        return TimeLedger(
            self.up + other.up,
            self.degraded + other.degraded,
            self.down + other.down,
            self.maintenance + other.maintenance,
            self.unknown + other.unknown,
            self.unmonitored + other.unmonitored,
        )

    @property
    def good(self) -> int:
        return self.up + self.degraded

    @property
    def measured(self) -> int:
        return self.good + self.down

    @property
    def availability(self) -> float | None:
        """Percent, floored to three decimals; None without data."""
        return percent(self.good, self.measured)

    @property
    def coverage(self) -> float | None:
        return percent(self.measured, self.measured + self.unknown)

    @property
    def best(self) -> float | None:
        """Availability if everything unknown had been up."""
        return percent(self.good + self.unknown, self.measured + self.unknown)

    @property
    def worst(self) -> float | None:
        """Availability if everything unknown had been down."""
        return percent(self.good, self.measured + self.unknown)

    def budget_left(self, objective: float | None) -> int | None:
        """Milliseconds that may still be lost; negative when overspent. `objective` in percent."""
        if objective is None:
            return None
        allowed = (100 - Fraction(str(objective))) / 100 * (self.measured + self.unknown)
        return allowed.numerator // allowed.denominator - self.down

    def budget_ratio(self, objective: float | None) -> float | None:
        """The share of the error budget that is left: 1 untouched, negative when overspent."""
        left = self.budget_left(objective)
        if left is None or left + self.down <= 0:
            return None
        return left / (left + self.down)


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
) -> TimeLedger:
    """The six-way time ledger of one check for [window[0], window[1]).

    `until` is the last instant anything can be said about (now, or the daemon's last sign of
    life): what is open ends there, what lies behind it and before the window's end is
    unknown if it is past and left out by the caller if it is future. Where kinds overlap,
    unmonitored goes before maintenance, that before unknown, that before the condition.
    """
    start, end = window
    if end <= start:
        return TimeLedger()
    watched = _union(monitored, start, end, end)
    held = _intersect(_union(maintenance, start, end, end), watched)
    watched_ms, held_ms = _measure(watched), _measure(held)
    counted = _subtract(watched, held)
    sums = dict.fromkeys(Condition, 0)
    for span in spans:
        if not span.known:
            continue
        piece = (max(span.began, start), min(end, until if span.ended is None else span.ended))
        if piece[0] < piece[1]:
            sums[span.condition] += _measure(_intersect([piece], counted))
    up, degraded, down = sums[Condition.UP], sums[Condition.DEGRADED], sums[Condition.DOWN]
    return TimeLedger(
        up=up,
        degraded=degraded,
        down=down,
        maintenance=held_ms,
        unknown=watched_ms - held_ms - up - degraded - down,
        unmonitored=end - start - watched_ms,
    )


def outages(window: tuple[int, int], spans: Iterable[Span], until: int) -> int:
    """How many stretches of the condition down touch the window, known or not between."""
    count, last_down_end = 0, None
    for span in spans:
        ended = until if span.ended is None else span.ended
        if span.condition is not Condition.DOWN:
            continue
        if ended > window[0] and span.began < window[1] and last_down_end != span.began:
            count += 1
        last_down_end = ended
    return count


_Closed = tuple[int, int]


def _union(intervals: Iterable[Interval], start: int, end: int, open_end: int) -> list[_Closed]:
    """Clipped to the window, sorted, overlaps and touching ones merged."""
    out: list[_Closed] = []
    clipped = ((max(a, start), min(open_end if b is None else b, end)) for a, b in intervals)
    for a, b in sorted(pair for pair in clipped if pair[0] < pair[1]):
        if out and a <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], b))
        else:
            out.append((a, b))
    return out


def _intersect(left: Sequence[_Closed], right: Sequence[_Closed]) -> list[_Closed]:
    pairs = ((max(a, c), min(b, d)) for a, b in left for c, d in right if a < d and c < b)
    return [pair for pair in pairs if pair[0] < pair[1]]


def _subtract(left: Sequence[_Closed], right: Sequence[_Closed]) -> list[_Closed]:
    out: list[_Closed] = []
    for a, b in left:
        for c, d in right:
            if d <= a or b <= c:
                continue
            if a < c:
                out.append((a, c))
            a = max(a, d)
        if a < b:
            out.append((a, b))
    return out


def _measure(intervals: Iterable[_Closed]) -> int:
    return sum(b - a for a, b in intervals)
