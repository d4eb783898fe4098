"""Outages off the record with what is counted from them: of checks, services and groups.

The edge of `uptime.core.repairs`, whether a daemon runs or not: the API asks it in a thread that
reads, the commands and the monthly report where they stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol
from zoneinfo import ZoneInfo

from uptime import availability
from uptime.availability import DAY, Lay, Record, service_line
from uptime.core.blips import NONE, Blips, added
from uptime.core.booking import Booked, booked
from uptime.core.claim_outages import Outage, behind, outages_of
from uptime.core.intervals import Set, intersect, measure, subtract, union
from uptime.core.maintenance import Entered
from uptime.core.model import Condition, Incident, Span
from uptime.core.objective import BURN, PACE, Burn, Forecast, burn, forecast
from uptime.core.repairs import Offender, Repairs, offenders, outages_of_line, repairs
from uptime.core.sla import TimeLedger, account, added_up
from uptime.core.timeline import Piece
from uptime.overlays import Overlays

if TYPE_CHECKING:
    from uptime.config import Check, Config, Service

Kind = Literal["check", "service", "group"]
Window = tuple[int, int]
Ask = Callable[[Window], TimeLedger]
_MARGIN = 31 * DAY  # an outage is followed back this far before the window
_JUST_NOW = 60_000  # a question that was asked until now takes a moment to arrive
_NOTHING = Record((), ())


class Source(Protocol):
    """What is asked of the record."""

    def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]: ...
    def incidents_within(self, start: int, end: int) -> Sequence[Incident]: ...
    def maintenance(self) -> Sequence[Entered]: ...
    def blips(self, checks: Sequence[str] | None, start: int, end: int) -> Mapping[str, Blips]: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """One check, service or group in a window.

    Of each outage `down` is what counts: known, no agreed work, within service hours; it may
    begin before the window. Those of a group are those of its checks, each by itself. Those of a
    service have no bounds, and the incident of the member that shares most of their time. A
    service has no blips: what its members are is what it is.
    """

    id: str
    kind: Kind
    objective: float | None
    ledger: TimeLedger
    outages: tuple[Outage, ...]
    repairs: Repairs
    outlook: Outlook | None = None
    blips: Blips = NONE


@dataclass(frozen=True, slots=True)
class Outlook:
    """Burn rates by window up to the end of what was asked for; none without an objective. The
    forecast is of the month that is going on; None where that end is past.
    """

    burn: Mapping[str, Burn]
    forecast: Forecast | None


def gather(
    config: Config,
    source: Source,
    window: Window,
    until: int,
    known_until: int | None = None,
    *,
    check: str | None = None,
    group: str | None = None,
    ahead: bool = False,
) -> list[Subject]:
    """Checks, then services, then groups, in the order of the configuration.

    The window ends at `until` (now) at the latest; what is open is known until `known_until`
    (the daemon's last sign of life where that is not now). `check` is the only check or service
    asked for, `group` the only group; KeyError for one that does not exist. With `ahead` checks
    and services have their outlook.
    """
    seen = until if known_until is None else min(until, known_until)
    start, end = window[0], max(window[0], min(window[1], until))
    checks, services = availability.chosen(config, check, group)
    wanted = availability.watched(checks, services)
    above = {parent for each in checks for way in each.depends_on for parent in way}
    records = source.records([*dict.fromkeys([*wanted, *above])], start - _MARGIN, end)
    by_check: dict[str, list[Incident]] = defaultdict(list)
    for incident in source.incidents_within(start - _MARGIN, end):
        if incident.check is not None:
            by_check[incident.check].append(incident)
    month = None
    if until - end < _JUST_NOW:
        month = availability.month_of(end, ZoneInfo(config.siaga.timezone))
    world = _World(
        records=records,
        incidents=by_check,
        blips=source.blips([each.id for each in checks], start, end),
        window=(start, end),
        until=seen,
        lay=Overlays(config, source.maintenance()).of,
        ahead=ahead,
        month=month,
    )
    out = [world.check(each) for each in checks]
    out += [world.service(each) for each in services]
    return out if check is not None else out + _groups(config, checks, out, (start, end))


@dataclass(frozen=True, slots=True)
class _World:
    """The record of a window; `month` is the one that is going on at its end, if that is now."""

    records: Mapping[str, Record]
    incidents: Mapping[str, Sequence[Incident]]
    blips: Mapping[str, Blips]
    window: Window
    until: int
    lay: Lay
    ahead: bool
    month: Window | None
    _raw: dict[str, list[Outage]] = field(default_factory=dict)

    def check(self, check: Check) -> Subject:
        def ledger(window: Window, record: Record, until: int) -> TimeLedger:
            laid = self.lay(check.id, window)
            spans, watched = record.spans, record.monitored
            return account(
                window, spans, watched, until=until, maintenance=laid.held, hours=laid.hours
            )

        record = self.records.get(check.id, _NOTHING)
        found = self._outages(check.id)
        if check.depends_on and found:
            parents = {parent for way in check.depends_on for parent in way}
            down = {parent: self._outages(parent) for parent in parents}
            found = [behind(each, check.depends_on, down) for each in found]
        counted = self._counted(check.id)
        if counted is not None:
            found = [replace(each, down=tuple(intersect(each.down, counted))) for each in found]
        return self._subject(
            check,
            "check",
            found,
            lambda window: ledger(window, record, self.until),
            lambda window: ledger(window, _fine(window), window[1]),
        )

    def service(self, service: Service) -> Subject:
        def line(window: Window) -> list[Piece]:
            return service_line(service, self.records, window, self.until, self.lay)

        def rest(window: Window) -> TimeLedger:
            fine = dict.fromkeys(service.members, _fine(window))
            return added_up(service_line(service, fine, window, window[1], self.lay))

        start, end = self.window
        members = [each for member in service.members for each in self._outages(member)]
        found = [
            _said(each, members)
            for each in outages_of_line(service.id, line((start - _MARGIN, end)))
        ]
        return self._subject(service, "service", found, lambda w: added_up(line(w)), rest)

    def _subject(
        self, of: Check | Service, kind: Kind, found: Iterable[Outage], ledger: Ask, rest: Ask
    ) -> Subject:
        outages = tuple(each for each in found if intersect(each.down, [self.window]))
        whole = ledger(self.window)
        figures = repairs(outages, self.window, whole.good)
        outlook = self._outlook(of.objective, ledger, rest) if self.ahead else None
        blips = self.blips.get(of.id, NONE)
        return Subject(of.id, kind, of.objective, whole, outages, figures, outlook, blips)

    def _outlook(self, objective: float | None, ledger: Ask, rest: Ask) -> Outlook:
        end = self.window[1]
        recent = {name: ledger((end - length, end)) for name, length in BURN.items()}
        rates = {name: burn(each, objective) for name, each in recent.items()}
        told = None
        if self.month is not None:
            to_come = rest((end, self.month[1])).up
            told = forecast(ledger((self.month[0], end)), recent[PACE], to_come, objective)
        return Outlook({name: rate for name, rate in rates.items() if rate is not None}, told)

    def _outages(self, check: str) -> list[Outage]:
        """What hangs on the same parents asks for them once."""
        if check not in self._raw:
            record = self.records.get(check, _NOTHING)
            incidents = self.incidents.get(check, ())
            self._raw[check] = outages_of(
                check, record.spans, record.monitored, incidents, until=self.until
            )
        return self._raw[check]

    def _counted(self, check: str) -> Set | None:
        """When an outage of it counts; None for always."""
        start, end = self.window[0] - _MARGIN, self.window[1]
        laid = self.lay(check, (start, end))
        if laid.hours is None and not laid.held:
            return None
        served = [(start, end)] if laid.hours is None else union(laid.hours, start, end)
        return subtract(served, union(laid.held, start, end))


def _said(outage: Outage, members: Iterable[Outage]) -> Outage:
    """An outage of a service with what is said of the member's that shares most of its time."""

    def shared(of: Outage) -> int:
        return measure(intersect(of.down, outage.down))

    most = max(members, key=shared, default=None)
    if most is None or shared(most) == 0:
        return outage
    return replace(
        outage,
        incident=most.incident,
        cause=most.cause,
        cause_reason=most.cause_reason,
        acked=most.acked,
        proposed=most.proposed,
    )


def _fine(window: Window) -> Record:
    """Nothing but up: what is left of it is the time that counts."""
    return Record([Span(window[0], None, Condition.UP, known=True)], [(window[0], None)])


def by_cause(found: Iterable[Subject], window: Window) -> list[Booked]:
    """The minutes of all checks by cause; of services where no check was asked for."""
    found = list(found)
    counted = [s for s in found if s.kind == "check"] or [s for s in found if s.kind == "service"]
    return booked([outage for each in counted for outage in each.outages], window)


def again(found: Iterable[Subject]) -> list[Offender]:
    """The checks that failed again and again by themselves, worst first."""
    return offenders({each.id: each.repairs for each in found if each.kind == "check"})


def _groups(
    config: Config, checks: Iterable[Check], found: Iterable[Subject], window: Window
) -> list[Subject]:
    of = {check.id: check.group for check in checks if check.group is not None}
    members: dict[str, list[Subject]] = defaultdict(list)
    for each in found:
        if each.kind == "check" and each.id in of:
            members[of[each.id]].append(each)
    out = []
    for group in [g for g in config.groups if g in members] + [
        g for g in members if g not in config.groups
    ]:
        ledger = sum((each.ledger for each in members[group]), TimeLedger())
        outages = tuple(outage for each in members[group] for outage in each.outages)
        figures = repairs(outages, window, ledger.good)
        blips = added(each.blips for each in members[group])
        out.append(Subject(group, "group", None, ledger, outages, figures, None, blips))
    return out
