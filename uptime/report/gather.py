"""From the configuration and the record to the report of a month, whether a daemon runs or not."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from uptime import availability, reliability
from uptime.availability import DAY, Record
from uptime.claims.gather import Paper
from uptime.claims.gather import gather as claim_of
from uptime.core.blips import Blips
from uptime.core.booking import Booked
from uptime.core.calendar import date_of, days
from uptime.core.maintenance import Entered
from uptime.core.model import Incident
from uptime.core.repairs import outages_of_line, repairs
from uptime.core.sla import TimeLedger, added_up
from uptime.core.verdict import Verdict, verdict
from uptime.overlays import Overlays
from uptime.report import troubles
from uptime.report.kept import report_of
from uptime.report.lines import Line, Past, Subject, Window, by_day, rows_of, subjects, total
from uptime.report.model import Alerts, Book, Day, Month, Offender, Part, Report, Row, Work
from uptime.store.heads import heads_path, read_heads
from uptime.store.values import Verified

if TYPE_CHECKING:
    from collections.abc import Mapping

    from uptime.config import Check, Config
    from uptime.store.history import History

DISTRICT = "kecamatan"  # the label whose values are districts
LONG = 30 * 60_000  # outages longer than this are listed
TREND = 6  # months, this one included
LATE = 60_000  # a message delivered later than this after it was due is late
_MARGIN = 7 * DAY  # how far outages are followed over the edges of the month


def gather(config: Config, history: History, month: str, now: int) -> Report:
    """The report of a month such as "2026-11", open: what is known of it at `now`.

    ValueError says what is wrong with the question and what to do.
    """
    zone = ZoneInfo(config.siaga.timezone)
    start, end = availability.month(month, zone)
    if start >= now:
        raise ValueError(f"{month} lies in the future; fix: choose a month that has begun")
    # Without a daemon nothing is known past its last sign of life.
    life = history.life()
    seen = start if life is None else min(now, life)
    window = (start, min(end, now))
    source = _Once(history)
    overlays = Overlays(config, source.maintenance())
    records = history.records(_asked(config), start - _MARGIN, end + _MARGIN)
    past = Past(records, window, seen, overlays.of)
    kind, about = subjects(config)
    earlier = [_earlier(config, history, overlays, about, each) for each in _before(month)]
    last = earlier[-1][1] if earlier else {}
    rows = rows_of(about, past, last)
    lines = [line for subject in about for line in past.lines(subject)]
    names = {check.id: check.name for check in config.checks.values()}
    known = total([past.line(check) for check in config.checks])
    found = reliability.gather(config, source, window, now, seen)
    outages = [outage for each in found if each.kind == "check" for outage in each.outages]
    events = troubles.happened(outages, source.incidents_within(start, end), window)
    by_district = any(DISTRICT in check.labels for check in config.checks.values())
    own = total(lines)
    this = Month(month, own, *_met(row.verdict for row in rows), closed=False)
    return Report(
        organisation=config.siaga.organisation,
        zone=config.siaga.timezone,
        month=month,
        window=(start, end),
        until=min(now, seen) if now < end else None,
        made=now,
        kind=kind,
        rows=tuple(sorted(rows, key=_worst_first)),
        total=own,
        days=tuple(_days([line for line in lines if _seen(line)], window, zone)),
        trend=(*(m for m, _ in earlier if m.ledger.measured), this),
        causes=tuple(sorted(reliability.by_cause(found, window), key=_most)),
        by_district=by_district,
        parts=tuple(_parts(config, past, by_district=by_district)),
        troubles=tuple(troubles.troubles(events, names, LONG)),
        offenders=tuple(
            Offender(each.id, names[each.id], each.repairs.own, each.repairs.own_down_ms)
            for each in reliability.again(found)
        ),
        handling=troubles.handling(repairs(outages, window, known.good)),
        alerts=_alerts(history, window),
        works=tuple(_works(overlays, names, window)),
        checks=len(config.checks),
        known=known,
        book=_book(source.ledger_verify(), history, date_of(end - 1, zone).isoformat()),
        annexes=tuple(_annexes(config, source, month, now)),
    )


class _Once:
    """The record; what each claim asks again is read once."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._verified: Verified | None = None
        self._maintenance: list[Entered] | None = None

    def records(self, checks: Sequence[str] | None, start: int, end: int) -> Mapping[str, Record]:
        return self._history.records(checks, start, end)

    def incidents(
        self,
        state: str | None = None,
        after_id: int | None = None,
        limit: int = 100,
        check: str | None = None,
    ) -> Sequence[Incident]:
        return self._history.incidents(state, after_id, limit, check)

    def incidents_within(self, start: int, end: int) -> Sequence[Incident]:
        return self._history.incidents_within(start, end)

    def blips(self, checks: Sequence[str] | None, start: int, end: int) -> Mapping[str, Blips]:
        return self._history.blips(checks, start, end)

    def maintenance(self) -> Sequence[Entered]:
        if self._maintenance is None:
            self._maintenance = self._history.maintenance()
        return self._maintenance

    def life(self) -> int | None:
        return self._history.life()

    def ledger_verify(self) -> Verified:
        if self._verified is None:
            self._verified = self._history.ledger_verify()
        return self._verified


def _asked(config: Config) -> list[str]:
    return availability.watched(config.checks.values(), config.services.values())


def _worst_first(row: Row) -> tuple[object, ...]:
    """Below target, then what is not sure, then the rest; within that the least available."""
    order = list(Verdict).index(row.verdict)
    measured = row.ledger.measured
    share = row.ledger.good / measured if measured else 2.0
    return order, share, row.name


def _most(booked: Booked) -> tuple[int, str]:
    return -booked.down_ms, booked.cause or ""


def _met(found: Iterable[Verdict]) -> tuple[int, int]:
    """How many reached their target, of how many that have one and data."""
    judged = [v for v in found if v in (Verdict.MET, Verdict.MISSED, Verdict.UNSURE)]
    return judged.count(Verdict.MET), len(judged)


def _before(month: str) -> list[str]:
    """The months of the trend before this one, oldest first."""
    year, number = map(int, month.split("-"))
    counted = [year * 12 + number - 1 - back for back in range(TREND - 1, 0, -1)]
    return [f"{each // 12:04d}-{each % 12 + 1:02d}" for each in counted if each >= 12]


def _earlier(
    config: Config, history: History, overlays: Overlays, about: Sequence[Subject], month: str
) -> tuple[Month, dict[str, TimeLedger]]:
    """A month of the trend, with its rows: as it was closed, else as it stands on record."""
    kept = history.report(month)
    # One that was tampered with is named by `ledger verify` and stands in nobody's way here.
    with contextlib.suppress(ValueError):
        if kept is not None:
            report = report_of(kept.text)
            closed = Month(
                month, report.total, *_met(row.verdict for row in report.rows), closed=True
            )
            return closed, {row.id: row.ledger for row in report.rows if row.ledger.measured}
    window = availability.month(month, ZoneInfo(config.siaga.timezone))
    wanted = list(dict.fromkeys(check for subject in about for check in subject.checks))
    records = history.records(wanted, *window)
    past = Past(records, window, window[1], overlays.of)
    found = {subject.id: total(past.lines(subject)) for subject in about}
    met = _met([verdict(found[subject.id], subject.objective) for subject in about])
    ledger = sum(found.values(), TimeLedger())
    seen = {name: each for name, each in found.items() if each.measured}
    return Month(month, ledger, *met, closed=False), seen


def _seen(line: Line) -> bool:
    """Whether there is anything to show: what was never measured is told in its row."""
    return added_up(line).measured > 0


def _days(lines: Sequence[Line], window: Window, zone: ZoneInfo) -> list[Day]:
    found = list(days(zone, window))
    sums = by_day(lines, [(began, min(ended, window[1])) for _, began, ended in found])
    return [
        Day(date.day, date.weekday(), ledger)
        for (date, _, _), ledger in zip(found, sums, strict=True)
    ]


def _parts(config: Config, past: Past, *, by_district: bool) -> list[Part]:
    """Districts, or groups where no check says in which it lies; least available first."""
    groups: dict[str, list[Check]] = defaultdict(list)
    for check in config.checks.values():
        name = check.labels.get(DISTRICT) if by_district else check.group
        if name is not None:
            shown = name if by_district or name not in config.groups else config.groups[name].name
            groups[shown].append(check)
    out = []
    for name, checks in groups.items():
        lines = [past.line(check.id) for check in checks]
        outages = [outage for line in lines for outage in outages_of_line(name, line)]
        out.append(
            Part(
                name=name,
                checks=len(checks),
                ledger=total(lines),
                outages=len(outages),
                open=sum(outage.ended is None for outage in outages),
            )
        )
    return sorted(out, key=_least_available)


def _least_available(part: Part) -> tuple[float, str]:
    measured = part.ledger.measured
    return (part.ledger.good / measured if measured else 2.0), part.name


def _alerts(history: History, window: Window) -> Alerts:
    return Alerts(*history.deliveries(*window, LATE))


def _works(overlays: Overlays, names: Mapping[str, str], window: Window) -> list[Work]:
    out = []
    for entered in overlays.entered:
        covered = list(overlays.covered(entered.id))
        where = names.get(covered[0]) if len(covered) == 1 else None
        out += [
            Work(
                name=entered.name,
                where=where,
                reason=entered.plan.reason,
                start=each.start,
                end=each.end,
                checks=len(covered),
                announced=each.announced is not None and each.announced <= each.planned,
            )
            for each in overlays.windows(entered, window)
        ]
    return sorted(out, key=lambda work: (work.start, work.name))


def _annexes(config: Config, source: _Once, month: str, now: int) -> list[Paper]:
    """Contracts that ran in the month and are measured."""
    out = []
    for contract in config.contracts:
        with contextlib.suppress(ValueError):
            out.append(claim_of(config, source, contract, month, now))
    return out


def _book(verified: Verified, history: History, last_day: str) -> Book:
    """With the newest signed head of a day that is not after the month."""
    head = None
    with contextlib.suppress(FileNotFoundError, ValueError):
        for _, line in read_heads(heads_path(history.path)):
            if line.day <= last_day:
                head = line
    return Book(
        entries=verified.count,
        head=verified.head,
        bad=verified.bad,
        day=None if head is None else head.day,
        day_head=None if head is None else head.hash,
        results=None if head is None else head.results,
    )
