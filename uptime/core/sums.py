"""What lies before a span, added up as spans are written: a window is the difference of two looks.

A change replaces every span from some instant on (spans.py), so that sums are made anew for the
very spans that are written anew, and never for others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from uptime.core.model import Condition, Span


class Sums(NamedTuple):
    """Of one check before a span: milliseconds that were known to be up, degraded, down.

    `outages` are the stretches of the condition down, known or not, that began before it or with
    it; one may be made of several spans.
    """

    up: int = 0
    degraded: int = 0
    down: int = 0
    outages: int = 0


class Summed(NamedTuple):
    """A span and what lies before it."""

    span: Span
    sums: Sums


def summed(last: Summed | None, spans: Iterable[Span]) -> Iterator[Summed]:
    """Each of `spans` with its sums; `last` is the one before them, None if there is none."""
    for span in spans:
        up, degraded, down, outages = Sums() if last is None else _behind(last)
        if span.condition is Condition.DOWN and not (
            last is not None
            and last.span.condition is Condition.DOWN
            and last.span.ended == span.began
        ):
            outages += 1
        last = Summed(span, Sums(up, degraded, down, outages))
        yield last


def _behind(last: Summed) -> Sums:
    """What lies before the end of a span that has one."""
    (began, ended), sums = (last.span.began, last.span.ended), last.sums
    if not last.span.known or ended is None:
        return sums
    up, degraded, down, outages = sums
    match last.span.condition:
        case Condition.UP:
            up += ended - began
        case Condition.DEGRADED:
            degraded += ended - began
        case Condition.DOWN:
            down += ended - began
    return Sums(up, degraded, down, outages)
