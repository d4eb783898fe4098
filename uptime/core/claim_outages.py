"""Outages of one circuit off its record: what a claim is made of.

An outage is an unbroken stretch of the condition down. What was not known within it, or not
monitored, is no downtime; it lies in `gaps`, which are listed and never counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from uptime.core.causes import Cause
from uptime.core.intervals import Interval, Set, intersect, subtract, union
from uptime.core.model import Condition, Incident, Span

_NEVER, _FOREVER = -(1 << 62), 1 << 62


@dataclass(frozen=True, slots=True)
class Outage:
    """Times in ms. It began in [`bound`, `began`] and ended in [`ended_bound`, `ended`].

    `down` is what of it is known, as a set; `ended` is None while it lasts. `cause` is as a
    person wrote it, `incident` the incident's name, `acked` when somebody took it on,
    `proposed` what rules make of it, which counts for nothing in a claim; `behind` are checks that
    were down at the same time and without which this one cannot be reached.
    """

    check: str
    began: int
    bound: int | None
    ended: int | None
    ended_bound: int | None
    down: tuple[tuple[int, int], ...]
    incident: str | None = None
    cause: str | None = None
    cause_reason: str | None = None
    behind: tuple[str, ...] = ()
    acked: int | None = None
    proposed: Cause | None = None

    @property
    def least(self) -> Set:
        """What it was if the recovery came right after the last failing result."""
        if self.ended is None or self.ended_bound is None:
            return list(self.down)
        return intersect(self.down, [(_NEVER, self.ended_bound)])

    @property
    def most(self) -> Set:
        """What it was if it began right after the last good result."""
        if self.bound is None:
            return list(self.down)
        return union([(self.bound, self.began), *self.down], _NEVER, _FOREVER)


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch without knowledge: the monitor was blind, or the check was not watched."""

    check: str
    kind: Literal["unknown", "unmonitored"]
    began: int
    ended: int


def outages_of(
    check: str,
    spans: Sequence[Span],
    monitored: Iterable[Interval],
    incidents: Sequence[Incident],
    *,
    until: int,
) -> list[Outage]:
    """The outages of a check in the order of time, whole even where they reach over a month.

    `spans` are disjoint and ordered; what is open is known until `until` (the daemon's last
    sign of life). Each has the incident that shares most of its time.
    """
    watched = union(monitored, _NEVER, until)
    out = []
    for run, following in _runs(spans):
        first, last = run[0], run[-1]
        known = [(s.began, s.ended) for s in run if s.known]
        down = intersect(union(known, _NEVER, until), watched)
        touches = following is not None and following.began == last.ended
        incident = _incident_of(first.began, last.ended, incidents)
        out.append(
            Outage(
                check=check,
                began=first.began,
                bound=first.bound,
                ended=last.ended,
                ended_bound=following.bound if following is not None and touches else None,
                down=tuple(down),
                incident=incident.name if incident else None,
                cause=incident.cause if incident else None,
                cause_reason=incident.cause_reason if incident else None,
                acked=incident.acked.at if incident and incident.acked else None,
                proposed=incident.proposed.cause if incident and incident.proposed else None,
            )
        )
    return [outage for outage in out if outage.down]


def behind(
    outage: Outage, ways: Iterable[Sequence[str]], down: Mapping[str, Sequence[Outage]]
) -> Outage:
    """The outage with those of its parents that were down, too: of `ways` all are needed, of
    each way one check is enough. `down` are the outages of the parents by check.
    """
    found: list[str] = []
    for way in ways:
        shared: Set = list(outage.down)
        for parent in way:
            pieces = [piece for each in down.get(parent, ()) for piece in each.down]
            shared = intersect(shared, union(pieces, _NEVER, _FOREVER))
        if shared:
            found += way
    return replace(outage, behind=tuple(found))


def gaps_of(
    check: str,
    spans: Iterable[Span],
    monitored: Iterable[Interval],
    window: tuple[int, int],
    *,
    until: int,
) -> list[Gap]:
    """What is not known of [window[0], window[1]), in the order of time."""
    start, end = window
    watched = union(monitored, start, end)
    seen = [
        (s.began, until if s.ended is None else s.ended)
        for s in spans
        if s.known and s.condition is not Condition.NONE
    ]
    blind = subtract(watched, union(seen, start, end))
    absent = subtract([(start, end)], watched) if start < end else []
    found = [Gap(check, "unknown", a, b) for a, b in blind]
    found += [Gap(check, "unmonitored", a, b) for a, b in absent]
    return sorted(found, key=lambda gap: gap.began)


def _runs(spans: Sequence[Span]) -> Iterable[tuple[list[Span], Span | None]]:
    """Unbroken stretches of down, each with the span behind it."""
    run: list[Span] = []
    for span in spans:
        if span.condition is Condition.DOWN and (not run or run[-1].ended == span.began):
            run.append(span)
            continue
        if run:
            yield run, span
        run = [span] if span.condition is Condition.DOWN else []
    if run:
        yield run, None


def _incident_of(began: int, ended: int | None, incidents: Iterable[Incident]) -> Incident | None:
    until = _FOREVER if ended is None else ended

    def shared(incident: Incident) -> int:
        last = _FOREVER if incident.ended is None else incident.ended
        return min(until, last) - max(began, incident.began)

    meeting = [
        i
        for i in incidents
        if i.began < until and (i.ended is None or i.ended > began) and i.kind == "down"
    ]
    return max(meeting, key=shared, default=None)
