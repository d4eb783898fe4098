"""Maintenance: announced work, laid over the record when asked and never baked into it.

What was entered stays as it was entered. It holds from its entry on and until it was taken
back, so that nobody moves the past into or out of maintenance: one entered late excludes at
most from its entry on, one withdrawn while it runs ends there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

from uptime.core.calendar import date_of
from uptime.core.intervals import Closed, Set, measure, union
from uptime.core.match import Match

CONFIGURATION = "configuration"
"""Who enters and withdraws what stands in the file."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MS = timedelta(milliseconds=1)
_SLACK = timedelta(days=2)  # more than two clocks of the earth can differ


@dataclass(frozen=True, slots=True)
class Plan:
    """Work as planned: once, or again by an iCalendar rule that counts in local time.

    `start` is local time of `zone`, or an instant where it has an offset. `duration` is elapsed
    milliseconds, however the wall clock moves meanwhile. `announced` (ms) is when those it
    concerns were told.
    """

    match: Match
    start: datetime
    duration: int
    zone: str
    rrule: str | None = None
    reason: str | None = None
    announced: int | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """A plan on record: who entered it when, and who took it back when.

    `source` is "person", or "file" for what stands in the configuration.
    """

    id: int
    plan: Plan
    by: str
    entered: int
    source: str = "person"
    withdrawn: int | None = None
    withdrawn_by: str | None = None

    @property
    def name(self) -> str:
        return f"MNT-{self.id}"


class Window(NamedTuple):
    """One stretch of maintenance in force, half-open; `planned` is when it was to begin."""

    start: int
    end: int
    planned: int
    announced: int | None = None


Occurrences = Callable[[datetime, str, datetime, datetime], Iterable[datetime]]
"""Local start, rule, and a stretch of local time: the starts within that stretch, bounded."""


def windows(
    entered: Entered, zone: tzinfo, between: tuple[int, int], occurrences: Occurrences
) -> list[Window]:
    """When it is in force within `between`, oldest first; `zone` is the plan's."""
    until = entered.withdrawn
    out = []
    for planned in starts(entered.plan, zone, between, occurrences):
        start, end = max(planned, entered.entered), planned + entered.plan.duration
        if until is not None:
            end = min(end, until)
        start, end = max(start, between[0]), min(end, between[1])
        if start < end:
            out.append(Window(start, end, planned, entered.plan.announced))
    return out


def starts(
    plan: Plan, zone: tzinfo, between: tuple[int, int], occurrences: Occurrences
) -> Iterator[int]:
    """The instants at which a plan begins whose work reaches into `between`, in order."""
    low, high = between[0] - plan.duration, between[1]
    if plan.rrule is None:
        at = instant(plan.start, zone)
        if low < at < high:
            yield at
        return
    local = plan.start
    if local.tzinfo is not None:
        local = local.astimezone(zone).replace(tzinfo=None)
    found = occurrences(local, plan.rrule, _local(low, zone) - _SLACK, _local(high, zone) + _SLACK)
    yield from sorted({at for each in found if low < (at := instant(each, zone)) < high})


def instant(local: datetime, zone: tzinfo) -> int:
    """Milliseconds of a local time; of one with an offset, of that very instant.

    A time that comes twice is its first; one that is skipped lies as long after the skip as it
    would have lain after its start (RFC 5545), unless that were another day: then before it.
    """
    if local.tzinfo is not None:
        return (local - _EPOCH) // _MS
    at = (local.replace(tzinfo=zone) - _EPOCH) // _MS
    if date_of(at, zone) != local.date():
        return (local.replace(tzinfo=zone, fold=1) - _EPOCH) // _MS
    return at


def accept(
    plans: Sequence[Plan], entered: Iterable[Entered], at: int, number: Callable[[], int]
) -> list[Entered]:
    """What an accepted configuration changes: rows that are new, and rows withdrawn, since
    their plan no longer stands in it. `number` draws an id.
    """
    standing = [e for e in entered if e.source == "file" and e.withdrawn is None]
    gone = [
        replace(each, withdrawn=at, withdrawn_by=CONFIGURATION)
        for each in standing
        if each.plan not in plans
    ]
    known = [each.plan for each in standing]
    new: list[Plan] = []
    for plan in plans:
        if plan not in known and plan not in new:
            new.append(plan)
    return gone + [Entered(number(), plan, CONFIGURATION, at, "file") for plan in new]


def excluded(
    window: tuple[int, int],
    maintenance: Sequence[Window],
    notice: int,
    quota: int | None,
) -> Set:
    """What a contract leaves out of a window: maintenance announced at least `notice` ms before
    it was to begin, oldest first until `quota` ms of it are used up (None: no limit).

    With a notice of 0 nothing need be announced. What overlaps is used up once.
    """
    fit = [
        (each.start, each.end)
        for each in maintenance
        if notice <= 0 or (each.announced is not None and each.announced <= each.planned - notice)
    ]
    agreed = union(fit, *window)
    return agreed if quota is None else _at_most(agreed, quota)


def _at_most(intervals: Set, most: int) -> Set:
    out: list[Closed] = []
    for start, end in intervals:
        left = most - measure(out)
        if left <= 0:
            break
        out.append((start, min(end, start + left)))
    return out


def _local(ms: int, zone: tzinfo) -> datetime:
    return (_EPOCH + ms * _MS).astimezone(zone).replace(tzinfo=None)
