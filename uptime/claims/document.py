"""A claim as JSON values: exact milliseconds, times in UTC, names that do not change.

Only `steps` is in words. The other forms show the same figures.
"""

from __future__ import annotations

from fractions import Fraction

from uptime import tickets
from uptime.claims.gather import Figure, Paper
from uptime.claims.steps import steps
from uptime.core.claim import Row
from uptime.core.text import rfc3339


def document(paper: Paper, language: str) -> dict[str, object]:
    claim, contract, refund = paper.claim, paper.contract, paper.claim.refund
    start, end = paper.period.window
    return {
        "contract": {
            "id": contract.id,
            "provider": contract.provider,
            "number": contract.number,
            "circuit": contract.circuit,
            "sla": contract.sla,
            "fee": contract.fee,
            "formula": contract.formula,
            "tiers": [{"below": t.below, "refund": t.refund} for t in contract.tiers],
            "cap": contract.cap,
            "denominator": contract.denominator,
            "minimum_outage_s": contract.minimum_outage,
            "maintenance_notice_s": contract.maintenance_notice,
            "maintenance_quota_s": contract.maintenance_quota,
            "exclude": sorted(contract.exclude),
            "response_s": contract.response,
            "repair_s": contract.repair,
            "start": None if contract.start is None else contract.start.isoformat(),
            "end": None if contract.end is None else contract.end.isoformat(),
        },
        "checks": list(paper.circuits),
        "month": paper.period.month,
        "from": rfc3339(start),
        "to": rfc3339(end),
        "provisional": paper.until is not None,
        "known_until": rfc3339(paper.until),
        "period_ms": claim.period,
        "down_ms": claim.down,
        "maintenance_ms": claim.maintenance,
        "excluded_ms": {cause.value: ms for cause, ms in sorted(claim.excluded.items())},
        "short_ms": claim.short,
        "counted_ms": claim.counted,
        "counted_least_ms": claim.least,
        "counted_most_ms": claim.most,
        "availability": _floored(refund.availability),
        "allowance_ms": _floor(refund.allowance),
        "met": not refund.due,
        "refund": refund.rupiah,
        "capped": refund.capped,
        "steps": steps(claim, contract.denominator, language),
        "outages": [_outage(number, row) for number, row in enumerate(claim.rows, 1)],
        "gaps": [
            {
                "check": gap.check,
                "kind": gap.kind,
                "from": rfc3339(gap.began),
                "to": rfc3339(gap.ended),
                "ms": gap.ended - gap.began,
            }
            for gap in claim.gaps
        ],
        "coverage": paper.known.coverage,
        "unknown_ms": paper.known.unknown,
        "unmonitored_ms": paper.known.unmonitored,
        "tickets": [tickets.document(line) for line in paper.tickets],
        "ticket_times": tickets.totals(paper.tickets),
        "beside": [_beside(figure) for figure in paper.beside],
        "ledger": {
            "ok": paper.ledger.bad is None,
            "entries": paper.ledger.count,
            "head": paper.ledger.head,
            "first_bad": paper.ledger.bad,
        },
    }


def _outage(number: int, row: Row) -> dict[str, object]:
    outage = row.outage
    return {
        "no": number,
        "check": outage.check,
        "began": rfc3339(outage.began),
        "began_bound": rfc3339(outage.bound),
        "ended": rfc3339(outage.ended),
        "ended_bound": rfc3339(outage.ended_bound),
        "down_ms": row.down,
        "counted_ms": row.counted,
        "maintenance_ms": row.maintenance,
        "excluded_ms": row.excluded,
        "short_ms": row.short,
        "overlap_ms": row.overlap,
        "reason": row.reason.value,
        "remark": None if row.remark is None else row.remark.value,
        "incident": outage.incident,
        "ticket": outage.ticket,
        "cause": None if row.cause is None else row.cause.value,
        "cause_written": outage.cause,
        "cause_reason": outage.cause_reason,
        "behind": list(outage.behind),
    }


def _beside(figure: Figure) -> dict[str, object]:
    """What the vendor's circuits and the services over them were; no part of the claim."""
    service, row = figure.service, figure.row
    return {
        "id": row.id,
        "kind": row.kind,
        "name": figure.name,
        "type": None if service is None else service.type,
        "members": [] if service is None else list(service.members),
        "down_ms": row.down_ms,
        "outages": row.incidents,
        "maintenance_ms": row.maintenance_ms,
        "unknown_ms": row.unknown_ms,
        "unmonitored_ms": row.unmonitored_ms,
        "availability": row.availability,
        "coverage": row.coverage,
    }


def _floored(share: Fraction) -> float:
    """Percent, floored to four decimals."""
    return _floor(share * 1_000_000) / 10_000


def _floor(value: Fraction) -> int:
    return value.numerator // value.denominator
