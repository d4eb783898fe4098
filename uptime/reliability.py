"""Outages off the record with what is counted from them: of checks, services and groups.

The edge of `uptime.core.repairs`, whether a daemon runs or not: the API asks it in a thread that
reads, the commands and the monthly report where they stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, Protocol

from uptime import availability
from uptime.availability import DAY, Lay, Record
from uptime.core.claim_outages import Outage, behind, outages_of
from uptime.core.intervals import Set, intersect, subtract, union
from uptime.core.maintenance import Entered
from uptime.core.model import Incident
from uptime.core.repairs import Offender, Repairs, offenders, outages_of_line, repairs
from uptime.core.sla import TimeLedger, account, added_up
from uptime.notify.when import duration
from uptime.overlays import Overlays

if TYPE_CHECKING:
    from uptime.config import Check, Config, Service

Kind = Literal["check", "service", "group"]
Window = tuple[int, int]
_MARGIN = 31 * DAY  # an outage is followed back this far before the window


class Source(Protocol):
    """What is asked of the record."""

    def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]: ...
    def incidents_within(self, start: int, end: int) -> Sequence[Incident]: ...
    def maintenance(self) -> Sequence[Entered]: ...


@dataclass(frozen=True, slots=True)
class Subject:
    """One check, service or group in a window.

    Of each outage `down` is what counts: known, no agreed work, within service hours; it may
    begin before the window. Those of a group are those of its checks, each by itself. A service
    has no incident of its own, and the edges of its outages no bound.
    """

    id: str
    kind: Kind
    objective: float | None
    ledger: TimeLedger
    outages: tuple[Outage, ...]
    repairs: Repairs


def gather(
    config: Config,
    source: Source,
    window: Window,
    until: int,
    known_until: int | None = None,
    *,
    check: str | None = None,
    group: str | None = None,
) -> list[Subject]:
    """Checks, then services, then groups, in the order of the configuration.

    The window ends at `until` (now) at the latest; what is open is known until `known_until`
    (the daemon's last sign of life where that is not now). `check` is the only check or service
    asked for, `group` the only group; KeyError for one that does not exist.
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
    lay = Overlays(config, source.maintenance()).of
    world = _World(records, by_check, (start, end), seen, lay)
    out = [world.check(each) for each in checks]
    out += [world.service(each) for each in services]
    return out if check is not None else out + _groups(config, checks, out, (start, end))


class _World:
    """The record of a window; what hangs on the same parents asks for them once."""

    def __init__(
        self,
        records: Mapping[str, Record],
        incidents: Mapping[str, Sequence[Incident]],
        window: Window,
        until: int,
        lay: Lay,
    ) -> None:
        self._records = records
        self._incidents = incidents
        self._window = window
        self._until = until
        self._lay = lay
        self._raw: dict[str, list[Outage]] = {}

    def check(self, check: Check) -> Subject:
        record = self._records.get(check.id, Record((), ()))
        laid = self._lay(check.id, self._window)
        ledger = account(
            self._window,
            record.spans,
            record.monitored,
            until=self._until,
            maintenance=laid.held,
            hours=laid.hours,
        )
        found = self._outages(check.id)
        if found:
            parents = {parent for way in check.depends_on for parent in way}
            down = {parent: self._outages(parent) for parent in parents}
            counted = self._counted(check.id)
            found = [
                replace(behind(each, check.depends_on, down), down=_both(each.down, counted))
                for each in found
            ]
        return self._subject(check.id, "check", check.objective, ledger, found)

    def service(self, service: Service) -> Subject:
        start, end = self._window
        ledger = added_up(
            availability.service_line(service, self._records, self._window, self._until, self._lay)
        )
        line = availability.service_line(
            service, self._records, (start - _MARGIN, end), self._until, self._lay
        )
        found = outages_of_line(service.id, line)
        return self._subject(service.id, "service", service.objective, ledger, found)

    def _subject(
        self,
        name: str,
        kind: Kind,
        objective: float | None,
        ledger: TimeLedger,
        found: Iterable[Outage],
    ) -> Subject:
        outages = tuple(each for each in found if intersect(each.down, [self._window]))
        figures = repairs(outages, self._window, ledger.good)
        return Subject(name, kind, objective, ledger, outages, figures)

    def _outages(self, check: str) -> list[Outage]:
        if check not in self._raw:
            record = self._records.get(check, Record((), ()))
            self._raw[check] = outages_of(
                check,
                record.spans,
                record.monitored,
                self._incidents.get(check, ()),
                until=self._until,
            )
        return self._raw[check]

    def _counted(self, check: str) -> Set:
        """When an outage of it counts."""
        start, end = self._window[0] - _MARGIN, self._window[1]
        laid = self._lay(check, (start, end))
        served = [(start, end)] if laid.hours is None else union(laid.hours, start, end)
        return subtract(served, union(laid.held, start, end))


def again(found: Iterable[Subject]) -> list[Offender]:
    """The checks that failed again and again by themselves, worst first."""
    return offenders({each.id: each.repairs for each in found if each.kind == "check"})


def why(repairs: Repairs, language: str) -> str:
    """What is held against an offender, in a sentence."""
    words = _WHY[language]
    parts = [
        words["own"].format(
            n=repairs.own,
            down=duration(repairs.own_down_ms, language),
            longest=duration(repairs.longest_ms or 0, language),
        )
    ]
    if repairs.mtbf_ms is not None:
        parts.append(words["between"].format(mtbf=duration(repairs.mtbf_ms, language)))
    if repairs.behind:
        parts.append(words["behind"].format(n=repairs.behind))
    return "; ".join(parts) + "."


_WHY = {
    "id": {
        "own": "{n} gangguan sendiri, seluruhnya {down}, terpanjang {longest}",
        "between": "rata-rata {mtbf} beroperasi di antara gangguan",
        "behind": "{n} gangguan lain terjadi saat induknya terputus",
    },
    "en": {
        "own": "{n} outages of its own, {down} in all, the longest {longest}",
        "between": "on average {mtbf} in operation between failures",
        "behind": "{n} more while what it depends on was down",
    },
}


def _both(down: Sequence[tuple[int, int]], counted: Set) -> tuple[tuple[int, int], ...]:
    return tuple(intersect(down, counted))


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
        out.append(Subject(group, "group", None, ledger, outages, figures))
    return out
