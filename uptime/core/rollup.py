"""What is left of many results: how many of each outcome, how long they took, what got lost.

A rollup of a window is the merge of the rollups of its parts, whatever the parts: merging is
associative and commutative, and EMPTY is its identity. So an hour kept is the hour computed
again from its results, and a day, a month or any other window is made of hours.

Latencies are whole ticks of 10 us. Count, sum, least and greatest are exact; a quantile is the
value at the nearest rank (the smallest that p percent of all do not exceed), known to within
`ERROR` of itself, since a histogram keeps only the bin of each value. The bins are the same for
every check and for ever: each ends where its end is 1 + 2 ERROR / (1 - ERROR) of its beginning,
the grid of DDSketch (Masson, Rim, Lee, VLDB 2019), here in whole numbers, so that no machine's
logarithm can put a value elsewhere. Up to 0.24 ms a bin is one tick, and exact.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from uptime.core.model import Status

ERROR = 0.02
_GREATEST = 0xFFFF_FFFF
_RANK = (Status.DOWN, Status.DEGRADED, Status.UP, Status.UNKNOWN).index
_NONE = dict.fromkeys(Status, 0)

Outcome = tuple[Status, str | None]
"""Status and reason."""


def _bounds() -> tuple[int, ...]:
    """The greatest value of each bin; the first holds zero alone."""
    bounds = [0]
    while bounds[-1] < _GREATEST:
        first = bounds[-1] + 1
        bounds.append(max(first, first * 51 // 49))
    return tuple(bounds)


BOUNDS = _bounds()


def bin_of(value: int) -> int:
    return bisect_left(BOUNDS, value)


def middle(number: int) -> float:
    """The value that is as far from both ends of a bin, in proportion."""
    if number == 0:
        return 0.0
    first, last = BOUNDS[number - 1] + 1, BOUNDS[number]
    return 2 * first * last / (first + last)


@dataclass(frozen=True, slots=True)
class Histogram:
    """Whole numbers from 0 to 2^32 - 1; `least` and `greatest` are 0 where there are none."""

    count: int = 0
    total: int = 0
    least: int = 0
    greatest: int = 0
    bins: Mapping[int, int] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Iterable[int]) -> Histogram:
        found = sorted(values)
        if not found:
            return cls()
        bins: dict[int, int] = {}
        for value in found:
            number = bin_of(value)
            bins[number] = bins.get(number, 0) + 1
        return cls(len(found), sum(found), found[0], found[-1], bins)

    def quantile(self, percent: int) -> float | None:
        """The value at the nearest rank, within ERROR of itself; None without any."""
        rank = max(1, -(-percent * self.count // 100))
        seen = 0
        for number in sorted(self.bins):
            seen += self.bins[number]
            if seen >= rank:
                return min(max(middle(number), self.least), self.greatest)
        return None

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None


@dataclass(frozen=True, slots=True)
class Rollup:
    """Runs by outcome, their latencies in ticks of 10 us, and of those that measured loss its
    sum in thousandths.
    """

    outcomes: Mapping[Outcome, int] = field(default_factory=dict)
    latency: Histogram = field(default_factory=Histogram)
    losses: int = 0
    loss_total: int = 0

    @property
    def count(self) -> int:
        return sum(self.outcomes.values())

    @property
    def statuses(self) -> dict[Status, int]:
        found = _NONE.copy()
        for (status, _), count in self.outcomes.items():
            found[status] += count
        return found

    @property
    def failed(self) -> int:
        return self.statuses[Status.DOWN]

    @property
    def worst(self) -> Status:
        """The one to show for all; unknown is no news beside any other."""
        return min((status for status, _ in self.outcomes), key=_RANK, default=Status.UNKNOWN)

    @property
    def reason(self) -> str | None:
        """The most frequent one of the worst status; of equals the first by name."""
        worst = self.worst
        found = [
            (-count, reason)
            for (status, reason), count in self.outcomes.items()
            if status is worst and reason is not None
        ]
        return min(found)[1] if found else None

    @property
    def loss(self) -> float | None:
        """The mean, from 0 to 1."""
        return self.loss_total / self.losses / 1000 if self.losses else None


EMPTY = Rollup()


def merge(rollups: Iterable[Rollup]) -> Rollup:
    """All of them as one."""
    outcomes: dict[Outcome, int] = {}
    bins: dict[int, int] = {}
    losses = loss_total = 0
    timed: list[Histogram] = []
    for rollup in rollups:
        losses += rollup.losses
        loss_total += rollup.loss_total
        for outcome, n in rollup.outcomes.items():
            outcomes[outcome] = outcomes.get(outcome, 0) + n
        if rollup.latency.count:
            timed.append(rollup.latency)
            for number, n in rollup.latency.bins.items():
                bins[number] = bins.get(number, 0) + n
    latency = Histogram(
        sum(each.count for each in timed),
        sum(each.total for each in timed),
        min((each.least for each in timed), default=0),
        max((each.greatest for each in timed), default=0),
        bins,
    )
    return Rollup(outcomes, latency, losses, loss_total)
