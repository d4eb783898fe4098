"""Which entries of the ledger prove what was concluded, to somebody who has not the whole of it.

A chain cannot be shortened from within, but it may be cut where somebody signed: entries that
follow each other without a gap, up to one whose hash is signed, can have been neither changed
nor put in between later. Such a stretch is a *run*. What lies between two runs is not shown and
nothing is claimed of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Run(NamedTuple):
    """Entries `first` to `last`, both included; `signed` says whether the last one is."""

    first: int
    last: int
    signed: bool


def runs(wanted: Iterable[tuple[int, int]], signed: Sequence[int]) -> list[Run]:
    """The fewest entries that hold every stretch of `wanted` (first and last number), each up to
    the first entry behind it that is `signed`; what has none behind it ends as it was asked for.

    Runs come in order and do not touch.
    """
    ends = sorted(signed)
    out: list[Run] = []
    for first, last in sorted(wanted):
        end = next((seq for seq in ends if seq >= last), None)
        run = Run(first, last if end is None else end, end is not None)
        if out and run.first <= out[-1].last + 1:
            before = out.pop()
            longer = max(before, run, key=lambda each: each.last)
            run = Run(before.first, longer.last, longer.signed)
        out.append(run)
    return out


def parts(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Numbers in order as stretches without a gap."""
    out: list[tuple[int, int]] = []
    for number in numbers:
        if out and number == out[-1][1] + 1:
            out[-1] = (out[-1][0], number)
        else:
            out.append((number, number))
    return out
