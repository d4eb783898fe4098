"""One record in one window, and what of it a check, service, group or contract is told by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

from uptime import availability
from uptime.availability import DAY, Composite, Lay, Record, service_line
from uptime.core.blips import NONE, Blips, added
from uptime.core.claim_outages import Outage, behind, outages_of
from uptime.core.intervals import Set, intersect, measure, subtract, union
from uptime.core.model import Condition, Incident, Span
from uptime.core.repairs import Repairs, outages_of_line, repairs
from uptime.core.sla import TimeLedger, account, added_up
from uptime.core.timeline import Piece
from uptime.outlook import Ask, Outlook, Window, outlook

if TYPE_CHECKING:
    from uptime.config import Check

Kind = Literal["check", "service", "group", "contract"]
MARGIN = 31 * DAY  # an outage is followed back this far before the window
_NOTHING = Record((), ())


@dataclass(frozen=True, slots=True)
class Subject:
    """One check, service, group or contract in a window.

    Of each outage `down` is what counts: known, no agreed work, within service hours; it may
    begin before the window. Those of a group are those of its checks, each by itself. Those of a
    service have no bounds, and the incident of the member that shares most of their time. A
    service has no blips: what its members are is what it is. A contract is as a service is.
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
class World:
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
    _known: dict[tuple[str, Window], TimeLedger] = field(default_factory=dict)

    def check(self, check: Check) -> Subject:
        found = self._outages(check.id)
        if check.depends_on and found:
            parents = {parent for way in check.depends_on for parent in way}
            down = {parent: self._outages(parent) for parent in parents}
            found = [behind(each, check.depends_on, down) for each in found]
        counted = self._counted(check.id)
        if counted is not None:
            found = [replace(each, down=tuple(intersect(each.down, counted))) for each in found]
        within = [each for each in found if intersect(each.down, [self.window])]
        ledger, rest = partial(self._ledger, [check.id]), partial(self._rest, [check.id])
        blips = self.blips.get(check.id, NONE)
        return self._subject(check.id, "check", check.objective, within, ledger, rest, blips)

    def service(
        self, service: Composite, kind: Literal["service", "contract"] = "service"
    ) -> Subject:
        def line(window: Window) -> list[Piece]:
            return service_line(service, self.records, window, self.until, self.lay)

        def rest(window: Window) -> TimeLedger:
            fine = dict.fromkeys(service.members, _fine(window))
            return added_up(service_line(service, fine, window, window[1], self.lay))

        start, end = self.window
        members = [each for member in service.members for each in self._outages(member)]
        found = [
            _said(each, members)
            for each in outages_of_line(service.id, line((start - MARGIN, end)))
            if intersect(each.down, [self.window])
        ]
        return self._subject(
            service.id, kind, service.objective, found, lambda w: added_up(line(w)), rest, NONE
        )

    def groups(
        self, checks: Sequence[Check], found: Iterable[Subject], order: Iterable[str]
    ) -> list[Subject]:
        """Those of the checks, the configured ones first: each adds up what its checks are."""
        objectives = availability.groups_of(checks)
        members: dict[str | None, list[Subject]] = defaultdict(list)
        for check, subject in zip(checks, found, strict=True):
            members[check.group].append(subject)
        out = []
        for group in dict.fromkeys([*(each for each in order if each in members), *objectives]):
            ids = [each.id for each in members[group]]
            outages = [outage for each in members[group] for outage in each.outages]
            blips = added(each.blips for each in members[group])
            ledger, rest = partial(self._ledger, ids), partial(self._rest, ids)
            objective = objectives[group]
            out.append(self._subject(group, "group", objective, outages, ledger, rest, blips))
        return out

    def _subject(
        self,
        id: str,
        kind: Kind,
        objective: float | None,
        outages: Sequence[Outage],
        ledger: Ask,
        rest: Ask,
        blips: Blips,
    ) -> Subject:
        whole = ledger(self.window)
        figures = repairs(outages, self.window, whole.good)
        end = self.window[1]
        ahead = outlook(end, self.month, objective, ledger, rest) if self.ahead else None
        return Subject(id, kind, objective, whole, tuple(outages), figures, ahead, blips)

    def _ledger(self, checks: Iterable[str], window: Window) -> TimeLedger:
        """Of some checks, added up; a check and its group ask for the same."""
        total = TimeLedger()
        for check in checks:
            if (check, window) not in self._known:
                record = self.records.get(check, _NOTHING)
                known = self._account(check, record, window, self.until)
                self._known[check, window] = known
            total += self._known[check, window]
        return total

    def _rest(self, checks: Iterable[str], window: Window) -> TimeLedger:
        fine = _fine(window)
        return sum((self._account(each, fine, window, window[1]) for each in checks), TimeLedger())

    def _account(self, check: str, record: Record, window: Window, until: int) -> TimeLedger:
        laid = self.lay(check, window)
        return account(
            window,
            record.spans,
            record.monitored,
            until=until,
            maintenance=laid.held,
            hours=laid.hours,
        )

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
        start, end = self.window[0] - MARGIN, self.window[1]
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
