"""Intervals of time as sets: what lies in several, in one and not the other, and how much.

Half-open [start, end) in whole milliseconds. A *set* is a list of closed-up intervals: sorted,
disjoint, none empty, none touching the next. Everything is linear in its input but for the
sorting of what comes in no order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Interval = tuple[int, int | None]
"""Half-open milliseconds; None for "still so"."""
Closed = tuple[int, int]
Set = list[Closed]


def union(intervals: Iterable[Interval], start: int, end: int) -> Set:
    """What lies in any of them within [start, end); an open one lasts until `end`."""
    out: Set = []
    clipped = ((max(a, start), end if b is None else min(b, end)) for a, b in intervals)
    for a, b in sorted(pair for pair in clipped if pair[0] < pair[1]):
        if out and a <= out[-1][1]:
            if b > out[-1][1]:
                out[-1] = (out[-1][0], b)
        else:
            out.append((a, b))
    return out


def intersect(left: Sequence[Closed], right: Sequence[Closed]) -> Set:
    """What lies in both of two sets."""
    out: Set = []
    i = j = 0
    while i < len(left) and j < len(right):
        a, b = max(left[i][0], right[j][0]), min(left[i][1], right[j][1])
        if a < b:
            out.append((a, b))
        if left[i][1] < right[j][1]:
            i += 1
        else:
            j += 1
    return out


def subtract(left: Sequence[Closed], right: Sequence[Closed]) -> Set:
    """What lies in the first set and not in the second."""
    out: Set = []
    j = 0
    for a, b in left:
        while j < len(right) and right[j][1] <= a:
            j += 1
        k = j
        while k < len(right) and right[k][0] < b:
            if a < right[k][0]:
                out.append((a, right[k][0]))
            a = right[k][1]
            k += 1
        if a < b:
            out.append((a, b))
        j = max(j, k - 1)  # the last one may reach into the next
    return out


def measure(intervals: Iterable[Closed]) -> int:
    """Milliseconds of a set."""
    return sum(b - a for a, b in intervals)
