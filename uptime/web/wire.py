"""The daemon's values in the form of `uptime.schema`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from probes.base import Secret
from uptime.board import Board
from uptime.config import Service
from uptime.core.maintenance import Entered
from uptime.core.model import Incident, Notification, Result, Span, Status
from uptime.core.proposed import WHY, Proposal, why
from uptime.core.text import rfc3339
from uptime.core.ticket import Ticket
from uptime.core.timeline import Class

if TYPE_CHECKING:
    from uptime.config import Check
    from uptime.core.timeline import Piece
    from uptime.overlays import Overlays
    from uptime.store.values import Kept
    from uptime.web.services import Point

MASKED = "***"
_PASSWORD = re.compile(r"(://[^/@:\s]*:)[^/@\s]+(@)")  # of an address such as a database's


def result(found: Result, type_: str, target: str) -> dict[str, object]:
    """`schema.ResultRow`."""
    return {
        "id": found.id,
        "type": type_,
        "target": target,
        "at": rfc3339(found.at),
        "duration_s": found.duration,
        "status": found.status,
        "blame": found.blame,
        "reason": found.reason,
        "detail": found.detail or None,
        "latency_s": found.latency,
        "loss": found.loss,
        "phases": dict(found.phases),
        "facts": dict(found.facts),
    }


def point(found: Point) -> dict[str, object]:
    """`schema.ResultPoint`."""
    return {
        "at": rfc3339(found.at),
        "status": found.status,
        "latency_s": found.latency,
        "latency_max_s": found.latency_max,
        "loss": found.loss,
        "count": found.count,
        "failed": found.failed,
        "reason": found.reason,
        "source": found.source,
        "latency_min_s": found.latency_min,
        "latency_p50_s": found.latency_p50,
        "latency_p95_s": found.latency_p95,
        "latency_p99_s": found.latency_p99,
        "statuses": {status.value: count for status, count in found.statuses.items()},
    }


def span(found: Span) -> dict[str, object]:
    """`schema.SpanRow`."""
    known = found.known and found.condition.value != "none"
    return {
        "state": found.condition.value if known else Status.UNKNOWN.value,
        "condition": found.condition.value,
        "began": rfc3339(found.began),
        "bound": rfc3339(found.bound),
        "ended": rfc3339(found.ended),
    }


def piece(found: Piece, now: int) -> dict[str, object]:
    """`schema.SpanRow` of a service; what lasts until now is open."""
    state = found.kind.value if found.kind in (Class.UP, Class.DEGRADED, Class.DOWN) else "unknown"
    return {
        "state": state,
        "condition": "none" if state == "unknown" else state,
        "began": rfc3339(found.began),
        "bound": None,
        "ended": None if found.ended >= now else rfc3339(found.ended),
    }


def told(found: Notification) -> dict[str, object]:
    """`schema.Told`."""
    return {
        "id": found.id,
        "channel": found.channel,
        "kind": found.kind,
        "state": found.state,
        "created": rfc3339(found.created),
        "delivered": rfc3339(found.delivered),
        "attempts": found.attempts,
        "error": found.error,
    }


def notification(found: Notification) -> dict[str, object]:
    """`schema.NotificationRow`."""
    return {
        **told(found),
        "incident": None if found.incident is None else f"INC-{found.incident}",
    }


def incident(
    found: Incident, board: Board, notifications: Iterable[Notification]
) -> dict[str, object]:
    """`schema.IncidentRow`."""
    row = board.rows.get(found.check) if found.check is not None else None
    acked = found.acked
    return {
        "id": found.name,
        "kind": found.kind,
        "state": "open" if found.open else "closed",
        "severity": found.severity,
        "check": found.check,
        "name": row.name if row is not None else found.check,
        "affected": list(found.affected),
        "began": rfc3339(found.began),
        "began_bound": rfc3339(found.began_bound),
        "ended": rfc3339(found.ended),
        "ended_bound": rfc3339(found.ended_bound),
        "reason": found.reason,
        "detail": found.detail or None,
        "acked": None
        if acked is None
        else {"by": acked.by, "at": rfc3339(acked.at), "until": rfc3339(acked.until)},
        "cause": found.cause,
        "cause_reason": found.cause_reason,
        "notes": [{"by": n.by, "at": rfc3339(n.at), "text": n.text} for n in found.notes],
        "told": [told(each) for each in notifications],
        "ticket": None if found.ticket is None else ticket(found.ticket),
        "cause_by": found.cause_by,
        "cause_at": rfc3339(found.cause_at),
        "proposed": None if found.proposed is None else proposed(found.proposed, board),
    }


def ticket(found: Ticket) -> dict[str, object]:
    """`schema.TicketRow`."""
    return {
        "number": found.number,
        "reported": rfc3339(found.reported),
        "acknowledged": rfc3339(found.acknowledged),
        "restored": rfc3339(found.restored),
        "by": found.by,
        "at": rfc3339(found.at),
    }


def proposed(found: Proposal, board: Board) -> dict[str, object]:
    """`schema.ProposedCause`."""

    def name(check: str) -> str:
        row = board.rows.get(check)
        return check if row is None else row.name

    return {
        "cause": found.cause.value,
        "confidence": found.confidence,
        "rule": found.rule,
        "evidence": list(found.evidence),
        "why": {language: why(found, language, name) for language in WHY},
    }


def maintenance(found: Entered, overlays: Overlays, now: int) -> dict[str, object]:
    """`schema.MaintenanceRow`."""
    plan, match = found.plan, found.plan.match
    coming = None if found.withdrawn is not None else overlays.next(found, now)
    if found.withdrawn is not None:
        state = "withdrawn"
    elif coming is None:
        state = "over"
    else:
        state = "running" if coming.start <= now else "planned"
    return {
        "id": found.name,
        "state": state,
        "match": {
            "severity": match.severity and sorted(match.severity),
            "group": match.groups and sorted(match.groups),
            "labels": match.labels and dict(match.labels),
            "check": match.checks and sorted(match.checks),
        },
        "from": plan.start.isoformat(),
        "zone": plan.zone,
        "duration_s": plan.duration / 1000,
        "rrule": plan.rrule,
        "reason": plan.reason,
        "announced": rfc3339(plan.announced),
        "source": found.source,
        "by": found.by,
        "entered": rfc3339(found.entered),
        "withdrawn": rfc3339(found.withdrawn),
        "withdrawn_by": found.withdrawn_by,
        "next": coming
        and {"from": rfc3339(max(coming.planned, found.entered)), "to": rfc3339(coming.end)},
        "checks": len(overlays.covered(found.id)),
    }


def plain(value: object) -> Any:
    """Configuration as JSON values; every secret masked, whatever holds it."""
    match value:
        case Secret():
            return MASKED
        case Enum():
            return value.value
        case str():
            return _PASSWORD.sub(rf"\1{MASKED}\2", value)
        case None | bool() | int() | float():
            return value
        case BaseModel():
            return {name: plain(getattr(value, name)) for name in type(value).model_fields}
        case Mapping():
            return {str(key): plain(each) for key, each in value.items()}
        case frozenset() | set():
            return sorted((plain(each) for each in value), key=str)
        case Iterable() if not isinstance(value, (bytes, bytearray)):
            return [plain(each) for each in value]
        case _ if dataclasses.is_dataclass(value):
            names = (each.name for each in dataclasses.fields(value))
            return {name: plain(getattr(value, name)) for name in names if name[0] != "_"}
        case _:
            return str(value)


def config_of(configured: Check | Service) -> dict[str, object]:
    if isinstance(configured, Service):
        return {
            "type": configured.type,
            "members": list(configured.members),
            "n": configured.n,
            "name": configured.name,
            "group": configured.group,
            "severity": configured.severity.value,
            "objective": configured.objective,
            "labels": dict(configured.labels),
            "public": None if configured.public is None else configured.public.name,
            "runbook": configured.runbook,
        }
    return check_config(configured)


def check_config(check: Check) -> dict[str, object]:
    """One check as configured; the probe's own options stand under `probe`."""
    return {
        "type": check.type,
        "target": plain(check.target),
        "name": check.name,
        "group": check.group,
        "severity": check.severity.value,
        "interval_s": check.interval,
        "timeout_s": check.timeout,
        "retry_interval_s": check.retry_interval,
        "failure_threshold": check.failure_threshold,
        "success_threshold": check.success_threshold,
        "objective": check.objective,
        "depends_on": plain(check.depends_on),
        "scope": check.scope,
        "labels": dict(check.labels),
        "contract": check.contract,
        "calendar": check.calendar,
        "public": None if check.public is None else check.public.name,
        "runbook": check.runbook,
        "was": check.was,
        "probe": plain(check.probe),
    }


def report(kept: Kept) -> dict[str, object]:
    """`schema.ReportRow`."""
    return {
        "month": kept.month,
        "revision": kept.revision,
        "closed": rfc3339(kept.at),
        "entry": kept.seq,
        "hash": kept.hash,
    }
