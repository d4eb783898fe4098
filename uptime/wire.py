"""Values of the core in the form of the wire (uptime.schema)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from uptime.core.model import Incident, Notification, Result
from uptime.core.text import rfc3339


def result_row(result: Result, type: str, target: str) -> dict[str, Any]:
    """schema.ResultRow"""
    return {
        "id": result.id,
        "type": type,
        "target": target,
        "at": rfc3339(result.at),
        "duration_s": round(result.duration, 6),
        "status": result.status.value,
        "blame": result.blame,
        "reason": result.reason,
        "detail": result.detail or None,
        "latency_s": result.latency,
        "loss": result.loss,
        "phases": {name: round(seconds, 6) for name, seconds in result.phases.items()},
        "facts": dict(result.facts),
    }


def incident_row(
    incident: Incident, name: str | None, told: Iterable[Notification]
) -> dict[str, Any]:
    """schema.IncidentRow; `name` is the check's, None for an incident of the monitor itself."""
    acked = incident.acked
    return {
        "id": incident.name,
        "kind": incident.kind,
        "state": "open" if incident.open else "closed",
        "severity": incident.severity.value,
        "check": incident.check,
        "name": name,
        "affected": list(incident.affected),
        "began": rfc3339(incident.began),
        "began_bound": rfc3339(incident.began_bound),
        "ended": rfc3339(incident.ended),
        "ended_bound": rfc3339(incident.ended_bound),
        "reason": incident.reason,
        "detail": incident.detail or None,
        "acked": None
        if acked is None
        else {"by": acked.by, "at": rfc3339(acked.at), "until": rfc3339(acked.until)},
        "cause": incident.cause,
        "cause_reason": incident.cause_reason,
        "notes": [{"by": n.by, "at": rfc3339(n.at), "text": n.text} for n in incident.notes],
        "told": [
            {
                "id": n.id,
                "channel": n.channel,
                "kind": n.kind,
                "state": n.state.value,
                "created": rfc3339(n.created),
                "delivered": rfc3339(n.delivered),
                "attempts": n.attempts,
                "error": n.error,
            }
            for n in told
        ],
    }
