"""Outages off the record with what is counted from them: of checks, services, groups, contracts.

The edge of `uptime.core.repairs`, whether a daemon runs or not: the API asks it in a thread that
reads, the commands and the monthly report where they stand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol
from zoneinfo import ZoneInfo

from uptime import availability
from uptime.availability import Composite, Record
from uptime.contracts import circuits
from uptime.core.blips import Blips
from uptime.core.booking import Booked, booked
from uptime.core.maintenance import Entered
from uptime.core.model import Incident
from uptime.core.repairs import Offender, offenders
from uptime.outlook import Window
from uptime.overlays import Overlays
from uptime.reliability_world import MARGIN, Subject, World

if TYPE_CHECKING:
    from uptime.config import Check, Config, Service

_JUST_NOW = 60_000  # a question that was asked until now takes a moment to arrive


class Source(Protocol):
    """What is asked of the record."""

    def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]: ...
    def incidents_within(self, start: int, end: int) -> Sequence[Incident]: ...
    def maintenance(self) -> Sequence[Entered]: ...
    def blips(self, checks: Sequence[str] | None, start: int, end: int) -> Mapping[str, Blips]: ...


def gather(
    config: Config,
    source: Source,
    window: Window,
    until: int,
    known_until: int | None = None,
    *,
    check: str | None = None,
    group: str | None = None,
    contract: str | None = None,
    ahead: bool = False,
) -> list[Subject]:
    """Checks, then services, then groups, in the order of the configuration; or the one contract.

    The window ends at `until` (now) at the latest; what is open is known until `known_until`
    (the daemon's last sign of life where that is not now). `check` is the only check or service
    asked for, `group` the only group; KeyError for one that does not exist, ValueError for a
    contract that no check measures. With `ahead` each has its outlook.
    """
    seen = until if known_until is None else min(until, known_until)
    start, end = window[0], max(window[0], min(window[1], until))
    plans = Overlays(config, source.maintenance()).of
    vendor = None if contract is None else circuits(config, contract, plans)
    checks: list[Check] = []
    services: list[Service] = []
    if vendor is None:
        checks, services = availability.chosen(config, check, group)
    composites: list[Composite] = [*services] if vendor is None else [vendor]
    wanted = availability.watched(checks, composites)
    above = {parent for each in checks for way in each.depends_on for parent in way}
    records = source.records([*dict.fromkeys([*wanted, *above])], start - MARGIN, end)
    by_check: dict[str, list[Incident]] = defaultdict(list)
    for incident in source.incidents_within(start - MARGIN, end):
        if incident.check is not None:
            by_check[incident.check].append(incident)
    month = None
    if until - end < _JUST_NOW:
        month = availability.month_of(end, ZoneInfo(config.siaga.timezone))
    world = World(
        records=records,
        incidents=by_check,
        blips=source.blips([each.id for each in checks], start, end),
        window=(start, end),
        until=seen,
        lay=plans if vendor is None else vendor.lay,
        ahead=ahead,
        month=month,
    )
    if vendor is not None:
        return [world.service(vendor, "contract")]
    out = [world.check(each) for each in checks]
    grouped = [] if check is not None else world.groups(checks, out, config.groups)
    return [*out, *(world.service(each) for each in services), *grouped]


def by_cause(found: Iterable[Subject], window: Window) -> list[Booked]:
    """The minutes of all checks by cause; of services where no check was asked for."""
    found = list(found)
    counted = [s for s in found if s.kind == "check"] or [s for s in found if s.kind == "service"]
    return booked([outage for each in counted for outage in each.outages], window)


def again(found: Iterable[Subject]) -> list[Offender]:
    """The checks that failed again and again by themselves, worst first."""
    return offenders({each.id: each.repairs for each in found if each.kind == "check"})
