"""What of a window counts: was watched, within service hours and without planned work.

It is the same for all checks that were watched and served alike, and worked out once for them.
How much of a span counts is then the difference of two looks at sums that are made beforehand, so
that a span costs two searches, however many intervals there are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from uptime.core.intervals import Closed, Interval, Set, intersect, measure, subtract, union
from uptime.core.model import Condition, Span


@dataclass(frozen=True, slots=True)
class Counted:
    """Milliseconds of a window that count and those that do not; with `maintenance` and
    `unmonitored` they are all of it. `outside` of the unmonitored were watched and lay outside the
    service hours.

    `served` are the service hours without planned work, watched or not.
    """

    window: Closed
    ms: int
    maintenance: int
    unmonitored: int
    outside: int
    served: Set
    _edges: Sequence[int] = field(repr=False)
    _sums: Sequence[int] = field(repr=False)

    def known(self, spans: Iterable[Span], until: int) -> tuple[int, int, int]:
        """How much of it was known to be up, degraded, down; an open span lasts until `until`.
        `spans` are disjoint, in any order.
        """
        edges, sums = self._edges, self._sums
        up = degraded = down = before_last = 0
        last: int | None = None  # a span mostly begins where the one before it ended
        for began, ended, condition, known, _ in spans:
            if not known:
                continue
            if ended is None:
                ended = until
            if ended <= began:
                continue
            before = before_last if began == last else _before(began, edges, sums)
            last, before_last = ended, _before(ended, edges, sums)
            if condition is Condition.UP:
                up += before_last - before
            elif condition is Condition.DOWN:
                down += before_last - before
            elif condition is Condition.DEGRADED:
                degraded += before_last - before
        return up, degraded, down

    def outages(self, spans: Iterable[Span], until: int) -> int:
        """How many stretches of the condition down touch what is served, known or not between;
        `spans` in the order of time.
        """
        stretches: list[Closed] = []
        for began, ended, condition, _, _ in spans:
            if condition is not Condition.DOWN:
                continue
            if ended is None:
                ended = until
            if stretches and stretches[-1][1] == began:
                stretches[-1] = (stretches[-1][0], ended)
            else:
                stretches.append((began, ended))
        count = first = 0
        for began, ended in stretches:
            while first < len(self.served) and self.served[first][1] <= began:
                first += 1
            count += first < len(self.served) and self.served[first][0] < ended
        return count


def counted(
    window: Closed,
    monitored: Iterable[Interval],
    maintenance: Iterable[Interval] = (),
    hours: Iterable[Interval] | None = None,
) -> Counted:
    """Of [window[0], window[1]), which is not empty; `hours` is None for round the clock."""
    start, end = window
    watched = union(monitored, start, end)
    held = union(maintenance, start, end)
    open_hours = [window] if hours is None else union(hours, start, end)
    observed = watched if hours is None else intersect(watched, open_hours)
    pieces = subtract(observed, held)
    # Sums at every edge; between a beginning and an end the time since then comes on top.
    edges = [edge for piece in pieces for edge in piece]
    sums = [0]
    for began, ended in pieces:
        sums += (sums[-1], sums[-1] + ended - began)
    total, seen = sums[-1], measure(observed)
    return Counted(
        window=window,
        ms=total,
        maintenance=seen - total,
        unmonitored=end - start - seen,
        outside=measure(watched) - seen,
        served=subtract(open_hours, held),
        _edges=edges,
        _sums=sums,
    )


def _before(at: int, edges: Sequence[int], sums: Sequence[int]) -> int:
    """How much counts before an instant."""
    passed = bisect_right(edges, at)
    return sums[passed] + at - edges[passed - 1] if passed % 2 else sums[passed]
