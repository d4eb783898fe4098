"""A report for programs and spreadsheets: CSV, one line a fact; XLSX, one sheet a table.

The same report gives the same bytes. In CSV lengths are seconds with milliseconds, times have
their offset, percentages are floored to three decimals.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import datetime
from io import StringIO
from zoneinfo import ZoneInfo

from uptime.claims.steps import steps
from uptime.claims.view import View as ClaimView
from uptime.core.sla import TimeLedger
from uptime.paper import figures
from uptime.paper.cells import guarded
from uptime.paper.workbook import Workbook
from uptime.report.figures import MINUTE
from uptime.report.model import Change, Report, Trouble
from uptime.report.view import View

_COLUMNS = (
    "kind", "id", "name", "target", "availability", "coverage", "outages", "down_s",
    "down_least_s", "down_most_s", "longest_s", "up_s", "degraded_s", "maintenance_s", "unknown_s",
    "unmonitored_s", "from", "to", "text",
)  # fmt: skip
_TIMES = (
    "availability", "coverage", "down_s", "up_s", "degraded_s", "maintenance_s", "unknown_s",
    "unmonitored_s",
)  # fmt: skip


def as_csv(report: Report, language: str) -> str:
    out = StringIO()
    writer = csv.DictWriter(out, _COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    for fact in _facts(View(report, language)):
        writer.writerow({name: guarded(value) for name, value in fact.items()})
    return out.getvalue()


def _facts(view: View) -> Iterable[dict[str, object]]:
    report, language = view.report, view.language
    for text in (view.standing, *view.warnings, view.verdict, *view.proof):
        yield {"kind": "report", "id": report.month, "text": text}
    for row in report.rows:
        yield {
            "kind": report.kind, "id": row.id, "name": row.name,
            "target": "" if row.objective is None else row.objective, "outages": row.outages,
            "down_least_s": _seconds(row.least), "down_most_s": _seconds(row.most),
            "longest_s": _seconds(row.longest), "text": view.words[f"status.{row.verdict.value}"],
            **_of(row.ledger),
        }  # fmt: skip
    yield {"kind": "total", **_of(report.total)}
    for day in report.days:
        yield {"kind": "day", "id": f"{report.month}-{day.date:02d}", **_of(day.ledger)}
    for month in report.trend:
        yield {"kind": "month", "id": month.month, **_of(month.ledger)}
    for part in report.parts:
        kind = "district" if report.by_district else "part"
        yield {"kind": kind, "name": part.name, "outages": part.outages, **_of(part.ledger)}
    for cause in report.causes:
        yield {
            "kind": "cause", "id": cause.cause or "",
            "name": view.cause(cause.cause, proposed=cause.standing == "proposed"),
            "outages": cause.outages, "down_s": _seconds(cause.down_ms), "text": cause.standing,
        }  # fmt: skip
    for trouble in report.troubles:
        yield {
            "kind": "outage", "id": trouble.incident or "", "name": trouble.name,
            "down_s": _seconds(trouble.down), "from": _iso(view.zone, trouble.began),
            "to": "" if trouble.ended is None else _iso(view.zone, trouble.ended),
            "text": _said(view, trouble),
        }  # fmt: skip
    for offender in report.offenders:
        yield {
            "kind": "recurring", "id": offender.id, "name": offender.name,
            "outages": offender.outages, "down_s": _seconds(offender.down),
        }  # fmt: skip
    for work in report.works:
        yield {
            "kind": "maintenance", "id": work.name, "name": work.where or "",
            "text": work.reason or "",
            "from": _iso(view.zone, work.start), "to": _iso(view.zone, work.end),
        }  # fmt: skip
    for name, text in view.handling:
        yield {"kind": "handling", "name": name, "text": text}
    for paper in report.annexes:
        claim = ClaimView(paper, language)
        for line in steps(paper.claim, paper.contract.denominator, language):
            yield {"kind": "claim", "id": paper.contract.id, "text": line}
        yield {"kind": "claim", "id": paper.contract.id, "text": claim.answer}


def as_xlsx(report: Report, language: str) -> bytes:
    view = View(report, language)
    w = view.words
    book = Workbook(view.title)
    minutes = f"{w['outages']}, {w['minutes']}"
    book.sheet(w["title"], ((view.month, 34), (report.organisation, 100)), _summary(view))
    shares = ((w["availability"], 14), (w["coverage"], 16))
    times = ((minutes, 17), (f"{w['unknown-share']}, {w['minutes']}", 22))
    columns = (*shares, (w["outages"], 12), *times)
    book.sheet(
        w[f"What.{report.kind}"],
        ((w[f"What.{report.kind}"], 50), (w["target"], 10), *columns,
         (f"{w['longest']}, {w['minutes']}", 18),
         (w["status"], 16)),
        (
            (row.name, row.objective, *_cells(row.ledger, [row.outages]), row.longest / MINUTE,
             w[f"status.{row.verdict.value}"])
            for row in report.rows
        ),
    )  # fmt: skip
    book.sheet(
        w["parts.district" if report.by_district else "parts.group"],
        ((w["part.district" if report.by_district else "part.group"], 40), *columns),
        ((part.name, *_cells(part.ledger, [part.outages])) for part in report.parts),
    )
    book.sheet(
        w["calendar"],
        ((w["date"], 14), *shares, *times),
        ((f"{report.month}-{day.date:02d}", *_cells(day.ledger)) for day in report.days),
    )
    book.sheet(
        w["trend"],
        ((w["date"], 14), *shares, *times),
        ((month.month, *_cells(month.ledger)) for month in report.trend),
    )
    book.sheet(
        w["cause"],
        ((w["cause"], 40), (w["outages"], 12), (minutes, 14)),
        (
            (
                view.cause(c.cause, proposed=c.standing == "proposed"),
                c.outages,
                c.down_ms / MINUTE,
            )
            for c in report.causes
        ),
    )
    book.sheet(
        w["outages"],
        ((w["when"], 20), (w["ended"], 20), (w["where"], 40), (minutes, 14), (w["cause"], 20),
         (w["follow-up"], 60)),
        (
            (_local(view, t.began), None if t.ended is None else _local(view, t.ended),
             view.trouble(t)["where"], t.down / MINUTE,
             view.cause(t.cause, proposed=t.proposed), t.follow_up)
            for t in report.troubles
        ),
    )  # fmt: skip
    for paper in report.annexes:
        claim = ClaimView(paper, language)
        book.sheet(
            f"{w['annex']} {paper.contract.id}",
            ((claim.words["title"], 40), (claim.words["source"], 100)),
            [
                *claim.terms,
                *((name, ms / MINUTE) for name, ms in claim.totals),
                *((claim.words["sums"], step)
                  for step in steps(paper.claim, paper.contract.denominator, language)),
                (claim.words["result"], claim.answer),
                *((f"{line.number}. {line.began} – {line.ended}",
                   f"{line.check}: {line.minutes} → {line.counted}; {line.cause}; {line.judgement}")
                  for line in claim.lines),
            ],
        )  # fmt: skip
    return book.done()


def _summary(view: View) -> Iterable[Sequence[object]]:
    w = view.words
    yield w["status"], view.standing
    for text in (*view.warnings, view.verdict):
        yield "", text
    for title, figure, said in view.tiles:
        yield title, f"{figure} ({said})"
    yield from view.handling
    for name, text in view.offenders:
        yield w["offenders"], f"{name}: {text}"
    for text in view.works:
        yield w["works"], text
    for name, before, after in map(view.change_of, _changes(view.report)):
        yield name, f"{before} → {after}"
    yield w["definitions"], w["definitions.text"]
    for text in view.proof:
        yield "", text


def _changes(report: Report) -> Sequence[Change]:
    return () if report.closing is None else report.closing.changes


def _cells(ledger: TimeLedger, outages: Sequence[int] = ()) -> tuple[object, ...]:
    """Where outages are counted, their number between the shares and the minutes."""
    return (
        ledger.availability, ledger.coverage, *outages, ledger.down / MINUTE,
        ledger.unknown / MINUTE,
    )  # fmt: skip


def _of(ledger: TimeLedger) -> dict[str, object]:
    shares = (ledger.availability, ledger.coverage)
    lengths = (
        ledger.down, ledger.up, ledger.degraded, ledger.maintenance, ledger.unknown,
        ledger.unmonitored,
    )  # fmt: skip
    values = [*("" if s is None else f"{s:.3f}" for s in shares), *map(_seconds, lengths)]
    return dict(zip(_TIMES, values, strict=True))


def _said(view: View, trouble: Trouble) -> str:
    cause = view.cause(trouble.cause, proposed=trouble.proposed)
    return f"{cause}; {trouble.follow_up}" if trouble.follow_up else cause


def _local(view: View, ms: int) -> datetime:
    """As spreadsheets know times: without a zone."""
    return figures.local(ms, view.zone).replace(tzinfo=None)


def _iso(zone: ZoneInfo, ms: int) -> str:
    return figures.local(ms, zone).isoformat(timespec="milliseconds")


def _seconds(ms: int) -> str:
    return f"{ms // 1000}.{ms % 1000:03d}"
