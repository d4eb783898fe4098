"""Availability off the record: the time ledger of checks and groups for a window.

Read from the store's spans, never from counts of results. `siaga sla`, the API, the metrics
and the messages all come through here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter

from uptime.core.calendar import midnight
from uptime.core.counted import Counting
from uptime.core.intervals import Interval
from uptime.core.model import Span
from uptime.core.service import Kind, combine
from uptime.core.sla import TimeLedger, accounted, added_up
from uptime.core.text import rfc3339
from uptime.core.timeline import Class, Piece, timeline
from uptime.schema import Sla, SlaRow

if TYPE_CHECKING:
    from uptime.config import Check, Config, Service

DAY = 86_400_000


class Member(Protocol):
    """What is asked of a check."""

    @property
    def id(self) -> str: ...
    @property
    def group(self) -> str | None: ...
    @property
    def objective(self) -> float | None: ...


class Composite(Protocol):
    """What is asked of a service."""

    @property
    def id(self) -> str: ...
    @property
    def type(self) -> Kind: ...
    @property
    def members(self) -> Sequence[str]: ...
    @property
    def n(self) -> int | None: ...
    @property
    def objective(self) -> float | None: ...


@dataclass(frozen=True, slots=True)
class Record:
    """What the store knows of one check over a window."""

    spans: Sequence[Span]
    monitored: Sequence[Interval]


_NOTHING = Record((), ())
_ROWS = TypeAdapter(list[SlaRow])  # all at once: three quarters of what they cost one by one
_NO_GROUPS: Mapping[str, float | None] = MappingProxyType({})


class Tally(NamedTuple):
    """The same added up already, where nothing is laid over a check."""

    ledger: TimeLedger
    outages: int


class Laid(Protocol):
    """What is laid over the record of a check (uptime.overlays)."""

    @property
    def held(self) -> Sequence[Interval]: ...
    @property
    def hours(self) -> Sequence[Interval] | None: ...


Lay = Callable[[str, tuple[int, int]], Laid]
"""What is laid over a check in a window."""

TimeAndOutages = tuple[TimeLedger, int]
"""The time ledger, and how many outages."""

Sums = dict[str, TimeAndOutages]
"""Minutes and outages by group."""


def rows(
    checks: Iterable[Member],
    records: Mapping[str, Record | Tally],
    window: tuple[int, int],
    until: int,
    groups: Mapping[str, float | None] = _NO_GROUPS,
    known_until: int | None = None,
    sums: Sums | None = None,
    *,
    lay: Lay,
) -> list[SlaRow]:
    """One row a check, then one a group that adds up the minutes of its checks. `sums` carries
    those from one part of the checks to the next, `groups` have their objectives (`groups_of`).
    `lay` says what is laid over a check.

    The window ends at `until` (now) at the latest; what is open is known until `known_until`
    (the daemon's last sign of life where that is not now).
    """
    seen = until if known_until is None else min(until, known_until)
    start, end = window[0], max(window[0], min(window[1], until))
    sums = {} if sums is None else sums
    out: list[dict[str, object]] = []
    counting = Counting((start, end))
    for check in checks:
        record = records.get(check.id, _NOTHING)
        ledger, count = (
            (record.ledger, record.outages)
            if isinstance(record, Tally)
            else _count(record, seen, counting, lay(check.id, (start, end)))
        )
        out.append(_row(check.id, "check", ledger, count, check.objective))
        if check.group is not None:
            total, n = sums.get(check.group, (TimeLedger(), 0))
            sums[check.group] = (total + ledger, n + count)
    out.extend(_row(g, "group", *sums[g], groups[g]) for g in groups if g in sums)
    return _ROWS.validate_python(out)


def groups_of(checks: Iterable[Member]) -> dict[str, float | None]:
    """The groups of checks in their order, with the objective that all checks of one share.

    A group adds up minutes, so what it may lose at a shared objective is the sum of what its checks
    may. Where they differ, or one has none, there is no objective of the whole.
    """
    found: dict[str, set[float | None]] = {}
    for check in checks:
        if check.group is not None:
            found.setdefault(check.group, set()).add(check.objective)
    return {group: each.pop() if len(each) == 1 else None for group, each in found.items()}


def _count(record: Record, until: int, counting: Counting, laid: Laid) -> TimeAndOutages:
    time = counting.of(record.monitored, laid.held, laid.hours)
    return accounted(time, record.spans, until), time.outages(record.spans, until)


def plain(checks: Iterable[Member], window: tuple[int, int], lay: Lay) -> list[str]:
    """Checks over which nothing is laid in a window: their spans may be added up unseen."""
    laid = ((check.id, lay(check.id, window)) for check in checks)
    return [check for check, each in laid if each.hours is None and not each.held]


def service_rows(
    services: Iterable[Composite],
    records: Mapping[str, Record],
    window: tuple[int, int],
    until: int,
    known_until: int | None = None,
    *,
    lay: Lay,
    kind: Literal["service", "contract"] = "service",
) -> list[SlaRow]:
    """One row a service or contract, from the records of its members; the window as for `rows`."""
    seen = until if known_until is None else min(until, known_until)
    window = window[0], max(window[0], min(window[1], until))
    out = []
    for service in services:
        pieces = service_line(service, records, window, seen, lay)
        ledger = added_up(pieces)
        out.append(_row(service.id, kind, ledger, _outages(pieces), service.objective))
    return _ROWS.validate_python(out)


def service_line(
    service: Composite,
    records: Mapping[str, Record],
    window: tuple[int, int],
    until: int,
    lay: Lay,
) -> list[Piece]:
    """What a service was at every instant of a window."""
    lines = []
    for member in service.members:
        record = records.get(member, _NOTHING)
        laid = lay(member, window)
        lines.append(
            timeline(
                window,
                record.spans,
                record.monitored,
                until=until,
                maintenance=laid.held,
                hours=laid.hours,
            )
        )
    return combine(service.type, lines, service.n or 1)


def _outages(pieces: Iterable[Piece]) -> int:
    """Stretches of down; what was not known or planned in between does not end one."""
    count, down = 0, False
    for piece in pieces:
        if piece.kind is Class.DOWN:
            count += not down
            down = True
        elif piece.kind in (Class.UP, Class.DEGRADED):
            down = False
    return count


def chosen(
    config: Config, check: str | None, group: str | None
) -> tuple[list[Check], list[Service]]:
    """The checks and services asked for, all without `check` and `group`; raises KeyError for
    an id that is neither, and for a group with nothing in it.
    """
    if check is not None:
        service = config.services.get(check)
        return ([], [service]) if service is not None else ([config.checks[check]], [])
    checks = [c for c in config.checks.values() if group is None or c.group == group]
    services = [s for s in config.services.values() if group is None or s.group == group]
    if group is not None and not checks and not services:
        raise KeyError(group)
    return checks, services


def watched(checks: Iterable[Member], services: Iterable[Composite]) -> list[str]:
    """Whose records it takes."""
    members = (member for service in services for member in service.members)
    return list(dict.fromkeys([*(check.id for check in checks), *members]))


def answer(window: tuple[int, int], found: list[SlaRow], until: int) -> Sla:
    end = max(window[0], min(window[1], until))
    return Sla.model_validate({"from": rfc3339(window[0]), "to": rfc3339(end), "rows": found})


def month(text: str, zone: ZoneInfo) -> tuple[int, int]:
    """Half-open milliseconds of a month such as "2026-11" in `zone`; ValueError otherwise."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise ValueError(f'"{text}" is no month; write it as "2026-11"') from None
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return midnight(first, zone), midnight(following, zone)


def month_of(now: int, zone: ZoneInfo) -> tuple[int, int]:
    """The month that `now` lies in."""
    local = datetime.fromtimestamp(now / 1000, zone)
    return month(f"{local:%Y-%m}", zone)


def _row(
    id: str, kind: str, ledger: TimeLedger, incidents: int, objective: float | None
) -> dict[str, object]:
    availability, coverage, best, worst = ledger.shares
    return {
        "id": id,
        "kind": kind,
        "up_ms": ledger.up,
        "degraded_ms": ledger.degraded,
        "down_ms": ledger.down,
        "maintenance_ms": ledger.maintenance,
        "unknown_ms": ledger.unknown,
        "unmonitored_ms": ledger.unmonitored,
        "outside_ms": ledger.outside,
        "availability": availability,
        "coverage": coverage,
        "best": best,
        "worst": worst,
        "incidents": incidents,
        "objective": objective,
        "budget_left_ms": ledger.budget_left(objective),
    }
