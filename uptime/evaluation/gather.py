"""What the record says of every service for a month, or for each month of a year.

Asked for are services, checks with a public name and checks with an objective; what is outside of
the local network without an objective has no local SLA and stays out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from zoneinfo import ZoneInfo

from uptime import availability
from uptime.availability import Record, Tally
from uptime.config.model import Check, Config, Service
from uptime.core.maintenance import Entered
from uptime.core.model import Incident
from uptime.core.sla import TimeLedger
from uptime.core.verdict import Verdict, verdict
from uptime.overlays import Laid, Overlays
from uptime.schema import SlaRow

_PAGE = 500


class Verified(Protocol):
    """The ledger up to its head; `bad` is the first entry that does not fit."""

    @property
    def count(self) -> int: ...
    @property
    def head(self) -> str: ...
    @property
    def bad(self) -> int | None: ...


class Source(Protocol):
    """What is asked of the record."""

    def records(
        self, checks: Sequence[str] | None, start: int, end: int
    ) -> Mapping[str, Record]: ...
    def tallies(
        self, checks: Sequence[str], window: tuple[int, int], until: int
    ) -> Mapping[str, Tally]: ...
    def counted(
        self, laid: Mapping[str, Laid], window: tuple[int, int], until: int
    ) -> Mapping[str, Tally]: ...
    def incidents(
        self,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
        check: str | None = None,
    ) -> Sequence[Incident]: ...
    def maintenance(self) -> Sequence[Entered]: ...
    def life(self) -> int | None: ...
    def ledger_verify(self) -> Verified: ...


@dataclass(frozen=True, slots=True)
class Figure:
    """One service or check in one month; while the month is not `over` nothing is judged."""

    month: str
    name: str
    group: str | None
    row: SlaRow
    over: bool

    @property
    def verdict(self) -> Verdict | None:
        """As in the monthly report: what was not seen may leave it open."""
        if not self.over:
            return None
        row = self.row
        seen = TimeLedger(row.up_ms, row.degraded_ms, row.down_ms, unknown=row.unknown_ms)
        return verdict(seen, row.objective)


@dataclass(frozen=True, slots=True)
class Pack:
    """`period` is a month or a year as asked for; `until` is set while it is not over."""

    organisation: str
    zone: ZoneInfo
    period: str
    figures: Sequence[Figure]
    incidents: Sequence[Incident]
    names: Mapping[str, str]
    ledger: Verified
    now: int
    until: int | None


def gather(config: Config, source: Source, period: str, now: int) -> Pack:
    """The pack for "2026-11" or "2026"; ValueError says what is wrong and what to do."""
    zone = ZoneInfo(config.siaga.timezone)
    months = [(name, availability.month(name, zone)) for name in _months(period)]
    begun = [(name, window) for name, window in months if window[0] < now]
    if not begun:
        raise ValueError(f"{period} lies in the future; fix: choose one that has begun")
    services = list(config.services.values())
    checks = [c for c in config.checks.values() if c.objective is not None or c.public is not None]
    if not services and not checks:
        raise ValueError("no service and no check has an objective; fix: write objective = 99.5")
    overlays = Overlays(config, source.maintenance())
    life = source.life()
    seen = begun[0][1][0] if life is None else min(now, life)
    figures: list[Figure] = []
    known: list[Check | Service] = [*services, *checks]
    things = {each.id: each for each in known}
    for name, window in begun:
        for row in _rows(source, checks, services, window, now, seen, overlays):
            thing = things[row.id]
            figures.append(Figure(name, thing.name, thing.group, row, over=window[1] <= now))
    end = months[-1][1][1]
    watched = set(availability.watched(checks, services))
    return Pack(
        organisation=config.siaga.organisation,
        zone=zone,
        period=period,
        figures=figures,
        incidents=_incidents(source, watched, (months[0][1][0], min(end, now))),
        names={check.id: check.name for check in config.checks.values()},
        ledger=source.ledger_verify(),
        now=now,
        until=min(now, seen) if now < end else None,
    )


def _months(period: str) -> list[str]:
    return [period] if "-" in period else [f"{period}-{n:02d}" for n in range(1, 13)]


def _rows(
    source: Source,
    checks: Sequence[Check],
    services: Sequence[Service],
    window: tuple[int, int],
    now: int,
    seen: int,
    overlays: Overlays,
) -> list[SlaRow]:
    past = (window[0], min(window[1], now))
    lay = overlays.of
    tallies = {**source.tallies(availability.plain(checks, past, lay), past, seen)}
    rest = {check.id: lay(check.id, past) for check in checks if check.id not in tallies}
    tallies |= source.counted(rest, past, seen)
    records = source.records(availability.watched((), services), *past)
    return [
        *availability.service_rows(services, records, past, now, seen, lay=lay),
        *availability.rows(checks, tallies, past, now, known_until=seen, lay=lay),
    ]


def _incidents(source: Source, watched: set[str], window: tuple[int, int]) -> list[Incident]:
    """Outages that touch the window, oldest first."""
    found: list[Incident] = []
    last = None
    while page := source.incidents(after_id=last, limit=_PAGE):
        found += [
            each
            for each in page
            if each.kind == "down"
            and each.check in watched
            and each.began < window[1]
            and (each.ended is None or each.ended > window[0])
        ]
        last = page[-1].id
    return sorted(found, key=lambda each: (each.began, each.id))
