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
from uptime.core.model import Condition

Stretch = tuple[int, int | None, Condition, bool, int | None]
"""A span, or what is read of one: began, ended (None: still so), condition, known, bound."""

_UP, _DEGRADED, _DOWN = Condition.UP, Condition.DEGRADED, Condition.DOWN


@dataclass(frozen=True, slots=True)
class Counted:
    """Milliseconds of a window that count and those that do not; with `maintenance` and
    `unmonitored` they are all of it. `outside` of the unmonitored were watched and lay outside the
    service hours.

    `served` are the service hours without planned work, watched or not.
    """

    ms: int
    maintenance: int
    unmonitored: int
    outside: int
    served: Set
    _edges: Sequence[int] = field(repr=False)
    _sums: Sequence[int] = field(repr=False)

    def known(self, spans: Iterable[Stretch], until: int) -> tuple[int, int, int]:
        """How much of it was known to be up, degraded, down; an open span lasts until `until`.
        `spans` are disjoint, in any order.
        """
        edges, sums = self._edges, self._sums
        up = degraded = down = after = 0
        last: int | None = None  # a span mostly begins where the one before it ended
        for began, ended, condition, known, _ in spans:
            if not known:
                continue
            if ended is None:
                ended = until
            if ended <= began:
                continue
            if began == last:
                before = after
            else:
                passed = bisect_right(edges, began)
                before = sums[passed] + began if passed & 1 else sums[passed]
            passed = bisect_right(edges, ended)
            after = sums[passed] + ended if passed & 1 else sums[passed]
            last = ended
            if condition is _UP:
                up += after - before
            elif condition is _DOWN:
                down += after - before
            elif condition is _DEGRADED:
                degraded += after - before
        return up, degraded, down

    def outages(self, spans: Iterable[Stretch], until: int) -> int:
        """How many stretches of the condition down touch what is served, known or not between;
        `spans` in the order of time.
        """
        stretches: list[Closed] = []
        for began, ended, condition, _, _ in spans:
            if condition is not _DOWN:
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


class Counting:
    """What of one window counts, worked out once for all that were watched and served alike."""

    def __init__(self, window: Closed) -> None:
        self._window = window
        self._found: dict[object, Counted] = {}

    def of(
        self,
        monitored: Iterable[Interval],
        maintenance: Iterable[Interval],
        hours: Iterable[Interval] | None,
    ) -> Counted:
        watched = tuple(union(monitored, *self._window))
        alike = watched, tuple(maintenance), None if hours is None else tuple(hours)
        found = self._found.get(alike)
        if found is None:
            found = self._found[alike] = counted(self._window, *alike)
        return found


def counted(
    window: Closed,
    monitored: Iterable[Interval],
    maintenance: Iterable[Interval] = (),
    hours: Iterable[Interval] | None = None,
) -> Counted:
    """Of [window[0], window[1]); `hours` is None for round the clock."""
    start, end = window
    watched = union(monitored, start, end)
    held = union(maintenance, start, end)
    open_hours = [window] if hours is None else union(hours, start, end)
    observed = watched if hours is None else intersect(watched, open_hours)
    pieces = subtract(observed, held)
    # What counts before an instant: behind an end the sum, behind a beginning the sum and the
    # time since then.
    edges = [edge for piece in pieces for edge in piece]
    total = 0
    sums = [0]
    for began, ended in pieces:
        sums.append(total - began)
        total += ended - began
        sums.append(total)
    seen = measure(observed)
    return Counted(
        ms=total,
        maintenance=seen - total,
        unmonitored=max(0, end - start) - seen,
        outside=measure(watched) - seen,
        served=subtract(open_hours, held),
        _edges=edges,
        _sums=sums,
    )
