"""The rows of a report off the record: services, or what citizens see, or groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from uptime.availability import Lay, Record, service_line
from uptime.core.edges import least_down, most_down
from uptime.core.intervals import measure
from uptime.core.model import Span
from uptime.core.repairs import outages_of_line
from uptime.core.sla import TimeLedger, added_up
from uptime.core.timeline import Piece, by_parts, timeline
from uptime.core.verdict import verdict
from uptime.report.model import Kind, Row

if TYPE_CHECKING:
    from uptime.config import Check, Config, Service

Window = tuple[int, int]
Line = list[Piece]


@dataclass(frozen=True, slots=True)
class Subject:
    """What one row is about: a service, a check, or the checks of a group."""

    id: str
    name: str
    objective: float | None
    of: Service | tuple[Check, ...]

    @property
    def checks(self) -> list[str]:
        """Whose records it takes."""
        if isinstance(self.of, tuple):
            return [check.id for check in self.of]
        return list(self.of.members)


@dataclass(frozen=True, slots=True)
class Past:
    """What is known of a window; `until` is the last instant anything can be said about."""

    records: Mapping[str, Record]
    window: Window
    until: int
    lay: Lay

    def lines(self, subject: Subject) -> list[Line]:
        """One time line, or one for each check of a group."""
        if isinstance(subject.of, tuple):
            return [self.line(check.id) for check in subject.of]
        return [service_line(subject.of, self.records, self.window, self.until, self.lay)]

    def line(self, check: str) -> Line:
        record, laid = self.records.get(check, _NOTHING), self.lay(check, self.window)
        return timeline(
            self.window,
            record.spans,
            record.monitored,
            until=self.until,
            maintenance=laid.held,
            hours=laid.hours,
        )

    def moved(self, spans: Callable[[Sequence[Span]], list[Span]]) -> Past:
        """The same with every span put through `spans`."""
        records = {
            check: Record(spans(record.spans), record.monitored)
            for check, record in self.records.items()
        }
        return Past(records, self.window, self.until, self.lay)


_NOTHING = Record((), ())


def subjects(config: Config) -> tuple[Kind, list[Subject]]:
    """Services; where there are none, what is public; where nothing is, the groups."""
    if config.services:
        return "service", [
            Subject(s.id, s.public.name if s.public else s.name, s.objective, s)
            for s in config.services.values()
        ]
    public = [check for check in config.checks.values() if check.public is not None]
    if public:
        return "check", [
            Subject(c.id, c.public.name if c.public else c.name, c.objective, (c,)) for c in public
        ]
    groups: dict[str, list[Check]] = {}
    for check in config.checks.values():
        groups.setdefault(check.group or "", []).append(check)
    return "group", [
        Subject(
            group,
            config.groups[group].name
            if group in config.groups
            else group or config.siaga.organisation,
            _common(check.objective for check in checks),
            tuple(checks),
        )
        for group, checks in groups.items()
    ]


def _common(objectives: Iterable[float | None]) -> float | None:
    """The target that all have."""
    found = set(objectives)
    return found.pop() if len(found) == 1 else None


def rows_of(about: Iterable[Subject], past: Past, before: Mapping[str, TimeLedger]) -> list[Row]:
    """`before` are the time ledgers of the month before, of those that have one."""
    least, most = past.moved(least_down), past.moved(most_down)
    return [_row(each, past, least, most, before.get(each.id)) for each in about]


def _row(subject: Subject, past: Past, least: Past, most: Past, before: TimeLedger | None) -> Row:
    lines = past.lines(subject)
    ledger = total(lines)
    outages = [outage for line in lines for outage in outages_of_line(subject.id, line)]
    return Row(
        id=subject.id,
        name=subject.name,
        ledger=ledger,
        least=min(ledger.down, total(least.lines(subject)).down),
        most=max(ledger.down, total(most.lines(subject)).down),
        outages=len(outages),
        longest=max((measure(outage.down) for outage in outages), default=0),
        objective=subject.objective,
        verdict=verdict(ledger, subject.objective),
        before=before,
        down_now=any(outage.ended is None for outage in outages),
    )


def total(lines: Iterable[Line]) -> TimeLedger:
    """Minutes added up."""
    out = TimeLedger()
    for line in lines:
        out += added_up(line)
    return out


def by_day(lines: Iterable[Line], days: Sequence[Window]) -> list[TimeLedger]:
    """Minutes of each day, added up over all lines."""
    out = [TimeLedger()] * len(days)
    for line in lines:
        for index, part in enumerate(by_parts(line, days)):
            out[index] += added_up(part)
    return out
