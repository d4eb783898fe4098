"""A report as JSON values: exact milliseconds, times in UTC, names that do not change.

Only the steps of the claims are in words. The other forms show the same figures.
"""

from __future__ import annotations

from dataclasses import asdict

from uptime.claims.document import document as claim_of
from uptime.core.sla import TimeLedger
from uptime.core.text import rfc3339
from uptime.report.model import Report, Row, Trouble


def document(report: Report, language: str) -> dict[str, object]:
    closing, book = report.closing, report.book
    start, end = report.window
    return {
        "organisation": report.organisation,
        "month": report.month,
        "from": rfc3339(start),
        "to": rfc3339(end),
        "timezone": report.zone,
        "provisional": closing is None,
        "known_until": rfc3339(report.until),
        "made": rfc3339(report.made),
        "revision": report.revision,
        "closed_by": None if closing is None else closing.by,
        "reason": None if closing is None else closing.reason,
        "changes": []
        if closing is None
        else [
            {"subject": c.subject, "field": c.field, "before": c.before, "after": c.after}
            for c in closing.changes
        ],
        "kind": report.kind,
        "rows": [_row(row) for row in report.rows],
        "total": _times(report.total),
        "days": [{"day": day.date, **_times(day.ledger)} for day in report.days],
        "trend": [
            {"month": m.month, "met": m.met, "judged": m.judged, "closed": m.closed}
            | _times(m.ledger)
            for m in report.trend
        ],
        "causes": [asdict(each) for each in report.causes],
        "parts": [
            {"name": p.name, "checks": p.checks, "outages": p.outages, "open": p.open}
            | _times(p.ledger)
            for p in report.parts
        ],
        "outages_over_30min": [_trouble(each) for each in report.troubles],
        "recurring": [
            {"check": o.id, "name": o.name, "outages": o.outages, "down_ms": o.down}
            for o in report.offenders
        ],
        "outages": report.handling.outages,
        "acknowledged": report.handling.acknowledged,
        "mtta_ms": report.handling.mtta,
        "restored": report.handling.restored,
        "mttr_ms": report.handling.mttr,
        "mttr_least_ms": report.handling.least,
        "mttr_most_ms": report.handling.most,
        "alerts": {
            "delivered": report.alerts.delivered,
            "late": report.alerts.late,
            "undelivered": report.alerts.undelivered,
            "waiting": report.alerts.waiting,
        },
        "maintenance": [
            {
                "id": work.name,
                "reason": work.reason,
                "from": rfc3339(work.start),
                "to": rfc3339(work.end),
                "where": work.where,
                "checks": work.checks,
                "announced": work.announced,
            }
            for work in report.works
        ],
        "integrity_findings": None,
        "drill": None,
        "checks": report.checks,
        "known": _times(report.known),
        "ledger": {
            "ok": book.bad is None,
            "entries": book.entries,
            "head": book.head,
            "first_bad": book.bad,
            "day": book.day,
            "day_head": book.day_head,
            "day_results": book.results,
        },
        "claims": [claim_of(paper, language) for paper in report.annexes],
    }


def _times(ledger: TimeLedger) -> dict[str, object]:
    return {
        "up_ms": ledger.up,
        "degraded_ms": ledger.degraded,
        "down_ms": ledger.down,
        "maintenance_ms": ledger.maintenance,
        "unknown_ms": ledger.unknown,
        "unmonitored_ms": ledger.unmonitored,
        "availability": ledger.availability,
        "coverage": ledger.coverage,
        "best": ledger.best,
        "worst": ledger.worst,
    }


def _row(row: Row) -> dict[str, object]:
    before = row.before
    return {
        "id": row.id,
        "name": row.name,
        **_times(row.ledger),
        "down_least_ms": row.least,
        "down_most_ms": row.most,
        "outages": row.outages,
        "longest_ms": row.longest,
        "objective": row.objective,
        "verdict": row.verdict.value,
        "down_now": row.down_now,
        "availability_before": None if before is None else before.availability,
        "coverage_before": None if before is None else before.coverage,
    }


def _trouble(each: Trouble) -> dict[str, object]:
    return {
        "incident": each.incident,
        "check": each.check,
        "name": each.name,
        "began": rfc3339(each.began),
        "began_bound": rfc3339(each.bound),
        "ended": rfc3339(each.ended),
        "ended_bound": rfc3339(each.ended_bound),
        "down_ms": each.down,
        "behind": each.behind,
        "cause": each.cause,
        "cause_proposed": each.proposed,
        "follow_up": each.follow_up,
    }
